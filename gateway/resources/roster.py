"""Roster files: up as an Excel workbook into the object store, its dry run and application; down in the same form.

The gateway carries bytes and looks at no cell: what a workbook is worth the members service decides.
"""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from gateway.http import Request, Response, write_file
from gateway.operation import XLSX, File, Limit, Operation, Parameter, operation
from gateway.problems import FileGone
from gateway.uploads import FileResource, takes_file
from services.chassis.blobs import BlobMissing
from services.chassis.limits import MAX_ROSTER_BYTES
from services.contracts.common import ById
from services.contracts.members import methods as members
from services.contracts.members.messages import ExportView
from services.contracts.wire import json_schema, load

_TAG = "roster"
_BY_ID = json_schema(ById)["properties"]["id"]


class RosterImports(FileResource):
    on_post = takes_file(
        members.BEGIN_IMPORT,
        "Upload a roster workbook; its dry run begins",
        field="org_id",
        media_type=XLSX,
        max_bytes=MAX_ROSTER_BYTES,
        tag=_TAG,
    )


class RosterImport(Resource):
    on_get = asks(members.GET_IMPORT, "How far an import is, and what it would do", path={"id": "id"}, tag=_TAG)


class RosterImportRows(Resource):
    on_get = asks(
        members.LIST_IMPORT_ROWS, "An import's rows, each with its outcome and reasons", path={"id": "id"}, tag=_TAG
    )


class RosterImportApplications(Resource):
    on_post = sends(members.APPLY_IMPORT, "Apply an import that was checked", path={"id": "id"}, tag=_TAG, status=202)


class RosterExports(Resource):
    on_post = sends(members.BEGIN_EXPORT, "Begin to write the roster as a workbook", tag=_TAG, status=202)


class RosterExport(Resource):
    on_get = asks(members.GET_EXPORT, "Whether an export is ready", path={"id": "id"}, tag=_TAG)


class RosterExportFile(Resource):
    @operation(
        Operation(
            name="get_export_file",
            summary="The finished workbook",
            tag=_TAG,
            calls=(members.GET_EXPORT,),
            parameters=(Parameter("id", "path", _BY_ID, True),),
            answer=File(XLSX),
            errors=(FileGone,),
            limit=Limit.FILE,
        )
    )
    def on_get(self, req: Request, resp: Response, *, id: str) -> None:  # noqa: A002  # the path's own word
        view: ExportView = self.look(req, members.GET_EXPORT, load(ById, {"id": id}))
        if view.file is None:
            raise FileGone(state=view.state.value)
        try:
            stream = self.with_.blobs.open(view.file.key)
        except BlobMissing:
            raise FileGone from None
        name = f"roster-{self.with_.clock.today():%Y%m%d}.xlsx"
        write_file(resp, media_type=XLSX, name=name, size_bytes=view.file.size_bytes, stream=stream)
