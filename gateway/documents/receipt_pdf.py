"""How a receipt looks: one A5 page, calm and official, with everything that a person or an inspector wants to find on it.

Draws what it is given and computes nothing but the sentence about the months. Money comes as fen and is written, not reckoned.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC
from io import BytesIO

import segno
from fpdf import FPDF
from fpdf.enums import TextMode, XPos, YPos

from gateway.documents.fonts import SUBSTITUTE, GlyphBank
from services.chassis.clock import shanghai
from services.contracts.dues.messages import ReceiptMonth, ReceiptView

WIDTH, HEIGHT, MARGIN = 148.0, 210.0, 13.0
INNER = WIDTH - 2 * MARGIN
HEAD_HEIGHT = 31.0
Colour = tuple[int, int, int]
DEEP: Colour = (143, 16, 21)
GOLD: Colour = (240, 200, 122)
GOLD_TEXT: Colour = (138, 100, 20)
INK: Colour = (33, 28, 23)
SECOND: Colour = (101, 93, 84)
HAIRLINE: Colour = (222, 215, 206)
PAPER: Colour = (247, 245, 242)
WARN: Colour = (166, 83, 0)
WARN_PAPER: Colour = (255, 243, 222)
WHITE: Colour = (255, 255, 255)
MONTH_COLUMNS = 3
MONTH_ROW, MONTH_HEADING = 6.2, 6.4
FOOT_TOP = 166.0
FULL_ROWS = 22
"""Rows of months on a page that holds nothing else."""
QR_SIZE = 26.0
CHANNELS = {"wechat": "微信支付", "wechat_pay": "微信支付", "cash": "现金"}
FONT = "serif"


def draw(receipt: ReceiptView, bank: GlyphBank, check_address: str) -> tuple[bytes, tuple[str, ...]]:
    """The PDF and the characters that could not be drawn; where they stand is ``SUBSTITUTE``, and a note names them."""
    sheet = _Sheet(receipt, bank, check_address)
    return sheet.made(), sheet.undrawable


def yuan(amount_fen: int) -> str:
    """``¥1,234.05`` of 123405 fen."""
    whole, fen = divmod(amount_fen, 100)
    return f"¥{whole:,}.{fen:02d}"


def months_sentence(months: Sequence[ReceiptMonth]) -> str:
    """``2026年9月至11月，共3个月``; months with a gap are only counted, each stands in the list."""
    ordered = sorted(line.month for line in months)
    first, last = ordered[0], ordered[-1]
    count = f"共{len(ordered)}个月"
    if first == last:
        return f"{first.year}年{first.month}月，{count}"
    if first.months_until(last) != len(ordered) - 1:
        return f"{first.year}年{first.month}月起，{count}（见下表）"
    end = f"{last.month}月" if last.year == first.year else f"{last.year}年{last.month}月"
    return f"{first.year}年{first.month}月至{end}，{count}"


class _Words:
    """Every text of the page passes here first: the font is made from exactly these, and what can't be drawn is found."""

    def __init__(self, bank: GlyphBank) -> None:
        self._bank = bank
        self.characters: set[str] = set()
        self.undrawable: dict[str, None] = {}

    def __call__(self, text: str) -> str:
        drawable = self._bank.drawable(text)
        self.characters.update(drawable.text)
        self.undrawable.update(dict.fromkeys(drawable.undrawable))
        return drawable.text


