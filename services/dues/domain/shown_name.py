"""A person's name shortened for pages that others may see: 王*明. The same everywhere.

Keeps the first and the last character and hides what lies between; of two, keeps the first. The dot of a name such as
阿依古丽·买买提 is kept, since it is no secret and says that what follows is another part.
"""

from __future__ import annotations

import unicodedata

HIDDEN = "*"
DOT = "·"
MAX_NAME_LENGTH = 100
_DOTS = frozenset("·•‧・∙⋅")  # what keyboards and old rosters use for the one dot of the standard


def _joins_before(mark: str) -> bool:
    """Whether the character only changes the one before it: variation selectors (rare name characters), accents."""
    return unicodedata.combining(mark) != 0 or unicodedata.category(mark) in ("Mn", "Me")


def _characters(name: str) -> list[str]:
    """The characters as a reader sees them, spaces dropped, dots made one kind."""
    seen: list[str] = []
    for mark in name[:MAX_NAME_LENGTH]:
        if mark.isspace():
            continue
        if seen and _joins_before(mark):
            seen[-1] += mark
        else:
            seen.append(DOT if mark in _DOTS else mark)
    return seen


def shorten_name(name: str) -> str:
    """王明 gives 王*, 王小明 gives 王*明, 欧阳小明 gives 欧**明. A single character is hidden whole, an empty name is ``*``."""
    characters = _characters(name)
    letters = [place for place, character in enumerate(characters) if character != DOT]
    if len(letters) < 2:
        return HIDDEN
    shown = {letters[0]} if len(letters) == 2 else {letters[0], letters[-1]}
    return "".join(
        character if place in shown or character == DOT else HIDDEN for place, character in enumerate(characters)
    )
