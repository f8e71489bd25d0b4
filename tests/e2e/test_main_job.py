"""The main job on the phone pages, in a real browser at phone width, in both modes; axe looks at each page on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.phone import SETTLED_MS, Phone, browser
from tests.e2e.running import RunningCounty

pytestmark = pytest.mark.timeout(900)
"""The first test waits for the whole county to be loaded, on a busy machine too."""
MONTHS = 3
PAYERS = [(False, "member_away", ("father", "mother")), (True, "father", ("member_away", "mother"))]
"""Each mode has its own payer; both pay for the same household, one after the other the next months."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as one:
        yield one


@pytest.mark.parametrize(("elder", "payer", "others"), PAYERS, ids=["standard", "elder"])
def test_from_sign_in_to_receipts_and_ledger(
    suite: RunningCounty, chromium: Browser, elder: bool, payer: str, others: tuple[str, str]
) -> None:
    phone = Phone(chromium, suite, elder=elder)
    try:
        phone.check("home of a stranger")
        phone.sign_in_with_wechat(payer)
        phone.check("home")
        see_my_dues(phone)
        choose_people(phone, payer, others)
        amount = choose_months(phone)
        pay(phone, amount)
        see_receipts(phone, (payer, *others))
        assert phone.errors == []
    finally:
        phone.close()
    see_ledger(suite, chromium, elder)


def see_my_dues(phone: Phone) -> None:
    phone.open("/dues")
    phone.heading("我的党费")
    phone.check("my dues")
    if phone.elder:
        phone.press("看每个月缴了没有")
    phone.page.locator("main a[href^='/dues/months/']").first.click()
    expect(phone.page).to_have_url(re.compile("/dues/months/"))
    phone.settle()
    phone.check("bill")


def choose_people(phone: Phone, payer: str, others: tuple[str, str]) -> None:
    phone.open("/dues/others")
    phone.heading("替别人缴党费")
    people = phone.suite.county.people
    for name in (f"我自己（{people[payer].name}）", *(people[key].name for key in others)):
        tick = phone.page.get_by_role("checkbox", name=re.compile(re.escape(name)))
        expect(tick).to_be_enabled()
        if not tick.is_checked():
            phone.page.locator("label.tick", has=tick).click()
        expect(tick).to_be_checked()
    phone.check("pay for others")
    phone.press("选月份", "人选好了，去选月份")
    phone.heading("选月份")


def choose_months(phone: Phone) -> str:
    """Three months for each; gives the amount that the last look asks to confirm."""
    phone.check("months")
    rounds = 3 if phone.elder else 1
    for number in range(rounds):
        people = phone.page.get_by_role("group")
        expect(people).to_have_count(1 if phone.elder else 3)
        for one in people.all():
            take_three(one.locator("button.chip"))
        if number < rounds - 1:
            phone.press("选好了，下一位")
    phone.press("核对并付款", "都选好了，去核对")
    dialog = phone.page.get_by_role("dialog", name="请核对")
    expect(dialog.get_by_text(f"共{MONTHS}个月")).to_have_count(3)
    phone.check("confirm sheet")
    go = phone.button("确认缴纳", "确认，我要缴")
    amount = re.search(r"¥[\d,]+\.\d\d", go.inner_text())
    assert amount is not None
    go.click()
    return amount.group()


def take_three(chips: Locator) -> None:
    """A tap takes all months up to it; a tap on the last one that is taken would give it back."""
    taken = chips.and_(chips.page.locator("[aria-pressed='true']"))
    if taken.count() != MONTHS:
        chips.nth(MONTHS - 1).click()
    expect(taken).to_have_count(MONTHS)


def pay(phone: Phone, amount: str) -> None:
    sheet = phone.page.get_by_role("dialog", name="微信支付")
    expect(sheet.get_by_text("模拟支付环境，不会真的扣款")).to_be_visible()
    phone.check("pay sheet")
    sheet.get_by_role("button", name=f"支付 {amount}").click()
    expect(phone.page.get_by_role("heading", level=1, name="缴纳成功")).to_be_attached(timeout=SETTLED_MS)
    expect(phone.page.get_by_text(amount).first).to_be_visible()
    phone.check("result")


def see_receipts(phone: Phone, keys: tuple[str, ...]) -> None:
    phone.press("看票据", "去看我的票据")
    phone.heading("这笔缴费的票据")
    lines = phone.page.locator("main li")
    expect(lines).to_have_count(len(keys))
    for key in keys:
        expect(lines.filter(has_text=phone.suite.county.people[key].name)).to_have_count(1)
    phone.check("receipts")
    lines.first.get_by_role("link").click()
    phone.heading("票据")
    phone.check("receipt")


def see_ledger(suite: RunningCounty, chromium: Browser, elder: bool) -> None:
    phone = Phone(chromium, suite, elder=elder)
    try:
        phone.sign_in_with_password("county_admin")
        phone.open("/desk")
        phone.heading("管理")
        phone.check("desk")
        phone.press("账目")
        phone.heading("账目")
        expect(phone.page.get_by_text("借贷相等，账是平的")).to_be_visible()
        phone.check("ledger")
        assert phone.errors == []
    finally:
        phone.close()
