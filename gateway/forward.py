"""Operations that are one call of one method: their input is gathered into the method's message, its reply passed on.

``asks`` takes its input from path and query, ``sends`` from path and JSON body. Whatever is unknown, missing or of a wrong form
is refused here, by the contract's own check, before a call is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from gateway.collaborators import Collaborators
from gateway.http import (
    Request,
    Response,
    answer_unless_known,
    caller_of,
    read_json,
    time_left,
    version_tag,
    write_json,
)
from gateway.operation import (
    MAX_JSON_BYTES,
    JsonBody,
    Operation,
    Parameter,
    field_names,
    operation,
    reply_of,
)
from gateway.rpc.stubs import Answer
from services.contracts.errors import InvalidMessage
from services.contracts.method import Kind, Method
from services.contracts.wire import json_schema, load

R = TypeVar("R")
Responder = Callable[..., None]
REPLAYED = "Idempotency-Replayed"
MAX_DIGITS = 18


class Resource:
    """A noun of the interface. Its responders are declared operations."""

    def __init__(self, with_: Collaborators) -> None:
        self.with_ = with_

    def ask(self, req: Request, resp: Response, method: Method[Any, Any], message: Any, **options: Any) -> Answer:
        """Calls on behalf of who asks; a write under the request id of its Idempotency-Key."""
        changes = method.kind in (Kind.COMMAND, Kind.ERRAND)
        request_id = req.context.request_id if changes else None
        answer = self.with_.services.ask(
            method, message, caller=caller_of(req), request_id=request_id, left_s=time_left(req), **options
        )
        if answer.replayed:
            resp.set_header(REPLAYED, "true")
        return answer

    def look(self, req: Request, method: Method[Any, R], message: Any) -> R:
        """Asks something on behalf of who asks, for what the gateway itself does with the answer."""
        return self.with_.services.call(method, message, caller=caller_of(req), left_s=time_left(req))


def asks(
    method: Method[Any, Any],
    summary: str,
    *,
    path: Mapping[str, str] | None = None,
    hidden: tuple[str, ...] = (),
    fixed: Mapping[str, Any] | None = None,
    **declared: Any,
) -> Responder:
    """``path`` maps path parameters to fields; ``hidden`` fields can't be given; ``fixed`` ones have this value."""
    path, fixed = path or {}, fixed or {}
    taken = {*path.values(), *hidden, *fixed}
    query = tuple(name for name in field_names(method.request) if name not in taken)
    parameters = (*path_parameters(method.request, path), *query_parameters(method.request, query))
    declaration = declare(method, summary, declared, parameters=parameters)

    @operation(declaration)
    def respond(self: Resource, req: Request, resp: Response, **given: str) -> None:
        data = {path[name]: value for name, value in given.items()}
        forward(self, req, resp, declaration, data | dict(fixed) | read_query(req, method.request, query))

    return respond


def sends(
    method: Method[Any, Any],
    summary: str,
    *,
    path: Mapping[str, str] | None = None,
    max_bytes: int = MAX_JSON_BYTES,
    **declared: Any,
) -> Responder:
    """The JSON body holds the fields that the path does not; where none is left there is no body."""
    path = path or {}
    rest = [name for name in field_names(method.request) if name not in path.values()]
    body = JsonBody(method.request, frozenset(path.values()), max_bytes) if rest else None
    declaration = declare(method, summary, declared, parameters=path_parameters(method.request, path), body=body)

    @operation(declaration)
    def respond(self: Resource, req: Request, resp: Response, **given: str) -> None:
        data = read_body(req, body) if body is not None else {}
        forward(self, req, resp, declaration, data | {path[name]: value for name, value in given.items()})

    return respond


def forward(self: Resource, req: Request, resp: Response, declared: Operation, data: dict[str, Any]) -> None:
    """Makes the one call of an operation and passes its reply on."""
    (method,) = declared.calls
    answer = self.ask(req, resp, method, load(method.request, data))
    resp.status = declared.status
    if declared.answer is None:
        return
    write_json(resp, answer.data)
    if declared.versioned and isinstance(answer.data, dict) and resp.data is not None:
        answer_unless_known(req, resp, version_tag(answer.data["version"], resp.data))


def declare(method: Method[Any, Any], summary: str, declared: dict[str, Any], **derived: Any) -> Operation:
    """The operation that is this one call; ``declared`` by hand goes before what is ``derived`` from the method."""
    answer = reply_of(method)
    values: dict[str, Any] = {
        "name": method.name,
        "tag": method.service,
        "status": 200 if answer is not None else 204,
        "answer": answer,
        **derived,
        **declared,
    }
    return Operation(summary=summary, calls=(method,), **values)


def read_body(req: Request, body: JsonBody) -> dict[str, Any]:
    """The JSON object. Raises InvalidMessage for a field that this operation takes from elsewhere."""
    data = read_json(req, body.max_bytes)
    surplus = body.without & data.keys()
    if surplus:
        raise InvalidMessage(fields=dict.fromkeys(sorted(surplus), "Unknown field."))
    return data


def read_query(
    req: Request, message: type[Any], allowed: tuple[str, ...], *, beside: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The query's parameters, read as their fields' types; those ``beside`` may be there and are left to who asks.

    Raises InvalidMessage for unknown or repeated ones.
    """
    known = (*allowed, *beside)
    wrong = {
        name[:64]: "Unknown parameter." if name not in known else "given more than once"
        for name, value in req.params.items()
        if name not in known or not isinstance(value, str)
    }
    if wrong:
        raise InvalidMessage(fields=dict(list(wrong.items())[:10]))
    properties = _properties(message)
    return {name: _read(properties[name], str(value)) for name, value in req.params.items() if name in allowed}


def _read(schema: Mapping[str, Any], text: str) -> Any:
    """A number or a flag where the field wants one; text that is neither goes on as it is, to be refused by the check."""
    kinds = schema.get("type", "")
    if "integer" in kinds and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
        return int(text)
    if "boolean" in kinds and text in ("true", "false"):
        return text == "true"
    return text


@cache
def _schema(message: Any) -> dict[str, Any]:
    return json_schema(message)


def _properties(message: Any) -> dict[str, Any]:
    properties: dict[str, Any] = _schema(message)["properties"]
    return properties


def path_parameters(message: Any, path: Mapping[str, str]) -> tuple[Parameter, ...]:
    properties = _properties(message)
    return tuple(Parameter(name, "path", properties[field], True) for name, field in path.items())


def query_parameters(message: Any, names: tuple[str, ...]) -> tuple[Parameter, ...]:
    schema = _schema(message)
    required = schema.get("required", [])
    return tuple(Parameter(name, "query", schema["properties"][name], name in required) for name in names)
