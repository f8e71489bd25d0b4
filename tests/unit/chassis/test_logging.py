"""Each line is one JSON object with its trace, from whatever library it came."""

from __future__ import annotations

import io
import json
import logging as stdlib
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from services.chassis import logging, tracing
from services.chassis.logging import configure, get_logger


class Lines(io.BytesIO):
    def read_all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().decode().splitlines()]

    def only(self) -> dict[str, Any]:
        (line,) = self.read_all()
        return line


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Logging as a process has it, with the test runner's own put back afterwards."""
    root, hooks = stdlib.getLogger(), (sys.excepthook, threading.excepthook)
    before = (root.handlers[:], root.level)
    stream = Lines()
    configure("dues", "DEBUG", stream)
    yield stream
    structlog.reset_defaults()
    stdlib.captureWarnings(False)
    root.handlers[:], (sys.excepthook, threading.excepthook) = before[0], hooks
    root.setLevel(before[1])


def test_a_line_says_when_what_who_and_which_request(lines: Lines) -> None:
    with tracing.span() as trace:
        get_logger("orders").info("order_settled", order_id="01993abc-0000-7000-8000-000000000000", amount_fen=2400)
    line = lines.only()
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "info",
        "service": "dues",
        "trace_id": trace.trace_id,
        "span_id": trace.span_id,
        "logger": "orders",
        "event": "order_settled",
        "order_id": "01993abc-0000-7000-8000-000000000000",
        "amount_fen": 2400,
    }


def test_a_line_outside_a_request_has_no_trace(lines: Lines) -> None:
    get_logger("start").info("ready")
    assert "trace_id" not in lines.only()


@pytest.mark.parametrize("name", ["nameko.containers", "kombu.connection", "sqlalchemy.pool", "gunicorn.error"])
def test_the_libraries_lines_take_the_same_form(lines: Lines, name: str) -> None:
    with tracing.span() as trace:
        stdlib.getLogger(name).warning("lost %s after %d s", "the broker", 3)
    line = lines.only()
    assert (line["event"], line["logger"], line["level"]) == ("lost the broker after 3 s", name, "warning")
    assert line["trace_id"] == trace.trace_id


def test_a_logger_that_had_a_handler_of_its_own_is_taken_over(capsys: pytest.CaptureFixture[str]) -> None:
    own = stdlib.getLogger("gunicorn.own")
    own.addHandler(stdlib.StreamHandler(sys.stdout))
    own.propagate = False
    stream = Lines()
    before = stdlib.getLogger().handlers[:]
    configure("gateway", "INFO", stream)
    try:
        own.error("phone 13812345678")
    finally:
        stdlib.getLogger().handlers[:] = before
        structlog.reset_defaults()
    assert stream.only()["event"] == "phone ***"
    assert capsys.readouterr().out == ""


def test_talkative_libraries_are_heard_from_a_warning_on(lines: Lines) -> None:
    for name in ("sqlalchemy.engine.Engine", "wechatpayv3.core", "amqp"):
        stdlib.getLogger(name).info("INSERT INTO member (name) VALUES ('张三')")
    assert lines.read_all() == []


def test_the_level_is_kept() -> None:
    stream, before = Lines(), stdlib.getLogger().handlers[:]
    configure("dues", "WARNING", stream)
    try:
        get_logger("x").info("quiet")
        stdlib.getLogger("x").info("quiet")
        get_logger("x").error("loud")
    finally:
        stdlib.getLogger().handlers[:] = before
        structlog.reset_defaults()
    assert [line["event"] for line in stream.read_all()] == ["loud"]


