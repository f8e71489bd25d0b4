"""Who owes a month, to which branch, how much: DUE-12, DUE-13, TRF-6, ARR-4."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import MemberId, OrgId, OrgPath, YearMonth
from services.dues.domain.obligation import (
    AmountBasis,
    Assessment,
    ClassInterval,
    MembershipInterval,
    MemberStanding,
    NotOwed,
    NotOwedReason,
    Owed,
    Status,
    StatusInterval,
    check_assessment,
    obligation_for,
)
from services.dues.domain.profile import DEFAULT_PROFILE, AssessmentMode, MemberClass
from tests.unit.dues.domain.given import month, with_class

OLD, NEW = OrgId("branch-old"), OrgId("branch-new")
OLD_PATH, NEW_PATH = OrgPath("yt.t01.b001"), OrgPath("yt.t02.b002")
LONG_AGO = date(2001, 6, 30)
ON_CHANGE = replace(DEFAULT_PROFILE, assessment_mode=AssessmentMode.ON_CHANGE)
FARMER, ENTERPRISE, RETIRED = MemberClass.FARMER, MemberClass.ENTERPRISE, MemberClass.RETIRED


def standing(
    *,
    member_class: MemberClass = FARMER,
    joined_on: date = LONG_AGO,
    classes: tuple[ClassInterval, ...] | None = None,
    statuses: tuple[StatusInterval, ...] | None = None,
    memberships: tuple[MembershipInterval, ...] | None = None,
) -> MemberStanding:
    return MemberStanding(
        member_id=MemberId("m1"),
        joined_on=joined_on,
        classes=classes if classes is not None else (ClassInterval(member_class, joined_on),),
        statuses=statuses if statuses is not None else (StatusInterval(Status.FULL, joined_on),),
        memberships=memberships if memberships is not None else (MembershipInterval(OLD, OLD_PATH, joined_on),),
    )


def owed(who: MemberStanding, text: str, *assessments: Assessment, collection_passed: bool = False) -> Owed:
    found = obligation_for(month(text), who, assessments, DEFAULT_PROFILE, collection_passed=collection_passed)
    assert isinstance(found, Owed)
    return found


def reason(who: MemberStanding, text: str) -> NotOwedReason:
    found = obligation_for(month(text), who, (), DEFAULT_PROFILE)
    assert isinstance(found, NotOwed)
    assert found.month == month(text)
    return found.reason


def assessed(since: str, amount_fen: int, version: int = 1, member_class: MemberClass = ENTERPRISE) -> Assessment:
    return Assessment(month(since), amount_fen, version, member_class)


# Whom and when


def test_farmer_owes_the_fixed_amount_without_an_assessment() -> None:
    found = owed(standing(), "2026-09")
    assert (found.amount_fen, found.basis, found.branch_id, found.branch_path) == (20, AmountBasis.FLAT, OLD, OLD_PATH)
    assert found.billed_in == found.month == month("2026-09")


def admitted(day: date) -> MemberStanding:
    return standing(joined_on=day, statuses=(StatusInterval(Status.PROBATIONARY, day),))


@pytest.mark.parametrize("day", [date(2026, 9, 1), date(2026, 9, 15), date(2026, 9, 30)])
def test_probationary_member_owes_from_the_month_of_the_branch_meeting(day: date) -> None:
    assert reason(admitted(day), "2026-08") is NotOwedReason.NOT_YET_ADMITTED
    assert owed(admitted(day), "2026-09").amount_fen == 20
    assert owed(admitted(day), "2026-10").amount_fen == 20


def test_month_of_admission_after_its_collection_is_asked_with_the_next_but_stays_its_own_month() -> None:
    found = owed(admitted(date(2026, 9, 28)), "2026-09", collection_passed=True)
    assert (found.month, found.billed_in) == (month("2026-09"), month("2026-10"))


def test_only_the_month_of_admission_is_asked_later() -> None:
    assert owed(admitted(date(2026, 9, 28)), "2026-10", collection_passed=True).billed_in == month("2026-10")
    assert owed(admitted(date(2026, 9, 1)), "2026-09", collection_passed=True).billed_in == month("2026-09")
    december = owed(admitted(date(2026, 12, 31)), "2026-12", collection_passed=True)
    assert december.billed_in == month("2027-01")


def moved_on(day: date) -> MemberStanding:
    return standing(
        memberships=(MembershipInterval(OLD, OLD_PATH, LONG_AGO, day), MembershipInterval(NEW, NEW_PATH, day))
    )


@pytest.mark.parametrize("day", [date(2026, 9, 2), date(2026, 9, 15), date(2026, 9, 30)])
def test_month_of_acceptance_stays_with_the_old_branch_and_the_next_is_the_new_ones(day: date) -> None:
    assert owed(moved_on(day), "2026-09").branch_id == OLD
    assert owed(moved_on(day), "2026-10").branch_id == NEW
    assert owed(moved_on(day), "2026-10").branch_path == NEW_PATH


def test_acceptance_on_the_first_gives_the_month_to_the_new_branch() -> None:
    assert owed(moved_on(date(2026, 9, 1)), "2026-08").branch_id == OLD
    assert owed(moved_on(date(2026, 9, 1)), "2026-09").branch_id == NEW


def test_member_from_outside_the_county_owes_from_the_month_after_acceptance() -> None:
    day = date(2026, 9, 10)
    who = standing(statuses=(StatusInterval(Status.FULL, day),), memberships=(MembershipInterval(NEW, NEW_PATH, day),))
    assert reason(who, "2026-09") is NotOwedReason.NO_STATUS
    assert owed(who, "2026-10").branch_id == NEW


def test_member_between_two_branches_owes_to_none_and_says_so() -> None:
    who = standing(memberships=(MembershipInterval(OLD, OLD_PATH, LONG_AGO, date(2026, 8, 20)),))
    assert reason(who, "2026-09") is NotOwedReason.NO_BRANCH


ENDED = [
    (Status.SUSPENDED, NotOwedReason.SUSPENDED),
    (Status.REMOVED, NotOwedReason.REMOVED),
    (Status.TRANSFERRED_OUT, NotOwedReason.TRANSFERRED_OUT),
]


@pytest.mark.parametrize(("status", "why"), ENDED)
def test_status_that_ends_dues_on_or_before_the_first_frees_the_month(status: Status, why: NotOwedReason) -> None:
    for day in (date(2026, 8, 31), date(2026, 9, 1)):
        who = standing(statuses=(StatusInterval(Status.FULL, LONG_AGO, day), StatusInterval(status, day)))
        assert reason(who, "2026-09") is why


@pytest.mark.parametrize(("status", "why"), ENDED)
def test_status_that_ends_dues_within_the_month_leaves_it_owed(status: Status, why: NotOwedReason) -> None:
    day = date(2026, 9, 2)
    who = standing(statuses=(StatusInterval(Status.FULL, LONG_AGO, day), StatusInterval(status, day)))
    assert owed(who, "2026-09").amount_fen == 20
    assert reason(who, "2026-10") is why


def test_restored_member_owes_again_from_the_next_first() -> None:
    back = date(2026, 9, 10)
    who = standing(
        statuses=(
            StatusInterval(Status.FULL, LONG_AGO, date(2026, 2, 5)),
            StatusInterval(Status.SUSPENDED, date(2026, 2, 5), back),
            StatusInterval(Status.FULL, back),
        )
    )
    states = [isinstance(obligation_for(month(f"2026-{m:02d}"), who, (), DEFAULT_PROFILE), Owed) for m in range(1, 13)]
    assert states == [True, True, False, False, False, False, False, False, False, True, True, True]


# How much


def test_wage_earner_without_an_assessment_owes_an_unknown_amount() -> None:
    found = owed(standing(member_class=ENTERPRISE), "2026-09")
    assert (found.amount_fen, found.basis, found.assessment_version) == (None, AmountBasis.UNASSESSED, None)


def test_years_amount_holds_to_december_and_is_carried_over_until_january_is_assessed() -> None:
    who, amounts = standing(member_class=ENTERPRISE), (assessed("2025-01", 1500), assessed("2026-01", 2000))
    assert owed(who, "2025-12", *amounts).amount_fen == 1500
    within = owed(who, "2026-12", *amounts)
    assert (within.amount_fen, within.basis) == (2000, AmountBasis.ASSESSED)
    carried = owed(who, "2027-02", *amounts)
    assert (carried.amount_fen, carried.basis) == (2000, AmountBasis.CARRIED_OVER)


def test_back_months_keep_the_amount_of_their_own_year() -> None:
    who, amounts = standing(member_class=ENTERPRISE), (assessed("2026-01", 2000), assessed("2025-01", 1500))
    found = [owed(who, text, *amounts).amount_fen for text in ("2025-11", "2025-12", "2026-01", "2026-02")]
    assert found == [1500, 1500, 2000, 2000]


def test_nothing_is_assessed_before_the_first_assessment() -> None:
    assert owed(standing(member_class=ENTERPRISE), "2025-12", assessed("2026-01", 2000)).amount_fen is None


def test_correction_with_a_higher_version_takes_the_place_of_the_first() -> None:
    found = owed(
        standing(member_class=ENTERPRISE), "2026-05", assessed("2026-01", 1900, 2), assessed("2026-01", 2000, 1)
    )
    assert (found.amount_fen, found.assessment_version) == (1900, 2)


def test_on_change_the_new_amount_holds_from_its_month_and_is_never_called_carried_over() -> None:
    who, amounts = standing(member_class=ENTERPRISE), (assessed("2025-01", 1500), assessed("2026-07", 1800))
    found = [obligation_for(month(text), who, amounts, ON_CHANGE) for text in ("2026-06", "2026-07")]
    assert [(each.amount_fen, each.basis) for each in found if isinstance(each, Owed)] == [
        (1500, AmountBasis.ASSESSED),
        (1800, AmountBasis.ASSESSED),
    ]


def test_retirement_asks_for_a_new_assessment_and_leaves_the_months_before_alone() -> None:
    day = date(2026, 6, 15)
    who = standing(classes=(ClassInterval(ENTERPRISE, LONG_AGO, day), ClassInterval(RETIRED, day)))
    before = assessed("2026-01", 4400)
    assert owed(who, "2026-06", before).amount_fen == 4400
    assert owed(who, "2026-07", before).amount_fen is None
    after = assessed("2026-07", 2400, member_class=RETIRED)
    assert [owed(who, text, before, after).amount_fen for text in ("2026-06", "2026-07")] == [4400, 2400]


def test_student_who_takes_a_job_keeps_the_fixed_amount_for_the_months_before() -> None:
    day = date(2026, 7, 1)
    who = standing(classes=(ClassInterval(MemberClass.STUDENT, LONG_AGO, day), ClassInterval(ENTERPRISE, day)))
    found = [owed(who, text, assessed("2026-07", 1600)).amount_fen for text in ("2026-06", "2026-07")]
    assert found == [20, 1600]


def test_flat_amount_is_that_of_the_profile_of_the_month() -> None:
    richer = with_class(replace(DEFAULT_PROFILE.class_rule(FARMER), flat_fen=50))
    found = obligation_for(month("2026-09"), standing(), (), richer)
    assert isinstance(found, Owed)
    assert found.amount_fen == 50


def test_member_whose_class_is_not_known_owes_an_unknown_amount() -> None:
    found = owed(standing(classes=()), "2026-09", assessed("2026-01", 2000))
    assert (found.amount_fen, found.basis) == (None, AmountBasis.UNASSESSED)


def test_assessments_of_one_member_are_bounded() -> None:
    with pytest.raises(ValueError, match="assessments of one member"):
        owed(standing(member_class=ENTERPRISE), "2026-09", *[assessed("2026-01", 1)] * 1001)
    assert owed(standing(member_class=ENTERPRISE), "2026-09", *[assessed("2026-01", 1)] * 1000).amount_fen == 1


# When an assessment may begin


@pytest.mark.parametrize(
    ("since", "earlier", "code"),
    [
        ("2027-01", [assessed("2026-01", 1)], None),
        ("2026-05", [], None),
        ("2026-05", [assessed("2025-01", 1)], None),
        ("2026-05", [assessed("2026-05", 1)], None),
        ("2026-05", [assessed("2026-01", 1)], "dues.assessment_year_fixed"),
        ("2026-05", [assessed("2026-06", 1)], "dues.assessment_year_fixed"),
        ("2026-05", [assessed("2026-01", 1, member_class=RETIRED)], None),
        ("2026-01", [assessed("2026-05", 1)], None),
        ("2026-02", [assessed("2026-01", 1)], "dues.assessment_year_fixed"),
        ("2017-01", [], None),
        ("2016-12", [], "dues.month_before_rule_profile"),
    ],
)
def test_years_amount_stays_for_the_year(since: str, earlier: list[Assessment], code: str | None) -> None:
    found = check_assessment(DEFAULT_PROFILE, month(since), ENTERPRISE, earlier)
    assert (found.code if found else None) == code


def test_on_change_an_assessment_begins_in_any_month() -> None:
    assert check_assessment(ON_CHANGE, month("2026-05"), ENTERPRISE, [assessed("2026-01", 1)]) is None


def test_flat_classes_are_not_assessed() -> None:
    found = check_assessment(DEFAULT_PROFILE, month("2026-01"), FARMER, [])
    assert found is not None
    assert found.code == "dues.flat_class_not_assessed"


# What a standing must satisfy


def test_intervals_do_not_overlap_nor_end_before_they_begin() -> None:
    day = date(2026, 5, 1)
    with pytest.raises(ValueError, match="overlap"):
        standing(statuses=(StatusInterval(Status.FULL, LONG_AGO), StatusInterval(Status.SUSPENDED, day)))
    with pytest.raises(ValueError, match="ends after"):
        standing(memberships=(MembershipInterval(OLD, OLD_PATH, day, day),))
    with pytest.raises(ValueError, match="more than"):
        standing(classes=(ClassInterval(FARMER, day),) * 501)


@given(st.lists(st.integers(0, 900), min_size=1, max_size=6, unique=True), st.integers(2025, 2027), st.integers(1, 12))
def test_each_month_of_a_member_who_moves_belongs_to_exactly_the_branch_of_its_first_day(
    days: list[int], year: int, number: int
) -> None:
    starts = [LONG_AGO, *(date.fromordinal(date(2025, 1, 1).toordinal() + day) for day in sorted(days))]
    ends = [*starts[1:], None]
    memberships = tuple(
        MembershipInterval(OrgId(f"b{place}"), OrgPath(f"yt.b{place}"), start, end)
        for place, (start, end) in enumerate(zip(starts, ends, strict=True))
    )
    asked = YearMonth(year, number)
    holder = max(place for place, start in enumerate(starts) if start <= asked.first_day)
    found = obligation_for(asked, standing(memberships=memberships), (), DEFAULT_PROFILE)
    assert isinstance(found, Owed)
    assert found.branch_id == f"b{holder}"
