"""What was collected, by whom and whence: the collection report, the totals' comparison, and what is printed (BOOK-5, BOOK-6)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.members.messages import MemberClass, OrgKind
from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Code,
    Count,
    Cursor,
    Id,
    Many,
    Money,
    Name,
    PageSize,
    SignedMoney,
    Text,
    Whole,
    message,
)

MAX_REPORT_ROWS = 500
"""Organisations of one page of a report; a workbook takes page after page."""
MAX_GROUPS = 60
"""Classes, or channels for oneself and on behalf: 14 and 6 today."""
MAX_RECEIPTS_OF_MONTH = 12
MAX_NOTICE_NAMES = 1_000
SignedCount = Annotated[int, Whole(-(10**9), 10**9)]
BasisPoints = Annotated[int, Whole(-(10**9), 10**9)]
"""Hundredths of a percent."""
Year = Annotated[int, Whole(1921, 2199)]

# The collection


class CollectionLevel(StrEnum):
    CHILDREN = "children"
    """One row for each organisation right beneath."""
    BRANCHES = "branches"
    """One row for each branch, however deep."""


class Channel(StrEnum):
    WECHAT = "wechat"
    CASH = "cash"
    OTHER = "other"


@message
class GetCollection:
    """The month that is owed and paid. ``on_behalf`` and ``channel`` narrow what came in, a class narrows everything."""

    org_id: Id
    month: YearMonth
    level: CollectionLevel = CollectionLevel.CHILDREN
    member_class: MemberClass | None = None
    on_behalf: bool | None = None
    channel: Channel | None = None
    cursor: Cursor | None = None
    limit: Annotated[int, Whole(1, MAX_REPORT_ROWS)] = 100


@message
class CollectionFigures:
    """``members`` owe for the month; of them some are exempt or not assessed. Rates leave those out."""

    members: Count
    exempt: Count
    unassessed: Count
    paid_members: Count
    owed_fen: Money
    paid_fen: Money
    payments: SignedCount
    """Payments for this month, whenever they came, and their sum."""
    received_fen: SignedMoney
    on_behalf_fen: SignedMoney
    booked_fen: SignedMoney
    """What was booked in this month, for whatever month it was."""
    member_rate: BasisPoints
    money_rate: BasisPoints
    on_behalf_rate: BasisPoints


@message
class CollectionRow:
    org_id: Id
    org_name: Name
    kind: OrgKind
    has_children: bool
    figures: CollectionFigures


@message
class ClassFigures:
    member_class: Code
    """A class of members, or ``none`` for income that pays nobody's month."""
    figures: CollectionFigures


@message
class WayFigures:
    channel: Channel
    on_behalf: bool
    payments: SignedCount
    amount_fen: SignedMoney


@message
class Collection:
    org_id: Id
    org_name: Name
    kind: OrgKind
    parent_id: Id | None
    """Only where the caller may look at it."""
    month: YearMonth
    whole: CollectionFigures
    by_class: Annotated[tuple[ClassFigures, ...], Many(0, MAX_GROUPS)]
    by_way: Annotated[tuple[WayFigures, ...], Many(0, MAX_GROUPS)]
    rows: Annotated[tuple[CollectionRow, ...], Many(0, MAX_REPORT_ROWS)]
    next_cursor: Cursor | None
    waiting: Count
    """Postings of the last seconds that no total holds yet."""


# The totals' comparison with the ledger


class TotalsDifferenceKind(StrEnum):
    COLLECTION = "collection"
    OWED = "owed"


@message
class ListTotalsDifferences:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class TotalsDifference:
    id: Id
    kind: TotalsDifferenceKind
    org_name: Annotated[str, Text(0, 60)]
    month: YearMonth
    member_class: Code
    kept_fen: SignedMoney
    true_fen: SignedMoney
    kept_count: SignedCount
    true_count: SignedCount


@message
class TotalsDifferencePage:
    items: tuple[TotalsDifference, ...]
    next_cursor: Cursor | None
    checked_at: datetime | None
    """The last comparison; None before the first night."""
    differences: Count
    """All that differed, also those that are not listed."""


@message
class TotalsRebuilt:
    corrected: Count
    differences: Count
    """What a comparison right afterwards still finds: nothing, or the ledger itself is to be looked at."""


# Printed: a member's record, a branch's register, the yearly notice


@message
class GetMyDuesRecord:
    year: Year


@message
class GetDuesRecord:
    member_id: Id
    year: Year


@message
class RecordLine:
    """One payment towards one month."""

    month: YearMonth
    amount_fen: Money
    paid_on: date
    receipt_number: Annotated[str, Text(1, 40)]
    collector: Name
    on_behalf: bool


@message
class DuesRecord:
    """党费证 (BOOK-6): date, amount, collector, months."""

    member_id: Id
    member_name: Name
    branch_name: Name
    county_name: Name
    year: Year
    lines: Annotated[tuple[RecordLine, ...], Many(0, 500)]
    total_fen: Money
    simulated: bool


@message
class GetBranchRegister:
    org_id: Id
    year: Year
    cursor: Cursor | None = None
    limit: PageSize = 100


@message
class RegisterMonth:
    month: YearMonth
    owed_fen: Money | None
    paid_fen: Money
    receipt_numbers: Annotated[tuple[Annotated[str, Text(1, 40)], ...], Many(0, MAX_RECEIPTS_OF_MONTH)]


@message
class RegisterRow:
    member_id: Id
    member_name: Name
    months: Annotated[tuple[RegisterMonth, ...], Many(0, 12)]
    paid_fen: Money


@message
class RegisterPage:
    """党费收缴登记簿 (BOOK-6): by member and month, with the receipts' numbers."""

    org_name: Name
    county_name: Name
    year: Year
    rows: tuple[RegisterRow, ...]
    next_cursor: Cursor | None
    simulated: bool


class SpendingClass(StrEnum):
    """The only uses of dues (BOOK-4)."""

    TRAINING = "training"
    EDUCATION_MATERIALS = "education_materials"
    """Papers, materials and equipment for education."""
    COMMENDATION = "commendation"
    MEMBER_AID = "member_aid"
    """For members in hardship or disaster."""
    ROOM_REPAIR = "room_repair"
    """Of damaged education rooms."""


MAX_SPENDING_CLASSES = 5


@message
class SpentOnClass:
    """Booked in a year, less what was reversed in it."""

    spending_class: SpendingClass
    entries: SignedCount
    amount_fen: SignedMoney


@message
class GetYearlyNotice:
    org_id: Id
    year: Year


@message
class NoticeMonth:
    """What was booked in a month, and what of it has been passed up."""

    month: YearMonth
    payments: SignedCount
    received_fen: SignedMoney
    passed_up_fen: Money


@message
class NoticeName:
    name: Name
    paid_fen: Money


@message
class YearlyNotice:
    """党费收缴使用公示 (BOOK-5). Names only where the county's setting allows."""

    org_name: Name
    county_name: Name
    year: Year
    months: Annotated[tuple[NoticeMonth, ...], Many(0, 12)]
    received_fen: SignedMoney
    passed_up_fen: Money
    names_shown: bool
    names: Annotated[tuple[NoticeName, ...], Many(0, MAX_NOTICE_NAMES)]
    names_left_out: Count
    simulated: bool
    spending: Annotated[tuple[SpentOnClass, ...], Many(0, MAX_SPENDING_CLASSES)] = ()
    """What the organisation and those beneath it used, by class; a class without any is left out."""
    spent_fen: SignedMoney = 0
