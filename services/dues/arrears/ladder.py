"""The ladder as administrators see it: counts down the tree, and its members with what is owed (ARR-1, REG-8).

Reads accounts, never obligations, so that a county of a million costs no more than its members in arrears. Gives names, months
and amounts, never a base. Changes no status (ARR-2).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.access import require_reach
from services.chassis.clock import shanghai
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of, whole
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.dues import messages as m
from services.contracts.members.messages import OrgKind
from services.contracts.values import OrgPath, YearMonth
from services.dues.arrears.accounts import freshness, read_reasons
from services.dues.domain.arrears import Reason, Step
from services.dues.domain.reminding import LONG_DAYS, refuse_reminder, told_at
from services.dues.storage.arrears import arrears_reminder, member_account
from services.dues.storage.tables import LTree, member, organisation, within

_ON_LADDER = (Step.REVIEW_SELF_WITHDRAWAL, Step.EDUCATION_AND_DEADLINE, Step.ARREARS)
_NOBODY = m.StepCounts(arrears=0, education_and_deadline=0, review_self_withdrawal=0, owed_fen=0)


def reached_organisation(work: Work, org_id: str) -> Any:
    """The organisation's row where the caller administers it. Raises NotFound."""
    c = organisation.c
    there = sa.select(c.org_id, c.parent_id, c.name, c.kind, c.path).where(
        c.org_id == org_id, c.county_id == work.caller.county_id
    )
    row = work.db.execute(there).one_or_none()
    require_reach(work.caller, OrgPath(row.path) if row is not None else None, *TREE_ADMINISTRATORS)
    return row


def get_arrears_summary(work: Work, request: m.GetArrearsSummary) -> m.ArrearsSummary:
    """How many stand on each step beneath an organisation, and beneath each of those that it holds."""
    org = reached_organisation(work, request.org_id)
    by_path = _sums(work, OrgPath(org.path))
    own = by_path.pop(org.path, _NOBODY)
    beneath = _beneath(work, org.org_id, by_path)
    return m.ArrearsSummary(
        org_id=org.org_id,
        name=org.name,
        kind=OrgKind(org.kind),
        counts=_added([own, *(each.counts for each in beneath)]),
        beneath=tuple(beneath[: m.MAX_BENEATH]),
        month=work.month,
        as_of=freshness(work).as_of,
    )


def _sums(work: Work, path: OrgPath) -> dict[str, m.StepCounts]:
    """Counts and debt by the path one level beneath ``path``; of ``path`` itself where it is a branch.

    Branches are summed first, by their ids: beneath row security a path is looked up in no index (0012).
    """
    c, o = member_account.c, organisation.c
    by_branch = (
        sa.select(
            c.branch_id,
            *(sa.func.count().filter(c.step == step.value).label(step.value) for step in _ON_LADDER),
            sa.cast(sa.func.sum(c.owed_fen), sa.BigInteger).label("owed_fen"),
        )
        .where(_of_ladder(work, path))
        .group_by(c.branch_id)
        .subquery()
    )
    level = path.count(".") + 2
    upper = sa.func.subpath(o.path, 0, sa.func.least(sa.func.nlevel(o.path), level), type_=LTree())
    statement = (
        sa.select(
            sa.cast(upper, sa.Text).label("path"),
            *(sa.func.sum(by_branch.c[step.value]).label(step.value) for step in _ON_LADDER),
            sa.func.sum(by_branch.c.owed_fen).label("owed_fen"),
        )
        .join(organisation, o.org_id == by_branch.c.branch_id)
        .group_by(upper)
    )
    return {row.path: _counts(row) for row in work.db.execute(statement)}


def _counts(row: Any) -> m.StepCounts:
    return m.StepCounts(
        **{step.value: int(getattr(row, step.value)) for step in _ON_LADDER}, owed_fen=int(row.owed_fen)
    )


def _added(counts: Sequence[m.StepCounts]) -> m.StepCounts:
    return m.StepCounts(
        arrears=sum(each.arrears for each in counts),
        education_and_deadline=sum(each.education_and_deadline for each in counts),
        review_self_withdrawal=sum(each.review_self_withdrawal for each in counts),
        owed_fen=sum(each.owed_fen for each in counts),
    )


def _beneath(work: Work, org_id: str, by_path: dict[str, m.StepCounts]) -> list[m.OrgArrears]:
    """The most serious first; who has nobody on the ladder is not shown."""
    c = organisation.c
    held = sa.select(c.org_id, c.name, c.kind, c.path).where(
        c.parent_id == org_id, c.county_id == work.caller.county_id
    )
    found = [
        m.OrgArrears(org_id=row.org_id, name=row.name, kind=OrgKind(row.kind), counts=by_path[row.path])
        for row in work.db.execute(held.order_by(c.path))
        if row.path in by_path
    ]
    return sorted(found, key=_seriousness, reverse=True)


def _seriousness(org: m.OrgArrears) -> tuple[int, int, int]:
    return org.counts.review_self_withdrawal, org.counts.education_and_deadline, org.counts.owed_fen


