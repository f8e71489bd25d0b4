"""Bringing a reminder to its member: a notice in his inbox, and a WeChat message where he has bound one (ARR-1).

Decides nothing about dues: whom, of what and whether at all is said by the dues service, which has kept the limits. Here the
quiet hours hold once more, for a message whose sending was put off; the notice in the inbox makes no sound.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from services.chassis.clock import shanghai, utc
from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.dues.messages import ArrearsReminded
from services.contracts.members import REMINDER_CARRIED
from services.contracts.members.messages import DUES_REMINDER, ReminderCarried, WechatOutcome
from services.contracts.values import FEN_PER_YUAN, YearMonth
from services.members.storage import notices, wechat_messages
from services.members.storage.tables import OPENID

SEND_BATCH = 50
QUIET_FROM_HOUR, QUIET_UNTIL_HOUR = 21, 8
"""On the county's wall clock, as dues keeps them."""
TRY_WAITS_S = (30, 300, 1800, 3600)
"""Between two tries: a fault of the network passes within minutes, a full quota by the next hour."""
MAX_FIELD = 20
"""Characters that WeChat takes in a field of the kind ``thing``."""
KIND_WORDS = "方便时缴纳即可，有困难请告诉支部"


def arrears_reminded(work: Work, event: ArrearsReminded) -> None:
    """Puts the notice into the inbox and the message among those to be sent. The months are his own; no base, no other's name."""
    county_id, months = work.caller.county_id, sorted(event.months)
    notices.add(
        work.db,
        {
            "id": new_id(),
            "county_id": county_id,
            "member_id": event.member_id,
            "kind": DUES_REMINDER,
            "months": [month.number for month in months],
            "amount_fen": event.owed_fen,
            "told_at": work.now,
        },
    )
    wechat_messages.add(
        work.db,
        {
            "id": event.reminder_id,
            "county_id": county_id,
            "member_id": event.member_id,
            "first_month": months[0].number,
            "last_month": months[-1].number,
            "months": event.owed_months,
            "amount_fen": event.owed_fen,
            "next_try_at": work.now,
            "send_until": _end_of_day(work.now),
            "told_at": work.now,
        },
    )


def _end_of_day(now: datetime) -> datetime:
    """Nine in the evening of the same day."""
    return utc(shanghai(now).replace(hour=QUIET_FROM_HOUR, minute=0, second=0, microsecond=0))


@dataclasses.dataclass(frozen=True, slots=True)
class DueMessage:
    message_id: str
    openid: str = dataclasses.field(repr=False)
    first_month: YearMonth
    last_month: YearMonth
    months: int
    amount_fen: int


@dataclasses.dataclass(frozen=True, slots=True)
class Ended:
    message_id: str
    outcome: WechatOutcome


def take_due(work: Work, is_set_up: bool) -> list[DueMessage]:
    """Messages to be sent now; their next try is put off first. Those that reach nobody, or whose day is over, end here."""
    taken = []
    for row in wechat_messages.due(work.db, work.caller.county_id, work.now, SEND_BATCH):
        over = _why_not(row, work.now, is_set_up=is_set_up)
        if over is not None:
            end_message(work, Ended(row.id, over))
            continue
        wait = timedelta(seconds=TRY_WAITS_S[min(row.tries, len(TRY_WAITS_S) - 1)])
        wechat_messages.put_off(work.db, row.id, work.now + wait)
        openid = work.keys.open(OPENID, row.account_id, bytes(row.wechat_openid_sealed))
        first, last = YearMonth.from_number(row.first_month), YearMonth.from_number(row.last_month)
        taken.append(DueMessage(row.id, openid, first, last, row.months, row.amount_fen))
    return taken


def _why_not(row: Any, now: datetime, *, is_set_up: bool) -> WechatOutcome | None:
    if not is_set_up:
        return WechatOutcome.NOT_SET_UP
    if row.wechat_openid_sealed is None:
        return WechatOutcome.NOT_BOUND
    is_quiet = not QUIET_UNTIL_HOUR <= shanghai(now).hour < QUIET_FROM_HOUR
    return WechatOutcome.FAILED if is_quiet or now >= row.send_until else None


def end_message(work: Work, ended: Ended) -> None:
    """Says once what became of a message, and tells whoever asked for it."""
    if wechat_messages.end(work.db, ended.message_id, ended.outcome.value, work.now):
        carried = ReminderCarried(reminder_id=ended.message_id, wechat=ended.outcome)
        work.tell(REMINDER_CARRIED, carried, subject=ended.message_id)


def fields_of(due: DueMessage) -> tuple[str, str, str]:
    """What the template's three fields say: months, amount, a kind word."""
    return months_words(due), yuan(due.amount_fen), KIND_WORDS


def months_words(due: DueMessage) -> str:
    """``2026年3月至8月党费``, within the template's bound; months between which some are paid are counted."""
    first, last = due.first_month, due.last_month
    begin = f"{first.year}年{first.month}月"
    if first == last:
        return f"{begin}党费"
    if first.months_until(last) + 1 != due.months:
        return f"{begin}起{due.months}个月党费"
    end = f"{last.month}月" if first.year == last.year else f"{last.year}年{last.month}月"
    return f"{begin}至{end}党费"[:MAX_FIELD]


def yuan(amount_fen: int) -> str:
    """``12.00元`` of 1200 fen."""
    whole, fen = divmod(amount_fen, FEN_PER_YUAN)
    return f"{whole}.{fen:02d}元"
