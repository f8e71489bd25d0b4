"""How much a month, and who set it: the open calculator and the assessments of branch administrators (DUE-13, DUE-15).

An assessment keeps its pay sealed and is never changed: a correction is a new version. It sets the amount of months that are
not paid, held by an order, reported or settled; what is paid stays as it was paid.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from services.chassis.access import require_reach
from services.chassis.audit import Trace
from services.chassis.ids import new_id
from services.chassis.pages import cut, key_of, whole
from services.chassis.sealed import SealedColumn
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Caller
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.contracts.dues.errors import AssessmentRefused, CalculationRefused
from services.contracts.errors import ServiceError
from services.contracts.members.messages import MemberClass
from services.contracts.values import OrgPath, YearMonth, is_within
from services.dues.domain import assessment as rules
from services.dues.domain.obligation import AmountBasis, Assessment, check_assessment, reference_day
from services.dues.domain.profile import AssessmentMode
from services.dues.domain.profile import MemberClass as RuleClass
from services.dues.domain.refusal import Refusal
from services.dues.owed import held_line, paid_ahead
from services.dues.profiles import Profiles, profile_in_force, read_profiles
from services.dues.refusals import refused
from services.dues.reliefs import approved_for
from services.dues.schemas import calculation_of, profile_view, recorded, to_input
from services.dues.standings import read_assessments, read_members, standing_of
from services.dues.storage.month_tables import month_closed
from services.dues.storage.tables import assessment, obligation, organisation

RECORD = SealedColumn("assessment.record_sealed")
_NEVER = 999_999
"""A month number after all others."""


def calculate(work: Work, request: m.Calculate) -> m.Calculation:
    """Works an amount out for anybody; nothing is stored."""
    profile = profile_in_force(work, request.month)
    answer = rules.calculate(profile, to_input(request.member_class, request.month, request.pay, request.rounding))
    if isinstance(answer, Refusal):
        raise refused(CalculationRefused, answer)
    return calculation_of(answer, profile)


def get_profile(work: Work, _: Nothing) -> m.ProfileView:
    """The rule profile of this month."""
    return profile_view(profile_in_force(work, work.month))


@dataclasses.dataclass(frozen=True, slots=True)
class _Decision:
    """One assessment that is right by the rules and waits to be stored."""

    row: dict[str, Any]
    record: dict[str, object]
    until: int
    """The first month that a later assessment of the same class already rules."""
    branch_path: OrgPath
    annual: bool


def assess(work: Work, request: m.Assess) -> m.AssessmentView:
    """Sets one member's amount from a month on."""
    decision = _decide(work, (request,), batch=False)[0]
    _store(work, [decision])
    return _views(work, [_Stored(**decision.row)])[0]


def assess_batch(work: Work, request: m.AssessBatch) -> m.AssessBatchResult:
    """Sets the amounts of many members: all of them or none."""
    decisions = _decide(work, request.items, batch=True)
    _store(work, decisions)
    return m.AssessBatchResult(recorded=len(decisions))


def list_assessments(work: Work, request: m.ListAssessments) -> m.AssessmentPage:
    """A member's assessments with the pay behind them, newest first, for those who look after him; leaves a trace."""
    row = read_members(work, [request.member_id]).get(request.member_id)
    path = require_reach(work.caller, row and OrgPath(row.branch_path), *TREE_ADMINISTRATORS)
    work.audit("dues.assessments_seen", "member", request.member_id, path=path, about_member_id=request.member_id)
    statement = sa.select(assessment).where(assessment.c.member_id == request.member_id)
    after = key_of(request.cursor, whole)
    if after is not None:
        statement = statement.where(assessment.c.version < after[0])
    found = work.db.execute(statement.order_by(assessment.c.version.desc()).limit(request.limit + 1)).all()
    rows, cursor = cut(found, request.limit, lambda row: (row.version,))
    return m.AssessmentPage(items=tuple(_views(work, rows)), next_cursor=cursor)


def open_record(work: Work, row: Any) -> dict[str, Any]:
    """The sealed record of an assessment's row."""
    record: dict[str, Any] = orjson.loads(work.keys.open(RECORD, row.assessment_id, row.record_sealed))
    return record


