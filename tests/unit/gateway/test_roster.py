"""Roster files: streamed into the object store before the service hears of them, and out again as an attachment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gateway.operation import XLSX
from services.chassis.ids import new_id
from services.chassis.limits import MAX_ROSTER_BYTES
from services.contracts.caller import Role
from services.contracts.errors import NotFound, Unavailable
from services.contracts.members import methods as members
from services.contracts.members.messages import ExportState, ExportView, FileRef, ImportView
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway

PATH = "/v1/roster-imports"
BOOK = b"PK\x03\x04" + b"cells of a workbook " * 10_000


def upload(gateway: Gateway, body: bytes = BOOK, *, token: str, key: str = "", query: str = "", **headers: str) -> Any:
    query = query or f"org_id={views.ID}&name=%E5%90%8D%E5%86%8C.xlsx"
    sent = {"Content-Type": XLSX} | headers
    return gateway.ask("POST", PATH, token=token, key=key, body=body, headers=sent, query_string=query)


@pytest.fixture
def admin(gateway: Gateway) -> str:
    gateway.services.on(members.BEGIN_IMPORT, lambda _: views.import_view())
    return gateway.token(Role.COUNTY_ADMIN)


def kept_files(gateway: Gateway) -> list[Path]:
    return [path for path in gateway.settings.blob_dir.rglob("*") if path.is_file()]


def test_workbook_lies_sealed_in_the_store_when_the_service_hears_of_it(gateway: Gateway, admin: str) -> None:
    answer = upload(gateway, token=admin)
    assert answer.status_code == 202
    assert answer.json["state"] == "checking"
    asked = gateway.services.calls[0].request
    assert (asked.org_id, asked.file.name, asked.file.size_bytes) == (views.ID, "名册.xlsx", len(BOOK))
    assert gateway.blobs.read(asked.file.key, MAX_ROSTER_BYTES) == BOOK
    (path,) = kept_files(gateway)
    assert b"workbook" not in path.read_bytes()


def test_same_upload_sent_again_is_the_same_import_and_leaves_one_file(gateway: Gateway, admin: str) -> None:
    key = new_id()
    first, second = upload(gateway, token=admin, key=key), upload(gateway, token=admin, key=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(gateway.services.calls) == 1
    assert len(kept_files(gateway)) == 1


def test_other_file_under_the_same_key_is_refused_and_the_first_file_stands(gateway: Gateway, admin: str) -> None:
    key = new_id()
    upload(gateway, token=admin, key=key)
    other = upload(gateway, b"another", token=admin, key=key)
    assert (other.status_code, other.json["code"]) == (422, "request.reused")
    assert gateway.blobs.read(gateway.services.calls[0].request.file.key, MAX_ROSTER_BYTES) == BOOK
    assert len(kept_files(gateway)) == 1


def test_refused_upload_leaves_nothing(gateway: Gateway, admin: str) -> None:
    def refuse(_: object) -> ImportView:
        raise NotFound

    gateway.services.on(members.BEGIN_IMPORT, refuse)
    assert upload(gateway, token=admin).status_code == 404
    assert not kept_files(gateway)


def test_upload_whose_answer_was_lost_keeps_its_file_for_the_next_try(
    gateway: Gateway, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call may have been made: then the service holds the file's key."""
    key, real = new_id(), gateway.services.request

    def lost(call: Any) -> bytes:
        real(call)
        raise Unavailable(reason="broker")

    monkeypatch.setattr(gateway.services, "request", lost)
    assert upload(gateway, token=admin, key=key).status_code == 503
    monkeypatch.setattr(gateway.services, "request", real)
    again = upload(gateway, token=admin, key=key)
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (202, "true")
    assert len(kept_files(gateway)) == 1


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ("name=a.xlsx", {}, 400),
        ("org_id=1", {}, 400),
        (f"org_id={views.ID}&org_id={views.ID}", {}, 400),
        (f"org_id={views.ID}&other=1", {}, 400),
        (f"org_id={views.ID}&name={'x' * 121}", {}, 400),
        (f"org_id={views.ID}", {"Content-Type": "text/csv"}, 415),
        (f"org_id={views.ID}", {"Content-Length": str(MAX_ROSTER_BYTES + 1)}, 413),
    ],
)
def test_upload_that_can_not_be_right_is_refused_before_it_is_kept(
    gateway: Gateway, admin: str, query: str, headers: dict[str, str], status: int
) -> None:
    answer = upload(gateway, b"x", token=admin, query=query, **headers)
    assert answer.status_code == status
    assert not kept_files(gateway)
    assert not gateway.services.sent


def test_upload_that_breaks_off_leaves_nothing(gateway: Gateway, admin: str) -> None:
    answer = upload(gateway, BOOK[:100], token=admin, **{"Content-Length": str(len(BOOK))})
    assert (answer.status_code, answer.json["code"]) == (408, "request.cut_short")
    assert not kept_files(gateway)
    assert not gateway.services.sent


def test_upload_is_for_those_who_may_import(gateway: Gateway) -> None:
    answer = upload(gateway, token=gateway.token(Role.BRANCH_ADMIN))
    assert (answer.status_code, answer.json["code"]) == (403, "authority.missing")
    assert not kept_files(gateway)


def export(file: FileRef | None) -> ExportView:
    return ExportView(id=views.ID, state=ExportState.READY if file else ExportState.MAKING, file=file, rows=1)


def test_finished_export_comes_as_an_attachment(gateway: Gateway) -> None:
    stored = gateway.blobs.put(BOOK, XLSX, MAX_ROSTER_BYTES)
    file = FileRef(key=stored.key, sha256=stored.sha256, size_bytes=stored.size_bytes, media_type=XLSX)
    gateway.services.on(members.GET_EXPORT, lambda _: export(file))
    answer = gateway.ask("GET", f"/v1/roster-exports/{views.ID}/file", token=gateway.token(Role.COUNTY_ADMIN))
    assert answer.content == BOOK
    assert answer.headers["Content-Type"] == XLSX
    assert answer.headers["Content-Disposition"] == 'attachment; filename="roster-20260915.xlsx"'
    assert answer.headers["Content-Length"] == str(len(BOOK))
    assert answer.headers["Cache-Control"] == "no-store"


def test_export_without_a_file_is_not_there_yet_or_no_more(gateway: Gateway) -> None:
    admin, path = gateway.token(Role.COUNTY_ADMIN), f"/v1/roster-exports/{views.ID}/file"
    gateway.services.on(members.GET_EXPORT, lambda _: export(None))
    assert gateway.ask("GET", path, token=admin).json["code"] == "file.gone"
    gone = FileRef(key="0" * 32, sha256="0" * 64, size_bytes=1, media_type=XLSX)
    gateway.services.on(members.GET_EXPORT, lambda _: export(gone))
    assert gateway.ask("GET", path, token=admin).status_code == 404
