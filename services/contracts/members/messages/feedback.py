"""What people say of the platform itself (SEC-7)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from services.contracts.wire import DEFAULT_PAGE, Cursor, Id, PageSize, Text, message

MAX_FEEDBACK = 1_000
MAX_CONTACT = 100


@message
class SendFeedback:
    words: Annotated[str, Text(2, MAX_FEEDBACK)]
    contact: Annotated[str, Text(0, MAX_CONTACT)] = ""
    """How to reach the sender, if he wants to be: his own choice, in his own words."""


@message
class FeedbackView:
    id: Id
    words: Annotated[str, Text(0, MAX_FEEDBACK)]
    contact: Annotated[str, Text(0, MAX_CONTACT)]
    sender_name_masked: Annotated[str, Text(0, 60)]
    sender_branch_name: Annotated[str, Text(0, 60)]
    """Empty for who belongs to no branch any more."""
    sent_at: datetime


@message
class ListFeedback:
    cursor: Cursor | None = None
    limit: PageSize = DEFAULT_PAGE


@message
class FeedbackPage:
    items: tuple[FeedbackView, ...]
    next_cursor: Cursor | None
