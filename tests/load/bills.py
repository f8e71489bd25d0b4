"""Day bills for tests and measurements: ledger rows made set by set, a bill that agrees with them, and planted differences.

Everything follows from a number: the n-th payment of the day, its order, transaction and instant. So the bill is written without
reading the ledger, and each planted difference is known by its kind and subject beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from services.chassis.clock import SHANGHAI

APP_ID, MERCHANT_ID = "wx0000000000000001", "1900000109"
COLUMNS = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TOTAL_COLUMNS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
MONTH_FEN = 20
DAY_S = 86_400
LATE_EVERY = 50
"""Each so many payments came late and were sent back: the refunds of the day."""
_LEDGER = """
BEGIN;
CREATE TEMP TABLE n ON COMMIT DROP AS
SELECT n, ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid AS order_id, '00000000-0000-7000-a000-000000000000'::uuid AS root,
       ('00000000-0000-7000-8000-' || lpad(to_hex(n % 27385), 12, '0'))::uuid AS member_id,
       ('00000000-0000-7000-9000-' || lpad(to_hex(n % 1500), 12, '0'))::uuid AS branch_id, n % {late} = {late} - 1 AS late,
       '{begins}'::timestamptz + make_interval(secs => (n::bigint * 86399 / greatest({count} - 1, 1))::int) AS at
FROM generate_series(0, {count} - 1) AS n;
INSERT INTO orders (order_id, county_id, number, payer_id, total_fen, state, version, created_at, expires_at, settled_at, queries)
SELECT order_id, '{county}', replace(order_id::text, '-', ''), member_id, {fen}, CASE WHEN late THEN 'refunded' ELSE 'succeeded' END, 3,
       at, at + interval '15 minutes', at, 0 FROM n;
INSERT INTO order_line (order_id, line_no, member_id, month, branch_id, amount_fen, live, county_id)
SELECT order_id, 1, member_id, 202609, branch_id, {fen}, false, '{county}' FROM n;
INSERT INTO provider_payment (transaction_id, order_id, amount_fen, paid_at, source, late, stored_at, county_id)
SELECT '4200' || lpad(n::text, 20, '0'), order_id, {fen}, at, 'notice', late, at + interval '2 minutes', '{county}' FROM n;
INSERT INTO refund (refund_id, number, order_id, county_id, amount_fen, reason, state, next_try_at, asked_at, succeeded_at)
SELECT order_id, 'r' || n, order_id, '{county}', {fen}, 'late_paid', 'succeeded', at, at, at FROM n WHERE late;
INSERT INTO posting (posting_id, county_id, entry, debit_kind, debit_owner, credit_kind, credit_owner, amount_fen, order_id, line_no,
                     member_id, month, booked_month, booked_at)
SELECT gen_random_uuid(), '{county}', 'dues_paid', 'provider_clearing', root, 'branch_dues_income', branch_id, {fen}, order_id, 1,
       member_id, 202609, 202609, at FROM n WHERE NOT late
UNION ALL
SELECT gen_random_uuid(), '{county}', 'late_payment', 'provider_clearing', root, 'suspense', root, {fen}, order_id, NULL, NULL, NULL,
       202609, at FROM n WHERE late
UNION ALL
SELECT gen_random_uuid(), '{county}', 'suspense_refund_asked', 'suspense', root, 'refunds_payable', root, {fen}, order_id, NULL, NULL,
       NULL, 202609, at FROM n WHERE late
UNION ALL
SELECT gen_random_uuid(), '{county}', 'refund_sent', 'refunds_payable', root, 'provider_clearing', root, {fen}, order_id, NULL, NULL,
       NULL, 202609, at FROM n WHERE late;
COMMIT;
"""  # noqa: E501


def ledger_sql(county: str, day: date, count: int) -> str:
    """Statements that put ``count`` payments of the day into an empty ledger, from the day's first second to its last."""
    begins = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).isoformat()
    values = {"county": county, "begins": begins, "count": count, "fen": MONTH_FEN, "late": LATE_EVERY}
    return _LEDGER.format(**values)


def order_number(n: int) -> str:
    return f"0000000000007000b000{n:012x}"


def transaction(n: int) -> str:
    return f"4200{n:020d}"


def refund_number(n: int) -> str:
    return f"r{n}"


@dataclass(slots=True)
class Row:
    at: str
    transaction_id: str
    order_no: str
    amount_fen: int
    refund_no: str = ""
    refund_state: str = "SUCCESS"
    app_id: str = APP_ID
    merchant_id: str = MERCHANT_ID
    currency: str = "CNY"

    def line(self) -> str:
        yuan = f"{self.amount_fen // 100}.{self.amount_fen % 100:02d}"
        paid, back = ("0.00", yuan) if self.refund_no else (yuan, "0.00")
        state = "REFUND" if self.refund_no else "SUCCESS"
        refund_id = f"503{self.refund_no}" if self.refund_no else "0"
        return (
            f"`{self.at},`{self.app_id},`{self.merchant_id},`0,`,`{self.transaction_id},`{self.order_no},`oPayer,`JSAPI,`{state},"
            f"`OTHERS,`{self.currency},`{paid},`0.00,`{refund_id},`{self.refund_no or 0},`{back},`0.00,"
            f"`{'ORIGINAL' if self.refund_no else ''},`{self.refund_state if self.refund_no else ''},`党费缴纳,`,`0.00000,`0.00%,"
            f"`{paid},`{back},`"
        )


