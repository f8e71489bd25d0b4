"""Receipts: as data, as a PDF, and the public check that one is genuine."""

from __future__ import annotations

import hashlib

import orjson

from gateway.documents.receipts import TEMPLATE_VERSION
from gateway.forward import Resource, asks
from gateway.http import ETAG_DIGITS, Request, Response, answer_unless_known, time_left
from gateway.operation import PDF, File, Limit, Operation, Parameter, operation
from gateway.problems import DocumentUnavailable
from services.contracts.common import ById
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import ReceiptView
from services.contracts.wire import json_schema, load

_TAG = "receipts"
_BY_ID = json_schema(ById)["properties"]["id"]
KEPT_PRIVATELY = "private, max-age=86400, immutable"
"""A receipt's bytes do not change; a day, so that a void one shows its mark at the latest tomorrow."""
VOID_NOT_KEPT = "private, no-cache"


class Receipts(Resource):
    on_get = asks(dues.LIST_RECEIPTS, "Receipts for me and by me, the newest first", tag=_TAG)


class Receipt(Resource):
    on_get = asks(dues.GET_RECEIPT, "One receipt", path={"id": "id"}, tag=_TAG)


class ReceiptFile(Resource):
    @operation(
        Operation(
            name="get_receipt_file",
            summary="The receipt as a PDF, with a code that anybody can check",
            tag=_TAG,
            calls=(dues.GET_RECEIPT,),
            parameters=(Parameter("id", "path", _BY_ID, True),),
            answer=File(PDF),
            errors=(DocumentUnavailable,),
            limit=Limit.FILE,
            versioned=True,
            cache=KEPT_PRIVATELY,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        answer = self.ask(req, resp, dues.GET_RECEIPT, load(ById, {"id": id}))
        receipt: ReceiptView = self.with_.services.read(dues.GET_RECEIPT, answer)
        if receipt.void:
            resp.set_header("Cache-Control", VOID_NOT_KEPT)
        # The same data under the same template is the same document: a phone that has it is told so without making it again.
        content = orjson.dumps([TEMPLATE_VERSION, answer.data], option=orjson.OPT_SORT_KEYS)
        if answer_unless_known(req, resp, f'"{hashlib.sha256(content).hexdigest()[:ETAG_DIGITS]}"'):
            return
        printed = self.with_.receipts.print(receipt, time_left(req))
        resp.content_type = PDF
        resp.data = printed.pdf
        resp.set_header("Content-Disposition", f'inline; filename="receipt-{receipt.id}.pdf"')
        if printed.undrawable:
            codes = " ".join(f"U+{ord(character):04X}" for character in printed.undrawable)
            resp.set_header("X-Undrawable-Characters", codes)


class ReceiptChecks(Resource):
    on_get = asks(
        dues.CHECK_RECEIPT,
        "Whether a receipt is genuine, by the code on it",
        path={"code": "code"},
        tag=_TAG,
        limit=Limit.CHECK,
    )
