"""Reminders: one tap tells a branch's debtors once; the limits hold whoever reminds, two at once too; nobody is told at night."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy.exc

from services.chassis.clock import parse_instant
from services.contracts.dues.errors import ArrearsOfBranchOnly
from services.contracts.members.messages import WechatOutcome
from services.dues.arrears import reminders
from tests.integration.dues.county import County, ident
from tests.integration.dues.debtors import BOSS, MONTH_FEN, SECRETARY, TOWNSHIP, Debtors

REASON = {"first_day": "2026-09-01", "last_day": "2026-12-31", "words": "长期住院"}


@pytest.fixture
def debtors(county: County) -> Debtors:
    """甲 and 乙 of b1 owe two months, 丁 of b2 as well; it is ten in the morning of 15 September."""
    debtors = Debtors(county)
    debtors.owing("甲", "乙")
    debtors.owing("丁", branch="b2")
    debtors.open("2026-07", "2026-08")
    debtors.keep()
    return debtors


def at(debtors: Debtors, instant: str) -> None:
    debtors.county.core.settings.clock.set(parse_instant(instant))


def test_one_tap_tells_everybody_on_the_branchs_ladder_and_nobody_else(debtors: Debtors) -> None:
    result = debtors.remind()
    assert sorted(each["name"] for each in result["reminded"]) == sorted(["甲", "乙"])
    assert (result["not_reminded"], result["told_at"]) == ([], "2026-09-15T02:00:00Z")
    assert debtors.tell() == 2
    assert {each["member_id"] for each in debtors.told()} == {ident("甲"), ident("乙")}
    told = next(each for each in debtors.told() if each["member_id"] == ident("甲"))
    assert (told["months"], told["owed_months"], told["owed_fen"]) == (["2026-07", "2026-08"], 2, 2 * MONTH_FEN)
    assert debtors.tell() == 0, "told once"


def test_one_tap_tells_one_member(debtors: Debtors) -> None:
    assert [each["name"] for each in debtors.remind("甲")["reminded"]] == ["甲"]


def test_a_member_of_another_branch_is_not_reached(debtors: Debtors) -> None:
    assert debtors.remind("丁") | {"told_at": ""} == {"reminded": [], "not_reminded": [], "told_at": ""}


def test_only_a_branch_is_reminded_at_once(debtors: Debtors) -> None:
    for org in ("t1", "county"):
        with pytest.raises(ArrearsOfBranchOnly):
            debtors.remind(caller=BOSS, org=org)


def test_within_seven_days_nobody_is_reminded_again_whoever_reminds(debtors: Debtors) -> None:
    debtors.remind("甲")
    again = debtors.remind("甲", caller=TOWNSHIP)
    assert again["reminded"] == []
    (refused,) = again["not_reminded"]
    assert (refused["why"], refused["again_on"]) == ("reminded_this_week", "2026-09-22")
    rung = debtors.rung("甲")
    assert (rung["not_reminded"], rung["again_on"], rung["reminders"]) == ("reminded_this_week", "2026-09-22", 1)
    at(debtors, "2026-09-22T10:00:00+08:00")
    assert len(debtors.remind("甲")["reminded"]) == 1


def test_the_fourth_within_ninety_days_is_not_told(debtors: Debtors) -> None:
    for day in ("2026-09-15", "2026-09-22", "2026-09-29"):
        at(debtors, f"{day}T10:00:00+08:00")
        assert len(debtors.remind("甲")["reminded"]) == 1
        debtors.tell()
    at(debtors, "2026-10-20T10:00:00+08:00")
    (refused,) = debtors.remind("甲")["not_reminded"]
    assert (refused["why"], refused["again_on"]) == ("reminded_often", "2026-12-14")
    at(debtors, "2026-12-14T10:00:00+08:00")
    assert len(debtors.remind("甲")["reminded"]) == 1


def test_two_who_remind_at_the_same_moment_remind_once(debtors: Debtors) -> None:
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda caller: debtors.remind("甲", caller=caller), (SECRETARY, TOWNSHIP, BOSS)))
    assert sum(len(each["reminded"]) for each in results) == 1
    debtors.tell()
    assert len(debtors.told()) == 1


def test_without_the_look_at_the_limits_the_database_still_holds_the_week(
    debtors: Debtors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: with the rule taken away the second reminder gets as far as the constraint, and no further."""
    monkeypatch.setattr(reminders, "refuse_reminder", lambda *_, **__: None)
    debtors.remind("甲")
    with pytest.raises(sqlalchemy.exc.IntegrityError, match="arrears_reminder_once_a_week"):
        debtors.remind("甲")


