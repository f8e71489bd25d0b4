"""Why a file as a whole can't be used."""

from __future__ import annotations

from enum import StrEnum


class FileFault(StrEnum):
    """Stable codes. Each says something else to do, which is why they are apart."""

    FILE_TOO_LARGE = "file_too_large"
    NOT_EXCEL = "not_excel"
    OLD_OR_LOCKED = "old_or_locked_excel"
    """The format of before 2007, or a file under a password: both are to be saved as a plain .xlsx."""
    DAMAGED = "damaged"
    TOO_MANY_PARTS = "too_many_parts"
    UNPACKS_TOO_LARGE = "unpacks_too_large"
    MACROS = "macros"
    EXTERNAL_LINKS = "external_links"
    EMBEDDED_OBJECTS = "embedded_objects"
    UNSAFE_XML = "unsafe_xml"
    FORMULA_CELLS = "formula_cells"
    TOO_MANY_SHEETS = "too_many_sheets"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MUCH_TEXT = "too_much_text"
    SHEET_MISSING = "sheet_missing"
    COLUMNS_WRONG = "columns_wrong"
    NO_ROWS = "no_rows"


class FileRefused(Exception):
    """The file changes nothing. ``detail`` holds limits, cells' addresses and the form's column names, never a cell's content."""

    def __init__(self, fault: FileFault, **detail: str) -> None:
        super().__init__(fault.value)
        self.fault = fault
        self.detail = detail
