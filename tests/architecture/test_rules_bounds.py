"""Rule 7 of the house: every queue, list, text, loop and wait has a bound with a name. And one code for one error."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import pytest

from services.contracts import dues, errors, members
from services.contracts.dues import errors as dues_errors
from services.contracts.errors import InvalidMessage, ServiceError
from services.contracts.members import errors as members_errors
from services.contracts.method import Table
from services.contracts.topology import DELIVERY_LIMIT, QueueSpec, queues
from services.contracts.wire import (
    MAX_ITEMS,
    MAX_TEXT,
    Many,
    Text,
    is_message,
    json_schema,
    load,
    message,
    nested_messages,
)
from tests.architecture.source import Source, sources

TABLES: tuple[Table, ...] = (members.TABLE, dues.TABLE)
LARGEST_LIST = 2_000
"""The trial balance of a county; anything longer is paged or a file."""
LARGEST_TEXT = 400_000
"""A roster never travels in a message; the largest text is a notice's body."""
FORMS = ("enum", "format", "pattern", "$ref")
"""A text without a length is still bounded by one of these."""


def unbounded(schema: Any, place: str) -> Iterator[str]:
    """The places of a JSON Schema at which more and more could be sent."""
    if isinstance(schema, list):
        for at, one in enumerate(schema):
            yield from unbounded(one, f"{place}.{at}")
    if not isinstance(schema, dict):
        return
    kinds = schema.get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    if "string" in kinds and "maxLength" not in schema and not any(form in schema for form in FORMS):
        yield f"{place}: a text without a bound"
    if schema.get("maxLength", 0) > LARGEST_TEXT:
        yield f"{place}: a text of {schema['maxLength']}"
    if "array" in kinds and not 0 <= schema.get("maxItems", -1) <= LARGEST_LIST:
        yield f"{place}: a list without a bound, or one of more than {LARGEST_LIST}"
    if "integer" in kinds and not {"minimum", "maximum"} <= set(schema):
        yield f"{place}: a number without bounds"
    if "object" in kinds and schema.get("additionalProperties") is not False and "maxProperties" not in schema:
        yield f"{place}: an object without a bound"
    if "number" in kinds:
        yield f"{place}: a float"
    for key in ("properties", "items", "additionalProperties", "anyOf"):
        inner = schema.get(key)
        if key == "properties" and isinstance(inner, dict):
            for name, one in inner.items():
                yield from unbounded(one, f"{place}.{name}")
        elif inner is not None and inner is not False:
            yield from unbounded(inner, f"{place}.{key}")


def all_messages() -> list[type[Any]]:
    roots = {
        kind
        for table in TABLES
        for one in table.methods.values()
        for kind in (one.request, one.reply)
        if is_message(kind)
    } | {event.message for table in TABLES for event in table.events.values()}
    reached = roots.union(*(nested_messages(kind) for kind in roots))
    return sorted(reached, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


@pytest.mark.parametrize("kind", all_messages(), ids=lambda kind: kind.__name__)
def test_every_text_list_and_number_of_a_message_is_bounded(kind: type[Any]) -> None:
    assert list(unbounded(json_schema(kind), kind.__name__)) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": ["string", "null"], "minLength": 1},
        {"type": "string", "maxLength": 10**9},
        {"type": "array", "items": {"type": "boolean"}},
        {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        {"type": "array", "items": {"type": "boolean"}, "maxItems": 10**6},
        {"type": "integer", "minimum": 0},
        {"type": "number"},
        {"type": "object", "properties": {}},
        {"type": "object", "properties": {"a": {"anyOf": [{"type": "string"}]}}, "additionalProperties": False},
    ],
)
def test_a_planted_field_without_a_bound_is_found(schema: dict[str, Any]) -> None:
    assert list(unbounded(schema, "planted"))


@message
class Example:
    words: str
    many: tuple[int, ...]
    few: Annotated[tuple[Annotated[str, Text(1, 2)], ...], Many(0, 2)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": "a" * (MAX_TEXT + 1)},
        {"many": [0] * (MAX_ITEMS + 1)},
        {"many": [10**16]},
        {"few": ["a"] * 3},
        {"few": ["abc"]},
    ],
)
def test_the_bounds_are_kept_when_a_message_is_read(wrong: dict[str, Any]) -> None:
    right = {"words": "a" * MAX_TEXT, "many": [0] * MAX_ITEMS, "few": ["a", "ab"]}
    assert load(Example, right)
    with pytest.raises(InvalidMessage):
        load(Example, right | wrong)


