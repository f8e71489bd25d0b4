"""The main job over HTTP: three months for three people in one order, paid once, three receipts, books that balance."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from deploy.demo.http import Gateway
from tests.cases.dues import load_calculations
from tests.e2e.http_person import Person, pay_at_wechat, send, with_password, with_wechat
from tests.e2e.running import RunningCounty

pytestmark = pytest.mark.timeout(900)
"""The first test waits for the whole county to be loaded, on a busy machine too."""
MONTHS = 3
SETTLED_WITHIN_S = 60.0
POLL_S = 0.5
PAYABLE = {"due", "underpaid", "ahead"}
BASES = ("base_fen", "rate_basis_points", "calculation", "counted", "id_number", "identity_number", "phone")
"""What must not stand in anything that a payer sees of another."""


def oldest_payable(dues: dict[str, Any]) -> list[dict[str, Any]]:
    """The first months that may be paid, with their open amounts; other tests may have paid the ones before."""
    months = [one for one in (*dues["months"], *dues["ahead"]) if one["state"] in PAYABLE]
    assert len(months) >= MONTHS, dues
    return months[:MONTHS]


def keys_in(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys_in(one)}
    return {key for one in value for key in keys_in(one)} if isinstance(value, list) else set()


def ledger_of(suite: RunningCounty) -> tuple[dict[str, Any], dict[str, int]]:
    """The county's trial balance as its administrator sees it, and credit less debit by kind of account."""
    administrator = with_password(suite, "county_admin")
    root = next(one for one in administrator.get("/v1/organisations")["items"] if one["parent_id"] is None)
    ledger: dict[str, Any] = administrator.get(f"/v1/organisations/{root['id']}/ledger")
    net: dict[str, int] = {}
    for account in ledger["accounts"]:
        net[account["kind"]] = net.get(account["kind"], 0) + account["credit_fen"] - account["debit_fen"]
    return ledger, net


def until_succeeded(payer: Person, order_id: str) -> dict[str, Any]:
    until = time.monotonic() + SETTLED_WITHIN_S
    while True:
        order: dict[str, Any] = payer.get(f"/v1/dues/orders/{order_id}")
        if order["state"] == "succeeded":
            return order
        assert order["state"] in {"created", "paying"}, order["state"]
        assert time.monotonic() < until, f"still {order['state']} after {SETTLED_WITHIN_S:.0f} s"
        time.sleep(POLL_S)


def test_three_months_for_three_people_in_one_order(suite: RunningCounty) -> None:
    before, net_before = ledger_of(suite)
    payer = with_wechat(suite, "member_away")
    own = payer.get("/v1/me")["member"]["id"]
    family = payer.get("/v1/dues/beneficiaries", group="household")
    parents = {one["name"]: one for one in family["items"]}
    assert set(parents) == {suite.county.people[key].name for key in ("father", "mother")}
    wanted = {own: oldest_payable(payer.get("/v1/dues/mine"))}
    wanted |= {one["member_id"]: oldest_payable(one) for one in parents.values()}
    total = sum(one["amount_fen"] - one["paid_fen"] for months in wanted.values() for one in months)
    lines = [{"member_id": who, "month": one["month"]} for who, months in wanted.items() for one in months]
    assert len(lines) == 3 * MONTHS

    order = payer.post("/v1/dues/orders", {"lines": lines, "expected_total_fen": total})
    assert (order["total_fen"], len(order["lines"])) == (total, len(lines))
    assert payer.post(f"/v1/dues/orders/{order['id']}/payment", None)["package"].startswith("prepay_id=")
    pay_at_wechat(suite, order["number"])
    settled = until_succeeded(payer, order["id"])

    receipts = [payer.get(f"/v1/dues/receipts/{one}") for one in settled["receipt_ids"]]
    assert sorted(one["member_id"] for one in receipts) == sorted(wanted)
    assert sum(one["amount_fen"] for one in receipts) == total
    assert all(len(one["months"]) == MONTHS for one in receipts)
    for receipt in receipts:
        check_receipt(suite, payer, receipt)
    numbers = sorted(int(one["number"].rpartition("〕")[2].removesuffix("号")) for one in receipts)
    assert numbers == list(range(numbers[0], numbers[0] + 3)), "the branch's numbers run without a gap (BOOK-7)"
    check_nothing_of_others(suite, [family, order, settled, receipts])

    after, net_after = ledger_of(suite)
    assert after["balanced"] is True
    assert after["debit_fen"] == after["credit_fen"] == sum(one["debit_fen"] for one in after["accounts"])
    assert after["debit_fen"] - before["debit_fen"] == total
    assert net_after["branch_dues_income"] - net_before.get("branch_dues_income", 0) == total
    assert net_after["provider_clearing"] - net_before.get("provider_clearing", 0) == -total


