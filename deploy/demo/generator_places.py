"""The tree of the demonstration county: real public names of townships, invented villages, plausible offices.

Owns which organisations there are and how large their branches are in proportion. The seventeen townships are those of 盐亭县 as
the statistics office listed them in 2023; villages, schools and companies are composed of words that fit everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from services.members.domain.organisation import Kind, Organisation

COUNTY_NAME = "盐亭县"
_TOWNSHIP_WORDS = """
    凤灵街道 云溪镇 玉龙镇 富驿镇 金孔镇 黄甸镇 巨龙镇 高渠镇 鹅溪镇 岐伯镇
    文通镇 永泰镇 九龙镇 西陵镇 嫘祖镇 大兴回族乡 莲花湖乡
"""
TOWNSHIPS = tuple(_TOWNSHIP_WORDS.split())
HUI_TOWNSHIP, SILK_TOWNSHIP = "大兴回族乡", "嫘祖镇"
VILLAGES_A_TOWNSHIP, COMMUNITIES_A_TOWNSHIP = (15, 22), (2, 4)

_OFFICE_WORDS = """
    县委办公室 县人大常委会机关 县政府办公室 县政协机关 县纪委监委机关 县委组织部 县委宣传部 县委统战部
    县委政法委 县法院 县检察院 县公安局 县司法局 县财政局 县发展和改革局 县经济信息化和科学技术局
    县教育和体育局 县民政局 县人力资源和社会保障局 县自然资源局 县生态环境局 县住房和城乡建设局
    县交通运输局 县水利局 县农业农村局 县商务局 县文化广播电视和旅游局 县卫生健康局 县退役军人事务局
    县应急管理局 县审计局 县市场监督管理局 县统计局 县医疗保障局 县行政审批局 县综合行政执法局
    县乡村振兴局 县信访局 县税务局 县供销合作社联合社 县总工会 县国有资产监督管理办公室
    县非公有制经济组织和社会组织综合 县经济开发区 县供电公司
"""
OFFICES = tuple(_OFFICE_WORDS.split())
"""The forty-five departments whose committees stand beside the townships'."""
_EDUCATION, _HEALTH, _MARKET = "县教育和体育局", "县卫生健康局", "县市场监督管理局"
_WITH_COMPANIES = frozenset({"县国有资产监督管理办公室", "县非公有制经济组织和社会组织综合", "县经济开发区"})

_VILLAGES = """
    青龙 凤凰 石桥 双井 桑园 柏林 金星 红光 前锋 龙泉 云台 天水 白果 黄桷 茶店 观音
    玉皇 五显 三合 四方 两河 大坪 小坝 梨园 桃园 麻柳 杨柳 松林 竹林 荷花 水井 石龙
    马鞍 牛角 鹿鸣 白鹤 喜鹊 清泉 长堰 新桥 高峰 永丰 团结 和平 光明 胜利 幸福 东风
    蚕丝 锦屏 石牌 檬子 梓江 弥江 湍江 塔子 书房 文昌
"""
_VILLAGE_WORDS = tuple(_VILLAGES.split())
SILK_VILLAGE = "蚕丝"
_COMMUNITIES = "东街 西街 南街 北街 滨江 文星 凤鸣 盐井 嫘城 桂花 新城 老街"
_COMMUNITY_WORDS = tuple(_COMMUNITIES.split())
_SCHOOLS = "实验 城北 城南 云溪 玉龙 富驿 金孔 黄甸 巨龙 高渠 鹅溪 岐伯 文通 永泰 九龙 西陵"
_SCHOOL_WORDS = tuple(_SCHOOLS.split())
_HOSPITALS = ("县人民医院", "县中医医院", "县妇幼保健院", "县疾病预防控制中心")
_TRADES = "蚕丝绸 食品 建材 机械 纺织 农业科技 商贸 物流 生物 包装 服饰 电子 粮油 医药 建筑 旅游"
_TRADE_WORDS = tuple(_TRADES.split())
_COMPANIES = "嫘祖 梓江 锦盐 西陵 川北 华盛 兴农 天丰 宏达 新盐 瑞丰 鑫源 蜀桑 云溪"
_COMPANY_WORDS = tuple(_COMPANIES.split())
_COMPANIES_AN_OFFICE = 64
"""Three offices take theirs from 224 names, so that no company is under two of them."""
_CROPS = ("蚕桑", "水果", "生猪", "蔬菜", "药材", "水产")
_NUMERALS = "一二三四五六七八九十"


