"""Printed papers as operations: declared with what they read, drawn here, sent as PDF or workbook."""

from __future__ import annotations

from typing import Any

from gateway.documents.sheets import Sheet
from gateway.documents.workbook import write_workbook
from gateway.forward import Resource, query_parameters
from gateway.http import Request, Response, time_left
from gateway.operation import PDF, XLSX, File, Limit, Operation, Parameter
from gateway.problems import DocumentUnavailable
from services.contracts.common import ById
from services.contracts.method import Method
from services.contracts.wire import json_schema

_ID = json_schema(ById)["properties"]["id"]


def paper(
    name: str,
    summary: str,
    method: Method[Any, Any],
    media_type: str,
    query: tuple[str, ...] = (),
    *,
    tag: str,
    own: bool = False,
) -> Operation:
    """``query``: fields of the method's request that stand in the query; ``own`` papers are about nobody but who asks."""
    path = () if own else (Parameter("id", "path", _ID, True),)
    return Operation(
        name=name,
        summary=summary,
        tag=tag,
        calls=(method,),
        parameters=(*path, *query_parameters(method.request, query)),
        answer=File(media_type),
        errors=(DocumentUnavailable,),
        limit=Limit.FILE,
    )


def send_pdf(self: Resource, req: Request, resp: Response, sheet: Sheet, name: str) -> None:
    printed = self.with_.receipts.print_sheet(sheet, self.with_.clock.now(), time_left(req))
    resp.content_type, resp.data = PDF, printed.pdf
    resp.set_header("Content-Disposition", f'inline; filename="{name}.pdf"')
    if printed.undrawable:
        codes = " ".join(f"U+{ord(character):04X}" for character in printed.undrawable)
        resp.set_header("X-Undrawable-Characters", codes)


def send_workbook(resp: Response, sheets: list[Sheet], name: str) -> None:
    resp.content_type, resp.data = XLSX, write_workbook(sheets)
    resp.set_header("Content-Disposition", f'attachment; filename="{name}.xlsx"')
