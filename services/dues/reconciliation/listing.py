"""Days, matched rows and differences by the page. Each list is bounded and ordered by what it is looked at for."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.chassis.clock import Clock
from services.chassis.ids import parse_id
from services.chassis.pages import cut, key_of, whole
from services.chassis.work import Work
from services.contracts.caller import Role
from services.contracts.common import ById
from services.contracts.dues import messages as m
from services.dues.reconciliation import days, views
from services.dues.reconciliation.worklist import require_county
from services.dues.storage.reconciliation import difference, reconciliation

_LOOKERS = (Role.FINANCE, Role.COUNTY_ADMIN)
_NUMBER = re.compile(r"[0-9A-Za-z_\-|*]{0,64}", re.ASCII)
_MICROSECOND = timedelta(microseconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MATCHED = """
SELECT transaction_id, order_no, refund_no, amount_fen, at
FROM (
    SELECT payment.transaction_id, orders.number AS order_no, '' AS refund_no, payment.amount_fen, payment.paid_at AS at
    FROM provider_payment AS payment JOIN orders USING (order_id)
    WHERE payment.paid_at >= :begins AND payment.paid_at < :ends AND payment.stored_at <= :matched_at
      AND NOT EXISTS (SELECT FROM bill_mark AS mark WHERE mark.transaction_id = payment.transaction_id AND mark.refund_no = '')
    UNION ALL
    SELECT mark.transaction_id, orders.number, mark.refund_no, mark.amount_fen, mark.happened_at
    FROM bill_mark AS mark
    LEFT JOIN refund ON refund.number = mark.refund_no AND mark.refund_no <> ''
    LEFT JOIN provider_payment AS payment ON payment.transaction_id = mark.transaction_id
    JOIN orders ON orders.order_id = coalesce(refund.order_id, payment.order_id)
    WHERE mark.county_id = :county AND mark.day = :day
) AS known
WHERE NOT EXISTS (
        SELECT FROM difference WHERE difference.county_id = :county AND difference.day = :day
            AND difference.transaction_id = known.transaction_id AND difference.refund_no = known.refund_no
            AND difference.state <> 'gone')
  {behind}
ORDER BY at, transaction_id, refund_no LIMIT :limit
"""
_FIRST = sa.text(_MATCHED.format(behind=""))
_BEHIND = sa.text(
    _MATCHED.format(
        behind="AND (at, transaction_id, refund_no) > (:at, CAST(:transaction_id AS text), CAST(:refund_no AS text))"
    )
)


def list_reconciliations(work: Work, request: m.ListReconciliations, wall_clock: Clock) -> m.ReconciliationPage:
    """The days, the latest first, with what waits over all of them."""
    require_county(work, *_LOOKERS)
    after = key_of(request.cursor, date.fromisoformat)
    rows = sa.select(reconciliation).where(reconciliation.c.county_id == work.caller.county_id)
    if request.state is not None:
        rows = rows.where(_in_state(work, request.state))
    if after is not None:
        rows = rows.where(reconciliation.c.day < after[0])
    found = work.db.execute(rows.order_by(reconciliation.c.day.desc()).limit(request.limit + 1)).mappings().all()
    page, cursor = cut(found, request.limit, lambda row: (row["day"].isoformat(),))
    behind = days.backlog(work, wall_clock.now())
    return m.ReconciliationPage(
        items=tuple(views.day_views(work, page)),
        next_cursor=cursor,
        open=behind.open_differences,
        oldest_open_at=behind.oldest_open_at,
        missing_days=behind.missing_days,
    )


def _in_state(work: Work, state: m.ReconciliationState) -> sa.ColumnElement[bool]:
    """As ``views`` tells the state of one day."""
    waits = sa.exists().where(
        difference.c.county_id == work.caller.county_id,
        difference.c.day == reconciliation.c.day,
        difference.c.state == "open",
    )
    is_matched = reconciliation.c.matched_at.is_not(None)
    match state:
        case m.ReconciliationState.WAITING:
            return ~is_matched & (reconciliation.c.failure == "")
        case m.ReconciliationState.FAILING:
            return ~is_matched & (reconciliation.c.failure != "")
        case m.ReconciliationState.DIFFERS:
            return is_matched & waits
        case _:
            return is_matched & ~waits


def get_reconciliation(work: Work, request: m.ByDay) -> m.ReconciliationView:
    require_county(work, *_LOOKERS)
    return views.reconciliation_view(work, request.day)


def list_matched(work: Work, request: m.ListMatched) -> m.MatchedPage:
    """What bill and ledger both have of a day, in WeChat's order; nothing before the day was matched."""
    require_county(work, *_LOOKERS)
    county = work.caller.county_id
    matched_at = work.db.scalar(
        sa.select(reconciliation.c.matched_at).where(
            reconciliation.c.county_id == county, reconciliation.c.day == request.day
        )
    )
    if matched_at is None:
        return m.MatchedPage(items=(), next_cursor=None)
    of = days.bill_day(county, request.day)
    values: dict[str, Any] = {"county": county, "day": of.day, "begins": of.begins, "ends": of.ends}
    values |= {"matched_at": matched_at, "limit": request.limit + 1}
    after = key_of(request.cursor, _instant, _number, _number)
    if after is not None:
        values |= {"at": after[0], "transaction_id": after[1], "refund_no": after[2]}
    rows = work.db.execute(_FIRST if after is None else _BEHIND, values).all()
    page, cursor = cut(rows, request.limit, lambda row: (_microseconds(row.at), row.transaction_id, row.refund_no))
    return m.MatchedPage(
        items=tuple(
            m.MatchedRow(
                transaction_id=row.transaction_id,
                order_no=row.order_no,
                refund_no=row.refund_no,
                amount_fen=row.amount_fen,
                at=row.at,
            )
            for row in page
        ),
        next_cursor=cursor,
    )


def list_differences(work: Work, request: m.ListDifferences) -> m.DifferencePage:
    """The differences, those of the latest day first."""
    require_county(work, *_LOOKERS)
    chosen: list[sa.ColumnElement[bool]] = [sa.true()]
    for name in ("day", "list", "kind", "state"):
        wanted = getattr(request, name)
        if wanted is not None:
            chosen.append(difference.c[name] == wanted)
    after = key_of(request.cursor, date.fromisoformat, parse_id)
    if after is not None:
        at = sa.tuple_(difference.c.day, difference.c.difference_id)
        chosen.append(at < sa.tuple_(sa.literal(after[0], sa.Date), sa.cast(after[1], difference.c.difference_id.type)))
    rows = views.differences(work, sa.and_(*chosen))
    ordered = rows.order_by(difference.c.day.desc(), difference.c.difference_id.desc()).limit(request.limit + 1)
    page, cursor = cut(
        work.db.execute(ordered).all(), request.limit, lambda row: (row.day.isoformat(), row.difference_id)
    )
    return m.DifferencePage(items=tuple(views.difference_view(work, row) for row in page), next_cursor=cursor)


def get_difference(work: Work, request: ById) -> m.DifferenceDetail:
    require_county(work, *_LOOKERS)
    return views.difference_detail(work, request.id)


def _instant(part: object) -> datetime:
    """Microseconds as an instant. Raises ValueError, also for one beyond the calendar."""
    try:
        return _BEGINNING + whole(part) * _MICROSECOND
    except OverflowError:
        raise ValueError("beyond the calendar") from None


def _number(part: object) -> str:
    if not isinstance(part, str) or _NUMBER.fullmatch(part) is None:
        raise ValueError("not a number")
    return part


def _microseconds(moment: datetime) -> int:
    return (moment - _BEGINNING) // _MICROSECOND
