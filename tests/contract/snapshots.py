"""Snapshots of the services' messages, and what makes a change of one a narrowing.

``python -m tests.contract.snapshots`` writes services/contracts/snapshots anew: at a release, or before the first one. A change
that only adds needs no new snapshot; one that narrows fails test_snapshots.py until somebody decides that nobody depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from services import contracts
from services.contracts.dues.methods import TABLE as DUES
from services.contracts.members.methods import TABLE as MEMBERS
from services.contracts.method import Table
from services.contracts.wire import json_schema

FOLDER = Path(contracts.__file__).parent / "snapshots"
TABLES: dict[str, Table] = {"members": MEMBERS, "dues": DUES}
LOWER_BOUNDS = ("minimum", "minLength", "minItems")
UPPER_BOUNDS = ("maximum", "maxLength", "maxItems", "maxProperties")

Schema = dict[str, Any]


def snapshot(table: Table) -> dict[str, Any]:
    return {
        "methods": {
            name: {
                "kind": method.kind.value,
                "request": json_schema(method.request),
                "reply": json_schema(method.reply),
                "errors": sorted(error.code for error in method.errors),
            }
            for name, method in sorted(table.methods.items())
        },
        "events": {name: json_schema(event.message) for name, event in sorted(table.events.items())},
    }


def file_of(area: str) -> Path:
    return FOLDER / f"{area}.json"


def narrowings(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What the new contract takes away from those who were built against the old one."""
    found: list[str] = []
    for name, method in old["methods"].items():
        now = new["methods"].get(name)
        if now is None:
            found.append(f"{name}: the method is gone")
            continue
        if now["kind"] != method["kind"]:
            found.append(f"{name}: was a {method['kind']}, is a {now['kind']}")
        # A caller built against the old contract sends old requests and reads new replies.
        found += [f"{name} request {one}" for one in refused(method["request"], now["request"])]
        found += [f"{name} reply {one}" for one in refused(now["reply"], method["reply"], tolerant=True)]
    for name, event in old["events"].items():
        now = new["events"].get(name)
        if now is None:
            found.append(f"{name}: the event is gone")
            continue
        # A listener built against the old contract reads new events.
        found += [f"{name} event {one}" for one in refused(now, event, tolerant=True)]
    return found


def refused(sent: Schema, read: Schema, *, tolerant: bool = False, at: str = "") -> Iterator[str]:
    """What may be sent under one schema and is refused under the other; ``tolerant`` readers skip unknown fields."""
    sent_options, read_options = _options(sent), _options(read)
    for kind, shape in sent_options.items():
        reader = read_options.get(kind)
        if reader is None:
            yield f"{at or 'itself'}: {kind} is not taken"
        elif kind == "object":
            yield from _refused_object(shape, reader, tolerant, at)
        elif kind == "array":
            yield from _refused_bounds(shape, reader, at)
            yield from refused(shape["items"], reader["items"], tolerant=tolerant, at=f"{at}[]")
        else:
            yield from _refused_bounds(shape, reader, at)


def _refused_object(sent: Schema, read: Schema, tolerant: bool, at: str) -> Iterator[str]:
    if "properties" not in sent or "properties" not in read:
        yield from _refused_bounds(sent, read, at)
        return
    for name in read.get("required", ()):
        if name not in sent.get("required", ()):
            yield f"{at}.{name}: needed, but may be left out"
    for name, shape in sent["properties"].items():
        if name in read["properties"]:
            yield from refused(shape, read["properties"][name], tolerant=tolerant, at=f"{at}.{name}")
        elif not tolerant:
            yield f"{at}.{name}: not known"


def _refused_bounds(sent: Schema, read: Schema, at: str) -> Iterator[str]:
    if "enum" in read and not set(sent.get("enum", ("anything",))) <= set(read["enum"]):
        yield f"{at}: choices that are not known"
    for bound in LOWER_BOUNDS:
        if bound in read and sent.get(bound, float("-inf")) < read[bound]:
            yield f"{at}: {bound} is {read[bound]}"
    for bound in UPPER_BOUNDS:
        if bound in read and sent.get(bound, float("inf")) > read[bound]:
            yield f"{at}: {bound} is {read[bound]}"
    for form in ("pattern", "format"):
        if form in read and sent.get(form) != read[form]:
            yield f"{at}: {form} is another"


def _options(schema: Schema) -> dict[str, Schema]:
    """A schema by the types that it allows: ``{"string": ..., "null": ...}``."""
    if "anyOf" in schema:
        return {kind: shape for one in schema["anyOf"] for kind, shape in _options(one).items()}
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return dict.fromkeys(kinds, schema)


def text_of(contract: dict[str, Any]) -> str:
    """One line for each method and event, so that a difference shows which one changed."""
    parts = []
    for part, entries in contract.items():
        lines = (f"{orjson.dumps(name).decode()}: {_line(entry)}" for name, entry in entries.items())
        parts.append(f'"{part}": {{\n' + ",\n".join(lines) + "\n}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _line(entry: Any) -> str:
    return orjson.dumps(entry, option=orjson.OPT_SORT_KEYS).decode()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for area, table in TABLES.items():
        file_of(area).write_text(text_of(snapshot(table)), encoding="utf-8")


if __name__ == "__main__":
    main()
