"""The file for the branch meeting: what is in it, what it says of itself, and room to write."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader

from gateway.documents.arrears_pdf import draw_arrears, month_ranges
from gateway.documents.fonts import SUBSTITUTE, GlyphBank
from gateway.settings import RECEIPT_FONT
from services.chassis.ids import new_id
from services.contracts.dues.messages import ArrearsFile, ArrearsStep, FileMember, FileMonth, FileReason
from services.contracts.values import YearMonth

MARCH = YearMonth(2026, 3)


@pytest.fixture(scope="module")
def bank() -> Iterator[GlyphBank]:
    with closing(GlyphBank(RECEIPT_FONT)) as opened:
        yield opened


def debtor(name: str = "王桂兰", months: int = 6, reasons: tuple[FileReason, ...] = ()) -> FileMember:
    return FileMember(
        member_id=new_id(),
        name=name,
        step=ArrearsStep.REVIEW_SELF_WITHDRAWAL if months >= 6 else ArrearsStep.EDUCATION_AND_DEADLINE,
        unpaid_run=months,
        since=MARCH,
        owed_fen=20 * months,
        owed_months=months,
        months=tuple(FileMonth(month=MARCH.plus(step), owed_fen=20) for step in range(months)),
        reasons=reasons,
        reminded_on=(date(2026, 8, 3), date(2026, 9, 1)),
    )


def file_of(*members: FileMember, left_out: int = 0) -> ArrearsFile:
    return ArrearsFile(
        org_id=new_id(),
        branch_name="中共盐亭县云溪镇两河村支部委员会",
        above_name="中共盐亭县云溪镇委员会",
        month=YearMonth(2026, 9),
        made_at=datetime(2026, 9, 15, 6, 0, tzinfo=UTC),
        members=members,
        left_out=left_out,
    )


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def drawn(bank: GlyphBank, file: ArrearsFile) -> str:
    return text_of(draw_arrears(file, bank)[0]).replace("\n", "")


def test_each_member_stands_with_months_run_reasons_reminders_and_room_to_write(bank: GlyphBank) -> None:
    reason = FileReason(first_day=date(2026, 5, 1), last_day=date(2026, 6, 30), words="外出务工，联系不便")
    text = drawn(bank, file_of(debtor(reasons=(reason,)), debtor("李镕喆", months=4)))
    for wanted in (
        "中共盐亭县云溪镇两河村支部委员会",
        "王桂兰",
        "提请支部讨论",
        "6个月，自2026年3月起",
        "2026年3月至8月（6个月，¥1.20）",
        "2026年5月1日至2026年6月30日：外出务工，联系不便",
        "2026年8月3日；2026年9月1日",
        "李镕喆",
        "批评教育、限期改正",
        "没有登记",
        "制表时间 2026年9月15日 14:00",
        "统计至2026年8月",
        "主持人（签字）",
    ):
        assert wanted in text, wanted
    assert text.count("本人说明") == 3, "of each of the two, and once in the sentence about who decides"
    assert text.count("会议意见") == 2


def test_the_file_says_that_it_changes_nobodys_status(bank: GlyphBank) -> None:
    text = drawn(bank, file_of(debtor()))
    assert "不改变任何党员的身份和状态" in text
    assert "报上级党组织审批" in text


def test_a_branch_with_nobody_to_discuss_gets_a_file_that_says_so(bank: GlyphBank) -> None:
    assert "没有连续三个月以上未缴纳党费的党员" in drawn(bank, file_of())


def test_many_members_go_on_over_pages_and_none_is_cut(bank: GlyphBank) -> None:
    pdf, _ = draw_arrears(file_of(*(debtor(f"党员{number}") for number in range(40)), left_out=3), bank)
    text = text_of(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 5
    assert all(f"党员{number}" in text for number in range(40))
    assert "另有3名党员未列入本材料" in text.replace("\n", "")


def test_a_character_that_can_not_be_drawn_is_marked_and_named(bank: GlyphBank) -> None:
    pdf, undrawable = draw_arrears(file_of(debtor("王\U0003134a芳")), bank)
    assert undrawable == ("\U0003134a",)
    assert f"王{SUBSTITUTE}芳" in text_of(pdf)
    assert "U+3134A" in text_of(pdf)


def test_months_with_a_gap_are_two_ranges() -> None:
    months = [FileMonth(month=YearMonth(2025, 12), owed_fen=20), FileMonth(month=YearMonth(2026, 1), owed_fen=30)]
    months.append(FileMonth(month=YearMonth(2026, 5), owed_fen=30))
    assert month_ranges(months) == ["2025年12月至2026年1月（2个月，¥0.50）", "2026年5月（¥0.30）"]


def test_the_same_file_is_the_same_bytes(bank: GlyphBank) -> None:
    file = file_of(debtor())
    assert draw_arrears(file, bank) == draw_arrears(file, bank)
