"""The steps of a month: a branch reports, its committee, the county settles; and the way back until then (BOOK-1).

Each step holds the month's row, so that reports, returns and the settling of one month follow one another. Payments never wait
for it: a report holds its branch's obligations for a moment, and money is booked in the running month, which is never settled.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.clock import shanghai
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import messages as m
from services.contracts.dues.errors import MonthNotToSettle, MonthReportRefused
from services.contracts.errors import NotFound
from services.contracts.values import OrgPath, YearMonth
from services.dues.acting import Place, acted, decides_at, reached_place, superior_of
from services.dues.domain.month_report import Level, Numbers, Stage, Unit, is_over
from services.dues.monthly.standing import (
    Book,
    billed,
    block_of,
    blocking_people,
    named,
    read_book,
    stage_named,
    standing_of_place,
)
from services.dues.storage.month_tables import delay, month_report
from services.dues.storage.tables import dues_month, obligation, organisation

SETTLE_AFTER = timedelta(hours=1)
"""What was begun in the last moment of a month has long committed by then, also where two machines' clocks differ a little."""
_REPORTERS = {Level.BRANCH: Role.BRANCH_ADMIN, Level.COMMITTEE: Role.COMMITTEE_ADMIN}


def lock_month(work: Work, month: YearMonth) -> Stage:
    """The month of the county, held until the transaction ends."""
    c = dues_month.c
    statement = sa.select(c.state).where(c.county_id == work.caller.county_id, c.month == month.number)
    return stage_named(work.db.scalar(statement.with_for_update()))


def report_month(work: Work, request: m.ReportMonth) -> m.MonthStanding:
    """Reports a branch's month or a committee's, with its numbers as they stand."""
    place = reached_place(work, request.org_id)
    if place.level not in _REPORTERS:
        raise MonthReportRefused(reason="county_settles" if place.level is Level.COUNTY else "reports_nothing")
    if not work.caller.reaches(place.path, _REPORTERS[place.level]):
        raise MonthReportRefused(reason="wrong_office")
    stage = lock_month(work, request.month)
    _check_open(stage)
    if place.level is Level.BRANCH:
        _hold(work, place.path, request.month)
    book = read_book(work, place.path, request.month, stage)
    if place.org_id in book.standing:
        raise MonthReportRefused(reason="already_reported")
    numbers = _branch_numbers(work, place, book) if place.level is Level.BRANCH else _summed(place, book)
    _store(work, place, request.month, numbers)
    failpoints.reach("reporting.stored")
    return standing_of_place(work, place, read_book(work, place.path, request.month, stage))


def _check_open(stage: Stage) -> None:
    if stage is not Stage.OPEN:
        raise MonthReportRefused(reason="month_settled" if stage is Stage.SETTLED else "month_not_open")


def _hold(work: Work, path: OrgPath, month: YearMonth) -> None:
    """Holds the branch's obligations, so that nobody pays or changes one while its report is made. Who has paid meanwhile leaves
    the delayed list, so that those on it are those who still owe."""
    o, d = obligation.c, delay.c
    statement = sa.select(o.member_id).where(billed(work, path, month)).order_by(o.member_id, o.month)
    work.db.execute(statement.with_for_update(key_share=True))
    paid = sa.and_(
        o.member_id == d.member_id, o.month == d.month, billed(work, path, month), o.paid_fen >= o.amount_fen
    )
    work.db.execute(
        sa.update(delay)
        .values(ended_by=work.caller.account_id, ended_why="paid", ended_at=work.now)
        .where(d.ended_at.is_(None), paid)
    )


def _branch_numbers(work: Work, place: Place, book: Book) -> Numbers:
    """BOOK-1: each has paid or is on the delayed list; else who has not, by name."""
    numbers = book.numbers.get(place.org_id)
    if numbers is None:
        raise MonthReportRefused(reason="reports_nothing")
    if numbers.blocking:
        rows = blocking_people(work, place.path, book.month, m.MAX_NAMED)
        people = [
            {"member_id": one.member_id, "name": one.name, "month": str(one.month), "state": one.state.value}
            for one in map(block_of, rows)
        ]
        raise MonthReportRefused(reason="people_block", count=numbers.blocking, people=people)
    return numbers


