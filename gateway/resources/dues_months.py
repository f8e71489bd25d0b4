"""Reporting and settling a month, the delayed list (BOOK-1)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: months"
_ORG_MONTH = {"id": "org_id", "month": "month"}


class MonthReport(Resource):
    on_get = asks(dues.GET_MONTH_STANDING, "How far an organisation has come with a month", path=_ORG_MONTH, tag=_TAG)
    on_post = sends(
        dues.REPORT_MONTH,
        "Report the month: each has paid or is on the delayed list, each organisation beneath has reported (BOOK-1)",
        path=_ORG_MONTH,
        tag=_TAG,
        status=201,
    )


class MonthReportReturns(Resource):
    on_post = sends(
        dues.RETURN_MONTH_REPORT,
        "Send a report back with a reason, until the month is settled",
        path=_ORG_MONTH,
        tag=_TAG,
    )


class MonthStandings(Resource):
    on_get = asks(
        dues.LIST_MONTH_STANDINGS,
        "Those who report to an organisation, and how far they are",
        path=_ORG_MONTH,
        tag=_TAG,
    )


class MonthBlocks(Resource):
    on_get = asks(
        dues.LIST_MONTH_BLOCKS, "Who has neither paid nor is on the delayed list, by name", path=_ORG_MONTH, tag=_TAG
    )


class MonthDelays(Resource):
    on_get = asks(dues.LIST_DELAYS, "The delayed list of a month", path=_ORG_MONTH, tag=_TAG)


class MonthSettlements(Resource):
    on_post = sends(
        dues.SETTLE_MONTH, "Settle the county's month: it never changes again", path={"month": "month"}, tag=_TAG
    )


class MemberDelays(Resource):
    on_post = sends(
        dues.DELAY_MONTH,
        "Put a member's month on the delayed list, with a reason",
        path={"id": "member_id", "month": "month"},
        tag=_TAG,
        status=201,
    )


class DelayEnds(Resource):
    on_post = sends(dues.END_DELAY, "Take a month off the delayed list", path={"id": "id"}, tag=_TAG)
