"""What I owe, and why; and the same of a member for his administrators."""

from __future__ import annotations

from gateway.forward import Resource, asks
from services.contracts.dues import methods as dues

_TAG = "dues: owed"


class MyDues(Resource):
    on_get = asks(dues.GET_MY_DUES, "What I owe, month by month, and what I may pay ahead", tag=_TAG)


class MyBill(Resource):
    on_get = asks(
        dues.GET_BILL,
        "One of my months, explained",
        path={"month": "month"},
        hidden=("member_id",),
        name="get_my_bill",
        tag=_TAG,
    )


class MemberBill(Resource):
    on_get = asks(
        dues.GET_BILL,
        "A member's month, explained, for his administrators",
        path={"id": "member_id", "month": "month"},
        tag=_TAG,
    )


class MyDuesLookups(Resource):
    on_get = asks(
        dues.LIST_MY_LOOKUPS, "Who looked at my bases and bills (SEC-5)", name="list_my_dues_lookups", tag=_TAG
    )
