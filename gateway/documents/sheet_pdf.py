"""How a printed table looks: A4, its head on each page, its pages numbered, what can't be drawn named at the end."""

from __future__ import annotations

from datetime import datetime

from gateway.documents.fonts import GlyphBank
from gateway.documents.paper import (
    DEEP,
    FONT,
    GOLD,
    GOLD_TEXT,
    HAIRLINE,
    INK,
    PAPER,
    SECOND,
    WARN,
    WARN_PAPER,
    Colour,
    Paper,
    Words,
)
from gateway.documents.sheets import Sheet, Value, shown

MARGIN, FOOT = 14.0, 12.0
LINE, PADDING = 4.6, 1.4
SIMULATED = "模拟支付环境 · 本表不代表真实缴费"
DIGITS = "0123456789第页共 "
"""What the pages' numbers are written with."""


def draw_sheet(sheet: Sheet, bank: GlyphBank, made_at: datetime) -> tuple[bytes, tuple[str, ...]]:
    """The PDF and the characters that could not be drawn; where they stand is ``SUBSTITUTE``, and a note names them."""
    table = _Table(sheet, bank)
    return table.made(made_at), table.words.undrawable


class _Table:
    def __init__(self, sheet: Sheet, bank: GlyphBank) -> None:
        self.words = words = Words(bank)
        words(DIGITS)
        self._sheet = sheet
        self._title, self._county = words(sheet.title), words(sheet.county)
        self._facts = [words(fact) for fact in sheet.facts]
        self._heads = [words(column.title) for column in sheet.columns]
        self._rows = [self._row(row) for row in sheet.rows]
        self._total = self._row(sheet.total) if sheet.total is not None else None
        self._notes = [words(note) for note in sheet.notes]
        self._simulated = words(SIMULATED)
        self._empty = words("没有记录")
        if note := words.note():
            self._notes.append(note)
        self._pdf = Paper(orientation="landscape" if sheet.landscape else "portrait", unit="mm", format="A4")
        self._inner = self._pdf.w - 2 * MARGIN
        whole = sum(column.width for column in sheet.columns)
        self._widths = [self._inner * column.width / whole for column in sheet.columns]

    def _row(self, row: tuple[Value, ...]) -> list[str]:
        return [self.words(shown(value)) for value in row]

    def made(self, made_at: datetime) -> bytes:
        return self._pdf.made(self.words, self._sheet.title, made_at, self._draw)

    def _draw(self) -> None:
        y = self._table_head(self._page_head())
        for row in self._rows:
            y = self._line(y, row)
        if not self._rows:
            y = self._text(MARGIN, y + 3.0, self._inner, self._empty, 10, SECOND, "C") + 3.0
        if self._total is not None:
            y = self._line(y, self._total, heavy=True)
        for note in self._notes:
            if y > self._bottom() - 10.0:
                self._foot()
                y = self._page_head()
            y = self._text(MARGIN, y + 2.0, self._inner, note, 8.5, SECOND)
        self._foot()

    def _bottom(self) -> float:
        return float(self._pdf.h) - FOOT - 6.0

    def _page_head(self) -> float:
        pdf = self._pdf
        pdf.add_page()
        pdf.set_fill_color(*DEEP)
        pdf.rect(0, 0, pdf.w, 3.0, style="F")
        self._text(MARGIN, 8.0, self._inner, self._county, 9.5, GOLD_TEXT)
        y = self._text(MARGIN, 13.0, self._inner, self._title, 17, DEEP, "C") + 2.0
        if self._sheet.simulated:
            pdf.set_fill_color(*WARN_PAPER)
            pdf.rect(MARGIN, y, self._inner, 6.5, style="F")
            y = self._text(MARGIN, y + 1.2, self._inner, self._simulated, 8.5, WARN, "C") + 2.0
        for fact in self._facts:
            y = self._text(MARGIN, y, self._inner, fact, 9.5, INK) + 0.6
        return y + 2.0

    def _table_head(self, y: float) -> float:
        return self._line(y, self._heads, head=True)

    def _line(self, y: float, texts: list[str], *, head: bool = False, heavy: bool = False) -> float:
        """One row, as high as its highest cell; on a new page, under the head again, where it does not fit."""
        size = 8.5
        self._pdf.set_font(FONT, size=size)
        high = max(self._height(text, width) for text, width in zip(texts, self._widths, strict=True))
        if y + high > self._bottom() and not head:
            self._foot()
            y = self._table_head(self._page_head())
        if head or heavy:
            self._pdf.set_fill_color(*PAPER)
            self._pdf.rect(MARGIN, y, self._inner, high, style="F")
        x = MARGIN
        for text, width, column in zip(texts, self._widths, self._sheet.columns, strict=True):
            colour = SECOND if head else DEEP if heavy else INK
            self._text(x + PADDING, y + 1.2, width - 2 * PADDING, text, size, colour, column.align)
            x += width
        self._pdf.set_draw_color(*HAIRLINE)
        self._pdf.line(MARGIN, y + high, MARGIN + self._inner, y + high)
        return y + high

    def _height(self, text: str, width: float) -> float:
        lines = self._pdf.multi_cell(
            width - 2 * PADDING, LINE, text, wrapmode="CHAR", padding=0, dry_run=True, output="LINES"
        )
        return max(1, len(lines)) * LINE + 2.0

    def _foot(self) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*GOLD)
        pdf.line(MARGIN, pdf.h - FOOT, pdf.w - MARGIN, pdf.h - FOOT)
        self._text(MARGIN, pdf.h - FOOT + 2.0, self._inner, f"第 {pdf.page_no()} 页", 8, SECOND, "C")

    def _text(  # noqa: PLR0917  # place, text and ink, as wherever something is drawn
        self, x: float, y: float, width: float, text: str, size: float, colour: Colour, align: str = "L"
    ) -> float:
        return self._pdf.put(x, y, width, text, size, colour=colour, align=align, line=LINE if size < 12 else 0.0)
