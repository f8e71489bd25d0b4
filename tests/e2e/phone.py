"""A phone's browser at the running county: Chromium at phone width, what a person does on it, and axe on each page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect, sync_playwright

from deploy.local.places import PROJECT
from services.chassis.clock import SystemClock
from tests.e2e.running import RunningCounty, Somebody

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
WIDTH, HEIGHT = 390, 844
TIMEOUT_MS = 20_000
QUIET_MS = 250
FADES_MS = 400
"""A page that is still fading in has weaker contrasts than the one that is read."""
SETTLED_MS = 60_000
AXE = PROJECT.pages / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = {"serious", "critical"}
ELDER_PRESS = "长辈版"


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


class Phone:
    """One person's phone. ``errors`` are what the pages could not handle."""

    def __init__(self, chromium: Browser, suite: RunningCounty, *, elder: bool) -> None:
        self.suite, self.elder, self.fades_ms = suite, elder, FADES_MS
        # axe is injected by the test, which the pages' own content policy rightly forbids.
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": WIDTH, "height": HEIGHT}, locale="zh-CN", has_touch=True, bypass_csp=True
        )
        self.context.set_default_timeout(TIMEOUT_MS)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self._asked: set[Request] = set()
        self.page.on("request", self._began)
        self.page.on("requestfinished", self._ended)
        self.page.on("requestfailed", self._ended)
        self.page.on("framenavigated", lambda _: self._asked.clear())
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open("/")
        if elder:
            self.page.get_by_role("button", name=ELDER_PRESS).click()
            expect(self.page.locator("html")).to_have_class(re.compile(r"\belder\b"))

    def _began(self, request: Request) -> None:
        self._asked.add(request)

    def _ended(self, request: Request) -> None:
        self._asked.discard(request)

    def close(self) -> None:
        self.context.close()

    def open(self, path: str) -> None:
        self.page.goto(self.suite.url + path)

    def heading(self, name: str) -> None:
        """Waits until the page of this name stands with what it loads."""
        expect(self.page.get_by_role("heading", level=1, name=name, exact=True)).to_be_attached()
        self.settle()

    def settle(self) -> None:
        """Waits until the page has all that it asked the server for and shows no skeleton."""
        for _ in range(TIMEOUT_MS // QUIET_MS):
            self.page.wait_for_timeout(QUIET_MS)
            if not self._asked and self.page.locator(".skeleton").count() == 0:
                return
        raise AssertionError(f"still loading: {[one.url for one in self._asked]}")

    def button(self, plain: str, elder: str = "") -> Locator:
        """A button or a link that looks like one, by the words of this phone's mode."""
        name = elder if self.elder and elder else plain
        return self.page.get_by_role("button", name=name).or_(self.page.get_by_role("link", name=name)).first

    def press(self, plain: str, elder: str = "") -> None:
        self.button(plain, elder).click()

    def sign_in_with_wechat(self, who: str | Somebody) -> None:
        """Through WeChat's page; the first time with the details of the roster."""
        person = self.suite.person(who)
        self.open("/sign-in")
        self.press("微信登录", "用我的微信登录")
        self.page.get_by_label("用另一个微信用户登录").fill(person.name)
        self.page.get_by_role("button", name="登录", exact=True).click()
        ready = self.page.get_by_role("heading", level=1, name=re.compile("绑定微信|首页"))
        expect(ready).to_be_attached()
        if self.page.get_by_role("heading", level=1, name="绑定微信").count():
            self.check("绑定微信")
            self.page.get_by_label("姓名").fill(person.name)
            self.page.get_by_label("身份证号码后六位").fill(person.identity_number[-6:])
            self.page.get_by_label("手机号").fill(person.phone)
            self.press("绑定并登录", "核对身份并绑定我的微信")
        expect(self.page.get_by_text(f"{person.name}同志")).to_be_visible()

    def sign_in_with_password(self, key: str) -> None:
        """With the second factor where the account has one. Waits for a fresh code when one was just used."""
        account = self.suite.accounts.by_key(key)
        self.open("/sign-in")
        self.page.get_by_label("手机号").fill(account.phone)
        self.page.get_by_label("密码", exact=True).fill(account.password)
        self.page.locator("form").get_by_role("button", name=re.compile("登录")).click()
        if account.totp_secret:
            self.heading("动态验证码")
            for _ in range(3):
                self.page.get_by_label("6 位验证码").fill(account.code(SystemClock().now()))
                self.press("验证并登录")
                try:
                    expect(self.page.get_by_text(f"{account.name}同志")).to_be_visible(timeout=5_000)
                    return
                except AssertionError:
                    self.page.wait_for_timeout(15_000)
        expect(self.page.get_by_text(f"{account.name}同志")).to_be_visible()

    def check(self, where: str) -> None:
        """What axe finds of serious or critical faults on the page as it stands fails the test."""
        if not self.page.evaluate("'axe' in window"):
            self.page.add_script_tag(path=str(AXE))
        self.page.wait_for_timeout(self.fades_ms)
        result: dict[str, Any] = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        assert result["passes"], "axe looked at nothing"
        found = [
            f"{one['id']}: {node['target']} {node['failureSummary']}"
            for one in result["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"]
        ]
        assert not found, f"{where}: {found}"
        wide = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{where} is {wide} px wider than the phone"
