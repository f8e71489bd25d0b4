"""No input brings a fault or an answer that the OpenAPI document does not describe."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from services.contracts.errors import Forbidden
from services.dues import months
from tests.integration.authority.conftest import Peopled
from tests.integration.interface.asking import Interface

LEAST_CASES = 1_500
SHOWN = 20

pytestmark = pytest.mark.timeout(900)
"""Some two thousand cases through real use cases."""


@pytest.fixture(scope="module")
def interface(peopled: Peopled) -> Interface:
    return Interface(peopled)


@pytest.mark.timeout(900)
def test_no_input_brings_a_fault_or_an_answer_that_is_not_documented(interface: Interface) -> None:
    done = interface.ask()
    print(f"\n{done.total} cases of {len(done.cases)} operations: {dict(done.modes)}, {dict(done.statuses)}")  # noqa: T201
    assert not done.found, "\n\n".join(list(done.found.values())[:SHOWN])
    assert set(done.cases) == {operation.label for operation in interface.operations()}, "an operation was not asked"
    assert done.total >= LEAST_CASES
    assert {200, 201, 202, 204, 400, 401, 403, 404, 409, 422} <= set(done.statuses), "the cases get nowhere"


def _crash(*_: object) -> Any:
    raise ZeroDivisionError


def _below_nothing(view: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *given: dataclasses.replace(view(*given), obligations=-1)


@pytest.mark.parametrize(
    ("place", "name", "planted", "fault"),
    [
        (Forbidden, "status", 418, "UndefinedStatusCode 418"),
        (Forbidden, "code", "authority.renamed", "UndocumentedCode 403"),
        (months, "list_months", _crash, "ServerError 500"),
        (months, "_view", _below_nothing(months._view), "JsonSchemaError 200"),
    ],
    ids=["status", "code", "crash", "figure"],
)
def test_a_planted_fault_is_found(
    interface: Interface, monkeypatch: pytest.MonkeyPatch, place: object, name: str, planted: object, fault: str
) -> None:
    assert not interface.ask("list_months").found
    monkeypatch.setattr(place, name, planted)
    assert f"GET /v1/dues/months: {fault}" in interface.ask("list_months").found
