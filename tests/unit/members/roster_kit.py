"""Rosters to test with: raw rows, and a roster in memory that does what a plan says by the rules of membership."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from services.contracts.values import MemberId, OrgId, OrgPath
from services.members.domain.identity_number import check_character
from services.members.domain.membership import (
    BELONGING,
    History,
    admit,
    change_status,
    enter,
    first_statuses,
    holds_together,
    move,
)
from services.members.domain.organisation import Kind, Organisation
from services.members.domain.roster.form import Column, OrganisationColumn
from services.members.domain.roster.organisations import Outcome, plan_organisations
from services.members.domain.roster.plan import ExistingMember, ImportPlan, MemberOutcome, Roster, plan_import
from services.members.domain.roster.rows import Cell, RawRow, RosterRow

TODAY = date(2026, 11, 24)
COUNTY = OrgPath("yt")
ORGANISATIONS = {
    one.code: one
    for one in (
        Organisation("yt", "中共盐亭县委员会", Kind.COUNTY_COMMITTEE, ""),
        Organisation("t01", "中共云溪镇委员会", Kind.TOWNSHIP_COMMITTEE, "yt"),
        Organisation("t02", "中共嫘祖镇委员会", Kind.TOWNSHIP_COMMITTEE, "yt"),
        Organisation("t01v01", "青龙村党支部", Kind.BRANCH, "t01"),
        Organisation("t01v02", "桑园村党支部", Kind.BRANCH, "t01"),
        Organisation("t02v01", "蚕丝村党支部", Kind.BRANCH, "t02"),
        Organisation("t02v01g1", "第一党小组", Kind.GROUP, "t02v01"),
    )
}


def identity_number(born: date = date(1990, 3, 14), place: int = 999) -> str:
    digits = f"510799{born:%Y%m%d}{place:03d}"
    return digits + check_character(digits)


GOOD: dict[str, Cell] = {
    Column.NAME: "李晓峰",
    Column.IDENTITY_NUMBER: identity_number(),
    Column.SEX: "男",
    Column.NATION: "汉族",
    Column.PHONE: "15400000001",
    Column.BRANCH_CODE: "t01v01",
    Column.BRANCH_NAME: "青龙村党支部",
    Column.STATUS: "正式党员",
    Column.MEMBER_CLASS: "农民",
    Column.JOINED_ON: date(2015, 7, 1),
    Column.FULL_ON: date(2016, 7, 1),
    Column.BRANCH_SINCE: date(2020, 5, 20),
    Column.HOUSEHOLD: "001",
    Column.AWAY: "否",
    Column.AWAY_PLACE: None,
}


def raw(number: int = 2, **changes: Cell) -> RawRow:
    """A good row with these columns changed, each named as in ``Column``: raw(SEX="女")."""
    return RawRow(number, {**GOOD, **{Column[name]: cell for name, cell in changes.items()}})


def raw_organisation(number: int, code: Cell, name: Cell, kind: Cell, parent_code: Cell) -> RawRow:
    return RawRow(number, dict(zip(OrganisationColumn, (code, name, kind, parent_code), strict=True)))


def index(text: str) -> bytes:
    return hashlib.sha256(b"index" + text.encode()).digest()


class MemoryRoster:
    """A county's roster in memory. Applies plans as the storage will: one step of ``membership`` for each thing a plan names."""

    def __init__(self, organisations: dict[str, Organisation] | None = None) -> None:
        self.organisations = dict(ORGANISATIONS if organisations is None else organisations)
        self.members: dict[bytes, ExistingMember] = {}
        self.histories: dict[bytes, History] = {}

    def plan(
        self,
        rows: Iterable[RawRow],
        today: date = TODAY,
        scope: OrgPath = COUNTY,
        organisation_rows: Iterable[RawRow] = (),
    ) -> ImportPlan:
        organisations = plan_organisations(self.organisations, organisation_rows, scope)
        return plan_import(Roster(self.members, index, index, scope, today), organisations, rows)

    def apply(self, plan: ImportPlan, today: date = TODAY) -> None:
        assert plan.can_be_applied
        for one in plan.organisations.in_order_of_tree():
            assert one.organisation is not None
            assert one.organisation.parent_code in {"", *self.organisations}, "a parent is written before its children"
            self.organisations[one.organisation.code] = one.organisation
        for outcome in plan.members:
            if outcome.line is not None:
                self._write(outcome, outcome.line, today)

    def _write(self, outcome: MemberOutcome, line: RosterRow, today: date) -> None:
        key = index(line.identity_number)
        if outcome.outcome is Outcome.ADDED:
            assert key not in self.members
            since = line.branch_since or today
            statuses = first_statuses(line.status, line.joined_on, line.full_on, since)
            history = admit(OrgId(line.branch_code), since, statuses)
        else:
            history = _stepped(self.histories[key], outcome)
        assert holds_together(history)
        self.histories[key] = history
        self.members[key] = _existing(MemberId(line.identity_number), line, history)


def _stepped(history: History, outcome: MemberOutcome) -> History:
    step, moving = outcome.status_step, outcome.move
    if step is not None and moving is not None and history.branch is None:
        entered = enter(history, OrgId(moving.to_code), step.after, moving.on)
        assert isinstance(entered, History), entered
        return entered
    if step is not None:
        changed = change_status(history, step.after, step.on)
        assert isinstance(changed, History), changed
        history = changed
    if moving is not None:
        moved = move(history, OrgId(moving.to_code), moving.on)
        assert isinstance(moved, History), moved
        history = moved
    return history


def _existing(member_id: MemberId, line: RosterRow, history: History) -> ExistingMember:
    branch = history.branches[-1] if history.branch is not None else None
    return ExistingMember(
        member_id=member_id,
        name=line.name,
        nation=line.nation,
        phone_index=index(line.phone) if line.phone else None,
        branch_code=branch.value if branch else "",
        branch_since=branch.from_day if branch else None,
        statuses=history.statuses,
        member_class=line.member_class,
        joined_on=line.joined_on,
        full_on=line.full_on,
        household=line.household,
        away=line.away,
        away_place=line.away_place,
    )


def belonging(roster: MemoryRoster) -> int:
    return sum(1 for member in roster.members.values() if member.status in BELONGING)


def renumbered(rows: Iterable[RawRow]) -> list[RawRow]:
    return [replace(row, number=number) for number, row in enumerate(rows, start=2)]
