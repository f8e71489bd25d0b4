"""The beneficiary is told (PAY-7): once, himself alone, his own months and amount."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.chassis import inbox as chassis_inbox
from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.dues import ORDER_SETTLED
from services.contracts.dues.messages import OrderSettled
from services.contracts.errors import Forbidden, InvalidMessage, NotFound
from services.contracts.members import messages as m
from services.contracts.members import methods
from services.contracts.values import YearMonth
from services.contracts.wire import dump
from services.members import events
from services.members.commands import notices, upkeep
from services.members.queries import inbox
from services.members.storage import tables as t
from tests.integration.members.conftest import NOW, Service

SEPTEMBER = YearMonth(2026, 9)
PAYER, BENEFICIARY, STRANGER = "李晓峰", "王桂兰", "石大山"


def settled(service: Service, payer: str = PAYER, beneficiary: str = BENEFICIARY, months: int = 3) -> OrderSettled:
    return OrderSettled(
        order_id=new_id(),
        payer_member_id=service.member(payer).id,
        member_id=service.member(beneficiary).id,
        months=tuple(SEPTEMBER.plus(count) for count in reversed(range(months))),
        amount_fen=800 * months,
        receipt_id=new_id(),
    )


def hear(service: Service, event: OrderSettled, event_id: str | None = None) -> bool:
    return service.core.event(ORDER_SETTLED, events.order_settled, "members", event_id or new_id(), dump(event))


def page_of(service: Service, name: str, **page: Any) -> m.NoticePage:
    result: m.NoticePage = service.call(
        methods.LIST_NOTICES, inbox.list_notices, m.ListNotices(**page), service.caller(name)
    )
    return result


def read(service: Service, name: str, up_to_id: str) -> m.NoticesRead:
    request = m.ReadNotices(up_to_id=up_to_id)
    result: m.NoticesRead = service.call(methods.READ_NOTICES, notices.read_notices, request, service.caller(name))
    return result


def test_beneficiary_is_told_his_months_and_amount_and_the_payer_is_not_named(service: Service) -> None:
    event = settled(service)
    assert hear(service, event)
    page = page_of(service, BENEFICIARY)
    (one,) = page.items
    assert (one.kind, one.read, one.told_at) == (m.PAID_FOR_YOU, False, NOW)
    assert one.months == (SEPTEMBER, SEPTEMBER.plus(1), SEPTEMBER.plus(2))
    assert one.amount_fen == 2400
    assert one.reference == m.NoticeReference(kind=m.RECEIPT, id=event.receipt_id)
    assert (page.unread, page.next_cursor) == (1, None)
    (row,) = service.rows(sa.select(t.notice))
    for secret in (event.payer_member_id, PAYER):
        assert secret not in str(tuple(row))


def test_who_pays_for_himself_is_told_nothing(service: Service) -> None:
    assert hear(service, settled(service, payer=BENEFICIARY))
    assert page_of(service, BENEFICIARY).items == ()


def test_a_member_is_told_of_cash_that_was_entered_in_his_name(service: Service) -> None:
    """He compares it with what he handed over; two persons of the branch alone would not (PAY-5)."""
    event = dataclasses.replace(settled(service, payer=BENEFICIARY), channel="cash")
    assert hear(service, event)
    (one,) = page_of(service, BENEFICIARY).items
    assert (one.kind, one.amount_fen) == (m.CASH_CONFIRMED, 2400)
    assert one.reference == m.NoticeReference(kind=m.RECEIPT, id=event.receipt_id)


def test_an_event_that_comes_again_tells_once(service: Service) -> None:
    event, event_id = settled(service), new_id()
    assert [hear(service, event, event_id) for _ in range(3)] == [True, False, False]
    assert len(page_of(service, BENEFICIARY).items) == 1


def test_without_the_inbox_an_event_that_comes_again_tells_twice(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The twin: what the test above claims is the inbox's doing."""
    monkeypatch.setattr(chassis_inbox, "first_time", lambda *_, **__: True)
    event, event_id = settled(service), new_id()
    for _ in range(2):
        hear(service, event, event_id)
    assert len(page_of(service, BENEFICIARY).items) == 2


