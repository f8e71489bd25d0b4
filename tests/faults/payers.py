"""The open load: people who order, pay and wait, each as a phone does, asking again under the same request id until they know.

Owns what the payers do and what they remember of it. What became of the money is judged elsewhere, from the databases and the
simulator's own books: a payer's memory is no evidence.
"""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from deploy.wechat_simulator.web.control import KEY_HEADER
from tests.faults.county import Payer
from tests.faults.http import Answer, Client, NoAnswer

MAX_OPEN = 150
"""Payments under way; an arrival beyond it waits, and is counted. More of them, each asking again while something is broken,
leave two cores busy with refusals."""
WAITS_S = (0.2, 0.5, 1.0, 2.0, 3.0)
POLL_WAITS_S = (0.4, 0.8, 1.5, 2.0)
ASK_AT_MOST = 200
"""Tries of one step: at two seconds each longer than any run's patience."""
PATIENCE_S = 90.0
"""A payer who still does not see his payment settled leaves his household out of the rest of the load."""

UNTOLD = ("type", "title", "status", "trace_id")
ENDED = frozenset({"succeeded", "refunded", "closed", "failed"})
PASSING = frozenset({408, 409, 429, 500, 502, 503, 504})
PASSING_CODES = frozenset({"request.in_flight", "dues.payment_provider_unavailable"})
STORIES = {
    "plain": 65,
    "on_behalf": 15,
    "two_months": 8,
    "double_tap": 4,
    "race": 4,
    "paid_late": 2,
    "pay_and_close": 2,
}


@dataclass
class Household:
    """Two people who may pay for each other; one payment at a time, oldest month first."""

    people: tuple[Payer, Payer]
    paid: list[int] = field(default_factory=lambda: [0, 0])

    def next_for(self) -> int | None:
        """Whose turn it is; None when all is paid."""
        turn = 0 if self.paid[0] <= self.paid[1] else 1
        return turn if self.paid[turn] < len(self.people[turn].owes) else None


@dataclass(frozen=True)
class Person:
    """A phone: the payer with his token."""

    payer: Payer
    token: Callable[[Payer], str]

    def headers(self, key: str | None = None) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.token(self.payer)}"}
        return headers | {"Idempotency-Key": key} if key else headers


class GaveUp(Exception):
    """The load is over, or the step was tried too often."""


