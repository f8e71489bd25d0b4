"""Plays a year: who opens, assesses, decides, pays and moves on which day. What must come of it is noted in the model."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from services.contracts.dues import errors as e
from services.contracts.dues.errors import AssessmentRefused, OrderRefused
from services.contracts.values import YearMonth
from services.dues.domain.profile import DEFAULT_PROFILE, profile_to_data
from services.dues.domain.profile.model import AssessmentMode, Shares
from tests.integration.dues.county import COUNTY, ident
from tests.integration.dues.year.closing import Closing
from tests.integration.dues.year.ladder import Ladder
from tests.integration.dues.year.lives import Life
from tests.integration.dues.year.model import Line, Model, Order, Relief
from tests.integration.dues.year.rates import Pay
from tests.integration.dues.year.spending import CITY_SHARE
from tests.integration.dues.year.story import BEGINNING, MONTHS, ON_CHANGE_FROM, Event, Story
from tests.integration.dues.year.story import Relief as Wish
from tests.integration.dues.year.tellers import Tellers
from tests.integration.dues.year.world import World, officer, reports_to

BOSS = officer("county")
JANUARY = MONTHS[0]
CONSENT = YearMonth(2026, 9)
"""When those who owe more than six months pay with the branch's consent and the superior's note (PAY-3)."""
OLD_SETTLED = YearMonth(2026, 6)
"""When the year before is reported and settled; until then it stands on the ladder."""


def quarter_before(month: YearMonth) -> tuple[str, ...]:
    first = month.plus(-((month.month - 1) % 3) - 3)
    return tuple(str(first.plus(step)) for step in range(3))


class Players:
    def __init__(self, url: str, folder: Path, story: Story) -> None:
        self.story, self.world = story, World(url, folder)
        self.model = Model(dict(story.lives))
        self.tellers = Tellers(self.world, self.model)
        self.closing = Closing(self.world, self.model, story.seed)
        self.ladder = Ladder(self.world, self.model)
        self.held: dict[str, Relief] = {}
        self.refusals = 0

    def play(self, after: Callable[[YearMonth], None]) -> None:
        """The twelve months and the January that settles the last; ``after`` looks at the books at each month's end."""
        self.begin()
        for month in MONTHS:
            self.month(month)
            after(month)
        self.month(MONTHS[-1].plus(1), last=True)
        after(MONTHS[-1].plus(1))

    def day(self, month: YearMonth, number: int) -> None:
        self.world.it_is(f"{month}-{number:02d}")
        for event in [one for one in self.story.events if one.day <= self.world.today]:
            self.story.events.remove(event)
            self.happens(event)

    def refuses(self, kind: type[Exception], act: Callable[[], object], reason: str = "") -> None:
        with pytest.raises(kind) as refused:
            act()
        if reason:
            assert refused.value.detail["reason"] == reason  # type: ignore[attr-defined]
        self.refusals += 1

    # The beginning

    def begin(self) -> None:
        """New Year's Day: the roster comes, half a year of earlier months is opened at the old year's amounts (ARR-4)."""
        self.world.it_is("2026-01-01")
        self.world.officers()
        self.world.roster(*(life.snapshot() for life in self.model.lives.values()))
        month = BEGINNING
        for _ in range(6):
            self.open(month)
            month = month.plus(1)
        old = [(life, life.old_pay) for life in self.model.lives.values() if life.old_pay is not None]
        self.assess_many(BEGINNING, old)
        for life in self.model.lives.values():
            if life.habit == "quarterly":
                self.consent(life, "quarterly", JANUARY, MONTHS[-1])

    def open(self, month: YearMonth) -> None:
        self.world.ask("open_month", BOSS, month=str(month))
        self.model.open(month)

    def assess_many(self, since: YearMonth, slips: list[tuple[Life, Pay]]) -> None:
        items = [self._slip(life, since, pay) for life, pay in slips]
        assert self.world.ask("assess_batch", BOSS, items=items) == {"recorded": len(items)}
        for life, pay in slips:
            self.model.assess(life.name, since, pay.member_class, pay.due_fen())

    def assess(self, life: Life, since: YearMonth, pay: Pay) -> None:
        branch = life.branch.at(self.world.today)
        assert branch is not None
        view = self.world.ask("assess", officer(branch), **self._slip(life, since, pay))
        assert view["amount_fen"] == pay.due_fen(), (life.name, pay)
        self.model.assess(life.name, since, pay.member_class, pay.due_fen())

    @staticmethod
    def _slip(life: Life, since: YearMonth, pay: Pay) -> dict[str, object]:
        asked = pay.asked(quarter_before(since))
        named = {"member_id": ident(life.name), "member_class": pay.member_class}
        return {**named, "effective_from": str(since), "pay": asked}

    # What happens to people

    def happens(self, event: Event) -> None:
        life = self.story.newcomers[event.name] if event.what == "admit" else self.model.lives[event.name]
        if event.what == "admit":
            self.model.lives[life.name] = life
        elif event.what == "move":
            life.branch.since.append((event.day, event.to))
        elif event.what == "status":
            life.status.since.append((event.day, event.to))
        elif event.what == "class":
            life.member_class.since.append((event.day, event.to))
        if event.what != "rise":
            life.version += 1
            self.world.roster(life.snapshot())
        this = YearMonth.of(event.day)
        if event.what == "admit" and life.pays:
            self.assess(life, this, next(iter(life.pays.values())))
        elif event.what == "class" and event.pay is not None:
            self.assess(life, this.plus(1), event.pay)
        elif event.what == "rise" and event.pay is not None:
            self.assess(life, this if event.day.day < 15 else this.plus(1), event.pay)

    def change_the_profile(self) -> None:
        """From July on amounts change with the pay (DUE-13), and a fifth of what arrives is the city's (BOOK-2)."""
        own = dataclasses.replace(
            DEFAULT_PROFILE,
            code="own",
            valid_from=ON_CHANGE_FROM,
            assessment_mode=AssessmentMode.ON_CHANGE,
            shares=Shares(county=CITY_SHARE),
        )
        self.world.sql(
            "INSERT INTO rule_profile SELECT :county, 'own', 1, :since, CAST(:body AS jsonb)",
            county=COUNTY,
            since=ON_CHANGE_FROM.number,
            body=orjson.dumps(profile_to_data(own)).decode(),
        )

    def assess_the_year(self) -> None:
        """DUE-13 in January; a base of nothing has no amount (DUE-5); the year's amount then stays."""
        slips = [(life, pay) for life in self.model.lives.values() for pay in life.pays.values()]
        life, pay = next(each for each in slips if each[1].counted and each[1].member_class == "civil_servant")
        nothing = dataclasses.replace(pay, counted=(5_000,), left_out=0, deducted=5_000)
        slip = self._slip(life, JANUARY, nothing)
        self.refuses(AssessmentRefused, lambda: self.world.ask("assess", BOSS, **slip), "base_not_positive")
        self.assess_many(JANUARY, slips)
        slip = self._slip(life, JANUARY.plus(2), pay)
        self.refuses(AssessmentRefused, lambda: self.world.ask("assess", BOSS, **slip), "assessment_year_fixed")

    # Relief and consent

    def ask_reliefs(self, month: YearMonth) -> None:
        """The branch decides on the third, the superior answers; only then anything changes (DUE-11)."""
        for wish in self.story.reliefs:
            life = self.model.lives[wish.name]
            branch = life.branch.at(self.world.today)
            assert branch is not None
            if wish.since == month:
                self._ask_relief(wish, branch)
            if wish.ends == month:
                listed = self.world.paper("list_reliefs", branch)["items"]
                found = [one for one in listed if one["name"] == wish.name]
                end = {"id": found[0]["id"], "from_month": str(month), "words": "情况好转"}
                self.world.ask("end_relief", officer(branch), **end)
                self.model.lift(self.held[wish.name], month)

    def _ask_relief(self, wish: Wish, branch: str) -> None:
        period = {"from_month": str(wish.since), "to_month": str(wish.until), "monthly_fen": wish.monthly_fen}
        kind = "reduced" if wish.monthly_fen else "nil"
        decided = {"decided_on": self.world.today.isoformat()}
        asked = self.world.ask(
            "ask_relief",
            officer(branch),
            member_id=ident(wish.name),
            kind=kind,
            reason="家中有人重病",
            **period,
            **decided,
        )
        answer = {"id": asked["id"], "approve": wish.approved, "words": "经研究决定", **decided}
        self.world.ask("answer_relief", officer(reports_to(branch)), **answer)
        if wish.approved:
            self.held[wish.name] = self.model.relieve(wish.name, wish.since, wish.until, wish.monthly_fen, branch)

    def consent(self, life: Life, kind: str, since: YearMonth, until: YearMonth) -> str:
        branch = life.branch.at(self.world.today)
        assert branch is not None
        said = {"kind": kind, "from_month": str(since), "to_month": str(until), "words": "支部会议同意"}
        said |= {"member_id": ident(life.name), "agreed_on": self.world.today.isoformat()}
        return str(self.world.ask("record_consent", officer(branch), **said)["id"])

    # A month

    def month(self, month: YearMonth, *, last: bool = False) -> None:
        self.day(month, 1)
        if month == ON_CHANGE_FROM:
            self.change_the_profile()
        self.open(month)
        self.day(month, 3)
        if month == JANUARY:
            self.assess_the_year()
        self.ask_reliefs(month)
        self.day(month, 5)
        self.pay_day(month, first=True)
        self.day(month, 6)
        self.tellers.bill(planted=month == self.story.planted)
        self.late(month)
        self.day(month, 7)
        self.tellers.bill()
        self.day(month, 9)
        self.refunds(month)
        self.day(month, 10)
        self.tellers.bill()
        before = month.plus(-1)
        if before >= JANUARY:
            self.close(before)
        if month == OLD_SETTLED:
            for step in range(6):
                self.close(BEGINNING.plus(step))
        self.day(month, 13)
        if before >= JANUARY:
            self.closing.pass_up(before)
        if last:
            return
        self.day(month, 20)
        self.pay_day(month, first=False)
        self.day(month, 21)
        self.tellers.bill()
        self.ladder.look_and_remind(month, self.day)
        self.day(month, 28)

    def close(self, month: YearMonth) -> None:
        returned = self.story.returned.get(month)
        self.closing.report_branches(month, returned)
        self.closing.report_and_settle(month, returned)

    # Paying

    def pay_day(self, month: YearMonth, *, first: bool) -> None:
        cash: defaultdict[str, list[tuple[str, YearMonth]]] = defaultdict(list)
        for life in list(self.model.lives.values()):
            if life.joined > self.world.today or life.habit in ("carried", "never"):
                continue
            wished = self.wishes(life, month, first=first)
            if wished and life.habit == "head" and month == MONTHS[1]:
                self.two_payers(life, wished)
            elif wished and life.cash:
                oldest = self.model.months[wished[0]].branch
                cash[oldest] += [each for each in wished if self.model.months[each].branch == oldest]
            elif wished:
                self.tellers.pay(life.name, *wished)
        for branch, months in cash.items():
            self.tellers.take(branch, months)
        if not (first and self.story.cash_back.get(month) == "box"):
            self.tellers.bank()
        self.tellers.settle()

    def wishes(self, life: Life, month: YearMonth, *, first: bool) -> list[tuple[str, YearMonth]]:
        own = self.tellers.months_of(life.name, month)
        match life.habit:
            case "own":
                return own if first else []
            case "head":
                home = [one for one in self.model.lives.values() if one.household and one.household == life.household]
                names = [one.name for one in home if one.habit == "carried"]
                names.insert(0, life.name)
                return [each for name in names for each in self.tellers.months_of(name, month)] if first else []
            case "quarterly":
                return own if not first and (month.month % 3 == 0 or month == JANUARY) else []
            case "late":
                return self.tellers.months_of(life.name, month.plus(-1)) if not first else []
            case "ahead":
                return self._ahead(life, month, own, first=first)
            case "back":
                return self._back(life, own) if month == CONSENT and not first else []
        raise AssertionError(life.habit)

    def _ahead(
        self, life: Life, month: YearMonth, own: list[tuple[str, YearMonth]], *, first: bool
    ) -> list[tuple[str, YearMonth]]:
        """Half a year at once in January and July; between, what a risen amount still asks for (PAY-4)."""
        if not first or month.month not in (1, 7) or month.year > JANUARY.year:
            return own if not first else []
        if month == JANUARY:
            line = Line(life.name, month.plus(7), "", 0)
            self.refuses(OrderRefused, lambda: self.tellers.place(life.name, [line]), "too_far_ahead")
        return [*own, *((life.name, month.plus(step)) for step in range(1, 6))]

    def _back(self, life: Life, own: list[tuple[str, YearMonth]]) -> list[tuple[str, YearMonth]]:
        lines = [line for line in (self.model.line(*each) for each in own) if line is not None]
        self.refuses(OrderRefused, lambda: self.tellers.place(life.name, lines), "too_many_back_months")
        consent = self.consent(life, "back_payment", BEGINNING, CONSENT)
        self.refuses(OrderRefused, lambda: self.tellers.place(life.name, lines), "too_many_back_months")
        branch = life.branch.at(self.world.today)
        assert branch is not None
        self.world.ask("note_consent", officer(reports_to(branch)), id=consent, words="同意一次补交")
        return own

    def two_payers(self, head: Life, wished: list[tuple[str, YearMonth]]) -> None:
        """While one is paying, nobody else can; afterwards nobody has to (PAY-7)."""
        order = self.tellers.order(head.name, wished)
        if order is None:
            return
        other = next((line for line in order.lines if line.name != head.name), order.lines[0])
        self.refuses(e.MonthReserved, lambda: self.tellers.place(other.name, [other]))
        self.tellers.paid(order)
        self.tellers.settle()
        self.refuses(e.MonthAlreadyPaid, lambda: self.tellers.place(other.name, [other]))

    def late(self, month: YearMonth) -> None:
        name = self.story.late_paid.get(month)
        life = self.model.lives.get(name or "")
        if life is None:
            return
        branch = life.branch.at(self.world.today)
        near = [one.name for one in self.model.lives.values() if one.branch.at(self.world.today) == branch]
        other = next(one for one in near if one != life.name)
        self.tellers.late(life.name, other, month.plus(1))

    # Refunds

    def refunds(self, month: YearMonth) -> None:
        kind = self.story.refunds.get(month)
        chosen = self._refundable(kind, month) if kind else None
        if chosen is not None:
            order, lines = chosen
            self.tellers.give_back(order, lines)
        self._cash_back(month)
        overpaid = self._overpaid()
        if overpaid is not None:
            self.tellers.give_back(*overpaid)

    def _refundable(self, kind: str, month: YearMonth) -> tuple[Order, list[Line]] | None:
        orders = [one for one in self.model.orders if not one.back and not one.cash]
        fresh = [one for one in orders if YearMonth.of(one.day) == month]
        if kind == "whole":
            return next(((one, list(one.lines)) for one in fresh if len(one.lines) == 1), None)
        if kind == "part":
            return next(((one, [one.lines[-1]]) for one in fresh if len(one.lines) > 1), None)
        settled = ((one, line) for one in orders for line in one.lines if self._is_settled(line))
        return next(((one, [line]) for one, line in settled), None)

    def _cash_back(self, month: YearMonth) -> None:
        """A line that was paid in cash this month, out of the box of its branch or from the county's account."""
        source = self.story.cash_back.get(month)
        fresh = [one for one in self.model.orders if one.cash and not one.back and YearMonth.of(one.day) == month]
        if source is not None and fresh:
            self.tellers.hand_back(fresh[0], fresh[0].lines[-1:], source)
        self.tellers.bank()

    def _is_settled(self, line: Line) -> bool:
        return self.model.months[line.name, line.month].billed in self.model.settled

    def _overpaid(self) -> tuple[Order, list[Line]] | None:
        """What was paid ahead beyond a relief that was granted later: a person has it sent back."""
        for order in self.model.orders:
            for line in order.lines:
                owed = self.model.months[line.name, line.month]
                if line not in order.back and owed.full_fen is not None and owed.paid_fen > self._relieved(line):
                    return order, [line]
        return None

    def _relieved(self, line: Line) -> int:
        owed = self.model.months[line.name, line.month]
        amount, _ = self.model.relieved(line.name, line.month, owed.full_fen)
        return amount or 0
