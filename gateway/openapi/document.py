"""Builds the OpenAPI document from the operations' declarations. Nothing is written here that a declaration already says."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from apispec import APISpec

from gateway.middleware.idempotency import HEADER as KEY_HEADER
from gateway.openapi.schemas import PREFIX, Schemas
from gateway.operation import JSON, File, JsonBody, Limit, Operation, Parameter, RawBody
from gateway.problems import (
    GATEWAY_ERRORS,
    MEDIA_TYPE,
    CutShort,
    ForeignOrigin,
    InFlight,
    KeyMalformed,
    KeyMissing,
    LengthNeeded,
    NotJson,
    PreconditionFailed,
    RateLimited,
    TooLarge,
    WrongMediaType,
)
from gateway.resources.answers import WeChatAnswer
from services.contracts.errors import (
    DeadlinePassed,
    Forbidden,
    InvalidMessage,
    RequestReused,
    ServiceError,
    Unauthenticated,
    Unavailable,
)
from services.contracts.method import Authority, Gate
from services.contracts.wire import json_schema

TITLE = "County party platform"
VERSION = "1"
DESCRIPTION = """\
The interface behind the phone pages. JSON in snake_case; money is whole fen; instants are RFC 3339 in UTC; months are
`2026-09` in Asia/Shanghai; ids are UUIDs. Within `/v1` things are only added.

**Writes** carry an `Idempotency-Key`: a UUID made before the first try and kept until a final answer. The same key brings the
first answer again (`Idempotency-Replayed: true`); 409 `request.in_flight` says that it is being worked on; 422
`request.reused` that it was used for something else.

**Refusals** are problem documents (RFC 9457) with a stable `code` and the parameters of the refusal beside it.

**Lists** come in pages: `items` and `next_cursor`, which is given back as `cursor`; `limit` is at most 100,
of a roster's lines 500.

