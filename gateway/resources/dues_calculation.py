"""How much: the calculator and the rules behind it, open to anybody. Nothing is stored."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: how much"
FIVE_MINUTES = "public, max-age=300"
"""The rules change a few times a decade, and a page reads them at each visit of the calculator."""


class Calculations(Resource):
    on_post = sends(dues.CALCULATE, "Work out a month's amount, explained line by line (DUE-1 to DUE-15)", tag=_TAG)


class RuleProfile(Resource):
    on_get = asks(
        dues.GET_PROFILE, "The rules in force, as the calculator's form needs them", tag=_TAG, cache=FIVE_MINUTES
    )