class Setting(StrEnum):
    """What kind of people a branch gathers."""

    VILLAGE = "village"
    COMMUNITY = "community"
    OFFICE = "office"
    INSTITUTION = "institution"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    RETIRED = "retired"
    COMPANY = "company"
    TRADERS = "traders"
    COOPERATIVE = "cooperative"


_WEIGHTS = {
    Setting.VILLAGE: (16, 48),
    Setting.COMMUNITY: (14, 40),
    Setting.OFFICE: (6, 15),
    Setting.INSTITUTION: (5, 14),
    Setting.SCHOOL: (8, 24),
    Setting.HOSPITAL: (8, 22),
    Setting.RETIRED: (12, 42),
    Setting.COMPANY: (4, 14),
    Setting.TRADERS: (8, 24),
    Setting.COOPERATIVE: (4, 12),
}


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """A branch before it has members: how large it is against the others."""

    organisation: Organisation
    setting: Setting
    township: str
    weight: int


@dataclass(frozen=True, slots=True)
class Places:
    """All organisations, parents before children, and the branches among them with their settings."""

    organisations: tuple[Organisation, ...]
    branches: tuple[BranchPlan, ...]


class PlaceMaker:
    """Builds the tree from one source of chance."""

    def __init__(self, chance: Random, county_code: str) -> None:
        self._chance = chance
        self._county_code = county_code
        self._organisations: list[Organisation] = []
        self._branches: list[BranchPlan] = []
        self._companies = [f"{word}{trade}公司" for word in _COMPANY_WORDS for trade in _TRADE_WORDS]
        chance.shuffle(self._companies)

    def make(self) -> Places:
        self._add(self._county_code, f"中共{COUNTY_NAME}委员会", Kind.COUNTY_COMMITTEE, "")
        for number, name in enumerate(TOWNSHIPS, start=1):
            self._township(f"t{number:02d}", name)
        for number, name in enumerate(OFFICES, start=1):
            self._office(f"d{number:02d}", name)
        return Places(tuple(self._organisations), tuple(self._branches))

    def _add(self, code: str, name: str, kind: Kind, parent_code: str) -> Organisation:
        organisation = Organisation(code, name, kind, parent_code)
        self._organisations.append(organisation)
        return organisation

    def _branch(self, code: str, name: str, parent_code: str, setting: Setting, township: str = "") -> None:
        organisation = self._add(code, f"{name}党支部", Kind.BRANCH, parent_code)
        weight = self._chance.randint(*_WEIGHTS[setting])
        self._branches.append(BranchPlan(organisation, setting, township, weight))
        if setting is Setting.VILLAGE and weight > 40:
            for group in (1, 2):
                self._add(f"{code}g{group}", f"{name}第{_NUMERALS[group - 1]}党小组", Kind.GROUP, code)

    def _branches_of(
        self, code: str, name: str, parent_code: str, setting: Setting, *, count: int, township: str = ""
    ) -> None:
        """One branch, or a general branch with as many branches as it needs."""
        if count == 1:
            self._branch(code, name, parent_code, setting, township)
            return
        self._add(code, f"{name}党总支", Kind.GENERAL_BRANCH, parent_code)
        for number in range(1, count + 1):
            self._branch(f"{code}b{number}", f"{name}第{_NUMERALS[number - 1]}", code, setting, township)

    def _township(self, code: str, name: str) -> None:
        committee = "工作委员会" if name.endswith("街道") else "委员会"
        self._add(code, f"中共{COUNTY_NAME}{name}{committee}", Kind.TOWNSHIP_COMMITTEE, self._county_code)
        villages = self._chance.sample(_VILLAGE_WORDS, self._chance.randint(*VILLAGES_A_TOWNSHIP))
        if name == SILK_TOWNSHIP:
            # The demonstration people live here, in one branch that is there whatever the seed.
            villages = [SILK_VILLAGE, *(word for word in villages if word != SILK_VILLAGE)]
        for number, word in enumerate(villages, start=1):
            count = 1 if number == 1 or self._chance.random() < 0.62 else self._chance.randint(2, 4)
            full_name = f"{name}{word}村"
            self._branches_of(f"{code}v{number:02d}", full_name, code, Setting.VILLAGE, count=count, township=name)
        words = self._chance.sample(_COMMUNITY_WORDS, self._chance.randint(*COMMUNITIES_A_TOWNSHIP))
        for number, word in enumerate(words, start=1):
            count = 1 if self._chance.random() < 0.6 else self._chance.randint(2, 3)
            full_name = f"{name}{word}社区"
            self._branches_of(f"{code}c{number:02d}", full_name, code, Setting.COMMUNITY, count=count, township=name)
        self._township_units(code, name)

    def _township_units(self, code: str, name: str) -> None:
        units = [("机关", Setting.OFFICE), ("便民服务中心", Setting.INSTITUTION), ("卫生院", Setting.HOSPITAL)]
        units += [("离退休干部", Setting.RETIRED), ("农业服务中心", Setting.INSTITUTION)]
        for number, (unit, setting) in enumerate(units, start=1):
            self._branch(f"{code}a{number:02d}", name + unit, code, setting, name)
        for number, crop in enumerate(self._chance.sample(_CROPS, 3), start=1):
            self._branch(f"{code}e{number:02d}", f"{name}{crop}专业合作社", code, Setting.COOPERATIVE, name)

    def _office(self, code: str, name: str) -> None:
        title = f"中共{COUNTY_NAME}{name.removeprefix('县')}委员会"
        self._add(code, title, Kind.DEPARTMENT_COMMITTEE, self._county_code)
        for number, (unit, setting, count) in enumerate(self._units_of(name), start=1):
            self._branches_of(f"{code}u{number:03d}", unit, code, setting, count=count)

    def _units_of(self, name: str) -> Iterator[tuple[str, Setting, int]]:
        """Unit, setting and number of branches of an office, in a fixed order."""
        office = name.removesuffix("综合")
        yield f"{office.removesuffix('机关')}机关", Setting.OFFICE, self._chance.randint(2, 4)
        yield f"{office}离退休干部", Setting.RETIRED, self._chance.randint(1, 3)
        if name == _EDUCATION:
            for word in _SCHOOL_WORDS:
                yield f"{word}小学", Setting.SCHOOL, self._chance.randint(2, 3)
                yield f"{word}中学", Setting.SCHOOL, self._chance.randint(2, 4)
                yield f"{word}幼儿园", Setting.SCHOOL, 1
            yield "县职业技术学校", Setting.SCHOOL, 6
        elif name == _HEALTH:
            for unit in _HOSPITALS:
                yield unit, Setting.HOSPITAL, self._chance.randint(4, 9)
        elif name == _MARKET:
            for word in _COMMUNITY_WORDS:
                yield f"{word}个体劳动者协会", Setting.TRADERS, 2
        elif name in _WITH_COMPANIES:
            for _ in range(_COMPANIES_AN_OFFICE):
                yield self._companies.pop(), Setting.COMPANY, 1
        else:
            for number in range(self._chance.randint(2, 4)):
                yield f"{office}第{_NUMERALS[number]}下属单位", Setting.INSTITUTION, self._chance.randint(1, 2)
