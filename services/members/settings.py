"""What the members service is told by its environment."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Annotated, ClassVar

from services.chassis.settings import Secret, ServiceSettings, Variable, address, one_of, secret, text_of
from services.members.providers.wechat_sign_in import DEFAULT_LOGIN_URL, MODES, WechatSignInSettings

SIMULATED_TEMPLATE = "SIMULATED_DUES_REMINDER"
_FIELD = re.compile(r"[a-z_]{1,24}\d{1,3}", re.ASCII)


def _three_names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if len(set(names)) != 3 or not all(_FIELD.fullmatch(name) for name in names):
        raise ValueError("not three names of fields by commas")
    return names


@dataclasses.dataclass(frozen=True, kw_only=True)
class MembersSettings(ServiceSettings):
    service: ClassVar[str] = "members"

    wechat_mode: Annotated[str, Variable("WECHAT_MODE", one_of(*MODES), f"one of {', '.join(MODES)}.")]
    wechat_app_id: Annotated[
        str, Variable("WECHAT_APP_ID", text_of(r"[0-9A-Za-z_-]{1,64}"), "the id of the county's WeChat app.")
    ]
    wechat_app_secret: Annotated[
        Secret[str],
        Variable(
            "WECHAT_APP_SECRET", secret(text_of(r"[!-~]{1,128}")), "the secret of the county's WeChat app.", secret=True
        ),
    ]
    wechat_login_url: Annotated[
        str, Variable("WECHAT_LOGIN_URL", address("http", "https"), f"where codes are exchanged: {DEFAULT_LOGIN_URL}.")
    ] = DEFAULT_LOGIN_URL

    reminder_template: Annotated[
        str,
        Variable(
            "WECHAT_REMINDER_TEMPLATE",
            text_of(r"[0-9A-Za-z_-]{1,64}"),
            "the id of the template for dues reminders in the county's WeChat account; unset, no such message is sent.",
        ),
    ] = ""
    reminder_fields: Annotated[
        tuple[str, ...],
        Variable(
            "WECHAT_REMINDER_FIELDS",
            _three_names,
            "the template's fields for months, amount and a kind word, such as thing1,amount2,thing3.",
        ),
    ] = ("thing1", "amount2", "thing3")
    public_url: Annotated[str, Variable("PUBLIC_URL", address("http", "https"), "the address that phones use.")] = ""

    def conflicts(self) -> Iterable[str]:
        yield from super().conflicts()
        try:
            self.wechat_sign_in()
        except ValueError as fault:
            yield str(fault)

    @property
    def template_in_use(self) -> str:
        """Empty where the county has none; where money is simulated, so is the template."""
        return self.reminder_template or (SIMULATED_TEMPLATE if self.wechat_mode == "simulated" else "")

    def wechat_sign_in(self) -> WechatSignInSettings:
        """What the adapter needs. Raises ValueError when mode and address do not fit each other."""
        return WechatSignInSettings.from_environment(
            {
                "WECHAT_MODE": self.wechat_mode,
                "WECHAT_APP_ID": self.wechat_app_id,
                "WECHAT_APP_SECRET": self.wechat_app_secret.reveal(),
                "WECHAT_LOGIN_URL": self.wechat_login_url,
            }
        )
