"""Invented people's names: family and given names as they are met in northern Sichuan, the rare and the long ones among them.

Owns the lists. They were put together for this purpose from common words; a name that happens to be somebody's is chance.
"""

from __future__ import annotations

from random import Random

from services.members.domain.identity_number import Sex

_COMMON_SURNAMES = tuple("王李张刘陈杨赵黄周吴何罗邓谢冯任蒲杜勾岳胥")
_OTHER_SURNAMES = (
    *"徐孙胡朱高林郭马梁宋郑韩唐于董萧程曹袁许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘戴夏钟汪田姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱",
    *"汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢骆岑齐涂简青蒙景鲜敬雍衡",
    *("欧阳", "司马", "上官", "诸葛", "夏侯", "令狐"),
)
_HUI_SURNAMES = tuple("马马马苏哈撒答海锁铁蒲王李杨")

_OLD_MEN = tuple("德明光国正清荣华富贵全成兴福寿安平忠义仁廷绍开文武朝治怀定登仕永万长学道世昌友元顺")
_OLD_WOMEN = tuple("秀英桂兰珍芳素琼淑华玉莲碧清翠蓉凤仙菊香贵会群莲琴朝惠蓉")
_MIDDLE_MEN = tuple("建国军勇伟强志明文刚斌海波林平辉云龙涛超洪俊兵涌小永宏俊全春")
_MIDDLE_WOMEN = tuple("丽红霞燕梅玲艳群敏静莉萍琼英娟蓉华晓琳春小慧平容")
_YOUNG_MEN = tuple("浩然子轩宇航俊杰博文天佑鑫磊鹏飞睿哲志豪嘉明泽瑞凯思远逸")
_YOUNG_WOMEN = tuple("欣怡雨涵梓萱诗琪佳思语嫣婷雪琳静瑶晨曦可馨悦颖雅楠璐")
_RARE = tuple("䶮镕喆堃昇犇淼燚翀珺赟玥彧祎頔烜垚锟琮玮\U0002b5af\U0002cc56")
"""Characters that fonts and old systems stumble over; the last two lie beyond the first plane."""
RARE_SHARE = 0.008

_YI_FAMILIES = ("吉克", "沙马", "曲比", "阿牛", "俄木", "海来", "阿苏", "勒格")
_YI_GIVEN = {
    Sex.MALE: ("木呷", "尔古", "拉且", "伍呷", "子日", "克古", "史布", "木基"),
    Sex.FEMALE: ("阿呷", "阿芝", "伍各", "阿果", "么色", "阿洛", "史西", "木果"),
}
_UYGUR_GIVEN = {
    Sex.MALE: ("阿迪力", "买买提", "吐尔逊", "艾合买提", "木拉提", "依明"),
    Sex.FEMALE: ("阿依古丽", "古丽娜尔", "热依汗", "帕提古丽", "迪丽拜尔", "阿孜古丽"),
}
_UYGUR_FATHERS = ("吾买尔", "卡德尔", "热合曼", "阿布都拉", "尼亚孜", "沙吾提")

HAN, HUI, YI, UYGUR, QIANG, TIBETAN = "汉族", "回族", "彝族", "维吾尔族", "羌族", "藏族"
_OLD_FROM_AGE, _MIDDLE_FROM_AGE = 58, 33


class NameMaker:
    """Makes names from one source of chance."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance

    def surname(self, nation: str = HAN) -> str:
        if nation == HUI:
            return self._chance.choice(_HUI_SURNAMES)
        surnames: tuple[str, ...] = _COMMON_SURNAMES if self._chance.random() < 0.62 else _OTHER_SURNAMES
        return self._chance.choice(surnames)

    def name(self, sex: Sex, age: int, nation: str = HAN, surname: str = "") -> str:
        """A full name; ``surname`` keeps a family together where names are made of surname and given name."""
        if nation == YI:
            return f"{self._chance.choice(_YI_FAMILIES)}·{self._chance.choice(_YI_GIVEN[sex])}"
        if nation == UYGUR:
            return f"{self._chance.choice(_UYGUR_GIVEN[sex])}·{self._chance.choice(_UYGUR_FATHERS)}"
        return (surname or self.surname(nation)) + self._given(sex, age)

    def _given(self, sex: Sex, age: int) -> str:
        characters = _characters(sex, age)
        first, second = self._chance.choice(characters), self._chance.choice(characters)
        if self._chance.random() < RARE_SHARE:
            second = self._chance.choice(_RARE)
        # One given name in six is a single character.
        return second if self._chance.random() < 0.17 else first + second


def _characters(sex: Sex, age: int) -> tuple[str, ...]:
    men = sex is Sex.MALE
    if age >= _OLD_FROM_AGE:
        return _OLD_MEN if men else _OLD_WOMEN
    if age >= _MIDDLE_FROM_AGE:
        return _MIDDLE_MEN if men else _MIDDLE_WOMEN
    return _YOUNG_MEN if men else _YOUNG_WOMEN
