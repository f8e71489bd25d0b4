"""A reminder reaches its member: a notice in his inbox, one WeChat message where he has bound one, never at night."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.chassis.clock import parse_instant
from services.chassis.ids import new_id
from services.chassis.tables import outbox
from services.contracts.dues import ARREARS_REMINDED
from services.contracts.dues.messages import ArrearsReminded
from services.contracts.members import messages as m
from services.contracts.members import methods
from services.contracts.values import YearMonth
from services.contracts.wire import dump
from services.members import errands, reminders
from services.members.commands import upkeep
from services.members.providers.wechat_messages import MessageRefused, MessagesUnavailable
from services.members.queries import inbox
from services.members.storage import tables as t
from services.members.storage.tables import OPENID
from services.members.storage.wechat_messages import wechat_message
from tests.fakes.wechat_messages import FakeWechatMessages
from tests.integration.members.conftest import Service

DEBTOR, STRANGER = "王桂兰", "石大山"
MARCH = YearMonth(2026, 3)


@pytest.fixture
def wechat() -> FakeWechatMessages:
    return FakeWechatMessages()


@pytest.fixture(autouse=True)
def _no_messages_before(service: Service) -> None:
    service.execute(sa.delete(wechat_message))


def bind(service: Service, name: str = DEBTOR, openid: str = "openid of hers") -> None:
    account = service.rows(sa.select(t.account).where(t.account.c.member_id == service.member(name).id))[0]
    sealed = service.settings.seal_keys.seal(OPENID, account.id, openid)
    bound = {"wechat_openid_sealed": sealed, "wechat_openid_index": service.settings.index_key.of(OPENID, openid)}
    service.execute(sa.update(t.account).where(t.account.c.id == account.id).values(bound))


def reminded(service: Service, months: int = 6, event_id: str | None = None, reminder_id: str | None = None) -> str:
    event = ArrearsReminded(
        reminder_id=reminder_id or new_id(),
        member_id=service.member(DEBTOR).id,
        months=tuple(MARCH.plus(step) for step in range(months)),
        owed_months=months,
        owed_fen=800 * months,
    )
    service.core.event(ARREARS_REMINDED, reminders.arrears_reminded, "members", event_id or new_id(), dump(event))
    return event.reminder_id


def send(service: Service, wechat: FakeWechatMessages) -> int:
    return errands.send_wechat_messages(service.core.desk(), wechat)


def carried(service: Service) -> list[tuple[str, str]]:
    told = sa.select(outbox.c.data).where(outbox.c.type == "members.reminder_carried").order_by(outbox.c.position)
    return [(row.data["reminder_id"], row.data["wechat"]) for row in service.rows(told)]


def test_the_notice_says_the_months_and_the_sum_and_nothing_of_a_base(service: Service) -> None:
    reminded(service)
    page = service.call(methods.LIST_NOTICES, inbox.list_notices, m.ListNotices(), service.caller(DEBTOR))
    (one,) = page.items
    assert (one.kind, one.amount_fen, one.reference) == (m.DUES_REMINDER, 4800, None)
    assert (one.months[0], one.months[-1], len(one.months)) == (MARCH, YearMonth(2026, 8), 6)
    other = service.call(methods.LIST_NOTICES, inbox.list_notices, m.ListNotices(), service.caller(STRANGER))
    assert other.items == ()


def test_who_has_bound_wechat_gets_one_message_with_months_sum_and_a_kind_word(
    service: Service, wechat: FakeWechatMessages
) -> None:
    bind(service)
    reminder_id = reminded(service)
    assert send(service, wechat) == 1
    (message,) = wechat.delivered.values()
    assert (message.message_id, message.openid) == (reminder_id, "openid of hers")
    assert message.fields == {
        "thing1": "2026年3月至8月党费",
        "amount2": "48.00元",
        "thing3": "方便时缴纳即可，有困难请告诉支部",
    }
    assert all(len(text) <= reminders.MAX_FIELD for text in message.fields.values())
    assert carried(service) == [(reminder_id, "sent")]
    assert send(service, wechat) == 0


def test_who_has_bound_none_is_told_in_the_inbox_alone(service: Service, wechat: FakeWechatMessages) -> None:
    reminder_id = reminded(service)
    assert send(service, wechat) == 0
    assert carried(service) == [(reminder_id, "not_bound")]


def test_without_a_template_nothing_is_sent_and_the_branch_is_told_so(
    service: Service, wechat: FakeWechatMessages
) -> None:
    bind(service)
    wechat.set_up = False
    reminder_id = reminded(service)
    send(service, wechat)
    assert (wechat.tries, carried(service)) == (0, [(reminder_id, "not_set_up")])


def test_an_event_that_comes_again_sends_once(service: Service, wechat: FakeWechatMessages) -> None:
    bind(service)
    event_id, reminder_id = new_id(), new_id()
    for _ in range(3):
        reminded(service, event_id=event_id, reminder_id=reminder_id)
    send(service, wechat)
    assert wechat.tries == 1


def test_what_wechat_does_not_take_now_comes_again_after_a_wait(service: Service, wechat: FakeWechatMessages) -> None:
    bind(service)
    reminder_id = reminded(service)
    wechat.fail(MessagesUnavailable("timeout"))
    assert send(service, wechat) == 1
    assert (send(service, wechat), carried(service)) == (0, [])
    service.clock.advance(timedelta(seconds=reminders.TRY_WAITS_S[0]))
    assert send(service, wechat) == 1
    assert carried(service) == [(reminder_id, "sent")]


def test_a_person_who_takes_no_messages_is_asked_once(service: Service, wechat: FakeWechatMessages) -> None:
    bind(service)
    reminder_id = reminded(service)
    wechat.fail(MessageRefused("not_following"))
    send(service, wechat)
    service.clock.advance(timedelta(hours=2))
    assert (send(service, wechat), wechat.tries) == (0, 1)
    assert carried(service) == [(reminder_id, "refused")]


def test_a_killed_job_sends_again_and_the_phone_gets_it_once(service: Service, wechat: FakeWechatMessages) -> None:
    """It died after sending and before it could say so: the message's own id makes the second one the same."""
    bind(service)
    reminded(service)
    desk = service.core.desk()
    (taken,) = desk.run(reminders.take_due, True)
    wechat.send(errands.TemplateMessage(taken.message_id, taken.openid, {}))
    service.clock.advance(timedelta(minutes=1))
    assert send(service, wechat) == 1
    assert (wechat.tries, len(wechat.delivered)) == (2, 1)


