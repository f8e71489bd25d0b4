"""People's names: one written form for one name, so that the same person is found however the name was typed.

Owns the normal form and what may stand in a name. Knows nothing of who bears it.
"""

from __future__ import annotations

import unicodedata

MIN_CHARACTERS, MAX_CHARACTERS = 2, 60
"""A family name and a given name at least; the longest names of the registers with room to spare."""
MIDDLE_DOT = "·"
_DOTS = str.maketrans(dict.fromkeys("•・‧∙⋅●⸱.", MIDDLE_DOT))
"""What keyboards and old systems write for the dot between the parts of many Uygur, Tibetan and Yi names."""
_DROPPED = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_LETTERS = frozenset({"Lo", "Lu", "Ll", "Lm", "Mn"})


def normal_name(text: str) -> str:
    """The one form in which a name is stored and compared: NFKC, no white space, one kind of dot, no glyph selectors.

    Registers pad two-character names with a space to line them up with the others (王 明); the space is no part of the name.
    """
    compatible = unicodedata.normalize("NFKC", text).translate(_DOTS)
    kept = "".join(c for c in compatible if unicodedata.category(c) not in _DROPPED and not _selects_glyph(c))
    # Once more, since an accent that stood after a blank now stands after a letter.
    return unicodedata.normalize("NFC", kept)


def is_name(text: str) -> bool:
    """Whether a text in normal form can be a person's name: letters of any script, dots only between them.

    Characters of the private use areas are refused: old systems wrote 䶮 and others there, each in its own way, so that
    nobody else can draw or find them.
    """
    if not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
        return False
    parts = text.split(MIDDLE_DOT)
    return all(part and all(_is_letter(c) for c in part) for part in parts)


def _is_letter(character: str) -> bool:
    """The ideographic planes count whole: Python's tables are years behind the characters that registers already use."""
    return unicodedata.category(character) in _LETTERS or 0x20000 <= ord(character) <= 0x3FFFD


def _selects_glyph(character: str) -> bool:
    """Variation selectors choose a drawing of the character before them, never another name."""
    code = ord(character)
    return 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF
