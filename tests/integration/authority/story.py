"""The two counties of the authority tests, told as data: the tree, the people, who is related to whom.

Everybody's name is his own and shares no part with another's, so that a name in an answer says whose record leaked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from services.contracts.caller import Role
from services.contracts.members.messages import OrgKind

COUNTY, FOREIGN = "yanting", "shehong"
NOW = datetime(2026, 9, 15, 2, 0, tzinfo=UTC)
YESTERDAY = date(2026, 9, 14)
MONTH = "2026-09"
PASSWORD = "Qingshan-77"
TOTP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

K = OrgKind
TREE: dict[str, tuple[str | None, OrgKind, str]] = {
    "yanting": (None, K.COUNTY_COMMITTEE, "中共盐亭县委员会"),
    "t01": ("yanting", K.TOWNSHIP_COMMITTEE, "嫘祖镇委员会"),
    "t01b01": ("t01", K.BRANCH, "蚕丝村党支部"),
    "t01b01z": ("t01b01", K.GROUP, "蚕丝村第一小组"),
    "t01b02": ("t01", K.BRANCH, "桑园村党支部"),
    "t02": ("yanting", K.TOWNSHIP_COMMITTEE, "黄甸镇委员会"),
    "t02b01": ("t02", K.BRANCH, "龙潭村党支部"),
    "d01": ("yanting", K.DEPARTMENT_COMMITTEE, "县委组织部委员会"),
    "d01b01": ("d01", K.BRANCH, "机关第一党支部"),
    "shehong": (None, K.COUNTY_COMMITTEE, "中共射洪市委员会"),
    "s01": ("shehong", K.TOWNSHIP_COMMITTEE, "太和镇委员会"),
    "s01b01": ("s01", K.BRANCH, "涪江村党支部"),
}
"""Code: parent, kind, name. A county's root has the county's own id as its code."""
TARGET_PLACES = ("yanting", "t01", "t01b01", "t01b01z", "t01b02", "t02", "t02b01", "shehong", "s01b01")


def above(code: str) -> tuple[str, ...]:
    """The organisation itself and all that it stands under, by the table above."""
    chain = [code]
    for _ in range(8):
        parent = TREE[chain[-1]][0]
        if parent is None:
            break
        chain.append(parent)
    return tuple(chain)


@dataclass(frozen=True)
class Person:
    name: str
    branch: str
    """Where he is today."""
    came_from: str = ""
    """Where he was until yesterday."""
    household: str = ""
    office: tuple[Role, str] | None = None
    left: bool = False
    disabled: bool = False

    @property
    def county(self) -> str:
        return above(self.branch)[-1]


CALLERS: dict[str, Person] = {
    "resident": Person("何去非", "t01b01", left=True),
    "member": Person("李晓峰", "t01b01", household="桑家"),
    "relative": Person("周文秀", "t02b01", household="桑家"),
    "branch": Person("郑守田", "t01b01", office=(Role.BRANCH_ADMIN, "t01b01")),
    "committee": Person("冯镇山", "d01b01", office=(Role.COMMITTEE_ADMIN, "t01")),
    "county": Person("赵县青", "d01b01", office=(Role.COUNTY_ADMIN, "yanting")),
    "finance": Person("钱如数", "d01b01", office=(Role.FINANCE, "t01")),
    "editor": Person("苏墨白", "d01b01", office=(Role.EDITOR, "t01")),
    "system": Person("罗镕铁", "d01b01", office=(Role.SYSTEM_ADMIN, "yanting")),
    "disabled": Person("曹旧印", "t01b01", office=(Role.BRANCH_ADMIN, "t01b01"), disabled=True),
}
TARGETS: dict[str, Person] = {
    "colleague": Person("王桂兰", "t01b01"),
    "neighbour": Person("陈小妹", "t01b02"),
    "far away": Person("石大山", "t02b01"),
    "moved out yesterday": Person("刘迁安", "t02b01", came_from="t01b01"),
    "moved in yesterday": Person("吴来归", "t01b01", came_from="t02b01"),
    "of another county": Person("蒲河清", "s01b01"),
}
OTHERS: dict[str, Person] = {
    "quiet": Person("谭默言", "t01b01"),
    "still": Person("邱静之", "t01b01"),
    "distant": Person("丁远帆", "t02b01"),
    "thrifty": Person("裴省之", "t01b01"),
    "frugal": Person("莫节用", "t02b01"),
    "saving": Person("贺存余", "s01b01"),
    "repaid": Person("窦仁厚", "t01b01"),
    "refunded": Person("尤知恩", "t02b01"),
    "returning": Person("柯望舒", "s01b01"),
}
"""Paid for by others; nobody's question is about them."""
PEOPLE: dict[str, Person] = CALLERS | TARGETS | OTHERS
NOBODY = "nobody"
ABSENT = "00000000-0000-7000-8000-00000000ffff"


def near(one: Person, other: Person) -> bool:
    """Of one household or one branch today (PAY-7)."""
    return one.branch == other.branch or bool(one.household and one.household == other.household)
