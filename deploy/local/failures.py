"""What a person at the terminal is told when a start can't go on: one sentence that says what to do."""

from __future__ import annotations

import errno

EXIT_REFUSED = 1
EXIT_INTERRUPTED = 130
"""What a shell answers for a program that Ctrl-C ended."""


class Refusal(Exception):
    """The start can't go on. The text is the one sentence for the person."""


def disk_sentence(error: BaseException) -> str | None:
    """The sentence for an error that a full disk, or one that may not be written, caused; None for any other error."""
    if not isinstance(error, OSError):
        return None
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full{where}: free some space and start again; what was there before is kept."
    if error.errno == errno.EROFS:
        return f"The disk can only be read{where}: set DATA_DIR to a folder that can be written and start again."
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"A file may not be read or written by this user{where}: start as its owner, or set DATA_DIR to another folder."
    return None
