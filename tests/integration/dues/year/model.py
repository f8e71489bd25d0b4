"""What must come of a year by the rules, written down in plain Python beside the players' acts. Reads nothing of the platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from services.contracts.values import YearMonth
from tests.integration.dues.year.lives import OWING, Life
from tests.integration.dues.year.rates import FLAT, FLAT_FEN

LIMIT_MONTHS = 6


@dataclass
class Month:
    """What somebody owes for a month, and what he has paid of it."""

    branch: str
    member_class: str
    amount_fen: int | None
    billed: YearMonth
    paid_fen: int = 0
    ahead: bool = False
    paid_before: bool = False
    """Paid before the month began (PAY-3)."""
    full_fen: int | None = None
    delayed: bool = False

    @property
    def missing_fen(self) -> int:
        return 0 if self.amount_fen is None else self.amount_fen - self.paid_fen


class Entry(NamedTuple):
    """Money that came for a month, or went back."""

    booked: YearMonth
    branch: str
    month: YearMonth
    name: str
    fen: int
    on_behalf: bool
    member_class: str
    cash: bool = False


class Line(NamedTuple):
    name: str
    month: YearMonth
    branch: str
    fen: int


@dataclass
class Order:
    order_id: str
    number: str
    payer: str
    lines: tuple[Line, ...]
    day: date
    transaction: str
    back: set[Line] = field(default_factory=set)
    late: bool = False
    cash: bool = False


@dataclass
class Relief:
    name: str
    branch: str
    since: YearMonth
    until: YearMonth
    monthly_fen: int


Key = tuple[str, YearMonth]


@dataclass
class Model:
    lives: dict[str, Life]
    months: dict[Key, Month] = field(default_factory=dict)
    assessed: dict[str, list[tuple[YearMonth, str, int]]] = field(default_factory=lambda: defaultdict(list))
    reliefs: list[Relief] = field(default_factory=list)
    opened: list[YearMonth] = field(default_factory=list)
    settled: set[YearMonth] = field(default_factory=set)
    reported: set[tuple[str, YearMonth]] = field(default_factory=set)
    orders: list[Order] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    receipts: dict[tuple[str, int], list[int]] = field(default_factory=lambda: defaultdict(list))
    """By branch and year: the fen of each receipt in the order of its number."""
    void: int = 0
    slips: dict[tuple[str, YearMonth], int] = field(default_factory=dict)
    sent_back: list[tuple[date, str, int, Order]] = field(default_factory=list)
    """Day, number, fen and order of each refund that the provider has paid out."""
    reminded: dict[str, list[date]] = field(default_factory=lambda: defaultdict(list))
    excused: dict[str, tuple[date, date]] = field(default_factory=dict)

    # Amounts

    def amount(self, name: str, month: YearMonth) -> int | None:
        """Before relief. None where nobody has assessed it."""
        owed = self.lives[name].owes_to(month)
        assert owed is not None
        if owed[1] in FLAT:
            return FLAT_FEN
        begun = [one for one in self.assessed[name] if one[0] <= month and one[1] == owed[1]]
        return max(enumerate(begun), key=lambda each: (each[1][0], each[0]))[1][2] if begun else None

    def relieved(self, name: str, month: YearMonth, full: int | None) -> tuple[int | None, int | None]:
        """Amount and what it would be without relief (DUE-11)."""
        found = next((one for one in self.reliefs if one.name == name and one.since <= month <= one.until), None)
        if found is None:
            return full, None
        if full is None:
            return (0 if found.monthly_fen == 0 else None), None
        return min(full, found.monthly_fen), full

    def assess(self, name: str, since: YearMonth, member_class: str, fen: int) -> None:
        later = [one[0] for one in self.assessed[name] if one[0] > since and one[1] == member_class]
        self.assessed[name].append((since, member_class, fen))
        for (who, month), owed in self.months.items():
            if who != name or owed.member_class != member_class or month < since or (later and month >= min(later)):
                continue
            amount, full = self.relieved(name, month, fen)
            assert amount is not None
            rises = owed.paid_before and owed.amount_fen is not None and amount > owed.amount_fen
            if (owed.paid_fen == 0 or rises) and not self.closed(owed):
                owed.amount_fen, owed.full_fen = amount, full

    def closed(self, owed: Month) -> bool:
        return (owed.branch, owed.billed) in self.reported or owed.billed in self.settled

    # Months

    def open(self, month: YearMonth) -> None:
        self.months = {key: one for key, one in self.months.items() if key[1] != month or not one.ahead or one.paid_fen}
        for name in self.lives:
            self._bill(name, month, month)
        for (_, when), owed in self.months.items():
            if when == month:
                owed.ahead = False
        back = [month.plus(-step) for step in range(LIMIT_MONTHS, 0, -1)]
        earlier = [each for each in back if each in self.opened and each not in self.settled]
        for name, life in self.lives.items():
            for each in earlier:
                if life.joined > earlier[0].first_day and (name, each) not in self.months:
                    self._bill(name, each, month)
        self.opened.append(month)

    def _bill(self, name: str, month: YearMonth, billed: YearMonth) -> None:
        owed = self.lives[name].owes_to(month)
        if owed is None:
            return
        amount, full = self.relieved(name, month, self.amount(name, month))
        known = self.months.get((name, month))
        if known is None:
            self.months[name, month] = Month(owed[0], owed[1], amount, billed, full_fen=full)
        elif known.ahead and amount is not None and known.amount_fen is not None and amount > known.amount_fen:
            known.amount_fen, known.full_fen = amount, full

    def relieve(self, name: str, since: YearMonth, until: YearMonth, monthly_fen: int, branch: str) -> Relief:
        relief = Relief(name, branch, since, until, monthly_fen)
        self.reliefs.append(relief)
        for (who, month), owed in self.months.items():
            if who == name and owed.branch == branch and since <= month <= until:
                amount, full = self.relieved(name, month, owed.amount_fen)
                owed.amount_fen = None if amount is None else max(amount, owed.paid_fen)
                owed.full_fen = full
        return relief

    def lift(self, relief: Relief, first: YearMonth) -> None:
        for (who, month), owed in self.months.items():
            if who == relief.name and first <= month <= relief.until and owed.full_fen is not None:
                owed.amount_fen, owed.full_fen = owed.full_fen, None
        relief.until = first.plus(-1)

    def unpaid(self, name: str, until: YearMonth) -> list[YearMonth]:
        """Months that ask for money, the oldest first."""
        found = (month for (who, month), owed in self.months.items() if who == name and owed.missing_fen > 0)
        return sorted(month for month in found if month <= until)

    def line(self, name: str, month: YearMonth) -> Line | None:
        """What paying a month comes to now; a month ahead is made on the way. None where nothing is to be paid."""
        known = self.months.get((name, month))
        if known is None:
            owed = self.lives[name].owes_to(month)
            if owed is None or month <= self.opened[-1]:
                return None
            amount, full = self.relieved(name, month, self.amount(name, month))
            if not amount:
                return None
            known = self.months[name, month] = Month(*owed, amount, month, ahead=True, full_fen=full)
        return Line(name, month, known.branch, known.missing_fen) if known.missing_fen > 0 else None

    # Money

    def credit(self, order: Order, running: YearMonth) -> None:
        self.orders.append(order)
        for line in order.lines:
            owed = self.months[line.name, line.month]
            owed.paid_fen += line.fen
            owed.paid_before |= running < line.month
            behalf = line.name != order.payer
            self.entries.append(
                Entry(running, line.branch, line.month, line.name, line.fen, behalf, owed.member_class, order.cash)
            )
        for (_, branch), fen in self._by_receipt(order.lines).items():
            self.receipts[branch, running.year].append(fen)

    def give_back(self, order: Order, lines: Iterable[Line], running: YearMonth) -> int:
        lines = tuple(lines)
        order.back |= set(lines)
        for line in lines:
            owed = self.months[line.name, line.month]
            owed.paid_fen -= line.fen
            owed.paid_before &= owed.paid_fen > 0
            if owed.full_fen is not None and not self.closed(owed):  # nobody owes more than his relief leaves (DUE-11)
                amount, _ = self.relieved(line.name, line.month, owed.full_fen)
                owed.amount_fen = max(amount or 0, owed.paid_fen)
            behalf = line.name != order.payer
            self.entries.append(
                Entry(running, line.branch, line.month, line.name, -line.fen, behalf, owed.member_class, order.cash)
            )
        touched = {(line.name, line.branch) for line in lines}
        self.void += len(touched)
        left = self._by_receipt(line for line in order.lines if line not in order.back)
        for (name, branch), fen in left.items():
            if (name, branch) in touched:
                self.receipts[branch, running.year].append(fen)
        return sum(line.fen for line in lines)

    @staticmethod
    def _by_receipt(lines: Iterable[Line]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = defaultdict(int)
        for line in lines:
            found[line.name, line.branch] += line.fen
        return found

    def cash(self, branches: Iterable[str], booked: YearMonth | None = None) -> int:
        """What branches took in cash, less what went back in it."""
        chosen = set(branches)
        return sum(
            one.fen for one in self.entries if one.cash and one.branch in chosen and booked in (None, one.booked)
        )

    def income(
        self, branches: Iterable[str], *, booked: YearMonth | None = None, until: YearMonth | None = None
    ) -> int:
        chosen = set(branches)
        return sum(
            one.fen
            for one in self.entries
            if one.branch in chosen and booked in (None, one.booked) and (until is None or one.booked <= until)
        )

    # Arrears (ARR-1 to ARR-3)

    def step(self, name: str, today: date) -> tuple[str, int, int, int]:
        """Step of the ladder, months in a row, months owed, fen owed."""
        running = YearMonth.of(today)
        mine = {month: owed for (who, month), owed in self.months.items() if who == name and not owed.ahead}
        late = [owed for month, owed in mine.items() if month < running and owed.missing_fen > 0]
        fen = sum(owed.missing_fen for owed in late)
        run: list[YearMonth] = []
        now, month = mine.get(running), running.plus(-1)
        ended = now is not None and (now.amount_fen == 0 or now.paid_fen > 0)
        while not ended and month in mine:
            owed = mine[month]
            if owed.amount_fen == 0 or owed.paid_fen > 0:
                break
            if owed.amount_fen is not None and not owed.delayed:
                run.append(month)
            month = month.plus(-1)
        first, last = self.excused.get(name, (date.max, date.min))
        counted = [each for each in run if not (first <= each.last_day and each.first_day <= last)]
        step = "none"
        if fen and self.lives[name].status.at(today) in OWING:
            step = "education_and_deadline" if len(run) >= 3 else "arrears"
            if len(counted) >= 6 and not first <= today <= last:
                step = "review_self_withdrawal"
        return step, len(run), len(late), fen

    def may_be_reminded(self, name: str, today: date) -> str | None:
        """None, or why not: once in seven days, three times in ninety."""
        if self.step(name, today)[3] == 0:
            return "nothing_owed"
        first, last = self.excused.get(name, (date.max, date.min))
        if first <= today <= last:
            return "has_reason"
        days = [day for day in self.reminded[name] if today - day < timedelta(days=90)]
        if len(days) >= 3:
            return "reminded_often"
        return "reminded_this_week" if days and today - days[-1] < timedelta(days=7) else None
