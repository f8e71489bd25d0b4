"""Rule 6 of the house: every write carries a request id made by the client. And nothing is without an authority rule."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from gateway.operation import Operation, find_operation
from gateway.routes import ROUTES
from services.chassis import core
from services.contracts import dues, members
from services.contracts.caller import system
from services.contracts.common import Nothing
from services.contracts.envelope import CallHead
from services.contracts.errors import InvalidMessage
from services.contracts.method import PUBLIC, Authority, Kind, Method, Table
from tests.architecture.source import ROOT, Source

TABLES: tuple[Table, ...] = (members.TABLE, dues.TABLE)
WRITES = (Kind.COMMAND, Kind.ERRAND)
KEYLESS = frozenset({"accept_payment_notice", "accept_refund_notice"})
"""WeChat Pay sends no key: the gateway makes the request id from the signed bytes of the notice."""
HTTP_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
REQUEST_ID = "0198a000-0000-7000-8000-000000000001"


class Touched(Exception):
    """The use case would have begun: the database was asked for."""


class NoDatabase:
    def __getattr__(self, name: str) -> Any:
        raise Touched(name)


def call_without_checking_the_body(method: Method[Any, Any], request_id: str | None) -> None:
    head = CallHead(request_id=request_id, caller=system("yanting"))
    core.Core(None, NoDatabase()).call(method, lambda *_: Nothing(), head, {})  # type: ignore[arg-type]


def methods_of(*kinds: Kind) -> list[Method[Any, Any]]:
    return [method for table in TABLES for method in table.methods.values() if method.kind in kinds]


@pytest.fixture(autouse=True)
def _any_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "load", lambda *_args, **_kwargs: object())


@pytest.mark.parametrize("method", methods_of(*WRITES), ids=lambda method: method.routing_key)
def test_a_write_without_a_request_id_is_refused_before_the_database(method: Method[Any, Any]) -> None:
    with pytest.raises(InvalidMessage) as refusal:
        call_without_checking_the_body(method, None)
    assert refusal.value.detail == {"fields": {"request_id": "a write needs one"}}


@pytest.mark.parametrize("method", methods_of(*WRITES), ids=lambda method: method.routing_key)
def test_the_same_write_with_a_request_id_goes_on(method: Method[Any, Any]) -> None:
    with pytest.raises(Touched):
        call_without_checking_the_body(method, REQUEST_ID)


def operations() -> Iterator[tuple[str, str, Operation]]:
    for path, resource in ROUTES:
        for verb in HTTP_METHODS:
            declared = find_operation(resource, verb)
            if declared is not None:
                yield verb, path, declared


def writes_without_a_key(declared: Iterable[tuple[str, str, Operation]]) -> list[str]:
    return [
        f"{verb} {path} writes without an Idempotency-Key"
        for verb, path, one in declared
        if any(call.kind in WRITES for call in one.calls) and not one.takes_key and one.name not in KEYLESS
    ]


def readings_that_write(declared: Iterable[tuple[str, str, Operation]]) -> list[str]:
    """A GET may be repeated by anything between the phone and us, so it changes nothing."""
    return [
        f"{verb} {path} writes"
        for verb, path, one in declared
        if verb == "GET" and any(call.kind in WRITES for call in one.calls)
    ]


def without_authority(table: Table) -> list[str]:
    return [key for key, method in table.methods.items() if not isinstance(method.authority, Authority)]


def test_every_write_of_the_gateway_requires_an_idempotency_key() -> None:
    declared = list(operations())
    assert len(declared) > 50
    assert writes_without_a_key(declared) == []
    assert readings_that_write(declared) == []


def test_the_operations_without_a_key_are_the_notices_alone() -> None:
    keyless = {one.name for _, _, one in operations() if one.writes and not one.takes_key}
    assert keyless == KEYLESS


def test_a_planted_write_without_a_key_is_found() -> None:
    command = Method("dues", "spend", Kind.COMMAND, Nothing, Nothing, PUBLIC)
    planted = Operation(name="spend", summary="", tag="", calls=(command,), needs_key=False)
    assert writes_without_a_key([("POST", "/v1/spend", planted)])
    assert readings_that_write([("GET", "/v1/spend", planted)])


def test_every_method_and_operation_has_an_authority_rule() -> None:
    for table in TABLES:
        assert without_authority(table) == []
    assert all(one.authorities for _, _, one in operations())


def test_a_method_or_operation_without_an_authority_rule_cannot_be_declared() -> None:
    planted = Table("planted")
    planted.query("look", Nothing, Nothing, None)  # type: ignore[arg-type]
    assert without_authority(planted) == ["look"]
    with pytest.raises(ValueError, match="without an authority rule"):
        Operation(name="look", summary="", tag="")


# The service's table of contents against its contract

ENTRYPOINTS = frozenset({"answers", "listens", "every"})


@dataclasses.dataclass(frozen=True)
class Entry:
    decorator: str
    constant: str
    function: str
    first_argument: str


def _functions(source: Source, class_name: str) -> Iterator[ast.FunctionDef]:
    """Of a class and of the parts that it is put together from."""
    for kind in (node for node in source.tree.body if isinstance(node, ast.ClassDef) and node.name == class_name):
        for base in kind.bases:
            yield from _functions(source, ast.unparse(base))
        yield from (node for node in kind.body if isinstance(node, ast.FunctionDef))


def entries(source: Source, class_name: str) -> list[Entry]:
    """What a service class answers, hears and does, read from its text without importing nameko."""
    found = []
    for function in _functions(source, class_name):
        for decorator in function.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            name = ast.unparse(call.func if call else decorator)
            argument = ast.unparse(call.args[0]).rpartition(".")[2] if call and call.args else ""
            work = function.args.args[1].annotation if len(function.args.args) > 1 else None
            found.append(Entry(name, argument, function.name, ast.unparse(work) if work else ""))
    return found


def service_classes(source: Source) -> dict[str, str]:
    """The ``SERVICES`` table: name of the process to name of the class."""
    for node in source.tree.body:
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "SERVICES"
            and isinstance(node.value, ast.Dict)
        ):
            return {
                key.value: ast.unparse(value)
                for key, value in zip(node.value.keys, node.value.values, strict=True)
                if isinstance(key, ast.Constant)
            }
    return {}


def differs_from_contract(source: Source, contract: Any, class_name: str) -> list[str]:
    """Sentences for methods that nobody answers, doors of another kind, and arguments that do not fit the method's kind."""
    found, answered = [], set()
    for entry in entries(source, class_name):
        if entry.decorator not in ENTRYPOINTS:
            found.append(f"{entry.function}: @{entry.decorator} is no door of the chassis")
        if entry.decorator != "answers":
            continue
        method = contract.TABLE.ping if entry.constant == "ping" else getattr(contract, entry.constant)
        answered.add(method.name)
        wanted = "Desk" if method.kind is Kind.ERRAND else "Work"
        if entry.function != method.name:
            found.append(f"{entry.function} answers {method.name}")
        if entry.first_argument != wanted:
            found.append(f"{entry.function}: a {method.kind} gets a {wanted}, not a {entry.first_argument}")
    missing = set(contract.TABLE.methods) - answered
    return found + [f"{name} is in the contract and nobody answers it" for name in sorted(missing)]


