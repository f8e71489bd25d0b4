"""The signed-in person's own things.

Who I am, who looked at my record (SEC-5), what I was told (PAY-7), password and second factor (SEC-4).
"""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from gateway.operation import Limit
from services.contracts.members import methods as members

_TAG = "me"


class Me(Resource):
    on_get = asks(members.GET_ME, "Who I am, and the roles I hold", tag=_TAG)


class MyLookups(Resource):
    on_get = asks(members.LIST_MY_LOOKUPS, "Who looked at my record, when and why (SEC-5)", tag=_TAG)


class MyNotices(Resource):
    on_get = asks(members.LIST_NOTICES, "What I was told, the newest first, and how much of it is unread", tag=_TAG)


class MyNoticesRead(Resource):
    on_post = sends(members.READ_NOTICES, "Mark a notice and all older ones as read", tag=_TAG)


class MyPassword(Resource):
    on_put = sends(members.CHANGE_PASSWORD, "Change my password", tag=_TAG, limit=Limit.SIGN_IN)


class MySecondFactor(Resource):
    on_post = sends(
        members.OFFER_SECOND_FACTOR, "Begin to set up a second factor: what an authenticator needs", tag=_TAG
    )


class SecondFactorConfirmations(Resource):
    on_post = sends(
        members.CONFIRM_SECOND_FACTOR,
        "Put the second factor in force with its first code",
        tag=_TAG,
        limit=Limit.SIGN_IN,
    )
