"""Dead letters in a person's hands: ``python -m services.chassis.dead_letters list|show|replay|drop [QUEUE] [NUMBER…|all]``.

Numbers are places in the queue, as ``list`` shows them. What is not replayed or dropped stays where it was. Nothing is shown raw:
bodies and headers are redacted as logs are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import kombu
import orjson
from amqp import NotFound
from kombu.exceptions import OperationalError

from services.chassis.logging import redact, redact_text
from services.contracts import topology
from services.contracts.envelope import (
    CONTENT_TYPE,
    REASON_HEADER,
    ROUTING_KEY_HEADER,
    RPC_EXCHANGE,
    TRACE_HEADER,
    WHOLE_BYTES_HEADER,
)

AT_MOST = 1_000
"""Letters looked at in one go; ``all`` means these. The rest follows when these are gone."""
CONNECT_TIMEOUT_S = 5.0
CONFIRM_TIMEOUT_S = 10.0
SHOWN_REASON = 120
QUEUES = tuple(spec.name for spec in topology.live_queues())


class Refused(Exception):
    """What was asked can't be done; the text is for the person."""


class Letters:
    """The dead letters of one queue, held while this is open; those not acknowledged return to their places."""

    def __init__(self, connection: kombu.Connection, queue: str) -> None:
        self.queue = queue
        self._held: Any = connection.channel()
        self._out: Any = connection.channel()
        self._returned: list[str] = []
        self._out.events["basic_return"].add(lambda *_: self._returned.append("returned"))
        self.letters: list[Any] = []
        while len(self.letters) < AT_MOST:
            letter = self._held.basic_get(topology.dead_queue(queue), no_ack=False)
            if letter is None:
                break
            self.letters.append(letter)

    def close(self) -> None:
        self._held.close()
        self._out.close()

    def chosen(self, numbers: Sequence[str]) -> list[tuple[int, Any]]:
        """Letters by their numbers. Raises Refused for a number that is none of them."""
        if list(numbers) == ["all"]:
            return list(enumerate(self.letters, 1))
        wrong = [one for one in numbers if not (one.isdecimal() and 1 <= int(one) <= len(self.letters))]
        if wrong or not numbers:
            raise Refused(f"{self.queue} holds {len(self.letters)} dead letters: name numbers from 1 on, or all.")
        return [(number, self.letters[number - 1]) for number in sorted({int(one) for one in numbers})]

    def drop(self, letter: Any) -> None:
        self._held.basic_ack(letter.delivery_tag)

    def replay(self, letter: Any) -> None:
        """Gives it back to its own queue, as a new message; it leaves the dead ones when the broker has it. Raises Refused."""
        headers = letter.headers or {}
        if WHOLE_BYTES_HEADER in headers:
            raise Refused("it was too large, and only its beginning was kept: it can't be given back.")
        if self.queue.startswith("rpc-"):
            exchange, key = RPC_EXCHANGE, str(headers.get(ROUTING_KEY_HEADER, ""))
        else:  # to the one listener that could not use it: the others have heard it
            exchange, key = "", self.queue
        trace = headers.get(TRACE_HEADER)
        again = self._out.prepare_message(
            letter.body,
            content_type=CONTENT_TYPE,
            content_encoding="utf-8",
            headers={TRACE_HEADER: trace} if isinstance(trace, str) else {},
            properties={"delivery_mode": 2},
        )
        self._returned.clear()
        self._out.basic_publish_confirm(
            again, exchange=exchange, routing_key=key, mandatory=True, confirm_timeout=CONFIRM_TIMEOUT_S
        )
        if self._returned:
            raise Refused(f"no queue takes {redact_text(key)!r}: it stays a dead letter.")
        self.drop(letter)


def reason_of(letter: Any) -> str:
    """Why it lies here: the door's reason, or the broker's."""
    headers = letter.headers or {}
    deaths = headers.get("x-death")
    if REASON_HEADER in headers:
        reason = str(headers[REASON_HEADER])
    elif isinstance(deaths, list) and deaths and isinstance(deaths[0], dict):
        reason = f"broker: {deaths[0].get('reason')}"
    else:
        reason = "unknown"
    return redact_text(reason, SHOWN_REASON)


def _body(letter: Any) -> Any:
    try:
        return orjson.loads(letter.body)
    except (orjson.JSONDecodeError, TypeError):
        return None


def _line(number: int, letter: Any) -> str:
    body = _body(letter)
    event = body if isinstance(body, dict) else {}
    what = event.get("type") or (letter.headers or {}).get(ROUTING_KEY_HEADER) or "?"
    about = f"{redact_text(str(what))}  {redact_text(str(event.get('id', '-')))}"
    return f"{number:>4}  {about}  {len(letter.body)} B  {reason_of(letter)}"


def _list(connection: kombu.Connection, queues: Sequence[str]) -> None:
    for queue in queues:
        with _opened(connection, queue) as held:
            if held.letters or len(queues) == 1:
                more = ", the first of more" if len(held.letters) == AT_MOST else ""
                print(f"{queue}: {len(held.letters)} dead letters{more}")  # noqa: T201
            for number, letter in enumerate(held.letters, 1):
                print(_line(number, letter))  # noqa: T201


def _show(number: int, letter: Any) -> None:
    body = _body(letter)
    shown = {
        "number": number,
        "reason": reason_of(letter),
        "headers": redact(letter.headers or {}),
        "body": redact(letter.body if body is None else body),
    }
    print(orjson.dumps(shown, option=orjson.OPT_INDENT_2, default=str).decode())  # noqa: T201


@contextmanager
def _opened(connection: kombu.Connection, queue: str) -> Iterator[Letters]:
    try:
        held = Letters(connection, queue)
    except NotFound:
        raise Refused(f"There is no {topology.dead_queue(queue)}: the queues are not declared yet.") from None
    try:
        yield held
    finally:
        held.close()


def run(uri: str, arguments: Sequence[str]) -> None:
    """Does what was asked. Raises Refused."""
    action, queue, *numbers = [*arguments, *("list", "")[len(arguments) :]]
    if action not in ("list", "show", "replay", "drop") or (queue and queue not in QUEUES):
        raise Refused(f"list [QUEUE], or show, replay or drop QUEUE and NUMBERS or all. Queues: {', '.join(QUEUES)}.")
    with kombu.Connection(
        uri, connect_timeout=CONNECT_TIMEOUT_S, transport_options={"confirm_publish": True}
    ) as connection:
        if action == "list":
            _list(connection, [queue] if queue else QUEUES)
            return
        if not queue:
            raise Refused(f"Name a queue: {', '.join(QUEUES)}.")
        with _opened(connection, queue) as held:
            for number, letter in held.chosen(numbers):
                if action == "show":
                    _show(number, letter)
                    continue
                try:
                    (held.replay if action == "replay" else held.drop)(letter)
                except Refused as refusal:
                    raise Refused(f"{queue} {number}: {refusal}") from None
                print(f"{'replayed' if action == 'replay' else 'dropped'} {_line(number, letter).strip()}")  # noqa: T201


def main(uri: str, arguments: Sequence[str]) -> int:
    try:
        run(uri, arguments)
    except Refused as refusal:
        print(refusal, file=sys.stderr)  # noqa: T201
        return 2
    except (OSError, OperationalError):
        print("The broker does not answer: is everything started?", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(os.environ.get("AMQP_URI", ""), sys.argv[1:]))
