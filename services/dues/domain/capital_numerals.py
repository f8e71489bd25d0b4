"""Amounts in Chinese capital numerals, as receipts write them so that nobody can add a stroke: 人民币贰拾肆元整.

Follows the rules for filling in vouchers: 整 after yuan and after jiao, never after fen; one 零 for any run of zeros
inside; 零 after 元 when there are fen but no jiao; 壹拾, never 拾 alone. Where those rules leave a choice (a zero at the
end of the yuan or of the 万, before something else) no 零 is written.
"""

from __future__ import annotations

FEN_PER_YUAN, FEN_PER_JIAO = 100, 10
MAX_CAPITAL_FEN = 99_999_999_999_999  # 9999 亿 and all below it: no unit above 亿 is needed
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_SECTIONS = ("", "万", "亿")
_SECTION = 10_000


def _section_text(value: int) -> str:
    """One group of four digits, 1 to 9999, without its unit and without leading or trailing 零."""
    text, zero_waiting = "", False
    for place in range(3, -1, -1):
        digit = value // 10**place % 10
        if digit == 0:
            zero_waiting = bool(text)
            continue
        text += ("零" if zero_waiting else "") + _DIGITS[digit] + _PLACES[place]
        zero_waiting = False
    return text


def _yuan_text(yuan: int) -> str:
    """A positive number of yuan, group by group of four digits from the highest."""
    text, skipped_zero = "", False
    for index in range(len(_SECTIONS) - 1, -1, -1):
        value = yuan // _SECTION**index % _SECTION
        if value == 0:
            skipped_zero = bool(text)
            continue
        # A group that does not fill its thousands leaves a zero between itself and the group above.
        gap = bool(text) and (skipped_zero or value < _SECTION // 10)
        text += ("零" if gap else "") + _section_text(value) + _SECTIONS[index]
        skipped_zero = False
    return text


def capital_amount(amount_fen: int) -> str:
    """The amount as a receipt writes it. ValueError outside 0 to ``MAX_CAPITAL_FEN``."""
    if not 0 <= amount_fen <= MAX_CAPITAL_FEN:
        raise ValueError(f"no capital numerals for {amount_fen} fen")
    yuan, rest = divmod(amount_fen, FEN_PER_YUAN)
    jiao, fen = divmod(rest, FEN_PER_JIAO)
    text = "人民币"
    if yuan or not rest:
        text += (_yuan_text(yuan) or _DIGITS[0]) + "元"
    if jiao:
        text += _DIGITS[jiao] + "角"
    elif fen and yuan:
        text += _DIGITS[0]
    return text + (_DIGITS[fen] + "分" if fen else "整")
