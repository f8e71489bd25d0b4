"""Talks to WeChat with no transaction open, then runs exactly one command; a job, one for each message."""

from __future__ import annotations

from services.chassis.core import Desk
from services.chassis.logging import get_logger
from services.contracts.errors import Unavailable
from services.contracts.members import messages as m
from services.contracts.members.errors import WeChatCodeRefused
from services.members import reminders
from services.members.commands.sign_in import WeChatArrival, sign_in_by_openid
from services.members.providers.wechat_messages import (
    MessageRefused,
    MessagesUnavailable,
    TemplateMessage,
    WechatMessages,
)
from services.members.providers.wechat_sign_in import CodeRefused, SignInUnavailable, WechatSignIn

DUES_PAGE = "/dues"
_log = get_logger(__name__)


def sign_in_with_wechat(desk: Desk, request: m.WeChatSignIn, wechat: WechatSignIn) -> m.SignInResult:
    """Raises WeChatCodeRefused, and Unavailable when WeChat gives no usable answer: the phone then asks for a new code."""
    try:
        identity = wechat.exchange(request.code)
    except CodeRefused as refusal:
        raise WeChatCodeRefused(reason=refusal.reason) from None
    except SignInUnavailable as failure:
        raise Unavailable(reason=f"wechat_{failure.reason}") from None
    return desk.run(sign_in_by_openid, WeChatArrival(identity.openid, request.device))


def send_wechat_messages(desk: Desk, wechat: WechatMessages) -> int:
    """The job: sends what waits; how many were tried. What WeChat does not take comes again at the time that ``take_due`` set."""
    due = desk.run(reminders.take_due, wechat.set_up)
    public_url: str = desk.settings.public_url
    for each in due:
        fields = dict(zip(desk.settings.reminder_fields, reminders.fields_of(each), strict=True))
        page = public_url.rstrip("/") + DUES_PAGE if public_url else ""
        try:
            wechat.send(TemplateMessage(each.message_id, each.openid, fields, page))
        except MessageRefused as refusal:
            _log.info("wechat_message_refused", message_id=each.message_id, reason=refusal.reason)
            desk.run(reminders.end_message, reminders.Ended(each.message_id, m.WechatOutcome.REFUSED))
        except MessagesUnavailable as failure:
            _log.warning("wechat_message_not_sent", message_id=each.message_id, reason=failure.reason)
        else:
            desk.run(reminders.end_message, reminders.Ended(each.message_id, m.WechatOutcome.SENT))
    return len(due)
