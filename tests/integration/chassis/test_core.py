"""What the chassis promises every service: one effect for a request id, events with it, a trail that shows tampering."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import pytest
import sqlalchemy as sa

from services.chassis import audit, once
from services.chassis.core import Core
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.relay import Asked, mark_published, waiting_events
from services.chassis.tables import outbox
from services.chassis.work import Refusal, Work
from services.contracts.caller import Caller, CallerKind, anonymous
from services.contracts.dues.messages import OrderRefunded
from services.contracts.dues.methods import ORDER_REFUNDED
from services.contracts.envelope import CallHead
from services.contracts.errors import Conflict, Forbidden, InvalidMessage, RequestReused, Unauthenticated
from services.contracts.method import MEMBERS, PUBLIC, Kind, Method
from services.contracts.wire import Text, message

REPEATS = 8


@message
class Note:
    text: Annotated[str, Text(1, 50)]


def method(kind: Kind = Kind.COMMAND, authority: Any = PUBLIC) -> Method[Note, Note]:
    return Method("dues", "write_down", kind, Note, Note, authority)


def write_down(work: Work, request: Note) -> Note:
    refunded = OrderRefunded(order_id=new_id(), payer_member_id=new_id(), amount_fen=1, reason=request.text)
    work.tell(ORDER_REFUNDED, refunded, subject="one")
    return request


def written(core: Core) -> int:
    with core.database.snapshot() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(outbox)) or 0


def call(
    core: Core, request_id: str | None, text: str = "hello", *, caller: Caller | None = None, **options: Any
) -> Any:
    head = CallHead(request_id=request_id, caller=caller or anonymous("yanting"))
    return core.call(options.get("of", method()), options.get("use_case", write_down), head, {"text": text})


def test_a_request_id_has_one_effect_and_one_answer(core: Core) -> None:
    request_id = new_id()
    with ThreadPoolExecutor(max_workers=REPEATS) as pool:
        replies = list(pool.map(lambda _: call(core, request_id), range(REPEATS)))
    assert [reply.data for reply in replies] == [{"text": "hello"}] * REPEATS
    assert sorted(reply.replayed for reply in replies) == [False] + [True] * (REPEATS - 1)
    assert written(core) == 1


def test_without_the_request_store_a_repeat_has_two_effects(core: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "begin", lambda *_, **__: None)
    request_id = new_id()
    call(core, request_id)
    call(core, request_id)
    assert written(core) == 2


def test_a_request_id_belongs_to_its_caller_and_content(core: Core) -> None:
    request_id = new_id()
    call(core, request_id)
    with pytest.raises(RequestReused):
        call(core, request_id, "something else")
    another = Caller(kind=CallerKind.PERSON, county_id="yanting", account_id=new_id())
    with pytest.raises(RequestReused):
        call(core, request_id, caller=another)


def test_a_write_without_a_request_id_is_refused(core: Core) -> None:
    with pytest.raises(InvalidMessage):
        call(core, None)


def test_a_failed_effect_leaves_neither_event_nor_request_id(core: Core) -> None:
    def fail(work: Work, request: Note) -> Note:
        write_down(work, request)
        raise Conflict

    request_id = new_id()
    with pytest.raises(Conflict):
        call(core, request_id, use_case=fail)
    assert written(core) == 0
    assert call(core, request_id).replayed is False


def test_a_refusal_keeps_its_traces_and_may_be_tried_again(core: Core) -> None:
    def refuse(work: Work, request: Note) -> Refusal:
        write_down(work, request)
        return Refusal(Conflict())

    request_id = new_id()
    for tries in (1, 2):
        with pytest.raises(Conflict):
            call(core, request_id, use_case=refuse)
        assert written(core) == tries


def test_the_gate_comes_first(core: Core) -> None:
    with pytest.raises(Unauthenticated):
        call(core, new_id(), of=method(authority=MEMBERS))
    resident = Caller(kind=CallerKind.PERSON, county_id="yanting", account_id=new_id())
    with pytest.raises(Forbidden):
        call(core, new_id(), of=method(authority=MEMBERS), caller=resident)


def test_a_query_can_not_write(core: Core) -> None:
    with pytest.raises(sa.exc.InternalError, match="read-only"):
        call(core, None, of=method(Kind.QUERY))


def test_events_are_told_in_order_and_marked(core: Core) -> None:
    for text in ("first", "second", "third"):
        call(core, new_id(), text)
    desk = core.desk()
    waiting = desk.read(waiting_events, Asked("dues"))
    assert [b"first" in waiting[0].body, b"second" in waiting[1].body, b"third" in waiting[2].body] == [True] * 3
    desk.run(mark_published, [waiting[0].position, waiting[1].position])
    assert [event.position for event in desk.read(waiting_events, Asked("dues"))] == [waiting[2].position]


def test_an_event_is_handled_once(core: Core) -> None:
    event_id, data = new_id(), {"order_id": new_id(), "payer_member_id": new_id(), "amount_fen": 1, "reason": "x"}

    def hear(work: Work, event: OrderRefunded) -> None:
        write_down(work, Note(text=event.reason))

    first = core.event(ORDER_REFUNDED, hear, "listener", event_id, {**data, "a_later_field": True})
    assert [first, core.event(ORDER_REFUNDED, hear, "listener", event_id, data)] == [True, False]
    assert written(core) == 1


def test_one_process_alone_holds_a_job(core: Core) -> None:
    with core.database.alone("job") as mine, core.database.alone("job") as second:
        assert (mine, second) == (True, False)
    with core.database.alone("job") as again:
        assert again


def test_the_driver_leaves_the_url_no_choice() -> None:
    database = Database("postgresql+psycopg://somebody@localhost/nowhere", name="test")
    assert database.engine.dialect.driver == "psycopg2"
    database.close()


def leave_traces(core: Core, count: int) -> None:
    desk = core.desk()
    for number in range(count):
        desk.run(lambda work, n: work.audit("member.seen", "member", f"m{n}", purpose="test"), number)
    desk.run(lambda work, _: audit.lay_chain(work.db), None)


def broken_at(core: Core) -> int | None:
    with core.database.snapshot() as db:
        return audit.first_break(db)


def test_the_trail_is_whole(core: Core) -> None:
    leave_traces(core, 5)
    leave_traces(core, 3)
    assert broken_at(core) is None


@pytest.mark.parametrize("change", ["UPDATE audit SET purpose = 'other'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_trail_can_only_be_added_to(core: Core, change: str) -> None:
    leave_traces(core, 2)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), core.database.transaction() as db:
        db.execute(sa.text(change))


@pytest.mark.parametrize(
    ("change", "position"),
    [
        ("UPDATE audit SET purpose = 'other' WHERE chain_position = 3", 3),
        ("DELETE FROM audit WHERE chain_position = 2", 2),
    ],
)
def test_who_gets_around_the_trigger_is_shown_by_the_chain(core: Core, change: str, position: int) -> None:
    """The twin of the trigger's test: with the trigger off the change goes through, and the chain tells where."""
    leave_traces(core, 5)
    with core.database.transaction() as db:
        db.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER USER"))
        db.execute(sa.text(change))
    assert broken_at(core) == position
