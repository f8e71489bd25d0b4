"""The beneficiary is told (PAY-7), from the payment to his phone; and feedback finds its reader (SEC-7)."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.http_person import Person, pay_at_wechat, send, with_wechat
from tests.e2e.phone import Phone, browser
from tests.e2e.running import RunningCounty
from tests.e2e.test_http_main_job import oldest_payable, until_succeeded

pytestmark = pytest.mark.timeout(900)
"""The first test waits for the whole county to be loaded, on a busy machine too."""
TOLD_WITHIN_S = 30.0
POLL_S = 0.5


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


def pay_for(suite: RunningCounty, payer: Person, name: str) -> dict[str, Any]:
    """One month for one member of the payer's village; gives the settled order."""
    (other,) = payer.get("/v1/dues/beneficiaries", group="village", query=name)["items"]
    month = oldest_payable(other)[0]
    total = month["amount_fen"] - month["paid_fen"]
    body = {"lines": [{"member_id": other["member_id"], "month": month["month"]}], "expected_total_fen": total}
    order = payer.post("/v1/dues/orders", body)
    payer.post(f"/v1/dues/orders/{order['id']}/payment", None)
    pay_at_wechat(suite, order["number"])
    return until_succeeded(payer, order["id"])


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def until_told(person: Person, receipt_id: str) -> dict[str, Any]:
    until = time.monotonic() + TOLD_WITHIN_S
    while True:
        items = person.get("/v1/me/notices")["items"]
        told = [one for one in items if one["reference"] == {"kind": "receipt", "id": receipt_id}]
        if told:
            assert len(told) == 1
            notice: dict[str, Any] = told[0]
            return notice
        assert time.monotonic() < until, f"not told after {TOLD_WITHIN_S:.0f} s"
        time.sleep(POLL_S)


@pytest.mark.parametrize(("elder", "place"), [(False, 0), (True, 1)], ids=["standard", "elder"])
def test_beneficiary_finds_it_at_home_reads_it_and_opens_his_receipt(
    suite: RunningCounty, chromium: Browser, elder: bool, place: int
) -> None:
    person = suite.neighbours()[place]
    payer, reader = with_wechat(suite, "member_away"), with_wechat(suite, person)
    order = pay_for(suite, payer, person.name)
    (receipt_id,) = order["receipt_ids"]
    notice = until_told(reader, receipt_id)
    assert notice["amount_fen"] == order["total_fen"]
    assert suite.county.people["member_away"].name not in json.dumps(notice, ensure_ascii=False)

    phone = Phone(chromium, suite, elder=elder)
    try:
        phone.sign_in_with_wechat(person)
        phone.settle()
        expect(phone.page.get_by_role("link", name=re.compile(r"我的通知，\d+条未读"))).to_be_visible()
        phone.check("home with a notice")
        phone.press("去看看", "去看我的通知")
        phone.heading("我的通知")
        first = phone.page.locator("main li").first
        expect(first).to_contain_text(f"的党费已由他人代缴，共 {yuan(order['total_fen'])} 元。")
        phone.check("notices")
        first.get_by_role("link", name="去看我的票据" if elder else "看票据").click()
        phone.heading("票据")
        expect(phone.page.locator("main")).to_contain_text(person.name)
        phone.open("/")
        phone.settle()
        expect(phone.page.get_by_role("link", name="我的通知", exact=True)).to_be_visible()
        assert phone.errors == []
    finally:
        phone.close()


def test_a_notice_is_its_readers_alone_over_http(suite: RunningCounty) -> None:
    neighbour = suite.neighbours()[2]
    payer, reader = with_wechat(suite, "member_away"), with_wechat(suite, neighbour)
    order = pay_for(suite, payer, neighbour.name)
    notice = until_told(reader, order["receipt_ids"][0])
    assert notice["id"] not in [one["id"] for one in payer.get("/v1/me/notices")["items"]]
    assert send(suite.url, "GET", "/v1/me/notices").status == 401
    body = json.dumps({"up_to_id": notice["id"]}).encode()
    answer = payer.try_post("/v1/me/notices/read", body)
    assert answer.status == 404, answer.content
    assert [reader.post("/v1/me/notices/read", {"up_to_id": notice["id"]})["unread"] for _ in range(2)] == [0, 0]


def test_feedback_is_sent_from_the_phone_and_read_by_the_system_administrator(
    suite: RunningCounty, chromium: Browser
) -> None:
    words = f"字再大一点就好了 {uuid.uuid4().hex[:6]}"
    phone = Phone(chromium, suite, elder=True)
    try:
        phone.sign_in_with_wechat("mother")
        phone.open("/me")
        phone.heading("我的")
        phone.press("意见反馈")
        phone.heading("意见反馈")
        phone.check("feedback")
        phone.page.get_by_label("您的意见").fill(words)
        phone.press("提交", "写好了，提交")
        expect(phone.page.get_by_text("收到了，谢谢您。")).to_be_visible()
        phone.check("feedback sent")
        assert phone.errors == []
    finally:
        phone.close()
    phone = Phone(chromium, suite, elder=False)
    try:
        phone.sign_in_with_password("system_admin")
        phone.open("/desk")
        phone.heading("管理")
        phone.press("意见反馈")
        phone.heading("意见反馈")
        expect(phone.page.get_by_text(words)).to_be_visible()
        phone.check("list of feedback")
        assert phone.errors == []
    finally:
        phone.close()
