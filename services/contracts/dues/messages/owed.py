"""What is owed: months, bills, and the people one may pay for (PAY-7)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.amounts import Calculation, MonthItemState
from services.contracts.members.messages import MemberClass
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

# Months


@message
class OpenMonth:
    month: YearMonth


class MonthState(StrEnum):
    """BOOK-1."""

    DRAFT = "draft"
    OPEN = "open"
    BRANCH_REPORTED = "branch_reported"
    COMMITTEE_REPORTED = "committee_reported"
    SETTLED = "settled"


@message
class MonthView:
    month: YearMonth
    state: MonthState
    opened_at: datetime | None
    obligations: Count
    unassessed: Count
    owed_fen: Money
    paid_fen: Money


@message
class Months:
    items: tuple[MonthView, ...]


# What is owed


@message
class OwedMonth:
    month: YearMonth
    state: MonthItemState
    amount_fen: Money | None
    paid_fen: Money
    held_until: datetime | None = None
    """While reserved: until when somebody's unfinished order holds it."""
    receipt_id: Id | None = None
    """Only towards the member himself and towards the one who paid."""


@message
class MyDues:
    """What the caller owes, newest month last; ``ahead`` are the months he may pay in advance."""

    owed_fen: Money
    owed_months: Count
    months: Annotated[tuple[OwedMonth, ...], Many(0, 60)]
    ahead: Annotated[tuple[OwedMonth, ...], Many(0, 12)]
    branch_name: Name | None
    open_order_id: Id | None
    """An unfinished order of the caller, if there is one."""


@message
class GetBill:
    month: YearMonth
    member_id: Id | None = None
    """Left out: the caller's own. Another's only for his administrators."""


@message
class Bill:
    """The month that explains itself."""

    member_id: Id
    month: YearMonth
    state: MonthItemState
    amount_fen: Money | None
    paid_fen: Money
    member_class: MemberClass
    branch_name: Name
    calculation: Calculation | None
    """None while unassessed or exempt."""
    exempt_reason: Annotated[str, Text(0, 64)] = ""
    assessment_version: Count | None = None
    set_by: Annotated[str, Text(0, 140)] = ""
    set_at: datetime | None = None


# Paying for others (PAY-7)


class BeneficiaryGroup(StrEnum):
    HOUSEHOLD = "household"
    VILLAGE = "village"
    FAVOURITES = "favourites"


@message
class ListBeneficiaries:
    group: BeneficiaryGroup
    query: Annotated[str, Text(0, 30)] = ""
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class Beneficiary:
    """Somebody the caller may pay for: amounts and months, never a base."""

    member_id: Id
    name: Name
    """In full for household and village, shortened for the others."""
    branch_name: Name
    favourite: bool
    owed_fen: Money
    months: Annotated[tuple[OwedMonth, ...], Many(0, 60)]
    ahead: Annotated[tuple[OwedMonth, ...], Many(0, 12)]


@message
class BeneficiaryPage:
    items: tuple[Beneficiary, ...]
    next_cursor: Cursor | None


@message
class AddBeneficiaries:
    """From the gateway, after the members service found these by full name and phone tail."""

    member_ids: Annotated[tuple[Id, ...], Many(0, 5)]


@message
class Beneficiaries:
    items: Annotated[tuple[Beneficiary, ...], Many(0, 5)]


@message
class SetFavourite:
    member_id: Id
    favourite: bool
