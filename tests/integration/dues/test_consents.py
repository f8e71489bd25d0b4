"""Consent: recorded with a date and a person; what it lets an order do, on the hot way and the ordinary one (PAY-2, PAY-3)."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from sqlalchemy.exc import DBAPIError

from services.contracts.dues import errors as e
from services.contracts.errors import NotFound
from services.dues.domain.profile import DEFAULT_PROFILE
from services.dues.domain.profile.data import profile_to_data
from tests.integration.dues.county import County, ident, member, person
from tests.integration.dues.offices import BOSS, DUE_FEN, FIRST, SECOND, TOWN
from tests.integration.dues.till import Till

LI, WANG = member("li"), member("wang")
MONTHS = tuple(f"2026-{month:02d}" for month in range(1, 10))


@pytest.fixture(params=[True, False], ids=["at once", "step by step"])
def till(county: County, request: pytest.FixtureRequest) -> Till:
    """Two members who have paid nothing this year; it is September, so eight months lie behind."""
    county.roster(person("li"), person("wang"))
    for month in MONTHS:
        county.ask("open_month", BOSS, month=month)
    return Till(county, is_hot=request.param)


def _record(county: County, kind: str, name: str = "li", months: tuple[str, str] = ("2026-01", "2026-12")) -> Any:
    period = {"from_month": months[0], "to_month": months[1], "agreed_on": "2026-09-10", "words": "长期在外务工"}
    return county.ask("record_consent", FIRST, member_id=ident(name), kind=kind, **period)


def test_eight_months_back_need_the_branch_and_its_superior(till: Till) -> None:
    county = till.county
    with pytest.raises(e.OrderRefused) as refused:
        till.order(LI, DUE_FEN, ("li", "2026-01"))
    assert refused.value.detail["reason"] == "too_many_back_months"
    consent = _record(county, "back_payment", months=("2026-01", "2026-02"))
    assert not consent["in_force"]
    with pytest.raises(e.OrderRefused):
        till.order(LI, DUE_FEN, ("li", "2026-01"))
    noted = county.ask("note_consent", TOWN, id=consent["id"], words="同意补交")
    assert (noted["in_force"], noted["noted_by"], noted["by"]) == (True, "组织t1", "组织b1")
    assert till.order(LI, 2 * DUE_FEN, ("li", "2026-01"), ("li", "2026-02"))["state"] == "created"


def test_a_consent_for_too_few_months_does_not_help(till: Till) -> None:
    consent = _record(till.county, "back_payment", months=("2026-01", "2026-01"))
    till.county.ask("note_consent", TOWN, id=consent["id"], words="同意补交")
    with pytest.raises(e.OrderRefused):
        till.order(LI, DUE_FEN, ("li", "2026-01"))


def test_a_withdrawn_consent_lets_nothing_through(till: Till) -> None:
    consent = _record(till.county, "back_payment")
    till.county.ask("note_consent", TOWN, id=consent["id"], words="同意补交")
    gone = till.county.ask("withdraw_consent", FIRST, id=consent["id"], words="已补齐")
    assert (gone["in_force"], gone["withdraw_words"]) == (False, "已补齐")
    with pytest.raises(e.OrderRefused):
        till.order(LI, DUE_FEN, ("li", "2026-01"))


def test_the_note_is_the_next_superiors_and_only_for_back_payment(till: Till) -> None:
    county = till.county
    back, quarterly = _record(county, "back_payment"), _record(county, "quarterly")
    for caller, consent, reason in ((BOSS, back, "not_next_superior"), (TOWN, quarterly, "no_note_for_kind")):
        with pytest.raises(e.ConsentRefused) as refused:
            county.ask("note_consent", caller, id=consent["id"], words="同意")
        assert refused.value.detail["reason"] == reason
    assert quarterly["in_force"]
    with pytest.raises(NotFound):
        county.ask("withdraw_consent", SECOND, id=back["id"], words="x")


def test_who_entered_it_does_not_note_it(till: Till) -> None:
    consent = _record(till.county, "back_payment")
    till.county.sql("UPDATE consent SET entered_by = :account", account=TOWN.account_id)
    with pytest.raises(e.ConsentRefused) as refused:
        till.county.ask("note_consent", TOWN, id=consent["id"], words="同意")
    assert refused.value.detail["reason"] == "same_person"


def _demand_consent(county: County) -> None:
    body = profile_to_data(DEFAULT_PROFILE) | {"on_behalf_needs_consent": True, "back_limit_months": 12}
    county.sql(
        "INSERT INTO rule_profile (county_id, code, version, valid_from, body) "
        "VALUES ('yanting', 'sichuan', 2, 202601, CAST(:body AS jsonb))",
        body=orjson.dumps(body).decode(),
    )


def test_by_default_others_pay_without_a_consent(till: Till) -> None:
    till.county.sql("UPDATE obligation SET paid_fen = amount_fen WHERE month < 202609")
    assert till.order(WANG, DUE_FEN, ("li", "2026-09"))["state"] == "created"


def test_where_the_county_demands_one_others_pay_only_with_it(till: Till) -> None:
    county = till.county
    _demand_consent(county)
    with pytest.raises(e.OrderRefused) as refused:
        till.order(WANG, DUE_FEN, ("li", "2026-01"))
    assert refused.value.detail == {"reason": "consent_needed", "member_id": ident("li")}
    assert till.order(WANG, DUE_FEN, ("wang", "2026-01"))["state"] == "created"
    _record(county, "on_behalf")
    assert till.order(WANG, DUE_FEN, ("li", "2026-01"))["state"] == "created"


def test_consents_are_listed_for_those_who_look_after_the_branch(till: Till) -> None:
    county = till.county
    _record(county, "quarterly")
    _record(county, "back_payment", "wang")
    listed = county.ask("list_consents", TOWN, org_id=ident("t1"))["items"]
    assert [(one["kind"], one["mine_to_note"]) for one in listed] == [("back_payment", True), ("quarterly", False)]
    own = county.ask("list_consents", FIRST, org_id=ident("b1"), member_id=ident("li"))["items"]
    assert [one["kind"] for one in own] == ["quarterly"]
    with pytest.raises(NotFound):
        county.ask("list_consents", SECOND, org_id=ident("b1"))


_NOTED = """UPDATE consent SET noted_by = entered_by, noted_by_path = '', note_words = 'x', noted_at = now()"""


def test_the_database_refuses_one_person_for_consent_and_note(till: Till) -> None:
    _record(till.county, "back_payment")
    with pytest.raises(DBAPIError, match="consent_two_persons"):
        till.county.sql(_NOTED)


def test_without_the_constraint_one_person_would_open_the_way_back(till: Till) -> None:
    _record(till.county, "back_payment")
    till.county.sql("ALTER TABLE consent DROP CONSTRAINT consent_two_persons")
    till.county.sql(_NOTED)
    assert till.order(LI, DUE_FEN, ("li", "2026-01"))["state"] == "created"
