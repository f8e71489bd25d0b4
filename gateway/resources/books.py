"""Months and books (BOOK-1, BOOK-7): opening a month, the trial balance, payments that agree with nothing."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: books"


class DuesMonths(Resource):
    on_get = asks(dues.LIST_MONTHS, "The months and where each stands", tag=_TAG)
    on_post = sends(dues.OPEN_MONTH, "Open a month: every member's obligation is made (DUE-12)", tag=_TAG, status=201)


class Ledger(Resource):
    on_get = asks(
        dues.GET_LEDGER, "The trial balance of an organisation and all beneath it", path={"id": "org_id"}, tag=_TAG
    )


class PaymentExceptions(Resource):
    on_get = asks(dues.LIST_EXCEPTIONS, "Payments that do not agree and wait for a person (PAY-9)", tag=_TAG)
