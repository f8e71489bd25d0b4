"""Assessments (DUE-13, DUE-15): the branch's work list, a member's versions, many at once."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues
from services.contracts.envelope import MAX_CALL_BYTES

_TAG = "dues: assessments"
MAX_BATCH_BYTES = MAX_CALL_BYTES - 16 * 1024
"""What fits in a call beside its envelope with twenty grants."""


class MemberMonths(Resource):
    on_get = asks(
        dues.LIST_MEMBER_MONTHS,
        "A month's work list: who owes, who paid, who is not assessed",
        path={"id": "org_id"},
        tag=_TAG,
    )


class MemberAssessments(Resource):
    on_get = asks(dues.LIST_ASSESSMENTS, "All versions of a member's assessment", path={"id": "member_id"}, tag=_TAG)
    on_post = sends(dues.ASSESS, "Assess a member from a month on", path={"id": "member_id"}, tag=_TAG, status=201)


class AssessmentBatches(Resource):
    on_post = sends(
        dues.ASSESS_BATCH,
        "Assess up to 500 members: all of them or none",
        tag=_TAG,
        status=201,
        max_bytes=MAX_BATCH_BYTES,
    )
