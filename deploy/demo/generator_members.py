"""Fills the branches of the demonstration county with invented members, household by household.

Owns ages, classes, dates, households, phones and identity numbers. No identity number is a real person's: all carry the area
code 510799, which the list of administrative divisions (GB/T 2260) gives to no place, while form, birth date, sex and check
digit are right. Phones begin with 154, a prefix in no line of the ministry's table of assigned mobile prefixes of March 2023.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from deploy.demo.generator_names import HAN, HUI, QIANG, TIBETAN, UYGUR, YI, NameMaker
from deploy.demo.generator_places import HUI_TOWNSHIP, BranchPlan, Setting
from services.members.domain.identity_number import Sex, check_character
from services.members.domain.membership import Status
from services.members.domain.roster.form import MemberClass
from services.members.spreadsheets.roster_writer import RosterLine

AREA_CODE, PHONE_PREFIX = "510799", "154"
_PHONE_STEP, _PHONE_START, _PHONE_COUNT = 76_543_217, 31_415_927, 10**8
"""Steps through all eight-digit numbers without meeting one twice, since the step shares no factor with their count."""
_YEAR = timedelta(days=365)
_NO_PROBATION = (date(1969, 4, 24), date(1977, 8, 18))
"""Between these days the constitution of the Party knew no probation."""
_MERGER = date(2020, 5, 20)
"""Villages were merged about then: most members of today's village branches are in them since that day."""
_MAX_TRIES = 200
CAST_ORDER = 499
"""The last place of each birth date and sex is kept for those whom the pages speak of: theirs is the same in every county."""

M = MemberClass
_CLASSES: dict[Setting, tuple[tuple[MemberClass, int], ...]] = {
    Setting.VILLAGE: (
        *((M.FARMER, 842), (M.VILLAGE_CADRE, 42), (M.SELF_EMPLOYED, 18), (M.ENTERPRISE, 24), (M.RETIRED, 22)),
        *((M.MINIMUM_ALLOWANCE, 22), (M.RELIEF, 12), (M.STUDENT, 12), (M.LAID_OFF, 6)),
    ),
    Setting.COMMUNITY: (
        *((M.RETIRED, 330), (M.FARMER, 210), (M.LAID_OFF, 130), (M.SELF_EMPLOYED, 100), (M.ENTERPRISE, 80)),
        *((M.VILLAGE_CADRE, 60), (M.MINIMUM_ALLOWANCE, 40), (M.STUDENT, 25), (M.RELIEF, 25)),
    ),
    Setting.OFFICE: ((M.CIVIL_SERVANT, 760), (M.PUBLIC_INSTITUTION, 150), (M.OFFICE_WORKER, 90)),
    Setting.INSTITUTION: ((M.PUBLIC_INSTITUTION, 900), (M.OFFICE_WORKER, 60), (M.CIVIL_SERVANT, 40)),
    Setting.SCHOOL: ((M.PUBLIC_INSTITUTION, 960), (M.OFFICE_WORKER, 25), (M.STUDENT, 15)),
    Setting.HOSPITAL: ((M.PUBLIC_INSTITUTION, 970), (M.OFFICE_WORKER, 30)),
    Setting.RETIRED: ((M.RETIRED, 1000),),
    Setting.COMPANY: ((M.ENTERPRISE, 900), (M.ANNUAL_SALARY, 60), (M.LAID_OFF, 40)),
    Setting.TRADERS: ((M.SELF_EMPLOYED, 850), (M.ENTERPRISE, 150)),
    Setting.COOPERATIVE: ((M.FARMER, 700), (M.SELF_EMPLOYED, 200), (M.ENTERPRISE, 100)),
}
"""Shares of the member classes in each setting, per thousand."""
_AGES: dict[MemberClass, tuple[int, int, int]] = {
    M.STUDENT: (19, 20, 24),
    M.RETIRED: (58, 70, 97),
    M.FARMER: (22, 58, 92),
    M.RELIEF: (60, 72, 93),
    M.MINIMUM_ALLOWANCE: (40, 66, 92),
}
_WORKING_AGES = (23, 42, 59)
"""Youngest, most frequent and oldest age."""
_AWAY_CLASSES = frozenset({M.FARMER, M.SELF_EMPLOYED, M.ENTERPRISE, M.LAID_OFF, M.STUDENT})
_AWAY_MAX_AGE = 64
_PLACES = """
    四川省成都市 四川省绵阳市涪城区 四川省德阳市 重庆市渝北区 广东省深圳市 广东省东莞市 广东省佛山市
    浙江省杭州市 浙江省宁波市 浙江省温州市 江苏省苏州市 江苏省昆山市 福建省泉州市 上海市松江区
    北京市朝阳区 新疆库尔勒市 西藏拉萨市 云南省昆明市 贵州省贵阳市 陕西省西安市
"""
_AWAY_PLACES = tuple(_PLACES.split())


