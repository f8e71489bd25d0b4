"""The description of the interface: complete, valid, and the same as what is served."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from falcon import inspect
from openapi_spec_validator import validate

from gateway.app import operations
from gateway.openapi.__main__ import FILE, text
from gateway.openapi.document import build_document
from gateway.openapi.schemas import NameClash, Schemas
from gateway.operation import Operation
from gateway.routes import ROUTES
from services.contracts.dues.methods import TABLE as DUES
from services.contracts.members.methods import TABLE as MEMBERS
from services.contracts.method import PUBLIC, Gate, Kind
from services.contracts.wire import message
from tests.unit.gateway.kit import Gateway

DOCUMENT = build_document(operations(ROUTES))
OPERATIONS = [(path, method, one) for path, item in DOCUMENT["paths"].items() for method, one in item.items()]
DOCUMENTS_OF_THE_INTERFACE = {"/openapi.json", "/docs", "/docs/{file}"}
HTTP_METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}


def test_committed_file_is_what_routes_and_contracts_say() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m gateway.openapi"


def test_document_is_valid_openapi() -> None:
    validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def test_every_address_that_falcon_serves_is_described_and_no_other(tmp_path: Path) -> None:
    served = {
        (route.path, method.method)
        for route in inspect.inspect_app(Gateway(tmp_path).app).routes
        for method in route.methods
        if method.method in HTTP_METHODS and not method.internal and route.path not in DOCUMENTS_OF_THE_INTERFACE
    }
    described = {(path, method.upper()) for path, method, _ in OPERATIONS}
    assert served == described
    assert len(described) > 60


@pytest.mark.parametrize(("path", "method", "one"), OPERATIONS, ids=[one["operationId"] for _, _, one in OPERATIONS])
def test_operation_says_who_may_what_comes_back_and_what_may_go_wrong(
    path: str, method: str, one: dict[str, Any]
) -> None:
    assert one["x-authority"]
    assert all(rule["gate"] in {gate.value for gate in Gate} for rule in one["x-authority"])
    assert one["summary"]
    assert len(one["tags"]) == 1
    assert any(status.startswith("2") for status in one["responses"])
    assert any(status.startswith("5") for status in one["responses"])
    named = {part[1:-1] for part in path.split("/") if part.startswith("{")}
    assert {given["name"] for given in one["parameters"] if given["in"] == "path"} == named


def test_what_is_not_open_wants_a_token_and_what_is_open_does_not() -> None:
    for path, method, one in OPERATIONS:
        gates = {rule["gate"] for rule in one["x-authority"]}
        if "cookie" in str(one["security"]):
            assert path == "/v1/sessions/refresh"
        elif gates <= {"public", "gateway"}:
            assert one["security"] == [], (method, path)
        else:
            assert one["security"] == [{"token": []}], (method, path)


def test_every_write_takes_a_key_and_no_read_does() -> None:
    for _, http_method, declared in operations(ROUTES):
        changes = any(call.kind in (Kind.COMMAND, Kind.ERRAND) for call in declared.calls)
        assert declared.takes_key is (changes and not declared.wechat_answer)
        if http_method == "GET":
            assert not changes


def test_every_method_of_the_services_is_reachable() -> None:
    called = {call.routing_key for _, _, declared in operations(ROUTES) for call in declared.calls}
    offered = {method.routing_key for table in (MEMBERS, DUES) for method in table.methods.values()}
    by_the_gateway_itself = {"members.list_ended_sessions"}
    assert offered - called == {"members.ping", "dues.ping"} | by_the_gateway_itself


def test_nothing_that_is_for_the_gateway_alone_is_in_an_answer() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert not {"WeChatIdentity", "Session", "FoundPersons", "AcceptNotice"} & set(schemas)
    for name, schema in schemas.items():
        assert not {"refresh_token", "openid", "payer_openid"} & set(schema.get("properties", {})), name


def test_everything_referred_to_is_there_and_everything_there_is_referred_to() -> None:
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                found.add(value["$ref"])
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(DOCUMENT)
    components = DOCUMENT["components"]
    there = {f"#/components/{kind}/{name}" for kind in ("schemas", "responses", "headers") for name in components[kind]}
    assert found == there


def test_answers_promise_every_field_and_bodies_are_closed() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert set(schemas["OrderView"]["required"]) == set(schemas["OrderView"]["properties"])
    assert "additionalProperties" not in schemas["OrderView"]
    assert schemas["PlaceOrder"]["additionalProperties"] is False
    assert "member_id" not in schemas["AssessBody"]["properties"]


def test_every_code_of_a_problem_is_explained() -> None:
    codes = DOCUMENT["x-problems"]
    for name, response in DOCUMENT["components"]["responses"].items():
        for line in response["description"].splitlines():
            code = line.split("`")[1]
            assert codes[code]["title"], name
    assert {"internal", "request.in_flight", "dues.month_reserved", "route.unknown"} <= set(codes)


def test_two_messages_of_one_name_make_no_document() -> None:
    @message
    class OrderView:
        """Another one."""

        id: int

    planted = Operation(name="planted", summary="x", tag="x", own_authority=PUBLIC, answer=OrderView)
    every = [declared for _, _, declared in operations(ROUTES)]
    with pytest.raises(NameClash):
        Schemas([*every, planted])
