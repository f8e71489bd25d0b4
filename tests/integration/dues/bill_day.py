"""A day's reconciliation for tests: bills brought and fetched on the small county, as jobs and people do it."""

from __future__ import annotations

from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from services.chassis.blobs import FolderStore
from services.chassis.clock import FixedClock, parse_instant
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.contracts.caller import Caller, Role
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.dues.reconciliation import jobs, listing, worklist
from services.dues.reconciliation.bill_files import MEDIA_TYPE
from tests.fakes.bills import FakeBills
from tests.fakes.payments import FakePayments
from tests.integration.dues.county import COUNTY, County, holder
from tests.load import bills, county_rows

DAY = date(2026, 9, 14)
MORNING = "2026-09-15T10:30:00+08:00"
FINANCE = holder("finance", Role.FINANCE, "county")
BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
MAX_BYTES = 10**8


class BillDay:
    """The jobs and operations of reconciliation, as the services' role, so that row security holds."""

    def __init__(self, county: County, folder: Path, now: str = MORNING) -> None:
        self.county = county
        self.clock = FixedClock(parse_instant(now))
        self.database = Database(county.url, name="test", pool_size=3, slow=True, rows_of=COUNTY)
        settings = county.core.settings
        object.__setattr__(settings, "clock", self.clock)
        self.core = Core(settings, self.database)
        self.files = FolderStore(folder / "bills", settings.seal_keys)
        self.provider = FakeBills()
        self._use_cases: dict[str, Any] = {
            "list_reconciliations": partial(listing.list_reconciliations, wall_clock=self.clock),
            "get_reconciliation": listing.get_reconciliation,
            "list_matched": listing.list_matched,
            "list_differences": listing.list_differences,
            "get_difference": listing.get_difference,
            "request_bill": partial(worklist.request_bill, wall_clock=self.clock),
            "upload_bill": partial(worklist.upload_bill, wall_clock=self.clock),
            "resolve_difference": worklist.resolve_difference,
            "reopen_difference": worklist.reopen_difference,
        }
        self.asks(FakePayments(self.clock))

    def asks(self, payments: FakePayments) -> None:
        """Whom a payment is asked after."""
        self._use_cases["settle_difference"] = partial(worklist.settle_difference, provider=payments)

    def close(self) -> None:
        self.database.close()

    def at(self, moment: str) -> None:
        self.clock.set(parse_instant(moment))

    def ask(self, method: str, caller: Caller = FINANCE, /, **body: Any) -> Any:
        head = CallHead(request_id=new_id(), caller=caller)
        return self.core.call(table.TABLE.methods[method], self._use_cases[method], head, body).data

    def upload(self, content: bytes, day: date = DAY, caller: Caller = FINANCE) -> Any:
        file = self.files.put(content, MEDIA_TYPE, MAX_BYTES)
        told = {"key": file.key, "sha256": file.sha256, "size_bytes": file.size_bytes, "media_type": MEDIA_TYPE}
        return self.ask("upload_bill", caller, day=day.isoformat(), file=told | {"name": "bill.csv"})

    def fetch(self) -> int:
        return jobs.fetch_bills(self.core.desk(), self.provider, self.files, self.clock)

    def match(self) -> bool:
        return jobs.match_waiting(self.core.desk(), self.provider, self.files, lambda: None)

    def brought(self, content: bytes, day: date = DAY) -> Any:
        """A file brought and matched; what became of it."""
        bill_id = self.upload(content, day)["id"]
        assert self.match()
        return next(one for one in self.day(day)["bills"] if one["id"] == bill_id)

    def day(self, day: date = DAY) -> Any:
        return self.ask("get_reconciliation", day=day.isoformat())

    def differences(self, **chosen: Any) -> list[Any]:
        """All pages."""
        found: list[Any] = []
        cursor: dict[str, Any] = {}
        for _ in range(100):
            page = self.ask("list_differences", **chosen, **cursor, limit=100)
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}
        raise AssertionError("pages without an end")

    def found(self, **chosen: Any) -> set[tuple[str, str]]:
        """Kind and subject of each."""
        return {(one["kind"], one["refund_no"] or one["transaction_id"]) for one in self.differences(**chosen)}

    def ledger(self, count: int, planted: bills.Planted | None = None, day: date = DAY) -> None:
        """Payments of a day in an empty ledger."""
        county_rows.run(self.county.url, bills.ledger_sql(COUNTY, day, count))
        for statement in planted.sql if planted else ():
            county_rows.run(self.county.url, statement)


def bill(count: int, planted: bills.Planted | None = None, day: date = DAY) -> bytes:
    return file_of(*bills.rows(day, count, planted or bills.Planted()))


def file_of(*rows: bills.Row) -> bytes:
    paid = sum(row.amount_fen for row in rows if not row.refund_no)
    back = sum(row.amount_fen for row in rows if row.refund_no)
    lines = [bills.COLUMNS, *(row.line() for row in rows)]
    return ("\r\n".join(lines) + "\r\n" + bills.totals(len(rows), paid, back)).encode()
