"""Messages that only the gateway speaks: what its answers add to, or leave out of, the services' messages."""

from __future__ import annotations

from typing import Annotated

from gateway.tokens import MAX_TOKEN
from services.contracts.members.messages import SignInStep, Token
from services.contracts.wire import Name, Text, Whole, message

AccessTokenText = Annotated[str, Text(20, MAX_TOKEN)]
Seconds = Annotated[int, Whole(1, 86_400)]


@message
class SignInAnswer:
    """The next step of a sign-in. The refresh token is not in it: it is a cookie that no script can read."""

    step: SignInStep
    access_token: AccessTokenText | None = None
    expires_in_s: Seconds | None = None
    challenge: Token | None = None
    binding_token: Token | None = None


@message
class AccessToken:
    access_token: AccessTokenText
    expires_in_s: Seconds


@message
class SiteSettings:
    """What the pages must know before anybody has signed in."""

    county_id: Annotated[str, Text(1, 64)]
    county_name: Name
    simulated_money: bool
    """Whether payments are play: the pages show a band that says so."""
    wechat_app_id: Annotated[str, Text(1, 64)]
    wechat_authorize_url: Annotated[str, Text(1, 200)]
    wechat_bridge_url: Annotated[str, Text(1, 200)] | None


@message
class Health:
    status: Annotated[str, Text(1, 20)]


@message
class Readiness:
    status: Annotated[str, Text(1, 20)]
    checks: dict[str, Annotated[str, Text(0, 60)]]


@message
class WeChatAnswer:
    """What WeChat Pay wants to hear about a notice that was not accepted (APIv3)."""

    code: Annotated[str, Text(1, 32)]
    message: Annotated[str, Text(0, 256)]
