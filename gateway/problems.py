"""What the outside is told when something is refused or broken: RFC 9457 problem documents, made in this one place.

Owns the errors that only HTTP knows, and the way from an error to a document. A business error keeps its code; anything
that is no foreseen refusal becomes ``internal`` with nothing but the trace id, and is logged by whoever caught it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import falcon
import orjson

from services.chassis import tracing
from services.chassis.clock import parse_instant
from services.chassis.limits import RETRY_AFTER_S
from services.contracts.errors import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    ServiceError,
    TooMany,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
RESERVED = frozenset(("type", "title", "status", "code", "detail", "instance", "trace_id"))
MAX_DETAIL = 400
"""Characters of the sentence about one occurrence; the parameters themselves stand beside it."""


class KeyMissing(InvalidRequest):
    code, title = "request.key_missing", "A write needs an Idempotency-Key"


class KeyMalformed(InvalidRequest):
    code, title = "request.key_malformed", "The Idempotency-Key is not a UUID"


class InFlight(Conflict):
    code, title = "request.in_flight", "The same request is being worked on at this moment"


class NotJson(InvalidRequest):
    code, title = "request.not_json", "The body is not a JSON object"


class WrongMediaType(InvalidRequest):
    status = 415
    code, title = "request.media_type", "The body is of another kind than this takes"


class TooLarge(InvalidRequest):
    status = 413
    code, title = "request.too_large", "The body is larger than this takes"


class LengthNeeded(InvalidRequest):
    status = 411
    code, title = "request.length_needed", "The body's length must be told beforehand"


class CutShort(InvalidRequest):
    """The sender went away in the middle. Nothing was kept."""

    status = 408
    code, title = "request.cut_short", "The body did not arrive whole"


class PreconditionFailed(Conflict):
    status = 412
    code, title = "request.precondition_failed", "If-Match names a version that this is not at"


class NoSuchRoute(NotFound):
    code, title = "route.unknown", "There is nothing at this address"


class MethodNotAllowed(InvalidRequest):
    status = 405
    code, title = "route.method_not_allowed", "This address takes other methods"


class ForeignOrigin(Forbidden):
    code, title = "session.foreign_origin", "The session's cookie works only from the platform's own pages"


class RateLimited(TooMany):
    code, title = "rate.limited", "Too many requests in a short time"


class DocumentUnavailable(Unavailable):
    """Nothing is lost: what the document shows stands, only its making failed or has no place now."""

    code, title = "document.unavailable", "The document can't be made now"


class FileGone(NotFound):
    code, title = "file.gone", "The file is not kept any more"


GATEWAY_ERRORS: tuple[type[ServiceError], ...] = (
    KeyMissing,
    KeyMalformed,
    InFlight,
    NotJson,
    WrongMediaType,
    TooLarge,
    LengthNeeded,
    CutShort,
    PreconditionFailed,
    NoSuchRoute,
    MethodNotAllowed,
    ForeignOrigin,
    RateLimited,
    DocumentUnavailable,
    FileGone,
)


@dataclass(frozen=True, slots=True)
class Problem:
    status: int
    document: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


def problem_of(error: ServiceError) -> Problem:
    """The document and headers of an error; ``internal`` for one that no kind names."""
    known = error.status < 500 or isinstance(error, Unavailable) or error.status == Unavailable.status
    shown = error if known else ServiceError()
    document: dict[str, Any] = {
        "type": f"/docs#{shown.code}",
        "title": shown.title,
        "status": shown.status,
        "code": shown.code,
        "trace_id": tracing.current().trace_id,
    }
    parameters = {name: value for name, value in shown.detail.items() if name not in RESERVED}
    sentence = "; ".join(f"{name}: {value}" for name, value in parameters.items() if isinstance(value, str | int))
    if sentence:
        document["detail"] = sentence[:MAX_DETAIL]
    return Problem(shown.status, document | parameters, _headers(shown))


def _headers(error: ServiceError) -> dict[str, str]:
    if error.status in (429, 503):
        return {"Retry-After": _retry_after(error.detail)}
    if error.status == 401:
        return {"WWW-Authenticate": "Bearer"}
    if error.status == 405:
        return {"Allow": str(error.detail.get("allowed", ""))}
    return {}


def _retry_after(detail: dict[str, Any]) -> str:
    """Seconds, or the date until which a lock holds."""
    try:
        return format_datetime(parse_instant(detail["locked_until"]), usegmt=True)
    except (KeyError, TypeError, ValueError):
        wait_s = detail.get("retry_after_s")
        return str(wait_s if type(wait_s) is int else RETRY_AFTER_S)


def error_of_http(error: falcon.HTTPError) -> ServiceError:
    """An error that Falcon itself raised, as one of ours."""
    if error.status_code == 405:
        return MethodNotAllowed(allowed=dict(error.headers or {}).get("Allow", ""))
    if error.status_code == 404:
        return NoSuchRoute()
    if error.status_code == 413:
        return TooLarge()
    if error.status_code == 415:
        return WrongMediaType()
    return InvalidRequest() if error.status_code < 500 else ServiceError()


def write(resp: falcon.Response, error: ServiceError) -> None:
    """Makes the response the error's problem document."""
    problem = problem_of(error)
    resp.status = problem.status
    resp.content_type = MEDIA_TYPE
    resp.data = orjson.dumps(problem.document)
    resp.text = None
    resp.stream = None
    for name, value in problem.headers.items():
        resp.set_header(name, value)
    resp.set_header("Cache-Control", "no-store")
