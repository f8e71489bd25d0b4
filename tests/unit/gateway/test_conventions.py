"""What every operation has in common: keys, problems, headers, traces."""

from __future__ import annotations

import pytest

from gateway.operation import Operation
from gateway.problems import MEDIA_TYPE
from services.chassis.ids import new_id
from services.contracts.caller import Role
from services.contracts.common import Nothing
from services.contracts.dues import methods as dues
from services.contracts.dues.errors import MonthReserved
from services.contracts.dues.messages import OpenMonth, OrderState, OrderView
from services.contracts.errors import ServiceError, Unavailable
from services.contracts.members import methods as members
from services.contracts.method import PUBLIC
from services.contracts.values import YearMonth
from tests.unit.gateway import views
from tests.unit.gateway.kit import Gateway

ORDER = {"lines": [{"member_id": new_id(), "month": "2026-09"}], "expected_total_fen": 20}


def test_write_without_a_key_is_refused_before_any_call(gateway: Gateway) -> None:
    answer = gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), json=ORDER, key=None)
    assert (answer.status_code, answer.json["code"]) == (400, "request.key_missing")
    assert not gateway.services.calls


@pytest.mark.parametrize("key", ["1", "not-a-uuid", "00000000-0000-0000-0000-000000000000", "x" * 5_000])
def test_write_with_a_malformed_key_is_refused(gateway: Gateway, key: str) -> None:
    answer = gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), json=ORDER, key=key)
    assert (answer.status_code, answer.json["code"]) == (400, "request.key_malformed")


def test_key_becomes_the_request_id_and_a_repetition_is_marked(gateway: Gateway) -> None:
    gateway.services.on(dues.PLACE_ORDER, lambda _: views.order())
    token, key = gateway.token(), new_id()
    first = gateway.ask("POST", "/v1/dues/orders", token=token, key=key.upper(), json=ORDER)
    second = gateway.ask("POST", "/v1/dues/orders", token=token, key=key, json=ORDER)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert [call.request_id for call in gateway.services.calls] == [key]


def test_key_used_for_something_else_is_refused_by_the_service(gateway: Gateway) -> None:
    gateway.services.on(dues.PLACE_ORDER, lambda _: views.order())
    token, key = gateway.token(), new_id()
    gateway.ask("POST", "/v1/dues/orders", token=token, key=key, json=ORDER)
    other = gateway.ask("POST", "/v1/dues/orders", token=token, key=key, json=ORDER | {"expected_total_fen": 21})
    assert (other.status_code, other.json["code"]) == (422, "request.reused")


def test_key_in_flight_is_refused_and_free_afterwards(gateway: Gateway) -> None:
    token, key = gateway.token(), new_id()
    inner = []

    def place(_: object) -> OrderView:
        if not inner:
            inner.append(gateway.ask("POST", "/v1/dues/orders", token=token, key=key, json=ORDER))
        return views.order()

    gateway.services.on(dues.PLACE_ORDER, place)
    outer = gateway.ask("POST", "/v1/dues/orders", token=token, key=key, json=ORDER)
    assert outer.status_code == 201
    assert (inner[0].status_code, inner[0].json["code"]) == (409, "request.in_flight")
    assert gateway.ask("POST", "/v1/dues/orders", token=token, key=key, json=ORDER).status_code == 201


def test_same_key_of_another_person_is_not_in_the_way(gateway: Gateway) -> None:
    """Whether it was used is for the service to say; nobody learns here that somebody else's request is under way."""
    key = new_id()
    others: list[int] = []

    def place(_: object) -> OrderView:
        if not others:
            others.append(0)
            others.append(
                gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), key=key, json=ORDER).status_code
            )
        return views.order()

    gateway.services.on(dues.PLACE_ORDER, place)
    gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), key=key, json=ORDER)
    assert others == [0, 201]


def test_refusal_of_a_service_keeps_its_code_and_parameters(gateway: Gateway) -> None:
    def reserved(_: object) -> OrderView:
        raise MonthReserved(member_id="m", month="2026-09", held_until="2026-09-15T06:15:00Z")

    gateway.services.on(dues.PLACE_ORDER, reserved)
    answer = gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), json=ORDER)
    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == MEDIA_TYPE
    problem = answer.json
    assert problem["code"] == "dues.month_reserved"
    assert problem["type"] == "/docs#dues.month_reserved"
    assert problem["title"]
    assert problem["month"] == "2026-09"
    assert problem["held_until"] == "2026-09-15T06:15:00Z"
    assert len(problem["trace_id"]) == 32