@dataclass(slots=True)
class Planted:
    """What was planted: which numbers, and the (kind, subject) that must be found for each."""

    expected: set[tuple[str, str]] = field(default_factory=set)
    sql: list[str] = field(default_factory=list)
    """Changes of the ledger that go with it."""
    changed: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """By payment: what the bill says otherwise."""


BILL_KINDS = (
    *(
        "payment_of_unknown_order",
        "payment_of_known_order",
        "payment_amount_differs",
        "order_paid_twice",
        "row_repeated",
    ),
    *("merchant_differs", "app_differs", "payment_only_in_ledger", "payment_not_booked"),
)
REFUND_KINDS = (
    *(
        "refund_only_in_bill",
        "refund_only_in_ledger",
        "refund_amount_differs",
        "refund_state_differs",
        "late_not_promised_back",
    ),
)


def plant(count: int, of_each: int) -> Planted:
    """``of_each`` differences of each kind, spread over the day: fourteen kinds."""
    planted = Planted()
    payments = iter(n for n in range(0, count, max(1, count // (of_each * 12))) if n % LATE_EVERY != LATE_EVERY - 1)
    for kind in BILL_KINDS:
        for _ in range(of_each):
            n = next(payments)
            planted.changed[n] = (kind,)
            subject = {"payment_of_unknown_order": f"x{n}", "order_paid_twice": f"t{n}"}.get(kind, transaction(n))
            planted.expected.add((kind, subject))
    late = iter(range(LATE_EVERY - 1, count, LATE_EVERY))
    for kind in REFUND_KINDS:
        for _ in range(of_each):
            n = next(late)
            planted.changed[n] = (kind,)
            subject = transaction(n) if kind == "late_not_promised_back" else refund_number(n)
            planted.expected.add((kind, f"z{n}" if kind == "refund_only_in_bill" else subject))
    known, booked, promised = (
        [n for n, (kind,) in planted.changed.items() if kind == wanted]
        for wanted in ("payment_of_known_order", "payment_not_booked", "late_not_promised_back")
    )
    planted.sql = [
        f"DELETE FROM provider_payment WHERE transaction_id IN ({_quoted(map(transaction, known))})",
        f"UPDATE orders SET state = 'closed', settled_at = NULL WHERE number IN ({_quoted(map(order_number, known))})",
        "ALTER TABLE posting DISABLE TRIGGER USER",
        f"UPDATE posting SET amount_fen = amount_fen - 1 FROM orders WHERE orders.order_id = posting.order_id "
        f"AND posting.entry = 'dues_paid' AND orders.number IN ({_quoted(map(order_number, booked))})",
        f"DELETE FROM posting USING orders WHERE orders.order_id = posting.order_id AND orders.number IN "
        f"({_quoted(map(order_number, known))})",
        "ALTER TABLE posting ENABLE TRIGGER USER",
        "ALTER TABLE refund DISABLE TRIGGER USER",
        f"DELETE FROM refund WHERE number IN ({_quoted(map(refund_number, promised))})",
        "ALTER TABLE refund ENABLE TRIGGER USER",
    ]
    return planted


def _quoted(values: Iterator[str] | map[str]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def rows(day: date, count: int, planted: Planted) -> Iterator[Row]:
    """The bill's rows, as WeChat would write them: payments and refunds in the order of time."""
    begins = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    for n in range(count):
        at = f"{begins + timedelta(seconds=n * (DAY_S - 1) // max(count - 1, 1)):%Y-%m-%d %H:%M:%S}"
        (kind,) = planted.changed.get(n, ("",))
        yield from _rows_of(n, at, kind)


def _rows_of(n: int, at: str, kind: str) -> Iterator[Row]:
    row = Row(at, transaction(n), order_number(n), MONTH_FEN)
    if kind == "payment_only_in_ledger":
        return
    if kind == "payment_of_unknown_order":
        yield Row(at, f"x{n}", f"unknown{n}", MONTH_FEN)
    elif kind == "payment_amount_differs":
        row.amount_fen += 1
    elif kind == "order_paid_twice":
        yield Row(at, f"t{n}", row.order_no, MONTH_FEN)
    elif kind == "merchant_differs":
        row.merchant_id = "1900000999"
    elif kind == "app_differs":
        row.app_id = "wx9999999999999999"
    yield row
    if kind == "row_repeated":
        yield row
    if n % LATE_EVERY != LATE_EVERY - 1 or kind == "refund_only_in_ledger":
        return
    back = Row(at, row.transaction_id, row.order_no, MONTH_FEN, refund_no=refund_number(n))
    if kind == "refund_only_in_bill":
        yield Row(at, row.transaction_id, row.order_no, MONTH_FEN, refund_no=f"z{n}")
    elif kind == "refund_amount_differs":
        back.amount_fen -= 1
    elif kind == "refund_state_differs":
        back.refund_state = "PROCESSING"
    elif kind == "late_not_promised_back":
        return
    yield back


def write(path: Path, of: Iterator[Row]) -> int:
    """The whole file; how many rows it has."""
    number = paid = back = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\ufeff" + COLUMNS + "\r\n")
        for row in of:
            file.write(row.line() + "\r\n")
            number += 1
            paid, back = (paid, back + row.amount_fen) if row.refund_no else (paid + row.amount_fen, back)
        file.write(totals(number, paid, back))
    return number


def totals(number: int, paid_fen: int, back_fen: int) -> str:
    paid, back = (f"{fen // 100}.{fen % 100:02d}" for fen in (paid_fen, back_fen))
    return f"{TOTAL_COLUMNS}\r\n`{number},`{paid},`{back},`0.00,`0.00000,`{paid},`{back}\r\n"