def _summed(place: Place, book: Book) -> Numbers:
    """The sum of the reports beneath, all of which must stand; else whose does not."""
    reporters, missing = book.tree.reporters_to(place.path), book.tree.missing(place.path, book.standing)
    if not reporters:
        raise MonthReportRefused(reason="reports_nothing")
    if missing:
        raise MonthReportRefused(reason="organisations_missing", count=len(missing), organisations=named(book, missing))
    whole = Numbers()
    for unit in reporters:
        whole += book.numbers_of(unit)
    return whole


def _store(work: Work, place: Place, month: YearMonth, numbers: Numbers) -> None:
    assert place.level is not None, "what passes on never reports"
    row = {
        "report_id": new_id(),
        "county_id": work.caller.county_id,
        "org_id": place.org_id,
        "org_path": place.path,
        "level": place.level.value,
        "month": month.number,
        "members": numbers.members,
        "owed_fen": numbers.owed_fen,
        "paid_fen": numbers.paid_fen,
        "delayed": numbers.delayed,
        "delayed_fen": numbers.delayed_fen,
        "reported_by_member": work.caller.member_id,
        "reported_at": work.now,
    }
    work.db.execute(sa.insert(month_report).values(row | acted(work, place.path, "reported")))
    action = "dues.month_settled" if place.level is Level.COUNTY else "dues.month_reported"
    work.audit(action, "month_report", f"{place.org_id}/{month}", path=place.path)


def return_month_report(work: Work, request: m.ReturnMonthReport) -> m.MonthStanding:
    """Sends a report back, with a reason, to whoever made it; then its month is open again there."""
    place = reached_place(work, request.org_id, Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN)
    if place.level not in _REPORTERS:
        raise MonthReportRefused(reason="reports_nothing")
    superior = superior_of(work, place.path, place.level)
    if not decides_at(work.caller, superior):
        raise MonthReportRefused(reason="wrong_office")
    stage = lock_month(work, request.month)
    _check_open(stage)
    book = read_book(work, place.path, request.month, stage)
    if place.org_id not in book.standing:
        raise MonthReportRefused(reason="not_reported")
    if book.stage_of(Unit(place.org_id, place.path, place.level)) is Stage.COMMITTEE_REPORTED and (
        place.level is Level.BRANCH
    ):
        raise MonthReportRefused(reason="superior_reported")
    back = {"returned_at": work.now, "return_reason": request.reason}
    c = month_report.c
    work.db.execute(
        sa.update(month_report)
        .values(**back, **acted(work, superior, "returned"))
        .where(c.report_id == book.standing[place.org_id].report_id)
    )
    work.audit("dues.month_report_returned", "month_report", f"{place.org_id}/{request.month}", path=place.path)
    return standing_of_place(work, place, read_book(work, place.path, request.month, stage))


def settle_month(work: Work, request: m.SettleMonth) -> m.MonthStanding:
    """Settles the county's month: it never changes again. Later money is booked in the running month and names this one."""
    place = _county(work)
    running = YearMonth.of(shanghai(work.now - SETTLE_AFTER).date())
    if not is_over(request.month, running):
        raise MonthNotToSettle(reason="month_not_over", month=str(request.month))
    stage = lock_month(work, request.month)
    if stage is not Stage.OPEN:
        raise MonthNotToSettle(reason="month_settled" if stage is Stage.SETTLED else "month_not_open")
    book = read_book(work, place.path, request.month, stage)
    missing = book.tree.missing(place.path, book.standing)
    if missing:
        raise MonthNotToSettle(reason="organisations_missing", count=len(missing), organisations=named(book, missing))
    whole = Numbers()
    for unit in book.tree.reporters_to(place.path):
        whole += book.numbers_of(unit)
    _store(work, place, request.month, whole)
    c = dues_month.c
    settled = sa.update(dues_month).values(state=Stage.SETTLED.value)
    work.db.execute(settled.where(c.county_id == work.caller.county_id, c.month == request.month.number))
    failpoints.reach("reporting.settled")
    return standing_of_place(work, place, read_book(work, place.path, request.month, Stage.SETTLED))


def _county(work: Work) -> Place:
    """The root of the caller's county. Raises NotFound for one whose office is not over it."""
    roots = sa.select(organisation.c.org_id).where(
        organisation.c.county_id == work.caller.county_id, sa.func.nlevel(organisation.c.path) == 1
    )
    root = work.db.scalar(roots)
    if root is None:
        raise NotFound
    return reached_place(work, root, *(role for role in TREE_ADMINISTRATORS if role is Role.COUNTY_ADMIN))
