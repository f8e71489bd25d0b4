"""Relief (DUE-11) and consent (PAY-2, PAY-3): the branch's decision, the superior's, both dated and by a person."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: relief and consent"
_BY_ID, _OF_MEMBER, _OF_ORG = {"id": "id"}, {"id": "member_id"}, {"id": "org_id"}


class Reliefs(Resource):
    on_get = asks(
        dues.LIST_RELIEFS, "Reliefs of an organisation's branches, and what waits for me", path=_OF_ORG, tag=_TAG
    )


class MemberReliefs(Resource):
    on_post = sends(dues.ASK_RELIEF, "Enter the branch's decision on a relief", path=_OF_MEMBER, tag=_TAG, status=201)


class ReliefAnswers(Resource):
    on_post = sends(dues.ANSWER_RELIEF, "The next superior's decision, by another person", path=_BY_ID, tag=_TAG)


class ReliefEnds(Resource):
    on_post = sends(dues.END_RELIEF, "Withdraw a relief that waits, or end one early", path=_BY_ID, tag=_TAG)


class Consents(Resource):
    on_get = asks(dues.LIST_CONSENTS, "Consents of an organisation's branches", path=_OF_ORG, tag=_TAG)


class MemberConsents(Resource):
    on_post = sends(
        dues.RECORD_CONSENT, "Record what the branch agreed to for a member", path=_OF_MEMBER, tag=_TAG, status=201
    )


class ConsentNotes(Resource):
    on_post = sends(dues.NOTE_CONSENT, "The superior's note on a back payment beyond the limit", path=_BY_ID, tag=_TAG)


class ConsentWithdrawals(Resource):
    on_post = sends(dues.WITHDRAW_CONSENT, "Take a consent back", path=_BY_ID, tag=_TAG)
