"""Sound data to be broken: orders in every state, refunds on each of their ways, two services' events and trails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from deploy.audit.checker import DatabaseUrls, Taken, Verdict, check_all
from services.chassis import audit
from services.chassis.database import Database
from services.contracts.caller import Role
from services.contracts.topology import LISTENERS
from tests.integration.dues.cashdesk import SECOND, SECRETARY, CashDesk
from tests.integration.dues.county import COUNTY, County, holder, ident, member, person
from tests.integration.dues.refund_till import FINANCE, RefundTill

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
JULY = date(2026, 7, 1)
LI, WANG = member("li"), member("wang")
SUN = member("sun")
ORDERS = ("paid", "paid_too", "refunded", "promised", "closed", "differs", "waiting", "given")
GUARDS = (
    "SELECT conrelid::regclass, conname FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace AND contype IN ('c', 'u', 'f', 'p')"
)
UNIQUE_INDEXES = (
    "SELECT indexrelid::regclass FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
    "WHERE indisunique AND relnamespace = 'public'::regnamespace"
)
NEW = "00000000-0000-4000-8000-000000000001"
"""The id of a row that a planting adds."""


class Story:
    """A small county lives through it, once; each test gets a copy of what is left."""

    def __init__(self, county: County, members: Database) -> None:
        self.county, self.members = county, members
        county.organisations()
        county.roster(
            person("li", household="H1", shown="李大山", joined_on=JULY),
            person("mei", "b3", household="H1", shown="李小梅", joined_on=JULY),
            person("wang", shown="王二", joined_on=JULY),
            person("sun", shown="孙某", joined_on=JULY),
            person("qian", shown="钱某", joined_on=JULY),
            person("old", "b2", shown="陈老根"),
            *(
                person(name, shown=f"同志{name}", joined_on=JULY)
                for name in ("zhao", "zhou", "secretary", "second", "finance")
            ),
        )
        self._settle_june()
        for month in ("2026-07", "2026-08", "2026-09"):
            county.ask("open_month", BOSS, month=month)
        self.till = RefundTill(county)
        self._pay_every_way()
        self._take_cash_every_way()
        self._give_some_back()
        self._hand_some_back()
        self._members_told_what_dues_heard()
        self._dues_told_its_events()
        for database in (county.database, members):
            with database.transaction() as db:
                audit.lay_chain(db)

    def _settle_june(self) -> None:
        """June is owed by one, who is delayed; reported and settled. For September he is relieved."""
        county, about = self.county, {"member_id": ident("old")}
        branch, town = holder("secretary", Role.BRANCH_ADMIN, "b2"), holder("town", Role.COMMITTEE_ADMIN, "t1")
        county.ask("open_month", BOSS, month="2026-06")
        county.ask("delay_month", branch, **about, month="2026-06", reason="住院")
        for caller, org in ((branch, "b2"), (town, "t1")):
            county.ask("report_month", caller, org_id=ident(org), month="2026-06")
        county.ask("settle_month", BOSS, month="2026-06")
        period = {"from_month": "2026-09", "to_month": "2026-09", "kind": "nil"}
        decided = {"decided_on": "2026-09-14"}
        asked = county.ask("ask_relief", branch, **about, **period, **decided, reason="重病")
        county.ask("answer_relief", town, id=asked["id"], approve=True, **decided, words="同意")

    def _pay_every_way(self) -> None:
        till = self.till
        self.paid = till.pay(LI, 60, ("li", "2026-07"), ("li", "2026-08"), ("mei", "2026-07"))
        self.paid_too = till.pay(WANG, 20, ("wang", "2026-07"))
        self.refunded = self._paid_late(20, ("mei", "2026-08"))
        till.refund_job()
        ((refund_no,),) = self.county.sql("SELECT number FROM refund")
        till.provider.provider_finishes_refund(refund_no)
        till.clock.advance(timedelta(minutes=1))
        till.refund_job()
        self.promised = self._paid_late(20, ("mei", "2026-08"))
        self.closed = till.order(LI, 20, ("mei", "2026-08"))
        till.ask("close_order", LI, id=self.closed["id"])
        self.differs = till.order(LI, 20, ("mei", "2026-08"))
        till.prepare(LI, self.differs)
        till.provider.payer_pays(self.differs["number"])
        assert till.notify(till.paid_notice(self.differs, amount_fen=19)) == "exception"
        self.waiting = till.order(WANG, 20, ("wang", "2026-08"))

    def _take_cash_every_way(self) -> None:
        desk = CashDesk(self.county)
        self.cash = desk.take(150_040, ("zhao", "2026-07"), ("zhou", "2026-07"), extras={"zhao": 150_000})
        desk.confirm(self.cash)
        desk.release(desk.take(20, ("zhao", "2026-08")))
        desk.take(20, ("zhao", "2026-08"))
        self.deposit = desk.hand_in(100_000)
        desk.match(self.deposit, 100_000)
        desk.match(desk.hand_in(40, "SLIP-0002"), 50, "SLIP-0002")

    def _give_some_back(self) -> None:
        """Of one order: a line refused, a line sent back, a line promised; the others stay paid."""
        till = self.till
        self.given = till.pay(SUN, 60, *(("sun", month) for month in ("2026-07", "2026-08", "2026-09")))
        self.turned_down = till.ask_back(SUN, self.given, ("sun", "2026-08"))
        till.ask("refuse_refund", FINANCE, id=self.turned_down["id"], words="no")
        till.ask("withdraw_refund", SUN, id=till.ask_back(SUN, self.given, ("sun", "2026-08"))["id"])
        self.asked = till.refund(SUN, self.given, ("sun", "2026-08"))
        till.refund_job()
        ((number,),) = self.county.sql("SELECT number FROM refund WHERE refund_request_id IS NOT NULL")
        till.provider_sends(number)
        till.refund(SUN, self.given, ("sun", "2026-09"))

    def _hand_some_back(self) -> None:
        """Of cash: a line went back out of the box, one is recorded as transferred, one is to be handed back; one stays paid."""
        desk, months = CashDesk(self.county), ("2026-07", "2026-08", "2026-09", "2026-10")
        taken = desk.take(80, *(("qian", month) for month in months))
        desk.confirm(taken)
        ((order_id,),) = self.county.sql("SELECT order_id::text FROM orders WHERE taking_id = :id", id=taken["id"])
        self.cash_back = {"id": order_id}
        for month in months[:3]:
            self.till.refund(member("qian"), self.cash_back, ("qian", month))
        found = self.till.ask("list_cash_returns", SECRETARY, org_id=ident("b1"))["items"]
        self.returned, self.recorded = found[0]["id"], found[1]["id"]
        self.till.ask("record_cash_return", SECRETARY, id=self.returned, source="box", voucher="1")
        self.till.ask("confirm_cash_return", SECOND, id=self.returned)
        self.till.ask("record_cash_return", FINANCE, id=self.recorded, source="bank", voucher="2")

    def _paid_late(self, total_fen: int, *lines: tuple[str, str]) -> Any:
        order = self.till.order(LI, total_fen, *lines)
        self.till.prepare(LI, order)
        self.till.ask("close_order", LI, id=order["id"])
        self.till.provider.payer_pays(order["number"], late=True)
        assert self.till.notify(self.till.paid_notice(order)) == "late"
        return order

    def _members_told_what_dues_heard(self) -> None:
        self.county.sql("UPDATE inbox SET listener = 'dues'")
        heard = self.county.sql("SELECT event_id::text, type, handled_at FROM inbox")
        for event_id, kind, at in heard:
            self._members_sql(
                "INSERT INTO outbox (event_id, type, subject, trace, data, occurred_at, published_at) "
                "VALUES (:event_id, :kind, 'x', '', '{}', :at, :at)",
                event_id=event_id,
                kind=kind,
                at=at,
            )
            self._members_sql(
                "INSERT INTO audit (county_id, at, actor_role, actor_path, action, object_kind, object_id, purpose, trace_id) "
                "VALUES (:county, :at, 'system', '', 'told', 'event', :event_id, '', '')",
                county=COUNTY,
                at=at,
                event_id=event_id,
            )

    def _dues_told_its_events(self) -> None:
        self.county.sql("UPDATE outbox SET published_at = occurred_at")
        for event_id, kind, at in self.county.sql("SELECT event_id::text, type, occurred_at FROM outbox"):
            for listener in (name for name, kinds in LISTENERS.items() if kind in kinds):
                self._members_sql(
                    "INSERT INTO inbox VALUES (:event_id, :listener, :kind, :at)",
                    event_id=event_id,
                    listener=listener,
                    kind=kind,
                    at=at,
                )

    def _members_sql(self, statement: str, **parameters: Any) -> None:
        with self.members.transaction() as db:
            db.execute(sa.text(statement), parameters)

    def _cash_orders(self) -> dict[str, str]:
        orders = "SELECT order_id::text FROM orders WHERE taking_id = :id AND payer_id = :payer"
        found = {
            name: self.county.sql(orders, id=self.cash["id"], payer=ident(name))[0][0] for name in ("zhao", "zhou")
        }
        return {f"cash_of_{name}": order_id for name, order_id in found.items()}

    def taken(self) -> list[Taken]:
        """What the provider's books say: the payments that he told of, and the one whose notice told another amount."""
        rows = self.county.sql(
            "SELECT number, transaction_id, amount_fen FROM provider_payment JOIN orders USING (order_id) UNION ALL "
            "SELECT number, transaction_id, total_fen FROM payment_exception JOIN orders USING (order_id)"
        )
        return [Taken(*row) for row in rows]

    def names(self) -> dict[str, str]:
        """What a planting may name: the orders, the people and branches, some rows of the paid order."""
        ((posting_id,),) = self.county.sql(
            "SELECT posting_id::text FROM posting WHERE order_id = :paid AND line_no = 1", paid=self.paid["id"]
        )
        ((receipt_id, number, of_another),) = self.county.sql(
            "SELECT one.receipt_id::text, one.number, another.receipt_id::text FROM receipt AS one "
            "JOIN receipt AS another ON another.order_id = :paid_too WHERE one.order_id = :paid AND one.member_id = :li",
            paid=self.paid["id"],
            paid_too=self.paid_too["id"],
            li=ident("li"),
        )
        ((refund_id,),) = self.county.sql(
            "SELECT refund_id::text FROM refund WHERE state = 'succeeded' AND reason = 'late_paid'"
        )
        payments = {one.order_no: one.transaction_id for one in self.taken()}
        return {
            **{name: getattr(self, name)["id"] for name in ORDERS},
            **{
                name: ident(name)
                for name in ("li", "mei", "wang", "sun", "zhao", "old", "b1", "b2", "b3", "t1", "county")
            },
            "posting": posting_id,
            "receipt": receipt_id,
            "other_receipt": of_another,
            "number": number,
            "refund": refund_id,
            "taken": self.cash["id"],
            "deposit": self.deposit["id"],
            "cash_back": self.cash_back["id"],
            "returned": self.returned,
            "recorded": self.recorded,
            "turned_down": self.turned_down["id"],
            **self._cash_orders(),
            "asked": self.asked["id"],
            "new": NEW,
            **{f"number_of_{name}": getattr(self, name)["number"] for name in ORDERS},
            **{f"transaction_of_{name}": payments[getattr(self, name)["number"]] for name in ("paid", "paid_too")},
        }


