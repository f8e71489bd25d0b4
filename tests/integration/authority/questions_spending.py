"""How the operations of spending are asked, beside ``questions``."""

from __future__ import annotations

from services.contracts.members.messages import OrgKind
from tests.integration.authority.questions import Asked, Question
from tests.integration.authority.spending_story import NEW_VOUCHER, SPENDERS, entry
from tests.integration.authority.story import TREE


def _told_why_not(asked: Asked) -> str | None:
    """A branch keeps nothing; elsewhere there is what has arrived."""
    if not asked.about.exists or asked.about.place in SPENDERS:
        return None
    is_branch = TREE[asked.about.place][1] in (OrgKind.BRANCH, OrgKind.GROUP)
    return "dues.spending_refused" if is_branch else "dues.spending_exceeds_held"


QUESTIONS: dict[str, Question] = {
    "record_spending": Question(lambda _: {"json": entry(NEW_VOUCHER)}, lets_through=_told_why_not),
    "get_spending_summary": Question(lambda _: {"params": {"year": "2026"}}),
    "refuse_spending": Question(lambda _: {"json": {"reason": "票据不全"}}),
    "reverse_spending": Question(lambda _: {"json": {"reason": "金额写错"}}),
}
