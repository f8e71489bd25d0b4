"""A rule's refusal as the error that a caller is told: the stable code without its service's prefix, and its details."""

from __future__ import annotations

from services.contracts.errors import ServiceError
from services.dues.domain.refusal import Refusal

_PREFIX = "dues."


def refused(error_class: type[ServiceError], refusal: Refusal, **beside: int | str) -> ServiceError:
    """The error to raise. ``beside`` adds what only the caller's own request tells, such as the index in a batch."""
    return error_class(reason=refusal.code.removeprefix(_PREFIX), **refusal.detail, **beside)
