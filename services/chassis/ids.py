"""Identifiers and codes: made here, checked here, in one text form.

Ids are time-ordered so that an index grows at its end. Their time part is for that order only: nobody may read an
instant out of an id, so they need no injected clock. Codes are the opposite: short, typed by people, unguessable.
"""

from __future__ import annotations

import os
import re
import secrets
import threading
import time

# Versions 7 (made here) and 4 (a browser's randomUUID, for the request ids that phones make), variant 10 of RFC 9562.
_ID_TEXT = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)

CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L, which people mistake for each other when they type a code from paper."""

DIGITS = "0123456789"
MAX_CODE_LENGTH = 64

_COUNTER_BITS = 12
_COUNTER_SEED_BITS = 11  # starts in the lower half of the counter, so that 2,048 ids of one millisecond always fit
_NS_PER_MS = 1_000_000


class _Sequence:
    """Time and counter of the last id. A later id is greater, even when the machine's clock steps back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last_ms = 0
        self._counter = 0

    def following(self, now_ms: int) -> tuple[int, int]:
        with self._lock:
            if now_ms > self._last_ms:
                self._last_ms, self._counter = now_ms, secrets.randbits(_COUNTER_SEED_BITS)
            elif self._counter + 1 < 1 << _COUNTER_BITS:
                self._counter += 1
            else:  # the millisecond is used up: borrow the next one (RFC 9562, section 6.2)
                self._last_ms, self._counter = self._last_ms + 1, secrets.randbits(_COUNTER_SEED_BITS)
            return self._last_ms, self._counter


_sequence = _Sequence()


def new_id() -> str:
    """A UUIDv7 as canonical text, greater than each id made before it in this process."""
    milliseconds, counter = _sequence.following(time.time_ns() // _NS_PER_MS)
    number = milliseconds << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | int.from_bytes(os.urandom(8)) >> 2
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def parse_id(text: object) -> str:
    """The id itself when it is canonical lower-case UUID text of version 4 or 7. Raises ValueError on anything else."""
    if not isinstance(text, str) or _ID_TEXT.fullmatch(text) is None:
        raise ValueError("not an id: expected a lower-case UUID of version 4 or 7")
    return text


def new_code(length: int, alphabet: str = CODE_ALPHABET) -> str:
    """A code from the system's random source. Raises ValueError for a length or alphabet that makes no code."""
    if not 1 <= length <= MAX_CODE_LENGTH:
        raise ValueError(f"a code has 1 to {MAX_CODE_LENGTH} characters, not {length}")
    if len(alphabet) < 2 or len(set(alphabet)) != len(alphabet):
        raise ValueError("a code's alphabet has two or more different characters, each once")
    return "".join(secrets.choice(alphabet) for _ in range(length))
