"""The file for a branch meeting about members in arrears: who, which months, what is on record, room for what is decided.

Draws what it is given. Says on its head that it changes nobody's status (ARR-2): a meeting hears the member and decides, and the
superior approves. Names and reasons of members stand in it, so it says too who may have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from gateway.documents.fonts import GlyphBank
from gateway.documents.paper import DEEP, GOLD, HAIRLINE, INK, PAPER, SECOND, WARN, WHITE, Paper, Words
from gateway.documents.sheets import yuan
from services.chassis.clock import shanghai
from services.contracts.dues.messages import ArrearsFile, ArrearsStep, FileMember, FileMonth
from services.contracts.values import YearMonth

WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 16.0
INNER = WIDTH - 2 * MARGIN
HEAD_HEIGHT = 30.0
FOOT_TOP = HEIGHT - 16.0
LABEL_WIDTH = 27.0
WRITING_LINE = 8.5
"""Between two lines on which somebody writes by hand."""
MAX_PAGES = 300
MAX_RANGES, MAX_DAYS = 12, 12
"""Of one member that are spelt out; more are counted."""
STEPS = {
    ArrearsStep.EDUCATION_AND_DEADLINE: "批评教育、限期改正",
    ArrearsStep.REVIEW_SELF_WITHDRAWAL: "提请支部讨论",
}
STATEMENT = (
    "本材料由系统按缴纳记录整理，仅供支部会议讨论，不改变任何党员的身份和状态。如何处理，由支部党员大会听取本人说明后讨论决定，"
    "并按规定报上级党组织审批。"
)
KEEP = "内含党员个人情况，仅限本支部会议使用，会后由支部妥善保管。"
NOBODY = "截至制表时，本支部没有连续三个月以上未缴纳党费的党员。"
WRITTEN = ("本人说明", "会议意见")
CLOSING = (
    ("会议时间", "会议地点"),
    ("应到人数", "实到人数"),
    ("主持人（签字）", "记录人（签字）"),
)


def draw_arrears(file: ArrearsFile, bank: GlyphBank) -> tuple[bytes, tuple[str, ...]]:
    """The PDF and the characters that could not be drawn; where they stand is ``SUBSTITUTE``, and a note names them."""
    sheet = _File(file, bank)
    return sheet.made(), sheet.words.undrawable


def month_ranges(months: Sequence[FileMonth]) -> list[str]:
    """``2026年3月至8月（6个月，¥1.20）`` for each row of months without a gap."""
    ranges: list[list[FileMonth]] = []
    for each in sorted(months, key=lambda one: one.month):
        if ranges and ranges[-1][-1].month.plus(1) == each.month:
            ranges[-1].append(each)
        else:
            ranges.append([each])
    return [_range(one) for one in ranges]


def _range(months: Sequence[FileMonth]) -> str:
    first, last = months[0].month, months[-1].month
    owed = yuan(sum(each.owed_fen for each in months))
    if first == last:
        return f"{_month(first)}（{owed}）"
    end = f"{last.month}月" if last.year == first.year else _month(last)
    return f"{_month(first)}至{end}（{len(months)}个月，{owed}）"


def _month(month: YearMonth) -> str:
    return f"{month.year}年{month.month}月"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _few(parts: Sequence[str], most: int, none: str) -> str:
    shown = "；".join(parts[-most:])
    return f"{shown}（另有{len(parts) - most}项更早）" if len(parts) > most else shown or none


class _File:
    def __init__(self, file: ArrearsFile, bank: GlyphBank) -> None:
        self._file = file
        self.words = Words(bank)
        made = shanghai(file.made_at)
        self._head = {
            "above": self.words(file.above_name),
            "title": self.words("党费欠缴情况"),
            "kind": self.words("支部会议材料"),
            "branch": self.words(file.branch_name),
            "made": self.words(
                f"制表时间 {made.year}年{made.month}月{made.day}日 {made:%H:%M}　统计至{_month(file.month.plus(-1))}"
            ),
        }
        self._members = [self._of(one) for one in file.members]
        self._fixed = {text: self.words(text) for text in (STATEMENT, KEEP, NOBODY, *WRITTEN, *sum(CLOSING, ()))}
        more = f"另有{file.left_out}名党员未列入本材料，请在系统中查看。" if file.left_out else ""
        self._more = self.words(more)
        self.words("0123456789/第页共 ")
        self._note = self.words.note()
        self._pdf = Paper(unit="mm", format=(WIDTH, HEIGHT))

    def _of(self, one: FileMember) -> tuple[str, str, list[tuple[str, str]]]:
        """Name, step, and pairs of label and text."""
        since = f"，自{_month(one.since)}起" if one.since else ""
        reasons = [f"{_day(each.first_day)}至{_day(each.last_day)}：{each.words}" for each in one.reasons]
        pairs = [
            ("连续未缴", f"{one.unpaid_run}个月{since}"),
            ("欠缴合计", f"{yuan(one.owed_fen)}，共{one.owed_months}个月"),
            ("欠缴月份", _few(month_ranges(one.months), MAX_RANGES, "无")),
            ("登记的原因", _few(reasons, MAX_RANGES, "没有登记")),
            ("提醒记录", _few([_day(each) for each in one.reminded_on], MAX_DAYS, "没有提醒过")),
        ]
        drawn = [(self.words(label), self.words(text)) for label, text in pairs]
        return self.words(one.name), self.words(STEPS.get(one.step, "")), drawn

    def made(self) -> bytes:
        title = f"党费欠缴情况 {self._file.branch_name}"
        return self._pdf.made(self.words, title, self._file.made_at, self._draw)

    def _draw(self) -> None:
        self._pdf.add_page()
        y = self._first_head()
        if not self._members:
            y = self._pdf.put(MARGIN, y + 4, INNER, self._fixed[NOBODY], 11, colour=INK, line=6.5) + 4
        for number, (name, step, pairs) in enumerate(self._members, start=1):
            y = self._member(self._room(y, self._height(pairs)), number, name, step, pairs)
        if self._more:
            y = self._pdf.put(MARGIN, self._room(y, 10) + 2, INNER, self._more, 9.5, colour=WARN)
        self._closing(self._room(y, 20 + 11 * len(CLOSING)))
        self._page_feet()

    def _room(self, y: float, height: float) -> float:
        """Where the next part begins: here, or at the top of a new page when it would not end on this one."""
        if y + height <= FOOT_TOP or self._pdf.page >= MAX_PAGES:
            return y
        self._pdf.add_page()
        return MARGIN

    def _first_head(self) -> float:
        pdf, head = self._pdf, self._head
        pdf.set_fill_color(*DEEP)
        pdf.rect(0, 0, WIDTH, HEAD_HEIGHT, style="F")
        pdf.set_fill_color(*GOLD)
        pdf.rect(0, HEAD_HEIGHT, WIDTH, 0.9, style="F")
        self._pdf.put(MARGIN, 6.5, INNER, head["above"], 10, colour=GOLD)
        self._pdf.put(MARGIN, 13, 110, head["title"], 21, colour=WHITE)
        self._pdf.put(MARGIN + 100, 18.5, INNER - 100, head["kind"], 11, colour=GOLD, align="R")
        y = self._pdf.put(MARGIN, HEAD_HEIGHT + 6, INNER, head["branch"], 14, colour=INK, line=7.5)
        y = self._pdf.put(MARGIN, y + 1, INNER, head["made"], 9, colour=SECOND, line=5)
        top = y + 2.5
        y = self._pdf.put(MARGIN + 5, top + 2.5, INNER - 10, self._fixed[STATEMENT], 10, colour=INK, line=5.6)
        pdf.set_draw_color(*GOLD)
        pdf.rect(MARGIN, top, INNER, y - top + 2.5, style="D")
        y = self._pdf.put(MARGIN, y + 5, INNER, self._fixed[KEEP], 8.5, colour=SECOND, line=5)
        return self._pdf.put(MARGIN, y, INNER, self._note, 8.5, colour=WARN, line=5) + 3 if self._note else y + 3

    def _height(self, pairs: Sequence[tuple[str, str]]) -> float:
        lines = sum(self._lines(text) for _, text in pairs)
        return 11 + lines * 5.6 + len(pairs) * 0.8 + len(WRITTEN) * 2 * WRITING_LINE + 8

    def _lines(self, text: str) -> int:
        """How many lines a text takes; ideographs are as wide as they are high, everything else is narrower."""
        a_line = int((INNER - LABEL_WIDTH) / (10 * 0.3528))
        return max(1, -(-len(text) // a_line))

    def _member(self, y: float, number: int, name: str, step: str, pairs: Sequence[tuple[str, str]]) -> float:
        pdf = self._pdf
        pdf.set_fill_color(*PAPER)
        pdf.rect(MARGIN, y, INNER, 9, style="F")
        pdf.set_fill_color(*DEEP)
        pdf.rect(MARGIN, y, 1.2, 9, style="F")
        self._pdf.put(MARGIN + 4, y + 1.6, 90, f"{number} {name}", 12.5, colour=INK)
        self._pdf.put(MARGIN + 90, y + 2.2, INNER - 94, step, 10.5, colour=DEEP, align="R")
        y += 11
        for label, text in pairs:
            self._pdf.put(MARGIN, y, LABEL_WIDTH, label, 9.5, colour=SECOND, line=5.6)
            y = self._pdf.put(MARGIN + LABEL_WIDTH, y, INNER - LABEL_WIDTH, text, 10, colour=INK, line=5.6) + 0.8
        for label in WRITTEN:
            self._pdf.put(MARGIN, y + 3, LABEL_WIDTH, self._fixed[label], 9.5, colour=SECOND)
            pdf.set_draw_color(*HAIRLINE)
            for step_down in (1, 2):
                line = y + step_down * WRITING_LINE
                pdf.line(MARGIN + LABEL_WIDTH, line, WIDTH - MARGIN, line)
            y += 2 * WRITING_LINE
        return y + 6

    def _closing(self, y: float) -> None:
        pdf = self._pdf
        pdf.set_draw_color(*GOLD)
        pdf.line(MARGIN, y + 2, WIDTH - MARGIN, y + 2)
        y += 8
        half = INNER / 2
        for pair in CLOSING:
            for place, label in enumerate(pair):
                x = MARGIN + place * half
                self._pdf.put(x, y, 34, self._fixed[label], 10, colour=SECOND)
                pdf.set_draw_color(*HAIRLINE)
                pdf.line(x + 34, y + 6, x + half - 6, y + 6)
            y += 11

    def _page_feet(self) -> None:
        pages = self._pdf.page
        for page in range(1, pages + 1):
            self._pdf.page = page
            self._pdf.put(MARGIN, FOOT_TOP + 5, INNER, f"第{page}页 共{pages}页", 8.5, colour=SECOND, align="C")
        self._pdf.page = pages