@pytest.mark.parametrize("fault", [RuntimeError("the base is 4213.77"), KeyError("secret")])
def test_bug_shows_nothing_but_its_trace(gateway: Gateway, fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> bytes:
        raise fault

    monkeypatch.setattr(gateway.services, "request", broken)
    answer = gateway.ask("GET", "/v1/dues/mine", token=gateway.token())
    assert answer.status_code == 500
    assert answer.json == {
        "type": "/docs#internal",
        "title": ServiceError.title,
        "status": 500,
        "code": "internal",
        "trace_id": answer.headers["X-Request-Id"],
    }


def test_bug_of_a_service_shows_nothing_of_it(gateway: Gateway) -> None:
    def broken(_: object) -> OrderView:
        raise ServiceError(table="obligation", base_fen=421377)

    gateway.services.on(dues.GET_MY_DUES, broken)
    answer = gateway.ask("GET", "/v1/dues/mine", token=gateway.token())
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "base_fen" not in answer.text


@pytest.mark.parametrize("reply", [b"", b"nonsense", b"[]", b'{"error": null}', b'{"error": {"exc_args": 3}}'])
def test_reply_that_is_none_is_a_bug_not_an_answer(
    gateway: Gateway, reply: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway.services, "request", lambda _call: reply)
    answer = gateway.ask("POST", "/v1/sessions/refresh", headers={"Cookie": f"refresh={'r' * 43}"})
    assert (answer.status_code, answer.json["code"]) == (500, "internal")


def test_part_that_does_not_answer_is_503_with_a_time_to_come_again(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> bytes:
        raise Unavailable(reason="busy", sent=False)

    monkeypatch.setattr(gateway.services, "request", away)
    answer = gateway.ask("GET", "/v1/dues/mine", token=gateway.token())
    assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_unknown_address_and_method_are_problems_too(gateway: Gateway) -> None:
    unknown = gateway.ask("GET", "/v1/nothing")
    assert (unknown.status_code, unknown.json["code"]) == (404, "route.unknown")
    wrong = gateway.ask("PATCH", "/v1/dues/orders")
    assert (wrong.status_code, wrong.json["code"]) == (405, "route.method_not_allowed")
    assert {"GET", "POST"} <= {one.strip() for one in wrong.headers["Allow"].split(",")}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "request.not_json"),
        (b"[]", "application/json", 400, "request.not_json"),
        (b"", "application/json", 411, "request.length_needed"),
        (b"\xff\xfe", "application/json", 400, "request.not_json"),
        (b"{}", "text/plain", 415, "request.media_type"),
        (b"{}", "application/x-www-form-urlencoded", 415, "request.media_type"),
        (b"{}", "application/json; charset=utf-8", 400, "request.invalid"),
        (b" " * (64 * 1024 + 1), "application/json", 413, "request.too_large"),
    ],
)
def test_body_that_is_no_body_of_this_operation(
    gateway: Gateway, body: bytes, content_type: str, status: int, code: str
) -> None:
    headers = {"Content-Type": content_type}
    answer = gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), body=body, headers=headers)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert not gateway.services.calls


def test_fields_of_a_wrong_form_are_named_without_their_values(gateway: Gateway) -> None:
    body = {"lines": [{"member_id": "5107241960", "month": "2026-13"}], "expected_total_fen": 1.5, "extra": 1}
    answer = gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), json=body)
    assert (answer.status_code, answer.json["code"]) == (400, "request.invalid")
    assert set(answer.json["fields"]) == {"lines.0.member_id", "lines.0.month", "expected_total_fen", "extra"}
    assert "5107241960" not in answer.text


def test_query_is_read_as_strictly_as_a_body(gateway: Gateway) -> None:
    token = gateway.token()
    for query in ("limit=0", "limit=101", "limit=ten", "limit=1&limit=2", "unknown=1", "cursor=", "limit=%D9%A1"):
        answer = gateway.ask("GET", "/v1/dues/orders", token=token, query_string=query)
        assert (answer.status_code, answer.json["code"]) == (400, "request.invalid"), query
    assert not gateway.services.calls


