"""Operations that need two services: the gateway asks both, and neither learns more than it must."""

from __future__ import annotations

import pytest

from services.chassis.ids import new_id
from services.contracts.dues import methods as dues
from services.contracts.dues.errors import PayerWithoutWeChat
from services.contracts.dues.messages import Beneficiaries, JsapiParameters
from services.contracts.members import methods as members
from services.contracts.members.messages import FoundPerson, FoundPersons, WeChatIdentity
from tests.fakes.services import METHODS
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway

OPENID = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
PAYMENT = f"/v1/dues/orders/{views.ID}/payment"


def found(*people: str) -> FoundPersons:
    return FoundPersons(
        items=tuple(FoundPerson(member_id=one, name_masked="王*", branch_name="两河村支部") for one in people)
    )


def ask_for(gateway: Gateway, token: str) -> object:
    return gateway.ask("POST", "/v1/dues/beneficiaries", token=token, json={"name": "王芳", "phone_tail": "1234"})


def test_person_found_by_one_service_becomes_a_beneficiary_in_the_other(gateway: Gateway) -> None:
    person = new_id()
    gateway.services.on(members.FIND_PERSON, lambda _: found(person))
    gateway.services.on(dues.ADD_BENEFICIARIES, lambda _: Beneficiaries(items=(views.beneficiary(),)))
    answer = ask_for(gateway, gateway.token())
    assert [one["name"] for one in answer.json["items"]] == ["李*"]
    assert gateway.services.calls[1].request.member_ids == (person,)


def test_nobody_found_looks_as_somebody_found_does_and_asks_the_same_services(gateway: Gateway) -> None:
    gateway.services.on(members.FIND_PERSON, lambda _: found())
    gateway.services.on(dues.ADD_BENEFICIARIES, lambda _: Beneficiaries(items=()))
    answer = ask_for(gateway, gateway.token())
    assert (answer.status_code, answer.json) == (200, {"items": []})
    assert [call.method for call in gateway.services.calls] == ["members.find_person", "dues.add_beneficiaries"]


def jsapi() -> JsapiParameters:
    return JsapiParameters(
        app_id="wx1", time_stamp="1789452000", nonce_str="n", package="prepay_id=1", sign_type="RSA", pay_sign="s"
    )


def test_payer_identity_goes_from_service_to_service_and_never_to_the_phone(gateway: Gateway) -> None:
    gateway.services.on(members.GET_WECHAT_IDENTITY, lambda _: WeChatIdentity(openid=OPENID))
    gateway.services.on(dues.PREPARE_PAYMENT, lambda _: jsapi())
    key = new_id()
    answer = gateway.ask("POST", PAYMENT, token=gateway.token(), key=key)
    assert answer.status_code == 200
    assert answer.json["package"] == "prepay_id=1"
    assert OPENID not in answer.text
    asked = gateway.services.calls[1]
    assert (asked.request.order_id, asked.request.payer_openid, asked.request_id) == (views.ID, OPENID, key)


def test_payer_without_wechat_is_refused_by_dues_with_its_own_code(gateway: Gateway) -> None:
    def refuse(request: object) -> JsapiParameters:
        raise PayerWithoutWeChat

    gateway.services.on(members.GET_WECHAT_IDENTITY, lambda _: WeChatIdentity(openid=""))
    gateway.services.on(dues.PREPARE_PAYMENT, refuse)
    answer = gateway.ask("POST", PAYMENT, token=gateway.token())
    assert (answer.status_code, answer.json["code"]) == (422, "dues.payer_without_wechat")


@pytest.mark.parametrize("bad", ["1", "01990000-0000-7000-8000-00000000000g", "%2e%2e"])
def test_path_that_is_no_id_is_refused_before_any_call(gateway: Gateway, bad: str) -> None:
    answer = gateway.ask("POST", f"/v1/dues/orders/{bad}/payment", token=gateway.token())
    assert (answer.status_code, answer.json["code"]) == (400, "request.invalid")
    assert not gateway.services.sent


def test_my_bill_is_mine_whatever_the_query_says(gateway: Gateway) -> None:
    answer = gateway.ask(
        "GET", "/v1/dues/mine/2026-09/bill", token=gateway.token(), query_string=f"member_id={views.ID}"
    )
    assert (answer.status_code, answer.json["code"]) == (400, "request.invalid")


def test_what_waits_for_wechat_counts_as_slow_so_that_it_can_not_take_every_place(gateway: Gateway) -> None:
    gateway.services.on(members.GET_WECHAT_IDENTITY, lambda _: WeChatIdentity(openid=OPENID))
    gateway.services.on(dues.PREPARE_PAYMENT, lambda _: jsapi())
    gateway.ask("POST", PAYMENT, token=gateway.token())
    for call in gateway.services.sent:
        method = METHODS[call.routing_key]
        assert call.slow == method.slow
        assert 0 < call.timeout_s <= method.timeout_s
    slow = {name for name, method in METHODS.items() if method.slow}
    assert slow == {
        "dues.prepare_payment",
        "dues.close_order",
        "dues.settle_difference",
        "members.sign_in_with_wechat",
    }


def test_settings_tell_what_pages_need_before_sign_in(gateway: Gateway) -> None:
    answer = gateway.ask("GET", "/v1/settings")
    assert answer.json == {
        "county_id": "yanting",
        "county_name": "盐亭县",
        "simulated_money": True,
        "wechat_app_id": "wx0000000000000001",
        "wechat_authorize_url": "http://127.0.0.1:8090/connect/oauth2/authorize",
        "wechat_bridge_url": "http://127.0.0.1:8090/bridge.js",
    }
