"""The nations (民族) that a register may name: the fifty-six of the state, and the three entries that registers use besides."""

from __future__ import annotations

_FIFTY_SIX = """
    汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土
    达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲
    门巴 珞巴 基诺
"""
NATIONS = frozenset(f"{name}族" for name in _FIFTY_SIX.split()) | {"穿青人", "未定族称人口", "外国血统中国籍人士"}


def normal_nation(text: str) -> str | None:
    """The written form, 汉族 for 汉 too; None when there is no such nation."""
    if text in NATIONS:
        return text
    return f"{text}族" if f"{text}族" in NATIONS else None
