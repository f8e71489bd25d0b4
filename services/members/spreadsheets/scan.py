"""Looks through the XML of a workbook as it streams by, before any reader builds cells from it.

Owns the bounds of a sheet (rows, columns, text) and the search for formulas, which calamine does not show. Builds nothing and
keeps a handful of numbers. Entities and document types are refused: no spreadsheet program writes them.
"""

from __future__ import annotations

from array import array
from xml.parsers import expat

from services.members.spreadsheets.refusal import FileFault, FileRefused

MAX_ROWS = 60_001
"""Header and members: twice the county of the product, a third of what the memory of a process allows."""
MAX_COLUMNS = 26
"""A to Z: the form has fifteen. One letter also keeps the check of an address short."""
MAX_SHARED_STRINGS = 1_000_000
MAX_TEXT_CHARACTERS = 40_000_000
"""Of all cells together, counted as they will be read: a text that is stored once may stand in every cell."""
MAX_NAMED_FORMULAS = 10
MAX_TAG_NAMES = 1_000

_SPREADSHEET = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
_FORMULA_TAGS = frozenset(f"{namespace} f" for namespace in _SPREADSHEET)
"""Only in these namespaces is an f a cell's formula; drop-down lists keep references of their own under the same short name."""


class PartScanner:
    """Checks that a part is plain UTF-8 XML without declarations that could grow. Feed it the chunks, then close it."""

    def __init__(self) -> None:
        # The given encoding overrides what the document says of itself, so that every reader sees the same characters.
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartDoctypeDeclHandler = _refuse_declaration
        self._parser.EntityDeclHandler = _refuse_declaration
        self._short: dict[str, str] = {}

    def feed(self, chunk: bytes) -> None:
        try:
            self._parser.Parse(chunk, False)
        except expat.ExpatError:
            raise FileRefused(FileFault.DAMAGED) from None

    def close(self) -> None:
        try:
            self._parser.Parse(b"", True)
        except expat.ExpatError:
            raise FileRefused(FileFault.DAMAGED) from None

    def short_name(self, name: str) -> str:
        """A tag's name without its namespace, as calamine compares it."""
        short = self._short.get(name)
        if short is None:
            if len(self._short) >= MAX_TAG_NAMES:
                raise FileRefused(FileFault.UNSAFE_XML)
            short = self._short[name] = name.rpartition(" ")[2]
        return short


class SharedStringsScanner(PartScanner):
    """Lengths of the shared strings, in characters, by their number."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths = array("L")
        self._parser.StartElementHandler = self._start
        self._parser.CharacterDataHandler = self._text
        self._parser.buffer_text = True

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        if self.short_name(name) == "si":
            if len(self.lengths) >= MAX_SHARED_STRINGS:
                raise FileRefused(FileFault.TOO_MUCH_TEXT)
            self.lengths.append(0)

    def _text(self, text: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(text)


class TextBudget:
    """How much text the cells of all sheets may still hold."""

    def __init__(self, shared_lengths: array[int]) -> None:
        self._shared = shared_lengths
        self._left = MAX_TEXT_CHARACTERS

    def spend(self, text: str, *, is_shared: bool) -> None:
        """Takes a cell's text away, for a shared one the text that its number stands for."""
        self._left -= self._shared_length(text.strip()) if is_shared else len(text)
        if self._left < 0:
            raise FileRefused(FileFault.TOO_MUCH_TEXT, limit=str(MAX_TEXT_CHARACTERS))

    def _shared_length(self, number: str) -> int:
        """Anything but plain digits is refused, since a reader might understand more ways to write a number than this one."""
        if not number:
            return 0
        if not (number.isascii() and number.isdigit()) or len(number) > 9 or int(number) >= len(self._shared):
            raise FileRefused(FileFault.DAMAGED)
        return self._shared[int(number)]


class SheetScanner(PartScanner):
    """Bounds and formulas of one sheet."""

    def __init__(self, budget: TextBudget) -> None:
        super().__init__()
        self._budget = budget
        self._row = self._cells_in_row = 0
        self._row_text = self._address = ""
        self._is_shared = self._in_number = False
        self.formulas: list[str] = []
        self.formula_count = 0
        self._parser.StartElementHandler = self._start
        self._parser.CharacterDataHandler = self._text
        self._parser.buffer_text = True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        # PERF: called for each of a million tags; the look-up stands here before the method that fills it.
        tag = self._short.get(name) or self.short_name(name)
        if self._in_number:
            raise FileRefused(FileFault.DAMAGED)
        if tag == "c":
            self._cell(attributes)
        elif tag == "v":
            if self._is_shared:
                self._in_number = True
                self._parser.EndElementHandler = self._end_of_number
        elif tag == "row":
            self._row = _row_number(attributes.get("r"), self._row + 1)
            self._row_text = str(self._row)
            self._cells_in_row = 0
        elif tag == "f" and name in _FORMULA_TAGS:
            self.formula_count += 1
            if len(self.formulas) < MAX_NAMED_FORMULAS:
                self.formulas.append(self._address)

    def _cell(self, attributes: dict[str, str]) -> None:
        self._cells_in_row += 1
        if self._cells_in_row > MAX_COLUMNS:
            raise FileRefused(FileFault.TOO_MANY_COLUMNS, limit=str(MAX_COLUMNS))
        address = attributes.get("r")
        if address is None:
            address = f"{chr(ord('A') + self._cells_in_row - 1)}{self._row}"
        elif address[1:] != self._row_text or not "A" <= address[0] <= "Z":
            # PERF: hardly ever gets here, since a cell stands in the row that it is written in.
            _check_address(address)
        self._address = address
        self._is_shared = attributes.get("t") == "s"

    def _text(self, text: str) -> None:
        self._budget.spend(text, is_shared=self._in_number)

    def _end_of_number(self, _name: str) -> None:
        """PERF: listened for only while a shared string's number is read; all other ends go by unheard."""
        self._in_number = False
        self._parser.EndElementHandler = None


def _row_number(text: str | None, following: int) -> int:
    if text is not None and not (text.isascii() and text.isdigit()):
        raise FileRefused(FileFault.DAMAGED)
    number = following if text is None else int(text[:9])
    if number > MAX_ROWS:
        raise FileRefused(FileFault.TOO_MANY_ROWS, limit=str(MAX_ROWS - 1))
    return number


def _check_address(address: str) -> None:
    """A cell far out makes a reader lay out all the empty cells before it: a table of every address up to there."""
    letter, digits = address[:1], address[1:]
    if not ("A" <= letter <= "Z" and address.isascii()):
        raise FileRefused(FileFault.DAMAGED)
    if not digits.isdigit():
        wide = digits[:1].isalpha()
        raise FileRefused(FileFault.TOO_MANY_COLUMNS if wide else FileFault.DAMAGED, limit=str(MAX_COLUMNS))
    _row_number(digits, 0)


def _refuse_declaration(*_: object) -> None:
    raise FileRefused(FileFault.UNSAFE_XML)
