"""The copies follow the members service, whatever the order and number of its events."""

from __future__ import annotations

from datetime import date

from services.contracts.members.messages import MemberClass, MemberStatus, StatusPeriod
from tests.integration.dues.county import LONG_AGO, County, branch_period, ident, person


def _row(county: County, name: str) -> tuple[object, ...]:
    found = county.sql(
        "SELECT name, branch_path::text, member_class, status, version FROM member WHERE member_id = :id",
        id=ident(name),
    )
    return tuple(found[0])


def test_a_newer_version_replaces_an_older_one_and_never_the_other_way(county: County) -> None:
    county.roster(person("li", shown="李明", version=2), person("wang"))
    county.roster(person("li", shown="李旧", version=1))
    assert _row(county, "li") == ("李明", "yt.t1.b1", "farmer", "full", 2)
    county.roster(person("li", "b3", MemberClass.RETIRED, shown="李新", version=3))
    assert _row(county, "li") == ("李新", "yt.t2.b3", "retired", "full", 3)
    assert county.sql("SELECT count(*) FROM member")[0][0] == 2


def test_the_newest_of_two_in_one_event_counts(county: County) -> None:
    county.roster(person("li", shown="李二", version=2), person("li", shown="李一", version=1))
    assert _row(county, "li")[0] == "李二"


def test_branch_and_status_are_those_of_today(county: County) -> None:
    moved_on, comes = date(2026, 9, 10), date(2026, 12, 1)
    county.roster(
        person(
            "li",
            branches=(
                branch_period("b1", LONG_AGO, moved_on),
                branch_period("b2", moved_on, comes),
                branch_period("b3", comes),
            ),
        ),
        person(
            "gone",
            branches=(branch_period("b1", LONG_AGO, moved_on),),
            statuses=(
                StatusPeriod(status=MemberStatus.FULL, from_day=LONG_AGO, to_day=moved_on),
                StatusPeriod(status=MemberStatus.TRANSFERRED_OUT, from_day=moved_on, to_day=None),
            ),
        ),
    )
    assert _row(county, "li")[1] == "yt.t1.b2"
    assert _row(county, "gone")[1:4] == ("yt.t1.b1", "farmer", "transferred_out")


def test_organisations_follow_their_versions(county: County) -> None:
    county.organisations(version=3, b1="云溪一支部")
    county.organisations(version=2, b1="旧名")
    assert county.sql("SELECT name FROM organisation WHERE org_id = :id", id=ident("b1"))[0][0] == "云溪一支部"
