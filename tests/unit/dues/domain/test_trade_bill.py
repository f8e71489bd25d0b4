"""Reading a bill: what is believed, and that whatever is broken, cut, strange or hostile is refused by name (BOOK-8)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dues.domain.trade_bill import BillFault, BillRefused, BillRow, TradeBill
from tests.load import bills
from tests.load.bills import Row, totals

DAY = date(2026, 9, 14)
PAID = Row("2026-09-14 00:00:00", "4200001", "order-1", 2_400)
LAST = Row("2026-09-14 23:59:59", "4200002", "order-2", 20)
BACK = Row("2026-09-14 12:00:00", "4200001", "order-1", 2_400, refund_no="refund-1")


def text(*rows: Row, end: str | None = None, columns: str = bills.COLUMNS) -> str:
    paid = sum(row.amount_fen for row in rows if not row.refund_no)
    back = sum(row.amount_fen for row in rows if row.refund_no)
    lines = [columns, *(row.line() for row in rows)]
    return "\r\n".join(lines) + "\r\n" + (totals(len(rows), paid, back) if end is None else end)


def blocks(content: str | bytes, size: int = 97) -> Iterator[bytes]:
    raw = content.encode() if isinstance(content, str) else content
    return (raw[at : at + size] for at in range(0, len(raw), size))


def read(content: str | bytes, size: int = 97) -> tuple[list[BillRow], TradeBill]:
    bill = TradeBill(DAY, app_id=bills.APP_ID, merchant_id=bills.MERCHANT_ID)
    return [row for chunk in bill.chunks(blocks(content, size)) for row in chunk], bill


def refused(content: str | bytes) -> tuple[BillFault, int]:
    with pytest.raises(BillRefused) as caught:
        read(content)
    return caught.value.fault, caught.value.line


def test_payments_and_refunds_are_read_to_the_fen() -> None:
    rows, bill = read(text(PAID, BACK, LAST))
    assert rows == [
        BillRow("2026-09-14 00:00:00", "", "4200001", "order-1", "", 2_400, "succeeded"),
        BillRow("2026-09-14 12:00:00", "", "4200001", "order-1", "refund-1", 2_400, "succeeded"),
        BillRow("2026-09-14 23:59:59", "", "4200002", "order-2", "", 20, "succeeded"),
    ]
    assert (bill.totals.payments, bill.totals.payment_fen) == (2, 2_420)
    assert (bill.totals.refunds, bill.totals.refund_fen) == (1, 2_400)


@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_where_a_block_ends_does_not_matter(size: int) -> None:
    assert read("\ufeff" + text(PAID, LAST), size)[0] == read(text(PAID, LAST))[0]


def test_a_mark_at_the_beginning_and_either_end_of_line_are_the_same_bill() -> None:
    plain = read(text(PAID))[0]
    assert read("\ufeff" + text(PAID))[0] == plain
    assert read(text(PAID).replace("\r\n", "\n"))[0] == plain
    assert read(text(PAID).removesuffix("\r\n"))[0] == plain


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    def turned(line: str) -> str:
        fields = line.removeprefix("`").split(",`" if line.startswith("`") else ",")
        mark = "`" if line.startswith("`") else ""
        return ",".join(mark + field for field in reversed(fields))

    content = "\r\n".join([turned(bills.COLUMNS), turned(PAID.line())]) + "\r\n" + totals(1, 2_400, 0)
    assert read(content)[0] == read(text(PAID))[0]


def test_a_comma_in_the_name_of_what_was_bought_divides_nothing() -> None:
    assert read(text(PAID).replace("党费缴纳", "党费,9月,=HYPERLINK(1)"))[0] == read(text(PAID))[0]


def test_a_day_without_rows_is_a_bill() -> None:
    rows, bill = read(text())
    assert (rows, bill.totals.rows) == ([], 0)


def test_rows_of_another_app_among_ours_are_told_and_not_refused() -> None:
    other = Row("2026-09-14 09:00:00", "4200009", "order-9", 20, app_id="wx-other")
    foreign = Row("2026-09-14 09:00:00", "4200008", "order-8", 20, merchant_id="1")
    dollars = Row("2026-09-14 09:00:00", "4200007", "order-7", 20, currency="USD")
    assert [row.foreign_to for row in read(text(PAID, other, foreign, dollars))[0]] == [
        "",
        "app",
        "merchant",
        "currency",
    ]


LINE = PAID.line()
HOSTILE = [
    ("", BillFault.EMPTY, 0),
    ("\r\n", BillFault.EMPTY, 0),
    ("<html>504 Gateway Time-out</html>", BillFault.COLUMNS_UNKNOWN, 1),
    (text(PAID, columns=bills.COLUMNS.replace("订单金额,申请", "金额,申请")), BillFault.COLUMNS_UNKNOWN, 1),
    (text(PAID, columns=bills.COLUMNS.replace("设备号", "商户号")), BillFault.COLUMNS_UNKNOWN, 1),
    (text(PAID, end=""), BillFault.CUT_SHORT, 2),
    (text(PAID, end=bills.TOTAL_COLUMNS), BillFault.CUT_SHORT, 4),
    (text(PAID).removesuffix("0\r\n"), BillFault.CUT_SHORT, 4),
    (text(PAID, end=totals(2, 2_400, 0)), BillFault.TOTALS_DIFFER, 4),
    (text(PAID, end=totals(1, 2_401, 0)), BillFault.TOTALS_DIFFER, 4),
    (text(PAID, end=totals(1, 2_400, 1)), BillFault.TOTALS_DIFFER, 4),
    (text(PAID, end=totals(1, 2_400, 0) + LINE), BillFault.ROW_MALFORMED, 5),
    (text(PAID, end=LINE[: len(LINE) // 2]), BillFault.ROW_MALFORMED, 3),
    (text(PAID).replace("`CNY,", "`CNY,`more,"), BillFault.ROW_MALFORMED, 2),
    (text(PAID).replace("`4200001", "`=4200001+1"), BillFault.ROW_MALFORMED, 2),
    (text(PAID).replace("`4200001", "`4200'); DROP TABLE orders;--"), BillFault.ROW_MALFORMED, 2),
    (text(PAID).replace("`order-1", "`"), BillFault.ROW_MALFORMED, 2),
    (text(PAID).replace("`order-1", "`" + "o" * 65), BillFault.ROW_MALFORMED, 2),
    (text(BACK).replace("`refund-1", "`@refund"), BillFault.ROW_MALFORMED, 2),
    (text(PAID).replace("00:00:00", "24:00:00"), BillFault.ROW_MALFORMED, 2),
    (text(PAID).replace("2026-09-14", "2026-09-13"), BillFault.DAY_DIFFERS, 2),
    (text(PAID).replace("`SUCCESS", "`REVOKED"), BillFault.STATE_UNKNOWN, 2),
    (text(BACK).replace("`ORIGINAL,`SUCCESS", "`ORIGINAL,`MAYBE"), BillFault.STATE_UNKNOWN, 2),
    *((text(PAID).replace("`24.00", f"`{amount}"), BillFault.AMOUNT_MALFORMED, 2)
      for amount in ("-24.00", "24", "24.0", "24.001", "2.4e1", "２４.00", "24,00", "", "NaN", "10000000.01", "9" * 13 + ".00")),
    (text(PAID).replace("`24.00", "`0.00"), BillFault.AMOUNT_MALFORMED, 2),
    (text(PAID).replace("党费缴纳", "党费\0缴纳"), BillFault.NOT_TEXT, 0),
    (text(PAID).encode("gbk"), BillFault.NOT_TEXT, 0),
    (text(PAID).replace("党费缴纳", "x" * 20_000), BillFault.NOT_TEXT, 0),
    (text(Row(PAID.at, "1", "1", 20, merchant_id="1900000999")), BillFault.FOREIGN, 0),
    (text(Row(PAID.at, "1", "1", 20, app_id="wx-other")), BillFault.FOREIGN, 0),
]  # fmt: skip


@pytest.mark.parametrize(("content", "fault", "line"), HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_broken_or_hostile_is_refused_by_name(content: str | bytes, fault: BillFault, line: int) -> None:
    assert refused(content) == (fault, line)


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_do_anything_but_read_or_be_refused(content: bytes) -> None:
    with suppress(BillRefused):
        rows, bill = read(content)
        assert len(rows) == bill.totals.rows


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10_000), st.integers(min_value=1, max_value=5_000))
def test_a_bill_cut_anywhere_before_its_last_figure_is_never_believed(cut: int, size: int) -> None:
    whole = text(PAID, BACK, LAST).encode()
    kept = whole[: min(cut, len(whole) - 3)]
    with pytest.raises(BillRefused):
        read(kept, size)


@settings(deadline=None)
@given(st.lists(st.integers(min_value=1, max_value=10**9), min_size=1, max_size=30))
def test_amounts_add_up_to_the_fen_whatever_they_are(amounts: list[int]) -> None:
    rows = [Row(PAID.at, f"t{at}", f"order-{at}", amount) for at, amount in enumerate(amounts)]
    found, bill = read(text(*rows))
    assert [row.amount_fen for row in found] == amounts
    assert bill.totals.payment_fen == sum(amounts)
