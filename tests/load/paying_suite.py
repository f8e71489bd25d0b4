"""The suite as it pays, for measurements: gateway, dues, broker and PostgreSQL at full durability, members with tokens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from deploy.local.stack import Stack
from gateway.tokens import Tokens
from services.chassis.clock import SystemClock
from services.chassis.ids import new_id
from services.chassis.sealed import decode_key
from services.contracts.members.messages import Session
from services.contracts.values import YearMonth
from tests.load import county_rows, sender
from tests.load.figures import cpu_seconds, family

PATH = "/v1/dues/orders"
PLACED = 201
PARTS = {"gateway": "gateway", "service": "dues", "broker": "rabbitmq", "database": "postgres"}
"""Each part of the suite and the process that it is."""


class PayingSuite:
    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        settings = stack.environment()
        self.county, self.dues_url = settings["COUNTY_ID"], settings["DUES_DATABASE_URL"]
        parts = urlsplit(stack.gateway_url)
        self.address = (str(parts.hostname), int(parts.port or 80))
        self._tokens = Tokens(decode_key(settings["TOKEN_KEY"]), self.county, SystemClock())

    def orders(self, payers: Iterable[int], lines: Sequence[tuple[int, YearMonth]] = ()) -> list[bytes]:
        """A request to place an order for each payer: his own oldest month, or the months of those beside him.

        ``lines``: whose (0 himself, 1 the next of his branch, …) and which month.
        """
        chosen = lines or ((0, county_rows.open_months()[0]),)
        return [self._order(payer, chosen) for payer in payers]

    def _order(self, payer: int, lines: Sequence[tuple[int, YearMonth]]) -> bytes:
        own = county_rows.member_id(payer)
        session = Session(
            session_id=new_id(),
            account_id=own,
            member_id=own,
            county_id=self.county,
            grants=(),
            refresh_token="x" * 43,
            refresh_expires_at=SystemClock().now(),
        )
        wished = [
            {"member_id": county_rows.member_id(payer + whose * county_rows.BRANCHES), "month": str(month)}
            for whose, month in lines
        ]
        headers = {
            "Authorization": f"Bearer {self._tokens.issue(session)}",
            "Idempotency-Key": new_id(),
            "Content-Type": "application/json",
        }
        body = orjson.dumps({"lines": wished, "expected_total_fen": county_rows.MONTH_FEN * len(wished)})
        return sender.post(f"{self.address[0]}:{self.address[1]}", PATH, headers, body)

    def cpu_s(self) -> dict[str, float]:
        """What each part has used up to now."""
        children = self.stack.suite.children
        return {part: cpu_seconds(family(children[name].pid)) for part, name in PARTS.items()}


@contextmanager
def paying_suite(folder: Path, *more: str) -> Iterator[PayingSuite]:
    """The suite with its county; ``more`` processes beside gateway and dues."""
    with Stack(folder, {"GATEWAY_RATE_LIMIT_SCALE": "100000"}, durable=True) as stack:
        stack.migrate()
        suite = PayingSuite(stack)
        county_rows.fill(stack.suite.postgres.url("dues"), suite.county)
        for name in ("dues", "gateway", *more):
            stack.start_process(name)
        yield suite
