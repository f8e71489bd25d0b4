"""What people say of the platform itself, and the list of it for those who run it (SEC-7)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.members import methods as members

_TAG = "feedback"


class Feedback(Resource):
    on_get = asks(
        members.LIST_FEEDBACK, "What people said, the newest first; each sender sees that it was read", tag=_TAG
    )
    on_post = sends(members.SEND_FEEDBACK, "Say what is wrong or missing; kept sealed", tag=_TAG)
