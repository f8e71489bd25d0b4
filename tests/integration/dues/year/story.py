"""What a year brings, drawn from a seed: the people, and what happens to them on which day. Decides nothing about money."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date

from services.contracts.values import YearMonth
from tests.integration.dues.year.lives import Life, Line
from tests.integration.dues.year.rates import CLASSES, FLAT, ITEMS, Pay
from tests.integration.dues.year.world import BRANCHES, beneath

YEAR = 2026
BEGINNING = YearMonth(2025, 7)
"""The county opens half a year of earlier months, so that there are arrears of another year's amount (ARR-4)."""
MONTHS = tuple(YearMonth(YEAR, number) for number in range(1, 13))
ON_CHANGE_FROM = YearMonth(YEAR, 7)
"""From here on the county's profile lets amounts change with the pay (DUE-13, second mode)."""
LONG_AGO = date(2010, 5, 4)
HABITS = ("own", "own", "head", "carried", "quarterly", "ahead", "late")
EDGES = (299_999, 300_000, 300_001, 500_000, 500_001, 1_000_000, 1_000_001, 5_000_000, 9_000_000, 33_333, 100)
"""Bases at which a rate, the rounding or the cap turns (DUE-1, DUE-2, DUE-14)."""


@dataclass(frozen=True)
class Event:
    """``what``: admit, move, class, status, rise."""

    day: date
    what: str
    name: str
    to: str = ""
    pay: Pay | None = None


@dataclass(frozen=True)
class Relief:
    name: str
    since: YearMonth
    until: YearMonth
    monthly_fen: int
    approved: bool = True
    ends: YearMonth | None = None
    """Ended early: the first month that is owed whole again."""


@dataclass
class Story:
    seed: int
    lives: dict[str, Life] = field(default_factory=dict)
    newcomers: dict[str, Life] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    reliefs: list[Relief] = field(default_factory=list)
    returned: dict[YearMonth, str] = field(default_factory=dict)
    """Whose report is sent back once, by month."""
    refunds: dict[YearMonth, str] = field(default_factory=dict)
    """By month: a part of a fresh order, a whole one, or a line of a month that is settled."""
    cash_back: dict[YearMonth, str] = field(default_factory=dict)
    """By month: out of which money a line paid in cash goes back. Where it is the box, the branches bank later than else."""
    late_paid: dict[YearMonth, str] = field(default_factory=dict)
    planted: YearMonth = MONTHS[0]
    """In whose day bill something is wrong."""


def draw(seed: int) -> Story:
    rng = random.Random(seed)
    story = Story(seed)
    _people(story, rng)
    _newcomers(story, rng)
    _events(story, rng)
    _reliefs(story, rng)
    story.returned = {month: rng.choice((*BRANCHES, "t1", "t2", "d1")) for month in rng.sample(MONTHS, 5)}
    for month, kind in zip(rng.sample(MONTHS[1:], 9), ("part", "whole", "settled") * 3, strict=True):
        story.refunds[month] = kind
    payers = [name for name, life in story.lives.items() if life.habit == "own" and not life.cash]
    story.late_paid = {month: rng.choice(payers) for month in rng.sample(MONTHS, 3)}
    story.planted = rng.choice(MONTHS[1:])
    story.cash_back = dict(zip(rng.sample(MONTHS[1:], 6), ("box", "bank") * 3, strict=True))
    return story


