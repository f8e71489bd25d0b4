"""Roster files against a real database: what the dry run shows, what the application does, and what a bad file leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.tables import audit
from services.contracts.caller import Role
from services.contracts.common import ById
from services.contracts.errors import Forbidden, InvalidMessage, NotFound
from services.contracts.members import messages as m
from services.contracts.members import methods as t
from services.contracts.members.errors import ImportNotReady
from services.members.domain.identity_number import Sex, check_character
from services.members.domain.membership import Status
from services.members.domain.organisation import Kind, Organisation
from services.members.domain.roster.form import MemberClass
from services.members.roster import changing
from services.members.roster.course import LastPlan
from services.members.spreadsheets.roster_writer import RosterLine
from services.members.storage.organisations import raise_roster_version
from services.members.storage.tables import (
    member,
    member_class_period,
    member_status,
    membership,
    organisation,
    roster_import,
)
from tests.integration.members.roster_kit import COUNTY, ORGANISATIONS, Service, service, workbook

TODAY = date(2026, 11, 24)
SINCE = date(2020, 5, 20)


@pytest.fixture
def roster(tmp_path: Path) -> Iterator[Service]:
    with service(tmp_path) as made:
        yield made


def line(place: int = 1, **changes: object) -> RosterLine:
    digits = f"51079919900314{place * 2 + 1:03d}"
    plain = RosterLine(
        name="李晓峰",
        identity_number=digits + check_character(digits),
        sex=Sex.MALE,
        nation="汉族",
        phone=f"154000{place:05d}",
        branch_code="t01v01",
        branch_name="青龙村党支部",
        status=Status.FULL,
        member_class=MemberClass.FARMER,
        joined_on=date(2015, 7, 1),
        full_on=date(2016, 7, 1),
        branch_since=SINCE,
        household="001",
        away=False,
        away_place="",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


MOVED = {"branch_code": "t02v01", "branch_name": "蚕丝村党支部"}


def test_dry_run_counts_and_changes_nothing(roster: Service) -> None:
    view = roster.check(workbook([line(1), line(2)]))
    assert view.state is m.ImportState.CHECKED
    assert (view.counts.added, view.counts.organisations_added, view.counts.unmatched) == (2, 4, 0)
    assert view.progress_percent == 100
    assert roster.all_of(member) == []
    assert len(roster.all_of(organisation)) == 1
    rows = roster.rows(view.id)
    assert [(row.row, row.name_masked, row.outcome) for row in rows] == [
        (2, "李*峰", m.RowOutcome.ADDED),
        (3, "李*峰", m.RowOutcome.ADDED),
    ]


def test_application_writes_members_with_their_histories(roster: Service) -> None:
    view = roster.bring(workbook([line(1)]))
    assert view.state is m.ImportState.APPLIED
    assert view.applied_at == roster.clock.now()
    (stored,) = roster.all_of(member)
    assert stored.id_number_masked == "5107**********" + line(1).identity_number[-4:]
    assert line(1).identity_number.encode() not in bytes(stored.id_number_sealed)
    assert [(one.from_day, one.to_day) for one in roster.all_of(membership)] == [(SINCE, None)]
    statuses = {(one.status, one.from_day, one.to_day) for one in roster.all_of(member_status)}
    assert statuses == {
        ("probationary", date(2015, 7, 1), date(2016, 7, 1)),
        ("full", date(2016, 7, 1), None),
    }
    assert [one.from_day for one in roster.all_of(member_class_period)] == [date(2015, 7, 1)]
    (told,) = roster.told_members()
    assert told["id"] == stored.id
    assert told["branches"][0]["branch_path"] == "yanting.t01.t01v01"
    assert line(1).identity_number not in str(told)
    assert line(1).phone not in str(told)


def test_organisations_are_told_before_members(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    types = (t.ORGANISATIONS_CHANGED.routing_key, t.ROSTER_CHANGED.routing_key)
    assert [event.type for event in roster.events(*types)] == list(types)


def test_applying_twice_changes_nothing(roster: Service) -> None:
    roster.bring(workbook([line(1), line(2)]))
    before = [roster.all_of(table) for table in (member, membership, member_status, member_class_period)]
    again = roster.bring(workbook([line(1), line(2)]))
    assert (again.counts.unchanged, again.counts.organisations_changed) == (2, 0)
    assert [roster.all_of(table) for table in (member, membership, member_status, member_class_period)] == before
    assert len(roster.told_members()) == 2


def test_change_of_details_reseals_the_phone_and_raises_the_version(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    (before,) = roster.all_of(member)
    view = roster.bring(workbook([line(1, phone="15400009999", away=True, away_place="四川省成都市")]))
    assert view.counts.changed == 1
    (after,) = roster.all_of(member)
    assert (after.version, after.phone_masked, after.away_place) == (2, "154****9999", "四川省成都市")
    assert after.phone_index != before.phone_index
    assert after.phone_tail_index != before.phone_tail_index
    assert after.id_number_sealed == before.id_number_sealed
    assert roster.told_members()[-1]["version"] == 2


def test_phone_taken_away_leaves_none(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    roster.bring(workbook([line(1, phone="")]))
    (after,) = roster.all_of(member)
    assert (after.phone_sealed, after.phone_index, after.phone_masked) == (None, None, "")


def test_move_closes_one_interval_and_opens_the_next(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    view = roster.bring(workbook([line(1, **MOVED)]))
    assert view.counts.moved == 1
    periods = sorted(roster.all_of(membership), key=lambda one: one.from_day)
    assert [(one.from_day, one.to_day) for one in periods] == [(SINCE, TODAY), (TODAY, None)]
    assert [one["branch_path"] for one in roster.told_members()[-1]["branches"]] == [
        "yanting.t01.t01v01",
        "yanting.t02.t02v01",
    ]


def test_move_back_on_the_same_day_leaves_one_interval(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    roster.bring(workbook([line(1, **MOVED)]))
    roster.bring(workbook([line(1)]))
    assert [(one.from_day, one.to_day) for one in roster.all_of(membership)] == [(SINCE, None)]


def test_class_changes_from_the_day_of_the_import(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    roster.bring(workbook([line(1, member_class=MemberClass.RETIRED)]))
    classes = sorted(roster.all_of(member_class_period), key=lambda one: one.from_day)
    assert [(one.member_class, one.from_day, one.to_day) for one in classes] == [
        ("farmer", date(2015, 7, 1), TODAY),
        ("retired", TODAY, None),
    ]


def test_transfer_out_ends_the_membership_and_coming_back_begins_one(roster: Service) -> None:
    roster.bring(workbook([line(1), line(2)]))
    roster.bring(workbook([line(1, status=Status.TRANSFERRED_OUT), line(2)]))
    assert {one.to_day for one in roster.all_of(membership)} == {TODAY, None}
    roster.clock.advance(timedelta(days=40))
    view = roster.bring(workbook([line(1), line(2)]))
    assert view.counts.moved == 1
    open_now = [one for one in roster.all_of(membership) if one.to_day is None]
    assert sorted(one.from_day for one in open_now) == [SINCE, TODAY + timedelta(days=40)]


def test_whom_the_file_leaves_out_is_listed_and_stays(roster: Service) -> None:
    roster.bring(workbook([line(1), line(2)]))
    view = roster.bring(workbook([line(1)]))
    assert view.counts.missing == 1
    (missing,) = roster.rows(view.id, m.RowOutcome.MISSING)
    assert missing.row == 0
    assert len(roster.all_of(member)) == 2


def test_moved_organisation_takes_its_members_along(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    moved = tuple(replace(one, parent_code="t02") if one.code == "t01v01" else one for one in ORGANISATIONS)
    view = roster.bring(workbook([line(1)], moved))
    assert view.counts.organisations_changed == 1
    assert {row.code: row.path for row in roster.all_of(organisation)}["t01v01"] == "yanting.t02.t01v01"
    told = roster.told_members()[-1]
    assert (told["branches"][0]["branch_path"], told["version"]) == ("yanting.t02.t01v01", 2)


def test_unmatched_rows_keep_the_file_from_being_applied(roster: Service) -> None:
    view = roster.check(workbook([line(1), line(1)]))
    assert (view.state, view.counts.unmatched) == (m.ImportState.CHECKED, 2)
    assert next(row.reasons for row in roster.rows(view.id)) == ("identity_number_repeated:公民身份号码:3",)
    with pytest.raises(ImportNotReady):
        roster.apply(view.id)
    assert roster.all_of(member) == []


def test_organisation_that_does_not_fit_counts_as_unmatched(roster: Service) -> None:
    stray = Organisation("t09", "没有上级", Kind.BRANCH, "nowhere")
    view = roster.check(workbook([line(1)], (*ORGANISATIONS, stray)))
    assert (view.counts.unmatched, view.counts.organisations_unmatched) == (1, 1)
    assert roster.rows(view.id, m.RowOutcome.UNMATCHED)[0].name_masked == "没有上级"


def test_bad_file_is_refused_with_its_reason(roster: Service) -> None:
    view = roster.check(b"not a workbook at all")
    assert (view.state, view.refusal) == (m.ImportState.REFUSED, "not_excel")


def test_file_that_is_gone_is_refused(roster: Service) -> None:
    begun = roster.begin(workbook([line(1)]))
    (record,) = roster.all_of(roster_import)
    roster.files.delete(record.file_key)
    roster.work_off()
    assert roster.view(begun.id).refusal == "file_missing"


def test_roster_that_changed_since_the_dry_run_is_not_written_over(roster: Service) -> None:
    view = roster.check(workbook([line(1)]))
    with roster.database.transaction() as db:
        raise_roster_version(db, COUNTY)
    applied = roster.apply(view.id)
    assert (applied.state, applied.refusal) == (m.ImportState.REFUSED, "members.import_out_of_date")
    assert roster.all_of(member) == []


def test_second_import_of_two_checked_ones_is_out_of_date(roster: Service) -> None:
    first, second = roster.check(workbook([line(1)])), roster.check(workbook([line(1), line(2)]))
    assert roster.apply(first.id).state is m.ImportState.APPLIED
    assert roster.apply(second.id).refusal == "members.import_out_of_date"
    assert len(roster.all_of(member)) == 1


def test_failure_in_the_middle_takes_everything_back(roster: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    roster.bring(workbook([line(1)]))
    version, told = roster.all_of(member), len(roster.told_members())

    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    view = roster.check(workbook([line(1, household="002"), line(2)]))
    monkeypatch.setattr(changing._Changes, "write", fail)  # after the new member and the details were written
    applied = roster.apply(view.id)
    assert (applied.state, applied.refusal) == (m.ImportState.REFUSED, "internal")
    assert (roster.all_of(member), len(roster.told_members())) == (version, told)


def test_another_process_may_apply(roster: Service) -> None:
    view = roster.check(workbook([line(1)]))
    roster.plans = LastPlan()
    assert roster.apply(view.id).state is m.ImportState.APPLIED
    assert len(roster.all_of(member)) == 1


def test_file_altered_after_the_dry_run_is_refused(roster: Service) -> None:
    view = roster.check(workbook([line(1)]))
    (record,) = roster.all_of(roster_import)
    other = roster.keep(workbook([line(2)]))
    with roster.database.transaction() as db:
        db.execute(sa.update(roster_import).where(roster_import.c.id == record.id).values(file_key=other.key))
    roster.plans = LastPlan()
    assert roster.apply(view.id).refusal == "damaged"


def test_event_that_comes_twice_is_worked_off_once(roster: Service) -> None:
    view = roster.check(workbook([line(1)]))
    roster.apply(view.id)
    assert not any(roster.work_off())
    assert len(roster.all_of(member)) == 1


def test_application_may_be_asked_for_once(roster: Service) -> None:
    view = roster.check(workbook([line(1)]))
    roster.ask(t.APPLY_IMPORT, ById(id=view.id))
    with pytest.raises(ImportNotReady) as refused:
        roster.ask(t.APPLY_IMPORT, ById(id=view.id))
    assert refused.value.detail["state"] == "applying"


def test_only_who_stands_over_the_organisation(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    towns = {row.code: row.id for row in roster.all_of(organisation)}
    town = roster.caller(towns["t01"], "yanting.t01", Role.COMMITTEE_ADMIN)
    with pytest.raises(NotFound):
        roster.begin(workbook([line(1)]), town, towns["t02"])
    with pytest.raises(Forbidden):
        roster.begin(workbook([line(1)]), roster.caller(towns["t01v01"], "yanting.t01.t01v01", Role.BRANCH_ADMIN))
    seen = roster.check(workbook([line(1)]))
    with pytest.raises(NotFound):
        roster.ask(t.GET_IMPORT, ById(id=seen.id), town)


def test_rows_outside_the_importers_reach_do_not_match(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    towns = {row.code: row.id for row in roster.all_of(organisation)}
    town = roster.caller(towns["t01"], "yanting.t01", Role.COMMITTEE_ADMIN)
    begun = roster.begin(workbook([line(2, **MOVED)], ()), town, towns["t01"])
    roster.work_off()
    view = roster.ask(t.GET_IMPORT, ById(id=begun.id), town)
    assert (view.counts.unmatched, view.counts.missing) == (1, 1)


def test_another_kind_of_file_is_refused_at_once(roster: Service) -> None:
    file = replace(roster.keep(b"x"), media_type="text/csv")
    with pytest.raises(InvalidMessage):
        roster.ask(t.BEGIN_IMPORT, m.BeginImport(org_id=roster.root, file=file))


def test_what_was_done_leaves_its_trace(roster: Service) -> None:
    roster.bring(workbook([line(1)]))
    with roster.database.snapshot() as db:
        actions = set(db.scalars(sa.select(audit.c.action)))
    assert {"begin_import", "apply_import"} <= actions
