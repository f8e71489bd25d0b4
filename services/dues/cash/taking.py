"""Taking cash from members of a branch: their months are reserved for it, nothing is booked before a second person confirms.

Each member gets an order of his own, with himself as the payer (PAY-5). Reservation and its race are those of any order.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from services.chassis.ids import new_id, parse_id
from services.chassis.pages import clean_text, cut, key_of
from services.chassis.work import Work
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.members.messages import MemberStatus
from services.contracts.values import MemberId, OrderId, OrgId
from services.dues.cash.places import TAKERS, Branch, branch_in_reach, own_account, own_name, path_in_reach
from services.dues.cash.views import taking_view
from services.dues.decisions.consents import excused_months
from services.dues.domain import cash as rules
from services.dues.domain.order import WishedLine, plan_lines
from services.dues.domain.order_state import OrderState
from services.dues.domain.refusal import Refusal
from services.dues.orders import placing, store
from services.dues.owed import months_of, owed_sum, read_months, shown_months
from services.dues.profiles import profile_in_force, read_profiles
from services.dues.refusals import refused
from services.dues.storage.cash import cash_taking
from services.dues.storage.tables import member, obligation

_OF_THE_BRANCH = (MemberStatus.FULL.value, MemberStatus.PROBATIONARY.value, MemberStatus.SUSPENDED.value)


def _pays_here(branch_id: str) -> sa.ColumnElement[bool]:
    """Who is of the branch today, or still owes it a month from before he moved: history stays where it was."""
    here = sa.and_(member.c.branch_id == branch_id, member.c.status.in_(_OF_THE_BRANCH))
    owes = sa.exists().where(
        obligation.c.branch_id == branch_id,
        obligation.c.member_id == member.c.member_id,
        sa.or_(obligation.c.amount_fen.is_(None), obligation.c.paid_fen < obligation.c.amount_fen),
    )
    return sa.or_(here, owes)


def list_cash_payers(work: Work, request: m.ListCashPayers) -> m.CashPayerPage:
    """From whom the branch may take cash, each with his months owed to it, by name."""
    path_in_reach(work, request.org_id, *TAKERS)
    after = key_of(request.cursor, clean_text, parse_id)
    member_id = sa.cast(member.c.member_id, sa.Text)
    statement = sa.select(member.c.member_id, member.c.name).where(
        member.c.county_id == work.caller.county_id, _pays_here(request.org_id)
    )
    if after is not None:
        statement = statement.where(sa.tuple_(member.c.name, member_id) > sa.tuple_(*after))
    found = work.db.execute(statement.order_by(member.c.name, member_id).limit(request.limit + 1)).all()
    rows, following = cut(found, request.limit, lambda row: (row.name, row.member_id))
    months = read_months(work, [row.member_id for row in rows], work.month, read_profiles(work).at(work.month))
    items = []
    for row in rows:
        own = [each for each in months[MemberId(row.member_id)] if each.branch_id == request.org_id]
        opened, ahead = shown_months(row.member_id, own, {})
        items.append(
            m.CashPayer(member_id=row.member_id, name=row.name, owed_fen=owed_sum(own)[0], months=opened, ahead=ahead)
        )
    return m.CashPayerPage(items=tuple(items), next_cursor=following)


def take_cash(work: Work, request: m.TakeCash) -> m.CashTakingView:
    """Reserves the months for cash that was handed over; the sum is worked out here (PAY-10)."""
    branch = branch_in_reach(work, request.org_id)
    planned = _planned(work, branch.org_id, request)
    if isinstance(planned, Refusal):
        raise _error_of(work, planned)
    placing.open_ahead(work, [line for one in planned for line in one.lines])
    taking_id = _store_taking(work, branch, planned)
    for one in planned:
        _reserve(work, taking_id, one)
    work.audit("cash_taken", "cash_taking", taking_id, path=branch.path)
    return taking_view(work, taking_id)


def _planned(work: Work, branch_id: OrgId, request: m.TakeCash) -> tuple[rules.CashOrder, ...] | Refusal:
    wished = [WishedLine(MemberId(line.member_id), line.month) for line in request.lines]
    profile = profile_in_force(work, work.month)
    known = _known(work, branch_id, {line.member_id for line in wished})
    lines = plan_lines(
        current_month=work.month,
        payer_id=None,
        wished=wished,
        months_by_member=months_of(work, known, work.month, profile),
        profile=profile,
        excused=excused_months(work, known),
    )
    if isinstance(lines, Refusal):
        return lines
    extras = [(MemberId(extra.member_id), extra.amount_fen) for extra in request.extras]
    return rules.plan_taking(branch_id, lines, extras, request.expected_total_fen)


def _known(work: Work, branch_id: str, member_ids: set[str]) -> set[MemberId]:
    statement = sa.select(member.c.member_id).where(
        member.c.county_id == work.caller.county_id, member.c.member_id.in_(sorted(member_ids)), _pays_here(branch_id)
    )
    return {MemberId(found) for found in work.db.scalars(statement)}


def _store_taking(work: Work, branch: Branch, planned: Sequence[rules.CashOrder]) -> str:
    taking_id = new_id()
    work.db.execute(
        sa.insert(cash_taking).values(
            taking_id=taking_id,
            county_id=work.caller.county_id,
            branch_id=branch.org_id,
            state=rules.TakingState.WAITING.value,
            total_fen=sum(one.total_fen for one in planned),
            extra_fen=sum(one.extra.amount_fen for one in planned if one.extra is not None),
            people=len(planned),
            months=sum(len(one.lines) for one in planned),
            taken_by=own_account(work),
            taken_by_name=own_name(work),
            taken_at=work.now,
        )
    )
    return taking_id


def _reserve(work: Work, taking_id: str, one: rules.CashOrder) -> None:
    order_id = new_id()
    order = store.Order(
        order_id=OrderId(order_id),
        county_id=work.caller.county_id,
        number=order_id.replace("-", ""),
        payer_id=one.member_id,
        total_fen=one.total_fen,
        state=OrderState.CREATED,
        version=1,
        prepay_id=None,
        created_at=work.now,
        expires_at=work.now + rules.CASH_HOLD,
        settled_at=None,
        queries=0,
        channel=store.CASH,
        taking_id=taking_id,
        extra_fen=one.extra.amount_fen if one.extra else 0,
        extra_branch_id=one.extra.branch_id if one.extra else None,
    )
    store.insert_order(work.db, order, next_query_at=None)
    if store.reserve_lines(work.db, order.order_id, one.lines) != len(one.lines):
        raise placing.lost_race(work, one.lines, one.member_id)


def _error_of(work: Work, refusal: Refusal) -> Exception:
    if refusal.code == "dues.month_of_another_branch":
        return refused(e.CashRefused, refusal)
    return placing.error_of(work, refusal, "")
