"""The rule profile: what it must satisfy, its JSON form both ways, which one rules a month."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.members import messages as members
from services.dues.domain.assessment import Calculation, CalculationInput, calculate
from services.dues.domain.profile import (
    DEFAULT_PROFILE,
    AssessmentMode,
    Bracket,
    MemberClass,
    Method,
    RuleProfile,
    member_class_of,
    profile_for,
    profile_from_data,
    profile_to_data,
)
from services.dues.domain.refusal import Refusal
from services.dues.domain.rounding import Rounding
from tests.unit.dues.domain.given import month, with_class

FARMER = DEFAULT_PROFILE.class_rule(MemberClass.FARMER)
CADRE = DEFAULT_PROFILE.class_rule(MemberClass.VILLAGE_CADRE)


def data() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(profile_to_data(DEFAULT_PROFILE)))
    return made


def test_default_profile_survives_json_both_ways() -> None:
    assert profile_from_data(data()) == DEFAULT_PROFILE


def test_member_classes_are_those_of_the_roster() -> None:
    assert {each.value for each in MemberClass} == {each.value for each in members.MemberClass}


@pytest.mark.parametrize("fen", [20, 21, 50, 100])
def test_county_may_fix_the_farmers_amount_inside_the_laws_range(fen: int) -> None:
    profile = with_class(replace(FARMER, flat_fen=fen))
    answer = calculate(profile, CalculationInput(MemberClass.FARMER, month("2026-09")))
    assert isinstance(answer, Calculation)
    assert answer.amount_fen == fen
    assert profile_from_data(profile_to_data(profile)) == profile


@pytest.mark.parametrize("fen", [-20, 0, 19, 101, 1000])
def test_county_may_not_leave_the_laws_range_for_farmers(fen: int) -> None:
    with pytest.raises(ValueError, match="farmer"):
        with_class(replace(FARMER, flat_fen=fen))


def test_village_cadres_may_pay_like_farmers_where_the_county_says_so() -> None:
    flat = replace(CADRE, method=Method.FLAT, counted=(), left_out=(), deductions=(), flat_fen=20)
    answer = calculate(with_class(flat), CalculationInput(MemberClass.VILLAGE_CADRE, month("2026-09")))
    assert isinstance(answer, Calculation)
    assert (answer.amount_fen, [line.rule for line in answer.lines]) == (20, ["DUE-9"])


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown field": (lambda d: d.update(bonus=1), "bonus"),
    "missing field": (lambda d: d.pop("version"), "version"),
    "text for a number": (lambda d: d.update(version="1"), "version"),
    "true for a number": (lambda d: d.update(version=True), "version"),
    "float for money": (lambda d: d.update(monthly_cap_fen=100000.0), "monthly_cap_fen"),
    "cap of zero": (lambda d: d.update(monthly_cap_fen=0), "monthly_cap_fen"),
    "month that is none": (lambda d: d.update(valid_from="2017-13"), "valid_from"),
    "unknown rounding": (lambda d: d.update(rounding="up"), "rounding"),
    "unknown mode": (lambda d: d.update(assessment_mode="weekly"), "assessment_mode"),
    "negative limit": (lambda d: d.update(back_limit_months=-1), "back_limit_months"),
    "limit of centuries": (lambda d: d.update(ahead_limit_months=25), "ahead_limit_months"),
    "expiry of zero": (lambda d: d.update(order_expiry_minutes=0), "order_expiry_minutes"),
    "code with blanks": (lambda d: d.update(code="Si chuan"), "code"),
    "no brackets": (lambda d: d.update(wage_brackets=[]), "wage_brackets"),
    "closed last bracket": (lambda d: d["wage_brackets"][3].update(up_to_fen=2_000_000), "wage_brackets"),
    "open bracket in the middle": (lambda d: d["wage_brackets"][1].update(up_to_fen=None), "wage_brackets"),
    "edges that fall": (lambda d: d["wage_brackets"][1].update(up_to_fen=300_000), "wage_brackets"),
    "rates that fall": (lambda d: d["retired_brackets"][1].update(rate_basis_points=40), "retired_brackets"),
    "rate of a fifth": (lambda d: d["retired_brackets"][1].update(rate_basis_points=2000), "retired_brackets"),
    "unknown field in a bracket": (lambda d: d["wage_brackets"][0].update(name="a"), "wage_brackets[0].name"),
    "bracket that is a number": (lambda d: d["wage_brackets"].insert(0, 5), "wage_brackets[0]"),
    "brackets that are an object": (lambda d: d.update(wage_brackets={}), "wage_brackets"),
    "item twice": (lambda d: d["items"].append(d["items"][0]), "items"),
    "item of another kind": (lambda d: d["items"][0].update(kind="gift"), "items[0].kind"),
    "item of no rule": (lambda d: d["items"][0].update(rule="PAY-1"), "items"),
    "item without a name": (lambda d: d["items"][0].update(name=""), "items"),
    "text without end": (lambda d: d["items"][0].update(name="长" * 201), "items[0].name"),
    "class missing": (lambda d: d["classes"].pop(), "classes"),
    "class twice": (lambda d: d["classes"].append(d["classes"][0]), "classes"),
    "class unknown": (lambda d: d["classes"][0].update(member_class="emperor"), "classes[0].member_class"),
    "counted item unknown": (lambda d: d["classes"][0]["counted"].append("gold"), "classes"),
    "item counted and left out": (lambda d: d["classes"][0]["left_out"].append("post_salary"), "classes"),
    "deduction counted": (lambda d: d["classes"][0]["counted"].append("enterprise_annuity"), "classes"),
    "wage earner at a fixed amount": (lambda d: d["classes"][0].update(method="flat", flat_fen=20), "classes"),
    "student at no amount": (lambda d: d["classes"][9].update(flat_fen=None), "classes"),
    "farmer outside the range": (lambda d: d["classes"][8].update(flat_fen=101), "classes"),
    "civil servant follows earlier amounts": (lambda d: d["classes"][0].update(may_follow_earlier=True), "classes"),
    "flag that is a number": (lambda d: d["classes"][0].update(may_follow_earlier=0), "classes[0].may_follow_earlier"),
    "article missing": (lambda d: d["articles"].pop("DUE-7"), "articles"),
    "article of no rule": (lambda d: d["articles"].update({"PAY-9": "x"}), "articles"),
    "articles as a list": (lambda d: d.update(articles=[]), "articles"),
    "list without end": (lambda d: d.update(items=d["items"] * 50), "items"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_broken_profile_is_refused_and_says_where(name: str) -> None:
    broken, (break_it, where) = data(), BREAKS[name]
    break_it(broken)
    found = profile_from_data(broken)
    assert isinstance(found, Refusal)
    assert found.code == "dues.rule_profile_invalid"
    assert found.detail["where"] == where
    assert found.detail["problem"]


def set_bracket(count: int) -> Callable[[dict[str, Any]], object]:
    edges = [{"up_to_fen": step, "rate_basis_points": step} for step in range(1, count)]
    return lambda d: d.update(wage_brackets=[*edges, {"up_to_fen": None, "rate_basis_points": 500}])


EDGES: dict[str, tuple[Callable[[dict[str, Any]], object], Callable[[dict[str, Any]], object]]] = {
    "version least": (lambda d: d.update(version=1), lambda d: d.update(version=0)),
    "version most": (lambda d: d.update(version=1_000_000), lambda d: d.update(version=1_000_001)),
    "cap least": (lambda d: d.update(monthly_cap_fen=1), lambda d: d.update(monthly_cap_fen=0)),
    "cap most": (lambda d: d.update(monthly_cap_fen=10_000_000), lambda d: d.update(monthly_cap_fen=10_000_001)),
    "back least": (lambda d: d.update(back_limit_months=0), lambda d: d.update(back_limit_months=-1)),
    "back most": (lambda d: d.update(back_limit_months=24), lambda d: d.update(back_limit_months=25)),
    "ahead least": (lambda d: d.update(ahead_limit_months=0), lambda d: d.update(ahead_limit_months=-1)),
    "ahead most": (lambda d: d.update(ahead_limit_months=24), lambda d: d.update(ahead_limit_months=25)),
    "expiry least": (lambda d: d.update(order_expiry_minutes=1), lambda d: d.update(order_expiry_minutes=0)),
    "expiry most": (lambda d: d.update(order_expiry_minutes=120), lambda d: d.update(order_expiry_minutes=121)),
    "brackets least": (set_bracket(1), lambda d: d.update(wage_brackets=[])),
    "brackets most": (set_bracket(12), set_bracket(13)),
    "rate least": (
        lambda d: d["retired_brackets"][0].update(rate_basis_points=1),
        lambda d: d["retired_brackets"][0].update(rate_basis_points=0),
    ),
    "rate most": (
        lambda d: d["retired_brackets"][1].update(rate_basis_points=1000),
        lambda d: d["retired_brackets"][1].update(rate_basis_points=1001),
    ),
    "edge least": (
        lambda d: d["retired_brackets"][0].update(up_to_fen=1),
        lambda d: d["retired_brackets"][0].update(up_to_fen=0),
    ),
    "class name": (lambda d: d["classes"][0].update(name="长" * 40), lambda d: d["classes"][0].update(name="长" * 41)),
    "class named": (lambda d: d["classes"][0].update(name="长"), lambda d: d["classes"][0].update(name="")),
    "item name": (lambda d: d["items"][0].update(name="长" * 40), lambda d: d["items"][0].update(name="长" * 41)),
    "item named": (lambda d: d["items"][0].update(name="长"), lambda d: d["items"][0].update(name="")),
    "item article": (
        lambda d: d["items"][0].update(article="长" * 80),
        lambda d: d["items"][0].update(article="长" * 81),
    ),
    "item has article": (lambda d: d["items"][0].update(article="长"), lambda d: d["items"][0].update(article="")),
    "article": (
        lambda d: d["articles"].update({"DUE-1": "长" * 80}),
        lambda d: d["articles"].update({"DUE-1": "长" * 81}),
    ),
    "article there": (lambda d: d["articles"].update({"DUE-1": "长"}), lambda d: d["articles"].update({"DUE-1": ""})),
    "flat least": (lambda d: d["classes"][9].update(flat_fen=1), lambda d: d["classes"][9].update(flat_fen=0)),
    "flat most": (lambda d: d["classes"][9].update(flat_fen=10_000), lambda d: d["classes"][9].update(flat_fen=10_001)),
    "farmer least": (lambda d: d["classes"][8].update(flat_fen=20), lambda d: d["classes"][8].update(flat_fen=19)),
    "farmer most": (lambda d: d["classes"][8].update(flat_fen=100), lambda d: d["classes"][8].update(flat_fen=101)),
}


@pytest.mark.parametrize("name", EDGES)
def test_each_bound_holds_at_its_edge_and_refuses_one_beyond(name: str) -> None:
    at_edge, beyond = EDGES[name]
    sound, broken = data(), data()
    at_edge(sound)
    beyond(broken)
    assert isinstance(profile_from_data(sound), RuleProfile)
    assert isinstance(profile_from_data(broken), Refusal)


@pytest.mark.parametrize("wrong", [None, [], "sichuan", 1, {1: 2}])
def test_what_is_no_object_is_no_profile(wrong: object) -> None:
    found = profile_from_data(wrong)
    assert isinstance(found, Refusal)
    assert found.code == "dues.rule_profile_invalid"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(data())), json_values)
def test_any_value_in_any_field_is_read_or_refused(field: str, value: object) -> None:
    changed = copy.deepcopy(data())
    changed[field] = value
    found = profile_from_data(changed)
    assert isinstance(found, RuleProfile | Refusal)
    if isinstance(found, RuleProfile):
        assert profile_from_data(profile_to_data(found)) == found


@given(
    st.lists(st.integers(1, 5_000_000), min_size=1, max_size=5, unique=True),
    st.lists(st.integers(1, 1000), min_size=6, max_size=6, unique=True),
    st.sampled_from(Rounding),
    st.sampled_from(AssessmentMode),
)
def test_any_sound_profile_survives_json(
    edges: list[int], rates: list[int], rounding: Rounding, mode: AssessmentMode
) -> None:
    uppers = [*sorted(edges), None]
    brackets = tuple(Bracket(upper, rate) for upper, rate in zip(uppers, sorted(rates), strict=False))
    profile = replace(DEFAULT_PROFILE, wage_brackets=brackets, rounding=rounding, assessment_mode=mode)
    assert profile_from_data(json.loads(json.dumps(profile_to_data(profile)))) == profile


def test_latest_begun_profile_rules_the_month_and_higher_versions_win() -> None:
    first = DEFAULT_PROFILE
    corrected = replace(first, version=2)
    later = replace(first, version=3, valid_from=month("2027-01"))
    profiles = [later, first, corrected]
    assert profile_for(profiles, month("2016-12")) is None
    assert profile_for(profiles, month("2026-12")) is corrected
    assert profile_for(profiles, month("2027-01")) is later


def test_member_class_is_read_from_its_code_or_refused() -> None:
    assert member_class_of("retired") is MemberClass.RETIRED
    assert member_class_of("离退休") == Refusal("dues.member_class_unknown", (("member_class", "离退休"),))
