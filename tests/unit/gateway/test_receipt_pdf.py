"""The receipt as a document: everything on it, every character drawn or named, the same bytes for the same receipt."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pypdf import PdfReader

from gateway.documents.fonts import SUBSTITUTE, FontMissing, GlyphBank
from gateway.documents.receipt_pdf import draw, months_sentence
from gateway.documents.sheets import yuan
from gateway.settings import RECEIPT_FONT
from services.contracts.dues.messages import ReceiptMonth, ReceiptView
from services.contracts.values import YearMonth
from tests.unit.gateway import views

CHECK = "https://dy.example.cn/check/7KQ2MX9TRB4WHC6D"
UNKNOWN = "\U0003134a"
"""A character of the newest extension, which the font does not have."""


@pytest.fixture(scope="module")
def bank() -> Iterator[GlyphBank]:
    with closing(GlyphBank(RECEIPT_FONT)) as opened:
        yield opened


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def drawn(bank: GlyphBank, receipt: ReceiptView) -> str:
    return text_of(draw(receipt, bank, CHECK)[0])


def test_everything_that_belongs_on_a_receipt_is_on_it(bank: GlyphBank) -> None:
    text = drawn(bank, views.receipt(member_name="王䶮", payer_name="李镕喆"))
    for wanted in (
        "党费收据",
        "盐亭县",
        "YT-T03-B012-2026-000123",
        "王䶮",
        "李镕喆（代缴）",
        "中共盐亭县云溪镇两河村支部委员会",
        "2026年9月至11月，共3个月",
        "¥24.00",
        "贰拾肆元整",
        "微信支付",
        "2026年9月15日 14:00",
        "7KQ2MX9TRB4WHC6D",
    ):
        assert wanted in text, wanted
    assert text.count("¥8.00") == 3


def test_cash_names_its_collector_and_an_extra_stands_apart(bank: GlyphBank) -> None:
    text = drawn(bank, views.receipt(channel="cash", collector_name="何守正", amount_fen=102_400, extra_fen=100_000))
    for wanted in ("现金", "经手人", "何守正", "¥1,024.00", "党费¥24.00", "自愿多交¥1,000.00"):
        assert wanted in text, wanted
    assert "自愿多交" not in drawn(bank, views.receipt())


def test_own_receipt_does_not_speak_of_paying_for_another(bank: GlyphBank) -> None:
    assert "代缴" not in drawn(bank, views.receipt())


def test_simulated_money_and_a_void_receipt_say_so_and_others_do_not(bank: GlyphBank) -> None:
    plain = drawn(bank, views.receipt())
    assert "模拟" not in plain
    assert "作废" not in plain.replace(" ", "")
    assert "模拟支付环境" in drawn(bank, views.receipt(simulated=True))
    assert "作废" in drawn(bank, views.receipt(void=True)).replace(" ", "")


@pytest.mark.parametrize("name", ["䶮", "镕", "喆", "㙓", "𠅤", "翀", "犇", "·", "阿卜杜热西提"])
def test_rare_characters_of_names_are_drawn(bank: GlyphBank, name: str) -> None:
    pdf, undrawable = draw(views.receipt(member_name=f"王{name}"), bank, CHECK)
    assert undrawable == ()
    assert f"王{name}" in text_of(pdf)


def test_character_that_can_not_be_drawn_is_marked_and_named_never_left_out(bank: GlyphBank) -> None:
    pdf, undrawable = draw(views.receipt(member_name=f"王{UNKNOWN}芳"), bank, CHECK)
    assert undrawable == (UNKNOWN,)
    text = text_of(pdf)
    assert f"王{SUBSTITUTE}芳" in text
    assert "U+3134A" in text
    assert "U+3134A" in (PdfReader(io.BytesIO(pdf)).metadata or {}).get("/Subject", "")


def test_marks_without_a_width_of_their_own_are_no_missing_characters(bank: GlyphBank) -> None:
    drawable = bank.drawable("葛\U000e0100\u200d\ufe0f芳\u3000")
    assert (drawable.text, drawable.undrawable) == ("葛芳 ", ())


def test_glyph_without_an_outline_counts_as_missing(bank: GlyphBank, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some fonts map a character to an empty glyph: it would print as a gap."""
    name = bank._names[ord("芳")]
    monkeypatch.setitem(bank._outlines, name, b"")
    assert bank.drawable("芳").undrawable == ("芳",)


def test_same_receipt_is_the_same_bytes(bank: GlyphBank) -> None:
    receipt = views.receipt(order_id=views.ID)
    first = draw(receipt, bank, CHECK)
    time.sleep(1.1)
    assert draw(receipt, bank, CHECK) == first


def test_longest_fields_and_most_months_have_room_on_further_pages(bank: GlyphBank) -> None:
    months = tuple(ReceiptMonth(month=YearMonth(2010, 1).plus(number), amount_fen=100_000) for number in range(200))
    receipt = views.receipt(member_name="赵" * 60, payer_name="钱" * 60, branch_name="孙" * 60, months=months)
    pdf, _ = draw(receipt, bank, CHECK)
    pages = PdfReader(io.BytesIO(pdf)).pages
    assert 3 <= len(pages) <= 5
    assert sum(page.extract_text().count("¥1,000.00") for page in pages) == 200


def test_missing_font_says_which_package_brings_it(tmp_path: Path) -> None:
    with pytest.raises(FontMissing, match="fonts-noto-cjk"):
        GlyphBank(tmp_path / "none.ttc")


@pytest.mark.parametrize(
    ("fen", "written"), [(0, "¥0.00"), (5, "¥0.05"), (20, "¥0.20"), (2_400, "¥24.00"), (123_456_789, "¥1,234,567.89")]
)
def test_fen_are_written_as_yuan(fen: int, written: str) -> None:
    assert yuan(fen) == written


@pytest.mark.parametrize(
    ("numbers", "sentence"),
    [
        ([202609], "2026年9月，共1个月"),
        ([202609, 202610, 202611], "2026年9月至11月，共3个月"),
        ([202702, 202612, 202701], "2026年12月至2027年2月，共3个月"),
        ([202601, 202603], "2026年1月起，共2个月（见下表）"),
    ],
)
def test_months_are_said_as_people_say_them(numbers: list[int], sentence: str) -> None:
    months = [ReceiptMonth(month=YearMonth.from_number(number), amount_fen=20) for number in numbers]
    assert months_sentence(months) == sentence
