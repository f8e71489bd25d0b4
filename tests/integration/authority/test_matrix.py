"""Every operation, every caller, every place in the tree: gateway and services answer as ``docs/authority.md`` says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.app import operations
from gateway.routes import ROUTES
from services.contracts.dues import methods as dues
from services.contracts.errors import NotFound
from services.contracts.method import SIGNED_IN, Authority, Method
from services.dues import worklist
from services.members import reach
from services.members.queries import people
from services.members.storage import members
from tests.integration.authority.conftest import Peopled
from tests.integration.authority.matrix import Cell, cells, read_operations
from tests.integration.authority.policy import read_policy

SHOWN = 40


def wrong(peopled: Peopled, *names: str) -> list[Cell]:
    """The wrong answers of these operations, or of all."""
    operations = {name: one for name, one in read_operations().items() if not names or name in names}
    asked = list(cells(peopled, read_policy(), operations))
    expected = Counter(cell.expected.split()[0] for cell in asked)
    found = [cell for cell in asked if cell.is_wrong]
    print(f"\nauthority matrix: {len(asked)} cells, {len(found)} wrong; expected: {dict(expected)}")  # noqa: T201
    return found


def test_every_operation_answers_every_caller_as_the_policy_says(peopled: Peopled) -> None:
    found = wrong(peopled)
    assert not found, "\n".join(str(cell) for cell in found[:SHOWN])


def unchecked(work: Any, member_id: str, *_: object) -> Any:
    """``member_in_reach`` without its check."""
    row = members.find_line(work.db, work.caller.county_id, member_id)
    if row is None:
        raise NotFound
    return row


def test_a_look_at_a_person_without_its_check_is_found(without_net: Peopled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "member_in_reach", unchecked)
    found = {(cell.caller, cell.about) for cell in wrong(without_net, "get_member")}
    for stranger in ("neighbour", "far away", "moved out yesterday"):
        assert ("branch", stranger) in found
    assert {caller for caller, _ in found} == {"branch", "committee"}, "the county's administrator has no strangers"


def test_a_look_without_its_check_ends_in_the_second_net(peopled: Peopled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "member_in_reach", unchecked)
    assert wrong(peopled, "get_member") == []


def test_a_list_without_its_check_is_found(peopled: Peopled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worklist, "require_reach", lambda _caller, path, *_: path)
    found = wrong(peopled, "list_member_months")
    assert {("branch", "t02"), ("committee", "yanting")} <= {(cell.caller, cell.about) for cell in found}
    assert any("石大山" in cell.found for cell in found if cell.caller == "branch")


def test_a_reach_that_knows_no_bounds_is_found(peopled: Peopled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "reaches", lambda *_: True)
    assert wrong(peopled, "list_members", "begin_export")


@contextmanager
def opened(method: Method[object, object], authority: Authority) -> Iterator[None]:
    """The method under another authority rule, in gateway and service alike."""
    right = method.authority
    declared = [one for _, _, one in operations(ROUTES) if method in one.calls]
    object.__setattr__(method, "authority", authority)
    for one in declared:
        one.__dict__["authorities"] = (authority,)  # worked out once by each operation
    try:
        yield
    finally:
        object.__setattr__(method, "authority", right)
        for one in declared:
            del one.__dict__["authorities"]


def test_an_operation_with_too_wide_a_gate_is_found(peopled: Peopled) -> None:
    with opened(dues.LIST_EXCEPTIONS, SIGNED_IN):  # type: ignore[arg-type]
        found = wrong(peopled, "list_exceptions")
    assert {cell.caller for cell in found} >= {"resident", "member", "branch", "editor", "system"}
