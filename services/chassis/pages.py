"""Cursor pages: where the last page ended, as text that nobody but the service reads.

A cursor holds the sort key of the last item shown, so that a page costs the same wherever it lies, and items added or removed
meanwhile move nobody else's place. It is no secret and gives no right: each page is checked as the first one was.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

from services.contracts.errors import InvalidMessage

T = TypeVar("T")
MOST_WHOLE = 2**62
"""Within PostgreSQL's bigint, so that a made-up cursor is refused here and not by the database."""


def whole(part: object) -> int:
    """A whole number of a sort key. Raises ValueError."""
    if type(part) is not int or not 0 <= part <= MOST_WHOLE:
        raise ValueError("not a whole number")
    return part


def clean_text(part: object) -> str:
    """A text of a sort key, such as a name. Raises ValueError, also for the one character that PostgreSQL takes in no text."""
    if not isinstance(part, str) or "\0" in part:
        raise ValueError("not a clean text")
    return part


def cursor_of(*key: str | int) -> str:
    """The cursor behind an item with this sort key."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode()


def key_of(cursor: str | None, *parts: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """The sort key in a cursor, each part checked by its function (``parse_id``, ``org_path``, ``whole``, ``clean_text``).

    None for the first page. Raises InvalidMessage for a text that is no cursor of this list.
    """
    if cursor is None:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(key, list):
            raise ValueError("not a sort key")
        return tuple(check(part) for check, part in zip(parts, key, strict=True))
    except (binascii.Error, ValueError, TypeError):
        raise InvalidMessage(fields={"cursor": "not a cursor of this list"}) from None


def cut(rows: Sequence[T], limit: int, key: Callable[[T], tuple[str | int, ...]]) -> tuple[Sequence[T], str | None]:
    """One page of ``limit`` items, of rows read with a limit of one more, and the cursor of the next page if there is one."""
    page = rows[:limit]
    return page, cursor_of(*key(page[-1])) if len(rows) > limit else None
