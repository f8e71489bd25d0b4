"""What one order may hold: several months for several people in one go (PAY-3, PAY-7, PAY-10).

Owns the check of an order's lines against the open months and the total worked out from them. Does not reserve, pay or
store anything: two orders that both pass here still meet at the database's unique index. States are ``order_state``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.contracts.values import MemberId, OrgId, YearMonth
from services.dues.domain.extra import Extra, extra_to
from services.dues.domain.profile import RuleProfile
from services.dues.domain.refusal import Refusal, refuse

MAX_ORDER_PEOPLE = 50  # a large household, or the members of one branch (REG-3) on a village list
MAX_ORDER_LINES = 200  # four months for each of them; a payment sheet longer than that is read by nobody
MAX_MONTHS_PER_MEMBER = 240
Period = tuple[YearMonth, YearMonth]
"""First and last month, both included."""


class MonthState(StrEnum):
    """How a member's month stands towards paying."""

    UNPAID = "unpaid"  # also underpaid: the amount is what is still missing (PAY-8)
    RESERVED = "reserved"  # a live order holds it
    PAID = "paid"


@dataclass(frozen=True, slots=True)
class MemberMonth:
    """A month that a member owes or may pay ahead. ``amount_fen`` is what is missing; None is not assessed yet.

    Months not owed (suspended, not yet admitted) are simply not listed.
    """

    month: YearMonth
    branch_id: OrgId
    amount_fen: int | None
    state: MonthState = MonthState.UNPAID


@dataclass(frozen=True, slots=True)
class WishedLine:
    """One member-month that a payer wants to pay."""

    member_id: MemberId
    month: YearMonth


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of an order: the month is the beneficiary's and goes to the branch that holds it (PAY-7)."""

    line_no: int
    member_id: MemberId
    month: YearMonth
    branch_id: OrgId
    amount_fen: int
    on_behalf: bool


@dataclass(frozen=True, slots=True)
class OrderPlan:
    """An order that may be placed: lines person by person, oldest month first, and their sum."""

    lines: tuple[OrderLine, ...]
    total_fen: int
    extra: Extra | None = None
    """In the total: what the payer gives beyond the dues (PAY-6)."""


def _check_shape(wished: Sequence[WishedLine]) -> Refusal | None:
    if not wished:
        return refuse("dues.order_empty")
    if len(wished) > MAX_ORDER_LINES:
        return refuse("dues.order_too_many_lines", count=len(wished), limit=MAX_ORDER_LINES)
    people = {line.member_id for line in wished}
    if len(people) > MAX_ORDER_PEOPLE:
        return refuse("dues.order_too_many_people", count=len(people), limit=MAX_ORDER_PEOPLE)
    seen: set[WishedLine] = set()
    for line in wished:
        if line in seen:
            return refuse("dues.line_repeated", member_id=line.member_id, month=str(line.month))
        seen.add(line)
    return None


def _check_month(member_id: MemberId, month: MemberMonth) -> Refusal | None:
    """Whether one month can be paid now, whatever the others."""
    where = {"member_id": member_id, "month": str(month.month)}
    if month.state is MonthState.PAID:
        return refuse("dues.month_already_paid", **where)
    if month.state is MonthState.RESERVED:
        return refuse("dues.month_reserved", **where)
    if month.amount_fen is None:
        return refuse("dues.month_unassessed", **where)
    return None


def _asks_for_money(month: MemberMonth) -> bool:
    """A month of zero fen asks for nothing: it never stands in the way, and never counts as a month unpaid."""
    return month.state is not MonthState.PAID and month.amount_fen != 0


def _check_limits(
    profile: RuleProfile,
    current_month: YearMonth,
    member_id: MemberId,
    last: YearMonth,
    months: Sequence[MemberMonth],
    *,
    excused: Sequence[Period],
) -> Refusal | None:
    """PAY-3. All unpaid months before the current one count, not only the wished ones: else the limit would be passed
    by paying twice in a row. Those that the branch and its superior agreed to do not count."""
    back = sum(
        1
        for each in months
        if each.month < current_month
        and _asks_for_money(each)
        and not any(first <= each.month <= until for first, until in excused)
    )
    if back > profile.back_limit_months:
        limit = profile.back_limit_months
        return refuse("dues.too_many_back_months", member_id=member_id, count=back, limit=limit)
    if current_month.months_until(last) > profile.ahead_limit_months:
        latest = str(current_month.plus(profile.ahead_limit_months))
        return refuse("dues.too_far_ahead", member_id=member_id, month=str(last), latest=latest)
    return None


def _check_run(member_id: MemberId, wished: set[YearMonth], months: Sequence[MemberMonth]) -> Refusal | None:
    """The wished months are a run from the oldest that asks for money, without a gap.

    A month that another order holds, or that nobody assessed, ends the run: the later ones wait for it.
    """
    last = max(wished)
    for each in months:
        if each.month > last:
            break
        if each.month in wished or _asks_for_money(each):
            wrong = _check_month(member_id, each)
            if wrong is not None:
                return wrong
        if each.month not in wished and _asks_for_money(each):
            return refuse("dues.months_not_consecutive", member_id=member_id, missing=str(each.month))
    return None


