"""One member's record, as an administrator sees it. Each look leaves a trace that the member can read (REG-8, SEC-5)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.members import methods as members

_TAG = "members"


class Member(Resource):
    on_get = asks(
        members.GET_MEMBER,
        "A member's record, sensitive fields masked (SEC-2)",
        path={"id": "id"},
        tag=_TAG,
        versioned=True,
    )


class Unmaskings(Resource):
    on_post = sends(
        members.UNMASK,
        "See one masked field in full, for a purpose that is logged (SEC-2)",
        path={"id": "member_id"},
        tag=_TAG,
    )


class ActivationCodes(Resource):
    on_post = sends(
        members.ISSUE_ACTIVATION_CODE,
        "Make the one-time code for a member's first sign-in; shown once",
        path={"id": "id"},
        tag=_TAG,
        status=201,
    )
