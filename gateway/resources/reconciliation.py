"""Reconciliation (BOOK-8): the days and their bills, what differs, and what finance makes of it.

The gateway carries a bill's bytes and looks at none of them: what a bill is worth the dues service decides.
"""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from gateway.uploads import FileResource, takes_file
from services.chassis.limits import MAX_BILL_UPLOAD_BYTES
from services.contracts.dues import methods as dues

_TAG = "dues: reconciliation"
BILL = "application/octet-stream"
"""WeChat's file as it is, packed with gzip or not: browsers call it by several names."""


class Reconciliations(Resource):
    on_get = asks(dues.LIST_RECONCILIATIONS, "The days, how each stands, and what waits over all", tag=_TAG)


class Reconciliation(Resource):
    on_get = asks(dues.GET_RECONCILIATION, "One day with its bills", path={"day": "day"}, tag=_TAG)


class ReconciliationMatches(Resource):
    on_get = asks(dues.LIST_MATCHED, "What bill and ledger both have of a day", path={"day": "day"}, tag=_TAG)


class ReconciliationRequests(Resource):
    on_post = sends(
        dues.REQUEST_BILL, "Ask WeChat for the bill of a day now", path={"day": "day"}, tag=_TAG, status=202
    )


class DayBills(FileResource):
    on_post = takes_file(
        dues.UPLOAD_BILL,
        "Bring the bill of a day as a file; it is matched like one that was fetched",
        field="day",
        media_type=BILL,
        max_bytes=MAX_BILL_UPLOAD_BYTES,
        tag=_TAG,
    )


class Differences(Resource):
    on_get = asks(dues.LIST_DIFFERENCES, "What differs between bills and ledger", tag=_TAG)


class Difference(Resource):
    on_get = asks(dues.GET_DIFFERENCE, "One difference and what was done about it", path={"id": "id"}, tag=_TAG)


class DifferenceResolutions(Resource):
    on_post = sends(dues.RESOLVE_DIFFERENCE, "Resolve a difference with a reason", path={"id": "id"}, tag=_TAG)


class DifferenceReopenings(Resource):
    on_post = sends(dues.REOPEN_DIFFERENCE, "Take up a resolved difference again", path={"id": "id"}, tag=_TAG)


class DifferenceSettlements(Resource):
    on_post = sends(
        dues.SETTLE_DIFFERENCE,
        "Ask WeChat after the payment and settle what it confirms (PAY-9)",
        path={"id": "id"},
        tag=_TAG,
    )