**Traces**: `traceparent` is taken up, `X-Request-Id` names the trace, as does `trace_id` in a problem.
"""
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Further members are the parameters of this refusal.",
    "properties": {
        "type": {"type": "string", "description": "Where the code is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; what a program decides by."},
        "detail": {"type": "string"},
        "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "required": ["type", "title", "status", "code", "trace_id"],
    "additionalProperties": True,
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-Id": {"description": "The trace id.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of the narrowest window.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "That window: quota and seconds.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "ETag": {"description": "Strong: equal exactly when the bytes are.", "schema": {"type": "string"}},
    "Idempotency-Replayed": {
        "description": "true when this is the stored answer of an earlier request with the same key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
KEY_PARAMETER = {
    "name": KEY_HEADER,
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "Made by the client before the first try, kept until a final answer.",
}
SUCCESS_WORDS = {200: "The answer.", 201: "Made.", 202: "Taken on; it goes on in the background.", 204: "Done."}


def build_document(operations: list[tuple[str, str, Operation]]) -> dict[str, Any]:
    """The document as plain data. Raises ValueError for two operations of one name, NameClash for two schemas."""
    names = [declared.name for _, _, declared in operations]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise ValueError(f"operations of one name: {sorted(doubled)}")
    extra: dict[str, Any] = {"x-problems": _problems([declared for _, _, declared in operations])}
    spec = APISpec(
        title=TITLE,
        version=VERSION,
        openapi_version="3.1.0",
        plugins=(),
        info={"description": DESCRIPTION},
        servers=[{"url": "/"}],
        **extra,
    )
    schemas = Schemas([declared for _, _, declared in operations])
    for name, schema in schemas.components.items():
        spec.components.schema(name, schema)
    spec.components.schema("Problem", PROBLEM_SCHEMA)
    spec.components.schema(WeChatAnswer.__name__, json_schema(WeChatAnswer))
    for name, header in HEADERS.items():
        spec.components.header(name, header)
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    spec.components.security_scheme("cookie", {"type": "apiKey", "in": "cookie", "name": "refresh"})
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    refusals: dict[str, Any] = {}
    for path, method, declared in operations:
        paths[path][method.lower()] = _operation(declared, schemas, refusals)
    for name, response in refusals.items():
        spec.components.response(name, response)
    for path, described in paths.items():
        spec.path(path=path, operations=described)
    return spec.to_dict()


def _operation(declared: Operation, schemas: Schemas, refusals: dict[str, Any]) -> dict[str, Any]:
    """One operation; the responses that it refers to are added to ``refusals``."""
    described: dict[str, Any] = {
        "operationId": declared.name,
        "summary": declared.summary,
        "tags": [declared.tag],
        "description": _authority_words(declared),
        "x-authority": [_authority(rule) for rule in declared.authorities],
        "parameters": [_parameter(one) for one in declared.parameters],
        "responses": _success(declared, schemas) | _refusals(declared, refusals),
    }
    if declared.takes_key:
        described["parameters"].append(KEY_PARAMETER)
    if declared.body is not None:
        described["requestBody"] = {"required": True, "content": _content_of_body(declared.body, schemas)}
    if declared.cookie:
        described["security"] = [{"cookie": []}]
    elif not declared.is_open:
        described["security"] = [{"token": []}]
    else:
        described["security"] = []
    return described


def _authority(rule: Authority) -> dict[str, Any]:
    return {"gate": rule.gate.value} | ({"roles": [role.value for role in rule.roles]} if rule.roles else {})


def _authority_words(declared: Operation) -> str:
    words = {
        Gate.PUBLIC: "open to anybody",
        Gate.SIGNED_IN: "whoever is signed in",
        Gate.MEMBER: "members",
        Gate.GATEWAY: "the gateway itself, for WeChat Pay",
    }
    rules = [
        "holders of a role over the place in question: " + ", ".join(role.value for role in rule.roles)
        if rule.gate is Gate.ROLES
        else words[rule.gate]
        for rule in declared.authorities
    ]
    return f"Who may: {'; and '.join(rules)}."


def _parameter(one: Parameter) -> dict[str, Any]:
    described: dict[str, Any] = {"name": one.name, "in": one.place, "required": one.required, "schema": one.schema}
    if one.description:
        described["description"] = one.description
    return described


def _content_of_body(body: JsonBody | RawBody, schemas: Schemas) -> dict[str, Any]:
    if isinstance(body, RawBody):
        return {body.media_type: {"schema": {"type": "string", "format": "binary"}}}
    return {JSON: {"schema": schemas.body(body)}}


def _success(declared: Operation, schemas: Schemas) -> dict[str, Any]:
    headers = ["X-Request-Id"]
    if declared.counts_as is not Limit.PROBE:
        headers += ["RateLimit", "RateLimit-Policy"]
    if declared.takes_key:
        headers.append("Idempotency-Replayed")
    if declared.versioned:
        headers.append("ETag")
    response: dict[str, Any] = {
        "description": SUCCESS_WORDS[declared.status],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in headers},
    }
    if isinstance(declared.answer, File):
        response["content"] = {declared.answer.media_type: {"schema": {"type": "string", "format": "binary"}}}
    elif declared.answer is not None:
        response["content"] = {JSON: {"schema": schemas.reference(declared.answer)}}
    responses = {str(declared.status): response}
    if declared.versioned:
        responses["304"] = {"description": "The client has these bytes already."}
    for status, kind in declared.also_answers:
        content = {JSON: {"schema": schemas.reference(kind)}}
        responses[str(status)] = {"description": "Not now.", "content": content}
    return responses


def _refusals(declared: Operation, refusals: dict[str, Any]) -> dict[str, Any]:
    if declared.wechat_answer:
        content = {JSON: {"schema": {"$ref": PREFIX + WeChatAnswer.__name__}}}
        words = {"4XX": "Not accepted.", "5XX": "Not accepted now; WeChat Pay sends it again."}
        return {status: {"description": text, "content": content} for status, text in words.items()}
    by_status: dict[int, list[type[ServiceError]]] = defaultdict(list)
    for error in refusals_of(declared):
        by_status[error.status].append(error)
    taken = {status for status, _ in declared.also_answers}
    responses = {}
    for status, errors in sorted(by_status.items()):
        if status not in taken:
            name = "_".join((str(status), *(error.code for error in errors)))
            refusals[name] = _refusal(status, errors)
            responses[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return responses


def _refusal(status: int, errors: list[type[ServiceError]]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": "\n".join(f"- `{error.code}`: {error.title}" for error in errors),
        "content": {MEDIA_TYPE: {"schema": {"$ref": PREFIX + "Problem"}}},
    }
    if status in (429, 503):
        response["headers"] = {"Retry-After": {"$ref": "#/components/headers/Retry-After"}}
    return response


def refusals_of(declared: Operation) -> list[type[ServiceError]]:
    """Every error that the operation may answer with, the business's and the gateway's."""
    errors: list[type[ServiceError]] = [*declared.all_errors, ServiceError]
    if declared.counts_as is not Limit.PROBE:
        errors.append(RateLimited)
    if declared.calls:
        errors += [Unavailable, DeadlinePassed]
    if declared.parameters or declared.body is not None:
        errors.append(InvalidMessage)
    if declared.body is not None:
        errors += [WrongMediaType, TooLarge, LengthNeeded, CutShort]
    if isinstance(declared.body, JsonBody):
        errors.append(NotJson)
    if declared.takes_key:
        errors += [KeyMissing, KeyMalformed, InFlight, RequestReused]
    if declared.writes:
        errors.append(PreconditionFailed)
    if declared.cookie:
        errors.append(ForeignOrigin)
    if not declared.is_open:
        errors.append(Unauthenticated)
    if any(rule.gate in (Gate.MEMBER, Gate.ROLES) for rule in declared.authorities):
        errors.append(Forbidden)
    return list({error.code: error for error in errors}.values())


def _problems(operations: list[Operation]) -> dict[str, Any]:
    """Every code of the interface with its status and meaning, for the page's list."""
    errors = {error.code: error for one in operations for error in refusals_of(one)}
    errors |= {error.code: error for error in GATEWAY_ERRORS}
    return {
        code: {
            "status": error.status,
            "title": error.title,
            "description": _outside_words(error),
        }
        for code, error in sorted(errors.items())
    }


def _outside_words(error: type[ServiceError]) -> str:
    """What the class says of itself; its ``detail['reason']`` is the member `reason` of a problem document."""
    own = error.__dict__.get("__doc__") or ""
    return re.sub(
        r"``(?:detail\['(\w+)'\]|([^`]+))``", lambda found: f"`{found[1] or found[2]}`", " ".join(own.split())
    )
