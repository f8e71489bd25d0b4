"""Spending of dues in the classes of BOOK-4: recorded by one person, answered by another."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: spending"


class OrganisationSpending(Resource):
    on_get = asks(dues.LIST_SPENDING, "Entries of an organisation and all beneath it", path={"id": "org_id"}, tag=_TAG)
    on_post = sends(
        dues.RECORD_SPENDING,
        "Record what was spent, for another person to answer; never more than the organisation holds",
        path={"id": "org_id"},
        tag=_TAG,
        status=201,
    )


class SpendingSummary(Resource):
    on_get = asks(
        dues.GET_SPENDING_SUMMARY,
        "A year's spending by class, and what is available",
        path={"id": "org_id"},
        tag=_TAG,
    )


class SpendingApprovals(Resource):
    on_post = sends(
        dues.APPROVE_SPENDING, "Approve what another person recorded: it is booked", path={"id": "id"}, tag=_TAG
    )


class SpendingRefusals(Resource):
    on_post = sends(
        dues.REFUSE_SPENDING, "Refuse what another person recorded, with a reason", path={"id": "id"}, tag=_TAG
    )


class SpendingReversals(Resource):
    on_post = sends(
        dues.REVERSE_SPENDING,
        "Reverse an approved entry, with a reason; its money is available again",
        path={"id": "id"},
        tag=_TAG,
    )
