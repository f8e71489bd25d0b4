"""Request ids: a write that comes again gets the first answer and changes nothing.

The id, bound to its caller, its method and its content, is stored with the sealed reply in the effect's own transaction. A
second call while the first still runs waits at the primary key; afterwards it finds the reply.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.sealed import KeyRing, SealedColumn
from services.chassis.tables import request
from services.contracts.caller import Caller
from services.contracts.errors import RequestReused

_REPLY = SealedColumn("request.reply_sealed")
"""Sealed, since a reply may hold names, amounts and, at sign-in, a fresh token."""


_EFFECT = "$effect"
"""No field of a message begins with a dollar sign."""


def effect(effect_id: str) -> dict[str, str]:
    """What stands in place of a reply that was not known when its request id was stored: which effect it told of."""
    return {_EFFECT: effect_id}


def effect_id(stored: Any) -> str | None:
    """The effect that a stored reply stands for; None for a reply that is whole."""
    return stored.get(_EFFECT) if isinstance(stored, dict) else None


def seal_reply(keys: KeyRing, request_id: str, reply: Any) -> bytes:
    return keys.seal(_REPLY, request_id, orjson.dumps(reply).decode())


def caller_key(caller: Caller) -> str:
    """By whom a request id was used: ids of different people never meet."""
    return f"{caller.county_id}:{caller.kind}:{caller.account_id or '-'}"


def content_hash(body: Any) -> bytes:
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()


def begin(
    db: sa.Connection, keys: KeyRing, *, request_id: str, caller: Caller, method: str, body: Any, now: datetime
) -> Any | None:
    """Claims the request id for this transaction. Returns the stored reply when the effect has happened already.

    Raises RequestReused when the id was used by another caller, for another method or with another content.
    """
    digest = content_hash(body)
    claim = (
        pg.insert(request)
        .values(request_id=request_id, caller=caller_key(caller), method=method, content_hash=digest, at=now)
        .on_conflict_do_nothing()
    )
    if db.execute(claim).rowcount == 1:
        return None
    return find_reply(db, keys, request_id=request_id, caller=caller, method=method, body=body)


def find_reply(
    db: sa.Connection, keys: KeyRing, *, request_id: str, caller: Caller, method: str, body: Any
) -> Any | None:
    """The stored reply of an effect that has happened, or None. Raises RequestReused as ``begin``."""
    row = db.execute(sa.select(request).where(request.c.request_id == request_id)).one_or_none()
    if row is None:
        return None
    if (row.caller, row.method, bytes(row.content_hash)) != (caller_key(caller), method, content_hash(body)):
        raise RequestReused
    return orjson.loads(keys.open(_REPLY, request_id, bytes(row.reply_sealed)))


def finish(db: sa.Connection, keys: KeyRing, *, request_id: str, reply: Any) -> None:
    """Stores the reply beside the effect, in the same transaction."""
    sealed = seal_reply(keys, request_id, reply)
    db.execute(sa.update(request).where(request.c.request_id == request_id).values(reply_sealed=sealed))


def release(db: sa.Connection, request_id: str) -> None:
    """Gives a claimed id back within the same transaction: nothing but traces of a refusal will stay."""
    db.execute(sa.delete(request).where(request.c.request_id == request_id))


def forget_before(db: sa.Connection, before: datetime, at_most: int) -> int:
    """Deletes ids older than ``before``, ``at_most`` of them; how many went."""
    old = sa.select(request.c.request_id).where(request.c.at < before).limit(at_most)
    return db.execute(sa.delete(request).where(request.c.request_id.in_(old))).rowcount
