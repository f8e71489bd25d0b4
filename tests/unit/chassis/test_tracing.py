"""The trace is read from untrusted headers and belongs to one thread or greenlet."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import tracing
from services.chassis.tracing import NO_TRACE, Trace, current, parse, span
from tests.unit.chassis.green import run_in_greenlets

HEADER = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_header_survives_reading_and_writing() -> None:
    trace = parse(HEADER)
    assert trace == Trace("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", sampled=True)
    assert trace is not None
    assert trace.header == HEADER
    assert parse(HEADER.encode()) == trace


@pytest.mark.parametrize(
    "header",
    [
        None,
        7,
        "",
        HEADER.upper(),
        HEADER + "-extra",
        HEADER + "\r\nX-Evil: 1",
        "ff" + HEADER[2:],
        HEADER[:-1],
        HEADER.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32),
        HEADER.replace("00f067aa0ba902b7", "0" * 16),
        HEADER.replace("4bf9", "\uff14bf9"),
        "01" + HEADER[2:] + "-" + "x" * 10_000,
        b"\xff" * 55,
    ],
)
def test_a_malformed_header_is_no_trace(header: object) -> None:
    assert parse(header) is None


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    trace = parse("01" + HEADER[2:-1] + "0-what-comes-later")
    assert trace is not None
    assert (trace.trace_id[:4], trace.sampled) == ("4bf9", False)


@given(st.text() | st.binary())
def test_no_header_raises(header: str | bytes) -> None:
    parse(header)


def test_a_span_continues_the_callers_trace_under_its_own_id() -> None:
    with span(HEADER) as outer:
        assert current() is outer
        assert (outer.trace_id, outer.span_id == "00f067aa0ba902b7") == ("4bf92f3577b34da6a3ce929d0e0e4736", False)
        with span() as inner:
            assert (inner.trace_id, inner.span_id == outer.span_id) == (outer.trace_id, False)
        assert current() is outer
    assert current() is NO_TRACE


def test_a_span_without_a_usable_parent_begins_a_trace() -> None:
    with span("rubbish") as first, span(NO_TRACE) as inside:
        assert parse(first.header) == first
        assert inside.trace_id != first.trace_id


def test_outside_a_span_the_header_is_one_that_nobody_accepts() -> None:
    assert parse(NO_TRACE.header) is None


def test_the_trace_ends_when_the_block_fails() -> None:
    with pytest.raises(RuntimeError), span(HEADER):
        raise RuntimeError
    assert current() is NO_TRACE


def test_threads_do_not_see_each_others_trace() -> None:
    seen: list[Trace] = []
    with span(HEADER) as outer:
        other = threading.Thread(target=lambda: seen.append(current()))
        other.start()
        other.join(5)
        assert current() is outer
    assert seen == [NO_TRACE]


GREENLETS = """
from services.chassis import tracing
{change}
def work(number):
    header = f"00-{{number:032x}}-00f067aa0ba902b7-01"
    with tracing.span(header):
        eventlet.sleep(0.01)
        with tracing.span():
            eventlet.sleep(0.01)
        return tracing.current().trace_id == f"{{number:032x}}"
pool = eventlet.GreenPool(10)
with tracing.span():
    kept = [thread.wait() for thread in [pool.spawn(work, number) for number in range(1, 41)]]
print(kept.count(True))
"""


def test_forty_greenlets_keep_forty_traces() -> None:
    assert run_in_greenlets(GREENLETS.format(change="")) == "40"


def test_twin_with_one_shared_variable_greenlets_mix_their_traces() -> None:
    change = """
class Shared:
    value = tracing.NO_TRACE
    def get(self): return self.value
    def set(self, value): old, self.value = self.value, value; return old
    def reset(self, old): self.value = old
tracing._current = Shared()
"""
    assert int(run_in_greenlets(GREENLETS.format(change=change))) < 40


def test_new_traces_differ() -> None:
    assert len({tracing.new_trace().header for _ in range(1_000)}) == 1_000
