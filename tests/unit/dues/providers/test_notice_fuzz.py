"""Whatever is sent to the address of WeChat's notices, signed or not, is a notice or refused by name: nothing else gets out."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.dues.providers import wechat_pay
from services.dues.providers.payments import NoticeRefused, PaymentNotice, PaymentStatus, RefundNotice
from services.dues.providers.wechat_messages import (
    MAX_AMOUNT_FEN,
    MAX_TEXT_CHARACTERS,
    Malformed,
    Merchant,
    refund_state,
)
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.providers.wechat_trust import SIGNED_HEADERS, read_object
from tests.unit.dues.providers.test_wechat_notices import PAID, REFUNDED, Sender, sender

__all__ = ["sender"]
DEEP = b"[" * (sys.getrecursionlimit() * 20)
EDGES = ["", "\0", "\ud800", "SUCCESS", "9" * 300, -1, True, 2**63, 1e30, "0001-01-01T00:00:00+23:59", [], {}, None]
values = st.recursive(
    st.sampled_from(EDGES) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner, max_size=2),
    max_leaves=4,
)
fuzzed = settings(
    max_examples=150, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def changed(good: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A good statement with up to three of its fields, inner ones too, put in place of others or taken away."""
    names = [*good, "mchid", "appid", "amount.total", "amount.refund", "amount.currency", "payer.openid"]
    return st.dictionaries(st.sampled_from(names), values | st.just("taken away"), min_size=1, max_size=3).map(
        lambda changes: _with(good, changes)
    )


def _with(good: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(json.dumps(good))
    for name, value in changes.items():
        outer, _, inner = name.partition(".")
        place = whole[outer] if inner and isinstance(whole.get(outer), dict) else whole
        if value == "taken away":
            place.pop(inner or outer, None)
        else:
            place[inner or outer] = value
    return whole


def read(wechat: WechatPay, headers: dict[str, str], body: bytes) -> list[PaymentNotice | RefundNotice]:
    """What each reader makes of it; a refusal is nothing. Anything else that is raised is a fault."""
    found: list[PaymentNotice | RefundNotice] = []
    for parse in (wechat.parse_payment_notice, wechat.parse_refund_notice):
        try:
            found.append(parse(headers, body))
        except NoticeRefused:
            continue
    return found


def is_sound(notice: PaymentNotice | RefundNotice) -> bool:
    """What is stored of a notice can be stored: whole bounded fen, short printable texts, instants with their zone."""
    if isinstance(notice, PaymentNotice):
        state = notice.payment
        texts = [state.order_no, state.transaction_id, state.payer_openid]
        amounts, moments = [state.amount_fen], [state.succeeded_at]
        whole = state.status is not PaymentStatus.SUCCEEDED or None not in (*amounts, *moments, state.transaction_id)
    else:
        refund = notice.refund
        texts = [refund.refund_no, refund.refund_id, refund.order_no, refund.transaction_id]
        amounts, moments, whole = [refund.refund_fen, refund.order_fen], [refund.succeeded_at], True
        state = refund  # type: ignore[assignment]
    texts += [notice.notice_id, *(difference.found for difference in state.differences)]
    return (
        whole
        and all(text is None or (text.isprintable() and 0 < len(text) <= MAX_TEXT_CHARACTERS) for text in texts)
        and all(fen is None or (type(fen) is int and 0 <= fen <= MAX_AMOUNT_FEN) for fen in amounts)
        and all(moment is None or moment.utcoffset() is not None for moment in moments)
    )


header_names = st.sampled_from([f"Wechatpay-{name.title()}" for name in SIGNED_HEADERS]) | st.text(max_size=20)


@fuzzed
@given(st.dictionaries(header_names, st.text(max_size=40), max_size=7), st.binary(max_size=300))
def test_what_a_stranger_sends_is_never_a_notice(wechat: WechatPay, headers: dict[str, str], body: bytes) -> None:
    assert read(wechat, headers, body) == []


@fuzzed
@given(place=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_a_notice_with_one_byte_changed_is_never_a_notice(
    wechat: WechatPay, sender: Sender, place: int, byte: int
) -> None:
    headers, body = sender.send(sender.body(PAID))
    at = place % len(body)
    spoiled = body[:at] + bytes([body[at] ^ byte]) + body[at + 1 :]
    assert read(wechat, headers, spoiled) == []


@fuzzed
@given(st.binary(max_size=80) | values.map(lambda value: json.dumps(value).encode()))
def test_a_signed_body_of_any_kind_is_refused_by_name(wechat: WechatPay, sender: Sender, body: bytes) -> None:
    assert read(wechat, *sender.send(body)) == []


@fuzzed
@given(inside=changed(PAID) | changed(REFUNDED), event=st.sampled_from(["TRANSACTION.SUCCESS", "REFUND.SUCCESS"]))
def test_a_signed_statement_of_any_kind_is_refused_or_can_be_stored(
    wechat: WechatPay, sender: Sender, inside: dict[str, Any], event: str
) -> None:
    for notice in read(wechat, *sender.send(sender.body(inside, event=event))):
        assert is_sound(notice)


@fuzzed
@given(
    envelope=st.dictionaries(
        st.sampled_from(["id", "create_time", "event_type", "resource_type", "resource"]), values, min_size=1
    )
)
def test_a_signed_envelope_of_any_kind_is_refused_or_can_be_stored(
    wechat: WechatPay, sender: Sender, envelope: dict[str, Any]
) -> None:
    for notice in read(wechat, *sender.send(sender.body(PAID, **envelope))):
        assert is_sound(notice)


@pytest.mark.parametrize("found", ["\0", "\ud800", 7, None])
def test_a_refund_that_names_something_unwritable_is_malformed(settings: WechatPaySettings, found: object) -> None:
    """It was once kept as a difference, which no database could store: a notice that would have come for ever."""
    good = REFUNDED | {"mchid": settings.merchant_id}
    merchant = Merchant(settings.app_id, settings.merchant_id)
    assert refund_state(merchant, good, status_field="refund_status").differences == ()
    with pytest.raises(Malformed):
        refund_state(merchant, good | {"mchid": found}, status_field="refund_status")
    with pytest.raises(Malformed):
        refund_state(
            merchant, good | {"amount": {**REFUNDED["amount"], "currency": found}}, status_field="refund_status"
        )  # type: ignore[dict-item]


def test_a_body_nested_past_all_bounds_is_refused() -> None:
    with pytest.raises(NoticeRefused):
        read_object(DEEP)


def test_twin_that_takes_any_json_for_an_object_falls_over(
    wechat: WechatPay, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(wechat, *sender.send(b"[1]")) == []
    monkeypatch.setattr(wechat_pay, "read_object", json.loads)
    with pytest.raises(AttributeError):
        read(wechat, *sender.send(b"[1]"))


def test_twin_that_checks_no_signature_believes_a_stranger(
    wechat: WechatPay, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = sender.body(PAID)
    assert read(wechat, {}, body) == []
    monkeypatch.setattr(wechat._trust, "verify", lambda *_args, **_named: None)
    assert len(read(wechat, {}, body)) == 1
