"""What every printed paper shares: colours, the words that its font is made of, a text's place, and the file at the end."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from gateway.documents.fonts import SUBSTITUTE, GlyphBank

Colour = tuple[int, int, int]
DEEP: Colour = (143, 16, 21)
GOLD: Colour = (240, 200, 122)
GOLD_TEXT: Colour = (138, 100, 20)
INK: Colour = (33, 28, 23)
SECOND: Colour = (101, 93, 84)
HAIRLINE: Colour = (222, 215, 206)
PAPER: Colour = (247, 245, 242)
WARN: Colour = (166, 83, 0)
WARN_PAPER: Colour = (255, 243, 222)
WHITE: Colour = (255, 255, 255)
FONT = "serif"


class Words:
    """Every text of a paper passes here first: the font is made from exactly these, and what can't be drawn is found."""

    def __init__(self, bank: GlyphBank) -> None:
        self._bank = bank
        self._characters: set[str] = set()
        self._undrawable: dict[str, None] = {}

    def __call__(self, text: str) -> str:
        """As it can be drawn, with ``SUBSTITUTE`` for what cannot."""
        drawable = self._bank.drawable(text)
        self._characters.update(drawable.text)
        self._undrawable.update(dict.fromkeys(drawable.undrawable))
        return drawable.text

    @property
    def undrawable(self) -> tuple[str, ...]:
        return tuple(self._undrawable)

    def note(self) -> str:
        """Names what could not be drawn; empty when everything could."""
        codes = "、".join(f"U+{ord(character):04X}" for character in self.undrawable)
        return self(f"“{SUBSTITUTE}”处为字库未收录的字，其统一码为：{codes}。") if codes else ""

    def font(self) -> bytes:
        """A font of what was said so far."""
        return self._bank.font_for(self._characters)


class Paper(FPDF):  # type: ignore[misc]
    """A document in millimetres whose pages break where the drawing says."""

    def made(self, words: Words, title: str, made_at: datetime, draw: Callable[[], None]) -> bytes:
        """The file, after ``draw`` has put on its pages what was said to ``words`` before."""
        self.set_creation_date(made_at.astimezone(UTC))
        self.set_title(title)
        self.set_lang("zh-CN")
        self.set_auto_page_break(False)
        # fpdf2 takes a font from a path only; it reads this one before the block ends.
        with tempfile.NamedTemporaryFile(suffix=".ttf") as file:
            file.write(words.font())
            file.flush()
            self.add_font(FONT, "", file.name)
            draw()
            return bytes(self.output())

    def put(
        self,
        x: float,
        y: float,
        width: float,
        text: str,
        size: float,
        *,
        colour: Colour,
        align: str = "L",
        line: float = 0.0,
    ) -> float:
        """Writes a text, in several lines where it must; the height below it."""
        self.set_font(FONT, size=size)
        self.set_text_color(*colour)
        self.set_xy(x, y)
        self.multi_cell(
            width,
            line or size * 0.5,
            text,
            align=align,
            wrapmode="CHAR",
            padding=0,
            new_x=XPos.LMARGIN,
            new_y=YPos.NEXT,
        )
        below: float = self.get_y()
        return below
