"""What a county decides itself: the shares of the dues passed up, and whether the yearly notice names people (BOOK-2, BOOK-5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from services.contracts.values import YearMonth
from services.contracts.wire import Count, Many, Text, Whole, message

MAX_RULE_VERSIONS = 200
"""Of a county's rule profile."""
Share = Annotated[int, Whole(0, 10_000)]
"""Basis points of what was paid for a year."""


@message
class CountyRule:
    """What holds from a month on, until the next one begins."""

    from_month: YearMonth
    county_share: Share | None
    """None: the county has set no share of its own."""
    city_to_province_share: Share
    province_to_centre_share: Share
    publish_names: bool
    """Whether the yearly notice says who paid how much; else sums alone."""
    in_force: bool
    """Whether the running month stands under it."""
    set_by_name: Annotated[str, Text(0, 60)]
    set_at: datetime | None


@message
class CountyRules:
    items: Annotated[tuple[CountyRule, ...], Many(1, MAX_RULE_VERSIONS + 1)]
    """The newest first."""
    version: Count
    """Of the rule profile, for the next change."""


@message
class SetCountyRules:
    """Holds from a month on that has not passed; what rules of later months were set already stays."""

    from_month: YearMonth
    county_share: Share | None
    city_to_province_share: Share
    province_to_centre_share: Share
    publish_names: bool
    version: Count
    """As it was read: who decides on what has changed meanwhile is told so."""
