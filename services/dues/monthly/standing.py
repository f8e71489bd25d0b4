"""How far a month has come, organisation by organisation, and who stands in the way (BOOK-1). Reads only.

A month's collection is what is *billed* in it: who was admitted after a month's collection owes that month and is asked for it
with the next one (DUE-12), so it stands in the next one's report and never changes a report that was made.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.ids import parse_id
from services.chassis.pages import clean_text, cut, key_of, whole
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.dues import messages as m
from services.contracts.values import OrgId, OrgPath, YearMonth, org_path
from services.dues.acting import Place, holder_names, office_names, reached_place
from services.dues.domain.month_report import Level, Numbers, Stage, Tree, Unit, is_over, level_of, total
from services.dues.owed import held_line, state_of
from services.dues.storage.month_tables import delay, month_report, standing_delay
from services.dues.storage.tables import dues_month, member, obligation, of_branch_beneath, organisation

MAX_ORGANISATIONS = 5_000
"""A county of 1,500 branches with their groups and committees."""
_LEVELS = {each: m.ReportLevel(each.value) for each in Level}


@dataclasses.dataclass(frozen=True, slots=True)
class Book:
    """One month of the county as far as an organisation sees it."""

    month: YearMonth
    stage: Stage
    """Of the county: draft, open or settled."""
    tree: Tree
    names: dict[OrgId, str]
    numbers: dict[OrgId, Numbers]
    """By branch, as they stand now."""
    standing: dict[OrgId, Any]
    """Reports that stand, by organisation."""
    returned: dict[OrgId, Any]
    """The last one of each that was sent back."""

    def stage_of(self, unit: Unit) -> Stage:
        return self.tree.stage(unit, self.stage, self.standing)

    def numbers_of(self, unit: Unit) -> Numbers:
        """As reported, else as they stand now."""
        row = self.standing.get(unit.org_id)
        if row is not None:
            return Numbers(row.members, row.owed_fen, row.paid_fen, row.delayed, row.delayed_fen)
        if unit.level is Level.BRANCH:
            return self.numbers.get(unit.org_id, Numbers())
        return total(self.tree.branches_of(unit.path), self.numbers)


def read_book(work: Work, path: OrgPath, month: YearMonth, stage: Stage | None = None) -> Book:
    """The month as seen from ``path``; ``stage`` where the month's row was read already, under its lock."""
    c = organisation.c
    statement = sa.select(c.org_id, c.name, c.kind, sa.cast(c.path, sa.Text).label("path")).where(
        c.county_id == work.caller.county_id
    )
    organisations = work.db.execute(statement.limit(MAX_ORGANISATIONS)).all()
    units = []
    for row in organisations:
        level = level_of(row.kind, OrgPath(row.path))
        if level is not None:
            units.append(Unit(OrgId(row.org_id), OrgPath(row.path), level))
    numbers = _numbers(work, path, month)
    standing, returned = _reports(work, month)
    return Book(
        month=month,
        stage=_stage(work, month) if stage is None else stage,
        tree=Tree(units, numbers.keys()),
        names={OrgId(row.org_id): row.name for row in organisations},
        numbers=numbers,
        standing=standing,
        returned=returned,
    )


def stage_named(state: str | None) -> Stage:
    """The county's stage by its month's row; what has no row is a draft."""
    stage = Stage.DRAFT if state is None else Stage(state)
    return stage if stage in (Stage.DRAFT, Stage.SETTLED) else Stage.OPEN


def _stage(work: Work, month: YearMonth) -> Stage:
    c = dues_month.c
    statement = sa.select(c.state).where(c.county_id == work.caller.county_id, c.month == month.number)
    return stage_named(work.db.scalar(statement))


def _unpaid() -> sa.ColumnElement[bool]:
    return sa.or_(obligation.c.amount_fen.is_(None), obligation.c.paid_fen < obligation.c.amount_fen)


def billed(work: Work, path: OrgPath, month: YearMonth) -> sa.ColumnElement[bool]:
    """The obligations of a month's collection to branches at ``path`` or beneath it."""
    o = obligation.c
    return sa.and_(
        o.county_id == work.caller.county_id,
        o.billed_in == month.number,
        sa.not_(o.ahead),
        of_branch_beneath(o.branch_id, path),
    )