def _lines_of(
    current_month: YearMonth,
    member_id: MemberId,
    wished: set[YearMonth],
    listed: Sequence[MemberMonth],
    profile: RuleProfile,
    *,
    excused: Sequence[Period],
) -> tuple[MemberMonth, ...] | Refusal:
    """The months that one beneficiary's wishes stand for, oldest first, or why they cannot be paid."""
    if len(listed) > MAX_MONTHS_PER_MEMBER or len({each.month for each in listed}) != len(listed):
        raise ValueError("a member's months are bounded and each is listed once")
    months = sorted(listed, key=lambda each: each.month)
    unknown = wished - {each.month for each in months}
    if unknown:
        far = [month for month in unknown if current_month.months_until(month) > profile.ahead_limit_months]
        code = "dues.too_far_ahead" if far else "dues.month_not_open"
        return refuse(code, member_id=member_id, month=str(min(far or unknown)))
    wrong = _check_limits(profile, current_month, member_id, max(wished), months, excused=excused) or _check_run(
        member_id, wished, months
    )
    if wrong is not None:
        return wrong
    return tuple(each for each in months if each.month in wished)


def plan_lines(
    *,
    current_month: YearMonth,
    payer_id: MemberId | None,
    wished: Sequence[WishedLine],
    months_by_member: Mapping[MemberId, Sequence[MemberMonth]],
    profile: RuleProfile,
    excused: Mapping[MemberId, Sequence[Period]] = MappingProxyType({}),
    agreed: Collection[MemberId] | None = None,
) -> tuple[OrderLine, ...] | Refusal:
    """The lines that these wishes come to, person by person, or why not.

    ``excused`` are periods in which a member may pay back beyond the limit (PAY-3). ``agreed`` are the members whose branch
    agreed to others paying for them; None where the county does not ask for it (PAY-2, PAY-7).
    """
    wrong = _check_shape(wished)
    if wrong is not None:
        return wrong
    wished_by_member: dict[MemberId, set[YearMonth]] = {}
    for line in wished:
        wished_by_member.setdefault(line.member_id, set()).add(line.month)
    lines: list[OrderLine] = []
    for member_id, months in wished_by_member.items():
        listed = months_by_member.get(member_id)
        if listed is None:
            return refuse("dues.beneficiary_unknown", member_id=member_id)
        if agreed is not None and member_id != payer_id and member_id not in agreed:
            return refuse("dues.consent_needed", member_id=member_id)
        chosen = _lines_of(current_month, member_id, months, listed, profile, excused=excused.get(member_id, ()))
        if isinstance(chosen, Refusal):
            return chosen
        for each in chosen:
            assert each.amount_fen is not None, "an unassessed month never gets into an order"
            on_behalf = member_id != payer_id
            lines.append(OrderLine(len(lines) + 1, member_id, each.month, each.branch_id, each.amount_fen, on_behalf))
    return tuple(lines)


def _extra_of(lines: Sequence[OrderLine], payer_id: MemberId | None, extra_fen: int) -> Extra | Refusal | None:
    """The payer's own extra, to the branch that holds the newest of his months in the order."""
    if extra_fen == 0:
        return None
    own = [line for line in lines if line.member_id == payer_id]
    if not own:
        return refuse("dues.extra_without_own_month")
    return extra_to(own[-1].member_id, own[-1].branch_id, extra_fen)


def check_order(
    *,
    current_month: YearMonth,
    payer_id: MemberId | None,
    wished: Sequence[WishedLine],
    months_by_member: Mapping[MemberId, Sequence[MemberMonth]],
    expected_total_fen: int,
    profile: RuleProfile,
    extra_fen: int = 0,
    excused: Mapping[MemberId, Sequence[Period]] = MappingProxyType({}),
    agreed: Collection[MemberId] | None = None,
) -> OrderPlan | Refusal:
    """The order that these wishes come to, or why not.

    ``months_by_member`` holds the members whom this payer may pay for, each with all months that are owed and not paid,
    those that may be paid ahead, and any wished month that is paid already. ``payer_id`` comes from the session and is
    None for a relative who is no member (PAY-7). ``expected_total_fen`` is what the payer was shown (PAY-10), his extra in it.
    ``excused`` and ``agreed`` are those of ``plan_lines``.
    """
    lines = plan_lines(
        current_month=current_month,
        payer_id=payer_id,
        wished=wished,
        months_by_member=months_by_member,
        profile=profile,
        excused=excused,
        agreed=agreed,
    )
    if isinstance(lines, Refusal):
        return lines
    extra = _extra_of(lines, payer_id, extra_fen)
    if isinstance(extra, Refusal):
        return extra
    total_fen = sum(line.amount_fen for line in lines)
    if total_fen == 0:
        return refuse("dues.nothing_to_pay")
    total_fen += extra_fen
    if total_fen != expected_total_fen:
        return refuse("dues.total_changed", expected_fen=expected_total_fen, total_fen=total_fen)
    return OrderPlan(lines, total_fen, extra)
