"""Template messages: the real adapter against the simulator over real sockets, with its faults."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from deploy.wechat_simulator.testing import ControlError, RunningSimulator
from services.chassis.ids import new_id
from services.members.providers.wechat_messages import (
    MessageRefused,
    MessagesUnavailable,
    TemplateMessage,
    WechatMessageClient,
)
from services.members.providers.wechat_sign_in import WechatSignInSettings

OPENID = "oDebtor-0123456789"
FIELDS = {"thing1": "2026年3月至8月党费", "amount2": "48.00元", "thing3": "方便时缴纳即可，有困难请告诉支部"}


@pytest.fixture
def settings(simulator: RunningSimulator) -> WechatSignInSettings:
    simulator.control("DELETE", "messages")
    simulator.control("DELETE", "faults")
    return WechatSignInSettings.from_environment(simulator.environment)


@pytest.fixture
def client(settings: WechatSignInSettings) -> WechatMessageClient:
    return WechatMessageClient(settings, "SIMULATED_DUES_REMINDER")


def message(message_id: str = "", **fields: str) -> TemplateMessage:
    return TemplateMessage(message_id or new_id(), OPENID, fields or FIELDS, "http://127.0.0.1:8080/dues")


def delivered(simulator: RunningSimulator) -> list[Any]:
    items: list[Any] = simulator.control("GET", f"messages?openid={OPENID}")["items"]
    return items


def test_a_message_is_delivered_with_its_fields_and_where_it_leads(
    simulator: RunningSimulator, client: WechatMessageClient
) -> None:
    client.send(message())
    (one,) = delivered(simulator)
    assert (one["data"], one["url"]) == (FIELDS, "http://127.0.0.1:8080/dues")


def test_the_same_message_sent_again_is_delivered_once(
    simulator: RunningSimulator, client: WechatMessageClient
) -> None:
    again = new_id()
    simulator.fault("answer_lost", operation="message")
    with pytest.raises(MessagesUnavailable):
        client.send(message(again))
    client.send(message(again))
    assert len(delivered(simulator)) == 1


def test_another_message_is_another_one(simulator: RunningSimulator, client: WechatMessageClient) -> None:
    for _ in range(2):
        client.send(message())
    assert len(delivered(simulator)) == 2


def test_a_token_that_has_become_stale_is_renewed_without_a_word(
    simulator: RunningSimulator, client: WechatMessageClient
) -> None:
    client.send(message())
    simulator.control("DELETE", "messages")
    client.send(message())
    assert len(delivered(simulator)) == 1


@pytest.mark.parametrize(
    ("errcode", "reason"), [(43004, "not_following"), (43101, "not_wanted"), (40003, "openid_unknown")]
)
def test_a_person_who_gets_none_is_a_refusal(
    simulator: RunningSimulator, client: WechatMessageClient, errcode: int, reason: str
) -> None:
    simulator.fault("message_refused", errcode=errcode)
    with pytest.raises(MessageRefused) as refusal:
        client.send(message())
    assert refusal.value.reason == reason


@pytest.mark.parametrize(("errcode", "reason"), [(-1, "busy"), (45009, "busy"), (40037, "configuration")])
def test_a_fault_of_the_service_comes_again(
    simulator: RunningSimulator, client: WechatMessageClient, errcode: int, reason: str
) -> None:
    simulator.fault("message_refused", errcode=errcode)
    with pytest.raises(MessagesUnavailable) as failure:
        client.send(message())
    assert failure.value.reason == reason


def test_a_server_out_of_order_comes_again(simulator: RunningSimulator, client: WechatMessageClient) -> None:
    simulator.fault("server_error", operation="message", status=503)
    with pytest.raises(MessagesUnavailable, match="status"):
        client.send(message())


def test_a_wrong_secret_is_for_an_administrator_and_stays_out_of_errors_and_logs(
    settings: WechatSignInSettings, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = WechatSignInSettings(settings.app_id, "wrong-secret", settings.login_url)
    with caplog.at_level(logging.DEBUG), pytest.raises(MessagesUnavailable) as failure:
        WechatMessageClient(wrong, "template").send(message())
    assert failure.value.reason == "configuration"
    said = caplog.text + str(failure.value) + repr(message())
    assert "wrong-secret" not in said
    assert OPENID not in said


def test_the_box_opens_with_the_control_key_alone(simulator: RunningSimulator) -> None:
    simulator.control("GET", "messages")
    with pytest.raises(ControlError):
        simulator.control("POST", "messages", {})


def test_a_field_that_is_too_long_is_cut_before_wechat_refuses_it(
    simulator: RunningSimulator, client: WechatMessageClient
) -> None:
    client.send(message(thing1="党" * 40))
    assert delivered(simulator)[0]["data"]["thing1"] == "党" * 20