def test_nothing_is_sent_at_night_and_what_is_left_of_the_day_is_let_go(
    service: Service, wechat: FakeWechatMessages
) -> None:
    bind(service)
    service.clock.set(parse_instant("2026-11-24T20:59:00+08:00"))
    reminder_id = reminded(service)
    wechat.fail(MessagesUnavailable("busy"))
    send(service, wechat)
    service.clock.set(parse_instant("2026-11-24T21:00:00+08:00"))
    assert send(service, wechat) == 0
    assert (wechat.tries, carried(service)) == (1, [(reminder_id, "failed")])


def test_who_takes_the_binding_back_before_the_sending_gets_nothing(
    service: Service, wechat: FakeWechatMessages
) -> None:
    bind(service)
    reminder_id = reminded(service)
    none = {"wechat_openid_sealed": None, "wechat_openid_index": None}
    service.execute(sa.update(t.account).values(none))
    send(service, wechat)
    assert (wechat.tries, carried(service)) == (0, [(reminder_id, "not_bound")])


@pytest.mark.parametrize(
    ("first", "last", "months", "words"),
    [
        ("2026-03", "2026-03", 1, "2026年3月党费"),
        ("2025-11", "2026-02", 4, "2025年11月至2026年2月党费"),
        ("2025-11", "2026-08", 3, "2025年11月起3个月党费"),
        ("2024-11", "2026-12", 26, "2024年11月至2026年12月党费"),
    ],
)
def test_months_are_said_within_the_templates_bound(first: str, last: str, months: int, words: str) -> None:
    due = reminders.DueMessage("id", "openid", YearMonth.parse(first), YearMonth.parse(last), months, 800)
    assert reminders.months_words(due) == words
    assert len(words) <= reminders.MAX_FIELD


def test_old_messages_are_forgotten(service: Service) -> None:
    reminded(service)
    service.clock.advance(upkeep.MESSAGES_KEPT + timedelta(seconds=1))
    assert service.core.desk().run(upkeep.forget_old_messages, None) == 1