# Queues


def endless_queues(specs: Iterable[QueueSpec]) -> list[str]:
    return [f"{spec.name}: no bound on its length" for spec in specs if "x-max-length" not in spec.arguments]


def test_every_queue_of_the_broker_has_a_length() -> None:
    assert endless_queues(queues()) == []


def test_every_event_queue_limits_deliveries_and_parks_what_fails() -> None:
    for spec in queues():
        if spec.name.startswith("events-"):
            assert spec.arguments["x-delivery-limit"] == DELIVERY_LIMIT
            assert any(other.name == f"dead-{spec.name}" for other in queues())


def test_a_planted_endless_queue_is_found() -> None:
    assert endless_queues([QueueSpec("events-planted", (), {"x-queue-type": "quorum"})])


# Loops, queues and waits of the code

LOOPS_WITH_A_DEADLINE = {
    "services/chassis/declare.py": "ends at WAIT_S",
    "services/chassis/migrate.py": "ends at WAIT_S",
    "services/chassis/blobs.py": "ends with the file, whose size has a bound",
}
"""``while True`` that were looked at: what ends each."""
WAITING_CALLS = {"urlopen": "timeout", "HTTPConnection": "timeout", "create_connection": "timeout"}


def endless(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        for node in source.nodes:
            if isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and node.test.value:
                if source.path not in LOOPS_WITH_A_DEADLINE:
                    found.append(source.at(node.lineno, "while True"))
            elif isinstance(node, ast.Call):
                found += _endless_call(source, node)
    return found


def _endless_call(source: Source, node: ast.Call) -> list[str]:
    name = ast.unparse(node.func).rpartition(".")[2]
    given = {keyword.arg for keyword in node.keywords}
    whole = ast.unparse(node.func)
    if name == "SimpleQueue" or (whole in ("queue.Queue", "Queue") and not node.args and "maxsize" not in given):
        return [source.at(node.lineno, f"{name} without a bound")]
    if name in WAITING_CALLS and WAITING_CALLS[name] not in given and len(node.args) < 2:
        return [source.at(node.lineno, f"{name} without a time-out")]
    if name == "lru_cache" and any(k.arg == "maxsize" and ast.unparse(k.value) == "None" for k in node.keywords):
        return [source.at(node.lineno, "a cache without a bound")]
    return []


def test_no_loop_queue_or_wait_is_endless() -> None:
    assert endless(sources("services", "gateway")) == []


@pytest.mark.parametrize(
    "text",
    [
        "while True:\n    pass",
        "import queue\nwaiting = queue.Queue()",
        "from queue import SimpleQueue\nwaiting = SimpleQueue()",
        "urllib.request.urlopen(address)",
        "@functools.lru_cache(maxsize=None)\ndef f(): ...",
    ],
)
def test_a_planted_endless_thing_is_found(text: str) -> None:
    assert endless([Source("services/dues/planted.py", text)])


# Errors

SHARED_CODES = {"request.invalid": {"InvalidRequest", "InvalidMessage"}}
"""A message of a wrong form is what a request of a wrong form is called inside."""


def error_classes() -> list[type[ServiceError]]:
    return [
        one
        for module in (errors, members_errors, dues_errors)
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, ServiceError) and one.__module__ == module.__name__
        if one is not errors.RemoteError
    ]


def repeated_codes(classes: Iterable[type[ServiceError]]) -> list[str]:
    by_code: dict[str, set[str]] = {}
    for one in classes:
        by_code.setdefault(one.code, set()).add(one.__name__)
    return [
        f"{code}: {sorted(names)}"
        for code, names in by_code.items()
        if len(names) > 1 and SHARED_CODES.get(code) != names
    ]


def test_every_error_has_a_code_of_its_own() -> None:
    assert len(error_classes()) > 30
    assert repeated_codes(error_classes()) == []


def test_the_code_of_a_business_error_names_its_area() -> None:
    for area, module in (("members", members_errors), ("dues", dues_errors)):
        own = [one for one in error_classes() if one.__module__ == module.__name__]
        assert own
        assert [one.code for one in own if not one.code.startswith(area + ".")] == []


def test_planted_codes_that_repeat_are_found() -> None:
    class First(ServiceError):
        code = "dues.planted"

    class Second(ServiceError):
        code = "dues.planted"

    assert repeated_codes([First, Second])
