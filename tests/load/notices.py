"""Notices of payment, stored as they come and settled in batches, beside PostgreSQL alone.

Signed as WeChat signs, over HTTP, for orders that wait for them; the whole suite at full durability. A notice counts when its
order has succeeded, is booked and has its receipt.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from deploy.wechat_simulator.answers import order_json
from deploy.wechat_simulator.records import Order, OrderState, instant_text, openid_of
from deploy.wechat_simulator.signing import Seal, encrypt
from tests.load import county_rows, sender
from tests.load.figures import Bench, Figure, cpu_seconds, family
from tests.load.five_statements import FiveStatements
from tests.load.orders import alone_beside
from tests.load.paying_suite import PARTS, PayingSuite, paying_suite

PATH = "/v1/wechat/payment-notices"
TAKEN = 204
ROUNDS = 3
CLIENTS = 8
EACH = 4_000
SECONDS = 6
COUNTY_S = 60.0
POLL_S = 0.1
SETTLED_WITHIN_S = 180.0
_ORDERS = """
INSERT INTO orders (order_id, county_id, number, payer_id, total_fen, state, version, prepay_id, created_at, expires_at,
                    next_query_at, queries)
SELECT ({order} || lpad(to_hex(n), 12, '0'))::uuid, '{county}', replace({order} || lpad(to_hex(n), 12, '0'), '-', ''),
       ({member} || lpad(to_hex(n), 12, '0'))::uuid, {fen}, 'paying', 2, 'wx', now(), now() + interval '2 hours',
       now() + interval '2 hours', 0