def _numbers(work: Work, path: OrgPath, month: YearMonth) -> dict[OrgId, Numbers]:
    o, d = obligation.c, delay.c
    waiting = sa.and_(o.paid_fen < o.amount_fen, d.delay_id.is_not(None))
    blocking = sa.and_(_unpaid(), sa.or_(o.amount_fen.is_(None), d.delay_id.is_(None)))
    people = sa.distinct(o.member_id)
    on_list = sa.and_(d.member_id == o.member_id, d.month == o.month, d.ended_at.is_(None))
    missing = sa.func.sum(o.amount_fen - o.paid_fen).filter(waiting)
    statement = (
        sa.select(
            o.branch_id,
            sa.func.count(people).label("members"),
            sa.cast(sa.func.coalesce(sa.func.sum(o.amount_fen), 0), sa.BigInteger).label("owed_fen"),
            sa.cast(sa.func.sum(o.paid_fen), sa.BigInteger).label("paid_fen"),
            sa.func.count(people).filter(waiting).label("delayed"),
            sa.cast(sa.func.coalesce(missing, 0), sa.BigInteger).label("delayed_fen"),
            sa.func.count(people).filter(blocking).label("blocking"),
        )
        .select_from(obligation.outerjoin(delay, on_list))
        .where(billed(work, path, month))
        .group_by(o.branch_id)
    )
    return {OrgId(row.branch_id): Numbers(*row[1:]) for row in work.db.execute(statement)}


def _reports(work: Work, month: YearMonth) -> tuple[dict[OrgId, Any], dict[OrgId, Any]]:
    c = month_report.c
    mine = sa.and_(c.county_id == work.caller.county_id, c.month == month.number)
    standing = sa.select(month_report).where(mine, c.returned_at.is_(None))
    last = (
        sa.select(month_report)
        .where(mine, c.returned_at.is_not(None))
        .order_by(c.org_id, c.returned_at.desc())
        .ext(pg.distinct_on(c.org_id))
    )
    reports = {OrgId(row.org_id): row for row in work.db.execute(standing)}
    back = {OrgId(row.org_id): row for row in work.db.execute(last) if row.org_id not in reports}
    return reports, back


def get_month_standing(work: Work, request: m.GetMonthStanding) -> m.MonthStanding:
    """One organisation's month."""
    place = reached_place(work, request.org_id)
    return standing_of_place(work, place, read_book(work, place.path, request.month))


def standing_of_place(work: Work, place: Place, book: Book) -> m.MonthStanding:
    """The same, of a book that was read already."""
    if place.level is not None:
        return views(work, book, [Unit(place.org_id, place.path, place.level)])[0]
    whole_of = Numbers()
    for one in book.numbers.values():
        whole_of += one
    return m.MonthStanding(
        org_id=place.org_id,
        org_name=place.name,
        level=m.ReportLevel.PASSES_ON,
        month=book.month,
        state=m.MonthState(book.stage.value),
        numbers=_shown(whole_of),
        blocking=whole_of.blocking,
        reporters=0,
        reported=0,
        report=None,
        returned=None,
    )


def list_month_standings(work: Work, request: m.ListMonthStandings) -> m.MonthStandingPage:
    """Those who report to an organisation and how far they have come, by place."""
    place = reached_place(work, request.org_id)
    book = read_book(work, place.path, request.month)
    after = key_of(request.cursor, org_path)
    found = [
        unit
        for unit in book.tree.reporters_to(place.path)
        if (after is None or unit.path > after[0])
        and (request.state is None or book.stage_of(unit).value == request.state.value)
    ]
    page, following = cut(found, request.limit, lambda unit: (unit.path,))
    return m.MonthStandingPage(items=tuple(views(work, book, page)), next_cursor=following)


def views(work: Work, book: Book, units: Sequence[Unit]) -> list[m.MonthStanding]:
    """Organisations' months as pages show them."""
    rows = [book.standing.get(unit.org_id) or book.returned.get(unit.org_id) for unit in units]
    there = [row for row in rows if row is not None]
    offices = office_names(work, [path for row in there for path in (row.reported_by_path, row.returned_by_path)])
    holders = holder_names(work, [row.reported_by_member for row in there])
    return [_view(work, book, unit, offices, holders) for unit in units]


