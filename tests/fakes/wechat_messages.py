"""WeChat messages in memory: the twin of ``WechatMessageClient`` for tests of members. The same id is delivered once."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from services.members.providers.wechat_messages import MessageError, TemplateMessage, WechatMessages


@dataclass(slots=True)
class FakeWechatMessages:
    set_up: bool = True
    tries: int = 0
    delivered: dict[str, TemplateMessage] = field(default_factory=dict)
    _failures: deque[MessageError] = field(default_factory=deque)

    def fail(self, error: MessageError) -> None:
        self._failures.append(error)

    def send(self, message: TemplateMessage) -> None:
        self.tries += 1
        if self._failures:
            raise self._failures.popleft()
        self.delivered.setdefault(message.message_id, message)


def _is_the_port(fake: FakeWechatMessages) -> WechatMessages:
    """Read by the type checker: the twin has the shape of the port."""
    return fake
