"""The roster form: the two sheets, their columns, and the words that may stand in them.

Owns the vocabulary in which people exchange rosters; it is the only place that pairs those words with codes. What a sheet
file looks like inside is for ``spreadsheets``.

Sheet 党员名册, one row for each member. Columns stand in any order; each of them must be there, once, and no other.

==========================  ========  ====================================================================================
column                      needed    content
==========================  ========  ====================================================================================
姓名                        yes       letters, parts joined by ·
公民身份号码                yes       eighteen characters as text; the key by which a row finds its member
性别                        yes       男, 女; as the identity number says
民族                        yes       with or without 族
手机号码                              eleven digits; members of one family may share one
所在党支部编码              yes       code of a branch, of the sheet 党组织 or already known
所在党支部                            its name, to guard against a mistyped code; must agree when it is there
党员状态                    yes       正式党员, 预备党员, 停止党籍, 除名 (出党), 已转出
党员类别                    yes       by which the dues are worked out (DUE-1 to DUE-10)
接收预备党员支部大会日期    yes       the branch meeting that admitted the member (DUE-12)
转正日期                              empty for probationary members, and for the years without a probation
进入本支部日期                        read when the row adds or moves a member; empty: the day of the import
户号                                  members of one household share it (PAY-7)
是否外出                              是, 否; empty: 否
外出地点                              only with 是
==========================  ========  ====================================================================================

Sheet 党组织, one row for each organisation: 编码, 名称, 类别, 上级编码, all needed but the last, which only the county committee
leaves empty. The sheet may be left out; the organisations then stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.members.domain.identity_number import Sex
from services.members.domain.membership import Status
from services.members.domain.organisation import Kind

MEMBERS_SHEET, ORGANISATIONS_SHEET = "党员名册", "党组织"


class Column(StrEnum):
    """Columns of the sheet of members, in the order in which they are written."""

    NAME = "姓名"
    IDENTITY_NUMBER = "公民身份号码"
    SEX = "性别"
    NATION = "民族"
    PHONE = "手机号码"
    BRANCH_CODE = "所在党支部编码"
    BRANCH_NAME = "所在党支部"
    STATUS = "党员状态"
    MEMBER_CLASS = "党员类别"
    JOINED_ON = "接收预备党员支部大会日期"
    FULL_ON = "转正日期"
    BRANCH_SINCE = "进入本支部日期"
    HOUSEHOLD = "户号"
    AWAY = "是否外出"
    AWAY_PLACE = "外出地点"


class OrganisationColumn(StrEnum):
    """Columns of the sheet of organisations."""

    CODE = "编码"
    NAME = "名称"
    KIND = "类别"
    PARENT_CODE = "上级编码"


class MemberClass(StrEnum):
    """By which rule the dues of a member are worked out (DUE-1 to DUE-10). The codes are those of the contracts."""

    CIVIL_SERVANT = "civil_servant"
    PUBLIC_INSTITUTION = "public_institution"
    OFFICE_WORKER = "office_worker"
    ENTERPRISE = "enterprise"
    ANNUAL_SALARY = "annual_salary"
    SELF_EMPLOYED = "self_employed"
    VILLAGE_CADRE = "village_cadre"
    RETIRED = "retired"
    FARMER = "farmer"
    STUDENT = "student"
    LAID_OFF = "laid_off"
    RELIEF = "relief"
    MINIMUM_ALLOWANCE = "minimum_allowance"


YES, NO = "是", "否"

SEX_WORDS: Mapping[Sex, str] = {Sex.MALE: "男", Sex.FEMALE: "女"}

STATUS_WORDS: Mapping[Status, str] = {
    Status.FULL: "正式党员",
    Status.PROBATIONARY: "预备党员",
    Status.SUSPENDED: "停止党籍",
    Status.REMOVED: "除名",
    Status.TRANSFERRED_OUT: "已转出",
}

CLASS_WORDS: Mapping[MemberClass, str] = {
    MemberClass.CIVIL_SERVANT: "公务员",
    MemberClass.PUBLIC_INSTITUTION: "事业单位工作人员",
    MemberClass.OFFICE_WORKER: "机关工勤人员",
    MemberClass.ENTERPRISE: "企业人员",
    MemberClass.ANNUAL_SALARY: "年薪制人员",
    MemberClass.SELF_EMPLOYED: "个体经营者",
    MemberClass.VILLAGE_CADRE: "村(社区)干部",
    MemberClass.RETIRED: "离退休人员",
    MemberClass.FARMER: "农民",
    MemberClass.STUDENT: "学生",
    MemberClass.LAID_OFF: "下岗失业人员",
    MemberClass.RELIEF: "领取抚恤救济金人员",
    MemberClass.MINIMUM_ALLOWANCE: "低保人员",
}

KIND_WORDS: Mapping[Kind, str] = {
    Kind.COUNTY_COMMITTEE: "县委",
    Kind.TOWNSHIP_COMMITTEE: "乡镇党委",
    Kind.DEPARTMENT_COMMITTEE: "部门党委",
    Kind.GENERAL_BRANCH: "党总支",
    Kind.BRANCH: "党支部",
    Kind.GROUP: "党小组",
}

STATUSES: Mapping[str, Status] = {
    **{word: status for status, word in STATUS_WORDS.items()},
    "出党": Status.REMOVED,
    "除名/出党": Status.REMOVED,
}
"""What may be read; the first word of each is the one that is written."""
CLASSES: Mapping[str, MemberClass] = {
    **{word: member_class for member_class, word in CLASS_WORDS.items()},
    "村干部": MemberClass.VILLAGE_CADRE,
}
SEXES: Mapping[str, Sex] = {word: sex for sex, word in SEX_WORDS.items()}
KINDS: Mapping[str, Kind] = {**{word: kind for kind, word in KIND_WORDS.items()}, "街道党工委": Kind.TOWNSHIP_COMMITTEE}

MAX_HOUSEHOLD, MAX_PLACE, MAX_ORGANISATION_NAME = 40, 60, 60
"""Longest texts in characters, as the contracts carry them."""

# A text that a spreadsheet would take for a formula

FORMULA_SIGNS = ("=", "+", "-", "@")
_GUARD = "'"


def guarded(text: str) -> str:
    """The text as it is written: a sign that starts formulas gets the guard before it, one more if it has some already."""
    return _GUARD + text if text.lstrip(_GUARD).startswith(FORMULA_SIGNS) else text


def unguarded(text: str) -> str | None:
    """The text that was meant; None when a sign that starts formulas stands unguarded. ``unguarded(guarded(x)) == x``."""
    if not text.lstrip(_GUARD).startswith(FORMULA_SIGNS):
        return text
    return text[1:] if text.startswith(_GUARD) else None