class _Sheet:
    def __init__(self, receipt: ReceiptView, bank: GlyphBank, check_address: str) -> None:
        self._receipt = receipt
        self._bank = bank
        self._check_address = check_address
        self._words = _Words(bank)
        self._rows = self._details()
        self._months = [
            (self._words(f"{line.month.year}年{line.month.month}月"), self._words(yuan(line.amount_fen)))
            for line in sorted(receipt.months, key=lambda line: line.month)
        ]
        self._fixed = {name: self._words(text) for name, text in self._texts().items()}
        self.undrawable = tuple(self._words.undrawable)
        self._note = self._words(self._undrawable_note())
        self._pdf = FPDF(unit="mm", format=(WIDTH, HEIGHT))

    def _details(self) -> list[tuple[str, str]]:
        receipt, words = self._receipt, self._words
        payer = receipt.payer_name
        if payer != receipt.member_name:
            payer += "（代缴）"
        issued = shanghai(receipt.issued_at)
        extra = f"党费{yuan(receipt.amount_fen - receipt.extra_fen)}，自愿多交{yuan(receipt.extra_fen)}"
        pairs = [
            ("党员", receipt.member_name),
            ("缴款人", payer),
            ("所属党组织", receipt.branch_name),
            ("缴纳月份", months_sentence(receipt.months)),
            *((("其中", extra),) if receipt.extra_fen else ()),
            ("缴款方式", CHANNELS.get(receipt.channel, receipt.channel)),
            *((("经手人", receipt.collector_name),) if receipt.collector_name else ()),
            ("收款单位", receipt.branch_name),
            ("开具时间", f"{issued.year}年{issued.month}月{issued.day}日 {issued:%H:%M}"),
        ]
        return [(words(label), words(value)) for label, value in pairs]

    def _texts(self) -> dict[str, str]:
        receipt = self._receipt
        return {
            "county": receipt.county_name,
            "title": "党费收据",
            "number": f"编号 {receipt.number}",
            "amount_label": "金额",
            "amount": yuan(receipt.amount_fen),
            "capitals": f"人民币（大写）{receipt.amount_capitals}",
            "months": "逐月明细",
            "simulated": "模拟支付环境 · 本收据不代表真实缴费",
            "void": "作废",
            "scan": "扫码核验真伪",
            "code": f"核验码 {receipt.check_code}",
            "foot": "本收据由系统开具，编号按党组织和年度连续。任何人可扫描右侧二维码，核对收据真伪、月份和金额。",
        }

    def _undrawable_note(self) -> str:
        if not self.undrawable:
            return ""
        codes = "、".join(f"U+{ord(character):04X}" for character in self.undrawable)
        return f"“{SUBSTITUTE}”处为字库未收录的字，其统一码为：{codes}。"

    def made(self) -> bytes:
        pdf = self._pdf
        pdf.set_creation_date(self._receipt.issued_at.astimezone(UTC))
        pdf.set_title(f"党费收据 {self._receipt.number}")
        pdf.set_lang("zh-CN")
        if self.undrawable:
            pdf.set_subject(self._note)
        pdf.set_auto_page_break(False)
        # fpdf2 takes a font from a path only; it reads this one before the block ends.
        with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
            file.write(self._bank.font_for(self._words.characters))
            file.flush()
            pdf.add_font(FONT, "", file.name)
            self._draw()
            return bytes(pdf.output())

    def _draw(self) -> None:
        self._pdf.add_page()
        y = self._head()
        y = self._band(y)
        y = self._body(y + 5.0)
        left = self._month_table(y + 3.0, self._months, FOOT_TOP)
        self._foot()
        self._void_mark()
        while left:  # bounded: the contract allows no more lines than an order has
            self._pdf.add_page()
            left = self._month_table(self._band(self._head()) + 6.0, left, HEIGHT - MARGIN)
            self._void_mark()

    def _text(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        *,
        colour: Colour,
        align: str = "L",
        line: float = 0.0,
    ) -> float:
        """Writes a text, in several lines where it must; the height below it."""
        pdf = self._pdf
        pdf.set_font(FONT, size=size)
        pdf.set_text_color(*colour)
        pdf.set_xy(x, y)
        pdf.multi_cell(
            width,
            line or size * 0.5,
            text,
            align=align,
            wrapmode="CHAR",
            padding=0,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        below: float = pdf.get_y()
        return below

    @contextmanager
    def _heavy(self, stroke: float, colour: Colour) -> Iterator[None]:
        """Letters drawn with their outline: the collection's bold face would cost another 27 MB of memory."""
        with self._pdf.local_context(text_mode=TextMode.FILL_STROKE, line_width=stroke):
            self._pdf.set_draw_color(*colour)
            yield

    def _head(self) -> float:
        pdf = self._pdf
        pdf.set_fill_color(*DEEP)
        pdf.rect(0, 0, WIDTH, HEAD_HEIGHT, style="F")
        pdf.set_fill_color(*GOLD)
        pdf.rect(0, HEAD_HEIGHT, WIDTH, 0.9, style="F")
        self._text(MARGIN, 7.0, INNER, self._fixed["county"], 10, colour=GOLD)
        with self._heavy(0.25, WHITE):
            pdf.set_char_spacing(4)
            self._text(MARGIN, 13.5, 80, self._fixed["title"], 22, colour=WHITE)
            pdf.set_char_spacing(0)
        self._text(MARGIN + 50, 20.2, INNER - 50, self._fixed["number"], 9.5, colour=GOLD, align="R")
        return HEAD_HEIGHT + 0.9

    def _band(self, y: float) -> float:
        if not self._receipt.simulated:
            return y
        self._pdf.set_fill_color(*WARN_PAPER)
        self._pdf.rect(0, y, WIDTH, 8.0, style="F")
        self._text(MARGIN, y + 1.6, INNER, self._fixed["simulated"], 9.5, colour=WARN, align="C")
        return y + 8.0

    def _body(self, y: float) -> float:
        for label, value in self._rows:
            self._text(MARGIN, y, 24, label, 9.5, colour=SECOND, line=5.6)
            y = self._text(MARGIN + 26, y - 0.4, INNER - 26, value, 11, colour=INK, line=5.8) + 1.3
        return self._amount(y + 1.2)

    def _amount(self, y: float) -> float:
        pdf = self._pdf
        pdf.set_fill_color(*PAPER)
        pdf.rect(MARGIN, y, INNER, 21.0, style="F")
        pdf.set_fill_color(*DEEP)
        pdf.rect(MARGIN, y, 1.2, 21.0, style="F")
        self._text(MARGIN + 6, y + 4.4, 18, self._fixed["amount_label"], 9.5, colour=SECOND)
        with self._heavy(0.18, DEEP):
            self._text(MARGIN + 18, y + 2.2, INNER - 24, self._fixed["amount"], 21, colour=DEEP, align="R")
        self._text(MARGIN + 6, y + 13.4, INNER - 12, self._fixed["capitals"], 10.5, colour=INK, align="R")
        return y + 21.0

    def _month_table(self, y: float, months: list[tuple[str, str]], bottom: float) -> list[tuple[str, str]]:
        """Draws as many months as there is room for; the ones that are left, all of them where there is none."""
        rows = min(FULL_ROWS, int((bottom - y - MONTH_HEADING) / MONTH_ROW))
        if rows < 1:
            return months
        self._text(MARGIN, y, INNER, self._fixed["months"], 9.5, colour=SECOND)
        y += MONTH_HEADING
        fitting, left = months[: rows * MONTH_COLUMNS], months[rows * MONTH_COLUMNS :]
        column = INNER / MONTH_COLUMNS
        self._pdf.set_draw_color(*HAIRLINE)
        for index, (month, amount) in enumerate(fitting):
            row, place = divmod(index, MONTH_COLUMNS)
            x, top = MARGIN + place * column, y + row * MONTH_ROW
            self._text(x, top + 0.9, column * 0.55, month, 9.5, colour=INK)
            self._text(x + column * 0.4, top + 0.9, column * 0.6 - 3, amount, 9.5, colour=INK, align="R")
            self._pdf.line(x, top + MONTH_ROW - 0.3, x + column - 3, top + MONTH_ROW - 0.3)
        return left

    def _foot(self) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*GOLD)
        pdf.set_line_width(0.4)
        pdf.line(MARGIN, FOOT_TOP + 4.0, WIDTH - MARGIN, FOOT_TOP + 4.0)
        pdf.set_line_width(0.2)
        top = FOOT_TOP + 7.0
        code = BytesIO()
        segno.make(self._check_address, error="m", micro=False).save(code, kind="png", scale=8, border=0)
        pdf.image(code, x=WIDTH - MARGIN - QR_SIZE, y=top, w=QR_SIZE)
        width = INNER - QR_SIZE - 8
        x = WIDTH - MARGIN - QR_SIZE - 4
        self._text(x, top + QR_SIZE + 0.6, QR_SIZE + 8, self._fixed["scan"], 7.5, colour=SECOND, align="C")
        y = self._text(MARGIN, top, width, self._fixed["code"], 9.5, colour=INK, line=5.2)
        y = self._text(MARGIN, y + 1.0, width, self._fixed["foot"], 8, colour=SECOND, line=4.4)
        if self._note:
            self._text(MARGIN, y + 1.0, width, self._note, 8, colour=WARN, line=4.4)

    def _void_mark(self) -> None:
        if not self._receipt.void:
            return
        pdf = self._pdf
        with pdf.local_context(text_mode=TextMode.STROKE, line_width=0.9), pdf.rotation(18, WIDTH / 2, 112):
            pdf.set_draw_color(*DEEP)
            pdf.rect(WIDTH / 2 - 44, 92, 88, 40, style="D")
            pdf.set_char_spacing(12)
            self._text(WIDTH / 2 - 42, 95, 90, self._fixed["void"], 76, colour=DEEP, align="C", line=34)
            pdf.set_char_spacing(0)
