"""Reconciliation (BOOK-8): the days and their bills, what differs, and what finance makes of it.

The gateway carries a bill's bytes, counted and bounded, and looks at none of them: what a bill is worth the dues service decides.
"""

from __future__ import annotations

from typing import Any

from gateway.collaborators import Collaborators
from gateway.forward import Resource, asks, sends
from gateway.http import Request, Response, write_json
from gateway.operation import Limit, Operation, Parameter, RawBody, operation
from gateway.uploads import Uploads
from services.chassis.limits import MAX_BILL_UPLOAD_BYTES
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import BillView, UploadBill
from services.contracts.errors import InvalidMessage
from services.contracts.wire import json_schema, load

_TAG = "dues: reconciliation"
_DAY = json_schema(UploadBill)["properties"]["day"]
BILL = "application/octet-stream"
"""WeChat's file as it is, packed with gzip or not: browsers call it by several names."""
MAX_FILE_NAME = 120


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


class DayBills(Resource):
    def __init__(self, with_: Collaborators) -> None:
        super().__init__(with_)
        self._uploads = Uploads(with_.blobs)

    @operation(
        Operation(
            name="upload_bill",
            summary="Bring the bill of a day as a file; it is matched like one that was fetched",
            tag=_TAG,
            calls=(dues.UPLOAD_BILL,),
            parameters=(
                Parameter("day", "query", _DAY, True, "Whose bill it is."),
                Parameter("name", "query", {"type": "string", "maxLength": MAX_FILE_NAME}, False, "The file's name."),
            ),
            body=RawBody(BILL, MAX_BILL_UPLOAD_BYTES),
            answer=BillView,
            status=202,
            limit=Limit.FILE,
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        _upload(req, key="0", sha256="0" * 64, size_bytes=0)  # what is wrong is told before the file travels
        with self._uploads.stored(req, BILL, MAX_BILL_UPLOAD_BYTES) as file:
            message = _upload(req, key=file.key, sha256=file.sha256, size_bytes=file.size_bytes)
            answer = self.ask(req, resp, dues.UPLOAD_BILL, message)
        resp.status = 202
        write_json(resp, answer.data)


def _upload(req: Request, **file: Any) -> UploadBill:
    query = dict(req.params)
    name = query.pop("name", "")
    unknown = set(query) - {"day"}
    if unknown:
        raise InvalidMessage(fields={name[:64]: "Unknown parameter." for name in list(unknown)[:10]})
    return load(UploadBill, query | {"file": {**file, "media_type": BILL, "name": name}})


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
