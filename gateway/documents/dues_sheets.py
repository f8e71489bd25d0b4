"""The printed papers of dues as tables: collection report, member's record, branch register, yearly notice, remittance slip
(BOOK-5, BOOK-6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from gateway.documents.sheets import Column, Fen, Rate, Sheet, Value, shown
from services.chassis.clock import shanghai
from services.contracts.dues.messages import (
    Channel,
    Collection,
    CollectionFigures,
    CollectionRow,
    DuesRecord,
    RegisterMonth,
    RegisterPage,
    RegisterRow,
    RemittanceSlip,
    SpendingClass,
    YearlyNotice,
)
from services.contracts.members.messages import OrgKind
from services.contracts.values import MONTHS_PER_YEAR, YearMonth

CLASSES = {
    "civil_servant": "公务员（机关干部）",
    "public_institution": "事业单位工作人员",
    "office_worker": "机关工人",
    "enterprise": "企业职工",
    "annual_salary": "实行年薪制人员",
    "self_employed": "不按月取得收入的个体经营者等",
    "village_cadre": "有固定补贴的村干部",
    "retired": "离退休人员",
    "farmer": "农民",
    "student": "学生",
    "laid_off": "下岗失业人员",
    "relief": "依靠抚恤或救济生活的人员",
    "minimum_allowance": "领取当地最低生活保障金的人员",
    "none": "其他收入",
}
USES = {
    SpendingClass.TRAINING: "培训党员",
    SpendingClass.EDUCATION_MATERIALS: "党员教育报刊、资料和设备",
    SpendingClass.COMMENDATION: "表彰先进",
    SpendingClass.MEMBER_AID: "补助困难、受灾党员",
    SpendingClass.ROOM_REPAIR: "修缮受损的党员教育设施",
}
LEVELS = {
    OrgKind.COUNTY_COMMITTEE: "县委",
    OrgKind.TOWNSHIP_COMMITTEE: "乡镇党委",
    OrgKind.DEPARTMENT_COMMITTEE: "部门党委",
    OrgKind.GENERAL_BRANCH: "党总支",
    OrgKind.BRANCH: "党支部",
    OrgKind.GROUP: "党小组",
}
CHANNELS = {Channel.WECHAT: "微信支付", Channel.CASH: "现金", Channel.OTHER: "其他"}
_FIGURES = (
    Column("应缴人数", 4, "R"),
    Column("已缴清人数", 4, "R"),
    Column("人数收缴率", 5, "R"),
    Column("应缴金额", 6, "R"),
    Column("已缴金额", 6, "R"),
    Column("金额收缴率", 5, "R"),
    Column("待核定", 3, "R"),
    Column("代缴金额", 6, "R"),
    Column("代缴占比", 5, "R"),
    Column("当月入账", 6, "R"),
)


def month_name(month: YearMonth) -> str:
    return f"{month.year}年{month.month}月"


def day_name(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def instant_name(instant: datetime) -> str:
    at = shanghai(instant)
    return f"{day_name(at.date())} {at:%H:%M}"


def collection_sheets(report: Collection, rows: Sequence[CollectionRow], county: str, simulated: bool) -> list[Sheet]:
    """The organisations, the classes of members, the channels: one sheet each."""
    facts = (f"组织：{report.org_name}", f"所属月份：{month_name(report.month)}")
    common = {"county": county, "facts": facts, "simulated": simulated}

    def table(title: str, first: str, lines: Sequence[tuple[str, CollectionFigures]]) -> Sheet:
        return Sheet(
            title=title,
            columns=(Column(first, 14), *_FIGURES),
            rows=tuple((name, *_told(figures)) for name, figures in lines),
            total=("合计", *_told(report.whole)),
            notes=("收缴率不含免缴和待核定的人员。“当月入账”是这个月收到的钱，不论缴的是哪个月。",),
            **common,  # type: ignore[arg-type]
        )

    ways = Sheet(
        title="缴纳方式",
        columns=(Column("方式", 8), Column("本人或代缴", 6), Column("笔数", 5, "R"), Column("金额", 8, "R")),
        rows=tuple(
            (CHANNELS[way.channel], "代缴" if way.on_behalf else "本人", way.payments, Fen(way.amount_fen))
            for way in report.by_way
        ),
        **common,  # type: ignore[arg-type]
    )
    classes = [(CLASSES.get(one.member_class, one.member_class), one.figures) for one in report.by_class]
    return [
        table("党费收缴统计", "组织", [(row.org_name, row.figures) for row in rows]),
        table("按人员类别", "人员类别", classes),
        ways,
    ]


def _told(figures: CollectionFigures) -> tuple[Value, ...]:
    return (
        figures.members - figures.exempt - figures.unassessed,
        figures.paid_members,
        Rate(figures.member_rate),
        Fen(figures.owed_fen),
        Fen(figures.paid_fen),
        Rate(figures.money_rate),
        figures.unassessed,
        Fen(figures.on_behalf_fen),
        Rate(figures.on_behalf_rate),
        Fen(figures.booked_fen),
    )


def record_sheet(record: DuesRecord) -> Sheet:
    """党费证: date, amount, collector, months."""
    return Sheet(
        title=f"{record.year}年党费缴纳记录",
        county=record.county_name,
        facts=(f"党员：{record.member_name}", f"所在支部：{record.branch_name}"),
        columns=(
            Column("所属月份", 6),
            Column("缴纳日期", 7),
            Column("金额", 5, "R"),
            Column("收款支部", 14),
            Column("收据编号", 11),
            Column("缴纳人", 4, "C"),
        ),
        rows=tuple(
            (
                month_name(line.month),
                day_name(line.paid_on),
                Fen(line.amount_fen),
                line.collector,
                line.receipt_number,
                "代缴" if line.on_behalf else "本人",
            )
            for line in record.lines
        ),
        total=("合计", f"{len(record.lines)}笔", Fen(record.total_fen), "", "", ""),
        notes=("本记录按已开出的收据生成，作废的收据不计。",),
        simulated=record.simulated,
    )


def register_sheet(first: RegisterPage, rows: Sequence[RegisterRow]) -> Sheet:
    """党费收缴登记簿: one line a member, one column a month, receipts' numbers beneath the amount."""
    return Sheet(
        title=f"{first.year}年党费收缴登记簿",
        county=first.county_name,
        facts=(f"支部：{first.org_name}", f"登记人数：{len(rows)}"),
        columns=(
            Column("姓名", 5),
            *(Column(f"{month}月", 6, "C") for month in range(1, MONTHS_PER_YEAR + 1)),
            Column("全年已缴", 6, "R"),
        ),
        rows=tuple((row.member_name, *_by_month(row.months), Fen(row.paid_fen)) for row in rows),
        total=("合计", *("" for _ in range(MONTHS_PER_YEAR)), Fen(sum(row.paid_fen for row in rows))),
        notes=("格内为已缴金额和收据编号；“免”为免缴，“待核”为标准未核定，“未缴”后面是应缴金额。",),
        simulated=first.simulated,
        landscape=True,
    )


