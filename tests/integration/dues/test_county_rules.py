"""The county sets its shares and whether the notice names people: from a month on, one by one, with a trace (BOOK-2, BOOK-5)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Caller, Role
from services.contracts.dues import errors as e
from services.contracts.errors import Forbidden, InvalidMessage, NotFound, StaleVersion
from services.dues import county_rules
from tests.integration.dues.books_kit import BOSS, FINANCE, LI, SECRETARY, Office
from tests.integration.dues.county import County, holder, ident, person

JANUARY, SEPTEMBER, OCTOBER = "2027-01", "2026-09", "2026-10"


@pytest.fixture
def office(county: County) -> Office:
    """September brought 40 to b1. It is 15 September."""
    made = Office(county)
    county.roster(person("boss", shown="县委管理员"))
    made.till.pay(LI, 40, ("li", "2026-08"), ("li", SEPTEMBER))
    made.fold()
    return made


def setting(
    office: Office, month: str, version: int, *, county_share: int | None = 3_000, names: bool = True, by: Caller = BOSS
) -> Any:
    body = {"from_month": month, "county_share": county_share, "publish_names": names, "version": version}
    shares = {"city_to_province_share": 2_000, "province_to_centre_share": 500}
    return office.ask("set_county_rules", by, **body, **shares)


def refused(office: Office, month: str, version: int, **wanted: Any) -> str:
    with pytest.raises(e.CountyRulesRefused) as refusal:
        setting(office, month, version, **wanted)
    return str(refusal.value.detail["reason"])


def test_without_a_setting_sichuan_s_values_hold_since_they_began(office: Office) -> None:
    rules = office.ask("get_county_rules", BOSS)
    (only,) = rules["items"]
    assert (only["from_month"], only["county_share"], only["publish_names"], only["in_force"]) == (
        "2017-01",
        None,
        False,
        True,
    )
    assert (rules["version"], only["set_by_name"], only["set_at"]) == (1, "", None)


def test_a_setting_holds_from_its_month_on_and_names_who_set_it(office: Office) -> None:
    rules = setting(office, SEPTEMBER, 1)
    newest, before = rules["items"]
    assert (newest["from_month"], newest["county_share"], newest["in_force"]) == (SEPTEMBER, 3_000, True)
    assert (newest["set_by_name"], before["in_force"], rules["version"]) == ("县委管理员", False, 2)
    figures = office.ask("get_remittance_figures", BOSS, org_id=ident("county"), year=2026)
    assert figures["county_share"] == 3_000
    last_year = office.ask("get_remittance_figures", BOSS, org_id=ident("county"), year=2025)
    assert last_year["county_share"] is None, "what is over stays as it was"
    notice = office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2026)
    assert (notice["names_shown"], notice["names"]) == (True, [{"name": "李大山", "paid_fen": 40}])
    assert office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2025)["names_shown"] is False


def test_a_setting_for_next_year_waits_until_then(office: Office) -> None:
    setting(office, JANUARY, 1)
    assert office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2026)["names_shown"] is False
    office.county.it_is("2027-02-01")
    assert office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2027)["names_shown"] is True
    assert office.ask("get_yearly_notice", SECRETARY, org_id=ident("b1"), year=2026)["names_shown"] is False


def test_a_month_that_is_over_is_never_set_and_nothing_is_set_for_nothing(office: Office) -> None:
    assert refused(office, "2026-08", 1) == "month_past"
    assert refused(office, SEPTEMBER, 1, county_share=None, names=False) == "nothing_changed"
    assert office.sql("SELECT count(*) FROM rule_profile") == [(0,)]


def test_a_setting_of_the_same_month_takes_the_place_of_the_one_before(office: Office) -> None:
    setting(office, OCTOBER, 1)
    rules = setting(office, OCTOBER, 2, county_share=2_500)
    assert [(one["from_month"], one["county_share"]) for one in rules["items"]] == [(OCTOBER, 2_500), ("2017-01", None)]
    assert office.sql("SELECT version, valid_from FROM rule_profile ORDER BY version") == [(2, 202610), (3, 202610)]


def test_what_everybody_owes_is_not_touched(office: Office) -> None:
    before = office.county.ask("get_profile", BOSS)
    setting(office, SEPTEMBER, 1)
    after = office.county.ask("get_profile", BOSS)
    assert {name for name in before if before[name] != after[name]} == {"version", "from_month"}
    office.till.pay(LI, 20, ("mei", "2026-08"))


def test_two_who_set_at_once_never_overwrite_each_other(office: Office) -> None:
    def one(share: int) -> str:
        try:
            setting(office, SEPTEMBER, 1, county_share=share)
        except StaleVersion:
            return "stale"
        return "set"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(one, (1_000, 2_000, 3_000, 4_000))) == ["set", "stale", "stale", "stale"]
    assert office.sql("SELECT count(*) FROM rule_profile") == [(1,)]


def test_without_the_lock_two_settings_meet_at_the_version(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: the lock keeps the second from reading what the first has not written yet; the key is what is left."""
    setting(office, SEPTEMBER, 1)
    monkeypatch.setattr(county_rules, "_ONE_BY_ONE", "SELECT :county")
    read = county_rules.read_profiles
    monkeypatch.setattr(county_rules, "read_profiles", lambda work: type(read(work))(()))
    with pytest.raises(sa.exc.IntegrityError, match="rule_profile_pkey"):
        setting(office, SEPTEMBER, 1, county_share=100)


def test_the_county_s_administrator_alone_sees_and_sets(office: Office) -> None:
    for caller in (FINANCE, SECRETARY, LI):
        with pytest.raises(Forbidden):
            office.ask("get_county_rules", caller)
        with pytest.raises(Forbidden):
            setting(office, SEPTEMBER, 1, by=caller)
    part = holder("part", Role.COUNTY_ADMIN, "t1")
    with pytest.raises(NotFound):
        setting(office, SEPTEMBER, 1, by=part)


def test_a_share_beyond_the_whole_is_no_share(office: Office) -> None:
    with pytest.raises(InvalidMessage):
        setting(office, SEPTEMBER, 1, county_share=10_001)


def test_each_setting_leaves_its_trace(office: Office) -> None:
    setting(office, SEPTEMBER, 1)
    rows = office.sql("SELECT action, object_id, purpose FROM audit WHERE object_kind = 'rule_profile'")
    assert rows == [("dues.county_rules_set", "sichuan/2", "2026-09: 3000/2000/500, names shown")]
