"""Chinese type for documents: from a collection of 26 MB, a font of a few hundred glyphs made for one document in milliseconds.

fpdf2 alone would read and cut the whole collection for every document (1.1 s measured). Here it is read once; each document
gets a TrueType font of exactly its own characters, whose outlines are kept for the next one. Owns also the answer to "can this
character be drawn?", because a name must never be printed with a gap.
"""

from __future__ import annotations

import io
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

FACE = "NotoSerifCJKsc"
"""The face of the collection with the mainland's forms of characters."""
MAX_CURVE_ERROR = 1.0
"""Units of the em's 1,000 that a quadratic outline may differ from the cubic one: a fortieth of a millimetre at 72 point."""
MAX_KEPT_OUTLINES = 8_000
"""All common characters; about 3 MB."""
SUBSTITUTE = "〓"
"""The printer's mark for a sort that is not in the case: stands where a character can't be drawn."""


class FontMissing(Exception):
    """There is no such font on this machine."""


@dataclass(frozen=True, slots=True)
class Drawable:
    """A text as it can be drawn, and the characters of it that can't."""

    text: str
    undrawable: tuple[str, ...]


class GlyphBank:
    """One face, read once for the process. One thread at a time works with it."""

    def __init__(self, path: Path) -> None:
        """Raises FontMissing. Takes about half a second."""
        self._lock = threading.Lock()
        self._font = _open_face(path)
        self._names: dict[int, str] = self._font.getBestCmap()
        self._glyphs = self._font.getGlyphSet()
        self._widths = self._font["hmtx"].metrics
        self._units_per_em: int = self._font["head"].unitsPerEm
        self._outlines: dict[str, bytes] = {}

    def close(self) -> None:
        self._font.close()

    def drawable(self, text: str) -> Drawable:
        """Marks of no width of their own (variation selectors, joiners) are left out; they are no characters to a reader."""
        kept: list[str] = []
        missing: dict[str, None] = {}
        with self._lock:
            for character in text:
                if character.isspace():
                    kept.append(" ")
                elif _is_invisible(character):
                    continue
                elif self._can_draw(character):
                    kept.append(character)
                else:
                    kept.append(SUBSTITUTE)
                    missing[character] = None
        return Drawable("".join(kept), tuple(missing))

    def font_for(self, characters: Iterable[str]) -> bytes:
        """A TrueType font file with these characters, each of which must be drawable."""
        wanted = sorted({*characters, SUBSTITUTE, " "})
        with self._lock:
            by_code = {ord(one): self._names[ord(one)] for one in wanted}
            blank = self._font.getGlyphName(0)
            order = [".notdef", *dict.fromkeys(by_code.values())]
            sources = {".notdef": blank} | {name: name for name in order[1:]}
            builder = FontBuilder(self._units_per_em, isTTF=True)
            # PERF: outlines are kept in their final bytes; reckoning their bounds again would unpack every one of them.
            builder.font.recalcBBoxes = False
            builder.setupGlyphOrder(order)
            builder.setupCharacterMap(by_code)
            builder.setupGlyf({name: Glyph() for name in sources}, calcGlyphBounds=False)
            builder.font["glyf"].glyphs = {name: Glyph(self._outline(source)) for name, source in sources.items()}
            builder.setupHorizontalMetrics({name: self._widths[source] for name, source in sources.items()})
            self._describe(builder)
        file = io.BytesIO()
        builder.save(file)
        return file.getvalue()

    def _describe(self, builder: FontBuilder) -> None:
        head, os2 = self._font["hhea"], self._font["OS/2"]
        builder.setupHorizontalHeader(ascent=head.ascent, descent=head.descent)
        name = "NotoSerifCJKsc-Regular"
        builder.setupNameTable({"familyName": FACE, "styleName": "Regular", "fullName": name, "psName": name})
        builder.setupOS2(sCapHeight=os2.sCapHeight, usWeightClass=os2.usWeightClass)
        builder.setupPost()
        source = self._font["head"]
        # The collection's own dates, so that the same receipt is the same bytes on another day.
        builder.updateHead(
            created=source.created,
            modified=source.modified,
            xMin=source.xMin,
            yMin=source.yMin,
            xMax=source.xMax,
            yMax=source.yMax,
        )

    def _can_draw(self, character: str) -> bool:
        name = self._names.get(ord(character))
        # A glyph without an outline would leave a gap that looks like nothing was lost.
        return name is not None and self._outline(name) != b""

    def _outline(self, name: str) -> bytes:
        """The glyph in TrueType's own bytes; none for one that draws nothing."""
        outline = self._outlines.get(name)
        if outline is None:
            pen = TTGlyphPen(None)
            self._glyphs[name].draw(Cu2QuPen(pen, MAX_CURVE_ERROR, reverse_direction=True))
            glyph = pen.glyph()
            glyph.recalcBounds(None)
            outline = glyph.compile(None, recalcBBoxes=False)
            if len(self._outlines) >= MAX_KEPT_OUTLINES:
                self._outlines.clear()
            self._outlines[name] = outline
        return outline


def _open_face(path: Path) -> TTFont:
    try:
        collection = TTCollection(str(path), lazy=True)
    except OSError as fault:
        raise FontMissing(f"{path} is not there: install the package fonts-noto-cjk") from fault
    for font in collection.fonts:
        if str(font["name"].getDebugName(6)).startswith(FACE):
            return font
    raise FontMissing(f"{path} holds no face {FACE}")


def _is_invisible(character: str) -> bool:
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return True
    return unicodedata.category(character) in ("Cf", "Cc")
