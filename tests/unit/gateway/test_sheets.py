"""Tables as documents: what stands on them, what can't be drawn is named, and a workbook runs no formula of anybody's."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime

import pytest
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from gateway.documents.dues_sheets import USES, notice_sheet, record_sheet, register_sheet, remittance_sheet
from gateway.documents.fonts import SUBSTITUTE, GlyphBank
from gateway.documents.sheet_pdf import draw_sheet
from gateway.documents.sheets import Column, Fen, Rate, Sheet, shown
from gateway.documents.workbook import write_workbook
from gateway.settings import RECEIPT_FONT
from services.contracts.dues.messages import (
    DuesRecord,
    NoticeMonth,
    NoticeName,
    RecordLine,
    RegisterMonth,
    RegisterPage,
    RegisterRow,
    RemittanceSlip,
    RemittanceState,
    RemittanceView,
    SpendingClass,
    SpentOnClass,
    YearlyNotice,
)
from services.contracts.members.messages import OrgKind
from services.contracts.values import YearMonth
from tests.unit.gateway import views

NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
UNKNOWN = "\U0003134a"
"""A character of the newest extension, which the font does not have."""
COLUMNS = (Column("组织", 10), Column("金额", 5, "R"), Column("比例", 5, "R"))
AUGUST = YearMonth(2026, 8)


@pytest.fixture(scope="module")
def bank() -> Iterator[GlyphBank]:
    with closing(GlyphBank(RECEIPT_FONT)) as opened:
        yield opened


def sheet(*rows: tuple[str, Fen, Rate], **more: object) -> Sheet:
    return Sheet(
        title="党费收缴统计", county="盐亭县", facts=("所属月份：2026年8月",), columns=COLUMNS, rows=rows, **more
    )  # type: ignore[arg-type]


def pages(bank: GlyphBank, drawn: Sheet) -> list[str]:
    pdf, _ = draw_sheet(drawn, bank, NOW)
    return [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]


def cells(*sheets: Sheet) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(write_workbook(sheets)))
    return book.get_sheet_by_index(0).to_python()


def test_values_are_shown_as_people_read_them() -> None:
    assert [shown(value) for value in (Fen(123405), Fen(-5), Rate(8667), Rate(10_000), 1234, None, "字")] == [
        "¥1,234.05",
        "-¥0.05",
        "86.67%",
        "100.00%",
        "1,234",
        "—",
        "字",
    ]


def test_a_long_table_has_its_head_and_number_on_each_page(bank: GlyphBank) -> None:
    rows = [(f"第{number}支部", Fen(number), Rate(number)) for number in range(120)]
    found = pages(bank, sheet(*rows, total=("合计", Fen(7140), Rate(0)), notes=("收缴率不含免缴。",)))
    assert len(found) >= 3
    for number, text in enumerate(found, start=1):
        assert "党费收缴统计" in text
        assert "金额" in text
        assert f"第 {number} 页" in text
    whole = "\n".join(found)
    assert all(f"第{number}支部" in whole for number in range(120))
    assert "¥71.40" in found[-1]
    assert "收缴率不含免缴" in found[-1]


def test_what_cannot_be_drawn_is_named_on_the_paper(bank: GlyphBank) -> None:
    pdf, undrawable = draw_sheet(sheet((f"王{UNKNOWN}", Fen(1), Rate(1))), bank, NOW)
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert undrawable == (UNKNOWN,)
    assert f"王{SUBSTITUTE}" in text
    assert "U+3134A" in text


def test_an_empty_table_says_so_and_play_money_is_marked(bank: GlyphBank) -> None:
    (text,) = pages(bank, sheet(simulated=True))
    assert "没有记录" in text
    assert "模拟支付环境" in text


def test_the_same_table_is_the_same_bytes(bank: GlyphBank) -> None:
    drawn = sheet(("第一支部", Fen(1), Rate(1)))
    assert draw_sheet(drawn, bank, NOW) == draw_sheet(drawn, bank, NOW)


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_name_that_begins_like_a_formula_stays_a_text(start: str) -> None:
    name = f"{start}HYPERLINK(1)"
    found = cells(sheet((name, Fen(1), Rate(1))))
    assert [f"'{name}"] == [row[0] for row in found if row[0] and "HYPERLINK" in str(row[0])]


def test_amounts_in_a_workbook_can_be_added_up() -> None:
    found = cells(sheet(("第一支部", Fen(123405), Rate(8667))))
    (row,) = [row for row in found if row[0] == "第一支部"]
    assert row[1:3] == [1234.05, 0.8667]


def test_a_record_names_date_amount_collector_and_month(bank: GlyphBank) -> None:
    line = RecordLine(
        month=AUGUST,
        amount_fen=800,
        paid_on=date(2026, 9, 15),
        receipt_number="B1〔2026〕000001号",
        collector="两河村党支部",
        on_behalf=True,
    )
    record = DuesRecord(
        member_id=views.ID,
        member_name="李大山",
        branch_name="两河村党支部",
        county_name="盐亭县",
        year=2026,
        lines=(line,),
        total_fen=800,
        simulated=False,
    )
    text = "\n".join(pages(bank, record_sheet(record)))
    for wanted in ("李大山", "2026年8月", "2026年9月15日", "¥8.00", "两河村党支部", "000001号", "代缴"):
        assert wanted in text, wanted


def test_a_register_says_of_each_month_how_it_stands() -> None:
    def month(number: int, owed: int | None, paid: int, *numbers: str) -> RegisterMonth:
        return RegisterMonth(month=YearMonth(2026, number), owed_fen=owed, paid_fen=paid, receipt_numbers=numbers)

    months = (
        month(1, 20, 20, "B1〔2026〕000007号"),
        month(2, 20, 0),
        month(3, None, 0),
        month(4, 0, 0),
        month(5, 50, 20),
    )
    row = RegisterRow(member_id=views.ID, member_name="李大山", months=months, paid_fen=40)
    page = RegisterPage(
        org_name="两河村党支部", county_name="盐亭县", year=2026, rows=(row,), next_cursor=None, simulated=False
    )
    (told,) = register_sheet(page, [row]).rows
    assert told[:7] == ("李大山", "0.20 000007号", "未缴 0.20", "待核", "免", "0.20 欠0.30", "")


def notice(**changed: object) -> YearlyNotice:
    told: dict[str, object] = {
        "org_name": "两河村党支部",
        "county_name": "盐亭县",
        "year": 2026,
        "months": (NoticeMonth(month=AUGUST, payments=1, received_fen=20, passed_up_fen=20),),
        "received_fen": 20,
        "passed_up_fen": 20,
        "names_shown": False,
        "names": (),
        "names_left_out": 0,
        "simulated": False,
    }
    return YearlyNotice(**told | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("shown_names", [True, False])
def test_a_notice_names_people_only_where_it_may(shown_names: bool) -> None:
    names = (NoticeName(name="李大山", paid_fen=20),) if shown_names else ()
    told = notice(names_shown=shown_names, names=names)
    assert ("李大山" in " ".join(notice_sheet(told, date(2026, 12, 31)).notes)) is shown_names


def test_a_notice_tells_each_class_of_use_and_a_reversal_of_the_year_before(bank: GlyphBank) -> None:
    used = (
        SpentOnClass(spending_class=SpendingClass.TRAINING, entries=2, amount_fen=120_005),
        SpentOnClass(spending_class=SpendingClass.COMMENDATION, entries=-1, amount_fen=-150),
    )
    drawn = notice_sheet(notice(spending=used, spent_fen=119_855), date(2026, 12, 31))
    assert drawn.notes[0] == "党费使用：合计 ¥1,198.55，其中：培训党员 ¥1,200.05；表彰先进 -¥1.50。"
    assert "培训党员" in "".join(pages(bank, drawn))
    assert notice_sheet(notice(), date(2026, 12, 31)).notes[0] == "党费使用：本年没有使用党费。"


def test_every_class_of_use_has_its_words() -> None:
    assert set(USES) == set(SpendingClass)


def slip(*, arrived: bool) -> RemittanceSlip:
    view = RemittanceView(
        id=views.ID,
        number="上缴 B1〔2026〕000003号",
        from_id=views.ID,
        from_name="两河村党支部",
        to_name="嫘祖镇委员会",
        month=AUGUST,
        amount_fen=123_456,
        online_fen=100_000,
        cash_fen=23_456,
        state=RemittanceState.ARRIVED if arrived else RemittanceState.MADE,
        made_at=NOW,
        arrived_at=NOW if arrived else None,
        made_by_me=True,
    )
    return RemittanceSlip(
        slip=view,
        county_name="盐亭县",
        from_level=OrgKind.BRANCH,
        to_level=OrgKind.TOWNSHIP_COMMITTEE,
        amount_capitals="人民币壹仟贰佰叁拾肆元伍角陆分",
        county_share=None if arrived else 3_000,
        city_to_province_share=2_000,
        province_to_centre_share=500,
        made_by_name="郑守田",
        arrived_by_name="冯镇山" if arrived else "",
        simulated=True,
    )


def test_a_slip_says_from_whom_to_whom_how_much_and_who_stands_for_it(bank: GlyphBank) -> None:
    text = "\n".join(pages(bank, remittance_sheet(slip(arrived=True))))
    for wanted in (
        *("党费上缴单", "上缴 B1〔2026〕000003号", "两河村党支部（党支部）", "嫘祖镇委员会（乡镇党委）", "2026年8月"),
        *("¥1,234.56", "人民币壹仟贰佰叁拾肆元伍角陆分", "¥1,000.00", "¥234.56", "未设定", "20.00%", "5.00%"),
        *("郑守田", "冯镇山", "2026年9月15日 10:00", "模拟支付环境"),
    ):
        assert wanted in text, wanted
    assert draw_sheet(remittance_sheet(slip(arrived=True)), bank, NOW)[1] == (), "nothing on it can't be drawn"


def test_a_slip_whose_money_is_on_its_way_says_so(bank: GlyphBank) -> None:
    text = "\n".join(pages(bank, remittance_sheet(slip(arrived=False))))
    assert ("尚未确认" in text, "30.00%" in text, "未设定" in text) == (True, True, False)
