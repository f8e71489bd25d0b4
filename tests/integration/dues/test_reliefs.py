"""Relief: two decisions by two persons, nothing before both, and what it does to months (DUE-11)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.contracts.caller import Caller, Grant, Role
from services.contracts.dues.errors import ReliefRefused
from services.contracts.errors import Forbidden, NotFound
from services.contracts.members.messages import MemberClass
from services.contracts.values import OrgPath
from tests.integration.dues.county import WAGE, WAGE_FEN, County, holder, ident, member, person
from tests.integration.dues.offices import (
    AUGUST,
    BOSS,
    FIRST,
    OTHER_TOWN,
    SEPTEMBER,
    TOWN,
    delay,
    report,
)
from tests.integration.dues.till import Till

WAGE_EARNER = member("wage")
REDUCED_FEN = 3_000


@pytest.fixture
def till(county: County) -> Till:
    """One member who earns a wage; August and September are open. It is 15 September."""
    county.roster(person("wage", member_class=MemberClass.CIVIL_SERVANT))
    assessed = {"effective_from": "2026-01", "member_class": "civil_servant", "pay": WAGE}
    county.ask("assess", FIRST, member_id=ident("wage"), **assessed)
    for month in (AUGUST, SEPTEMBER):
        county.ask("open_month", BOSS, month=month)
    return Till(county)


def _ask(county: County, kind: str = "nil", months: tuple[str, str] = (SEPTEMBER, "2026-12"), **changed: Any) -> Any:
    said = {
        "monthly_fen": REDUCED_FEN if kind == "reduced" else 0,
        "decided_on": "2026-09-10",
        "reason": "家中有人重病",
    }
    period = {"from_month": months[0], "to_month": months[1]}
    return county.ask("ask_relief", FIRST, **{"member_id": ident("wage"), "kind": kind, **period, **said, **changed})


def _answer(county: County, relief: Any, caller: Caller = TOWN, *, approve: bool = True, **changed: Any) -> Any:
    said = {"approve": approve, "decided_on": "2026-09-14", "words": "情况属实"}
    return county.ask("answer_relief", caller, **{"id": relief["id"], **said, **changed})


def _amounts(county: County) -> dict[int, tuple[int | None, int | None]]:
    rows = county.sql("SELECT month, amount_fen, full_fen FROM obligation ORDER BY month")
    return {month: (amount_fen, full_fen) for month, amount_fen, full_fen in rows}


def test_nothing_changes_before_the_superior_has_agreed(till: Till, county: County) -> None:
    relief = _ask(county)
    assert (relief["state"], relief["answered_by"]) == ("waiting", "")
    assert _amounts(county) == {202608: (WAGE_FEN, None), 202609: (WAGE_FEN, None)}
    answered = _answer(county, relief)
    assert (answered["state"], answered["answered_on"], answered["answered_by"]) == ("approved", "2026-09-14", "组织t1")
    assert _amounts(county) == {202608: (WAGE_FEN, None), 202609: (0, WAGE_FEN)}
    states = {one["month"]: one["state"] for one in county.ask("get_my_dues", WAGE_EARNER)["months"]}
    assert states == {AUGUST: "due", SEPTEMBER: "exempt"}


def test_a_refused_relief_changes_nothing_and_frees_its_months(till: Till, county: County) -> None:
    assert _answer(county, _ask(county), approve=False)["state"] == "refused"
    assert _amounts(county)[202609] == (WAGE_FEN, None)
    assert _ask(county)["state"] == "waiting"


def test_openings_to_come_and_months_ahead_use_it(till: Till, county: County) -> None:
    _answer(county, _ask(county, "reduced", ("2026-10", "2026-10")))
    ahead = {one["month"]: one["amount_fen"] for one in county.ask("get_my_dues", WAGE_EARNER)["ahead"]}
    assert (ahead["2026-10"], ahead["2026-11"]) == (REDUCED_FEN, WAGE_FEN)
    total = 2 * WAGE_FEN + REDUCED_FEN
    till.pay(WAGE_EARNER, total, ("wage", AUGUST), ("wage", SEPTEMBER), ("wage", "2026-10"))
    county.it_is("2026-11-03")
    county.ask("open_month", BOSS, month="2026-10")
    county.ask("open_month", BOSS, month="2026-11")
    assert _amounts(county)[202610] == (REDUCED_FEN, WAGE_FEN)
    assert _amounts(county)[202611] == (WAGE_FEN, None)


def test_the_bill_shows_it_as_a_line_with_its_article(till: Till, county: County) -> None:
    _answer(county, _ask(county, "reduced"))
    bill = county.ask("get_bill", WAGE_EARNER, month=SEPTEMBER)
    assert (bill["amount_fen"], bill["calculation"]["amount_fen"]) == (REDUCED_FEN, WAGE_FEN)
    line = bill["calculation"]["explanation"][-1]
    assert (line["key"], line["rule"], line["amount_fen"]) == ("relief", "DUE-11", REDUCED_FEN)
    assert "第七条" in line["article"]
    assert line["parameters"]["answered_on"] == "2026-09-14"
    ahead = county.ask("get_bill", WAGE_EARNER, month="2026-11")
    assert (ahead["amount_fen"], ahead["calculation"]["explanation"][-1]["key"]) == (REDUCED_FEN, "relief")


def test_it_never_lowers_below_what_is_paid_and_names_what_was_paid_beyond(till: Till, county: County) -> None:
    till.pay(WAGE_EARNER, 2 * WAGE_FEN, ("wage", AUGUST), ("wage", SEPTEMBER))
    answered = _answer(county, _ask(county, "reduced"))
    assert _amounts(county)[202609] == (WAGE_FEN, WAGE_FEN)
    over = {"month": SEPTEMBER, "paid_fen": WAGE_FEN, "over_fen": WAGE_FEN - REDUCED_FEN}
    assert answered["overpaid"] == [over]
    assert county.ask("list_reliefs", FIRST, org_id=ident("b1"))["items"][0]["overpaid"] == [over]


def test_a_relief_higher_than_the_dues_raises_nothing(till: Till, county: County) -> None:
    _answer(county, _ask(county, "reduced", monthly_fen=WAGE_FEN + 100))
    assert _amounts(county)[202609] == (WAGE_FEN, WAGE_FEN)


def test_an_assessment_made_later_stands_beneath_the_relief(till: Till, county: County) -> None:
    _answer(county, _ask(county, "reduced"))
    again = {"effective_from": "2026-01", "member_class": "civil_servant", "pay": {**WAGE, "deductions": []}}
    county.ask("assess", FIRST, member_id=ident("wage"), **again)
    assert _amounts(county) == {202608: (8_250, None), 202609: (REDUCED_FEN, 8_250)}


def test_only_the_next_superior_answers(till: Till, county: County) -> None:
    relief = _ask(county)
    with pytest.raises(ReliefRefused) as refused:
        _answer(county, relief, BOSS)
    assert refused.value.detail["reason"] == "not_next_superior"
    with pytest.raises(NotFound):
        _answer(county, relief, OTHER_TOWN)
    with pytest.raises(Forbidden):
        _answer(county, relief, FIRST)
    assert county.ask("list_reliefs", TOWN, org_id=ident("t1"), mine=True)["items"][0]["mine_to_answer"]
    assert county.ask("list_reliefs", BOSS, org_id=ident("county"), mine=True)["items"] == []


def _of_both_offices() -> Caller:
    """Somebody who keeps the branch and sits in its committee."""
    both = holder("both", Role.BRANCH_ADMIN, "b1")
    town = Grant(role=Role.COMMITTEE_ADMIN, org_id=ident("t1"), path=OrgPath("yt.t1"))
    return dataclasses.replace(both, grants=(*both.grants, town))


def _entered_and_answered_by_one(county: County) -> None:
    relief = _ask(county)
    county.sql("UPDATE relief SET entered_by = :account", account=_of_both_offices().account_id)
    _answer(county, relief, _of_both_offices())


def test_who_entered_it_does_not_answer_it(till: Till, county: County) -> None:
    with pytest.raises(ReliefRefused) as refused:
        _entered_and_answered_by_one(county)
    assert refused.value.detail["reason"] == "same_person"


_ANSWERED = """UPDATE relief SET state = 'approved', answered_by = entered_by, answered_on = decided_on, answered_by_path = '',
    answer_words = 'x', answered_at = now()"""


def test_the_database_refuses_one_person_for_both(till: Till, county: County) -> None:
    _ask(county)
    with pytest.raises(DBAPIError, match="relief_two_persons"):
        county.sql(_ANSWERED)


def test_without_the_constraint_one_person_would_do_both(till: Till, county: County) -> None:
    _ask(county)
    county.sql("ALTER TABLE relief DROP CONSTRAINT relief_two_persons")
    county.sql(_ANSWERED)


def test_a_month_has_one_relief(till: Till, county: County) -> None:
    _ask(county)
    with pytest.raises(ReliefRefused) as refused:
        _ask(county, "reduced", ("2026-12", "2027-03"))
    assert refused.value.detail["reason"] == "period_taken"
    assert _ask(county, "reduced", ("2027-01", "2027-03"))["state"] == "waiting"


def test_a_month_that_somebody_is_paying_waits(till: Till, county: County) -> None:
    relief = _ask(county)
    till.order(WAGE_EARNER, 2 * WAGE_FEN, ("wage", AUGUST), ("wage", SEPTEMBER))
    with pytest.raises(ReliefRefused) as refused:
        _answer(county, relief)
    assert (refused.value.detail["reason"], refused.value.detail["months"]) == ("month_held", [SEPTEMBER])
    assert _amounts(county)[202609] == (WAGE_FEN, None)


def test_a_reported_month_is_in_no_relief_until_its_report_is_sent_back(till: Till, county: County) -> None:
    delay(county, "wage")
    report(county, "b1")
    with pytest.raises(ReliefRefused) as refused:
        _ask(county, months=(AUGUST, "2026-12"))
    assert (refused.value.detail["reason"], refused.value.detail["months"]) == ("month_closed", [AUGUST])
    county.ask("return_month_report", TOWN, org_id=ident("b1"), month=AUGUST, reason="减免待批")
    _answer(county, _ask(county, months=(AUGUST, "2026-12")))
    assert _amounts(county)[202608] == (0, WAGE_FEN)


def test_one_that_waits_is_withdrawn_by_its_branch(till: Till, county: County) -> None:
    relief = _ask(county)
    with pytest.raises(ReliefRefused) as refused:
        county.ask("end_relief", TOWN, id=relief["id"], words="不需要了")
    assert refused.value.detail["reason"] == "wrong_office"
    assert county.ask("end_relief", FIRST, id=relief["id"], words="不需要了")["state"] == "withdrawn"
    with pytest.raises(ReliefRefused):
        _answer(county, relief)


def test_an_approved_one_ends_early_and_never_backwards(till: Till, county: County) -> None:
    relief = _ask(county, months=(AUGUST, "2026-12"))
    _answer(county, relief)
    with pytest.raises(ReliefRefused) as backwards:
        county.ask("end_relief", FIRST, id=relief["id"], from_month=AUGUST, words="情况好转")
    assert backwards.value.detail["reason"] == "not_backwards"
    ended = county.ask("end_relief", FIRST, id=relief["id"], words="情况好转")
    assert (ended["state"], ended["ends_with"], ended["to_month"]) == ("approved", AUGUST, "2026-12")
    assert _amounts(county) == {202608: (0, WAGE_FEN), 202609: (WAGE_FEN, None)}
    assert _ask(county, months=(SEPTEMBER, "2026-10"))["state"] == "waiting"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"from_month": "2026-12", "to_month": SEPTEMBER}, "period_backwards"),
        ({"to_month": "2027-09"}, "period_too_long"),
        ({"from_month": "2025-08"}, "period_too_long"),
        ({"from_month": "2025-08", "to_month": "2025-10"}, "period_too_far_back"),
        ({"monthly_fen": 100}, "amount_of_kind"),
        ({"kind": "reduced", "monthly_fen": 0}, "amount_of_kind"),
        ({"decided_on": "2026-09-16"}, "date_in_future"),
    ],
)
def test_papers_that_are_not_right_are_refused(
    till: Till, county: County, changed: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ReliefRefused) as refused:
        _ask(county, **changed)
    assert refused.value.detail["reason"] == reason


_AGAIN = """INSERT INTO relief (relief_id, county_id, member_id, branch_id, kind, monthly_fen, from_month, to_month, holds_to,
    reason, decided_on, entered_by, entered_by_path, entered_at, state)
    SELECT gen_random_uuid(), county_id, member_id, branch_id, kind, monthly_fen, from_month, to_month, holds_to,
        reason, decided_on, entered_by, entered_by_path, entered_at, state FROM relief"""


def test_the_database_refuses_a_second_relief_for_a_month(till: Till, county: County) -> None:
    _ask(county)
    with pytest.raises(DBAPIError, match="relief_of_a_month_once"):
        county.sql(_AGAIN)


def test_without_the_constraint_a_month_would_have_two(till: Till, county: County) -> None:
    _ask(county)
    county.sql("ALTER TABLE relief DROP CONSTRAINT relief_of_a_month_once")
    county.sql(_AGAIN)
    assert county.sql("SELECT count(*) FROM relief") == [(2,)]
