"""Roster files: up as an Excel workbook into the object store, its dry run and application; down in the same form.

The gateway carries bytes, counted and bounded, and looks at no cell: what a workbook is worth the members service decides.
"""

from __future__ import annotations

from typing import Any

from gateway.collaborators import Collaborators
from gateway.forward import Resource, asks, sends
from gateway.http import Request, Response, write_file, write_json
from gateway.operation import XLSX, File, Limit, Operation, Parameter, RawBody, operation
from gateway.problems import FileGone
from gateway.uploads import Uploads
from services.chassis.blobs import BlobMissing
from services.chassis.limits import MAX_ROSTER_BYTES
from services.contracts.common import ById
from services.contracts.errors import InvalidMessage
from services.contracts.members import methods as members
from services.contracts.members.messages import BeginImport, ExportView, ImportView
from services.contracts.wire import json_schema, load

_TAG = "roster"
_BY_ID = json_schema(ById)["properties"]["id"]
MAX_FILE_NAME = 120


class RosterImports(Resource):
    def __init__(self, with_: Collaborators) -> None:
        super().__init__(with_)
        self._uploads = Uploads(with_.blobs)

    @operation(
        Operation(
            name="begin_import",
            summary="Upload a roster workbook; its dry run begins",
            tag=_TAG,
            calls=(members.BEGIN_IMPORT,),
            parameters=(
                Parameter("org_id", "query", _BY_ID, True, "Whose subtree the file describes."),
                Parameter(
                    "name",
                    "query",
                    {"type": "string", "maxLength": MAX_FILE_NAME},
                    False,
                    "The file's name, shown again.",
                ),
            ),
            body=RawBody(XLSX, MAX_ROSTER_BYTES),
            answer=ImportView,
            status=202,
            limit=Limit.FILE,
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        _begin_import(req, key="0", sha256="0" * 64, size_bytes=0)  # what is wrong is told before the file travels
        with self._uploads.stored(req, XLSX, MAX_ROSTER_BYTES) as file:
            message = _begin_import(req, key=file.key, sha256=file.sha256, size_bytes=file.size_bytes)
            answer = self.ask(req, resp, members.BEGIN_IMPORT, message)
        resp.status = 202
        write_json(resp, answer.data)


def _begin_import(req: Request, **file: Any) -> BeginImport:
    query = dict(req.params)
    name = query.pop("name", "")
    unknown = set(query) - {"org_id"}
    if unknown:
        raise InvalidMessage(fields={name[:64]: "Unknown parameter." for name in list(unknown)[:10]})
    return load(BeginImport, query | {"file": {**file, "media_type": XLSX, "name": name}})


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
