"""The one tree of errors that parts tell each other, each with a stable code.

A business error subclasses one of the eight kinds and names its ``code``; ``detail`` carries plain, impersonal data that a page
needs to say what to do. Sentences for people live with the pages, keyed by code. The kind decides the HTTP status (RFC 9110).
"""

from __future__ import annotations

from typing import Any, ClassVar


class ServiceError(Exception):
    """A refusal that was foreseen. Anything else that is raised is a bug and reaches the outside as ``internal``."""

    kind: ClassVar[str] = "Internal"
    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something went wrong inside"

    def __init__(self, **detail: Any) -> None:
        super().__init__(self.code)
        self.detail = detail


class InvalidRequest(ServiceError):
    kind, status, code, title = "InvalidRequest", 400, "request.invalid", "The request has a wrong form"


class Unauthenticated(ServiceError):
    kind, status, code, title = "Unauthenticated", 401, "session.needed", "Sign-in is needed"


class Forbidden(ServiceError):
    kind, status, code, title = "Forbidden", 403, "authority.missing", "The caller's roles do not allow this"


class NotFound(ServiceError):
    """Also the answer for what exists but lies outside the caller's authority (REG-8)."""

    kind, status, code, title = "NotFound", 404, "not_found", "There is no such thing for this caller"


class Conflict(ServiceError):
    kind, status, code, title = "Conflict", 409, "conflict", "The state of things does not allow this now"


class Unprocessable(ServiceError):
    kind, status, code, title = "Unprocessable", 422, "unprocessable", "A rule does not allow this"


class TooMany(ServiceError):
    kind, status, code, title = "TooMany", 429, "too_many", "Too many requests"


class Unavailable(ServiceError):
    """Nothing is known about the effect unless ``detail['sent']`` says that the call never left."""

    kind, status, code, title = "Unavailable", 503, "unavailable", "A part needed for this does not answer now"


class InvalidMessage(InvalidRequest):
    """Fields that are missing, unknown or of a wrong form: ``detail['fields']`` maps each to its reason, never to its value."""

    code, title = "request.invalid", "The request has a wrong form"


class RequestReused(Unprocessable):
    """A request id came again with another content."""

    code, title = "request.reused", "This request id was used for something else"


class DeadlinePassed(Unavailable):
    code, title = "deadline_passed", "The answer did not come in time"


class UnknownMethod(InvalidRequest):
    code, title = "request.unknown_method", "No such method"


class StaleVersion(Conflict):
    """What was to be changed has changed meanwhile."""

    code, title = "stale_version", "Somebody changed this in the meantime"


KINDS: dict[str, type[ServiceError]] = {
    kind.kind: kind
    for kind in (InvalidRequest, Unauthenticated, Forbidden, NotFound, Conflict, Unprocessable, TooMany, Unavailable)
}


class RemoteError(ServiceError):
    """A service's error as its caller receives it: kind, code and detail kept, the class itself left behind."""

    def __init__(self, kind: str, code: str, title: str, detail: dict[str, Any]) -> None:
        Exception.__init__(self, code)
        base = KINDS.get(kind, ServiceError)
        self.kind, self.status = base.kind, base.status  # type: ignore[misc]
        self.code, self.title = code, title  # type: ignore[misc]
        self.detail = detail
