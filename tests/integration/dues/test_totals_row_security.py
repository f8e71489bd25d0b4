"""The totals beneath row security: the job and the reports work as the services' role, and see their county alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.chassis.core import Core
from services.chassis.database import Database
from tests.integration.dues.books_kit import BOSS, LI, SECRETARY, Office
from tests.integration.dues.county import COUNTY, County, ident


@pytest.fixture
def office(county: County) -> Iterator[Office]:
    """Its use cases and jobs work as the services do; what a test arranges, it arranges as the owner."""
    made = Office(county)
    service = Database(county.url, name="test", pool_size=2, rows_of=COUNTY)
    county.core = Core(county.core.settings, service)
    yield made
    service.close()


def test_folding_comparing_rebuilding_and_reporting_work_as_the_services_role(office: Office) -> None:
    office.till.pay(LI, 40, ("li", "2026-08"), ("mei", "2026-08"))
    assert office.fold() > 0
    assert office.compare() == 0
    assert office.ask("rebuild_totals", BOSS)["differences"] == 0
    report = office.ask("get_collection", BOSS, org_id=ident("county"), month="2026-08")
    assert (report["whole"]["received_fen"], report["whole"]["on_behalf_fen"]) == (40, 20)
    register = office.ask("get_branch_register", SECRETARY, org_id=ident("b1"), year=2026)
    assert register["rows"][0]["months"][0]["receipt_numbers"] == ["B1〔2026〕000001号"]
    assert office.ask("get_dues_record", SECRETARY, member_id=ident("li"), year=2026)["total_fen"] == 20


def test_another_countys_totals_are_not_seen_or_touched(office: Office) -> None:
    office.sql(
        "INSERT INTO collection_total VALUES ('shehong', gen_random_uuid(), 202609, 202608, 'farmer', false, 'cash', 1, 7)"
    )
    office.sql("INSERT INTO posting_unfolded VALUES (gen_random_uuid(), 'shehong')")
    office.fold()
    assert office.compare() == 0, "theirs is none of our differences"
    assert office.sql("SELECT county_id FROM posting_unfolded") == [("shehong",)]