class Scene:
    """A copy of what the story left, to be broken: two databases, the provider's books, and names for what is in them."""

    def __init__(self, urls: DatabaseUrls, names: dict[str, str], taken: list[Taken]) -> None:
        self.urls, self.names, self.taken = urls, names, taken

    @contextmanager
    def _open(self, name: str) -> Iterator[Any]:
        database = Database(getattr(self.urls, name), name="test", pool_size=1)
        try:
            with database.transaction() as db:
                yield lambda statement: db.execute(sa.text(statement))
        finally:
            database.close()

    def sql(self, statement: str) -> list[Any]:
        """On the dues database."""
        with self._open("dues") as run:
            result = run(statement)
            return list(result.all()) if result.returns_rows else []

    def plant(self, database: str, statement: str) -> None:
        """Past every constraint and trigger, as no use case and no statement of ours could."""
        with self._open(database) as run:
            for table, name in run(GUARDS).all():
                run(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name} CASCADE")
            for (index,) in run(UNIQUE_INDEXES).all():
                run(f"DROP INDEX {index}")
            run("SET LOCAL session_replication_role = replica")  # no trigger runs
            run(statement)

    def check(self, taken: Iterable[Taken] | None = None, *, at_rest: bool = True) -> list[Verdict]:
        return check_all(self.urls, self.taken if taken is None else taken, at_rest=at_rest)

    def broken(self, taken: Iterable[Taken] | None = None, *, at_rest: bool = True) -> dict[str, list[str]]:
        """Subjects of the breaches, by database and name of the invariant."""
        return {
            f"{verdict.database}.{verdict.name}": [breach.subject for breach in verdict.found.breaches]
            for verdict in self.check(taken, at_rest=at_rest)
            if not verdict.holds
        }
