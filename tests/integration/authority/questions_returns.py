"""How refunds of cash, requests taken back, a slip's paper and the county's own rules are asked for."""

from __future__ import annotations

from typing import Any

from tests.integration.authority.questions import Asked, Question, _json
from tests.integration.authority.story import MONTH

_RULES = {"city_to_province_share": 2_000, "province_to_centre_share": 500, "publish_names": True, "version": 1}


def _recorded(asked: Asked) -> dict[str, Any]:
    """Out of the box by the branch; what finance transfers has not been banked."""
    return {"source": "bank" if asked.caller == "finance" else "box", "voucher": "No. 7"}


def _not_banked(asked: Asked) -> str | None:
    return "dues.cash_return_refused" if asked.caller == "finance" else None


def _of_the_box(asked: Asked) -> str | None:
    """Cash out of a box is confirmed by branch and committee alone; whoever else reaches the place is told so."""
    return "dues.cash_return_refused" if asked.caller in ("county", "finance") else None


QUESTIONS: dict[str, Question] = {
    "withdraw_refund": Question(),
    "record_cash_return": Question(_json(_recorded), lets_through=_not_banked),
    "confirm_cash_return": Question(lets_through=_of_the_box),
    "release_cash_return": Question(_json(lambda _: {"reason": "the sum was wrong"}), lets_through=_of_the_box),
    "set_county_rules": Question(_json(lambda _: {"from_month": MONTH, "county_share": 3_000, **_RULES})),
}
