"""Asks every operation for every caller about every target, and compares what came with what the policy page says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from falcon import testing

from tests.integration.authority import questions_returns, questions_spending
from tests.integration.authority.conftest import Peopled
from tests.integration.authority.peopling import identity_number
from tests.integration.authority.policy import COLUMNS, Line
from tests.integration.authority.questions import QUESTIONS, Asked, Question, targets
from tests.integration.authority.story import CALLERS, NOBODY, PEOPLE, Person, above, near

OPENAPI = Path(__file__).resolve().parents[3] / "gateway" / "openapi.yaml"
ASKED = {**QUESTIONS, **questions_returns.QUESTIONS, **questions_spending.QUESTIONS}
NUMBERS = tuple(identity_number(order) for order in range(11, 11 + len(PEOPLE)))


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    success: int


@dataclass(frozen=True)
class Cell:
    """One answer beside the one that should have been."""

    operation: str
    caller: str
    about: str
    expected: str
    found: str

    @property
    def is_wrong(self) -> bool:
        return self.expected != self.found

    def __str__(self) -> str:
        return f"{self.operation} by {self.caller} about {self.about}: {self.found} instead of {self.expected}"


def read_operations(text: str | None = None) -> dict[str, Operation]:
    """Every operation of the interface's document, by its name."""
    document: dict[str, Any] = yaml.safe_load(text or OPENAPI.read_text(encoding="utf-8"))
    found = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            if method not in ("get", "post", "put", "delete", "patch"):
                continue
            success = min(int(status) for status in described["responses"] if status.startswith("2"))
            name = described["operationId"]
            found[name] = Operation(name, method.upper(), path, success)
    return found


def cells(peopled: Peopled, policy: Mapping[str, Line], operations: Mapping[str, Operation]) -> Iterator[Cell]:
    """Every answer. A line without an operation, or an operation without a line, raises KeyError."""
    for name, operation in operations.items():
        line = policy[name]
        question = ASKED.get(name, Question())
        for caller in COLUMNS:
            for about, row_id in targets(name, line.about, caller, peopled.known):
                asked = Asked(peopled.known, caller, about, row_id)
                yield _cell(peopled, operation, line, question, asked)


def _cell(peopled: Peopled, operation: Operation, line: Line, question: Question, asked: Asked) -> Cell:
    world = peopled.world
    path = operation.path
    for name, value in question.path.items():
        path = path.replace(f"{{{name}}}", value)
    path = path.replace("{number}", asked.id.replace("-", ""))
    for name in ("id", "member_id"):
        path = path.replace(f"{{{name}}}", asked.id)
    path = path.replace("{code}", peopled.known.check_code)
    session = None if asked.caller == NOBODY else peopled.known.sessions[asked.caller]
    with nullcontext() if operation.method == "GET" else world.undone():
        answer = world.ask(operation.method, path, session, **question.body(asked))
    refusal = line.refusal(asked.caller, asked.about)
    granted = question.lets_through(asked) or str(operation.success)
    expected = granted if refusal is None else f"{refusal[0]} {refusal[1]}"
    return Cell(operation.name, asked.caller, asked.about.label, expected, _found(answer, expected, line, asked))


def _found(answer: testing.Result, expected: str, line: Line, asked: Asked) -> str:
    """What was answered, told as the expectation is told; and whose name stands in it though it may not."""
    try:
        code = answer.json.get("code", "") if answer.status_code >= 400 else ""
    except ValueError:
        code = ""
    found = f"{answer.status_code} {code}".strip()
    if found != expected and code == expected:
        found = code
    leaked = [name for name in strangers(asked.caller) if name.encode() in answer.content]
    leaked += ["an identity number"] * any(number.encode() in answer.content for number in NUMBERS)
    return f"{found} with {', '.join(leaked)}" if leaked else found


def strangers(caller: str) -> list[str]:
    """Whose full names this caller never reads: beyond his office, not of his branch or household."""
    return [person.name for key, person in PEOPLE.items() if key != caller and not _may_read_name(caller, person)]


def _may_read_name(caller: str, person: Person) -> bool:
    me = CALLERS.get(caller)
    if me is None:
        return False
    if near(me, person) and not me.left:
        return True
    # Who moved yesterday stands in the month of his former branch: history stays where it was.
    places = (person.branch, person.came_from) if person.came_from else (person.branch,)
    return any(me.office is not None and me.office[1] in above(place) for place in places)
