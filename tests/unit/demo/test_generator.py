"""The demonstration county: the figures of the product, nobody real, the same each time, and a roster that comes in clean."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from collections import Counter
from datetime import date, timedelta

import pytest
from stdnum.cn import ric

from deploy.demo.generator import AWAY, MEMBERS, PROBATIONARY, SUSPENDED, DemoCounty, build_county
from deploy.demo.generator_members import PHONE_PREFIX
from deploy.demo.generator_people import CAST
from deploy.demo.generator_places import OFFICES, TOWNSHIPS
from services.contracts.values import OrgPath, YearMonth
from services.members.domain.authority import GrantFault, grant_fault
from services.members.domain.membership import OWING, Status
from services.members.domain.organisation import Kind, Organisation, Tree
from services.members.domain.roster.form import Column, MemberClass
from services.members.domain.roster.organisations import plan_organisations
from services.members.domain.roster.plan import ImportPlan, Roster, plan_import
from services.members.spreadsheets.roster_reader import read_roster
from services.members.spreadsheets.roster_writer import RosterLine

AS_OF = date(2026, 11, 24)
MONTH = YearMonth(2026, 1)
MEMORY_BOUND_MIB = 200


@pytest.fixture(scope="module")
def county() -> DemoCounty:
    return build_county(AS_OF)


@pytest.fixture(scope="module")
def lines(county: DemoCounty) -> list[RosterLine]:
    return list(county.lines())


def test_figures_are_those_of_the_product(lines: list[RosterLine]) -> None:
    assert len(lines) == MEMBERS == 27_385
    assert sum(line.away for line in lines) == AWAY == 6_000
    statuses = Counter(line.status for line in lines)
    assert statuses[Status.PROBATIONARY] == PROBATIONARY
    assert statuses[Status.SUSPENDED] == SUSPENDED


def test_every_class_is_there_and_farmers_are_the_most(lines: list[RosterLine]) -> None:
    classes = Counter(line.member_class for line in lines)
    assert set(classes) == set(MemberClass)
    assert min(classes.values()) >= 80
    assert classes.most_common(1)[0][0] is MemberClass.FARMER
    assert 0.4 < classes[MemberClass.FARMER] / MEMBERS < 0.6


def test_tree_has_the_townships_the_offices_and_about_1500_branches(county: DemoCounty) -> None:
    kinds = Counter(one.kind for one in county.organisations)
    assert (kinds[Kind.COUNTY_COMMITTEE], kinds[Kind.TOWNSHIP_COMMITTEE]) == (1, len(TOWNSHIPS))
    assert kinds[Kind.DEPARTMENT_COMMITTEE] == len(OFFICES) == 45
    assert 1400 <= kinds[Kind.BRANCH] <= 1600
    assert kinds[Kind.GENERAL_BRANCH] > 100
    assert kinds[Kind.GROUP] > 100
    tree = Tree(county.organisations)
    assert all(tree.find_path(one.code) for one in county.organisations)
    names = [one.name for one in county.organisations]
    assert len(set(names)) == len(names)


def test_every_branch_has_members_and_names_are_unique_in_it(county: DemoCounty, lines: list[RosterLine]) -> None:
    sizes = Counter(line.branch_code for line in lines)
    assert set(sizes) == {one.code for one in county.organisations if one.kind is Kind.BRANCH}
    assert min(sizes.values()) >= 3
    assert len({(line.branch_code, line.name) for line in lines}) == MEMBERS


def test_households_hold_several_members_of_one_branch(lines: list[RosterLine]) -> None:
    branches: dict[str, set[str]] = {}
    for line in lines:
        if line.household:
            branches.setdefault(line.household, set()).add(line.branch_code)
    sizes = Counter(line.household for line in lines if line.household)
    assert all(len(found) == 1 for found in branches.values())
    assert sum(1 for size in sizes.values() if size >= 2) > 3000


def test_all_ages_rare_characters_and_names_with_a_dot_are_there(lines: list[RosterLine]) -> None:
    years = {int(line.identity_number[6:10]) for line in lines}
    assert min(years) < 1935
    assert max(years) > 2005
    characters = {character for line in lines for character in line.name}
    assert {"䶮", "镕", "喆", "\U0002b5af", "·"} <= characters
    assert len({line.nation for line in lines}) >= 5


def test_no_identity_number_can_be_a_real_persons(lines: list[RosterLine]) -> None:
    numbers = [line.identity_number for line in lines]
    assert len(set(numbers)) == MEMBERS
    assert {number[:6] for number in numbers} == {"510799"}
    assert all(ric.calc_check_digit(number) == number[-1] for number in numbers)
    with pytest.raises(KeyError):  # stdnum's table of places knows the province and the city, and no such county
        ric.get_birth_place(numbers[0])


def test_no_phone_is_on_any_network_and_none_is_shared(lines: list[RosterLine]) -> None:
    phones = [line.phone for line in lines if line.phone]
    assert {phone[:3] for phone in phones} == {PHONE_PREFIX}
    assert len(set(phones)) == len(phones) > 25_000


def test_same_seed_gives_the_same_county_and_another_seed_another(county: DemoCounty, lines: list[RosterLine]) -> None:
    again = build_county(AS_OF)
    assert list(again.lines()) == lines
    assert list(again.assessments(MONTH)) == list(county.assessments(MONTH))
    other = build_county(AS_OF, seed=7)
    assert list(other.lines()) != lines
    assert {person.identity_number for person in other.people.values()} == {
        person.identity_number for person in county.people.values()
    }


def test_same_county_gives_the_same_file(county: DemoCounty) -> None:
    digests = set()
    for _ in range(2):
        target = io.BytesIO()
        assert county.write_roster(target) == MEMBERS
        digests.add(hashlib.sha256(target.getvalue()).hexdigest())
    assert len(digests) == 1


def _planned(county: DemoCounty, today: date) -> ImportPlan:
    target = io.BytesIO()
    county.write_roster(target)
    file = read_roster(target)
    root = Organisation("yanting", "中共盐亭县委员会", Kind.COUNTY_COMMITTEE, "")
    organisations = plan_organisations({root.code: root}, file.organisations, OrgPath("yanting"))
    roster = Roster({}, str.encode, str.encode, OrgPath("yanting"), today)
    return plan_import(roster, organisations, file.members())


@pytest.mark.parametrize("days", [0, 400])
def test_roster_comes_in_without_a_problem(county: DemoCounty, days: int) -> None:
    plan = _planned(county, AS_OF + timedelta(days=days))
    assert [one for one in plan.members if one.problems] == []
    assert plan.can_be_applied
    assert plan.counts.added == plan.counts.total == MEMBERS
    assert plan.counts.organisations_added == len(county.organisations) - 1


def test_months_back_have_a_membership_to_stand_on(lines: list[RosterLine]) -> None:
    """Six months back can be paid: whoever is a full member has been in his branch for longer than that."""
    half_a_year_ago = AS_OF - timedelta(days=190)
    assert all(
        line.branch_since and line.branch_since < half_a_year_ago for line in lines if line.status is Status.FULL
    )


def test_people_one_meets_stand_where_the_pages_say(county: DemoCounty, lines: list[RosterLine]) -> None:
    people = county.people
    assert set(people) == {cast.key for cast in CAST}
    family = [people[key] for key in ("member_away", "father", "mother")]
    assert len({person.household for person in family}) == len({person.branch_code for person in family}) == 1
    by_number = {line.identity_number: line for line in lines}
    son, father, mother = (by_number[person.identity_number] for person in family)
    assert son.away
    assert father.member_class is mother.member_class is MemberClass.FARMER
    assert son.branch_name == father.branch_name == "嫘祖镇蚕丝村党支部"
    assert all(by_number[person.identity_number].phone == person.phone for person in people.values())


def test_each_role_can_be_given_to_the_person_meant_for_it(county: DemoCounty) -> None:
    tree = Tree(county.organisations)
    given: set[str] = set()
    for person in county.people.values():
        if person.role:
            office, path = tree.find(person.office_code), tree.find_path(person.office_code)
            assert office is not None
            assert path is not None
            fault: GrantFault | None = grant_fault([], person.role, office.kind, path)
            assert fault is None
            given.add(person.role)
    assert given == {"branch_admin", "committee_admin", "county_admin", "finance", "editor", "system_admin"}


def test_pay_slips_name_members_by_branch_and_name(county: DemoCounty, lines: list[RosterLine]) -> None:
    slips = list(county.assessments(MONTH))
    members = {(line.branch_code, line.name): line for line in lines}
    assert len({(slip.branch_code, slip.name) for slip in slips}) == len(slips)
    assessed = {MemberClass.SELF_EMPLOYED, *(slip.member_class for slip in slips)}
    for slip in slips:
        member = members[slip.branch_code, slip.name]
        assert member.member_class is slip.member_class
        assert member.status in OWING
        amounts = [*slip.counted, *slip.left_out, *slip.deductions]
        assert all(type(amount) is int and amount > 0 for _, amount in amounts)
        assert len({code for code, _ in amounts}) == len(amounts)
        assert len(slip.quarter_income) == (3 if slip.member_class is MemberClass.SELF_EMPLOYED else 0)
    owing = sum(1 for line in lines if line.member_class in assessed and line.status in OWING)
    assert 0.975 < len(slips) / owing < 1


def test_traders_incomes_are_those_of_the_quarter_before(county: DemoCounty) -> None:
    for month, first in (
        (YearMonth(2026, 1), "2025-10"),
        (YearMonth(2026, 6), "2026-01"),
        (YearMonth(2026, 7), "2026-04"),
    ):
        slip = next(one for one in county.assessments(month) if one.quarter_income)
        assert str(slip.quarter_income[0][0]) == first


def test_pay_slip_that_the_pages_show_is_the_same_in_every_county() -> None:
    for seed in (1, 2):
        county = build_county(AS_OF, seed=seed)
        person = county.people["member_away"]
        (slip,) = [
            one for one in county.assessments(MONTH) if (one.branch_code, one.name) == (person.branch_code, person.name)
        ]
        assert sum(amount for _, amount in slip.counted) - sum(amount for _, amount in slip.deductions) == 5107_50


def test_roster_of_the_county_is_read_and_judged_in_little_memory() -> None:
    """In a process of its own, by the kernel's high-water mark, which unlike ``getrusage`` does not count the parent's memory."""
    code = (
        "from tests.unit.demo.test_generator import AS_OF, MEMBERS, _planned, build_county\n"
        "plan = _planned(build_county(AS_OF), AS_OF)\n"
        "assert plan.counts.added == MEMBERS\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(int(status['VmHWM'].split()[0]) // 1024)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert int(done.stdout) < MEMORY_BOUND_MIB


def test_form_of_the_lines_is_complete(lines: list[RosterLine]) -> None:
    assert len(Column) == len(RosterLine.__dataclass_fields__)
    assert all(line.name and line.branch_name and line.joined_on for line in lines)