def service_source(area: str) -> Source:
    """``service.py``, or all files of the folder of that name one after the other."""
    path, folder = f"services/{area}/service.py", ROOT / f"services/{area}/service"
    files = sorted(folder.glob("*.py")) if folder.is_dir() else [ROOT / path]
    return Source(path, "\n".join(file.read_text(encoding="utf-8") for file in files))


CONTRACTS = {"members": members, "dues": dues}


@pytest.mark.parametrize("area", CONTRACTS)
def test_a_service_answers_exactly_its_contract(area: str) -> None:
    source = service_source(area)
    classes = service_classes(source)
    assert set(classes) == {area, f"{area}-jobs"}
    assert differs_from_contract(source, CONTRACTS[area], classes[area]) == []


def test_every_listener_has_a_handler_and_every_handler_a_listener() -> None:
    from services.contracts.topology import LISTENERS

    heard = {}
    for area in CONTRACTS:
        source = service_source(area)
        for process, class_name in service_classes(source).items():
            keys = [one.constant for one in entries(source, class_name) if one.decorator == "listens"]
            events = [getattr(members, key, None) or getattr(dues, key) for key in keys]
            if events:
                heard[process] = sorted(event.routing_key for event in events)
    assert heard == {listener: sorted(keys) for listener, keys in LISTENERS.items()}


def test_every_event_that_is_listened_to_is_declared() -> None:
    from services.contracts.topology import LISTENERS

    declared = {event.routing_key for table in TABLES for event in table.events.values()}
    assert {key for keys in LISTENERS.values() for key in keys} <= declared


PLANTED = """
class S:
    @answers(dues.TABLE.ping)
    def ping(self, work: Work, request): ...
    @answers(dues.PLACE_ORDER)
    def place_orders(self, work: Work, request): ...
    @answers(dues.CLOSE_ORDER)
    def close_order(self, work: Work, request): ...
    @rpc
    def quick(self): ...
"""


def test_planted_differences_from_the_contract_are_found() -> None:
    found = differs_from_contract(Source("services/dues/service.py", PLANTED), dues, "S")
    assert "place_orders answers place_order" in found
    assert "close_order: a errand gets a Desk, not a Work" in found
    assert "quick: @rpc is no door of the chassis" in found
    assert "get_order is in the contract and nobody answers it" in found
