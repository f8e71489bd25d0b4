"""Feedback stands in the product (SEC-7): kept sealed, bounded, read by system administrators alone, each reading noted."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.contracts.caller import Caller, Role, anonymous
from services.contracts.common import Nothing
from services.contracts.errors import Forbidden, Unauthenticated
from services.contracts.members import messages as m
from services.contracts.members import methods
from services.contracts.members.errors import TooMuchFeedback
from services.members.commands import feedback, upkeep
from services.members.queries import feedback as sent_feedback
from services.members.queries import me
from services.members.storage import tables as t
from tests.integration.members.conftest import COUNTY, Service

SENDER = "王桂兰"
WORDS, CONTACT = "票据的字太小，看不清", "15400000013"


def send(service: Service, words: str = WORDS, contact: str = CONTACT, caller: Caller | None = None) -> Nothing:
    request = m.SendFeedback(words=words, contact=contact)
    result: Nothing = service.call(
        methods.SEND_FEEDBACK, feedback.send_feedback, request, caller or service.caller(SENDER)
    )
    return result


def system_admin(service: Service) -> Caller:
    return service.caller("罗镕", (Role.SYSTEM_ADMIN, COUNTY))


def listed(service: Service, caller: Caller | None = None, **page: Any) -> m.FeedbackPage:
    result: m.FeedbackPage = service.call(
        methods.LIST_FEEDBACK, sent_feedback.list_feedback, m.ListFeedback(**page), caller or system_admin(service)
    )
    return result


def test_system_administrator_reads_what_was_sent_and_the_sender_sees_that(service: Service) -> None:
    send(service)
    send(service, "谢谢", "  ")
    newest, oldest = listed(service).items
    assert (oldest.words, oldest.contact) == (WORDS, CONTACT)
    assert (newest.words, newest.contact) == ("谢谢", "")
    assert (oldest.sender_name_masked, oldest.sender_branch_name) == ("王*兰", "蚕丝村党支部")
    seen = service.call(methods.LIST_MY_LOOKUPS, me.list_my_lookups, m.ListLookups(), service.caller(SENDER))
    assert [(one.action, one.actor_role) for one in seen.items] == [("list_feedback", Role.SYSTEM_ADMIN)] * 2


def test_what_was_written_lies_sealed(service: Service) -> None:
    send(service)
    (row,) = service.rows(sa.select(t.feedback))
    for plain in (WORDS, CONTACT):
        assert plain.encode() not in bytes(row.words_sealed) + bytes(row.contact_sealed)


@pytest.mark.parametrize("office", [Role.COUNTY_ADMIN, Role.COMMITTEE_ADMIN, Role.FINANCE, Role.EDITOR])
def test_no_other_office_reads_it(service: Service, office: Role) -> None:
    send(service)
    with pytest.raises(Forbidden):
        listed(service, service.caller("李晓峰", (office, COUNTY)))
    with pytest.raises(Forbidden):
        listed(service, service.caller(SENDER))


def test_a_stranger_sends_nothing(service: Service) -> None:
    with pytest.raises(Unauthenticated):
        send(service, caller=anonymous(COUNTY))
    gone = dataclasses.replace(service.caller(SENDER), account_id="00000000-0000-7000-8000-00000000ffff")
    with pytest.raises(Unauthenticated):
        send(service, caller=gone)


def test_one_person_sends_so_much_a_day_and_another_still_may(service: Service) -> None:
    for number in range(feedback.MOST_A_DAY):
        send(service, f"第{number}条")
    with pytest.raises(TooMuchFeedback):
        send(service)
    send(service, caller=service.caller("石大山"))
    service.clock.advance(timedelta(days=1))
    send(service)
    assert len(listed(service).items) == feedback.MOST_A_DAY + 2


def test_pages_and_forgetting(service: Service) -> None:
    for number in range(3):
        send(service, f"第{number}条")
    first = listed(service, limit=2)
    rest = listed(service, limit=2, cursor=first.next_cursor)
    assert [one.words for one in (*first.items, *rest.items)] == ["第2条", "第1条", "第0条"]
    assert rest.next_cursor is None
    service.clock.advance(upkeep.FEEDBACK_KEPT + timedelta(seconds=1))
    assert service.core.desk().run(upkeep.forget_old_feedback, None) == 3
    assert listed(service).items == ()
