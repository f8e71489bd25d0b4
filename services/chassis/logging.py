"""Logs: one JSON object a line on standard output, with the trace, without personal data.

Owns the line's form and the redaction that each line passes, ours and the libraries' alike (nameko, kombu, SQLAlchemy,
gunicorn write through the standard library's logging, which ends here too). Redaction is the second net: code does not
log personal data in the first place. Names of persons cannot be told from other words, so only their keys are masked.
"""

from __future__ import annotations

import logging as stdlib
import re
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any, BinaryIO, cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from services.chassis import tracing

MASK = "***"
MAX_TEXT = 4_000  # characters of one string: a line stays readable, and no caller fills the disk
MAX_TRACEBACK = 12_000  # characters; the end is kept, where the last error stands
MAX_ITEMS = 50  # of one mapping or list
MAX_DEPTH = 3
MAX_KEY = 80  # characters of a field's name
MAX_LINE_BYTES = 64 * 1024  # what log collectors take as one line
_MAX_SHOWN_INT = 1 << 63

# Libraries that say too much below a warning: SQLAlchemy prints parameters, wechatpayv3 openids, amqp each frame.
_QUIET = ("sqlalchemy", "wechatpayv3", "amqp", "kombu", "urllib3", "alembic", "fontTools")

_PERSONAL_WORD = re.compile(
    r"phones?|mobiles?|tel|telephone|openid|unionid|password|passwd|passphrase|secrets?|tokens?|jwt|authorization|cookies?"
    r"|totp|otp|credentials?|signature|birthday|nonce|plaintext"
)
_PERSONAL_KEY = re.compile(
    r"names?|(full|member|payer|person|user|real|beneficiary|applicant|contact)_name|birth(_date)?|(home_)?address"
    r"|(.*_)?id_?(number|card|no)(_.*)?|(.*_)?identity(_number|_no)?"
    r"|(.*_)?(api|seal|index|private|merchant|encryption)_?keys?|(activation|wechat|sign_in|login|one_time)_code"
)
_KEY_BREAK = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^0-9A-Za-z]+")

