"""Notices of payment: accepted when stored, settled in batches, so that a peak becomes a queue and not an outage.

What comes here is proven to be the provider's. A batch that can't be settled is tried payment by payment, so that one that breaks
keeps nobody else waiting; it comes again after a wait, and the query job asks after its order meanwhile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import sqlalchemy as sa

from services.chassis import failpoints
from services.chassis.at_once import CLAIM_PARAMETERS, Hand
from services.chassis.core import Desk
from services.chassis.database import Statement
from services.chassis.logging import get_logger
from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.dues.orders.settling import MAX_TOLD, PaymentTold, settle_all
from services.dues.providers.payments import Difference, DifferenceKind, PaymentState, PaymentStatus
from services.dues.storage.tables import payment_notice

_log = get_logger(__name__)
MAX_BATCHES = 100
"""Of one run of the job: then the process looks at what else it has to do."""
TRY_WAITS_S = (1, 5, 30, 120, 600)
"""Before a notice that could not be settled is tried again; the last one for ever after, and each try is logged."""
_STORED = m.NoticeResult(outcome=m.NoticeOutcome.STORED)
_KEEP = Statement(
    "keep_notice",
    CLAIM_PARAMETERS
    | {"order_no": "text", "transaction": "text", "amount": "bigint", "paid_at": "timestamptz", "differences": "jsonb"},
    """
    WITH claimed AS (
        INSERT INTO request (request_id, caller, method, content_hash, reply_sealed, at)
        VALUES (:request_id, :caller, :method, :content_hash, :reply_sealed, :at)
        ON CONFLICT DO NOTHING RETURNING request_id, at
    )
    INSERT INTO payment_notice (notice_id, order_no, transaction_id, amount_fen, paid_at, differences, stored_at, next_try_at)
    SELECT request_id, :order_no, :transaction, :amount, :paid_at, :differences, at, at FROM claimed
    RETURNING notice_id
    """,
)


def keep_at_once(hand: Hand, payment: PaymentState) -> m.NoticeResult | None:
    """Stores the notice in one statement; None leaves it to ``keep``: it says of no payment, or its request id is known."""
    if not payment.was_paid:
        return None
    differences = orjson.dumps(_differences(payment)).decode()
    told = (payment.order_no, payment.transaction_id, payment.amount_fen, payment.succeeded_at, differences)
    return _STORED if hand.run(_KEEP, (*hand.claim(reply=_STORED), *told)) else None


def keep(work: Work, payment: PaymentState) -> m.NoticeResult:
    """Stores the notice under the request id that brought it; one that tells of no payment changes nothing."""
    if not payment.was_paid:
        return m.NoticeResult(outcome=m.NoticeOutcome.IGNORED)
    work.db.execute(
        sa.insert(payment_notice).values(
            notice_id=work.request_id,
            order_no=payment.order_no,
            transaction_id=payment.transaction_id,
            amount_fen=payment.amount_fen,
            paid_at=payment.succeeded_at,
            differences=_differences(payment),
            stored_at=work.now,
            next_try_at=work.now,
        )
    )
    return _STORED


def _differences(payment: PaymentState) -> list[list[str]]:
    return [[str(each.kind), each.expected, each.found] for each in payment.differences]


def settle_notices(desk: Desk) -> int:
    """The job: settles what waits, batch by batch; how many notices got their outcome."""
    settled = 0
    for _ in range(MAX_BATCHES):
        taken = _settle_some(desk)
        settled += taken
        if taken < MAX_TOLD:
            break
    return settled


def _settle_some(desk: Desk) -> int:
    try:
        settled = desk.run(_settle_waiting, MAX_TOLD)
    except Exception:  # noqa: BLE001 (whatever it is, it is the fault of one of them)
        _log.exception("notices_not_settled_together")
    else:
        failpoints.reach("notices.settled")
        return settled
    settled = 0
    for notice_id in desk.read(_waiting, MAX_TOLD):
        try:
            settled += desk.run(_settle_one, notice_id)
        except Exception:  # noqa: BLE001 (the others must not wait for this one)
            _log.exception("notice_not_settled", notice_id=notice_id)
            desk.run(_put_off, notice_id)
    return settled


def _due(work: Work) -> sa.ColumnElement[bool]:
    return sa.and_(payment_notice.c.outcome.is_(None), payment_notice.c.next_try_at <= work.now)


def _settle_waiting(work: Work, at_most: int) -> int:
    oldest = (
        sa.select(payment_notice).where(_due(work)).order_by(payment_notice.c.next_try_at, payment_notice.c.notice_id)
    )
    rows = work.db.execute(oldest.limit(at_most).with_for_update(skip_locked=True)).all()
    if rows:
        settle_all(work, [_told(row) for row in rows])
    return len(rows)


def _waiting(work: Work, at_most: int) -> list[str]:
    return list(work.db.scalars(sa.select(payment_notice.c.notice_id).where(_due(work)).limit(at_most)))


def _settle_one(work: Work, notice_id: str) -> int:
    chosen = sa.select(payment_notice).where(payment_notice.c.notice_id == notice_id, _due(work))
    row = work.db.execute(chosen.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return 0
    settle_all(work, [_told(row)])
    return 1


def _put_off(work: Work, notice_id: str) -> None:
    chosen = sa.select(payment_notice.c.tries).where(payment_notice.c.notice_id == notice_id, _due(work))
    tries = work.db.scalar(chosen.with_for_update())
    if tries is None:
        return
    wait = timedelta(seconds=TRY_WAITS_S[min(tries, len(TRY_WAITS_S) - 1)])
    changed = sa.update(payment_notice).where(payment_notice.c.notice_id == notice_id)
    work.db.execute(changed.values(tries=tries + 1, next_try_at=work.now + wait))


def _told(row: Any) -> PaymentTold:
    payment = PaymentState(
        order_no=row.order_no,
        status=PaymentStatus.SUCCEEDED,
        transaction_id=row.transaction_id,
        amount_fen=row.amount_fen,
        payer_openid=None,
        succeeded_at=row.paid_at,
        differences=tuple(Difference(DifferenceKind(kind), *said) for kind, *said in row.differences),
    )
    return PaymentTold(payment, "notice", row.notice_id)