def test_without_rule_and_constraint_a_member_is_pestered(debtors: Debtors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reminders, "refuse_reminder", lambda *_, **__: None)
    debtors.county.sql("ALTER TABLE arrears_reminder DROP CONSTRAINT arrears_reminder_once_a_week")
    for _ in range(4):
        debtors.remind("甲")
    debtors.tell()
    assert len(debtors.told()) == 4


@pytest.mark.parametrize(
    ("asked", "told_at", "day"),
    [
        ("2026-09-15T21:00:00+08:00", "2026-09-16T00:00:00Z", "2026-09-16"),
        ("2026-09-16T03:00:00+08:00", "2026-09-16T00:00:00Z", "2026-09-16"),
    ],
)
def test_what_is_asked_for_at_night_is_told_at_eight(debtors: Debtors, asked: str, told_at: str, day: str) -> None:
    at(debtors, asked)
    assert debtors.remind("甲")["told_at"] == told_at
    assert debtors.tell() == 0
    assert debtors.rung("甲")["last_reminded_on"] == day
    at(debtors, "2026-09-16T07:59:59+08:00")
    assert debtors.tell() == 0
    at(debtors, "2026-09-16T08:00:00+08:00")
    assert debtors.tell() == 1
    assert len(debtors.told()) == 1


def test_a_job_that_stood_still_does_not_tell_at_night(debtors: Debtors) -> None:
    at(debtors, "2026-09-15T20:59:00+08:00")
    debtors.remind("甲")
    at(debtors, "2026-09-15T21:00:00+08:00")
    assert debtors.tell() == 0
    at(debtors, "2026-09-16T08:00:00+08:00")
    debtors.tell()
    ((told_at, day),) = debtors.county.sql("SELECT told_at, day FROM arrears_reminder")
    assert (told_at, str(day)) == (parse_instant("2026-09-16T08:00:00+08:00"), "2026-09-16")


def test_what_is_more_than_a_day_late_is_not_told(debtors: Debtors) -> None:
    debtors.remind("甲")
    at(debtors, "2026-09-17T10:00:00+08:00")
    debtors.tell()
    assert debtors.told() == []
    assert len(debtors.remind("甲")["reminded"]) == 1, "what was never told counts against nobody"


def test_who_pays_before_morning_is_not_told(debtors: Debtors) -> None:
    at(debtors, "2026-09-15T22:00:00+08:00")
    debtors.remind("甲")
    debtors.paid("甲", 202607, 202608)
    at(debtors, "2026-09-16T08:00:00+08:00")
    assert debtors.tell() == 1
    assert debtors.told() == []
    seen = debtors.ask("get_member_arrears", SECRETARY, member_id=ident("甲"))
    assert [each["state"] for each in seen["reminders"]] == ["dropped"]


def test_who_has_a_reason_is_left_in_peace_also_when_it_is_recorded_after_the_tap(debtors: Debtors) -> None:
    debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("甲"), **REASON)
    (refused,) = debtors.remind("甲")["not_reminded"]
    assert (refused["why"], refused["again_on"]) == ("has_reason", None)
    debtors.remind("乙")
    debtors.ask("record_arrears_reason", SECRETARY, member_id=ident("乙"), **REASON)
    debtors.tell()
    assert debtors.told() == []


def test_who_owes_nothing_by_now_is_not_reminded_though_the_ladder_lags(debtors: Debtors) -> None:
    debtors.paid("甲", 202607, 202608)
    (refused,) = debtors.remind("甲")["not_reminded"]
    assert refused["why"] == "nothing_owed"


def test_the_same_request_again_gives_the_same_answer_and_reminds_once(debtors: Debtors) -> None:
    request_id = ident("one tap")
    answers = [
        debtors.ask("remind_arrears", SECRETARY, request_id, org_id=ident("b1"), member_ids=[ident("甲")])
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(answers[0]["reminded"]) == 1


def test_what_became_of_the_wechat_message_is_shown_and_the_first_word_stays(debtors: Debtors) -> None:
    debtors.remind("甲")
    debtors.tell()
    (told,) = debtors.told()
    for outcome in (WechatOutcome.NOT_BOUND, WechatOutcome.SENT):
        debtors.carried(told["reminder_id"], outcome)
    seen = debtors.ask("get_member_arrears", SECRETARY, member_id=ident("甲"))
    assert [(each["state"], each["wechat"], each["asked_by"]) for each in seen["reminders"]] == [
        ("told", "not_bound", "组织b1")
    ]


def test_each_reminder_is_in_the_trail_of_its_member(debtors: Debtors) -> None:
    debtors.remind()
    entries = debtors.county.sql("SELECT about_member_id::text FROM audit WHERE action = 'dues.reminded'")
    assert {row[0] for row in entries} == {ident("甲"), ident("乙")}
