"""What a county sets itself: the shares that are passed up, and whether the yearly notice names people (BOOK-2, BOOK-5)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: the county's rules"


class CountyRules(Resource):
    on_get = asks(dues.GET_COUNTY_RULES, "The county's own rules, each with the month from which it holds", tag=_TAG)
    on_post = sends(dues.SET_COUNTY_RULES, "Set them from a month on that has not passed", tag=_TAG)
