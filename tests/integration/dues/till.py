"""The paying side of dues for tests: orders, payments and books on the same small county, with a provider that has behaviour."""

from __future__ import annotations

import base64
import time
from functools import partial
from typing import Any

from services.chassis.at_once import AtOnce
from services.chassis.ids import new_id
from services.contracts.caller import Caller, gateway
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.dues import errands
from services.dues.orders import books, notices, placing, receipts, views
from tests.fakes.payments import FakePayments
from tests.integration.dues.county import COUNTY, County, ident

OUTCOME_LOOKS, OUTCOME_POLL_S = 100, 0.05
OPENID = "openid-of-the-payer"


class Till:
    """Places and pays orders as the gateway, the phone and WeChat do."""

    def __init__(self, county: County, *, is_hot: bool = True, provider: FakePayments | None = None) -> None:
        self.county, self.is_hot = county, is_hot
        """Cold, nothing is done at once: both ways must come to the same."""

        self.clock = county.core.settings.clock
        self.provider = provider or FakePayments(self.clock)
        self._use_cases: dict[str, Any] = {
            "place_order": placing.place_order,
            "get_order": views.get_order,
            "list_orders": views.list_orders,
            "prepare_payment": partial(errands.prepare_payment, provider=self.provider, wall_clock=self.clock),
            "close_order": partial(errands.close_order, provider=self.provider),
            "accept_payment_notice": partial(errands.accept_payment_notice, provider=self.provider),
            "accept_refund_notice": partial(errands.accept_refund_notice, provider=self.provider),
            "list_receipts": receipts.list_receipts,
            "get_receipt": receipts.get_receipt,
            "check_receipt": receipts.check_receipt,
            "get_ledger": books.get_ledger,
            "list_exceptions": books.list_exceptions,
        }
        self._hot = {
            "place_order": placing.AT_ONCE,
            "accept_payment_notice": AtOnce(partial(errands.accept_payment_notice_at_once, provider=self.provider)),
        }

    def ask(self, method: str, caller: Caller, /, request_id: str | None = None, **body: Any) -> Any:
        head = CallHead(request_id=request_id or new_id(), caller=caller)
        hot = self._hot.get(method) if self.is_hot else None
        return self.county.core.call(table.TABLE.methods[method], self._use_cases[method], head, body, hot).data

    def order(self, payer: Caller, total_fen: int, *lines: tuple[str, str], request_id: str | None = None) -> Any:
        """``lines``: short name and month."""
        wished = [{"member_id": ident(name), "month": month} for name, month in lines]
        return self.ask("place_order", payer, request_id, lines=wished, expected_total_fen=total_fen)

    def prepare(self, payer: Caller, order: Any) -> Any:
        return self.ask("prepare_payment", payer, order_id=order["id"], payer_openid=OPENID)

    def paid_notice(self, order: Any, **changed: Any) -> dict[str, Any]:
        """The notice of a paid order, as the gateway forwards it."""
        return forwarded(*self.provider.payment_notice(order["number"], **changed))

    def notify(self, notice: dict[str, Any], method: str = "accept_payment_notice") -> str:
        """What became of a notice; one of a payment is stored first, and settled by the job."""
        request_id = new_id()
        outcome: str = self.ask(method, gateway(COUNTY), request_id, **notice)["outcome"]
        if outcome != "stored":
            return outcome
        notices.settle_notices(self.county.core.desk())
        for _ in range(OUTCOME_LOOKS):  # another one's job may have taken it and not ended yet
            ((found,),) = self.county.sql("SELECT outcome FROM payment_notice WHERE notice_id = :id", id=request_id)
            if found is not None:
                return str(found)
            time.sleep(OUTCOME_POLL_S)
        raise AssertionError("the notice got no outcome")

    def pay(self, payer: Caller, total_fen: int, *lines: tuple[str, str]) -> Any:
        """The whole way; the order as the payer sees it afterwards."""
        order = self.order(payer, total_fen, *lines)
        self.prepare(payer, order)
        self.provider.payer_pays(order["number"])
        assert self.notify(self.paid_notice(order)) == "settled"
        return self.ask("get_order", payer, id=order["id"])

    def query_job(self) -> int:
        return errands.ask_after_payments(self.county.core.desk(), self.provider)

    def refund_job(self) -> int:
        return errands.send_refunds(self.county.core.desk(), self.provider)

    def balances(self) -> dict[str, int]:
        """Debit less credit by kind of account, in fen."""
        rows = self.county.sql(
            "SELECT kind, sum(fen)::bigint FROM (SELECT debit_kind AS kind, amount_fen AS fen FROM posting "
            "UNION ALL SELECT credit_kind, -amount_fen FROM posting) AS sides GROUP BY kind"
        )
        return {kind: fen for kind, fen in rows if fen}


def forwarded(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    return {"headers": headers, "body_base64": base64.b64encode(body).decode()}
