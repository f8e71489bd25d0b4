"""Passing dues up: slips made below and confirmed above (BOOK-2)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: remittance"


class OrganisationRemittances(Resource):
    on_get = asks(dues.LIST_REMITTANCES, "Slips of an organisation and all beneath it", path={"id": "org_id"}, tag=_TAG)
    on_post = sends(
        dues.MAKE_REMITTANCE,
        "Make the slip over all that a month brought",
        path={"id": "org_id"},
        tag=_TAG,
        status=201,
    )


class RemittanceFigures(Resource):
    on_get = asks(
        dues.GET_REMITTANCE_FIGURES,
        "A year taken in and passed up, and the shares above",
        path={"id": "org_id"},
        tag=_TAG,
    )


class RemittanceArrivals(Resource):
    on_post = sends(
        dues.CONFIRM_REMITTANCE,
        "Confirm that a slip's money has arrived: another person, one level higher",
        path={"id": "id"},
        tag=_TAG,
    )
