"""Receipts over HTTP: a PDF that needs no second making, says what it could not draw, and waits for its turn."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from gateway.documents import receipts as printing
from gateway.documents.receipts import WAIT_S, Printed, ReceiptPrinter
from gateway.settings import RECEIPT_FONT
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import ReceiptView
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway

PATH = f"/v1/dues/receipts/{views.ID}/file"


class CountingPrinter(ReceiptPrinter):
    """The real thing but for the ink."""

    def __init__(self, undrawable: tuple[str, ...] = ()) -> None:
        super().__init__(RECEIPT_FONT, "http://127.0.0.1:8080")
        self.printed: list[ReceiptView] = []
        self._undrawable = undrawable

    def print(self, receipt: ReceiptView, left_s: float = WAIT_S) -> Printed:  # the base class's own signature
        self.printed.append(receipt)
        return Printed(b"%PDF-1.7 receipt", self._undrawable)


@pytest.fixture
def printer() -> CountingPrinter:
    return CountingPrinter()


@pytest.fixture
def gateway(tmp_path: Path, printer: CountingPrinter) -> Gateway:
    made = Gateway(tmp_path, printer)
    made.services.on(dues.GET_RECEIPT, lambda _: views.receipt())
    return made


def test_receipt_comes_as_a_pdf_to_keep(gateway: Gateway) -> None:
    answer = gateway.ask("GET", PATH, token=gateway.token())
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 receipt")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'inline; filename="receipt-{views.ID}.pdf"'
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"


def test_receipt_that_the_phone_has_is_not_made_again(gateway: Gateway, printer: CountingPrinter) -> None:
    gateway.services.on(dues.GET_RECEIPT, lambda _: RECEIPT)
    token = gateway.token()
    tag = gateway.ask("GET", PATH, token=token).headers["ETag"]
    again = gateway.ask("GET", PATH, token=token, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert len(printer.printed) == 1


RECEIPT = views.receipt()


def test_void_receipt_is_another_document_and_not_kept(gateway: Gateway) -> None:
    gateway.services.on(dues.GET_RECEIPT, lambda _: RECEIPT)
    before = gateway.ask("GET", PATH, token=gateway.token())
    values = {name: getattr(RECEIPT, name) for name in ReceiptView.__dataclass_fields__} | {"void": True}
    gateway.services.on(dues.GET_RECEIPT, lambda _: ReceiptView(**values))
    after = gateway.ask("GET", PATH, token=gateway.token(), headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, after.headers["Cache-Control"]) == (200, "private, no-cache")


def test_character_that_can_not_be_drawn_is_named_to_the_page(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, CountingPrinter(undrawable=("\U0003134a", "\U0002a6d7")))
    gateway.services.on(dues.GET_RECEIPT, lambda _: views.receipt())
    answer = gateway.ask("GET", PATH, token=gateway.token())
    assert answer.headers["X-Undrawable-Characters"] == "U+3134A U+2A6D7"


def test_without_the_font_the_receipt_stands_and_only_its_document_waits(tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, ReceiptPrinter(tmp_path / "no-such-font.ttc", "http://127.0.0.1:8080"))
    gateway.services.on(dues.GET_RECEIPT, lambda _: views.receipt())
    document = gateway.ask("GET", PATH, token=gateway.token())
    assert (document.status_code, document.json["code"]) == (503, "document.unavailable")
    assert gateway.ask("GET", f"/v1/dues/receipts/{views.ID}", token=gateway.token()).status_code == 200


def test_one_receipt_is_drawn_at_a_time_and_the_wait_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "WAIT_S", 0.1)
    at_work, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> tuple[bytes, tuple[str, ...]]:
        at_work.set()
        go_on.wait(10)
        return b"%PDF", ()

    monkeypatch.setattr(printing, "draw", slow)
    monkeypatch.setattr(ReceiptPrinter, "_type", lambda _self: None)
    gateway = Gateway(tmp_path, ReceiptPrinter(RECEIPT_FONT, "http://127.0.0.1:8080"))
    gateway.services.on(dues.GET_RECEIPT, lambda _: views.receipt())
    token = gateway.token()
    first = threading.Thread(target=gateway.ask, args=("GET", PATH), kwargs={"token": token})
    first.start()
    assert at_work.wait(10)
    second = gateway.ask("GET", PATH, token=token)
    go_on.set()
    first.join()
    assert (second.status_code, second.json["reason"]) == (503, "busy")
    assert "Retry-After" in second.headers
