"""Setting an account up the first time: the one-time code, the password, the second factor of who holds an office."""

from __future__ import annotations

import pyotp

from deploy.demo.accounts import Account
from deploy.demo.http import Refused, request_id
from deploy.demo.loading import Loading
from deploy.demo.sign_in import DEVICE


def activate(load: Loading, account: Account, member_id: str) -> str:
    """First sign-in with the one-time code that an administrator hands out; the access token."""
    seed = load.county.seed
    issued = load.post(f"/v1/members/{member_id}/activation-codes", None, key=request_id(seed, "code", member_id))
    who = {"phone": account.phone, "password": account.password, "device": DEVICE}
    try:
        key = request_id(seed, "activation", member_id, issued["code"])
        answer = load.gateway.post("/v1/activations", {**who, "code": issued["code"]}, key=key)
    except Refused:
        # Activated before an interruption: then the password works.
        key = request_id("sign-in", member_id, load.clock.now())
        answer = load.gateway.post("/v1/sign-ins/password", who, key=key)
    return str(answer["access_token"])


def enrol(load: Loading, account: Account, token: str) -> None:
    """A second factor. Its secret is kept once it is in force."""
    key = request_id("offer", account.key, load.clock.now())
    offer = load.gateway.post("/v1/me/second-factor", None, key=key, token=token)
    code = {"code": pyotp.TOTP(offer["secret"]).at(load.clock.now())}
    key = request_id("confirmation", account.key, offer["secret"])
    load.gateway.post("/v1/me/second-factor/confirmation", code, key=key, token=token)
    account.totp_secret = str(offer["secret"])
