"""Approvals and slips that meet: nobody spends or passes up what is not held, whoever decides when (BOOK-4)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.errors import ServiceError
from services.dues import remittance
from services.dues.domain import spending as rules
from services.dues.spending import deciding, holding
from tests.integration.dues.books_kit import BOSS, COMMITTEE
from tests.integration.dues.county import County, ident
from tests.integration.dues.spending_kit import OTHER_TOWN, SpendingOffice

PATIENCE_S = 1.0
"""How long one who has weighed waits for the other to have weighed too: where a lock parts them, in vain."""


@pytest.fixture
def office(county: County) -> SpendingOffice:
    return SpendingOffice(county)


def together(*acts: Callable[[], Any]) -> list[str]:
    """What became of each."""

    def one(act: Callable[[], Any]) -> str:
        try:
            act()
        except ServiceError as refusal:
            return str(refusal.code)
        except sa.exc.IntegrityError as fault:
            return str(fault.orig.diag.constraint_name or fault.orig.diag.message_primary)  # type: ignore[union-attr]
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(one, acts))


def meeting(monkeypatch: pytest.MonkeyPatch, *weighers: tuple[Any, str]) -> None:
    """Each weighs, then waits until the other has weighed as well: the worst moment, each time."""
    both = threading.Barrier(2)

    def meet(weigh: Callable[..., Any]) -> Callable[..., Any]:
        def weighed(*args: Any, **named: Any) -> Any:
            found = weigh(*args, **named)
            with suppress(threading.BrokenBarrierError):
                both.wait(PATIENCE_S)
            return found

        return weighed

    for module, name in weighers:
        monkeypatch.setattr(module, name, meet(getattr(module, name)))


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first guard away: nobody holds what he weighs."""
    held_for_use = holding.held_for_use

    def look(work: Any, org_id: str, *, lock: bool = False) -> int:
        del lock
        return held_for_use(work, org_id)

    for module in (holding, remittance):
        monkeypatch.setattr(module, "held_for_use", look)


def two_approvals(office: SpendingOffice, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    entries = [office.record(40), office.record(40)]
    meeting(monkeypatch, (deciding, "holding_of"))
    return together(*(lambda entry=entry: office.approve(entry) for entry in entries))  # type: ignore[misc]


def test_two_approvals_that_together_exceed_what_is_held_are_one(
    office: SpendingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert two_approvals(office, monkeypatch) == ["done", "dues.spending_exceeds_held"]
    assert (office.box(), office.broken()) == (20, {})


def test_without_the_lock_the_database_still_says_no(office: SpendingOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    unlocked(monkeypatch)
    assert two_approvals(office, monkeypatch) == ["done", "spending_box_not_below_zero"]
    assert (office.box(), office.broken()) == (20, {})


def test_without_lock_and_check_more_is_spent_than_was_held_and_the_audit_finds_it(
    office: SpendingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    office.sql("ALTER TABLE spending_box DROP CONSTRAINT spending_box_not_below_zero")
    assert two_approvals(office, monkeypatch) == ["done", "done"]
    assert office.box() == -20
    assert office.broken() == {"spending_within_held": [ident("t1")]}


def slip_and_approval(office: SpendingOffice, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    entry = office.record(40)
    meeting(monkeypatch, (deciding, "holding_of"), (remittance.sums, "standing"))
    slip = {"org_id": ident("t1"), "month": "2026-09"}
    return together(lambda: office.approve(entry), lambda: office.ask("make_remittance", COMMITTEE, **slip))


def test_a_slip_and_an_approval_at_once_never_take_the_same_money(
    office: SpendingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = slip_and_approval(office, monkeypatch)
    assert outcomes in (["done", "done"], ["done", "dues.spending_exceeds_held"]), outcomes
    ((passed,),) = office.sql("SELECT amount_fen::int FROM remittance WHERE from_org = :id", id=ident("t1"))
    assert passed == (20 if outcomes == ["done", "done"] else 60)
    assert (office.box(), office.broken()) == (0, {})


def test_without_the_lock_the_database_refuses_the_slip_or_the_approval(
    office: SpendingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked(monkeypatch)
    outcomes = slip_and_approval(office, monkeypatch)
    assert outcomes in (["a remittance of more than came in", "done"], ["done", "spending_box_not_below_zero"])
    assert office.broken() == {}


def test_an_entry_that_several_approve_at_once_is_booked_once(office: SpendingOffice) -> None:
    entry = office.record(10)
    outcomes = together(*(lambda: office.approve(entry) for _ in range(4)))
    assert outcomes == ["done", *["dues.spending_decided"] * 3]
    assert (office.box(), office.broken()) == (50, {})


def test_an_entry_that_several_reverse_at_once_comes_back_once(office: SpendingOffice) -> None:
    entry = office.spend(10)
    outcomes = together(*(lambda by=by: office.reverse(entry, by) for by in (COMMITTEE, BOSS, BOSS)))  # type: ignore[misc]
    assert outcomes == ["done", *["dues.spending_decided"] * 2]
    assert (office.box(), office.broken()) == (60, {})


def test_without_the_rule_more_than_is_held_is_refused_by_the_database_itself(
    office: SpendingOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "check_amount", lambda *_: None)
    with pytest.raises(sa.exc.IntegrityError, match="spending_box_not_below_zero"):
        office.spend(61)
    with pytest.raises(sa.exc.IntegrityError, match="nothing has arrived"):
        office.approve(office.record(1, org="t2", by=BOSS), by=OTHER_TOWN)
    assert (office.box(), office.broken()) == (60, {})