def test_trace_of_the_phone_reaches_the_service_and_comes_back(gateway: Gateway) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"}
    answer = gateway.ask("GET", "/v1/nothing", headers=headers)
    assert answer.headers["X-Request-Id"] == trace_id
    assert answer.json["trace_id"] == trace_id


@pytest.mark.parametrize("header", ["", "nonsense", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", "x" * 9_000])
def test_malformed_trace_is_replaced_by_one_of_our_own(gateway: Gateway, header: str) -> None:
    answer = gateway.ask("GET", "/v1/settings", headers={"traceparent": header})
    assert answer.status_code == 200
    assert len(answer.headers["X-Request-Id"]) == 32


def test_every_answer_wears_the_security_headers(gateway: Gateway) -> None:
    for answer in (gateway.ask("GET", "/v1/settings"), gateway.ask("GET", "/v1/nothing"), gateway.ask("GET", "/")):
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "script-src 'self' http://127.0.0.1:8090;" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "geolocation=()" in answer.headers["Permissions-Policy"]


def test_personal_answers_are_not_kept_and_public_ones_say_how_long(gateway: Gateway) -> None:
    gateway.services.on(dues.GET_MY_DUES, lambda _: views.my_dues())
    assert gateway.ask("GET", "/v1/dues/mine", token=gateway.token()).headers["Cache-Control"] == "no-store"
    assert gateway.ask("GET", "/v1/nothing").headers["Cache-Control"] == "no-store"
    assert gateway.ask("GET", "/v1/settings").headers["Cache-Control"] == "public, max-age=60"


def test_version_is_an_etag_and_known_bytes_are_not_sent_again(gateway: Gateway) -> None:
    view = views.order()
    gateway.services.on(dues.GET_ORDER, lambda _: view)
    token, path = gateway.token(), f"/v1/dues/orders/{view.id}"
    first = gateway.ask("GET", path, token=token)
    tag = first.headers["ETag"]
    assert tag.startswith(f'"{view.version}-')
    again = gateway.ask("GET", path, token=token, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    view = views.order(state=OrderState.SUCCEEDED)
    changed = gateway.ask("GET", path, token=token, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_if_match_on_what_has_no_versions_is_refused_not_ignored(gateway: Gateway) -> None:
    answer = gateway.ask("POST", "/v1/dues/orders", token=gateway.token(), json=ORDER, headers={"If-Match": '"1-a"'})
    assert (answer.status_code, answer.json["code"]) == (412, "request.precondition_failed")


def test_write_without_content_answers_204(gateway: Gateway) -> None:
    gateway.services.on(dues.SET_FAVOURITE, lambda _: Nothing())
    person = new_id()
    kept = gateway.ask("PUT", f"/v1/dues/beneficiaries/{person}", token=gateway.token())
    dropped = gateway.ask("DELETE", f"/v1/dues/beneficiaries/{person}", token=gateway.token())
    assert (kept.status_code, kept.content, dropped.status_code) == (204, b"", 204)
    assert [call.request.favourite for call in gateway.services.calls] == [True, False]


def test_body_can_not_name_what_the_path_says(gateway: Gateway) -> None:
    body = {"org_id": new_id(), "member_id": new_id(), "role": "branch_admin", "reason": "任命"}
    answer = gateway.ask(
        "POST", f"/v1/organisations/{new_id()}/role-grants", token=gateway.token(Role.COUNTY_ADMIN), json=body
    )
    assert (answer.status_code, answer.json["fields"]) == (400, {"org_id": "Unknown field."})


def test_opening_a_month_reaches_the_service_as_its_message(gateway: Gateway) -> None:
    gateway.services.on(dues.OPEN_MONTH, lambda _: views.month())
    answer = gateway.ask("POST", "/v1/dues/months", token=gateway.token(Role.COUNTY_ADMIN), json={"month": "2026-09"})
    assert answer.status_code == 201
    assert gateway.services.calls[0].request == OpenMonth(month=YearMonth(2026, 9))


def test_operation_without_an_authority_rule_can_not_be_declared() -> None:
    with pytest.raises(ValueError, match="without an authority rule"):
        Operation(name="x", summary="x", tag="x")
    with pytest.raises(ValueError, match="is that of its calls"):
        Operation(name="x", summary="x", tag="x", calls=(members.GET_ME,), own_authority=PUBLIC)
