"""A library of roster files that must change nothing: each with the reason for which the file as a whole is refused."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.members.domain.roster.form import MEMBERS_SHEET, ORGANISATIONS_SHEET, Column
from services.members.spreadsheets.package import MAX_FILE_BYTES, MAX_PARTS, MAX_SHEETS, MAX_UNPACKED_BYTES
from services.members.spreadsheets.refusal import FileFault
from services.members.spreadsheets.roster_reader import MAX_ORGANISATIONS
from services.members.spreadsheets.scan import MAX_ROWS
from tests.unit.members.workbook_kit import (
    HEADER,
    ROW,
    SHEET,
    SHEET_2,
    good,
    organisation_book,
    parts,
    patched,
    replaced,
    roster_book,
    with_part,
    without_part,
    workbook,
    zipped,
)

F = FileFault


@dataclass(frozen=True, slots=True)
class BadFile:
    """A way to make a bad file, the fault it must be refused for, and what of the detail matters."""

    name: str
    make: Callable[[], bytes]
    fault: FileFault
    detail: dict[str, str] = field(default_factory=dict)


def _formula(book: Any) -> None:
    book.worksheets()[0].write_formula(1, 0, '=HYPERLINK("x")', None, "李晓峰")


def _array_formula(book: Any) -> None:
    book.worksheets()[0].write_array_formula(1, 4, 1, 4, "{=A1:A2}", None, 1)


def _hidden_formula_sheet(book: Any) -> None:
    sheet = book.add_worksheet("说明")
    sheet.write_formula(6, 2, "=1+1")
    sheet.very_hidden()


def _cells_row(number: int) -> bytes:
    return f'<row r="{number}"><c r="A{number}" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'.encode()


def _one_string_everywhere() -> bytes:
    """One long text, stored once, standing in every cell: small as a file, gigabytes in memory."""
    count = 3000
    cells = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{chr(65 + place)}{row}" t="s"><v>0</v></c>' for place in range(15))
        + "</row>"
        for row in range(2, count)
    )
    book = replaced(roster_book(), b"</sheetData>", cells.encode() + b"</sheetData>")
    return replaced(book, b"<si><t>", b"<si><t>" + b"x" * 1000, "xl/sharedStrings.xml")


def _twice(name: str) -> bytes:
    content = list(parts(good()).items())
    return zipped([*content, (name.upper(), b"<worksheet/>")])


def _false_size() -> bytes:
    """The directory says that the sheet is shorter than it is: one reader stops there, another one reads on."""
    data = bytearray(good())
    size = len(parts(bytes(data))[SHEET])
    start = data.rindex(SHEET.encode()) - 46
    assert data[start : start + 4] == b"PK\x01\x02"
    assert struct.unpack_from("<L", data, start + 24) == (size,)
    struct.pack_into("<L", data, start + 24, size - 200)
    return bytes(data)


def _wrong_checksum() -> bytes:
    data = bytearray(good())
    start = data.rindex(SHEET.encode()) - 46
    struct.pack_into("<L", data, start + 16, 0)
    return bytes(data)


def _zip64() -> bytes:
    data = good()
    end = data.rindex(b"PK\x05\x06")
    return data[:end] + b"PK\x06\x07" + b"\0" * 16 + data[end:]


def _encrypted_part() -> bytes:
    data = bytearray(good())
    start = data.rindex(SHEET.encode()) - 46
    data[start + 8] |= 1
    return bytes(data)


def _entity_bomb() -> bytes:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
    head = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{laughs}]>'.encode()
    sheet = parts(good())[SHEET]
    return with_part(good(), SHEET, head + sheet[sheet.index(b"<worksheet") :].replace("李晓峰".encode(), b"&l8;"))


def _utf_16() -> bytes:
    sheet = parts(good())[SHEET].decode()
    return with_part(good(), SHEET, sheet.replace("UTF-8", "UTF-16").encode("utf-16"))


def _bomb(megabytes: int) -> bytes:
    return with_part(good(), "xl/worksheets/sheet3.xml", b" " * (megabytes * 2**20))


def _header(*changes: tuple[int, Any]) -> bytes:
    header: list[Any] = list(HEADER)
    for place, name in changes:
        header[place] = name
    return roster_book(header=header)


def _many_tags() -> bytes:
    tags = "".join(f"<a{number}/>" for number in range(2000)).encode()
    return replaced(good(), b"<sheetData>", tags + b"<sheetData>")


NOT_WORKBOOKS = [
    BadFile("empty file", lambda: b"", F.NOT_EXCEL),
    BadFile("csv named xlsx", lambda: ",".join(HEADER).encode(), F.NOT_EXCEL),
    BadFile("page named xls", lambda: b"<html><table><tr><td>", F.NOT_EXCEL),
    BadFile("word document", lambda: zipped([("word/document.xml", b"<w/>")]), F.NOT_EXCEL),
    BadFile("xlsb without workbook.xml", lambda: without_part(good(), "xl/workbook.xml"), F.NOT_EXCEL),
    BadFile("old xls or under a password", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, F.OLD_OR_LOCKED),
    BadFile("encrypted part", _encrypted_part, F.OLD_OR_LOCKED),
    BadFile("cut off", lambda: good()[:-300], F.DAMAGED),
    BadFile("garbled in the middle", lambda: good()[:900] + b"\xff" * 40 + good()[940:], F.DAMAGED),
    BadFile("wrong checksum", _wrong_checksum, F.DAMAGED),
    BadFile("false size in the directory", _false_size, F.DAMAGED),
    BadFile("part twice in other letters", lambda: _twice(SHEET), F.DAMAGED),
    BadFile("64-bit directory beside the plain one", _zip64, F.DAMAGED),
    BadFile("sheet that is no XML", lambda: with_part(good(), SHEET, b"\x00\x01rubbish"), F.DAMAGED),
    BadFile("sheet that ends too early", lambda: with_part(good(), SHEET, parts(good())[SHEET][:-30]), F.DAMAGED),
    BadFile("sheet in another encoding", _utf_16, F.DAMAGED),
    BadFile("workbook without relations", lambda: without_part(good(), "xl/_rels/workbook.xml.rels"), F.DAMAGED),
    BadFile("relation to a sheet that is not there", lambda: without_part(good(), SHEET), F.DAMAGED),
]

BOMBS = [
    BadFile("larger than any roster", lambda: good() + b"\0" * MAX_FILE_BYTES, F.FILE_TOO_LARGE),
    BadFile("zip bomb by ratio", lambda: _bomb(60), F.UNPACKS_TOO_LARGE),
    BadFile("zip bomb by size", lambda: _bomb(MAX_UNPACKED_BYTES // 2**20 + 1), F.UNPACKS_TOO_LARGE),
    BadFile(
        "styles without end",
        lambda: with_part(good(), "xl/styles.xml", b"<a>" + bytes(range(32, 60)) * 200_000),
        F.UNPACKS_TOO_LARGE,
    ),
    BadFile(
        "too many parts",
        lambda: zipped([*parts(good()).items(), *((f"x/{n}", b"") for n in range(MAX_PARTS))]),
        F.TOO_MANY_PARTS,
    ),
    BadFile("directory of a million entries", lambda: patched(good(), 12, "<L", 46_000_000), F.TOO_MANY_PARTS),
    BadFile("entities that grow", _entity_bomb, F.UNSAFE_XML),
    BadFile("thousands of tag names", _many_tags, F.UNSAFE_XML),
    BadFile("one long text in every cell", _one_string_everywhere, F.TOO_MUCH_TEXT),
    BadFile(
        "text number that only some readers understand",
        lambda: replaced(roster_book(), b"<v>0</v>", b"<v>+0</v>"),
        F.DAMAGED,
    ),
    BadFile(
        "cell in the last row of Excel", lambda: replaced(good(), b"</sheetData>", _cells_row(1048576)), F.TOO_MANY_ROWS
    ),
    BadFile("cell in the last column of Excel", lambda: replaced(good(), b'r="N2"', b'r="XFD2"'), F.TOO_MANY_COLUMNS),
    BadFile("address beyond all numbers", lambda: replaced(good(), b'r="N2"', b'r="N99999999999999"'), F.TOO_MANY_ROWS),
    BadFile("address that is none", lambda: replaced(good(), b'r="N2"', b'r="??"'), F.DAMAGED),
    BadFile("row number that is none", lambda: replaced(good(), b'<row r="2"', b'<row r="x"'), F.DAMAGED),
    BadFile(
        "cells without addresses, too many in a row",
        lambda: replaced(good(), b'<row r="2">', b'<row r="2">' + b"<c/>" * 30),
        F.TOO_MANY_COLUMNS,
    ),
    BadFile("one row too many", lambda: replaced(good(), b"</sheetData>", _cells_row(MAX_ROWS + 1)), F.TOO_MANY_ROWS),
    BadFile(
        "too many organisations",
        lambda: replaced(good(), b"</sheetData>", _cells_row(MAX_ORGANISATIONS + 2), SHEET_2),
        F.TOO_MANY_ROWS,
        {"sheet": ORGANISATIONS_SHEET},
    ),
]

ACTIVE = [
    BadFile("macros", lambda: with_part(good(), "xl/vbaProject.bin", b"x"), F.MACROS),
    BadFile("macro sheet of 1992", lambda: with_part(good(), "xl/macrosheets/sheet1.xml", b"<x/>"), F.MACROS),
    BadFile(
        "link to another file",
        lambda: with_part(good(), "xl/externalLinks/externalLink1.xml", b"<x/>"),
        F.EXTERNAL_LINKS,
    ),
    BadFile("connection to a database", lambda: with_part(good(), "xl/connections.xml", b"<x/>"), F.EXTERNAL_LINKS),
    BadFile("document inside", lambda: with_part(good(), "xl/embeddings/oleObject1.bin", b"x"), F.EMBEDDED_OBJECTS),
    BadFile("formula", lambda: roster_book(tweak=_formula), F.FORMULA_CELLS, {"cells": "A2", "count": "1"}),
    BadFile("array formula", lambda: roster_book(tweak=_array_formula), F.FORMULA_CELLS, {"cells": "E2"}),
    BadFile(
        "formula on a hidden sheet", lambda: roster_book(tweak=_hidden_formula_sheet), F.FORMULA_CELLS, {"cells": "C7"}
    ),
    BadFile(
        "formula under a prefix",
        lambda: replaced(
            good(), b"</sheetData>", b'</sheetData><x:f xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main">1</x:f>'
        ),
        F.FORMULA_CELLS,
    ),
]

WRONG_FORM = [
    BadFile("no such sheet", lambda: workbook({"Sheet1": [HEADER, ROW]}), F.SHEET_MISSING, {"sheet": MEMBERS_SHEET}),
    BadFile("empty workbook", lambda: workbook({MEMBERS_SHEET: []}), F.COLUMNS_WRONG, {"missing": " ".join(HEADER)}),
    BadFile("header only", lambda: workbook({MEMBERS_SHEET: [HEADER]}), F.NO_ROWS),
    BadFile("blank rows only", lambda: roster_book((" ",) * 15, ("\u3000",)), F.NO_ROWS),
    BadFile("missing column", lambda: _header((6, None)), F.COLUMNS_WRONG, {"missing": Column.BRANCH_NAME}),
    BadFile(
        "mistyped column",
        lambda: _header((4, "手机")),
        F.COLUMNS_WRONG,
        {"missing": Column.PHONE, "unknown": "E", "sheet": MEMBERS_SHEET},
    ),
    BadFile(
        "column twice", lambda: roster_book(header=(*HEADER, Column.SEX)), F.COLUMNS_WRONG, {"repeated": Column.SEX}
    ),
    BadFile("unknown column", lambda: roster_book(header=(*HEADER, "备注")), F.COLUMNS_WRONG, {"unknown": "P"}),
    BadFile(
        "title above the header",
        lambda: roster_book(ROW, header=("盐亭县党员名册",)),
        F.COLUMNS_WRONG,
        {"unknown": "A"},
    ),
    BadFile(
        "people in the first row",
        lambda: workbook({MEMBERS_SHEET: [ROW, ROW]}),
        F.COLUMNS_WRONG,
        {"unknown": "A B C D E F G H I J K L M N"},
    ),
    BadFile(
        "organisations without a column",
        lambda: organisation_book(("t01", "甲", "乡镇党委"), header=("编码", "名称", "类别")),
        F.COLUMNS_WRONG,
        {"missing": "上级编码", "sheet": ORGANISATIONS_SHEET},
    ),
    BadFile(
        "too many sheets",
        lambda: workbook({MEMBERS_SHEET: [HEADER, ROW], **{f"表{n}": [["x"]] for n in range(MAX_SHEETS)}}),
        F.TOO_MANY_SHEETS,
    ),
]

LIBRARY = (*NOT_WORKBOOKS, *BOMBS, *ACTIVE, *WRONG_FORM)


def stored_twice() -> bytes:
    """Two entries of the very same name: which one counts is for each reader to choose."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as book:
        for name, content in parts(good()).items():
            book.writestr(name, content)
        book.infolist()[0].filename = SHEET
    return target.getvalue()
