"""A table as a document: what stands on it, drawn as PDF by ``sheet_pdf`` and as a workbook by ``workbook``.

Owns shapes alone. Texts are ready to be shown; amounts are fen and become text here or a number of yuan in a workbook.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

MAX_ROWS = 60_000
"""All branches of the largest county; what is beyond it is not written."""


@dataclass(frozen=True, slots=True)
class Fen:
    """An amount in fen."""

    amount: int


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole in basis points."""

    basis_points: int


Value = str | int | Fen | Rate | None


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` is its part of the page's width."""

    title: str
    width: int
    align: Literal["L", "R", "C"] = "L"


@dataclass(frozen=True, slots=True)
class Sheet:
    """``facts`` stand above the table, ``notes`` below it; ``total`` is its last row."""

    title: str
    county: str
    facts: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    total: tuple[Value, ...] | None = None
    notes: tuple[str, ...] = ()
    simulated: bool = False
    landscape: bool = False

    def __post_init__(self) -> None:
        lines = (*self.rows, self.total) if self.total is not None else self.rows
        if any(len(line) != len(self.columns) for line in lines):
            raise ValueError("each row has a value for each column")


def yuan(amount_fen: int) -> str:
    """``¥1,234.05`` of 123405 fen, ``-¥0.05`` of -5."""
    whole, fen = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}¥{whole:,}.{fen:02d}"


def shown(value: Value) -> str:
    """As people read it: ``¥1,234.05``, ``86.67%``; nothing as a dash."""
    if value is None:
        return "—"
    if isinstance(value, Fen):
        return yuan(value.amount)
    if isinstance(value, Rate):
        whole, part = divmod(abs(value.basis_points), 100)
        return f"{'-' if value.basis_points < 0 else ''}{whole}.{part:02d}%"
    return f"{value:,}" if isinstance(value, int) else value
