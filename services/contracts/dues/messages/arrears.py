"""Arrears: the ladder, proper reasons, reminders, the file for the branch meeting (ARR-1 to ARR-4)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.members.messages import OrgKind, WechatOutcome
from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Count,
    Cursor,
    Id,
    Many,
    Money,
    Name,
    PageSize,
    Text,
    message,
)

MAX_TOLD_MONTHS = 60
"""Months that a reminder or a file names; what is older is in the sum."""
MAX_REASONS, MAX_REMINDERS = 50, 50
"""Of one member, the newest first."""
MAX_BENEATH = 1_000
"""Organisations directly beneath one: a county of 1,500 branches has some 40."""
MAX_REMINDED = 500
"""Members who are reminded at once: a branch holds about fifty (REG-3)."""
MAX_IN_FILE = 500


class ArrearsStep(StrEnum):
    """ARR-1. ``none``: on no step of the ladder."""

    NONE = "none"
    ARREARS = "arrears"
    EDUCATION_AND_DEADLINE = "education_and_deadline"
    REVIEW_SELF_WITHDRAWAL = "review_self_withdrawal"


@message
class StepCounts:
    """Members on each step, and what all of them owe together."""

    arrears: Count
    education_and_deadline: Count
    review_self_withdrawal: Count
    owed_fen: Money


# The ladder


@message
class GetArrearsSummary:
    org_id: Id


@message
class OrgArrears:
    org_id: Id
    name: Name
    kind: OrgKind
    counts: StepCounts


@message
class ArrearsSummary:
    """An organisation and those directly beneath it, the most serious first."""

    org_id: Id
    name: Name
    kind: OrgKind
    counts: StepCounts
    beneath: Annotated[tuple[OrgArrears, ...], Many(0, MAX_BENEATH)]
    """Only those with somebody on the ladder."""
    month: YearMonth
    """The running month, which is not late yet; the figures are of the months before it."""
    as_of: datetime
    """All that was paid, assessed or moved up to then is in the figures; usually a second ago."""


@message
class ListArrears:
    """Those on the ladder beneath an organisation, the longest run first; ``step`` narrows."""

    org_id: Id
    step: ArrearsStep | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


class NotReminded(StrEnum):
    """Why somebody is not reminded now."""

    NOTHING_OWED = "nothing_owed"
    HAS_REASON = "has_reason"
    REMINDED_THIS_WEEK = "reminded_this_week"
    REMINDED_OFTEN = "reminded_often"


@message
class ArrearsMember:
    """One rung. No base, no class: months and what is owed for them."""

    member_id: Id
    name: Name
    branch_name: Annotated[str, Text(0, 60)]
    step: ArrearsStep
    unpaid_run: Count
    since: YearMonth | None
    owed_months: Count
    owed_fen: Money
    excused_until: date | None
    """The last day of the proper reason that holds now (ARR-3)."""
    last_reminded_on: date | None
    reminders: Count
    """Within the last ninety days, those that wait for the morning included."""
    not_reminded: NotReminded | None
    """Why he cannot be reminded now; None when he can."""
    again_on: date | None


@message
class ArrearsPage:
    items: tuple[ArrearsMember, ...]
    next_cursor: Cursor | None
    month: YearMonth
    as_of: datetime


# One member


@message
class GetMemberArrears:
    member_id: Id


ReasonWords = Annotated[str, Text(2, 200)]


@message
class ArrearsReason:
    id: Id
    member_id: Id
    first_day: date
    last_day: date
    words: ReasonWords
    recorded_by: Annotated[str, Text(0, 60)]
    """The office, not the person who holds it."""
    recorded_at: datetime
    removed_at: datetime | None


class ReminderState(StrEnum):
    WAITING = "waiting"
    """For eight in the morning, or for the next second."""
    TOLD = "told"
    DROPPED = "dropped"
    """He paid, or a reason was recorded, before he was told."""


@message
class ArrearsReminderView:
    id: Id
    day: date
    state: ReminderState
    told_at: datetime | None
    owed_months: Count | None
    owed_fen: Money | None
    wechat: WechatOutcome | None
    """None while it is not known."""
    asked_by: Annotated[str, Text(0, 60)]


@message
class MemberArrears:
    member_id: Id
    name: Name
    branch_name: Annotated[str, Text(0, 60)]
    step: ArrearsStep
    unpaid_run: Count
    since: YearMonth | None
    owed_months: Count
    owed_fen: Money
    reasons: Annotated[tuple[ArrearsReason, ...], Many(0, MAX_REASONS)]
    reminders: Annotated[tuple[ArrearsReminderView, ...], Many(0, MAX_REMINDERS)]


@message
class RecordArrearsReason:
    """ARR-3: why a member has proper cause not to have paid, and for which days."""

    member_id: Id
    first_day: date
    last_day: date
    words: ReasonWords


# Reminders


@message
class RemindArrears:
    """``member_ids``: these alone; left out or empty: everybody on the branch's ladder."""

    org_id: Id
    member_ids: Annotated[tuple[Id, ...], Many(0, MAX_REMINDED)] = ()


@message
class RemindedMember:
    member_id: Id
    name: Name


@message
class MemberNotReminded:
    member_id: Id
    name: Name
    why: NotReminded
    again_on: date | None


@message
class RemindResult:
    """Who is told and when, who is not and why. Told in the morning when it is asked for at night."""

    reminded: Annotated[tuple[RemindedMember, ...], Many(0, MAX_REMINDED)]
    told_at: datetime
    not_reminded: Annotated[tuple[MemberNotReminded, ...], Many(0, MAX_REMINDED)]


# The file for the branch meeting


@message
class GetArrearsFile:
    org_id: Id


@message
class FileMonth:
    month: YearMonth
    owed_fen: Money


@message
class FileReason:
    first_day: date
    last_day: date
    words: ReasonWords


@message
class FileMember:
    member_id: Id
    name: Name
    step: ArrearsStep
    unpaid_run: Count
    since: YearMonth | None
    owed_fen: Money
    owed_months: Count
    months: Annotated[tuple[FileMonth, ...], Many(0, MAX_TOLD_MONTHS)]
    reasons: Annotated[tuple[FileReason, ...], Many(0, MAX_REASONS)]
    reminded_on: Annotated[tuple[date, ...], Many(0, MAX_REMINDERS)]


@message
class ArrearsFile:
    """What a branch meeting needs to look at its members in arrears. It decides nothing (ARR-2)."""

    org_id: Id
    branch_name: Name
    above_name: Annotated[str, Text(0, 60)]
    month: YearMonth
    made_at: datetime
    members: Annotated[tuple[FileMember, ...], Many(0, MAX_IN_FILE)]
    left_out: Count
    """On the two steps as well, but beyond the bound of one file."""


# Events


@message
class ArrearsReminded:
    """A member is to be told what he owes: his own months and amount, to him alone."""

    reminder_id: Id
    member_id: Id
    months: Annotated[tuple[YearMonth, ...], Many(1, MAX_TOLD_MONTHS)]
    owed_months: Count
    owed_fen: Money
