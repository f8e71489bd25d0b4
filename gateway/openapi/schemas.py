"""JSON Schemas of the messages that the interface speaks, named once and referred to.

A message that goes out only is described as it is sent: with every field, open to fields that are added later. One that comes
in is described as it is checked: strictly.
"""

from __future__ import annotations

from typing import Any

from gateway.operation import JsonBody, Operation
from services.contracts.values import YearMonth
from services.contracts.wire import is_message, json_schema, nested_messages

PREFIX = "#/components/schemas/"


class NameClash(Exception):
    """Two messages of one name: the document could not tell them apart."""


class Schemas:
    def __init__(self, operations: list[Operation]) -> None:
        self._kinds: dict[str, type[Any]] = {}
        self.components: dict[str, dict[str, Any]] = {}
        bodies = sorted(
            {one.body for one in operations if isinstance(one.body, JsonBody)}, key=lambda body: body.message.__name__
        )
        answers = [kind for one in operations for kind in _answers(one)]
        incoming = {body.message for body in bodies if not body.without}.union(
            *(_inner(body.message) for body in bodies)
        )
        outgoing = set(answers).union(*(_inner(kind) for kind in answers))
        for kind in sorted(incoming | outgoing, key=lambda kind: kind.__name__):
            self._add(kind, sent=kind not in incoming)
        for body in bodies:
            if body.without:
                self._add_part(body)

    def reference(self, kind: type[Any]) -> dict[str, str]:
        return {"$ref": self._path(kind)}

    def body(self, body: JsonBody) -> dict[str, str]:
        return {"$ref": PREFIX + _part_name(body)} if body.without else self.reference(body.message)

    def _path(self, kind: type[Any]) -> str:
        known = self._kinds.setdefault(kind.__name__, kind)
        if known is not kind:
            raise NameClash(kind.__name__)
        return PREFIX + kind.__name__

    def _add(self, kind: type[Any], *, sent: bool) -> None:
        self._path(kind)
        schema = json_schema(kind, self._path)
        if sent:
            schema["required"] = list(schema["properties"])
            del schema["additionalProperties"]
        if "description" in schema:
            schema["description"] = schema["description"].replace("``", "`")
        self.components[kind.__name__] = schema

    def _add_part(self, body: JsonBody) -> None:
        schema = json_schema(body.message, self._path)
        schema["properties"] = {name: one for name, one in schema["properties"].items() if name not in body.without}
        required = [name for name in schema.get("required", ()) if name not in body.without]
        schema.pop("required", None)
        if required:
            schema["required"] = required
        if _part_name(body) in self.components:
            raise NameClash(_part_name(body))
        self.components[_part_name(body)] = schema


def _part_name(body: JsonBody) -> str:
    return f"{body.message.__name__}Body"


def _answers(operation: Operation) -> list[type[Any]]:
    kinds = [operation.answer, *(kind for _, kind in operation.also_answers)]
    return [kind for kind in kinds if kind is not None and is_message(kind)]  # type: ignore[misc]


def _inner(kind: type[Any]) -> set[type[Any]]:
    return nested_messages(kind) - {YearMonth}  # a value with a text form, not an object
