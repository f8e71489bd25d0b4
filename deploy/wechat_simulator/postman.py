"""Carries notices to the merchant on WeChat's schedule, compressed in time, until they are confirmed or given up.

Owns the schedule, the faults of delivery and the log of what was sent and what came back. Each try is signed afresh. A
notice counts as confirmed when the merchant answers 200 or 204 within five seconds.
"""

from __future__ import annotations

import http.client
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

from deploy.wechat_simulator.bank import Bank
from deploy.wechat_simulator.faults import Faults
from deploy.wechat_simulator.notices import Letter, NoticeWriter
from deploy.wechat_simulator.records import Notice, instant_text
from deploy.wechat_simulator.scheduler import Scheduler

# After the first try, at once: 15 s, 15 s, 30 s, 3 min, 10 min, 20 min, 3 × 30 min, 1 h, 3 × 3 h, 2 × 6 h.
SCHEDULE_S = (15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600)
MERCHANT_TIMEOUT_S = 5
MAX_ANSWER_BYTES = 64 * 1024
MAX_LOG = 20_000
MAX_HELD = 1_000
HOLD_AT_MOST = timedelta(seconds=30)
CONFIRMED = (200, 204)


@dataclass(frozen=True, slots=True)
class Sending:
    """One try: what was sent (``notice``, ``probe``, ``repeat``, ``dropped``, ``forged:<way>``) and what came back."""

    notice_id: str
    order_no: str
    subject: str
    what: str
    at: datetime
    status: int | None
    answer: str

    def as_json(self) -> dict[str, Any]:
        return {
            "notice_id": self.notice_id,
            "order_no": self.order_no,
            "subject": self.subject,
            "what": self.what,
            "at": instant_text(self.at),
            "status": self.status,
            "answer": self.answer,
        }


class Postman:
    def __init__(
        self,
        bank: Bank,
        writer: NoticeWriter,
        faults: Faults,
        scheduler: Scheduler,
        *,
        time_factor: Fraction,
        probe_every: int,
        now: Callable[[], datetime],
    ) -> None:
        self._bank = bank
        self._writer = writer
        self._faults = faults
        self._scheduler = scheduler
        self._time_factor = float(time_factor)
        self._probe_every = probe_every
        self._now = now
        self._lock = threading.Lock()
        self._log: deque[Sending] = deque(maxlen=MAX_LOG)
        self._held: list[str] = []
        self._posted = 0

    def post(self, notice: Notice) -> None:
        """Takes a new notice, or one that a stop interrupted: its schedule begins again."""
        delay = self._faults.take("delay", order_no=notice.order_no)
        wait = timedelta(seconds=delay.number("seconds") if delay else 0)
        reorder = self._faults.take("reorder", order_no=notice.order_no)
        if reorder is not None:
            self._hold(notice.notice_id, is_last=reorder.remaining == 0)
            return
        self._schedule(notice.notice_id, 0, wait)

    def send_again(self, notice: Notice) -> Sending:
        """One more time now, whatever became of it before."""
        return self._send(notice, "repeat", self._writer.true(notice, self._now()))

    def send_forged(self, notice: Notice, way: str) -> Sending:
        """Raises ValueError for an unknown way."""
        return self._send(notice, f"forged:{way}", self._writer.forged(notice, way, self._now()))

    def log(self, order_no: str | None = None) -> list[dict[str, Any]]:
        with self._lock:
            return [sending.as_json() for sending in self._log if order_no in (None, sending.order_no)]

    def _schedule(self, notice_id: str, attempt: int, wait: timedelta) -> None:
        self._scheduler.later(wait, lambda: self._try(notice_id, attempt))

    def _try(self, notice_id: str, attempt: int) -> None:
        notice = self._bank.get_notice(notice_id)
        if notice.outcome is not None:
            return
        if self._send_as_told(notice, attempt).status in CONFIRMED:
            self._bank.end_notice(notice_id, "confirmed")
            self._repeat(notice)
        elif attempt < len(SCHEDULE_S):
            self._schedule(notice_id, attempt + 1, timedelta(seconds=SCHEDULE_S[attempt] * self._time_factor))
        else:
            self._bank.end_notice(notice_id, "given_up")

    def _send_as_told(self, notice: Notice, attempt: int) -> Sending:
        """The notice, or what a fault or a probe puts in its place. What stands in its place never confirms it."""
        if self._faults.take("drop", order_no=notice.order_no) is not None:
            return self._note(notice, "dropped", None, "")
        forge = self._faults.take("forge", order_no=notice.order_no)
        if forge is not None:
            sending = self.send_forged(notice, forge.text("way"))
            return self._not_confirmed(sending, "a forgery was accepted")
        if attempt == 0 and self._is_time_to_probe():
            sending = self._send(notice, "probe", self._writer.probe(notice, self._now()))
            return self._not_confirmed(sending, "a probe with a wrong signature was accepted")
        return self._send(notice, "notice", self._writer.true(notice, self._now()))

    def _not_confirmed(self, sending: Sending, alarm: str) -> Sending:
        if sending.status in CONFIRMED:
            print(f"wechat simulator: ALARM: {alarm} by the merchant", file=sys.stderr, flush=True)
        return replace(sending, status=None)

    def _is_time_to_probe(self) -> bool:
        with self._lock:
            self._posted += 1
            return self._probe_every > 0 and self._posted % self._probe_every == 0

    def _repeat(self, notice: Notice) -> None:
        repeat = self._faults.take("repeat", order_no=notice.order_no)
        for _ in range(repeat.number("times") if repeat else 0):
            if not self._scheduler.is_stopping:
                self.send_again(notice)

    def _hold(self, notice_id: str, *, is_last: bool) -> None:
        """Holds back until the fault's count is reached; never longer than ``HOLD_AT_MOST``."""
        with self._lock:
            self._held.append(notice_id)
            is_full = is_last or len(self._held) >= MAX_HELD
        if is_full:
            self._release()
        else:
            self._scheduler.later(HOLD_AT_MOST, self._release)

    def _release(self) -> None:
        """Last one first, each after the merchant has answered the one before."""
        with self._lock:
            held, self._held = self._held[::-1], []
        self._scheduler.later(timedelta(0), lambda: self._try_in_turn(held))

    def _try_in_turn(self, notice_ids: list[str]) -> None:
        for notice_id in notice_ids:
            if not self._scheduler.is_stopping:
                self._try(notice_id, 0)

    def _send(self, notice: Notice, what: str, letter: Letter) -> Sending:
        status, answer = _deliver(letter)
        return self._note(notice, what, status, answer)

    def _note(self, notice: Notice, what: str, status: int | None, answer: str) -> Sending:
        sending = Sending(notice.notice_id, notice.order_no, notice.subject, what, self._now(), status, answer)
        with self._lock:
            self._log.append(sending)
        return sending


def _deliver(letter: Letter) -> tuple[int | None, str]:
    """The merchant's status and the beginning of his answer; None when none came in time."""
    address = urlsplit(letter.url)
    kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
    connection = kind(address.hostname or "", address.port, timeout=MERCHANT_TIMEOUT_S)
    deadline = time.monotonic() + MERCHANT_TIMEOUT_S
    try:
        connection.request("POST", address.path or "/", body=letter.body, headers=letter.headers)
        with connection.getresponse() as response:
            status, answer = response.status, response.read(MAX_ANSWER_BYTES)
    except (OSError, http.client.HTTPException) as error:
        return None, type(error).__name__
    finally:
        connection.close()
    if time.monotonic() > deadline:
        return None, "too late"
    return status, answer[:200].decode(errors="replace")
