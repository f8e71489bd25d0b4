"""Arrears (ARR-1 to ARR-4): the ladder, its sums down the tree, reasons, reminders, the file for the branch meeting."""

from __future__ import annotations

from gateway.documents.arrears_pdf import draw_arrears
from gateway.forward import Resource, asks, sends
from gateway.http import Request, Response, time_left
from gateway.operation import PDF, File, Limit, Operation, Parameter, operation
from gateway.problems import DocumentUnavailable
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import ArrearsFile, GetArrearsFile
from services.contracts.wire import json_schema, load

_TAG = "dues: arrears"
_BY_ORG = json_schema(GetArrearsFile)["properties"]["org_id"]


class Arrears(Resource):
    on_get = asks(
        dues.LIST_ARREARS, "Who is behind, the longest run of unpaid months first", path={"id": "org_id"}, tag=_TAG
    )


class ArrearsSummaries(Resource):
    on_get = asks(
        dues.GET_ARREARS_SUMMARY,
        "How many stand on each step, here and one level beneath",
        path={"id": "org_id"},
        tag=_TAG,
    )


class ArrearsReminders(Resource):
    on_post = sends(
        dues.REMIND_ARREARS,
        "Remind one member, or a branch's whole ladder; says who is told, who is not and why",
        path={"id": "org_id"},
        tag=_TAG,
        status=201,
    )


class ArrearsFileOf(Resource):
    @operation(
        Operation(
            name="get_arrears_file",
            summary="The file for the branch meeting as a PDF; it changes no status (ARR-2)",
            tag=_TAG,
            calls=(dues.GET_ARREARS_FILE,),
            parameters=(Parameter("id", "path", _BY_ORG, True),),
            answer=File(PDF),
            errors=(DocumentUnavailable,),
            limit=Limit.FILE,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        file: ArrearsFile = self.look(req, dues.GET_ARREARS_FILE, load(GetArrearsFile, {"org_id": id}))
        printed = self.with_.receipts.press(lambda bank: draw_arrears(file, bank), time_left(req))
        resp.content_type = PDF
        resp.data = printed.pdf
        resp.set_header("Content-Disposition", f'inline; filename="arrears-{file.month}.pdf"')


class MemberArrears(Resource):
    on_get = asks(
        dues.GET_MEMBER_ARREARS,
        "One member's arrears with reasons and reminders; the look is logged (SEC-5)",
        path={"id": "member_id"},
        tag=_TAG,
    )


class ArrearsReasons(Resource):
    on_post = sends(
        dues.RECORD_ARREARS_REASON,
        "Put a proper reason on record: it stops the six-month flag, not the debt (ARR-3)",
        path={"id": "member_id"},
        tag=_TAG,
        status=201,
    )


class ArrearsReason(Resource):
    on_delete = sends(
        dues.REMOVE_ARREARS_REASON, "Take a reason out of force; it stays on record", path={"id": "id"}, tag=_TAG
    )
