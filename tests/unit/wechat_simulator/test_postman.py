"""Notices follow WeChat's schedule until they are confirmed or given up; what a probe or forgery earns never confirms one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from fractions import Fraction

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.wechat_simulator import postman as postman_module
from deploy.wechat_simulator.notices import Letter, NoticeWriter
from deploy.wechat_simulator.postman import SCHEDULE_S, Postman
from deploy.wechat_simulator.scheduler import Scheduler
from deploy.wechat_simulator.signing import Seal
from tests.unit.wechat_simulator.conftest import ORDER_NO, House, Later, prepay

# 24 h 4 min: the time over which WeChat says that it tries.
WHOLE_SCHEDULE_S = 24 * 3600 + 4 * 60


class Merchant:
    """Answers each delivery with what the test has laid out, then with the last of it."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.letters: list[Letter] = []

    def __call__(self, letter: Letter) -> tuple[int | None, str]:
        self.letters.append(letter)
        return (self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]), ""


class Hand(Scheduler):
    """Runs what is due when the test says so, and tells how long it would have waited."""

    def __init__(self) -> None:
        super().__init__()
        self.by_hand = Later()
        self.waits: list[float] = []

    def later(self, wait: timedelta, action: Callable[[], None]) -> None:
        self.waits.append(wait.total_seconds())
        self.by_hand(wait, action)


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def make(house: House, hand: Hand, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Postman]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    seal = Seal("PUB_KEY_ID_SIMULATED_1", key)

    def build(merchant: Merchant, *, probe_every: int = 0) -> Postman:
        monkeypatch.setattr(postman_module, "_deliver", merchant)
        writer = NoticeWriter(house.bank, app_id="wx01", merchant_id="19", api_v3_key="k" * 32, seal=seal)
        made = Postman(
            house.bank,
            writer,
            house.faults,
            hand,
            time_factor=Fraction(1, 60),
            probe_every=probe_every,
            now=lambda: house.now,
        )
        house.bank.on_notice = made.post
        return made

    return build


def pay(house: House, order_no: str = ORDER_NO) -> None:
    house.bank.open_order(prepay(out_trade_no=order_no))
    house.bank.pay(order_no)


def whats(postman: Postman) -> list[str]:
    return [sending["what"] for sending in postman.log()]


def test_an_unconfirmed_notice_is_tried_sixteen_times_over_a_day_then_given_up(
    house: House, hand: Hand, make: Callable[..., Postman]
) -> None:
    merchant = Merchant(500)
    make(merchant)
    pay(house)
    for _ in range(30):
        hand.by_hand.run()
    assert len(merchant.letters) == 16
    assert hand.waits == [0.0, *(seconds / 60 for seconds in SCHEDULE_S)]
    assert sum(SCHEDULE_S) == WHOLE_SCHEDULE_S
    assert house.bank.notices_of(ORDER_NO)[0].outcome == "given_up"


@pytest.mark.parametrize(("status", "tries"), [(200, 1), (204, 1), (201, 2), (302, 2), (400, 2), (None, 2)])
def test_only_200_and_204_confirm(
    house: House, hand: Hand, make: Callable[..., Postman], status: int | None, tries: int
) -> None:
    merchant = Merchant(status)
    make(merchant)
    pay(house)
    hand.by_hand.run()
    hand.by_hand.run()
    assert len(merchant.letters) == tries


def test_each_try_is_signed_afresh(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    merchant = Merchant(500)
    make(merchant)
    pay(house)
    hand.by_hand.run()
    house.now += timedelta(minutes=10)
    hand.by_hand.run()
    first, second = (int(letter.headers["Wechatpay-Timestamp"]) for letter in merchant.letters)
    assert second - first == 600


def test_a_probe_that_is_accepted_confirms_nothing_and_raises_the_alarm(
    house: House, hand: Hand, make: Callable[..., Postman], capsys: pytest.CaptureFixture[str]
) -> None:
    merchant = Merchant(200)
    postman = make(merchant, probe_every=1)
    pay(house)
    hand.by_hand.run()
    assert house.bank.notices_of(ORDER_NO)[0].outcome is None
    assert "ALARM: a probe with a wrong signature was accepted" in capsys.readouterr().err
    hand.by_hand.run()
    assert whats(postman) == ["probe", "notice"]
    assert house.bank.notices_of(ORDER_NO)[0].outcome == "confirmed"


def test_each_tenth_notice_is_probed_first(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    postman = make(Merchant(200), probe_every=10)
    for number in range(20):
        pay(house, f"order-{number:02d}")
        hand.by_hand.run()
    probed = [sending["order_no"] for sending in postman.log() if sending["what"] == "probe"]
    assert probed == ["order-09", "order-19"]


def test_a_dropped_notice_comes_with_the_next_try(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    merchant = Merchant(200)
    postman = make(merchant)
    house.faults.add({"kind": "drop", "count": 2})
    pay(house)
    for _ in range(4):
        hand.by_hand.run()
    assert whats(postman) == ["dropped", "dropped", "notice"]
    assert len(merchant.letters) == 1


def test_a_confirmed_notice_is_repeated_as_told(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    merchant = Merchant(200)
    postman = make(merchant)
    house.faults.add({"kind": "repeat", "times": 15})
    pay(house)
    hand.by_hand.run()
    assert whats(postman) == ["notice"] + ["repeat"] * 15


def test_held_notices_come_last_one_first(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    postman = make(Merchant(200))
    house.faults.add({"kind": "reorder", "count": 3})
    for number in range(3):
        pay(house, f"order-{number}")
    hand.by_hand.run()
    hand.by_hand.run()
    assert [sending["order_no"] for sending in postman.log()] == ["order-2", "order-1", "order-0"]


def test_a_notice_is_never_held_for_ever(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    postman = make(Merchant(200))
    house.faults.add({"kind": "reorder", "count": 3})
    pay(house)
    assert hand.waits == [30.0]
    hand.by_hand.run()
    hand.by_hand.run()
    assert whats(postman) == ["notice"]


def test_a_delayed_notice_waits(house: House, hand: Hand, make: Callable[..., Postman]) -> None:
    make(Merchant(200))
    house.faults.add({"kind": "delay", "seconds": 9})
    pay(house)
    assert hand.waits == [9.0]