def check_receipt(suite: RunningCounty, payer: Person, receipt: dict[str, Any]) -> None:
    """A PDF to keep; anybody with the code sees that it is genuine, and no full name."""
    file = payer.file(f"/v1/dues/receipts/{receipt['id']}/file")
    assert (file.status, file.headers["content-type"]) == (200, "application/pdf")
    assert file.content.startswith(b"%PDF-")
    assert "x-undrawable-characters" not in file.headers
    public = Gateway(suite.url).get(f"/v1/receipt-checks/{receipt['check_code']}")
    assert (public["number"], public["amount_fen"], public["void"]) == (receipt["number"], receipt["amount_fen"], False)
    assert public["simulated"] is True
    assert public["name_masked"] != receipt["member_name"]


def check_nothing_of_others(suite: RunningCounty, seen: Any) -> None:
    """What was paid for another is seen by the payer as amount and months: never a base, never an identity number."""
    assert not keys_in(seen) & set(BASES)
    text = json.dumps(seen, ensure_ascii=False)
    for key in ("father", "mother"):
        person = suite.county.people[key]
        assert person.identity_number not in text
        assert person.identity_number[-6:] not in text
        assert person.phone not in text


def test_the_bill_of_another_is_not_the_payers_to_read(suite: RunningCounty) -> None:
    payer = with_wechat(suite, "member_away")
    other = payer.get("/v1/dues/beneficiaries", group="household")["items"][0]
    month = other["months"][0]["month"]
    bill = payer.file(f"/v1/members/{other['member_id']}/dues/{month}/bill")
    assert bill.status in {403, 404}
    assert "base_fen" not in bill.content.decode()


def test_everybody_is_told_apart_from_a_stranger(suite: RunningCounty) -> None:
    for path in ("/v1/me", "/v1/dues/mine", "/v1/dues/receipts", "/v1/dues/orders"):
        answer = send(suite.url, "GET", path)
        assert answer.status == 401, path
        assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("case", load_calculations(), ids=lambda case: case["name"])
def test_worked_case_through_http(suite: RunningCounty, case: dict[str, Any]) -> None:
    given, expected = case["given"], case["expect"]
    pay = {name: given[name] for name in ("counted", "left_out", "deductions", "quarter_income", "earlier_amount_fen")}
    body = {name: given[name] for name in ("member_class", "month", "rounding")} | {"pay": pay}
    headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
    answer = send(suite.url, "POST", "/v1/dues/calculations", json.dumps(body).encode(), headers)
    found = answer.json()
    if "refused" in expected:
        check_refusal(answer.status, found, expected["refused"])
        return
    assert answer.status == 200, found
    names = ("base_fen", "rate_basis_points", "amount_fen", "voluntary_remainder_fen")
    assert {name: found[name] for name in names} == {name: expected[name] for name in names}
    assert list(dict.fromkeys(line["rule"] for line in found["explanation"])) == expected["rules"]
    assert all(line["article"] for line in found["explanation"])
    assert found["capped"] == (expected["voluntary_remainder_fen"] > 0)


def check_refusal(status: int, problem: dict[str, Any], refused: str) -> None:
    """The rule's own reason; or, where the message's form already forbids it, which field is wrong."""
    if problem["code"] == "dues.calculation_refused":
        assert (status, problem["reason"]) == (422, refused.removeprefix("dues.")), problem
    else:
        assert (status, problem["code"]) == (400, "request.invalid"), problem
        assert all(field.startswith("pay.") for field in problem["fields"]), problem
