"""Opens the zip file that an Excel file is, without trusting it, and makes a clean copy for the reader.

Owns every check that comes before a cell is read: size, kind, the zip's directory, forbidden parts, and through ``scan`` the
XML. The reader gets a copy that holds only the parts it needs, written by ourselves: two programs may see different things in
one crafted zip file (names twice, false sizes), and what was checked must be what is read.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from array import array
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO

from services.members.spreadsheets.refusal import FileFault, FileRefused
from services.members.spreadsheets.scan import PartScanner, SharedStringsScanner, SheetScanner, TextBudget

MAX_FILE_BYTES = 20 * 2**20
"""The roster of 27,385 members is 2 MB; spreadsheet programs that pack badly stay under five times that."""
MAX_PARTS = 300
MAX_DIRECTORY_BYTES = 64 * 2**10
"""Of the zip's own list of its parts, looked at before Python builds an object for each entry."""
MAX_UNPACKED_BYTES = 96 * 2**20
"""60,000 members with every text written out are 70 MB."""
MAX_SMALL_PART_BYTES = 4 * 2**20
"""Styles, relations, the list of sheets."""
MAX_RATIO = 200
"""Unpacked to packed. Sheets reach 15 to 30; what is above is nothing but one repeated byte."""
MAX_SHEETS = 8
CHUNK_BYTES = 64 * 2**10

_ZIP_SIGN, _OLE_SIGN = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_SIGN, _ZIP64_SIGN = b"PK\x05\x06", b"PK\x06\x07"
_END_BYTES, _ZIP64_LOCATOR_BYTES, _MAX_COMMENT_BYTES = 22, 20, 2**16
_ENCRYPTED_FLAG = 0x1

_FORBIDDEN = (
    (re.compile(r"xl/(vbaproject|vbadata|macrosheets/|dialogsheets/)"), FileFault.MACROS),
    (re.compile(r"xl/(externallinks/|connections\.|querytables/)"), FileFault.EXTERNAL_LINKS),
    (re.compile(r"xl/(embeddings/|activex/)"), FileFault.EMBEDDED_OBJECTS),
)
_WORKBOOK, _SHARED_STRINGS = "xl/workbook.xml", "xl/sharedstrings.xml"
_SMALL_PARTS = frozenset(
    {"[content_types].xml", "_rels/.rels", _WORKBOOK, "xl/_rels/workbook.xml.rels", "xl/styles.xml"}
)
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)

Breathe = Callable[[], None]


def clean_copy(file: BinaryIO, breathe: Breathe) -> BytesIO:
    """A copy with the parts that the reader needs and nothing else. Raises FileRefused. ``breathe`` is called after each chunk,
    so that a long check does not hold up the rest of its process."""
    _check_kind(file)
    _check_directory_size(file)
    target = BytesIO()
    try:
        with (
            zipfile.ZipFile(file) as source,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
        ):
            _Copier(source, copy, breathe).run(_checked_parts(source.infolist()))
    except _UNREADABLE:
        raise FileRefused(FileFault.DAMAGED) from None
    target.seek(0)
    return target


def _check_kind(file: BinaryIO) -> None:
    size = file.seek(0, 2)
    if size > MAX_FILE_BYTES:
        raise FileRefused(FileFault.FILE_TOO_LARGE, limit=str(MAX_FILE_BYTES))
    file.seek(0)
    sign = file.read(len(_OLE_SIGN))
    if sign == _OLE_SIGN:
        raise FileRefused(FileFault.OLD_OR_LOCKED)
    if not sign.startswith(_ZIP_SIGN):
        raise FileRefused(FileFault.NOT_EXCEL)


