"""The default rule profile: the 2008 dues rules as amended by the 2017 notice, with Sichuan's values.

Owns numbers, item lists, Chinese names and article references; no logic. A county that differs stores its own profile
in the form of ``data``, it does not change this file.
"""

from __future__ import annotations

from services.contracts.values import YearMonth
from services.dues.domain.profile.model import (
    AssessmentMode,
    Bracket,
    ClassRule,
    ItemDefinition,
    ItemKind,
    MemberClass,
    Method,
    RuleProfile,
)
from services.dues.domain.rounding import Rounding

_RULES_2008 = "中组发〔2008〕3号"
_NOTICE_2017 = "组电明字〔2017〕5号"
_ARTICLE_1 = f"{_RULES_2008} 第一条"
_ARTICLE_3 = f"{_RULES_2008} 第三条"
_ARTICLE_5 = f"{_RULES_2008} 第五条"
_ARTICLE_6 = f"{_RULES_2008} 第六条"
_NOTICE_ITEM_2 = f"{_NOTICE_2017} 第一部分第(2)项"
_NOTICE_ITEM_3 = f"{_NOTICE_2017} 第一部分第(3)项"
_LOCAL_PENSION = f"{_ARTICLE_5}及当地离退休费口径"


def _pay(code: str, name: str, rule: str, article: str) -> ItemDefinition:
    return ItemDefinition(code, name, ItemKind.PAY, rule, article)


def _not_in_base(code: str, name: str) -> ItemDefinition:
    return _pay(code, name, "DUE-4", _NOTICE_ITEM_2)


def _deduction(code: str, name: str) -> ItemDefinition:
    return ItemDefinition(code, name, ItemKind.DEDUCTION, "DUE-4", _NOTICE_ITEM_2)


_COUNTED_ITEMS = (
    _pay("post_salary", "职务工资", "DUE-3", _ARTICLE_1),
    _pay("grade_salary", "级别工资", "DUE-3", _ARTICLE_1),
    _pay("work_allowance", "规范的工作性津贴", "DUE-3", _ARTICLE_1),
    _pay("living_subsidy", "生活性补贴", "DUE-3", _ARTICLE_1),
    _pay("position_salary", "岗位工资", "DUE-3", _ARTICLE_1),
    _pay("pay_scale_salary", "薪级工资", "DUE-3", _ARTICLE_1),
    _pay("basic_performance_pay", "基础性绩效工资", "DUE-3", _NOTICE_ITEM_3),
    _pay("technical_grade_salary", "技术等级(职务)工资", "DUE-3", _ARTICLE_1),
    _pay("allowance_subsidy", "津贴补贴", "DUE-3", _ARTICLE_1),
    _pay("basic_salary", "基本工资", "DUE-3", _ARTICLE_1),
    _pay("regular_bonus", "定期普遍发放的奖金", "DUE-3", _ARTICLE_1),
    _pay("month_pay_received", "当月实际领取的薪酬", "DUE-6", _ARTICLE_3),
    _pay("fixed_allowance", "村(社区)干部固定补贴", "DUE-9", f"{_ARTICLE_6}及当地口径"),
    _pay("pension", "离退休费(基本养老金)", "DUE-8", _ARTICLE_5),
    _pay("pension_allowance", "离退休人员经常性补贴", "DUE-8", _LOCAL_PENSION),
)
_LEFT_OUT_ITEMS = (
    _pay("incentive_performance_pay", "奖励性绩效工资", "DUE-3", _NOTICE_ITEM_3),
    _pay("irregular_bonus", "不定期、非普遍发放的奖金", "DUE-3", _NOTICE_ITEM_3),
    _pay("care_allowance", "护理费", "DUE-8", _LOCAL_PENSION),
    _pay("injury_compensation", "伤残抚恤金", "DUE-8", _LOCAL_PENSION),
    _not_in_base("employer_housing_fund", "单位缴存的住房公积金"),
    _not_in_base("housing_subsidy", "住房补贴"),
    _not_in_base("transport_subsidy", "交通补贴"),
    _not_in_base("official_car_subsidy", "公务用车补贴"),
    _not_in_base("phone_subsidy", "通讯补贴"),
    _not_in_base("overtime_subsidy", "加班补贴"),
    _not_in_base("meal_subsidy", "误餐补贴"),
    _not_in_base("heating_subsidy", "取暖费"),
    _not_in_base("heat_relief_subsidy", "防暑降温费"),
    _not_in_base("property_fee_subsidy", "物业费补贴"),
    _not_in_base("special_allowance", "少数地区、特殊岗位、部分人员的津贴补贴"),
)
_DEDUCTIONS = (
    _deduction("income_tax", "个人所得税"),
    _deduction("pension_insurance", "养老保险"),
    _deduction("medical_insurance", "医疗保险"),
    _deduction("unemployment_insurance", "失业保险"),
    _deduction("work_injury_insurance", "工伤保险"),
    _deduction("maternity_insurance", "生育保险"),
    _deduction("housing_fund", "个人缴存的住房公积金"),
    _deduction("occupational_annuity", "职业年金"),
    _deduction("enterprise_annuity", "企业年金"),
)

