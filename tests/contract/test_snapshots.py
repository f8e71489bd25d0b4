"""No released message is narrowed unnoticed, and the check that says so bites."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.contract.snapshots import TABLES, file_of, narrowings, snapshot

ORDER = "place_order"


@pytest.mark.parametrize("area", TABLES)
def test_contract_takes_nothing_away_from_those_who_rely_on_it(area: str) -> None:
    old = orjson.loads(file_of(area).read_bytes())
    assert narrowings(old, snapshot(TABLES[area])) == []


@pytest.mark.parametrize("area", TABLES)
def test_snapshot_knows_every_method_and_event(area: str) -> None:
    old = orjson.loads(file_of(area).read_bytes())
    assert set(old["methods"]) == set(TABLES[area].methods), "run: python -m tests.contract.snapshots"
    assert set(old["events"]) == set(TABLES[area].events), "run: python -m tests.contract.snapshots"


def field(contract: dict[str, Any], *path: str) -> dict[str, Any]:
    shape: dict[str, Any] = contract["methods"][ORDER]
    for name in path:
        shape = shape[name]
    return shape


def drop_method(new: dict[str, Any]) -> None:
    del new["methods"][ORDER]


def drop_event(new: dict[str, Any]) -> None:
    del new["events"]["order_settled"]


def make_it_a_query(new: dict[str, Any]) -> None:
    new["methods"][ORDER]["kind"] = "query"


def forget_a_request_field(new: dict[str, Any]) -> None:
    del field(new, "request", "properties")["expected_total_fen"]


def ask_for_a_new_field(new: dict[str, Any]) -> None:
    field(new, "request", "properties")["note"] = {"type": "string"}
    new["methods"][ORDER]["request"]["required"].append("note")


def take_fewer_lines(new: dict[str, Any]) -> None:
    field(new, "request", "properties", "lines")["maxItems"] = 10


def want_another_form(new: dict[str, Any]) -> None:
    field(new, "request", "properties", "lines", "items", "properties", "month")["pattern"] = "^[0-9]{6}$"


def answer_less(new: dict[str, Any]) -> None:
    del field(new, "reply", "properties")["version"]
    new["methods"][ORDER]["reply"]["required"].remove("version")


def leave_a_field_out_at_times(new: dict[str, Any]) -> None:
    new["methods"][ORDER]["reply"]["required"].remove("total_fen")


def answer_an_unheard_of_state(new: dict[str, Any]) -> None:
    field(new, "reply", "properties", "state")["enum"].append("vanished")


def answer_nothing_for_a_number(new: dict[str, Any]) -> None:
    field(new, "reply", "properties", "total_fen")["type"] = ["integer", "null"]


def answer_money_as_text(new: dict[str, Any]) -> None:
    field(new, "reply", "properties")["total_fen"] = {"type": "string"}


def tell_less(new: dict[str, Any]) -> None:
    del new["events"]["order_settled"]["properties"]["amount_fen"]
    new["events"]["order_settled"]["required"].remove("amount_fen")


NARROWING: tuple[Callable[[dict[str, Any]], None], ...] = (
    drop_method,
    drop_event,
    make_it_a_query,
    forget_a_request_field,
    ask_for_a_new_field,
    take_fewer_lines,
    want_another_form,
    answer_less,
    leave_a_field_out_at_times,
    answer_an_unheard_of_state,
    answer_nothing_for_a_number,
    answer_money_as_text,
    tell_less,
)


@pytest.mark.parametrize("plant", NARROWING, ids=lambda plant: plant.__name__)
def test_planted_narrowing_is_found(plant: Callable[[dict[str, Any]], None]) -> None:
    old = snapshot(TABLES["dues"])
    new = copy.deepcopy(old)
    plant(new)
    assert len(narrowings(old, new)) == 1


def add_a_method(new: dict[str, Any]) -> None:
    new["methods"]["place_many_orders"] = copy.deepcopy(new["methods"][ORDER])


def take_a_new_field_that_may_be_left_out(new: dict[str, Any]) -> None:
    field(new, "request", "properties")["note"] = {"type": "string"}


def take_more_lines(new: dict[str, Any]) -> None:
    field(new, "request", "properties", "lines")["maxItems"] = 1_000


def take_nothing_for_a_number(new: dict[str, Any]) -> None:
    field(new, "request", "properties", "expected_total_fen")["type"] = ["integer", "null"]


def answer_more(new: dict[str, Any]) -> None:
    field(new, "reply", "properties")["note"] = {"type": "string"}
    new["methods"][ORDER]["reply"]["required"].append("note")


def refuse_for_another_reason(new: dict[str, Any]) -> None:
    new["methods"][ORDER]["errors"].append("dues.too_late")


ADDING: tuple[Callable[[dict[str, Any]], None], ...] = (
    add_a_method,
    take_a_new_field_that_may_be_left_out,
    take_more_lines,
    take_nothing_for_a_number,
    answer_more,
    refuse_for_another_reason,
)


@pytest.mark.parametrize("add", ADDING, ids=lambda add: add.__name__)
def test_addition_is_no_narrowing(add: Callable[[dict[str, Any]], None]) -> None:
    old = snapshot(TABLES["dues"])
    new = copy.deepcopy(old)
    add(new)
    assert narrowings(old, new) == []
