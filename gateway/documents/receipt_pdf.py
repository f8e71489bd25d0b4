"""How a receipt looks: one A5 page, calm and official, with everything that a person or an inspector wants to find on it.

Draws what it is given and computes nothing but the sentence about the months. Money comes as fen and is written, not reckoned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import segno
from fpdf.enums import TextMode

from gateway.documents.fonts import GlyphBank
from gateway.documents.paper import (
    DEEP,
    GOLD,
    HAIRLINE,
    INK,
    PAPER,
    SECOND,
    WARN,
    WARN_PAPER,
    WHITE,
    Colour,
    Paper,
    Words,
)
from gateway.documents.sheets import yuan
from services.chassis.clock import shanghai
from services.contracts.dues.messages import ReceiptMonth, ReceiptView

WIDTH, HEIGHT, MARGIN = 148.0, 210.0, 13.0
INNER = WIDTH - 2 * MARGIN
HEAD_HEIGHT = 31.0
MONTH_COLUMNS = 3
MONTH_ROW, MONTH_HEADING = 6.2, 6.4
FOOT_TOP = 166.0
FULL_ROWS = 22
"""Rows of months on a page that holds nothing else."""
QR_SIZE = 26.0
CHANNELS = {"wechat": "微信支付", "wechat_pay": "微信支付", "cash": "现金"}


def draw(receipt: ReceiptView, bank: GlyphBank, check_address: str) -> tuple[bytes, tuple[str, ...]]:
    """The PDF and the characters that could not be drawn; where they stand is ``SUBSTITUTE``, and a note names them."""
    sheet = _Sheet(receipt, bank, check_address)
    return sheet.made(), sheet.words.undrawable


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


class _Sheet:
    def __init__(self, receipt: ReceiptView, bank: GlyphBank, check_address: str) -> None:
        self._receipt = receipt
        self._check_address = check_address
        self.words = Words(bank)
        self._rows = self._details()
        self._months = [
            (self.words(f"{line.month.year}年{line.month.month}月"), self.words(yuan(line.amount_fen)))
            for line in sorted(receipt.months, key=lambda line: line.month)
        ]
        self._fixed = {name: self.words(text) for name, text in self._texts().items()}
        self._note = self.words.note()
        self._pdf = Paper(unit="mm", format=(WIDTH, HEIGHT))

    def _details(self) -> list[tuple[str, str]]:
        receipt, words = self._receipt, self.words
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

    def made(self) -> bytes:
        if self._note:
            self._pdf.set_subject(self._note)
        title = f"党费收据 {self._receipt.number}"
        return self._pdf.made(self.words, title, self._receipt.issued_at, self._draw)

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
        self._pdf.put(MARGIN, 7.0, INNER, self._fixed["county"], 10, colour=GOLD)
        with self._heavy(0.25, WHITE):
            pdf.set_char_spacing(4)
            self._pdf.put(MARGIN, 13.5, 80, self._fixed["title"], 22, colour=WHITE)
            pdf.set_char_spacing(0)
        self._pdf.put(MARGIN + 50, 20.2, INNER - 50, self._fixed["number"], 9.5, colour=GOLD, align="R")
        return HEAD_HEIGHT + 0.9

    def _band(self, y: float) -> float:
        if not self._receipt.simulated:
            return y
        self._pdf.set_fill_color(*WARN_PAPER)
        self._pdf.rect(0, y, WIDTH, 8.0, style="F")
        self._pdf.put(MARGIN, y + 1.6, INNER, self._fixed["simulated"], 9.5, colour=WARN, align="C")
        return y + 8.0

    def _body(self, y: float) -> float:
        for label, value in self._rows:
            self._pdf.put(MARGIN, y, 24, label, 9.5, colour=SECOND, line=5.6)
            y = self._pdf.put(MARGIN + 26, y - 0.4, INNER - 26, value, 11, colour=INK, line=5.8) + 1.3
        return self._amount(y + 1.2)

    def _amount(self, y: float) -> float:
        pdf = self._pdf
        pdf.set_fill_color(*PAPER)
        pdf.rect(MARGIN, y, INNER, 21.0, style="F")
        pdf.set_fill_color(*DEEP)
        pdf.rect(MARGIN, y, 1.2, 21.0, style="F")
        self._pdf.put(MARGIN + 6, y + 4.4, 18, self._fixed["amount_label"], 9.5, colour=SECOND)
        with self._heavy(0.18, DEEP):
            self._pdf.put(MARGIN + 18, y + 2.2, INNER - 24, self._fixed["amount"], 21, colour=DEEP, align="R")
        self._pdf.put(MARGIN + 6, y + 13.4, INNER - 12, self._fixed["capitals"], 10.5, colour=INK, align="R")
        return y + 21.0

    def _month_table(self, y: float, months: list[tuple[str, str]], bottom: float) -> list[tuple[str, str]]:
        """Draws as many months as there is room for; the ones that are left, all of them where there is none."""
        rows = min(FULL_ROWS, int((bottom - y - MONTH_HEADING) / MONTH_ROW))
        if rows < 1:
            return months
        self._pdf.put(MARGIN, y, INNER, self._fixed["months"], 9.5, colour=SECOND)
        y += MONTH_HEADING
        fitting, left = months[: rows * MONTH_COLUMNS], months[rows * MONTH_COLUMNS :]
        column = INNER / MONTH_COLUMNS
        self._pdf.set_draw_color(*HAIRLINE)
        for index, (month, amount) in enumerate(fitting):
            row, place = divmod(index, MONTH_COLUMNS)
            x, top = MARGIN + place * column, y + row * MONTH_ROW
            self._pdf.put(x, top + 0.9, column * 0.55, month, 9.5, colour=INK)
            self._pdf.put(x + column * 0.4, top + 0.9, column * 0.6 - 3, amount, 9.5, colour=INK, align="R")
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
        self._pdf.put(x, top + QR_SIZE + 0.6, QR_SIZE + 8, self._fixed["scan"], 7.5, colour=SECOND, align="C")
        y = self._pdf.put(MARGIN, top, width, self._fixed["code"], 9.5, colour=INK, line=5.2)
        y = self._pdf.put(MARGIN, y + 1.0, width, self._fixed["foot"], 8, colour=SECOND, line=4.4)
        if self._note:
            self._pdf.put(MARGIN, y + 1.0, width, self._note, 8, colour=WARN, line=4.4)

    def _void_mark(self) -> None:
        if not self._receipt.void:
            return
        pdf = self._pdf
        with pdf.local_context(text_mode=TextMode.STROKE, line_width=0.9), pdf.rotation(18, WIDTH / 2, 112):
            pdf.set_draw_color(*DEEP)
            pdf.rect(WIDTH / 2 - 44, 92, 88, 40, style="D")
            pdf.set_char_spacing(12)
            self._pdf.put(WIDTH / 2 - 42, 95, 90, self._fixed["void"], 76, colour=DEEP, align="C", line=34)
            pdf.set_char_spacing(0)