@dataclass(slots=True)
class Draft:
    """A member while the county is being made; what is not yet decided can still change."""

    name: str
    sex: Sex
    birth_date: date
    nation: str
    member_class: MemberClass
    branch: BranchPlan
    household: str
    status: Status = Status.FULL
    identity_number: str = ""
    phone: str = ""
    joined_on: date = date.min
    full_on: date | None = None
    branch_since: date = date.min
    away_place: str = ""

    def line(self) -> RosterLine:
        organisation = self.branch.organisation
        return RosterLine(
            name=self.name,
            identity_number=self.identity_number,
            sex=self.sex,
            nation=self.nation,
            phone=self.phone,
            branch_code=organisation.code,
            branch_name=organisation.name,
            status=self.status,
            member_class=self.member_class,
            joined_on=self.joined_on,
            full_on=self.full_on,
            branch_since=self.branch_since,
            household=self.household,
            away=bool(self.away_place),
            away_place=self.away_place,
        )


@dataclass(slots=True)
class MemberMaker:
    """Makes members from one source of chance. ``as_of`` is the day on which the county is looked at: nothing lies after it."""

    chance: Random
    as_of: date
    _numbers: set[str] = field(default_factory=set)
    _phones: int = 0

    def branch(self, plan: BranchPlan, size: int, settled: tuple[Draft, ...] = ()) -> list[Draft]:
        """The members of one branch, those who are settled already among them. No two of them have the same name."""
        drafts = list(settled)
        taken = {draft.name for draft in drafts}
        household = len({draft.household for draft in drafts})
        while len(drafts) < size:
            household += 1
            code = f"{plan.organisation.code}-{household:03d}" if _keeps_households(plan) else ""
            for draft in self._household(plan, code, taken, size - len(drafts)):
                taken.add(draft.name)
                drafts.append(draft)
        return drafts

    def _household(self, plan: BranchPlan, code: str, taken: set[str], room: int) -> Iterator[Draft]:
        nation = self._nation(plan)
        surname = NameMaker(self.chance).surname(nation)
        first = self._member(plan, code, taken, nation=nation, surname=surname, known=None)
        yield first
        if not code:
            return
        size = min(room, self.chance.choices((1, 2, 3, 4), (52, 30, 13, 5))[0])
        names = {*taken, first.name}
        for place in range(1, size):
            other = self._relative(plan, code, names, first, surname, is_spouse=place == 1)
            names.add(other.name)
            yield other

    def _relative(
        self, plan: BranchPlan, code: str, taken: set[str], first: Draft, surname: str, *, is_spouse: bool
    ) -> Draft:
        """A spouse of about the same age with a surname of her or his own, or a child a generation younger."""
        age = _age(first.birth_date, self.as_of)
        if is_spouse or age < 45:
            other_age = min(96, max(22, age + self.chance.randint(-4, 4)))
            sex = Sex.FEMALE if first.sex is Sex.MALE else Sex.MALE
            return self._member(plan, code, taken, nation=first.nation, surname="", known=(sex, other_age))
        child_age = max(19, age - self.chance.randint(22, 30))
        return self._member(plan, code, taken, nation=first.nation, surname=surname, known=(self._sex(), child_age))

    def _member(
        self,
        plan: BranchPlan,
        household: str,
        taken: set[str],
        *,
        nation: str,
        surname: str,
        known: tuple[Sex, int] | None,
    ) -> Draft:
        member_class = self._class(plan.setting, known[1] if known else None)
        youngest, usual, oldest = _AGES.get(member_class, _WORKING_AGES)
        sex, age = known or (self._sex(), int(self.chance.triangular(youngest, oldest, usual)))
        names = NameMaker(self.chance)
        for _ in range(_MAX_TRIES):
            name = names.name(sex, age, nation, surname)
            if name not in taken:
                break
        else:
            raise RuntimeError("the lists of names are too short for this branch")
        birth_date = self.as_of - timedelta(days=age * 365 + age // 4 + self.chance.randrange(365))
        draft = Draft(name, sex, birth_date, nation, member_class, plan, household)
        return self.settle(draft)

    def settle(self, draft: Draft) -> Draft:
        """Gives what follows from the rest: identity number, phone, dates."""
        draft.identity_number = draft.identity_number or self._identity_number(draft)
        draft.phone = draft.phone or self._phone(_age(draft.birth_date, self.as_of))
        self._dates(draft)
        return draft

    def _sex(self) -> Sex:
        return Sex.FEMALE if self.chance.random() < 0.31 else Sex.MALE

    def _class(self, setting: Setting, age: int | None) -> MemberClass:
        classes, shares = zip(*_CLASSES[setting], strict=True)
        for _ in range(_MAX_TRIES):
            member_class: MemberClass = self.chance.choices(classes, shares)[0]
            youngest, _usual, oldest = _AGES.get(member_class, _WORKING_AGES)
            if age is None or youngest <= age <= oldest:
                return member_class
        return M.FARMER

    def _nation(self, plan: BranchPlan) -> str:
        if plan.township == HUI_TOWNSHIP and self.chance.random() < 0.55:
            return HUI
        if self.chance.random() < 0.985:
            return HAN
        return self.chance.choices((QIANG, TIBETAN, YI, UYGUR), (4, 2, 3, 1))[0]

    def _identity_number(self, draft: Draft) -> str:
        """A number that nobody else in the county has."""
        for _ in range(_MAX_TRIES):
            number = impossible_number(draft.birth_date, draft.sex, self.chance.randrange(CAST_ORDER))
            if number not in self._numbers:
                self._numbers.add(number)
                return number
        raise RuntimeError("too many people were born on one day")

    def _phone(self, age: int) -> str:
        """The very old often have none."""
        if age > 72 and self.chance.random() < 0.22:
            return ""
        self._phones += 1
        number = (_PHONE_START + self._phones * _PHONE_STEP) % _PHONE_COUNT
        return f"{PHONE_PREFIX}{number:08d}"

    def _dates(self, draft: Draft) -> None:
        """Admission between 18 and 45, full membership a year later, this branch at last."""
        latest = self.as_of - _YEAR
        adult = date(draft.birth_date.year + 18, draft.birth_date.month, 1) + timedelta(days=40)
        span = max(1, (min(latest, adult + _YEAR * 27) - adult).days)
        draft.joined_on = min(adult + timedelta(days=self.chance.randrange(span)), latest)
        if draft.status is Status.PROBATIONARY:
            draft.joined_on = self.as_of - timedelta(days=self.chance.randint(30, 330))
            draft.full_on, draft.branch_since = None, draft.joined_on
            return
        has_probation = not _NO_PROBATION[0] <= draft.joined_on <= _NO_PROBATION[1]
        draft.full_on = draft.joined_on + _YEAR if has_probation else None
        since = _MERGER if _keeps_households(draft.branch) else latest - timedelta(days=self.chance.randrange(6000))
        draft.branch_since = min(max(since, draft.joined_on), latest)

    def make_probationary(self, drafts: list[Draft], count: int) -> None:
        """Turns the youngest of chance into members on probation."""
        young = [draft for draft in drafts if 19 <= _age(draft.birth_date, self.as_of) <= 38]
        for draft in self.chance.sample(young, count):
            draft.status = Status.PROBATIONARY
            self._dates(draft)

    def suspend(self, drafts: list[Draft], count: int) -> None:
        for draft in self.chance.sample([draft for draft in drafts if draft.status is Status.FULL], count):
            draft.status = Status.SUSPENDED

    def send_away(self, drafts: list[Draft], count: int) -> None:
        """Sends exactly so many to work elsewhere, those of an age and a class that goes."""
        able = [draft for draft in drafts if _can_be_away(draft, self.as_of)]
        for draft in self.chance.sample(able, count):
            draft.away_place = self.chance.choice(_AWAY_PLACES)


def impossible_number(birth_date: date, sex: Sex, order: int) -> str:
    """The number of the person who is number ``order`` of this sex and birth date: odd places are men's, even women's."""
    place = order * 2 + (1 if sex is Sex.MALE else 0)
    digits = f"{AREA_CODE}{birth_date:%Y%m%d}{place:03d}"
    return digits + check_character(digits)


def _keeps_households(plan: BranchPlan) -> bool:
    return plan.setting in {Setting.VILLAGE, Setting.COMMUNITY}


def _can_be_away(draft: Draft, as_of: date) -> bool:
    return (
        draft.member_class in _AWAY_CLASSES and _age(draft.birth_date, as_of) <= _AWAY_MAX_AGE and not draft.away_place
    )


def _age(birth_date: date, as_of: date) -> int:
    return (as_of - birth_date).days * 100 // 36525