class Payers:
    """Runs the load on the present event loop."""

    def __init__(
        self,
        people: list[Payer],
        *,
        gateway: Client,
        wechat: Client,
        control_key: str,
        token: Callable[[Payer], str],
        seed: int,
    ) -> None:
        self.gateway, self.wechat = gateway, wechat
        self._control = {KEY_HEADER: control_key}
        self._token = token
        self._rng, self._jitter = random.Random(seed), random.Random(seed + 1)
        pairs = [Household((people[number], people[number + 1])) for number in range(0, len(people) - 1, 2)]
        self._free = deque(pairs)
        self._open: set[asyncio.Task[None]] = set()
        self._watching = 0
        self.outcomes: Counter[str] = Counter()
        self.seconds: list[float] = []
        self.answers: Counter[int] = Counter()
        self.started = 0
        self.crowded = 0
        self.wrong: Counter[str] = Counter()
        """Answers that no fault excuses; each is a breach."""

        self.last_end_at = 0.0
        self.over = False

    async def run(self, per_s: float, until: float) -> None:
        """Payers arrive at this rate until the loop's time; who finds no room begins as soon as there is some."""
        loop = asyncio.get_running_loop()
        next_at, arrived = loop.time(), 0
        while loop.time() < until:
            arrived += 1
            while arrived and self._free and len(self._open) < MAX_OPEN:
                self._start()
                arrived -= 1
            if arrived:
                self.crowded += 1
            next_at += 1 / per_s
            await asyncio.sleep(max(0.0, next_at - loop.time()))

    @property
    def asking(self) -> int:
        """Payers whose order or payment is not certain yet; those who only wait to see it settled are not counted."""
        return len(self._open) - self._watching

    async def end(self) -> None:
        """Nobody asks any more."""
        self.over = True
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self.gateway.close()
        await self.wechat.close()

    def _start(self) -> None:
        household = self._free.popleft()
        turn = household.next_for()
        if turn is None:
            return
        story = self._rng.choices(list(STORIES), list(STORIES.values()))[0]
        key = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        self.started += 1
        task = asyncio.get_running_loop().create_task(self._payment(household, turn, story, key))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _payment(self, household: Household, turn: int, story: str, key: str) -> None:
        began = time.monotonic()
        owner = household.people[turn]
        first = household.paid[turn]
        months = owner.owes[first : first + (2 if story == "two_months" else 1)]
        lines = [{"member_id": owner.member_id, "month": month} for month, _ in months]
        body = {"lines": lines, "expected_total_fen": sum(fen for _, fen in months)}
        payer, partner = Person(owner, self._token), Person(household.people[1 - turn], self._token)
        try:
            outcome = await self._story(story, payer, partner, body, key)
        except GaveUp:
            outcome = "given_up"
        self.outcomes[f"{story}: {outcome}"] += 1
        self.last_end_at = time.monotonic()
        if outcome == "succeeded":
            self.seconds.append(self.last_end_at - began)
            household.paid[turn] += len(months)
        if outcome in ("succeeded", "refunded", "closed"):
            self._free.append(household)

    async def _story(self, story: str, payer: Person, partner: Person, body: Any, key: str) -> str:
        match story:
            case "double_tap":
                await asyncio.gather(self._place(payer, body, key), self._place(payer, body, key))
                return await self._pay_order(payer, await self._place(payer, body, key))
            case "race":
                other = _key(key, "partner")
                return await self._race(payer, partner, body, (key, other))
            case "on_behalf":
                return await self._pay_order(partner, await self._place(partner, body, key))
            case "paid_late":
                return await self._paid_late(payer, await self._place(payer, body, key))
            case "pay_and_close":
                return await self._pay_and_close(payer, await self._place(payer, body, key))
            case _:
                return await self._pay_order(payer, await self._place(payer, body, key))

    async def _race(self, payer: Person, partner: Person, body: Any, keys: tuple[str, str]) -> str:
        """Two people order the same month at once: one of them gets it."""
        orders = await asyncio.gather(self._place(payer, body, keys[0]), self._place(partner, body, keys[1]))
        won = [(who, order) for who, order in zip((payer, partner), orders, strict=True) if order is not None]
        if len(won) != 1:
            self.wrong[f"{len(won)} of two payers got one month"] += 1
            return "wrong"
        return await self._pay_order(*won[0])

    async def _place(self, who: Person, body: Any, key: str) -> Any:
        """The order; None when somebody else holds the month."""
        answer = await self._until_known("POST", "/v1/dues/orders", body, who, key)
        if answer.status == 201:
            return answer.body
        if answer.code == "dues.month_reserved":
            return None
        return self._unexpected("place", answer)

    def _unexpected(self, step: str, answer: Answer) -> Any:
        body = (
            {name: value for name, value in answer.body.items() if name not in UNTOLD} if answer.code else answer.body
        )
        self.wrong[f"{step}: {answer.status} {body}"[:300]] += 1
        raise GaveUp

    async def _prepare(self, who: Person, order: Any) -> None:
        key = _key(order["id"], "prepare")
        answer = await self._until_known("POST", f"/v1/dues/orders/{order['id']}/payment", None, who, key)
        if answer.status != 200:
            self._unexpected("prepare", answer)

    async def _pay_order(self, who: Person, order: Any) -> str:
        if order is None:
            self.wrong["a month that nobody else asked for was reserved"] += 1
            return "wrong"
        await self._prepare(who, order)
        await self._pay(order["number"])
        return await self._until_ended(who, order["id"])

    async def _paid_late(self, who: Person, order: Any) -> str:
        """Gives the order up, and his bank says yes all the same: the money must come back."""
        await self._prepare(who, order)
        await self._close(who, order)
        await self._pay(order["number"], late=True)
        return await self._until_ended(who, order["id"], frozenset({"succeeded", "refunded"}))

    async def _pay_and_close(self, who: Person, order: Any) -> str:
        await self._prepare(who, order)
        _, paid = await asyncio.gather(self._close(who, order), self._pay(order["number"]))
        return await self._until_ended(who, order["id"], ENDED - {"closed"} if paid else ENDED)

    async def _close(self, who: Person, order: Any) -> None:
        key = _key(order["id"], "close")
        answer = await self._until_known("POST", f"/v1/dues/orders/{order['id']}/closure", None, who, key)
        if answer.status != 200 and answer.code != "dues.order_not_closable":
            self._unexpected("close", answer)

    async def _pay(self, number: str, *, late: bool = False) -> bool:
        """Whether WeChat took the money, now or at an earlier try."""
        for _ in range(ASK_AT_MOST):
            if self.over:
                raise GaveUp
            try:
                answer = await self.wechat.ask(
                    "POST", "/control/pay", {"order_no": number, "late": late}, self._control
                )
            except NoAnswer:
                await asyncio.sleep(0.5)
                continue
            if answer.status == 200 or answer.code == "ORDERPAID":
                return True
            if answer.code in ("ORDER_CLOSED", "ORDER_EXPIRED"):
                return False
            if answer.status < 500:
                self._unexpected("pay", answer)
            await asyncio.sleep(0.5)
        raise GaveUp

    async def _until_ended(self, who: Person, order_id: str, wanted: frozenset[str] = ENDED) -> str:
        self._watching += 1
        try:
            return await self._watch(who, order_id, wanted)
        finally:
            self._watching -= 1

    async def _watch(self, who: Person, order_id: str, wanted: frozenset[str]) -> str:
        until = time.monotonic() + PATIENCE_S
        for asked in range(ASK_AT_MOST):
            answer = await self._until_known("GET", f"/v1/dues/orders/{order_id}", None, who, None)
            if answer.status != 200:
                self._unexpected("look", answer)
            if answer.body["state"] in wanted:
                return str(answer.body["state"])
            if time.monotonic() > until:
                return "not_seen_settled"
            await asyncio.sleep(POLL_WAITS_S[min(asked, len(POLL_WAITS_S) - 1)])
        return "not_seen_settled"

    async def _until_known(self, method: str, path: str, body: Any, who: Person, key: str | None) -> Answer:
        """Asks until an answer is final, always under the same key."""
        for tried in range(ASK_AT_MOST):
            if self.over:
                raise GaveUp
            try:
                answer = await self.gateway.ask(method, path, body, who.headers(key))
            except NoAnswer:
                self.answers[0] += 1
            else:
                self.answers[answer.status] += 1
                final = answer.status not in PASSING or (answer.status == 409 and answer.code not in PASSING_CODES)
                if final:
                    return answer
            wait = WAITS_S[min(tried, len(WAITS_S) - 1)]
            await asyncio.sleep(wait * (0.5 + self._jitter.random()))
        raise GaveUp


def _key(of: str, step: str) -> str:
    """A request id that follows from what it is for: the same at every try."""
    return str(uuid.UUID(bytes=uuid.uuid5(uuid.UUID(of), step).bytes, version=4))
