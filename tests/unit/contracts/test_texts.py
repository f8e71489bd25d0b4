"""Which characters a text of a message may hold: the whole of Unicode is tried, one by one."""

from __future__ import annotations

import sys
from typing import Annotated

import pytest

from services.contracts.errors import InvalidMessage
from services.contracts.wire import Text, load, message


@message
class Note:
    text: Annotated[str, Text(1, 9)]


def refused(text: str) -> bool:
    try:
        load(Note, {"text": text})
    except InvalidMessage:
        return True
    return False


def test_control_characters_and_lone_surrogates_are_refused_and_nothing_else() -> None:
    wrong = {chr(code) for code in (*range(32), 127, *range(0xD800, 0xE000))} - {"\n", "\t"}
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    # In pieces: what is in a clean piece needs no look of its own.
    pieces = [every[start : start + 9] for start in range(0, len(every), 9)]
    found = {one for piece in pieces if refused("".join(piece)) for one in piece if refused(one)}
    assert found == wrong


@pytest.mark.parametrize("text", ["王\x00芳", "\x7f", "a\ud800b", "\udfff"])
def test_one_such_character_spoils_a_text_wherever_it_stands(text: str) -> None:
    assert refused(text)
