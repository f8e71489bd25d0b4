"""What comes off the wire is a call, a reply, or refused by name: no value in JSON's reach makes anything else of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.chassis.ids import new_id
from services.contracts.caller import Caller, CallerKind, Grant, Role
from services.contracts.common import ById
from services.contracts.envelope import CallHead, EventHead, pack_call, pack_error, unpack_call, unpack_reply
from services.contracts.errors import InvalidMessage, NotFound, RemoteError
from services.contracts.values import org_path
from services.contracts.wire import load

REQUEST_ID, ORG_ID = new_id(), new_id()
CALLER = Caller(
    kind=CallerKind.PERSON,
    county_id="yanting",
    account_id=new_id(),
    member_id=new_id(),
    grants=(Grant(role=Role.BRANCH_ADMIN, org_id=ORG_ID, path=org_path("yt.t03.b012")),),
)
CALL: dict[str, Any] = pack_call(REQUEST_ID, CALLER, ById(id=ORG_ID))
REFUSAL = pack_error(NotFound(what="order"))
EVENT = {
    "specversion": "1.0",
    "id": REQUEST_ID,
    "source": "members",
    "type": "members.roster_changed",
    "subject": ORG_ID,
    "time": "2026-09-15T02:00:00Z",
}
EDGES = [
    "",
    "\0",
    "\ud800",
    "9" * 40,
    "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59-23:59",
    "yt..t",
    2**70,
    -1,
    1.5,
]
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=12)
    | st.sampled_from(EDGES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
fuzzed = settings(max_examples=300, derandomize=True, deadline=None)


@st.composite
def spoiled(draw: st.DrawFn, good: dict[str, Any]) -> Any:
    """A good message with one thing in it put in place of another, taken out, or added."""
    whole: Any = orjson.loads(orjson.dumps(good))
    place, parent, key = whole, None, None
    for _ in range(draw(st.integers(1, 7))):
        if not isinstance(place, dict | list) or not place:
            break
        parent = place
        key = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        place = place[key]
    assert parent is not None
    match draw(st.sampled_from(("replaced", "gone", "more"))):
        case "replaced":
            parent[key] = draw(plain)
        case "gone":
            del parent[key]
        case _ if isinstance(parent, dict):
            parent[draw(st.text(max_size=8))] = draw(plain)
        case _:
            parent.append(draw(plain))
    return whole


def call_or_refusal(payload: Any, unpack: Callable[[Any], tuple[CallHead, Any]]) -> None:
    with contextlib.suppress(InvalidMessage):
        head, _body = unpack(payload)
        assert isinstance(head.caller, Caller)
        assert head.caller.kind in CallerKind
        assert head.request_id is None or len(head.request_id) == len(REQUEST_ID)


@fuzzed
@given(plain | spoiled(CALL))
def test_whatever_comes_as_a_call_is_a_call_or_an_invalid_message(payload: Any) -> None:
    call_or_refusal(payload, unpack_call)


def test_twin_that_trusts_the_envelope_falls_over() -> None:
    def trusting(payload: Any) -> tuple[CallHead, Any]:
        call = payload["kwargs"]["call"]
        return CallHead(request_id=call["request_id"], caller=call["caller"]), call["body"]

    call_or_refusal({"kwargs": []}, unpack_call)
    call_or_refusal({"kwargs": {"call": {"request_id": None, "caller": "me", "body": None}}}, unpack_call)
    with pytest.raises(TypeError):
        call_or_refusal({"kwargs": []}, trusting)
    with pytest.raises(AssertionError):
        call_or_refusal({"kwargs": {"call": {"request_id": None, "caller": "me", "body": None}}}, trusting)


def test_a_call_comes_back_as_it_was_packed() -> None:
    head, body = unpack_call(orjson.loads(orjson.dumps(CALL)))
    assert (head.request_id, head.caller, body) == (REQUEST_ID, CALLER, {"id": ORG_ID})


@fuzzed
@given(plain | spoiled(REFUSAL) | spoiled({"result": {"id": ORG_ID}, "error": None}))
def test_whatever_comes_as_a_reply_is_a_result_a_refusal_or_no_reply(payload: Any) -> None:
    refused: RemoteError | None = None
    try:
        unpack_reply(payload)
    except RemoteError as refusal:
        refused = refusal
    except ValueError:
        return
    assert refused is None or (400 <= refused.status < 600 and isinstance(refused.detail, dict))


@pytest.mark.parametrize("error", [5, "no", [], {"exc_args": {"a": 1}}, {"exc_args": 7}, {"exc_args": [[]]}])
def test_a_refusal_of_a_wrong_form_is_still_told_apart(error: Any) -> None:
    """Such a form, which no service sends, once ended in an AttributeError or a KeyError."""
    with pytest.raises((RemoteError, ValueError)):
        unpack_reply({"result": None, "error": error})


@fuzzed
@given(plain | spoiled(EVENT))
def test_whatever_comes_as_an_events_head_is_read_or_an_invalid_message(payload: Any) -> None:
    with contextlib.suppress(InvalidMessage):
        head = load(EventHead, payload, tolerant=True)
        assert head.time.utcoffset() is not None


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_an_instant_that_leaves_the_calendar_on_its_way_to_utc_is_refused(edge: str) -> None:
    """It once ended in an OverflowError, which no door foresees."""
    with pytest.raises(InvalidMessage):
        load(EventHead, EVENT | {"time": edge})
