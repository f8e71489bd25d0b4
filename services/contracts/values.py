"""Values that every part understands: money in fen, months, identifiers, places in the organisation tree.

Plain data with the few operations that belong to the value itself. Nothing here knows a rule, a database or a message.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import NewType

Fen = NewType("Fen", int)
"""Money in fen, the hundredth of a yuan. Always an integer."""

MemberId = NewType("MemberId", str)
OrgId = NewType("OrgId", str)
OrderId = NewType("OrderId", str)
RequestId = NewType("RequestId", str)
"""Made by the client before it sends a write, kept until a final answer, reused on each try."""

OrgPath = NewType("OrgPath", str)
"""Labels from the county down, joined by dots: ``yt.t03.b012``. An ancestor's path is a prefix of whole labels."""

FEN_PER_YUAN = 100
MONTHS_PER_YEAR = 12
FIRST_YEAR, LAST_YEAR = 1921, 2199
_MONTH_TEXT = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_PATH_TEXT = re.compile(r"[a-z0-9_]{1,32}(\.[a-z0-9_]{1,32}){0,7}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class YearMonth:
    """A calendar month in Asia/Shanghai, the unit in which dues fall (DUE-12). Text form ``2026-09``."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (FIRST_YEAR <= self.year <= LAST_YEAR and 1 <= self.month <= MONTHS_PER_YEAR):
            raise ValueError(f"not a month: {self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str) -> YearMonth:
        """From ``2026-09``. Raises ValueError on anything else."""
        match = _MONTH_TEXT.fullmatch(text)
        if match is None:
            raise ValueError(f"not a month: {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> YearMonth:
        return cls(day.year, day.month)

    @classmethod
    def from_number(cls, number: int) -> YearMonth:
        """From the storage form 202609."""
        return cls(number // 100, number % 100)

    @property
    def number(self) -> int:
        """The storage form: 202609, ordered as the months are."""
        return self.year * 100 + self.month

    def plus(self, months: int) -> YearMonth:
        count = self.year * MONTHS_PER_YEAR + self.month - 1 + months
        return YearMonth(count // MONTHS_PER_YEAR, count % MONTHS_PER_YEAR + 1)

    def months_until(self, other: YearMonth) -> int:
        """How many months ``other`` lies after this one; negative when before."""
        return (other.year - self.year) * MONTHS_PER_YEAR + other.month - self.month

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def org_path(text: str) -> OrgPath:
    """A checked path. Raises ValueError when the text is not one."""
    if _PATH_TEXT.fullmatch(text) is None:
        raise ValueError(f"not an organisation path: {text!r}")
    return OrgPath(text)


def is_within(path: OrgPath, ancestor: OrgPath) -> bool:
    """Whether ``path`` is ``ancestor`` itself or lies beneath it (REG-8): whole labels, so yt.t1 does not hold yt.t10."""
    return path == ancestor or path.startswith(ancestor + ".")


@dataclass(frozen=True, slots=True)
class AttachmentRef:
    """A file in the object store: key, SHA-256 in hex, size in bytes, media type found from its content."""

    key: str
    sha256: str
    size_bytes: int
    media_type: str
