"""Each invariant is broken once behind the database's back; the checker finds that, and nothing else."""

from __future__ import annotations

import pytest

from deploy.audit.checker import Taken, invariants_of
from tests.integration.audit import plantings
from tests.integration.audit.plantings_returns import RETURNS
from tests.integration.audit.plantings_spending import SPENDING
from tests.integration.audit.scene import Scene

PLANTINGS = {**plantings.PLANTINGS, **RETURNS, **SPENDING}
BETWEEN = {"inbox_within_outbox", "told_and_heard", "taken_is_booked"}


def test_every_invariant_has_a_violation_planted() -> None:
    planted = {name.partition(".")[2] for planting in PLANTINGS.values() for name in planting.found}
    known = {one.name for service in ("dues", "members") for one in invariants_of(service, at_rest=True)}
    assert planted == known | BETWEEN


@pytest.mark.parametrize("name", PLANTINGS)
def test_what_was_broken_is_found_and_nothing_else(scene: Scene, name: str) -> None:
    planting, names = PLANTINGS[name], scene.names
    scene.plant(planting.database, planting.statement.format(**names))
    wanted = {
        invariant: sorted(subject.format(**names) for subject in subjects)
        for invariant, subjects in planting.found.items()
    }
    assert {invariant: sorted(subjects) for invariant, subjects in scene.broken().items()} == wanted


def test_money_taken_and_lost_is_found(scene: Scene) -> None:
    lost = Taken(scene.names["number_of_waiting"], "4200000000000000000000000001", 20)
    assert scene.broken([*scene.taken, lost]) == {"dues.taken_is_booked": [lost.transaction_id]}


def test_money_taken_a_moment_ago_is_on_its_way_while_the_platform_works(scene: Scene) -> None:
    lately = Taken(scene.names["number_of_waiting"], "4200000000000000000000000001", 20)
    verdicts = scene.check([*scene.taken, lately], at_rest=False)
    (verdict,) = [each for each in verdicts if each.name == "taken_is_booked"]
    assert (verdict.holds, verdict.found.note) == (True, "1 payments are on their way")


def test_money_taken_for_an_order_that_nobody_placed_is_found(scene: Scene) -> None:
    foreign = Taken("0" * 32, "4200000000000000000000000001", 20)
    assert scene.broken([*scene.taken, foreign], at_rest=False) == {"dues.taken_is_booked": [foreign.transaction_id]}


@pytest.mark.parametrize("wrong", [{"paid_fen": 61}, {"order_no": "0" * 32}])
def test_a_payment_stored_otherwise_than_it_was_taken_is_found(scene: Scene, wrong: dict[str, object]) -> None:
    (own,) = [one for one in scene.taken if one.order_no == scene.names["number_of_paid"]]
    others = [one for one in scene.taken if one != own]
    assert scene.broken([*others, own._replace(**wrong)]) == {"dues.taken_is_booked": [own.transaction_id]}


def test_a_payment_that_the_provider_never_took_is_found(scene: Scene) -> None:
    (own,) = [one for one in scene.taken if one.order_no == scene.names["number_of_paid"]]
    others = [one for one in scene.taken if one != own]
    assert scene.broken(others) == {"dues.taken_is_booked": [own.transaction_id]}


def test_what_waits_is_a_note_while_the_platform_works(scene: Scene) -> None:
    scene.sql("UPDATE outbox SET published_at = NULL")
    waiting = len(scene.sql("SELECT 1 FROM outbox"))
    notes = {each.name: each.found.note for each in scene.check(at_rest=False) if each.database == "dues"}
    assert waiting > 0
    assert notes["outbox_told"].startswith(f"{waiting} events wait, the oldest since 2026-09-15")
    assert scene.broken(at_rest=False) == {}


def test_many_breaches_are_counted_and_some_are_named(scene: Scene) -> None:
    scene.sql(
        "INSERT INTO inbox SELECT gen_random_uuid(), 'dues', 'members.roster_changed', now() FROM generate_series(1, 25000)"
    )
    (verdict,) = [each for each in scene.check() if not each.holds]
    assert (verdict.name, verdict.found.total, len(verdict.found.breaches)) == ("inbox_within_outbox", 25_000, 20)
