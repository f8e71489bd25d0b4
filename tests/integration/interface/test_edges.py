"""Inputs at the ends of what the document allows, each of which once ended in a 500."""

from __future__ import annotations

import pytest

from services.chassis.pages import cursor_of
from services.dues import beneficiaries, worklist
from tests.integration.authority.conftest import Peopled
from tests.integration.authority.story import ABSENT, MONTH, TARGETS
from tests.integration.dues.county import WAGE

FIRST, LAST = "1921-01", "2199-12"


@pytest.mark.parametrize("month", [FIRST, "1921-02", LAST])
def test_a_month_at_the_ends_of_the_calendar_is_not_to_open(peopled: Peopled, month: str) -> None:
    """BOOK-1: the first month has none before it that could be open."""
    with peopled.world.undone():
        answer = peopled.world.ask("POST", "/v1/dues/months", peopled.known.sessions["county"], json={"month": month})
    assert (answer.status_code, answer.json["code"]) == (409, "dues.month_not_to_open")


def test_an_amount_may_begin_in_the_last_month_of_the_calendar(peopled: Peopled) -> None:
    """DUE-13: by default an amount begins in January, and what is refused is refused by name."""
    member_id = peopled.known.people[TARGETS["colleague"].name]
    given = {"effective_from": LAST, "member_class": "civil_servant", "pay": WAGE}
    with peopled.world.undone():
        path = f"/v1/members/{member_id}/assessments"
        answer = peopled.world.ask("POST", path, peopled.known.sessions["branch"], json=given)
    assert answer.status_code in (201, 422), answer.text


@pytest.mark.parametrize("month", [FIRST, LAST])
def test_there_is_no_bill_at_the_ends_of_the_calendar(peopled: Peopled, month: str) -> None:
    answer = peopled.world.ask("GET", f"/v1/dues/mine/{month}/bill", peopled.known.sessions["member"])
    assert (answer.status_code, answer.json["code"]) == (404, "not_found")


def _pages(peopled: Peopled) -> list[int]:
    """How the two lists that go by name answer a cursor whose name holds a zero byte."""
    known, ask = peopled.known, peopled.world.ask
    work_list = f"/v1/organisations/{known.orgs['t01b01']}/dues/assessments"
    by_month = {"month": MONTH, "cursor": cursor_of(0, "\0", ABSENT)}
    by_name = {"group": "village", "cursor": cursor_of("\0", ABSENT)}
    return [
        ask("GET", work_list, known.sessions["branch"], params=by_month).status_code,
        ask("GET", "/v1/dues/beneficiaries", known.sessions["member"], params=by_name).status_code,
    ]


def test_a_made_up_cursor_with_a_zero_byte_is_refused_before_the_database_sees_it(peopled: Peopled) -> None:
    assert _pages(peopled) == [400, 400]


def test_twin_that_takes_any_text_in_a_cursor_ends_in_a_fault(
    peopled: Peopled, monkeypatch: pytest.MonkeyPatch
) -> None:
    for list_by_name in (worklist, beneficiaries):
        monkeypatch.setattr(list_by_name, "clean_text", str)
    assert _pages(peopled) == [500, 500]