_SUBSIDIES = tuple(item.code for item in _LEFT_OUT_ITEMS if item.rule == "DUE-4")
_TAX_AND_INSURANCE = tuple(item.code for item in _DEDUCTIONS if not item.code.endswith("_annuity"))
_PUBLIC_DEDUCTIONS = (*_TAX_AND_INSURANCE, "occupational_annuity")
_ENTERPRISE_DEDUCTIONS = (*_TAX_AND_INSURANCE, "enterprise_annuity")


def _flat(member_class: MemberClass, name: str, rule: str) -> ClassRule:
    # DUE-9 lets a county choose from 20 to 100 fen and Sichuan chose 20; DUE-10 fixes 20.
    return ClassRule(member_class, name, Method.FLAT, rule, flat_fen=20)


_CLASSES = (
    ClassRule(
        MemberClass.CIVIL_SERVANT,
        "机关工作人员(公务员)",
        Method.WAGE,
        "DUE-3",
        counted=("post_salary", "grade_salary", "work_allowance", "living_subsidy"),
        left_out=_SUBSIDIES,
        deductions=_PUBLIC_DEDUCTIONS,
    ),
    ClassRule(
        MemberClass.PUBLIC_INSTITUTION,
        "事业单位工作人员",
        Method.WAGE,
        "DUE-3",
        counted=("position_salary", "pay_scale_salary", "basic_performance_pay", "allowance_subsidy"),
        left_out=("incentive_performance_pay", *_SUBSIDIES),
        deductions=_PUBLIC_DEDUCTIONS,
    ),
    ClassRule(
        MemberClass.OFFICE_WORKER,
        "机关工勤人员",
        Method.WAGE,
        "DUE-3",
        counted=("position_salary", "technical_grade_salary", "allowance_subsidy"),
        left_out=_SUBSIDIES,
        deductions=_PUBLIC_DEDUCTIONS,
    ),
    ClassRule(
        MemberClass.ENTERPRISE,
        "企业人员",
        Method.WAGE,
        "DUE-3",
        counted=("basic_salary", "position_salary", "regular_bonus"),
        left_out=("irregular_bonus", *_SUBSIDIES),
        deductions=_ENTERPRISE_DEDUCTIONS,
    ),
    ClassRule(
        MemberClass.ANNUAL_SALARY,
        "年薪制人员",
        Method.ANNUAL_PAY,
        "DUE-6",
        counted=("month_pay_received",),
        left_out=_SUBSIDIES,
        deductions=_ENTERPRISE_DEDUCTIONS,
    ),
    ClassRule(MemberClass.SELF_EMPLOYED, "不按月取得收入的个体经营者", Method.QUARTER_INCOME, "DUE-7"),
    ClassRule(
        MemberClass.VILLAGE_CADRE,
        "村(社区)干部",
        Method.WAGE,
        "DUE-9",
        counted=("fixed_allowance",),
        left_out=_SUBSIDIES,
        deductions=_TAX_AND_INSURANCE,
    ),
    ClassRule(
        MemberClass.RETIRED,
        "离退休人员",
        Method.PENSION,
        "DUE-8",
        counted=("pension", "pension_allowance"),
        left_out=("care_allowance", "injury_compensation", *_SUBSIDIES),
        may_follow_earlier=True,
    ),
    _flat(MemberClass.FARMER, "农民", "DUE-9"),
    _flat(MemberClass.STUDENT, "学生", "DUE-10"),
    _flat(MemberClass.LAID_OFF, "下岗失业人员", "DUE-10"),
    _flat(MemberClass.RELIEF, "依靠抚恤或救济生活的人员", "DUE-10"),
    _flat(MemberClass.MINIMUM_ALLOWANCE, "领取最低生活保障金的人员", "DUE-10"),
)

DEFAULT_PROFILE = RuleProfile(
    code="sichuan",
    version=1,
    valid_from=YearMonth(2017, 1),  # the year from which the notice has the amount set once a year
    wage_brackets=(Bracket(300_000, 50), Bracket(500_000, 100), Bracket(1_000_000, 150), Bracket(None, 200)),
    retired_brackets=(Bracket(500_000, 50), Bracket(None, 100)),
    rounding=Rounding.HALF_UP,
    assessment_mode=AssessmentMode.ANNUAL,
    monthly_cap_fen=100_000,
    back_limit_months=6,
    ahead_limit_months=6,
    order_expiry_minutes=15,
    items=(*_COUNTED_ITEMS, *_LEFT_OUT_ITEMS, *_DEDUCTIONS),
    classes=_CLASSES,
    articles=(
        ("DUE-1", f"{_RULES_2008} 第二条"),
        ("DUE-2", f"{_RULES_2008} 第二条(全额适用同一比例)"),
        ("DUE-3", _ARTICLE_1),
        ("DUE-4", _NOTICE_ITEM_2),
        ("DUE-6", _ARTICLE_3),
        ("DUE-7", f"{_RULES_2008} 第四条"),
        ("DUE-8", _ARTICLE_5),
        ("DUE-9", _ARTICLE_6),
        ("DUE-10", _ARTICLE_6),
        ("DUE-12", f"{_RULES_2008} 第八条"),
        ("DUE-13", f"{_NOTICE_2017} 第一部分第(1)项"),
        ("DUE-14", f"{_NOTICE_2017} 第一部分第(1)项"),
        ("DUE-15", "本县核定办法(舍入)"),
    ),
)
"""Sichuan's values (DUE-1 to DUE-14, PAY-3), used wherever a county has stored no profile of its own."""
