"""Passing the dues up: slips from branch to committee to county, and the shares above (BOOK-2)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from services.contracts.dues.messages.reports import SignedCount, Year
from services.contracts.values import YearMonth
from services.contracts.wire import (
    DEFAULT_PAGE,
    Count,
    Cursor,
    Id,
    Money,
    Name,
    PageSize,
    SignedMoney,
    Text,
    Whole,
    message,
)


class RemittanceState(StrEnum):
    MADE = "made"
    ARRIVED = "arrived"


@message
class MakeRemittance:
    """The whole of what the organisation took in during a month that has ended, but for what it spent (BOOK-4)."""

    org_id: Id
    month: YearMonth


@message
class RemittanceView:
    id: Id
    number: Annotated[str, Text(1, 60)]
    from_id: Id
    from_name: Name
    to_name: Name
    month: YearMonth
    amount_fen: Money
    online_fen: Money
    """Of it in the county's merchant account already: the slip moves it in the books alone."""
    cash_fen: Money
    state: RemittanceState
    made_at: datetime
    arrived_at: datetime | None
    made_by_me: bool


@message
class ListRemittances:
    """Slips of an organisation and all beneath it, newest first. ``waiting`` alone: those whose money has not been confirmed."""

    org_id: Id
    month: YearMonth | None = None
    waiting: bool | None = None
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class RemittancePage:
    items: tuple[RemittanceView, ...]
    next_cursor: Cursor | None


@message
class GetRemittanceFigures:
    org_id: Id
    year: Year


@message
class RemittanceFigures:
    """Of an organisation and a year. The shares above the county are figures of the rule profile, not payments."""

    year: Year
    income_fen: SignedMoney
    """Booked by the branches in the year."""
    passed_up_fen: Money
    """By the organisation itself, arrived one level higher."""
    received_fen: Money
    """From the level beneath."""
    waiting: Count
    paid_for_year_fen: SignedMoney
    payments: SignedCount
    county_share: Annotated[int, Whole(0, 10_000)] | None
    """Basis points that the county passes up; None: not set."""
    city_to_province_share: Annotated[int, Whole(0, 10_000)]
    province_to_centre_share: Annotated[int, Whole(0, 10_000)]
    city_to_province_fen: SignedMoney
    province_to_centre_fen: SignedMoney
