"""Adds the year up by other means and compares every figure that the platform prints, to the fen. Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from deploy.audit.checker import invariants_of
from services.contracts.values import YearMonth
from tests.integration.dues.county import ident
from tests.integration.dues.year.model import Model
from tests.integration.dues.year.players import Players
from tests.integration.dues.year.world import BRANCHES, COMMITTEES, TREE, beneath, officer, parent

ORGS = ("county", *COMMITTEES, "g1", *BRANCHES)


class Reckoning:
    def __init__(self, players: Players) -> None:
        self.players, self.world, self.model = players, players.world, players.model
        self.spending = players.closing.spending
        self.wrong: list[str] = []
        self.compared = 0

    def differs(self, what: str, found: Any, expected: Any) -> None:
        self.compared += 1
        if found != expected:
            self.wrong.append(f"{what}: {found} instead of {expected}")

    def of(self, look: str) -> list[str]:
        """One look alone."""
        return self._run(getattr(self, look))

    def of_month(self) -> list[str]:
        """After each month: what may be looked at cheaply."""
        self.world.jobs()
        return self._run(
            self.obligations,
            self.ledger,
            self.receipts,
            lambda: self.collections(self.model.opened[-2:]),  # one running and one that was just settled
            self.totals,
            self.frozen,
        )

    def of_year(self) -> list[str]:
        """At the end: everything, each branch and each month."""
        self.world.jobs()
        return self._run(
            self.obligations,
            self.ledger,
            self.receipts,
            self.registers,
            self.records,
            self.collections,
            self.totals,
            self.slips,
            self.spendings,
            self.notices,
            self.frozen,
            self.invariants,
        )

    def _run(self, *looks: Callable[[], None]) -> list[str]:
        self.wrong = []
        for look in looks:
            look()
        return self.wrong

    # Months

    def obligations(self) -> None:
        names = {ident(name): name for name in self.model.lives}
        branches = {ident(branch): branch for branch in BRANCHES}
        rows = self.world.sql(
            "SELECT member_id::text, month, branch_id::text, member_class, amount_fen, paid_fen, billed_in, ahead FROM obligation"
        )
        found = {
            (names[row[0]], YearMonth.from_number(row[1])): (branches[row[2]], row[3], row[4], row[5], row[6], row[7])
            for row in rows
        }
        expected = {
            key: (one.branch, one.member_class, one.amount_fen, one.paid_fen, one.billed.number, one.ahead)
            for key, one in self.model.months.items()
        }
        for key in sorted(found.keys() | expected.keys()):
            self.differs(f"month {key[0]}/{key[1]}", found.get(key), expected.get(key))

    # Books

    def _ledger(self, org: str, month: YearMonth | None = None) -> dict[tuple[str, str], int]:
        """Debit less credit by kind and place."""
        asked = {"org_id": ident(org)} | ({} if month is None else {"month": str(month)})
        view = self.world.till.ask("get_ledger", officer(org), **asked)
        assert view["balanced"]
        places = {ident(name): name for name in TREE}
        return {
            (one["kind"], places[one["org_id"]]): one["debit_fen"] - one["credit_fen"]
            for one in view["accounts"]
            if one["debit_fen"] != one["credit_fen"]
        }

    def ledger(self) -> None:
        """The county's accounts, and each branch's income since the beginning and month by month of booking."""
        model = self.model
        taken = sum(row.amount_fen for rows in self.players.tellers.taken.values() for row in rows if not row.refund_no)
        back = sum(fen for _, _, fen, _ in model.sent_back)
        expected = {("provider_clearing", "county"): taken - back}
        expected["bank", "county"] = model.cash(BRANCHES)
        expected |= {("branch_dues_income", branch): -model.income((branch,)) for branch in BRANCHES}
        for (org, _), fen in model.slips.items():
            for account, signed in ((("remittance", org), fen), (("remittance_received", parent(org)), -fen)):
                expected[account] = expected.get(account, 0) + signed
        expected |= {("spending", org): self.spending.spent(org) for org in ORGS}
        expected["paid_out", "county"] = -sum(self.spending.spent(org) for org in ORGS)
        self.differs("ledger", self._ledger("county"), {key: fen for key, fen in expected.items() if fen})
        for month in sorted({one.booked for one in model.entries}):
            found = self._ledger("county", month)
            for branch in BRANCHES:
                booked = model.income((branch,), booked=month)
                self.differs(f"ledger {branch}/{month}", found.get(("branch_dues_income", branch), 0), -booked)

    def receipts(self) -> None:
        """Numbers from 1 without a gap, each receipt's fen, and those that are void."""
        branches = {ident(branch): branch for branch in BRANCHES}
        rows = self.world.sql(
            "SELECT branch_id::text, year, running_number, amount_fen, void FROM receipt ORDER BY 1, 2, 3"
        )
        found: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
        for branch, year, number, fen, _ in rows:
            found[branches[branch], year].append((number, fen))
        for key in sorted(found.keys() | self.model.receipts.keys()):
            numbers, fens = [one[0] for one in found[key]], sorted(one[1] for one in found[key])
            self.differs(f"receipt numbers {key}", numbers, list(range(1, len(numbers) + 1)))
            self.differs(f"receipts {key}", fens, sorted(self.model.receipts[key]))
        self.differs("void receipts", sum(row[4] for row in rows), self.model.void)
        for branch in BRANCHES:
            standing = sum(row[3] for row in rows if branches[row[0]] == branch and not row[4])
            self.differs(f"receipts that stand {branch}", standing, self.model.income((branch,)))

    # Printed

    def registers(self) -> None:
        for year in (2025, 2026, 2027):
            for branch in BRANCHES:
                self._register(branch, year)

    def _register(self, branch: str, year: int) -> None:
        rows = self.world.pages("get_branch_register", branch, "rows", year=year)
        found = {
            (row["member_name"], one["month"]): (one["owed_fen"], one["paid_fen"], bool(one["receipt_numbers"]))
            for row in rows
            for one in row["months"]
        }
        expected = {
            (name, str(month)): (one.amount_fen, one.paid_fen, one.paid_fen > 0)
            for (name, month), one in self.model.months.items()
            if one.branch == branch and month.year == year
        }
        self.differs(f"register {branch}/{year}", found, expected)
        received = sum(one.fen for one in self.model.entries if one.branch == branch and one.month.year == year)
        self.differs(f"register sum {branch}/{year}", sum(row["paid_fen"] for row in rows), received)

    def records(self) -> None:
        """Each member's own record, by the branch that looks after him today."""
        for name, life in self.model.lives.items():
            branch = life.branch.at(self.world.today)
            assert branch is not None
            found = self.world.call("get_dues_record", officer(branch), member_id=ident(name), year=2026)
            paid = sum(one.fen for one in self.model.entries if one.name == name and one.month.year == 2026)
            self.differs(
                f"record {name}", (found["total_fen"], sum(line["amount_fen"] for line in found["lines"])), (paid, paid)
            )

    def notices(self) -> None:
        for branch in BRANCHES:
            told = self.world.paper("get_yearly_notice", branch, year=2026)
            found = {one["month"]: (one["received_fen"], one["passed_up_fen"]) for one in told["months"]}
            months = {one.booked for one in self.model.entries if one.branch == branch and one.booked.year == 2026}
            expected = {
                str(month): (
                    self.model.income((branch,), booked=month),
                    self.model.slips.get((branch, month), 0),
                )
                for month in months
            }
            self.differs(f"notice {branch}", found, expected)

    # Reports

    def collections(self, months: Iterable[YearMonth] | None = None) -> None:
        """Of the county by committees and by branches, and of each committee: each sum is that of its parts."""
        for month in self.model.opened if months is None else months:
            for org in ("county", *COMMITTEES, "g1"):
                self._collection(org, month, "branches", beneath(org))
            self._collection("county", month, "children", (*COMMITTEES, "b10"))
            self._collection("t1", month, "children", ("b1", "b2", "g1"))

    def _collection(self, org: str, month: YearMonth, level: str, rows: tuple[str, ...]) -> None:
        told = self.world.paper("get_collection", org, month=str(month), level=level)
        what = f"collection {org}/{month}/{level}"
        self.differs(f"{what} waiting", told["waiting"], 0)
        self.differs(what, self._told(told["whole"]), self.figures(beneath(org), month))
        names = {f"组织{row}": row for row in rows}
        found = {names[one["org_name"]]: self._told(one["figures"]) for one in told["rows"]}
        self.differs(f"{what} rows", found, {row: self.figures(beneath(row), month) for row in rows})
        parts = [sum(column) for column in zip(*found.values(), strict=True)]
        self.differs(f"{what} is its rows", list(self._told(told["whole"])), parts)
        classes = [
            sum(column) for column in zip(*(self._told(one["figures"]) for one in told["by_class"]), strict=True)
        ]
        self.differs(f"{what} is its classes", classes or [0] * len(parts), parts)
        ways = sum(one["amount_fen"] for one in told["by_way"])
        self.differs(f"{what} is its ways", ways, told["whole"]["received_fen"])

    @staticmethod
    def _told(figures: dict[str, int]) -> tuple[int, ...]:
        names = ("members", "exempt", "unassessed", "paid_members", "owed_fen", "paid_fen")
        return tuple(figures[name] for name in (*names, "received_fen", "on_behalf_fen", "booked_fen"))

    def figures(self, branches: Iterable[str], month: YearMonth) -> tuple[int, ...]:
        chosen = set(branches)
        owing = [
            one
            for (_, when), one in self.model.months.items()
            if when == month and one.branch in chosen and not one.ahead
        ]
        came = [one for one in self.model.entries if one.branch in chosen]
        return (
            len(owing),
            sum(one.amount_fen == 0 for one in owing),
            sum(one.amount_fen is None for one in owing),
            sum(bool(one.amount_fen) and one.missing_fen == 0 for one in owing),
            sum(one.amount_fen or 0 for one in owing),
            sum(one.paid_fen for one in owing),
            sum(one.fen for one in came if one.month == month),
            sum(one.fen for one in came if one.month == month and one.on_behalf),
            sum(one.fen for one in came if one.booked == month),
        )

    def totals(self) -> None:
        self.differs("totals that differ from the ledger", self.world.totals_that_differ(), 0)

    # Passing up

    def slips(self) -> None:
        found = {
            (one["from_name"].removeprefix("组织"), YearMonth.parse(one["month"])): one["amount_fen"]
            for one in self.world.pages("list_remittances", "county")
        }
        self.differs("slips", found, dict(self.model.slips))
        for org in ORGS:
            told = self.world.paper("get_remittance_figures", org, year=2026)
            mine = {when: fen for (lower, when), fen in self.model.slips.items() if lower == org}
            received = sum(fen for (lower, _), fen in self.model.slips.items() if parent_of(lower) == org)
            booked = [one for one in self.model.entries if one.branch in beneath(org) and one.booked.year == 2026]
            found_figures = (told["income_fen"], told["passed_up_fen"], told["received_fen"], told["waiting"])
            self.differs(
                f"figures {org}", found_figures, (sum(one.fen for one in booked), sum(mine.values()), received, 0)
            )
            of_year = sum(
                one.fen for one in self.model.entries if one.branch in beneath(org) and one.month.year == 2026
            )
            self.differs(f"paid for the year {org}", told["paid_for_year_fen"], of_year)
        until = max((when for _, when in self.model.slips), default=None)
        arrived = sum(fen for (lower, _), fen in self.model.slips.items() if parent(lower) == "county")
        there = sum(min(self.model.income((one,), until=until), self.model.income((one,))) for one in BRANCHES)
        spent = sum(self.spending.spent(org, until=until) for org in ORGS if org != "county")
        self.differs("all that came in arrived at the county", arrived + spent + self.held_below(until), there)

    def held_below(self, until: YearMonth | None) -> int:
        """What a later refund has made a branch owe: nothing is passed up until money came in again."""
        if until is None:
            return 0
        return sum(self.players.closing.to_pass_up(org, until) for org in ORGS if org != "county")

    # Spending

    def spendings(self) -> None:
        """Of each place: what is available, each class of each year in summary and notice, each entry of the list."""
        for org in ORGS:
            told = self.world.paper("get_spending_summary", org, year=2026)
            found = (told["held_fen"], told["available_fen"])
            held = self.spending.held(org) if org not in BRANCHES else 0
            self.differs(f"held {org}", found, (held, self.spending.available(org) if held else 0))
            for year in (2026, 2027):
                expected = self.spending.booked(org, year)
                told = self.world.paper("get_spending_summary", org, year=year)
                by_class = {one["spending_class"]: one["amount_fen"] for one in told["by_class"]}
                self.differs(f"spent {org}/{year}", (by_class, told["spent_fen"]), (expected, sum(expected.values())))
                notice = self.world.paper("get_yearly_notice", org, year=year)
                shown = {one["spending_class"]: one["amount_fen"] for one in notice["spending"]}
                self.differs(f"used {org}/{year}", expected | shown, expected)
                self.differs(f"used in all {org}/{year}", notice["spent_fen"], sum(expected.values()))
        listed = [
            one for one in self.world.pages("list_spending", "county") if one["state"] in {"approved", "reversed"}
        ]
        found_entries = sorted((one["id"], one["amount_fen"], one["state"] == "reversed") for one in listed)
        self.differs(
            "entries",
            found_entries,
            sorted((one.entry_id, one.fen, one.reversed_in is not None) for one in self.spending.entries),
        )

    # What never changes

    def frozen(self) -> None:
        for month, rows in self.players.closing.frozen.items():
            now = self.players.closing.rows(month)
            for what, kept in rows.items():
                self.differs(f"settled {what} {month}", now[what], kept)

    def invariants(self) -> None:
        with self.world.database.snapshot() as db:
            for one in invariants_of("dues", at_rest=False):
                found = one.check(db)
                self.differs(f"invariant {one.name}", [f"{each.subject}: {each.told}" for each in found.breaches], [])


def parent_of(org: str) -> str:
    return parent(org) if org != "county" else ""


def reckoned(model: Model) -> dict[str, int]:
    """The year in figures."""
    lines = [line for order in model.orders for line in order.lines]
    return {
        "members": len(model.lives),
        "months": len(model.months),
        "orders": len(model.orders),
        "lines": len(lines),
        "refunds": len(model.sent_back),
        "receipts": sum(len(each) for each in model.receipts.values()),
        "void": model.void,
        "slips": len(model.slips),
        "settled_months": len(model.settled),
        "fen": model.income(BRANCHES),
    }
