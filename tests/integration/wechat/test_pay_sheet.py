"""The pay sheet in a real browser at phone width, on a page of another origin with a strict content policy."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from deploy.wechat_simulator.testing import RunningSimulator, start_simulator
from services.chassis.clock import SystemClock
from services.dues.providers.payments import PrepayRequest
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from tests.fakes.scripted_server import Asked, Reply, ScriptedServer, scripted_server
from tests.integration.wechat.conftest import CallsOut, Merchant

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome") or "/usr/bin/chromium"
PHONE = {"width": 390, "height": 844}
PAGE = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>缴纳党费</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>缴纳党费</h1><button id="open">去支付</button><a href="#">别的</a><p id="result"></p></main>
<script src="/page.js"></script><script src="{bridge}"></script></body></html>"""
SCRIPT = """
const root = document.documentElement
document.addEventListener('WeixinJSBridgeReady', () => { root.dataset.ready = Number(root.dataset.ready || 0) + 1 })
document.getElementById('open').addEventListener('click', () => {
  WeixinJSBridge.invoke('getBrandWCPayRequest', window.parameters, (answer) => {
    document.getElementById('result').textContent = JSON.stringify(answer)
  })
})
"""


class County:
    """The merchant's page and its ear, on one origin."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.merchant: Merchant | None = None
        self.bridge = ""

    def answer(self, asked: Asked) -> Reply:
        if asked.path == "/page.js":
            return Reply(200, {"Content-Type": "text/javascript"}, SCRIPT.encode())
        if asked.method == "POST" and self.merchant is not None:
            return self.merchant.hear(asked)
        origin = self.bridge.removesuffix("/bridge.js")
        policy = f"default-src 'none'; script-src 'self' {origin}; connect-src {origin}; style-src 'self'"
        headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
        return Reply(200, headers, PAGE.replace("{bridge}", self.bridge).encode())


@pytest.fixture(scope="module")
def county() -> Iterator[County]:
    with scripted_server() as server:
        made = County(server)
        server.script = made.answer
        yield made


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory, county: County) -> Iterator[RunningSimulator]:
    running = start_simulator(tmp_path_factory.mktemp("wechat"), public_url=county.server.url)
    county.bridge = running.environment["WECHAT_BRIDGE_URL"]
    yield running
    running.stop()


@pytest.fixture
def merchant(wechat: WechatPay, calls_out: CallsOut, county: County) -> Merchant:
    county.merchant = Merchant(wechat, calls_out, county.server)
    return county.merchant


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser, county: County, simulator: RunningSimulator) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True, locale="zh-CN")  # type: ignore[arg-type]
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    opened.goto(county.server.url)
    yield opened
    context.close()
    assert errors == []


def open_sheet(page: Page, wechat: WechatPay, order: PrepayRequest, **changed: str) -> None:
    parameters = wechat.phone_parameters(wechat.prepay(order).prepay_id).as_bridge_parameters() | changed
    page.evaluate("parameters => { window.parameters = parameters }", parameters)
    page.get_by_role("button", name="去支付").click()


def result(page: Page) -> Any:
    expect(page.locator("#result")).not_to_be_empty()
    return json.loads(page.locator("#result").text_content() or "")


def test_the_bridge_announces_itself_once_and_knows_only_the_pay_sheet(page: Page) -> None:
    expect(page.locator("html")).to_have_attribute("data-ready", "1")
    answer = page.evaluate("new Promise(done => WeixinJSBridge.invoke('scanQRCode', {}, done))")
    assert answer == {"err_msg": "system:function_not_exist"}


def test_a_bridge_that_is_there_already_is_left_alone(browser: Browser, county: County) -> None:
    context = browser.new_context()
    context.add_init_script("window.WeixinJSBridge = { real: true }")
    opened = context.new_page()
    opened.goto(county.server.url)
    opened.wait_for_load_state()
    assert opened.evaluate("WeixinJSBridge.real && WeixinJSBridge.invoke === undefined")
    context.close()


def test_the_payer_sees_what_he_pays_and_pays_it(
    page: Page, wechat: WechatPay, merchant: Merchant, simulator: RunningSimulator, tmp_path: Path
) -> None:
    order = merchant.order()
    open_sheet(page, wechat, order)
    dialog = page.get_by_role("dialog", name="微信支付")
    for text in ("模拟支付环境", "¥24.00", "党费缴纳（模拟商户）", order.description, order.order_no):
        expect(dialog).to_contain_text(text)
    pay = dialog.get_by_role("button", name="支付 ¥24.00")
    expect(pay).to_be_focused()
    box = pay.bounding_box()
    assert box is not None
    assert box["height"] >= 60
    page.screenshot(path=tmp_path / "sheet.png")
    pay.click()
    expect(dialog.get_by_role("status")).to_have_text("支付成功")
    assert result(page) == {"err_msg": "get_brand_wcpay_request:ok"}
    assert simulator.control("GET", f"orders/{order.order_no}")["state"] == "SUCCESS"
    expect(page.get_by_role("button", name="去支付")).to_be_focused()


@pytest.mark.parametrize("way_out", ["button", "escape"])
def test_leaving_the_sheet_is_a_cancel_and_nothing_is_paid(
    page: Page, wechat: WechatPay, merchant: Merchant, simulator: RunningSimulator, way_out: str
) -> None:
    order = merchant.order()
    open_sheet(page, wechat, order)
    expect(page.get_by_role("button", name="支付 ¥24.00")).to_be_visible()
    if way_out == "button":
        page.get_by_role("button", name="取消").click()
    else:
        page.keyboard.press("Escape")
    assert result(page) == {"err_msg": "get_brand_wcpay_request:cancel"}
    assert simulator.control("GET", f"orders/{order.order_no}")["state"] == "NOTPAY"
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_focus_stays_in_the_sheet_and_the_page_behind_rests(
    page: Page, wechat: WechatPay, merchant: Merchant
) -> None:
    open_sheet(page, wechat, merchant.order())
    pay, cancel = page.get_by_role("button", name="支付 ¥24.00"), page.get_by_role("button", name="取消")
    expect(pay).to_be_focused()
    for key, focused in (("Tab", cancel), ("Tab", pay), ("Shift+Tab", cancel), ("Shift+Tab", pay)):
        page.keyboard.press(key)
        expect(focused).to_be_focused()
    assert page.evaluate("document.querySelector('main').inert")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.querySelector('main').inert")


@pytest.mark.parametrize("changed", [{"paySign": "AAAA"}, {"appId": "wx0"}, {"signType": "MD5"}, {"package": ""}])
def test_parameters_that_the_merchant_did_not_sign_fail(
    page: Page, wechat: WechatPay, merchant: Merchant, changed: dict[str, str]
) -> None:
    open_sheet(page, wechat, merchant.order(), **changed)
    page.get_by_role("button", name="返回").click()
    answer = result(page)
    assert answer["err_msg"] == "get_brand_wcpay_request:fail"
    assert answer["err_desc"]


def test_a_paid_order_cannot_be_opened_again(
    page: Page, wechat: WechatPay, merchant: Merchant, simulator: RunningSimulator
) -> None:
    order = merchant.order()
    prepay = wechat.prepay(order)
    simulator.pay(order.order_no)
    parameters = wechat.phone_parameters(prepay.prepay_id).as_bridge_parameters()
    page.evaluate("parameters => { window.parameters = parameters }", parameters)
    page.get_by_role("button", name="去支付").click()
    expect(page.get_by_role("status")).to_contain_text("已支付")
    page.get_by_role("button", name="返回").click()
    assert result(page)["err_msg"] == "get_brand_wcpay_request:fail"


def test_a_lost_answer_is_not_a_failure_and_the_second_try_pays_nothing_twice(
    page: Page, wechat: WechatPay, merchant: Merchant, simulator: RunningSimulator
) -> None:
    order = merchant.order()
    open_sheet(page, wechat, order)
    pay = page.get_by_role("button", name="支付 ¥24.00")
    expect(pay).to_be_focused()
    simulator.fault("answer_lost", operation="cashier")
    pay.click()
    expect(page.get_by_role("status")).to_contain_text("不会重复扣款")
    pay.click()
    assert result(page) == {"err_msg": "get_brand_wcpay_request:ok"}
    assert simulator.control("GET", f"orders/{order.order_no}")["paid_fen"] == order.amount_fen


def test_a_page_of_another_origin_cannot_work_the_cashier(
    page: Page, wechat: WechatPay, merchant: Merchant, simulator: RunningSimulator
) -> None:
    parameters = wechat.phone_parameters(wechat.prepay(merchant.order()).prepay_id).as_bridge_parameters()
    page.goto(f"{simulator.base_url.replace('127.0.0.1', 'localhost')}/livez")
    ask = """async ([url, parameters]) => {
      const options = { method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(parameters) }
      try { return (await fetch(url, options)).status } catch { return 'blocked' }
    }"""
    assert page.evaluate(ask, [f"{simulator.base_url}/cashier/payments", parameters]) == "blocked"


def test_the_sheet_grows_with_the_pages_own_letters(page: Page, wechat: WechatPay, merchant: Merchant) -> None:
    page.evaluate("document.documentElement.style.fontSize = '24px'")
    open_sheet(page, wechat, merchant.order())
    pay = page.get_by_role("button", name="支付 ¥24.00")
    expect(pay).to_be_visible()
    assert pay.evaluate("element => parseFloat(getComputedStyle(element).fontSize)") >= 24
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_the_sign_in_page_is_worked_with_one_thumb(
    browser: Browser, simulator: RunningSimulator, county: County, tmp_path: Path
) -> None:
    simulator.control("POST", "users", {"name": "王建国", "note": "党员，第一支部"})
    simulator.control("POST", "users", {"name": "李秀英", "note": "支部管理员"})
    context = browser.new_context(viewport=PHONE, has_touch=True)  # type: ignore[arg-type]
    page = context.new_page()
    app_id, back = simulator.environment["WECHAT_APP_ID"], f"{county.server.url}/back"
    address = simulator.environment["WECHAT_AUTHORIZE_URL"]
    page.goto(
        f"{address}?appid={app_id}&redirect_uri={back}&response_type=code&scope=snsapi_base&state=x#wechat_redirect"
    )
    expect(page.get_by_role("heading", name="选择登录的微信用户")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.screenshot(path=tmp_path / "sign-in.png")
    page.get_by_role("button", name="王建国").click()
    page.wait_for_url(re.compile(re.escape(back) + r"\?code=[\w-]+&state=x$"))
    context.close()


@pytest.fixture
def wechat(simulator: RunningSimulator) -> Iterator[WechatPay]:
    yield WechatPay(WechatPaySettings.from_environment(simulator.environment), SystemClock())
    simulator.control("DELETE", "faults")