def _by_month(months: Sequence[RegisterMonth]) -> list[str]:
    found = {month.month.month: month for month in months}
    return [_cell(found.get(number)) for number in range(1, MONTHS_PER_YEAR + 1)]


def _cell(month: RegisterMonth | None) -> str:
    if month is None:
        return ""
    if month.owed_fen is None:
        return "待核"
    if month.owed_fen == 0:
        return "免"
    if month.paid_fen == 0:
        return f"未缴 {_plain(month.owed_fen)}"
    short = "、".join(number.partition("〕")[2] for number in month.receipt_numbers)
    left = f" 欠{_plain(month.owed_fen - month.paid_fen)}" if month.paid_fen < month.owed_fen else ""
    return f"{_plain(month.paid_fen)}{left} {short}".rstrip()


def _plain(amount_fen: int) -> str:
    whole, fen = divmod(amount_fen, 100)
    return f"{whole}.{fen:02d}"


def notice_sheet(notice: YearlyNotice, made_on: date) -> Sheet:
    """党费收缴使用公示, for the board: sums by month, what was used by class, names only where the county allows them."""
    facts = [f"公示单位：{notice.org_name}", f"公示日期：{day_name(made_on)}"]
    columns = (Column("月份", 8), Column("笔数", 6, "R"), Column("收到党费", 9, "R"), Column("上缴上级", 9, "R"))
    rows: list[tuple[Value, ...]] = [
        (month_name(month.month), month.payments, Fen(month.received_fen), Fen(month.passed_up_fen))
        for month in notice.months
    ]
    payments = sum(month.payments for month in notice.months)
    notes = [_use_of(notice), "党支部收缴的党费全额上缴，不留存。党员对公示有疑问，可以向支部或上级党组织反映。"]
    if notice.names_shown:
        notes.append("缴纳明细：" + "；".join(f"{one.name} {_plain(one.paid_fen)}元" for one in notice.names))
    if notice.names_left_out:
        notes.append(f"另有{notice.names_left_out}人未列出。")
    return Sheet(
        title=f"{notice.year}年党费收缴使用情况公示",
        county=notice.county_name,
        facts=tuple(facts),
        columns=columns,
        rows=tuple(rows),
        total=("合计", payments, Fen(notice.received_fen), Fen(notice.passed_up_fen)),
        notes=tuple(notes),
        simulated=notice.simulated,
    )


def _use_of(notice: YearlyNotice) -> str:
    if not notice.spending:
        return "党费使用：本年没有使用党费。"
    told = "；".join(f"{USES[one.spending_class]} {shown(Fen(one.amount_fen))}" for one in notice.spending)
    return f"党费使用：合计 {shown(Fen(notice.spent_fen))}，其中：{told}。"


def remittance_sheet(paper: RemittanceSlip) -> Sheet:
    """党费上缴单: from whom to whom, for which month, how much in figures and capitals, and who stands for it."""
    slip = paper.slip
    share: Value = "未设定" if paper.county_share is None else Rate(paper.county_share)
    made, arrived = [paper.made_by_name, instant_name(slip.made_at)], [paper.arrived_by_name]
    arrived.append("尚未确认" if slip.arrived_at is None else instant_name(slip.arrived_at))
    return Sheet(
        title="党费上缴单",
        county=paper.county_name,
        facts=(f"编号：{slip.number}",),
        columns=(Column("项目", 7), Column("内容", 18)),
        rows=(
            ("上缴单位", f"{slip.from_name}（{LEVELS[paper.from_level]}）"),
            ("接收单位", f"{slip.to_name}（{LEVELS[paper.to_level]}）"),
            ("入账月份", month_name(slip.month)),
            ("上缴金额", Fen(slip.amount_fen)),
            ("金额大写", paper.amount_capitals),
            ("其中：微信支付", Fen(slip.online_fen)),
            ("其中：现金（已存入党费账户）", Fen(slip.cash_fen)),
            ("本县上缴比例", share),
            ("市级上缴省级比例", Rate(paper.city_to_province_share)),
            ("省级上缴中央比例", Rate(paper.province_to_centre_share)),
            ("开单人", "　".join(word for word in made if word)),
            ("确认到账", "　".join(word for word in arrived if word)),
        ),
        notes=(
            "当月入账的党费全额上缴，不留存。比例按入账月份的规定列出，供逐级核对。",
            "开单人签字：________________　　接收人签字：________________　　日期：________________",
        ),
        simulated=paper.simulated,
    )
