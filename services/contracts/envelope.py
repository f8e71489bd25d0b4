"""What travels: the call, its reply, and the event, with the names of their headers.

A call is compatible with nameko's own wire: topic exchange ``nameko-rpc``, routing key ``service.method``, the call as the one
keyword argument ``call``. An event carries the CloudEvents 1.0 attributes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from services.contracts.caller import Caller
from services.contracts.errors import InvalidMessage, RemoteError, ServiceError
from services.contracts.wire import Code, Id, Text, dump, load, message

RPC_EXCHANGE = "nameko-rpc"
EVENT_EXCHANGE = "events"
CONTENT_TYPE = "application/json"
TRACE_HEADER = "traceparent"
TRIES_HEADER = "x-tries"
"""How often a call was delivered and not acknowledged."""
REASON_HEADER = "x-reason"
ROUTING_KEY_HEADER = "x-routing-key"
"""Of a parked message: why it lies there, and by which key it had come."""
WHOLE_BYTES_HEADER = "x-whole-bytes"
"""Of a parked message that was too large to keep: how large."""
MAX_CALL_BYTES = 512 * 1024
"""A batch of 500 assessments is about 300 KiB; files travel through the object store, never through the queue."""


@message
class CallHead:
    """Everything of a call but its body, which the method's own message checks."""

    request_id: Id | None
    caller: Caller


def pack_call(request_id: str | None, caller: Caller, body: Any) -> dict[str, Any]:
    return {
        "args": [],
        "kwargs": {"call": {"request_id": request_id, "caller": dump(caller), "body": dump(body)}},
    }


def unpack_call(payload: Any) -> tuple[CallHead, Any]:
    """The head, checked, and the body, not yet checked. Raises InvalidMessage."""
    try:
        call = payload["kwargs"]["call"]
        body = call["body"]
        head = {"request_id": call["request_id"], "caller": call["caller"]}
    except (TypeError, KeyError, IndexError):
        raise InvalidMessage(fields={"call": "not a call"}) from None
    return load(CallHead, head), body


def pack_error(error: ServiceError) -> dict[str, Any]:
    return {
        "result": None,
        "error": {"exc_type": error.code, "exc_path": error.kind, "exc_args": [error.detail], "value": error.title},
    }


def unpack_reply(payload: Any) -> Any:
    """The result as plain data. Raises RemoteError when the reply is a refusal, ValueError when it is no reply."""
    if not isinstance(payload, dict) or "error" not in payload:
        raise ValueError("not a reply")
    error = payload["error"]
    if error is None:
        return payload.get("result")
    if not isinstance(error, dict):
        raise ValueError("not a refusal")
    arguments = error.get("exc_args")
    first = arguments[0] if isinstance(arguments, list) and arguments else None
    detail = first if isinstance(first, dict) else {}
    raise RemoteError(str(error.get("exc_path")), str(error.get("exc_type")), str(error.get("value")), detail)


@message
class EventHead:
    """CloudEvents 1.0 attributes; ``subject`` is what the event is about and orders events among themselves."""

    specversion: Annotated[str, Text(1, 8)]
    id: Id
    source: Code
    type: Code
    subject: Annotated[str, Text(1, 120)]
    time: datetime
