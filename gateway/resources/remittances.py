"""Passing dues up: slips made below and confirmed above, and their paper (BOOK-2, BOOK-6)."""

from __future__ import annotations

from gateway.documents.dues_sheets import remittance_sheet
from gateway.forward import Resource, asks, sends
from gateway.http import Request, Response
from gateway.operation import PDF, operation
from gateway.resources.papers import paper, send_pdf
from services.contracts.common import ById
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import RemittanceSlip
from services.contracts.wire import load

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


class RemittanceSlipFile(Resource):
    @operation(
        paper("get_remittance_slip_file", "A slip as a PDF, to be signed", dues.GET_REMITTANCE_SLIP, PDF, tag=_TAG)
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        slip: RemittanceSlip = self.look(req, dues.GET_REMITTANCE_SLIP, load(ById, {"id": id}))
        send_pdf(self, req, resp, remittance_sheet(slip), f"dues-remittance-{slip.slip.month}")
