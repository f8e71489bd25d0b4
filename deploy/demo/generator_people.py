"""The few people of the demonstration county whom its readers meet by name: one for each role, and one family.

Owns who they are. They are the same whatever the seed: the pages, the pictures and the tests speak of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from deploy.demo.generator_members import CAST_ORDER, Draft, MemberMaker, impossible_number
from deploy.demo.generator_names import HAN
from deploy.demo.generator_places import BranchPlan
from services.members.domain.identity_number import Sex
from services.members.domain.roster.form import MemberClass


@dataclass(frozen=True, slots=True)
class Cast:
    """Who somebody is before the county exists. ``branch`` and ``office`` name organisations; simple members have no ``role``."""

    key: str
    name: str
    sex: Sex
    birth_date: date
    member_class: MemberClass
    branch: str
    phone: str
    household: str = ""
    away_place: str = ""
    role: str = ""
    office: str = ""


VILLAGE = "嫘祖镇蚕丝村党支部"
_FAMILY = "001"
_M = MemberClass

CAST = (
    Cast(
        *("member_away", "李晓峰", Sex.MALE, date(1990, 3, 14), _M.ENTERPRISE, VILLAGE, "15400000001"),
        household=_FAMILY,
        away_place="四川省成都市高新区",
    ),
    Cast(*("father", "李德厚", Sex.MALE, date(1962, 8, 5), _M.FARMER, VILLAGE, "15400000002"), household=_FAMILY),
    Cast(*("mother", "王桂兰", Sex.FEMALE, date(1964, 11, 23), _M.FARMER, VILLAGE, "15400000003"), household=_FAMILY),
    Cast(
        *("branch_admin", "蒲建明", Sex.MALE, date(1974, 6, 18), _M.VILLAGE_CADRE, VILLAGE, "15400000004"),
        household="002",
        role="branch_admin",
        office=VILLAGE,
    ),
    Cast(
        *("committee_admin", "陈喆", Sex.FEMALE, date(1986, 1, 9), _M.CIVIL_SERVANT, "嫘祖镇机关党支部", "15400000005"),
        role="committee_admin",
        office="中共盐亭县嫘祖镇委员会",
    ),
    Cast(
        *(
            "county_admin",
            "赵文韬",
            Sex.MALE,
            date(1979, 9, 27),
            _M.CIVIL_SERVANT,
            "县委组织部机关第一党支部",
            "15400000006",
        ),
        role="county_admin",
        office="中共盐亭县委员会",
    ),
    Cast(
        *("finance", "周敏", Sex.FEMALE, date(1983, 4, 2), _M.CIVIL_SERVANT, "县委组织部机关第二党支部", "15400000007"),
        role="finance",
        office="中共盐亭县委员会",
    ),
    Cast(
        *(
            "editor",
            "何雨薇",
            Sex.FEMALE,
            date(1993, 12, 30),
            _M.PUBLIC_INSTITUTION,
            "县委宣传部机关第一党支部",
            "15400000008",
        ),
        role="editor",
        office="中共盐亭县委员会",
    ),
    Cast(
        *(
            "system_admin",
            "罗镕",
            Sex.MALE,
            date(1988, 7, 16),
            _M.PUBLIC_INSTITUTION,
            "县委办公室机关第一党支部",
            "15400000009",
        ),
        role="system_admin",
        office="中共盐亭县委员会",
    ),
)


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """One of the cast as he stands in the county. The identity number is an impossible one, like all of them."""

    key: str
    name: str
    identity_number: str
    phone: str
    branch_code: str
    household: str
    role: str
    office_code: str


def draft_cast(maker: MemberMaker, branches: dict[str, BranchPlan]) -> dict[str, Draft]:
    """The cast as members by key, each in his branch."""
    drafts: dict[str, Draft] = {}
    for cast in CAST:
        plan = branches[cast.branch]
        household = f"{plan.organisation.code}-{cast.household}" if cast.household else ""
        draft = Draft(cast.name, cast.sex, cast.birth_date, HAN, cast.member_class, plan, household)
        draft.phone, draft.away_place = cast.phone, cast.away_place
        draft.identity_number = impossible_number(cast.birth_date, cast.sex, CAST_ORDER)
        drafts[cast.key] = maker.settle(draft)
    return drafts


def demo_people(drafts: dict[str, Draft], codes: dict[str, str]) -> dict[str, DemoPerson]:
    """The cast by key; ``codes`` gives the code of each organisation by its name."""
    return {
        cast.key: DemoPerson(
            key=cast.key,
            name=cast.name,
            identity_number=drafts[cast.key].identity_number,
            phone=cast.phone,
            branch_code=drafts[cast.key].branch.organisation.code,
            household=drafts[cast.key].household,
            role=cast.role,
            office_code=codes[cast.office] if cast.office else "",
        )
        for cast in CAST
    }