_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
# Zero-width and direction marks hide digits from a pattern; line and paragraph separators break a line in some viewers.
_INVISIBLE = re.compile("[\u0080-\u009f\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
# PERF: most texts are words of the code, routes' templates or ids; none can hold anything personal, and a line costs a fifth
# for it.
_WORD_OR_ID = re.compile(
    r"[a-z_.]{0,80}|[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|[A-Z]{1,10}"
    r"|(?:/(?:v[0-9]|[a-z-]{1,20}|\{[a-z_]{1,20}\})){1,10}",
    re.ASCII,
)
_FEW_DIGITS = 10**9
"""A number below it has fewer digits than a phone."""
_GAP = r"[ .\-]?"
_IN_TEXT: tuple[tuple[re.Pattern[str], str], ...] = (
    # The database's and SQLAlchemy's words about a row hold its values, line ends included: all of it up to the next error.
    (
        re.compile(
            r"(DETAIL:|\[parameters:).*?(?=\n\n(?:The above exception was|During handling of the above)|\Z)", re.DOTALL
        ),
        r"\1 " + MASK,
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{8,}"), r"\1 " + MASK),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MASK),
    (re.compile(r"(://[^\s:/@]*:)[^\s/]*@"), r"\1" + MASK + "@"),
    (
        re.compile(
            r"(?i)((?:pass(?:word|wd)|secret|token|openid|unionid|authorization|cookie|phone|mobile|id_?number|id_?card"
            r"|姓名|身份证号?码?|手机号?码?|电话)\w*[\\'\"]*\s*[:=\uff1a]\s*)('[^']*'|\"[^\"]*\"|[^\s,;&)}\]]+)"
        ),
        r"\1" + MASK,
    ),
    # An identity number by its shape (region, birth date, serial, check) even inside a longer run of digits.
    (
        re.compile(
            rf"[1-9]\d{{5}}{_GAP}(?:18|19|20)\d\d{_GAP}(?:0[1-9]|1[0-2]){_GAP}(?:0[1-9]|[12]\d|3[01]){_GAP}\d{{3}}[\dXx]"
        ),
        MASK,
    ),
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), MASK),
    (re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?1[3-9]\d{_GAP}\d{{4}}{_GAP}\d{{4}}(?!\d)"), MASK),
    (re.compile(r"(?<![\w-])(?![a-z_]{28})o[A-Za-z0-9_-]{27}(?![\w-])"), MASK),  # a WeChat openid, not a long word
)


def get_logger(name: str) -> FilteringBoundLogger:
    """A logger: ``log.info("order_settled", order_id=...)``. The event is a fixed word; what varies goes in the fields."""
    return cast(FilteringBoundLogger, structlog.get_logger(name))


def redact_text(text: str, most: int = MAX_TEXT) -> str:
    """The text without identity numbers, phones, secrets and tokens, cut to ``most`` characters."""
    if _WORD_OR_ID.fullmatch(text) is not None:
        return text
    cut = len(text) > most
    text = text[:most]
    if not text.isascii():
        text = _INVISIBLE.sub("", text).translate(_FULL_WIDTH).encode("utf-8", "replace").decode()  # no lone surrogates
    if cut:
        text = text.rstrip("0123456789 .-")  # half of a number would pass as none
    for pattern, mask in _IN_TEXT:
        text = pattern.sub(mask, text)
    return text + "…" if cut else text


def redact(value: object, depth: int = 0) -> Any:
    """The value as JSON may show it: personal keys masked, texts redacted, size and depth bounded."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        if -_FEW_DIGITS < value < _FEW_DIGITS:
            return value
        return value if abs(value) < _MAX_SHOWN_INT and redact_text(str(value)) == str(value) else MASK
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if depth >= MAX_DEPTH:
        return "…"
    if isinstance(value, Mapping):
        pairs = list(zip(range(MAX_ITEMS), value.items(), strict=False))
        return {redact_text(str(key), MAX_KEY): _redact_field(str(key), item, depth + 1) for _, (key, item) in pairs}
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for _, item in zip(range(MAX_ITEMS), value, strict=False)]
    return redact_text(_text_of(value))


def is_personal(key: str) -> bool:
    """Whether a field of this name holds personal or secret data, whatever its value looks like."""
    return _is_personal(key[:MAX_KEY])


@lru_cache(maxsize=1024)  # PERF: the same few dozen keys in every line
def _is_personal(key: str) -> bool:
    words = [word.lower() for word in _KEY_BREAK.split(key) if word]
    return any(map(_PERSONAL_WORD.fullmatch, words)) or _PERSONAL_KEY.fullmatch("_".join(words)) is not None


def configure(service: str, level: str = "INFO", stream: BinaryIO | None = None) -> None:
    """Sends every log line of this process, and uncaught errors, through the redaction to ``stream`` (standard output)."""
    sink = _Sink(service, stream if stream is not None else sys.stdout.buffer)
    number = stdlib.getLevelNamesMapping()[level]
    structlog.configure(
        processors=[sink],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda *names: names[0] if names else "",  # the sink needs nothing of a logger but its name
        cache_logger_on_first_use=False,
    )
    root = stdlib.getLogger()
    root.handlers[:] = [_Handler(sink)]
    root.setLevel(number)
    for other in [entry for entry in stdlib.root.manager.loggerDict.values() if isinstance(entry, stdlib.Logger)]:
        other.handlers.clear()
        other.propagate = True
    for name in _QUIET:
        stdlib.getLogger(name).setLevel(max(number, stdlib.WARNING))
    stdlib.captureWarnings(True)
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)


class _Sink:
    """The last structlog processor: makes the line, writes it, and drops the event so that nothing else does."""

    def __init__(self, service: str, stream: BinaryIO) -> None:
        self._service = service
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        self.write(logger, method, event)
        raise structlog.DropEvent

    def write(self, logger: str, level: str, event: EventDict) -> None:
        trace = tracing.current()
        line: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "level": {"warn": "warning", "exception": "error", "fatal": "critical"}.get(level, level),
            "service": self._service,
            "logger": logger,
        }
        if trace is not tracing.NO_TRACE:
            line |= {"trace_id": trace.trace_id, "span_id": trace.span_id}
        error = _error_of(event.pop("exc_info", None) or (level == "exception"))
        line |= {key: value for key, value in redact(event).items() if key not in line}
        if error is not None:
            line |= {"error": type(error).__name__, "traceback": _traceback_of(error)}
        data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        if len(data) > MAX_LINE_BYTES:
            line = {"at": line["at"], "level": line["level"], "event": line.get("event"), "cut_bytes": len(data)}
            data = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
        try:
            with self._lock:
                self._stream.write(data)
                self._stream.flush()
        except (OSError, ValueError):
            # Nobody reads our output any more (closed pipe, full disk). The work goes on; there is nowhere to say so.
            return


class _Handler(stdlib.Handler):
    """Where the standard library's log records enter."""

    def __init__(self, sink: _Sink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: stdlib.LogRecord) -> None:
        try:
            text = record.getMessage()
        except Exception:  # noqa: BLE001  # a library's wrong format arguments must not stop its caller
            text = _text_of(record.msg)
        self._sink.write(record.name, record.levelname.lower(), {"event": text, "exc_info": record.exc_info})


def _redact_field(key: str, value: object, depth: int) -> Any:
    return MASK if value is not None and is_personal(key) else redact(value, depth)


def _text_of(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  # a log line must not fail because a value cannot show itself
        return f"<{type(value).__name__}>"


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        return cast(BaseException | None, exc_info[1])
    return sys.exc_info()[1] if exc_info else None


def _traceback_of(error: BaseException) -> str:
    text = "".join(traceback.format_exception(error))
    if len(text) > MAX_TRACEBACK:
        text = text[-MAX_TRACEBACK:].partition("\n")[2]  # from a whole line on: half of a number would pass as none
    return redact_text(text, MAX_TRACEBACK)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    get_logger("uncaught").critical("uncaught_error", exc_info=error)
