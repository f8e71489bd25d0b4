"""Prints receipts: one at a time in each process, since drawing is work for the processor alone and others want to be served."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gateway.documents.fonts import FontMissing, GlyphBank
from gateway.documents.receipt_pdf import draw
from gateway.documents.sheet_pdf import draw_sheet
from gateway.documents.sheets import Sheet
from gateway.problems import DocumentUnavailable
from services.chassis.limits import Bulkhead, BulkheadFull
from services.chassis.logging import get_logger
from services.contracts.dues.messages import ReceiptView

TEMPLATE_VERSION = 2
"""Counted up when the drawing changes, so that no phone keeps an old one as if it were the same."""
WAIT_S = 3.0
MAX_WAITING = 30
"""At about a tenth of a second each, some thirty people wait for their receipt before the next is asked to come again."""

_log = get_logger("documents")


@dataclass(frozen=True, slots=True)
class Printed:
    """The document, and the characters that no font here can draw; the document names them too."""

    pdf: bytes
    undrawable: tuple[str, ...]


class ReceiptPrinter:
    def __init__(self, font: Path, public_url: str) -> None:
        self._font = font
        self._public_url = public_url
        self._press = Bulkhead(1, WAIT_S, MAX_WAITING)
        self._loading = threading.Lock()
        self._bank: GlyphBank | None = None

    def warm(self) -> bool:
        """Reads the font before anybody waits for it; False, and a line in the log, when it is not there."""
        try:
            self._type()
        except FontMissing as fault:
            _log.error("receipt_font_missing", reason=str(fault))
            return False
        return True

    def print(self, receipt: ReceiptView, left_s: float = WAIT_S) -> Printed:
        """Raises DocumentUnavailable when there is no font, or too many wait for the time that is left."""
        address = f"{self._public_url}/check/{receipt.check_code}"
        printed = self.press(lambda bank: draw(receipt, bank, address), left_s)
        if printed.undrawable:
            _log.warning("receipt_with_undrawable_characters", receipt_id=receipt.id, count=len(printed.undrawable))
        return printed

    def press(self, drawing: Callable[[GlyphBank], tuple[bytes, tuple[str, ...]]], left_s: float = WAIT_S) -> Printed:
        """Draws any document in its turn, with the one font of the process. Raises DocumentUnavailable as ``print`` does."""
        try:
            with self._press.place(left_s):
                return Printed(*drawing(self._type()))
        except FontMissing as fault:
            _log.error("receipt_font_missing", reason=str(fault))
            raise DocumentUnavailable(reason="font") from None
        except BulkheadFull:
            raise DocumentUnavailable(reason="busy") from None

    def print_sheet(self, sheet: Sheet, made_at: datetime, left_s: float = WAIT_S) -> Printed:
        """A table as PDF, on the same press and by the same rules."""
        try:
            with self._press.place(left_s):
                pdf, undrawable = draw_sheet(sheet, self._type(), made_at)
        except FontMissing as fault:
            _log.error("receipt_font_missing", reason=str(fault))
            raise DocumentUnavailable(reason="font") from None
        except BulkheadFull:
            raise DocumentUnavailable(reason="busy") from None
        return Printed(pdf, undrawable)

    def _type(self) -> GlyphBank:
        with self._loading:
            if self._bank is None:
                self._bank = GlyphBank(self._font)
            return self._bank
