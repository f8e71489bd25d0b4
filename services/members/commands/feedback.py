"""Taking in what people say of the platform (SEC-7). Kept sealed: what somebody writes may be personal."""

from __future__ import annotations

from datetime import timedelta

from services.chassis.ids import new_id
from services.chassis.work import Work
from services.contracts.common import Nothing
from services.contracts.members import messages as m
from services.contracts.members.errors import TooMuchFeedback
from services.members.commands.accounts import own_account
from services.members.storage import feedback, members
from services.members.storage.tables import FEEDBACK_CONTACT, FEEDBACK_WORDS

MOST_A_DAY = 10
"""Nobody finds more faults in a day; beyond it somebody floods the list for all others."""
DAY = timedelta(days=1)


def send_feedback(work: Work, request: m.SendFeedback) -> Nothing:
    """Raises TooMuchFeedback beyond ``MOST_A_DAY`` in the last 24 hours."""
    account, county_id = own_account(work), work.caller.county_id
    members.lock(work.db, county_id, account.member_id)  # two sent at once are counted one after the other
    if feedback.count_since(work.db, account.id, work.now - DAY, MOST_A_DAY) >= MOST_A_DAY:
        raise TooMuchFeedback(most_a_day=MOST_A_DAY)
    row_id, contact = new_id(), request.contact.strip()
    feedback.add(
        work.db,
        {
            "id": row_id,
            "county_id": county_id,
            "account_id": account.id,
            "words_sealed": work.keys.seal(FEEDBACK_WORDS, row_id, request.words.strip()),
            "contact_sealed": work.keys.seal(FEEDBACK_CONTACT, row_id, contact) if contact else None,
            "sent_at": work.now,
        },
    )
    return Nothing()