def draw_pay(rng: random.Random, member_class: str) -> Pay | None:
    if member_class in FLAT:
        return None
    base = rng.choice(EDGES) if rng.random() < 0.5 else rng.randrange(120_000, 1_500_000)
    if member_class == "self_employed":
        return Pay(member_class, quarter=(base, base + rng.randrange(0, 40_000), -rng.randrange(0, base // 2 + 1)))
    parts, _, taken_off = ITEMS[member_class]
    deducted = rng.randrange(0, 50_000) if taken_off else 0
    whole = base + deducted
    first = whole // len(parts)
    counted = (*(first for _ in parts[1:]), whole - first * (len(parts) - 1))
    return Pay(member_class, counted, rng.choice((0, 12_345)), deducted)


def _life(rng: random.Random, name: str, branch: str, member_class: str, habit: str, joined: date, home: str) -> Life:
    status = "full" if joined == LONG_AGO else "probationary"
    life = Life(
        *(name, home, joined, Line([(joined, branch)]), Line([(joined, member_class)]), Line([(joined, status)]), habit)
    )
    pay = draw_pay(rng, member_class)
    if pay is not None:
        life.pays[member_class] = pay
        life.old_pay = draw_pay(rng, member_class)
    return life


def _people(story: Story, rng: random.Random) -> None:
    """Six to eight in each branch, each class several times; a household has its head in one branch or the next."""
    classes = list(CLASSES) * 8
    rng.shuffle(classes)
    number = 0
    for place, branch in enumerate(BRANCHES):
        for habit in HABITS[: rng.choice((6, 7, 7))] + (("never",) if place in (1, 4, 7) else ()):
            number += 1
            home = f"H{place // 2}" if habit in ("head", "carried") and place % 2 == 0 else ""
            home = home or (f"H{place // 2}" if habit == "carried" else "")
            name = f"{habit}{number}"
            story.lives[name] = _life(rng, name, branch, classes.pop(), habit, LONG_AGO, home)
            story.lives[name].cash = habit == "own" and number % 2 == 0
    for branch in rng.sample(BRANCHES, 2):
        number += 1
        story.lives[f"back{number}"] = _life(rng, f"back{number}", branch, "enterprise", "back", LONG_AGO, "")


def _newcomers(story: Story, rng: random.Random) -> None:
    for number, month in enumerate(rng.sample(MONTHS[1:11], 4)):
        member_class = ("student", "farmer", "civil_servant", "public_institution")[number]
        joined = date(YEAR, month.month, rng.choice((1, 12, 15, 28)))
        name = f"new{number}"
        story.newcomers[name] = _life(rng, name, rng.choice(BRANCHES), member_class, "own", joined, "")
        story.events.append(Event(date(YEAR, month.month, 28), "admit", name))


def _events(story: Story, rng: random.Random) -> None:
    names = [name for name, life in story.lives.items() if life.habit in ("own", "ahead", "late", "quarterly")]
    rng.shuffle(names)

    def some_day(low: int = 2, high: int = 11) -> date:
        return date(YEAR, rng.randrange(low, high), rng.choice((15, 16, 18)))

    for _ in range(4):
        name = names.pop()
        was = story.lives[name].branch.since[0][1]
        others = [branch for branch in BRANCHES if branch != was and branch not in beneath("g1")]
        story.events.append(Event(some_day(), "move", name, rng.choice(others)))
    for status in ("suspended", "removed", "transferred_out"):
        story.events.append(Event(some_day(), "status", names.pop(), status))
    for _ in range(2):
        story.events.append(Event(some_day(3, 6), "class", names.pop(), "retired", draw_pay(rng, "retired")))
    ahead = [name for name, life in story.lives.items() if life.habit == "ahead" and life.pays]
    waged = [name for name, life in story.lives.items() if life.pays and name in names]
    touched = {event.name for event in story.events}
    for name in [*[one for one in ahead if one not in touched][:3], *waged[:4]]:
        life = story.lives[name]
        pay = draw_pay(rng, life.member_class.since[0][1])
        story.events.append(Event(date(YEAR, rng.randrange(7, 12), rng.choice((2, 25))), "rise", name, pay=pay))


def _reliefs(story: Story, rng: random.Random) -> None:
    moved = {event.name for event in story.events}
    names = [name for name, life in story.lives.items() if name not in moved and life.habit in ("own", "ahead", "late")]
    for number, name in enumerate(rng.sample(names, 5)):
        since = MONTHS[rng.randrange(1, 8)]
        until = since.plus(rng.randrange(1, 5))
        monthly = (0, 0, 10, 700, 5)[number]
        ends = since.plus(1) if number == 1 else None
        story.reliefs.append(Relief(name, since, until, monthly, approved=number != 4, ends=ends))
