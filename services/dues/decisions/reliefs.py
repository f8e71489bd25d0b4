"""Relief: the branch decides, its next superior answers, and only then anything changes (DUE-11).

Owns the papers and the two decisions. What an approved one does to months is ``relief_effect``. Two persons by their accounts,
here and in the database.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.chassis.access import require_reach
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.dues import messages as m
from services.contracts.dues.errors import ReliefRefused
from services.contracts.errors import NotFound
from services.contracts.values import OrgPath
from services.dues.acting import acted, decides_at, find_place, superior_of
from services.dues.decisions import relief_effect
from services.dues.decisions.relief_list import relief_views
from services.dues.domain.relief import period_problem
from services.dues.standings import read_members
from services.dues.storage.month_tables import relief

_PERIOD_TAKEN = "relief_of_a_month_once"


def ask_relief(work: Work, request: m.AskRelief) -> m.ReliefView:
    """Enters the branch's decision. It waits for the superior and changes nothing."""
    row = read_members(work, [request.member_id], lock=True).get(request.member_id)
    path = require_reach(work.caller, row and OrgPath(row.branch_path), Role.BRANCH_ADMIN)
    assert row is not None, "what is not there is out of everybody's reach"
    problem = period_problem(request.from_month, request.to_month, work.month)
    if problem is not None:
        raise ReliefRefused(reason=problem)
    if (request.kind is m.ReliefKind.NIL) != (request.monthly_fen == 0):
        raise ReliefRefused(reason="amount_of_kind")
    if request.decided_on > work.today:
        raise ReliefRefused(reason="date_in_future")
    relief_effect.check_open(work, request.member_id, row.branch_id, request.from_month, request.to_month)
    relief_id = new_id()
    entered = acted(work, path, "entered") | {"entered_by_member": work.caller.member_id, "entered_at": work.now}
    statement = sa.insert(relief).values(
        relief_id=relief_id,
        county_id=work.caller.county_id,
        member_id=request.member_id,
        branch_id=row.branch_id,
        kind=request.kind.value,
        monthly_fen=request.monthly_fen,
        from_month=request.from_month.number,
        to_month=request.to_month.number,
        holds_to=request.to_month.number,
        reason=request.reason,
        decided_on=request.decided_on,
        state=m.ReliefState.WAITING.value,
        **entered,
    )
    try:
        work.db.execute(statement)
    except IntegrityError as fault:
        if _PERIOD_TAKEN in str(fault.orig):
            raise ReliefRefused(reason="period_taken") from None
        raise
    work.audit("dues.relief_asked", "relief", relief_id, path=path, about_member_id=request.member_id)
    return relief_views(work, relief.c.relief_id == relief_id)[0]


def _locked(work: Work, relief_id: str, *roles: Role) -> tuple[Any, OrgPath]:
    """A relief that the caller's office reaches, held until the transaction ends, with its branch's place."""
    statement = sa.select(relief).where(relief.c.relief_id == relief_id, relief.c.county_id == work.caller.county_id)
    row = work.db.execute(statement.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    place = find_place(work, row.branch_id)
    return row, require_reach(work.caller, None if place is None else place.path, *roles)


def answer_relief(work: Work, request: m.AnswerRelief) -> m.ReliefView:
    """The superior's decision: by the next one above the branch, and never by the account that entered it."""
    row, path = _locked(work, request.id, Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN)
    superior = superior_of(work, path)
    if not decides_at(work.caller, superior):
        raise ReliefRefused(reason="not_next_superior")
    if row.state != m.ReliefState.WAITING.value:
        raise ReliefRefused(reason="not_waiting")
    if row.entered_by == work.caller.account_id:
        raise ReliefRefused(reason="same_person")
    if not row.decided_on <= request.decided_on <= work.today:
        raise ReliefRefused(reason="date_in_future" if request.decided_on > work.today else "date_before_branch")
    state = m.ReliefState.APPROVED if request.approve else m.ReliefState.REFUSED
    answered = acted(work, superior, "answered") | {
        "answered_by_member": work.caller.member_id,
        "answered_on": request.decided_on,
        "answer_words": request.words,
        "answered_at": work.now,
        "state": state.value,
    }
    work.db.execute(sa.update(relief).values(**answered).where(relief.c.relief_id == request.id))
    if request.approve:
        relief_effect.apply(work, row)
    work.audit(f"dues.relief_{state.value}", "relief", request.id, path=path, about_member_id=row.member_id)
    return relief_views(work, relief.c.relief_id == request.id)[0]


def end_relief(work: Work, request: m.EndRelief) -> m.ReliefView:
    """Takes a waiting one back, by the branch that entered it; ends an approved one early, by the branch or by who answered."""
    row, path = _locked(work, request.id, *TREE_ADMINISTRATORS)
    by_branch = work.caller.reaches(path, Role.BRANCH_ADMIN)
    ended = acted(work, path, "ended") | {"ended_at": work.now, "end_words": request.words}
    if row.state == m.ReliefState.WAITING.value:
        if not by_branch:
            raise ReliefRefused(reason="wrong_office")
        ended |= {"state": m.ReliefState.WITHDRAWN.value}
    elif row.state == m.ReliefState.APPROVED.value:
        if not by_branch and not decides_at(work.caller, superior_of(work, path)):
            raise ReliefRefused(reason="wrong_office")
        first = request.from_month or work.month
        if first < work.month:
            raise ReliefRefused(reason="not_backwards")
        if row.ended_at is not None or first.number > row.holds_to:
            raise ReliefRefused(reason="after_its_end")
        relief_effect.lift(work, row, first)
        ended |= {"holds_to": first.plus(-1).number}
    else:
        raise ReliefRefused(reason="not_approved")
    work.db.execute(sa.update(relief).values(**ended).where(relief.c.relief_id == request.id))
    work.audit("dues.relief_ended", "relief", request.id, path=path, about_member_id=row.member_id)
    return relief_views(work, relief.c.relief_id == request.id)[0]
