"""Passwords, second factors and the tokens of a sign-in: how secrets are made, kept and compared.

Owns the algorithms and their figures; who may try, and how often, is decided elsewhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.chassis.hub import off_the_hub
from services.chassis.sealed import KeyRing, SealBroken, SealedColumn

# argon2id with 19 MiB, two passes and one lane: about 20 ms, and ten sign-ins at once stay below 200 MiB.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
TOTP_STEP_S = 30
TOTP_STEPS_BESIDE = 1
"""A phone's clock may be one step early or late."""
MAX_ISSUER = 10
"""Characters of the county's name that an authenticator shows; each becomes nine in the address, which has a bound."""
_TOKEN_BYTES = 32


def hash_password(password: str) -> str:
    return off_the_hub(lambda: _HASHER.hash(_normal(password)))


def password_agrees(password_hash: str | None, password: str) -> bool:
    """Takes the same time without a hash, so that nobody learns from it whether there is an account."""
    return off_the_hub(lambda: _verify(password_hash or _hash_of_nothing(), _normal(password))) and bool(password_hash)


def needs_rehash(password_hash: str) -> bool:
    return _HASHER.check_needs_rehash(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hash_of_nothing() -> str:
    return _HASHER.hash(secrets.token_hex())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


# Second factor


def new_totp_secret() -> str:
    return pyotp.random_base32()


def totp_uri(secret: str, *, issuer: str, name: str) -> str:
    """What an authenticator reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=name or "-", issuer_name=issuer[:MAX_ISSUER])


def totp_step(secret: str, code: str, now: datetime, last_step: int | None) -> int | None:
    """The time step whose code this is, later than the last one used; None when there is none. A code works once."""
    present = int(now.timestamp()) // TOTP_STEP_S
    totp = pyotp.TOTP(secret)
    found = None
    for step in range(present - TOTP_STEPS_BESIDE, present + TOTP_STEPS_BESIDE + 1):
        agrees = hmac.compare_digest(totp.generate_otp(step), code)
        if agrees and (last_step is None or step > last_step):
            found = step
    return found


# Tokens


def new_refresh_token() -> tuple[str, bytes]:
    """A token and the hash under which it is kept."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    return token, hash_token(token)


def hash_token(token: str) -> bytes:
    """Plain SHA-256: there is nothing to guess in 32 random bytes."""
    return hashlib.sha256(token.encode()).digest()


def seal_step(keys: KeyRing, step: str, county_id: str, data: dict[str, Any], until: datetime) -> str:
    """A token between two steps of a sign-in: sealed, since it may hold an openid, and good until an instant."""
    text = orjson.dumps({**data, "until": until.timestamp()}).decode()
    return base64.urlsafe_b64encode(keys.seal(SealedColumn(f"sign_in.{step}"), county_id, text)).decode()


def open_step(keys: KeyRing, step: str, county_id: str, token: str, now: datetime) -> dict[str, Any] | None:
    """The data of a token of this step, or None for one that is forged, of another step or too old."""
    try:
        sealed = base64.urlsafe_b64decode(token.encode())
        data: dict[str, Any] = orjson.loads(keys.open(SealedColumn(f"sign_in.{step}"), county_id, sealed))
    except (binascii.Error, ValueError, SealBroken):
        return None
    return data if now.timestamp() < data["until"] else None
