"""Looks at pages with care, at phone width in both modes and at a desk, and tells what no county would be proud of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Request, expect

from tests.e2e.http_person import Person
from tests.e2e.phone import HEIGHT, SETTLED_MS, WIDTH, Phone
from tests.e2e.running import RunningCounty, Somebody

DESK = (1280, 900)
SPOILED = re.compile(r"undefined|NaN|\[object|\bnull\b|Invalid Date")
CODE = re.compile(r"(?<![\w./-])[a-z]+(?:[._][a-z]+)+(?![\w/])")
"""``month_not_open`` or ``dues.report_refused``: for programs, not for people."""
FILE_ENDINGS = (".csv", ".xlsx", ".pdf")
"""The name of a file that somebody chose is his own word."""
ELDER_TARGET_PX = 60
MOST_LOOKS = 30
MAX_SHOWN = 5
_CHOOSE = (
    "size => document.querySelector('#app').__vue_app__.config.globalProperties.$pinia._s.get('comfort').choose(size)"
)
"""As the switch on the home page does, on the page that stands."""
_SMALL = """least => [...document.querySelectorAll(
    '.bar-button, main .button, main .segment-one, main .cell.live, main .field-box, main .tick, .foot .button, .sheet .button')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < least - 0.5)
  .map(one => `${one.className} ${one.textContent.trim()} ${one.getBoundingClientRect().height} px`)"""
_BARE_MONEY = """() => [...document.querySelectorAll('main td, main dd, main p, main .cell-value, main .cell-note')]
  .map(one => one.innerText).filter(text => /(?<![¥\\d,.])\\d[\\d,]*\\.\\d{2}(?![\\d%])/.test(text))"""
_EMPTY = "() => [...document.querySelectorAll('.empty')].filter(one => one.checkVisibility()).map(one => one.innerText.trim())"
LEAST_EMPTY_WORDS = 12


@dataclass(frozen=True)
class Look:
    """A page by its address, and by its name that must stand on it."""

    path: str
    heading: str


class Walker(Phone):
    """One person's browser, signed in once for all tests; ``http`` asks under the same session."""

    def __init__(self, chromium: Browser, suite: RunningCounty) -> None:
        super().__init__(chromium, suite, elder=False)
        self.page.emulate_media(reduced_motion="reduce")
        self.fades_ms = 0  # nothing moves, so nothing is waited for
        self._token = ""
        self.page.on("request", self._heard)

    def _heard(self, request: Request) -> None:
        said = request.headers.get("authorization", "")
        self._token = said.removeprefix("Bearer ") or self._token

    @property
    def http(self) -> Person:
        return Person(self.suite, self._token)

    def office_of(self, role: str) -> str:
        """The organisation that one's role stands over."""
        grants = self.http.get("/v1/me")["grants"]
        return str(next(one["org_id"] for one in grants if one["role"] == role))

    def member_named(self, org: str, name: str) -> str:
        (found,) = self.http.get(f"/v1/organisations/{org}/members", query=name)["items"]
        return str(found["id"])

    def until_seen(self, path: str, words: str) -> None:
        """Opens the page again and again until it says so."""
        for _ in range(MOST_LOOKS):
            self.open(path)
            self.settle()
            if self.page.get_by_text(words).count():
                return
            self.page.wait_for_timeout(SETTLED_MS // MOST_LOOKS)
        raise AssertionError(f"{path} does not say: {words}")

    def see(self, path: str, heading: str) -> None:
        self.open(path)
        self.heading(heading)

    def sheet(self, name: str) -> Locator:
        dialog = self.page.get_by_role("dialog", name=name)
        expect(dialog).to_be_visible()
        return dialog

    def told(self, words: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_text(words).first).to_be_visible()
        self.settle()

    def saves(self, press: Callable[[], None], ending: str) -> bytes:
        """The file that a press brings."""
        with self.page.expect_download() as coming:
            press()
        file = coming.value
        assert file.suggested_filename.endswith(ending), file.suggested_filename
        return Path(file.path()).read_bytes()

    @contextmanager
    def at_desk(self) -> Iterator[None]:
        self.page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
        try:
            yield
        finally:
            self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})

    @contextmanager
    def as_elder(self) -> Iterator[None]:
        self.page.evaluate(_CHOOSE, "elder")
        self.settle()
        try:
            yield
        finally:
            self.page.evaluate(_CHOOSE, "standard")

    def walk(self, looks: Iterable[Look]) -> None:
        """Each page at phone width in both modes and at a desk. Raises AssertionError with all that was found."""
        found: list[str] = []
        for look in looks:
            try:
                self.see(look.path, look.heading)
                self._sound(look.path)
                with self.at_desk():
                    self._sound(f"{look.path} at a desk")
                with self.as_elder():
                    self._sound(f"{look.path} for elders")
                    small = self.page.evaluate(_SMALL, ELDER_TARGET_PX)
                    assert not small, f"{look.path} for elders: too small to hit: {small[:MAX_SHOWN]}"
            except AssertionError as fault:
                found.append(str(fault))
        assert not found, "\n".join(found)
        assert self.errors == []

    def _sound(self, where: str) -> None:
        self.check(where)
        text = self.page.locator("main").inner_text()
        spoiled = SPOILED.findall(text) + [code for code in CODE.findall(text) if not code.endswith(FILE_ENDINGS)]
        assert not spoiled, f"{where}: words for programs: {spoiled[:MAX_SHOWN]}"
        bare = self.page.evaluate(_BARE_MONEY)
        assert not bare, f"{where}: amounts without a unit: {bare[:MAX_SHOWN]}"
        short = [words for words in self.page.evaluate(_EMPTY) if len(words) < LEAST_EMPTY_WORDS]
        assert not short, f"{where}: an empty place without words: {short}"


class People:
    """Signs in each person once: a code of an authenticator works once in thirty seconds."""

    def __init__(self, chromium: Browser, suite: RunningCounty) -> None:
        self._chromium, self._suite = chromium, suite
        self._known: dict[str, Walker] = {}

    def stranger(self) -> Walker:
        return self._of("", lambda _: None)

    def office(self, key: str) -> Walker:
        return self._of(key, lambda walker: walker.sign_in_with_password(key))

    def member(self, who: Somebody) -> Walker:
        return self._of(who.identity_number, lambda walker: walker.sign_in_with_wechat(who))

    def _of(self, key: str, sign_in: Callable[[Walker], None]) -> Walker:
        if key not in self._known:
            walker = Walker(self._chromium, self._suite)
            self._known[key] = walker
            sign_in(walker)
        return self._known[key]

    def close(self) -> None:
        for walker in self._known.values():
            walker.close()