HOSTILE = [
    'x"}\n{"level":"critical","event":"forged"}',
    "a\r\nb\x00\x1b[2J\x1b]0;title\x07",
    "line\u2028separator\u2029paragraph\u0085next",
    "\ud800 lone surrogate",
    "%s %d %(name)s {0} {name}",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_a_second_line(lines: Lines, text: str) -> None:
    get_logger("x").warning(text)
    get_logger("x").warning("field", **{"reason": text, text: 1})
    stdlib.getLogger("x").warning(text)
    raw = lines.getvalue().decode()
    assert raw.count("\n") == len(raw.splitlines()) == len(lines.read_all()) == 3
    assert not any(ord(character) < 32 for character in raw.replace("\n", ""))
    assert [line["level"] for line in lines.read_all()] == ["warning"] * 3


def test_a_caller_cannot_claim_another_trace_service_or_level(lines: Lines) -> None:
    get_logger("x").info("said", service="members", level="critical", at="never", trace_id="theirs")
    line = lines.only()
    assert (line["service"], line["level"]) == ("dues", "info")
    assert line["at"] != "never"


def is_ours(handler: stdlib.Handler) -> bool:
    return isinstance(handler, logging._Handler)


class Unshowable:
    def __str__(self) -> str:
        raise RuntimeError("13812345678")

    __repr__ = __str__


def test_no_value_stops_its_caller(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    # The test runner's own handler, added to ours, would raise.
    monkeypatch.setattr(stdlib.getLogger(), "handlers", [h for h in stdlib.getLogger().handlers if is_ours(h)])
    endless: list[Any] = []
    endless.append(endless)
    get_logger("x").info(
        "odd", a=Unshowable(), b=endless, c=float("nan"), d=10**5_000, e=b"\xff", f={1: {2: {3: 4}}}, g=None
    )
    stdlib.getLogger("x").error("wrong %d", "format")
    stdlib.getLogger("x").error(Unshowable())
    odd, wrong, last = lines.read_all()
    assert (odd["a"], odd["d"], odd["e"], odd["g"]) == ("<Unshowable>", "***", "1 bytes", None)
    assert wrong["event"] == "wrong %d"
    assert last["event"] == "<Unshowable>"


def test_a_line_is_bounded(lines: Lines) -> None:
    get_logger("x").info("large", text="界" * 1_000_000)
    get_logger("x").info("wide", many={str(number): ["界" * 4_000] * 100 for number in range(1_000)})
    large, wide = lines.getvalue().splitlines()
    assert len(large) < logging.MAX_LINE_BYTES
    assert len(wide) < logging.MAX_LINE_BYTES
    assert json.loads(wide)["cut_bytes"] > logging.MAX_LINE_BYTES


def test_an_error_comes_with_its_cause_in_one_line(lines: Lines) -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        get_logger("x").exception("failed")
    line = lines.only()
    assert (line["level"], line["error"]) == ("error", "RuntimeError")
    assert "KeyError: 'inner'" in line["traceback"]
    assert line["traceback"].endswith("RuntimeError: outer\n")


def test_uncaught_errors_and_warnings_are_lines_too(lines: Lines) -> None:
    def fail() -> None:
        raise ValueError("13812345678")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join(5)
    try:
        fail()
    except ValueError as error:
        sys.excepthook(ValueError, error, error.__traceback__)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("13912345678", stacklevel=1)
    first, second, warning = lines.read_all()
    assert first["event"] == second["event"] == "uncaught_error"
    assert warning["logger"] == "py.warnings"
    assert b"12345678" not in lines.getvalue()


def test_a_closed_output_does_not_stop_the_work() -> None:
    stream, before = Lines(), stdlib.getLogger().handlers[:]
    configure("dues", "INFO", stream)
    stream.close()
    try:
        get_logger("x").info("nobody reads this")
        stdlib.getLogger("x").info("nor this")
    finally:
        stdlib.getLogger().handlers[:] = before
        structlog.reset_defaults()


def test_threads_write_whole_lines(lines: Lines) -> None:
    def write(number: int) -> None:
        for _ in range(200):
            get_logger(f"thread{number}").info("line", text="x" * 500)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(lines.read_all()) == 1_200
