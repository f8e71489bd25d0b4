"""What members tells of the reminders that it was asked to bring (ARR-1)."""

from __future__ import annotations

from enum import StrEnum

from services.contracts.wire import Id, message


class WechatOutcome(StrEnum):
    """What became of the WeChat message beside the notice in the inbox."""

    SENT = "sent"
    NOT_BOUND = "not_bound"
    NOT_SET_UP = "not_set_up"
    """The county has no message template at WeChat."""
    REFUSED = "refused"
    """He does not follow the county's account, or takes no such messages."""
    FAILED = "failed"


@message
class ReminderCarried:
    """Whether a member got the WeChat message; the notice stands in his inbox whatever became of it."""

    reminder_id: Id
    wechat: WechatOutcome