FROM generate_series(0, {count} - 1) AS n;
INSERT INTO order_line (order_id, line_no, member_id, month, branch_id, amount_fen, live, county_id)
SELECT order_id, 1, payer_id, {month}, obligation.branch_id, {fen}, true, '{county}'
FROM orders JOIN obligation ON obligation.member_id = payer_id AND obligation.month = {month};
"""
_ORDER = "'00000000-0000-7000-b000-'"
_JOBS = "dues-jobs"


def figures(bench: Bench) -> Iterator[Figure]:
    with paying_suite(bench.room("suite")) as suite:
        database = suite.stack.suite.postgres.url("dues")
        alone = alone_beside(suite, bench.folder)
        rounds = []
        for number in range(ROUNDS):
            _await_payment(database, suite.county, 2 * EACH)
            rounds.append(_round(suite, alone, database))
            bench.say(f"round {number + 1}: " + ", ".join(f"{name} {value:.2f}" for name, value in rounds[-1].items()))
        middle = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
        _await_payment(database, suite.county, county_rows.MEMBERS)
        county_s = _whole_county(suite, database, bench)
    yield Figure("settling stored notices beside pgbench writing orders as 5 statements", middle["settled_ratio"], "x",
                 at_least=0.5, remark=f"median of {ROUNDS} interleaved rounds; {middle['settled']:,.0f} notices and "
                 f"{middle['alone']:,.0f} orders a second")  # fmt: skip
    yield Figure("notices over HTTP, from the first one sent to the last one settled, beside the same", middle["ratio"], "x",
                 remark=f"{middle['through']:,.0f} a second")  # fmt: skip
    parts = ", ".join(f"{name} {middle[name]:.2f}" for name in (*PARTS, "settling"))
    yield Figure("CPU of a notice, sent, stored and settled", sum(middle[name] for name in (*PARTS, "settling")), "CPU-ms",
                 remark=parts)  # fmt: skip
    yield Figure(f"{county_rows.MEMBERS:,} members' notices over HTTP, all settled", county_s, "s", at_most=COUNTY_S)


def _await_payment(database: str, county: str, count: int) -> None:
    """So many members have an order for their oldest month that waits for its payment."""
    county_rows.forget_orders(database)
    month = county_rows.open_months()[0].number
    member = "'00000000-0000-7000-8000-'"
    text = _ORDERS.format(
        order=_ORDER, member=member, county=county, fen=county_rows.MONTH_FEN, month=month, count=count
    )
    county_rows.run(database, text)
    county_rows.tidy(database)


def _round(suite: PayingSuite, alone: FiveStatements, database: str) -> dict[str, float]:
    """Each side once: notices that are settled while they come, notices that all wait, PostgreSQL alone."""
    coming, waiting = _letters(suite, range(EACH)), _letters(suite, range(EACH, 2 * EACH))
    suite.stack.start_process(_JOBS)
    before = _used(suite)
    sent = _send(suite, coming)
    through_s = _until_settled(database, EACH) - sent.started_s
    after = _used(suite)
    suite.stack.stop_process(_JOBS)
    _send(suite, waiting)
    suite.stack.start_process(_JOBS)
    first = _settled(database)
    began = time.time()
    settled_s = _until_settled(database, 2 * EACH) - began
    suite.stack.stop_process(_JOBS)
    alone_rate = alone.a_second(SECONDS)
    settled, through = (2 * EACH - first) / settled_s, EACH / through_s
    return {
        "settled": settled,
        "settled_ratio": settled / alone_rate,
        "through": through,
        "ratio": through / alone_rate,
        "alone": alone_rate,
        **{part: (after[part] - before[part]) * 1000 / EACH for part in before},
    }


def _used(suite: PayingSuite) -> dict[str, float]:
    return suite.cpu_s() | {"settling": cpu_seconds(family(suite.stack.suite.children[_JOBS].pid))}


def _whole_county(suite: PayingSuite, database: str, bench: Bench) -> float:
    letters = _letters(suite, range(county_rows.MEMBERS))
    suite.stack.start_process(_JOBS)
    bench.say(f"{len(letters)} notices at once")
    sent = _send(suite, letters)
    return _until_settled(database, county_rows.MEMBERS) - sent.started_s


def _send(suite: PayingSuite, letters: Sequence[bytes]) -> sender.Outcome:
    """Raises RuntimeError unless each of them was taken."""
    outcome = sender.send(suite.address, letters, clients=CLIENTS, status=TAKEN, wait_s=SETTLED_WITHIN_S)
    if outcome.refused:
        raise RuntimeError(f"notices were refused: {outcome.refused}")
    return outcome


def _settled(database: str) -> int:
    """Orders that have succeeded with their posting and their receipt."""
    ((count,),) = county_rows.ask(
        database,
        "SELECT least((SELECT count(*) FROM orders WHERE state = 'succeeded'), (SELECT count(*) FROM posting),"
        " (SELECT count(*) FROM receipt))",
    )
    return int(count)


def _until_settled(database: str, count: int) -> float:
    """When so many were settled. Raises TimeoutError."""
    until = time.time() + SETTLED_WITHIN_S
    while _settled(database) < count:
        if time.time() > until:
            raise TimeoutError(f"{_settled(database)} of {count} notices are settled after {SETTLED_WITHIN_S:.0f} s")
        time.sleep(POLL_S)
    return time.time()


def _letters(suite: PayingSuite, numbers: range) -> list[bytes]:
    """One notice for the order of each member, signed now: WeChat's signature is good for five minutes."""
    settings = suite.stack.environment()
    key = load_pem_private_key(Path(settings["WECHAT_SIMULATOR_PLATFORM_KEY"]).read_bytes(), password=None)
    assert isinstance(key, RSAPrivateKey)
    seal = Seal(settings["WECHAT_PLATFORM_PUBLIC_KEY_ID"], key)
    return [_letter(suite, settings, seal, number) for number in numbers]


def _letter(suite: PayingSuite, settings: dict[str, str], seal: Seal, number: int) -> bytes:
    now, app_id = datetime.now(UTC), settings["WECHAT_APP_ID"]
    order = Order(
        order_no=f"0000000000007000b000{number:012x}",
        request={"attach": ""},
        total_fen=county_rows.MONTH_FEN,
        payer_openid=openid_of(app_id, str(number)),
        notify_url="",
        opened_at=now,
        expires_at=None,
        prepay_id="wx",
        prepay_at=now,
        state=OrderState.SUCCESS,
        transaction_id=f"42000{number:023d}",
        paid_fen=county_rows.MONTH_FEN,
        paid_at=now,
    )
    inside = orjson.dumps(order_json(order, app_id=app_id, merchant_id=settings["WECHAT_MERCHANT_ID"]))
    resource = encrypt(inside, api_v3_key=settings["WECHAT_API_V3_KEY"], associated="transaction")
    body = orjson.dumps(
        {
            "id": f"notice-{number}",
            "create_time": instant_text(now),
            "event_type": "TRANSACTION.SUCCESS",
            "resource_type": "encrypt-resource",
            "summary": "支付成功",
            "resource": resource | {"original_type": "transaction"},
        }
    )
    headers = {"Content-Type": "application/json", **seal.headers(body, now=now)}
    return sender.post(f"{suite.address[0]}:{suite.address[1]}", PATH, headers, body)
