"""Pictures of the phone pages for the README: ``python -m tests.e2e.pictures [folder]``.

Starts the whole county, walks the main job in both modes and keeps what the phone shows in docs/pictures. Everybody on them
is invented.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect

from deploy.local.places import PROJECT
from tests.e2e.phone import SETTLED_MS, Phone, browser
from tests.e2e.running import RunningCounty, running_county
from tests.e2e.walker import DESK

TARGET = PROJECT.root / "docs" / "pictures"
FADED_MS = 700
NEWS_TRIES = 20
KEPT = frozenset(
    f"{name}.png"
    for name in (
        *("home", "my-dues", "bill", "pay-for-others", "confirm", "receipt", "elder-home", "elder-pay-for-others"),
        *("ledger", "roster", "notices", "collection", "arrears", "month-report"),
    )
)
"""Those that the project shows. A folder that is named gets all of them, to look at."""


def main(target: Path) -> int:
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, running_county(Path(folder)) as suite, browser() as chromium:
        take_all(suite, chromium, target)
    return 0


def take_all(suite: RunningCounty, chromium: Browser, target: Path) -> None:
    for elder in (True, False):  # the elder only looks: what he would pay is still owed in the others' pictures
        camera = Camera(Phone(chromium, suite, elder=elder), target)
        try:
            camera.walk_as_member("father" if elder else "member_away")
        finally:
            camera.phone.close()
    for elder, key in ((False, "mother"), (True, "father")):  # both were paid for just now
        camera = Camera(Phone(chromium, suite, elder=elder), target)
        try:
            camera.walk_as_beneficiary(key)
        finally:
            camera.phone.close()
    camera = Camera(Phone(chromium, suite, elder=False), target)
    try:
        camera.walk_as_administrator()
    finally:
        camera.phone.close()


class Camera:
    def __init__(self, phone: Phone, target: Path) -> None:
        self.phone, self.target = phone, target

    def take(self, name: str) -> None:
        path = self.target / f"{'elder-' if self.phone.elder else ''}{name}.png"
        if self.target == TARGET and path.name not in KEPT:
            return
        self.phone.page.wait_for_timeout(FADED_MS)
        self.phone.page.screenshot(path=path)
        print(f"{path.name}: {path.stat().st_size // 1024} KiB")  # noqa: T201

    def see(self, path: str, heading: str, name: str) -> None:
        self.phone.open(path)
        self.phone.heading(heading)
        self.take(name)

    def walk_as_member(self, key: str) -> None:
        phone = self.phone
        phone.sign_in_with_wechat(key)
        phone.settle()
        self.take("home")
        self.see("/dues", "我的党费", "my-dues")
        if phone.elder:
            phone.press("看每个月缴了没有")
        phone.page.locator("main a[href^='/dues/months/']").first.click()
        phone.page.wait_for_url("**/dues/months/*")
        phone.settle()
        self.take("bill")
        self._pay_for_all()
        self.see("/calculator", "党费计算", "calculator")
        self.see("/me", "我的", "me")

    def _pay_for_all(self) -> None:
        phone = self.phone
        phone.open("/dues/others")
        phone.heading("替别人缴党费")
        for tick in phone.page.locator("main label.tick:not(.off)").all():
            tick.click()
        self.take("pay-for-others")
        phone.press("选月份", "人选好了，去选月份")
        phone.heading("选月份")
        self.take("months")
        while phone.elder and phone.page.get_by_role("button", name="选好了，下一位").count():
            phone.press("选好了，下一位")
        phone.press("核对并付款", "都选好了，去核对")
        self.take("confirm")
        if not phone.elder:
            self._confirm()

    def _confirm(self) -> None:
        phone = self.phone
        phone.press("确认缴纳")
        sheet = phone.page.get_by_role("dialog", name="微信支付")
        button = sheet.get_by_role("button", name="支付")
        expect(button).to_be_visible()
        self.take("pay-sheet")
        button.click()
        expect(phone.page.get_by_role("heading", level=1, name="缴纳成功")).to_be_attached(timeout=SETTLED_MS)
        self.take("result")
        phone.press("看票据")
        phone.heading("这笔缴费的票据")
        self.take("receipts")
        phone.page.locator("main li a").first.click()
        phone.heading("票据")
        self.take("receipt")

    def walk_as_beneficiary(self, key: str) -> None:
        phone = self.phone
        phone.sign_in_with_wechat(key)
        bell = phone.page.get_by_role("link", name="我的通知，1条未读")
        for _ in range(NEWS_TRIES):  # the event is on its way
            if bell.count():
                break
            phone.page.wait_for_timeout(FADED_MS)
            phone.page.reload()
            phone.settle()
        expect(bell).to_be_visible()
        self.take("home-with-notice")
        self.see("/me/notices", "我的通知", "notices")
        self.see("/me", "我的", "me-with-notice")
        self.see("/me/feedback", "意见反馈", "feedback")
        self.see("/dues/receipts", "票据", "own-receipts")
        phone.page.locator("main li a").first.click()
        phone.heading("票据")
        self.take("own-receipt")

    def walk_as_administrator(self) -> None:
        phone = self.phone
        phone.sign_in_with_password("county_admin")
        self.see("/desk", "管理", "desk")
        for words, name in (
            ("账目", "ledger"),
            ("花名册", "roster"),
            ("党费核定与收缴", "assessments"),
            ("导入、导出花名册", "roster-import"),
        ):
            self._take_way(words, name)
        phone.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        for words, name in (("收缴统计", "collection"), ("欠缴情况", "arrears"), ("本月收缴", "month-report")):
            self._take_way(words, name)

    def _take_way(self, words: str, name: str) -> None:
        """The page behind one entry of the administrator's desk."""
        phone = self.phone
        phone.open("/desk")
        phone.heading("管理")
        phone.page.locator("main").get_by_role("link").filter(has_text=words).first.click()
        phone.page.wait_for_url("**/desk/*/*")
        phone.settle()
        self.take(name)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET))