def offices(work: Work, rows: Sequence[Any]) -> dict[str, str]:
    """What to call the offices that set these assessments: the organisation's name, never a person's."""
    paths = sorted({row.set_by_path for row in rows if row.set_by_path})
    if not paths:
        return {}
    as_text = sa.cast(organisation.c.path, sa.Text)
    named = sa.select(as_text.label("path"), organisation.c.name).where(as_text.in_(paths))
    return {row.path: row.name for row in work.db.execute(named)}


class _Stored:
    """A row just stored, as it would be read."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def _views(work: Work, rows: Sequence[Any]) -> list[m.AssessmentView]:
    profiles, names = read_profiles(work), offices(work, rows)
    return [_view(work, row, profiles, names) for row in rows]


def _view(work: Work, row: Any, profiles: Profiles, names: dict[str, str]) -> m.AssessmentView:
    kept = recorded(open_record(work, row), profiles)
    return m.AssessmentView(
        id=row.assessment_id,
        member_id=row.member_id,
        version=row.version,
        effective_from=YearMonth.from_number(row.effective_from),
        member_class=MemberClass(row.member_class),
        amount_fen=row.amount_fen,
        calculation=kept.calculation,
        pay=kept.pay,
        set_by=names.get(row.set_by_path, row.set_by_role),
        set_at=row.set_at,
    )


def _decide(work: Work, items: Sequence[m.Assess], *, batch: bool) -> list[_Decision]:
    """Checks every entry before anything is stored. Locks the members, so that versions are given out one by one."""
    rows = read_members(work, [item.member_id for item in items], lock=True)
    for item in items:
        row = rows.get(item.member_id)
        require_reach(work.caller, row and OrgPath(row.branch_path), *TREE_ADMINISTRATORS)
    known = read_assessments(work, list(rows))
    profiles = read_profiles(work)
    decisions = []
    for index, item in enumerate(items):
        earlier = known.setdefault(item.member_id, [])
        decision = _decide_one(work, item, rows[item.member_id], earlier, profiles)
        if isinstance(decision, ServiceError):
            raise _in_batch(decision, index) if batch else decision
        row = decision.row
        earlier.append(
            Assessment(item.effective_from, row["amount_fen"], row["version"], RuleClass(item.member_class.value))
        )
        decisions.append(decision)
    return decisions


def _in_batch(error: ServiceError, index: int) -> ServiceError:
    return type(error)(**{**error.detail, "index": index})


def _decide_one(
    work: Work, item: m.Assess, row: Any, earlier: Sequence[Assessment], profiles: Profiles
) -> _Decision | ServiceError:
    member_class = RuleClass(item.member_class.value)
    day = reference_day(item.effective_from, row.joined_on)
    held = standing_of(row).class_on(day) if day else None
    if held is not None and held is not member_class:
        # An amount of another class would never be asked for: obligations take assessments of the member's own class.
        return AssessmentRefused(reason="member_class_differs", member_class=held.value)
    profile = profiles.at(item.effective_from)
    wrong = check_assessment(profile, item.effective_from, member_class, earlier)
    if wrong is not None:
        return refused(AssessmentRefused, wrong)
    given = to_input(item.member_class, item.effective_from, item.pay)
    answer = rules.calculate(profile, given)
    if isinstance(answer, Refusal):
        return refused(AssessmentRefused, answer)
    later = [
        each.effective_from.number
        for each in earlier
        if each.member_class is member_class and each.effective_from > item.effective_from
    ]
    role, path = _office(work.caller, OrgPath(row.branch_path))
    stored = {
        "assessment_id": new_id(),
        "county_id": row.county_id,
        "member_id": item.member_id,
        "version": max((each.version for each in earlier), default=0) + 1,
        "effective_from": item.effective_from.number,
        "member_class": member_class.value,
        "amount_fen": answer.amount_fen,
        "profile": answer.profile,
        "set_by_account": work.caller.account_id,
        "set_by_role": role,
        "set_by_path": path,
        "set_at": work.now,
    }
    annual = profile.assessment_mode is AssessmentMode.ANNUAL
    record = rules.assessment_record(given, answer)
    return _Decision(stored, record, min(later, default=_NEVER), OrgPath(row.branch_path), annual)


def _office(caller: Caller, path: OrgPath) -> tuple[str, str]:
    """The office that sets amounts at ``path``; a grant of another kind, such as finance, sets none."""
    for grant in caller.grants:
        if grant.role in TREE_ADMINISTRATORS and is_within(path, grant.path):
            return grant.role.value, grant.path
    return caller.kind.value, ""


def _store(work: Work, decisions: Sequence[_Decision]) -> None:
    texts = [(each.row["assessment_id"], orjson.dumps(each.record).decode()) for each in decisions]
    for decision, sealed in zip(decisions, work.keys.seal_many(RECORD, texts), strict=True):
        decision.row["record_sealed"] = sealed
    work.db.execute(sa.insert(assessment), [each.row for each in decisions])
    _set_amounts(work, decisions)
    work.audit_many(
        Trace("dues.assessed", "assessment", each.row["assessment_id"], each.branch_path, each.row["member_id"])
        for each in decisions
    )


def _set_amounts(work: Work, decisions: Sequence[_Decision]) -> None:
    """Gives the months from an assessment on its amount: those unpaid, not held by an order, and neither reported nor settled
    (BOOK-1); an approved relief still lowers them (DUE-11). What was paid ahead follows a rise, so that the difference is asked
    for with the next payment (PAY-4).

    In the annual mode the rules let a new amount begin only where none of the year stood, or as a correction of it, so
    that unpaid months may follow it in both modes. Of several for one member the last one of its class and month counts.
    """
    last = {(d.row["member_id"], d.row["member_class"], d.row["effective_from"]): d for d in decisions}
    rows, begins = list(last.values()), sorted(last)
    # What begins later beside it in one batch ends it too.
    ends = {one: following[2] for one, following in pairwise(begins) if one[:2] == following[:2]}
    untils = [ends.get(key, each.until) for key, each in last.items()]
    new = (
        sa.func.unnest(
            sa.cast([each.row["member_id"] for each in rows], pg.ARRAY(pg.UUID(as_uuid=False))),
            sa.cast([each.row["effective_from"] for each in rows], pg.ARRAY(sa.Integer)),
            sa.cast(untils, pg.ARRAY(sa.Integer)),
            sa.cast([each.row["member_class"] for each in rows], pg.ARRAY(sa.Text)),
            sa.cast([each.row["amount_fen"] for each in rows], pg.ARRAY(sa.BigInteger)),
            sa.cast([each.row["version"] for each in rows], pg.ARRAY(sa.Integer)),
            sa.cast([each.annual for each in rows], pg.ARRAY(sa.Boolean)),
        )
        .table_valued("member_id", "since", "until", "member_class", "amount_fen", "version", "annual", name="new")
        .render_derived()
    )
    o = obligation.c
    relief_id = approved_for(o.member_id, o.month, "relief_id")
    relieved_fen = sa.func.least(new.c.amount_fen, approved_for(o.member_id, o.month, "monthly_fen"))
    carried = sa.and_(new.c.annual, sa.func.div(o.month, 100) > sa.func.div(new.c.since, 100))
    basis = sa.case((carried, AmountBasis.CARRIED_OVER.value), else_=AmountBasis.ASSESSED.value)
    statement = (
        sa.update(obligation)
        .values(
            amount_fen=relieved_fen,
            assessment_version=new.c.version,
            basis=basis,
            relief_id=relief_id,
            full_fen=sa.case((relief_id.is_not(None), new.c.amount_fen)),
        )
        .where(
            o.member_id == new.c.member_id,
            o.month >= new.c.since,
            o.month < new.c.until,
            o.member_class == new.c.member_class,
            sa.or_(o.paid_fen == 0, sa.and_(relieved_fen > o.amount_fen, paid_ahead(o.member_id, o.month))),
            sa.not_(held_line(o.member_id, o.month)),
            sa.not_(month_closed(o.county_id, o.branch_id, o.billed_in)),
        )
    )
    work.db.execute(statement)