def _of_ladder(work: Work, path: OrgPath) -> sa.ColumnElement[bool]:
    """Accounts on a step, beneath ``path``. Over the whole county the tree is not asked: everybody is beneath it."""
    c = member_account.c
    on_step = sa.and_(c.county_id == work.caller.county_id, c.step != sa.literal_column(f"'{Step.NONE.value}'"))
    if "." not in path:
        return on_step
    # PERF: as an array, looked up first: the planner would rather walk the county's ladder in its order until a page is full,
    # which for a township with few in arrears is the whole of it.
    branches = sa.select(organisation.c.org_id).where(within(organisation.c.path, path)).scalar_subquery()
    return sa.and_(on_step, c.branch_id == sa.any_(sa.func.array(branches, type_=pg.ARRAY(pg.UUID(as_uuid=False)))))


def list_arrears(work: Work, request: m.ListArrears) -> m.ArrearsPage:
    """Those on the ladder beneath an organisation: the longest run first, then the largest debt."""
    org = reached_organisation(work, request.org_id)
    c = member_account.c
    key = (c.unpaid_run, c.owed_fen, c.member_id)
    statement = sa.select(member_account).where(_of_ladder(work, OrgPath(org.path)))
    if request.step is not None:
        statement = statement.where(c.step == request.step.value)
    after = key_of(request.cursor, whole, whole, parse_id)
    if after is not None:
        run, owed_fen, member_id = after
        place = sa.tuple_(
            sa.literal(run, sa.BigInteger),
            sa.literal(owed_fen, sa.BigInteger),
            sa.cast(sa.literal(member_id, sa.Text), pg.UUID(as_uuid=False)),
        )
        statement = statement.where(sa.tuple_(*key) < place)
    ordered = statement.order_by(*(each.desc() for each in key)).limit(request.limit + 1)
    rows, following = cut(
        work.db.execute(ordered).all(), request.limit, lambda row: (row.unpaid_run, row.owed_fen, row.member_id)
    )
    return m.ArrearsPage(
        items=tuple(rungs(work, rows)), next_cursor=following, month=work.month, as_of=freshness(work).as_of
    )


def rungs(work: Work, accounts: Sequence[Any]) -> list[m.ArrearsMember]:
    """Accounts with names, the reason that holds, and whether they may be reminded now."""
    ids = [row.member_id for row in accounts]
    names = names_of(work, ids)
    reasons = read_reasons(work, ids)
    reminded = reminder_days(work, ids)
    day = shanghai(told_at(shanghai(work.now))).date()
    return [
        _rung(row, names.get(row.member_id, ("", "")), _holding(reasons, row.member_id, work.today), reminded, day)
        for row in accounts
    ]


def _rung(
    row: Any, names: tuple[str, str], reason: Reason | None, reminded: dict[str, list[date]], day: date
) -> m.ArrearsMember:
    days = reminded.get(row.member_id, [])
    refused = refuse_reminder(row.owed_fen, excused=reason is not None, day=day, earlier=days)
    return m.ArrearsMember(
        member_id=row.member_id,
        name=names[0],
        branch_name=names[1],
        step=m.ArrearsStep(row.step),
        unpaid_run=row.unpaid_run,
        since=YearMonth.from_number(row.since_month) if row.since_month else None,
        owed_months=row.owed_months,
        owed_fen=row.owed_fen,
        excused_until=reason.last_day if reason is not None else None,
        last_reminded_on=max(days, default=None),
        reminders=len(days),
        not_reminded=m.NotReminded(refused.why.value) if refused is not None else None,
        again_on=refused.again_on if refused is not None else None,
    )


def _holding(reasons: dict[str, list[Reason]], member_id: str, day: date) -> Reason | None:
    """Of several that hold, the one that holds longest."""
    held = [each for each in reasons.get(member_id, ()) if each.holds_on(day)]
    return max(held, key=lambda each: each.last_day, default=None)


def names_of(work: Work, member_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Name and branch of each."""
    c, o = member.c, organisation.c
    statement = (
        sa.select(c.member_id, c.name, sa.func.coalesce(o.name, "").label("branch_name"))
        .outerjoin(organisation, o.org_id == c.branch_id)
        .where(c.county_id == work.caller.county_id, c.member_id.in_(member_ids))
    )
    return {row.member_id: (row.name, row.branch_name) for row in work.db.execute(statement)}


def reminder_days(work: Work, member_ids: Sequence[str]) -> dict[str, list[date]]:
    """The days within the long limit on which these were told, or will be in the morning."""
    c = arrears_reminder.c
    statement = sa.select(c.member_id, c.day).where(
        c.member_id.in_(member_ids), c.state != m.ReminderState.DROPPED.value, c.day > work.today - timedelta(LONG_DAYS)
    )
    found: dict[str, list[date]] = {}
    for row in work.db.execute(statement.order_by(c.day)):
        found.setdefault(row.member_id, []).append(row.day)
    return found
