"""How a printed table looks: A4, its head on each page, its pages numbered, what can't be drawn named at the end."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from gateway.documents.fonts import SUBSTITUTE, GlyphBank
from gateway.documents.receipt_pdf import (
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
)
from gateway.documents.sheets import Sheet, Value, shown

MARGIN, FOOT = 14.0, 12.0
LINE, PADDING = 4.6, 1.4
SIMULATED = "模拟支付环境 · 本表不代表真实缴费"
DIGITS = "0123456789第页共 "
"""What the pages' numbers are written with."""


def draw_sheet(sheet: Sheet, bank: GlyphBank, made_at: datetime) -> tuple[bytes, tuple[str, ...]]:
    """The PDF and the characters that could not be drawn; where they stand is ``SUBSTITUTE``, and a note names them."""
    paper = _Paper(sheet, bank)
    return paper.made(made_at), paper.undrawable


class _Paper:
    def __init__(self, sheet: Sheet, bank: GlyphBank) -> None:
        self._bank = bank
        self._characters: set[str] = set(DIGITS)
        self._missing: dict[str, None] = {}
        self._sheet = sheet
        self._title, self._county = self._words(sheet.title), self._words(sheet.county)
        self._facts = [self._words(fact) for fact in sheet.facts]
        self._heads = [self._words(column.title) for column in sheet.columns]
        self._rows = [self._row(row) for row in sheet.rows]
        self._total = self._row(sheet.total) if sheet.total is not None else None
        self._notes = [self._words(note) for note in sheet.notes]
        self._simulated = self._words(SIMULATED)
        self._empty = self._words("没有记录")
        self.undrawable = tuple(self._missing)
        if self.undrawable:
            codes = "、".join(f"U+{ord(character):04X}" for character in self.undrawable)
            self._notes.append(self._words(f"“{SUBSTITUTE}”处为字库未收录的字，其统一码为：{codes}。"))
        self._pdf = FPDF(orientation="landscape" if sheet.landscape else "portrait", unit="mm", format="A4")
        self._inner = self._pdf.w - 2 * MARGIN
        whole = sum(column.width for column in sheet.columns)
        self._widths = [self._inner * column.width / whole for column in sheet.columns]

    def _words(self, text: str) -> str:
        drawable = self._bank.drawable(text)
        self._characters.update(drawable.text)
        self._missing.update(dict.fromkeys(drawable.undrawable))
        return drawable.text

    def _row(self, row: tuple[Value, ...]) -> list[str]:
        return [self._words(shown(value)) for value in row]

    def made(self, made_at: datetime) -> bytes:
        pdf = self._pdf
        pdf.set_creation_date(made_at.astimezone(UTC))
        pdf.set_title(self._sheet.title)
        pdf.set_lang("zh-CN")
        pdf.set_auto_page_break(False)
        # fpdf2 takes a font from a path only; it reads this one before the block ends.
        with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
            file.write(self._bank.font_for(self._characters))
            file.flush()
            pdf.add_font(FONT, "", file.name)
            self._draw()
            return bytes(pdf.output())

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
        pdf = self._pdf
        pdf.set_font(FONT, size=size)
        pdf.set_text_color(*colour)
        pdf.set_xy(x, y)
        pdf.multi_cell(
            width,
            LINE if size < 12 else size * 0.5,
            text,
            align=align,
            wrapmode="CHAR",
            padding=0,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        below: float = pdf.get_y()
        return below
