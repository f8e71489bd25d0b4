"""Messages that more than one service uses."""

from __future__ import annotations

from services.contracts.wire import Id, message


@message
class Nothing:
    """No content."""


@message
class ById:
    id: Id
