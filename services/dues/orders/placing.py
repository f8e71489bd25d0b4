"""Placing an order: several months for several people, reserved at once or not at all (PAY-3, PAY-7, PAY-10).

The rules decide on what was read; the reservation then rests on the database alone, since two payers may read the same.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.dialects import postgresql as pg

from services.chassis import failpoints
from services.chassis.access import member_of
from services.chassis.at_once import AtOnce, Hand
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues import errors as e
from services.contracts.dues import messages as m
from services.contracts.errors import NotFound
from services.contracts.values import MemberId, OrderId, YearMonth
from services.dues.decisions.consents import agreed_to_others, excused_months
from services.dues.domain.obligation import Owed, obligation_for
from services.dues.domain.order import MAX_ORDER_LINES, MAX_ORDER_PEOPLE, OrderLine, OrderPlan, WishedLine, check_order
from services.dues.domain.order_state import OrderState
from services.dues.domain.profile import DEFAULT_PROFILE
from services.dues.domain.refusal import Refusal
from services.dues.domain.relief import relieve
from services.dues.orders import hot_order, store
from services.dues.orders.closing import query_wait
from services.dues.orders.views import order_view
from services.dues.owed import months_of, payable_members
from services.dues.profiles import profile_in_force, read_profiles
from services.dues.refusals import refused
from services.dues.reliefs import read_reliefs
from services.dues.standings import read_assessments, read_members, standing_of
from services.dues.storage.tables import obligation


def place_order(work: Work, request: m.PlaceOrder) -> m.OrderView:
    """Reserves the wished months for the caller until the order runs out. The total is worked out here."""
    payer_id = member_of(work.caller)
    plan = _planned(work, payer_id, request)
    if isinstance(plan, Refusal):
        raise error_of(work, plan, payer_id)
    open_ahead(work, plan.lines)
    profile = profile_in_force(work, work.month)
    order_id = new_id()
    order = store.Order(
        order_id=OrderId(order_id),
        county_id=work.caller.county_id,
        number=order_id.replace("-", ""),
        payer_id=MemberId(payer_id),
        total_fen=plan.total_fen,
        state=OrderState.CREATED,
        version=1,
        prepay_id=None,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=profile.order_expiry_minutes),
        settled_at=None,
        queries=0,
        extra_fen=request.extra_fen,
        extra_branch_id=plan.extra.branch_id if plan.extra else None,
    )
    store.insert_order(work.db, order, next_query_at=work.now + query_wait(0))
    failpoints.reach("placing.order_stored")
    if store.reserve_lines(work.db, order.order_id, plan.lines) != len(plan.lines):
        raise lost_race(work, plan.lines, payer_id)
    return order_view(work, order)


def place_at_once(hand: Hand, request: m.PlaceOrder) -> m.OrderView | None:
    """The same in one statement, for an order of opened months that has nothing against it; None leaves it to ``place_order``."""
    payer_id = member_of(hand.caller)
    if request.extra_fen:
        return None
    lines = _in_order(request)
    people = {member_id for member_id, _ in lines}
    if len(set(lines)) != len(lines) or len(lines) > MAX_ORDER_LINES or len(people) > MAX_ORDER_PEOPLE:
        return None
    if max(month for _, month in lines) > hand.month:
        return None
    wish = hot_order.Wish(
        order_id=new_id(),
        payer_id=payer_id,
        lines=lines,
        expected_fen=request.expected_total_fen,
        next_query_at=hand.now + query_wait(0),
        back_limit=DEFAULT_PROFILE.back_limit_months,
        expiry_minutes=DEFAULT_PROFILE.order_expiry_minutes,
    )
    placed = hot_order.place(hand, wish)
    if not placed:
        return None
    return m.OrderView(
        id=wish.order_id,
        number=wish.order_id.replace("-", ""),
        state=m.OrderState.CREATED,
        total_fen=request.expected_total_fen,
        lines=tuple(
            m.OrderLine(
                member_id=member_id, name=each.name, month=month, amount_fen=each.amount_fen, own=member_id == payer_id
            )
            for (member_id, month), each in zip(lines, placed, strict=True)
        ),
        created_at=hand.now,
        expires_at=placed[0].expires_at,
        settled_at=None,
        receipt_ids=(),
        version=1,
    )


def _in_order(request: m.PlaceOrder) -> list[tuple[str, YearMonth]]:
    """The wished lines as ``check_order`` numbers them: person by person, oldest month first."""
    by_member: dict[str, list[YearMonth]] = {}
    for line in request.lines:
        by_member.setdefault(line.member_id, []).append(line.month)
    return [(member_id, month) for member_id, months in by_member.items() for month in sorted(months)]


def order_as_placed(work: Work, order_id: str) -> m.OrderView:
    """The view that the payer got when he placed the order, whatever has become of it since."""
    order = store.find_order(work.db, order_id=order_id)
    assert order is not None, "a request id is stored with its order"
    placed = dataclasses.replace(order, state=OrderState.CREATED, version=1, settled_at=None)
    return dataclasses.replace(order_view(work, placed), receipt_ids=())


AT_ONCE = AtOnce(place_at_once, again=order_as_placed)


def _planned(work: Work, payer_id: str, request: m.PlaceOrder) -> OrderPlan | Refusal:
    wished = [WishedLine(MemberId(line.member_id), line.month) for line in request.lines]
    profile = profile_in_force(work, work.month)
    payable = payable_members(work, payer_id, {line.member_id for line in wished})
    # Asked only of the ordinary way: what the hot statement takes stays within the limits, and it knows the setting.
    agreed = agreed_to_others(work, payable) if profile.on_behalf_needs_consent else None
    return check_order(
        current_month=work.month,
        payer_id=MemberId(payer_id),
        wished=wished,
        months_by_member=months_of(work, payable, work.month, profile),
        expected_total_fen=request.expected_total_fen,
        profile=profile,
        extra_fen=request.extra_fen,
        excused=excused_months(work, payable),
        agreed=agreed,
    )


def open_ahead(work: Work, lines: Sequence[OrderLine]) -> None:
    """Makes the obligations of months that are paid before they are opened; the opening then leaves them as they are."""
    profiles = read_profiles(work)
    members = read_members(work, {line.member_id for line in lines})
    assessments, reliefs = read_assessments(work, list(members)), read_reliefs(work, members)
    rows = []
    for line in lines:
        standing = standing_of(members[line.member_id])
        known = assessments.get(line.member_id, ())
        owed = obligation_for(line.month, standing, known, profiles.at(line.month))
        if not isinstance(owed, Owed):
            continue
        relieved = relieve(line.month, owed.amount_fen, reliefs.get(line.member_id, ()))
        if relieved.amount_fen is None:
            continue  # an opened month stands already, by the standing of its own time
        day = max(line.month.first_day, standing.joined_on)
        rows.append(
            {
                "member_id": line.member_id,
                "month": line.month.number,
                "county_id": work.caller.county_id,
                "branch_id": owed.branch_id,
                "branch_path": owed.branch_path,
                "member_class": str(standing.class_on(day)),
                "amount_fen": relieved.amount_fen,
                "paid_fen": 0,
                "basis": str(owed.basis),
                "assessment_version": owed.assessment_version,
                "billed_in": owed.billed_in.number,
                "ahead": True,
                "relief_id": relieved.relief_id,
                "full_fen": relieved.full_fen,
            }
        )
    if rows:
        work.db.execute(pg.insert(obligation).values(rows).on_conflict_do_nothing())


def error_of(work: Work, refusal: Refusal, payer_id: str) -> Exception:
    detail = refusal.detail
    match refusal.code:
        case "dues.beneficiary_unknown":
            return NotFound()
        case "dues.total_changed":
            return e.TotalChanged(total_fen=detail["total_fen"])
        case "dues.month_already_paid":
            return e.MonthAlreadyPaid(**detail)
        case "dues.month_reserved":
            return _reserved(work, str(detail["member_id"]), YearMonth.parse(str(detail["month"])), payer_id)
        case _:
            return refused(e.OrderRefused, refusal)


def lost_race(work: Work, lines: Sequence[OrderLine], payer_id: str) -> Exception:
    """Another order was faster with one of the months: which one, so that the payer can leave it out."""
    for line in lines:
        if store.holder_of(work.db, line.member_id, line.month) is not None:
            return _reserved(work, line.member_id, line.month, payer_id)
    return e.TotalChanged()


def _reserved(work: Work, member_id: str, month: YearMonth, payer_id: str) -> Exception:
    """By whom is told to nobody but the holder himself, who is led back to his own order."""
    detail: dict[str, object] = {"member_id": member_id, "month": str(month), "own": False}
    holder = store.holder_of(work.db, member_id, month)
    if holder is not None:
        order_id, held_by, until, channel = holder
        detail["held_until"] = until.isoformat()
        if held_by == payer_id:
            detail |= {"own": True, "order_id": order_id, "channel": channel}
    return e.MonthReserved(**detail)