def _view(
    work: Work, book: Book, unit: Unit, offices: dict[str | None, str], holders: dict[str | None, str]
) -> m.MonthStanding:
    report, back = book.standing.get(unit.org_id), book.returned.get(unit.org_id)
    numbers, reporters = book.numbers_of(unit), book.tree.reporters_to(unit.path)
    missing = book.tree.missing(unit.path, book.standing)
    branches = [unit] if unit.level is Level.BRANCH else book.tree.branches_of(unit.path)
    all_in = unit.level is Level.COUNTY and book.stage is Stage.OPEN and bool(reporters) and not missing
    return m.MonthStanding(
        org_id=unit.org_id,
        org_name=book.names[unit.org_id],
        level=_LEVELS[unit.level],
        month=book.month,
        state=m.MonthState(book.stage_of(unit).value),
        numbers=_shown(numbers),
        blocking=total(branches, book.numbers).blocking,
        reporters=len(reporters),
        reported=len(reporters) - len(missing),
        report=report
        and m.ReportFacts(
            numbers=_shown(numbers),
            by=offices.get(report.reported_by_path, ""),
            by_name=holders.get(report.reported_by_member, ""),
            at=report.reported_at,
        ),
        returned=back
        and m.ReturnFacts(by=offices.get(back.returned_by_path, ""), at=back.returned_at, reason=back.return_reason),
        can_settle=all_in and is_over(book.month, work.month),
    )


def _shown(numbers: Numbers) -> m.MonthNumbers:
    return m.MonthNumbers(
        members=numbers.members,
        owed_fen=numbers.owed_fen,
        paid_fen=numbers.paid_fen,
        delayed=numbers.delayed,
        delayed_fen=numbers.delayed_fen,
    )


def list_month_blocks(work: Work, request: m.ListMonthBlocks) -> m.MonthBlockPage:
    """Who has neither paid nor is on the delayed list, by name."""
    place = reached_place(work, request.org_id, *TREE_ADMINISTRATORS)
    after = key_of(request.cursor, clean_text, parse_id, whole)
    found = blocking_people(work, place.path, request.month, request.limit + 1, after)
    rows, following = cut(found, request.limit, lambda row: (row.name, row.member_id, row.month))
    return m.MonthBlockPage(items=tuple(block_of(row) for row in rows), next_cursor=following)


def blocking_people(
    work: Work, path: OrgPath, month: YearMonth, limit: int, after: tuple[Any, ...] | None = None
) -> Sequence[Any]:
    """Obligations that keep the branches at ``path`` and beneath it from reporting, by their members' names."""
    o, member_id = obligation.c, sa.cast(member.c.member_id, sa.Text)
    statement = (
        sa.select(
            *(member.c.name, o.member_id, o.month, o.amount_fen, o.paid_fen),
            *(organisation.c.name.label("branch_name"), held_line(o.member_id, o.month).label("held")),
        )
        .join(member, member.c.member_id == o.member_id)
        .outerjoin(organisation, organisation.c.org_id == o.branch_id)
        .where(billed(work, path, month), _unpaid())
        .where(sa.or_(o.amount_fen.is_(None), sa.not_(standing_delay(o.member_id, o.month))))
    )
    if after is not None:
        statement = statement.where(sa.tuple_(member.c.name, member_id, o.month) > sa.tuple_(*after))
    return work.db.execute(statement.order_by(member.c.name, member_id, o.month).limit(limit)).all()


def block_of(row: Any) -> m.MonthBlock:
    return m.MonthBlock(
        member_id=row.member_id,
        name=row.name,
        branch_name=row.branch_name or "",
        month=YearMonth.from_number(row.month),
        state=state_of(row.amount_fen, row.paid_fen, ahead=False, held=row.held),
        amount_fen=row.amount_fen,
        paid_fen=row.paid_fen,
    )


def named(book: Book, units: Iterable[Unit]) -> list[dict[str, str]]:
    """Organisations as a refusal names them, the first of them."""
    return [{"id": unit.org_id, "name": book.names[unit.org_id]} for unit in list(units)[: m.MAX_NAMED]]