def _check_directory_size(file: BinaryIO) -> None:
    """Finds the end record where ``zipfile`` will find it. The 64-bit form, which no file of this size needs, is refused: it
    would be a second place for the same figures."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_BYTES - _ZIP64_LOCATOR_BYTES - _MAX_COMMENT_BYTES))
    tail = file.read(_END_BYTES + _ZIP64_LOCATOR_BYTES + _MAX_COMMENT_BYTES)
    at_end = tail[-_END_BYTES:]
    plain = at_end.startswith(_END_SIGN) and at_end.endswith(b"\0\0")
    start = len(tail) - _END_BYTES if plain else tail.rfind(_END_SIGN)
    if start < 0 or len(tail) - start < _END_BYTES:
        raise FileRefused(FileFault.DAMAGED)
    if tail[max(0, start - _ZIP64_LOCATOR_BYTES) : start].startswith(_ZIP64_SIGN):
        raise FileRefused(FileFault.DAMAGED)
    (directory_bytes,) = struct.unpack_from("<L", tail, start + 12)
    if directory_bytes > MAX_DIRECTORY_BYTES:
        raise FileRefused(FileFault.TOO_MANY_PARTS, limit=str(MAX_PARTS))


def _checked_parts(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    """The parts by their name in small letters, as the format compares them, after the checks of the directory."""
    if len(infos) > MAX_PARTS:
        raise FileRefused(FileFault.TOO_MANY_PARTS, limit=str(MAX_PARTS))
    parts = {info.filename.lower(): info for info in infos}
    if len(parts) != len(infos):
        raise FileRefused(FileFault.DAMAGED)
    if any(info.flag_bits & _ENCRYPTED_FLAG for info in infos):
        raise FileRefused(FileFault.OLD_OR_LOCKED)
    unpacked, packed = sum(info.file_size for info in infos), sum(info.compress_size for info in infos)
    if unpacked > MAX_UNPACKED_BYTES or unpacked > MAX_RATIO * max(packed, CHUNK_BYTES):
        raise FileRefused(FileFault.UNPACKS_TOO_LARGE, limit=str(MAX_UNPACKED_BYTES))
    for pattern, fault in _FORBIDDEN:
        if any(pattern.match(name) for name in parts):
            raise FileRefused(fault)
    if _WORKBOOK not in parts:
        raise FileRefused(FileFault.NOT_EXCEL)
    return parts


class _Copier:
    """Copies the parts one by one, each through its scanner; shared strings before the sheets that count on them."""

    def __init__(self, source: zipfile.ZipFile, copy: zipfile.ZipFile, breathe: Breathe) -> None:
        self._source = source
        self._copy_file = copy
        self._breathe = breathe

    def run(self, parts: dict[str, zipfile.ZipInfo]) -> None:
        for name in sorted(_SMALL_PARTS & parts.keys()):
            if parts[name].file_size > MAX_SMALL_PART_BYTES:
                raise FileRefused(FileFault.UNPACKS_TOO_LARGE, limit=str(MAX_SMALL_PART_BYTES))
            self._copy(parts[name], PartScanner())
        lengths: array[int] = array("L")
        if _SHARED_STRINGS in parts:
            strings = SharedStringsScanner()
            self._copy(parts[_SHARED_STRINGS], strings)
            lengths = strings.lengths
        sheets = [info for name, info in parts.items() if _SHEET.fullmatch(name)]
        if len(sheets) > MAX_SHEETS:
            raise FileRefused(FileFault.TOO_MANY_SHEETS, limit=str(MAX_SHEETS))
        budget = TextBudget(lengths)
        for sheet in sheets:
            self._copy_sheet(sheet, budget)

    def _copy_sheet(self, info: zipfile.ZipInfo, budget: TextBudget) -> None:
        scanner = SheetScanner(budget)
        self._copy(info, scanner)
        if scanner.formula_count:
            cells = " ".join(scanner.formulas)
            raise FileRefused(FileFault.FORMULA_CELLS, cells=cells, count=str(scanner.formula_count))

    def _copy(self, info: zipfile.ZipInfo, scanner: PartScanner) -> None:
        """Reads at most the size that the directory names, and fails when the content does not agree with its checksum."""
        with self._source.open(info) as part, self._copy_file.open(info.filename, "w") as written:
            while chunk := part.read(CHUNK_BYTES):
                scanner.feed(chunk)
                written.write(chunk)
                self._breathe()
        scanner.close()
