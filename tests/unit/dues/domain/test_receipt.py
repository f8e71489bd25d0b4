"""Receipts: numbers, check codes, months, one for each person and branch."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.values import MemberId, OrgId, YearMonth, org_path
from services.dues.domain.order import OrderLine
from services.dues.domain.receipt import (
    CHECK_ALPHABET,
    CHECK_CODE_BYTES,
    ReceiptDraft,
    ReceiptNumber,
    check_code,
    month_spans,
    organisation_code,
    print_check_code,
    printed_number,
    read_check_code,
    receipts_of,
    span_text,
)
from services.dues.domain.refusal import Refusal
from tests.unit.dues.domain.given import month

ME, HER = MemberId("me"), MemberId("her")
OLD, NEW = OrgId("old"), OrgId("new")


def test_number_is_organisation_year_and_running_number() -> None:
    number = ReceiptNumber(organisation_code(org_path("yt.t03.b012")), 2026, 17)
    assert str(number) == "YT.T03.B012-2026-000017"
    assert ReceiptNumber.parse("YT.T03.B012-2026-000017") == number


def test_number_is_printed_as_papers_are_numbered() -> None:
    assert printed_number("YANTING.T15.T15V01-2026-000003") == "T15V01〔2026〕000003号"
    assert printed_number("YT-2026-999999") == "YT〔2026〕999999号"
    # Longest code of an organisation that a printed number has room for in the contract's 40 signs.
    assert len(printed_number(f"YT.{'A' * 27}-2026-000003")) == 40


@given(
    st.integers(1, 999_999), st.integers(1, 999_999), st.integers(2026, 2030), st.sampled_from(["B1", "B11", "B1_2"])
)
def test_two_numbers_of_a_county_are_printed_alike_only_when_they_are_one(
    running: int, other: int, year: int, branch: str
) -> None:
    first, second = ReceiptNumber("YT.T1.B1", 2026, running), ReceiptNumber(f"YT.T1.{branch}", year, other)
    assert (first.printed == second.printed) == (first == second)


def test_branches_next_to_each_other_in_letters_have_different_codes() -> None:
    assert organisation_code(org_path("yt.t1.b11")) != organisation_code(org_path("yt.t11.b1"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "YT-2026-17",
        "YT-2026-000000",
        "yt-2026-000017",
        "YT-0000-000017",
        "YT-2026-0000017",
        "YT-2026-000017 ",
        "YT-２０２６-000017",
        "-2026-000017",
        "YT..B1-2026-000017",
        "A" * 400,
    ],
)
def test_what_is_no_number_is_refused(text: str) -> None:
    assert ReceiptNumber.parse(text) == Refusal("dues.receipt_number_malformed")


@pytest.mark.parametrize(("year", "running"), [(1921, 1), (2199, 999_999)])
def test_numbers_reach_to_their_bounds(year: int, running: int) -> None:
    assert ReceiptNumber.parse(str(ReceiptNumber("YT", year, running))) == ReceiptNumber("YT", year, running)


@pytest.mark.parametrize(("year", "running"), [(2026, 0), (2026, 1_000_000), (1900, 1)])
def test_numbers_stay_in_their_bounds(year: int, running: int) -> None:
    with pytest.raises(ValueError, match=r"year|running"):
        ReceiptNumber("YT", year, running)


def test_number_of_no_organisation_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="organisation code"):
        ReceiptNumber("yt", 2026, 1)


@given(st.integers(1921, 2199), st.integers(1, 999_999))
def test_every_number_can_be_read_back_and_sorts_as_it_runs(year: int, running: int) -> None:
    number = ReceiptNumber("YT.B1", year, running)
    assert ReceiptNumber.parse(str(number)) == number
    if running < 999_999:
        assert str(number) < str(ReceiptNumber("YT.B1", year, running + 1))


@given(st.binary(min_size=CHECK_CODE_BYTES, max_size=CHECK_CODE_BYTES))
def test_check_code_keeps_every_bit_and_can_be_typed_as_printed(random_bytes: bytes) -> None:
    code = check_code(random_bytes)
    bits = 0
    for sign in code:
        bits = bits * 32 + CHECK_ALPHABET.index(sign)
    assert bits.to_bytes(CHECK_CODE_BYTES, "big") == random_bytes
    assert read_check_code(print_check_code(code).lower()) == code
    assert read_check_code(f"  {code} ") == code


def test_check_code_shape() -> None:
    assert check_code(bytes(10)) == "2" * 16
    assert print_check_code(check_code(bytes([255]) * 10)) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert len(set(CHECK_ALPHABET)) == 32
    assert not set(CHECK_ALPHABET) & set("01IO")
    with pytest.raises(ValueError, match="bytes"):
        check_code(bytes(9))


@pytest.mark.parametrize("typed", ["", "2" * 15, "2" * 17, "2" * 15 + "0", "2" * 15 + "é", "2" * 16 + " " * 70])
def test_what_is_no_check_code_is_refused(typed: str) -> None:
    assert read_check_code(typed) == Refusal("dues.check_code_malformed")


@pytest.mark.parametrize(
    ("months", "text"),
    [
        (["2026-09"], "2026年9月"),
        (["2026-09", "2026-10", "2026-11"], "2026年9月至11月"),
        (["2026-12", "2027-01", "2027-02"], "2026年12月至2027年2月"),
        (["2026-11", "2026-05", "2026-10"], "2026年5月、2026年10月至11月"),
        (["2026-09", "2026-09"], "2026年9月"),
        ([], ""),
    ],
)
def test_months_in_one_line(months: list[str], text: str) -> None:
    assert span_text([month(each) for each in months]) == text


@given(st.sets(st.builds(YearMonth, st.integers(2020, 2028), st.integers(1, 12)), max_size=60))
def test_spans_hold_exactly_the_months_and_never_touch(months: set[YearMonth]) -> None:
    spans = month_spans(months)
    held = [span.first.plus(step) for span in spans for step in range(span.first.months_until(span.last) + 1)]
    assert held == sorted(months)
    assert all(earlier.last.plus(1) < later.first for earlier, later in pairwise(spans))


def test_months_on_one_receipt_are_bounded() -> None:
    with pytest.raises(ValueError, match="one receipt"):
        month_spans(month("2000-01").plus(step) for step in range(241))
    assert span_text(month("2000-01").plus(step) for step in range(240)) == "2000年1月至2019年12月"


def line(number: int, member_id: MemberId, text: str, branch_id: OrgId, amount_fen: int) -> OrderLine:
    return OrderLine(number, member_id, month(text), branch_id, amount_fen, member_id != ME)


def test_one_receipt_for_each_person() -> None:
    lines = [
        line(1, ME, "2026-08", OLD, 800),
        line(2, ME, "2026-09", OLD, 800),
        line(3, HER, "2026-09", OLD, 20),
    ]
    assert receipts_of(lines) == (
        ReceiptDraft(ME, OLD, (month("2026-08"), month("2026-09")), 1600),
        ReceiptDraft(HER, OLD, (month("2026-09"),), 20),
    )


def test_member_who_moved_gets_a_receipt_from_each_branch() -> None:
    drafts = receipts_of([line(1, ME, "2026-08", OLD, 800), line(2, ME, "2026-09", NEW, 800)])
    assert [(draft.branch_id, draft.amount_fen) for draft in drafts] == [(OLD, 800), (NEW, 800)]


def test_months_that_come_to_nothing_get_no_receipt() -> None:
    assert receipts_of([line(1, HER, "2026-09", OLD, 0)]) == ()


def test_lines_are_bounded() -> None:
    with pytest.raises(ValueError, match="order may hold"):
        receipts_of([line(1, ME, "2026-09", OLD, 1)] * 201)
    assert receipts_of([line(1, ME, "2026-09", OLD, 1)] * 200)[0].amount_fen == 200
