"""Puts rows into the sheets of a finished workbook, as they come, one after the other.

Owns the few lines of XML that a row is. xlsxwriter makes everything around them. Its own way to write rows one at a time took
seven seconds of CPU for the roster of a county and takes a text between ``<r>`` tags for markup; this takes one second and knows
no markup. A test writes the same cells both ways and reads the same back.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import BinaryIO
from xml.sax.saxutils import escape

SheetCell = str | date | None

_DAY_ZERO = date(1899, 12, 30)
"""Day 0 of Excel's calendar for every date after February 1900."""
_FIRST_ROW = 2
"""Beneath the header."""
_ROWS_A_WRITE = 200
_COMPRESSION = 5
_END_OF_ROWS = b"</sheetData>"
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')
_COLUMN_LOOK = re.compile(rb'<col min="(\d+)" [^>]*style="(\d+)"')
_NAME_OF_SHEET = re.compile(r'<sheet name="([^"]*)"')
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML can't hold. No text of the roster has them; one that came in otherwise loses them instead of spoiling the file."""
_ESCAPE_OF_EXCEL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""Excel reads _x0041_ in a text as the letter A; the low line itself is _x005F_."""


def fill_sheets(frame: BinaryIO, target: BinaryIO, rows: Mapping[str, Iterable[tuple[SheetCell, ...]]]) -> None:
    """Copies the workbook ``frame`` to ``target`` and adds these rows to its sheets by name, beneath their headers."""
    with (
        zipfile.ZipFile(frame) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as book,
    ):
        names = _NAME_OF_SHEET.findall(source.read("xl/workbook.xml").decode())
        sheets = {f"xl/worksheets/sheet{number}.xml": name for number, name in enumerate(names, start=1)}
        for info in source.infolist():
            content = source.read(info)
            # By name and not by the source's entry: a new entry carries no time of day.
            with book.open(info.filename, "w") as part:
                if info.filename not in sheets:
                    part.write(content)
                    continue
                # The extent is optional and would have to be known before the first row is.
                head, tail = _DIMENSION.sub(b"", content).split(_END_OF_ROWS)
                part.write(head)
                for some in _written(rows[sheets[info.filename]], _looks(content)):
                    part.write(some)
                part.write(_END_OF_ROWS + tail)


def _looks(content: bytes) -> dict[int, str]:
    """The look of each column, counted from 0, as the attribute of a cell."""
    return {int(place) - 1: f' s="{look.decode()}"' for place, look in _COLUMN_LOOK.findall(content)}


def _written(rows: Iterable[tuple[SheetCell, ...]], looks: Mapping[int, str]) -> Iterator[bytes]:
    """The rows as XML, a few hundred at a time."""
    some: list[str] = []
    starts = [f'<c r="{chr(ord("A") + place)}%d"{looks.get(place, "")}' for place in range(26)]
    for number, cells in enumerate(rows, start=_FIRST_ROW):
        line = [_cell(start % number, cell) for start, cell in zip(starts, cells, strict=False) if cell]
        some.append(f'<row r="{number}">{"".join(line)}</row>')
        if len(some) == _ROWS_A_WRITE:
            yield "".join(some).encode()
            some.clear()
    yield "".join(some).encode()


def _cell(start: str, cell: SheetCell) -> str:
    if isinstance(cell, date):
        return f"{start}><v>{(cell - _DAY_ZERO).days}</v></c>"
    text = cell or ""
    if not text.isalnum():
        text = escape(_ESCAPE_OF_EXCEL.sub("_x005F_", _UNWRITABLE.sub("", text)))
    return f'{start} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