def test_a_notice_is_its_readers_alone(service: Service) -> None:
    hear(service, settled(service))
    (mine,) = page_of(service, BENEFICIARY).items
    for other in (PAYER, STRANGER):
        assert page_of(service, other) == m.NoticePage(items=(), next_cursor=None, unread=0)
        with pytest.raises(NotFound):
            read(service, other, mine.id)
    with pytest.raises(NotFound):
        read(service, BENEFICIARY, new_id())
    assert page_of(service, BENEFICIARY).unread == 1


def test_an_office_opens_nobodys_inbox(service: Service) -> None:
    hear(service, settled(service))
    offices = service.caller("赵文韬", (Role.COUNTY_ADMIN, "yanting"), (Role.SYSTEM_ADMIN, "yanting"))
    page = service.call(methods.LIST_NOTICES, inbox.list_notices, m.ListNotices(), offices)
    assert (page.items, page.unread) == ((), 0)


def test_who_is_no_member_has_no_inbox(service: Service) -> None:
    resident = dataclasses.replace(service.caller(BENEFICIARY), member_id=None)
    with pytest.raises(Forbidden):
        service.call(methods.LIST_NOTICES, inbox.list_notices, m.ListNotices(), resident)


def test_pages_go_on_where_the_last_one_ended_and_a_cursor_reaches_nobody_elses(service: Service) -> None:
    for months in range(1, 6):
        hear(service, settled(service, months=months))
    hear(service, settled(service, payer=STRANGER, beneficiary=PAYER))
    seen, cursor = [], None
    for _ in range(3):
        page = page_of(service, BENEFICIARY, limit=2, cursor=cursor)
        seen += [one.amount_fen for one in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert seen == [4000, 3200, 2400, 1600, 800]
    first = page_of(service, BENEFICIARY, limit=2)
    assert [one.amount_fen for one in page_of(service, PAYER, cursor=first.next_cursor).items] == []
    with pytest.raises(InvalidMessage):
        page_of(service, BENEFICIARY, cursor="bm9uc2Vuc2U=")


def test_reading_goes_up_to_the_notice_and_again_changes_nothing(service: Service) -> None:
    for months in (1, 2, 3):
        hear(service, settled(service, months=months))
    newest, middle, oldest = page_of(service, BENEFICIARY).items
    assert read(service, BENEFICIARY, middle.id).unread == 1
    assert [one.read for one in page_of(service, BENEFICIARY).items] == [False, True, True]
    service.clock.advance(timedelta(hours=1))
    assert read(service, BENEFICIARY, middle.id).unread == 1
    (kept,) = service.rows(sa.select(t.notice.c.read_at).where(t.notice.c.id == oldest.id))
    assert kept.read_at == NOW
    assert read(service, BENEFICIARY, newest.id).unread == 0


def test_unread_are_counted_up_to_the_bound_and_no_further(service: Service) -> None:
    member_id = service.member(BENEFICIARY).id
    rows = [
        {"id": new_id(), "county_id": "yanting", "member_id": member_id, "kind": m.PAID_FOR_YOU, "told_at": NOW}
        for _ in range(m.MOST_COUNTED + 20)
    ]
    with service.database.transaction() as db:
        db.execute(sa.insert(t.notice), rows)
    page = page_of(service, BENEFICIARY)
    assert (page.unread, page.items[0].reference) == (m.MOST_COUNTED, None)


def test_old_notices_are_forgotten(service: Service) -> None:
    hear(service, settled(service, months=1))
    service.clock.advance(upkeep.NOTICES_KEPT)
    hear(service, settled(service, months=2))
    service.clock.advance(timedelta(seconds=1))
    assert service.core.desk().run(upkeep.forget_old_notices, None) == 1
    assert [one.amount_fen for one in page_of(service, BENEFICIARY).items] == [1600]
