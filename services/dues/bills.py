"""The bill: one member's month that explains itself, for him and for those who look after him.

Opens the sealed record of the assessment it rests on and works nothing out anew. Another's bill leaves a trace (SEC-5).
"""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.chassis.access import member_of, require_reach
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.members.messages import MemberClass
from services.contracts.values import OrgPath, YearMonth
from services.dues.assessments import offices, open_record
from services.dues.domain.assessment import CalculationInput, calculate
from services.dues.domain.obligation import NotOwed, Owed, obligation_for, reference_day
from services.dues.domain.profile import MemberClass as RuleClass
from services.dues.domain.profile import Method
from services.dues.domain.refusal import Refusal
from services.dues.domain.relief import relieve
from services.dues.owed import held_line, months_ahead, state_of
from services.dues.profiles import Profiles, read_profiles
from services.dues.reliefs import read_reliefs
from services.dues.schemas import calculation_of, recorded
from services.dues.standings import read_assessments, read_members, standing_of
from services.dues.storage.month_tables import relief, standing_delay
from services.dues.storage.tables import assessment, dues_month, obligation, organisation

RELIEVED = "relief"
"""Nothing is owed because of an approved relief."""
RELIEF_ARTICLE = "中组发〔2008〕3号 第七条"


@dataclasses.dataclass(frozen=True, slots=True)
class _Month:
    """What a bill is written from."""

    branch_id: str
    member_class: str
    amount_fen: int | None
    paid_fen: int
    state: m.MonthItemState
    assessment_version: int | None
    exempt_reason: str = ""
    relief_id: str | None = None
    """The relief that made the amount what it is (DUE-11)."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Explained:
    calculation: m.Calculation | None = None
    set_by: str = ""
    set_at: datetime | None = None


def get_bill(work: Work, request: m.GetBill) -> m.Bill:
    """One month of the caller himself, or of a member whom he looks after."""
    own = member_of(work.caller)
    member_id = request.member_id or own
    row = read_members(work, [member_id]).get(member_id)
    if row is None:
        raise NotFound
    if member_id != own:
        path = require_reach(work.caller, OrgPath(row.branch_path), *TREE_ADMINISTRATORS)
        work.audit("dues.bill_seen", "bill", f"{member_id}/{request.month}", path=path, about_member_id=member_id)
    profiles = read_profiles(work)
    month = _stored(work, member_id, request.month) or _worked_out(work, row, request.month, profiles)
    explained = _with_relief(work, month, _explain(work, member_id, request.month, month, profiles))
    branch = sa.select(organisation.c.name).where(organisation.c.org_id == month.branch_id)
    return m.Bill(
        member_id=member_id,
        month=request.month,
        state=month.state,
        amount_fen=month.amount_fen,
        paid_fen=month.paid_fen,
        member_class=MemberClass(month.member_class),
        branch_name=work.db.scalar(branch) or month.branch_id,
        calculation=explained.calculation,
        exempt_reason=month.exempt_reason,
        assessment_version=month.assessment_version,
        set_by=explained.set_by,
        set_at=explained.set_at,
    )


def _stored(work: Work, member_id: str, month: YearMonth) -> _Month | None:
    o = obligation.c
    statement = sa.select(
        obligation, held_line(o.member_id, o.month).label("held"), standing_delay(o.member_id, o.month).label("delayed")
    )
    row = work.db.execute(statement.where(o.member_id == member_id, o.month == month.number)).one_or_none()
    if row is None:
        return None
    state = state_of(row.amount_fen, row.paid_fen, ahead=row.ahead, held=row.held, delayed=row.delayed)
    reason = RELIEVED if row.relief_id is not None and row.amount_fen == 0 else ""
    version = row.assessment_version
    return _Month(
        row.branch_id, row.member_class, row.amount_fen, row.paid_fen, state, version, reason, relief_id=row.relief_id
    )


def _worked_out(work: Work, row: Any, month: YearMonth, profiles: Profiles) -> _Month:
    """A month without an obligation: one ahead, or one for which nothing is owed. Raises NotFound for any other."""
    standing = standing_of(row)
    assessments = read_assessments(work, [row.member_id]).get(row.member_id, [])
    ahead = month in months_ahead(work, work.month, profiles.at(work.month))
    if not ahead and not _opened(work, month):
        raise NotFound
    owed = obligation_for(month, standing, assessments, profiles.at(month))
    day = reference_day(month, standing.joined_on)
    held = standing.class_on(day) if day else None
    member_class = row.member_class if held is None else held.value
    match owed:
        case NotOwed():
            state, reason = m.MonthItemState.EXEMPT, owed.reason.value
            return _Month(row.branch_id, member_class, 0, 0, state, None, reason)
        case Owed() if ahead:
            relieved = relieve(month, owed.amount_fen, read_reliefs(work, [row.member_id]).get(row.member_id, ()))
            amount_fen, version = relieved.amount_fen, owed.assessment_version
            state = state_of(amount_fen, 0, ahead=True, held=False)
            reason = RELIEVED if relieved.relief_id is not None and amount_fen == 0 else ""
            return _Month(
                owed.branch_id, member_class, amount_fen, 0, state, version, reason, relief_id=relieved.relief_id
            )
    # Admitted or moved here after the month was opened: it is asked for with the next one (DUE-12).
    raise NotFound


def _opened(work: Work, month: YearMonth) -> bool:
    statement = sa.select(dues_month.c.state).where(
        dues_month.c.county_id == work.caller.county_id, dues_month.c.month == month.number
    )
    return work.db.scalar(statement) not in (None, m.MonthState.DRAFT.value)


def _explain(work: Work, member_id: str, number: YearMonth, month: _Month, profiles: Profiles) -> _Explained:
    if month.exempt_reason not in ("", RELIEVED) or month.amount_fen is None:
        return _Explained()
    if month.assessment_version is None:
        return _Explained(_flat(month.member_class, number, profiles))
    statement = sa.select(assessment).where(
        assessment.c.member_id == member_id, assessment.c.version == month.assessment_version
    )
    row = work.db.execute(statement).one()
    set_by = offices(work, [row]).get(row.set_by_path, row.set_by_role)
    return _Explained(recorded(open_record(work, row), profiles).calculation, set_by, row.set_at)


def _with_relief(work: Work, month: _Month, explained: _Explained) -> _Explained:
    """DUE-11: the line by which the amount is lower than what was worked out, with both decisions' days."""
    if month.relief_id is None or explained.calculation is None:
        return explained
    row = work.db.execute(sa.select(relief).where(relief.c.relief_id == month.relief_id)).one()
    line = m.ExplanationLine(
        key="relief",
        amount_fen=month.amount_fen,
        rule="DUE-11",
        article=RELIEF_ARTICLE,
        parameters={
            "kind": row.kind,
            "monthly_fen": str(row.monthly_fen),
            "from_month": str(YearMonth.from_number(row.from_month)),
            "to_month": str(YearMonth.from_number(row.holds_to)),
            "decided_on": row.decided_on.isoformat(),
            "answered_on": row.answered_on.isoformat(),
        },
    )
    worked = explained.calculation
    lines = (*worked.explanation[: m.MAX_EXPLANATION - 1], line)
    return dataclasses.replace(explained, calculation=dataclasses.replace(worked, explanation=lines))


def _flat(member_class: str, month: YearMonth, profiles: Profiles) -> m.Calculation | None:
    profile, rule_class = profiles.at(month), RuleClass(member_class)
    if profile.class_rule(rule_class).method is not Method.FLAT:
        return None
    answer = calculate(profile, CalculationInput(rule_class, month))
    return None if isinstance(answer, Refusal) else calculation_of(answer, profile)
