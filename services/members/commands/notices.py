"""Marking one's own notices as read."""

from __future__ import annotations

from services.chassis.access import member_of
from services.chassis.work import Work
from services.contracts.errors import NotFound
from services.contracts.members import messages as m
from services.members.storage import notices


def read_notices(work: Work, request: m.ReadNotices) -> m.NoticesRead:
    """Done again it changes nothing: the first time of reading stays. Raises NotFound for another's notice as for none."""
    county_id, me = work.caller.county_id, member_of(work.caller)
    if notices.find(work.db, county_id, me, request.up_to_id) is None:
        raise NotFound
    notices.read_up_to(work.db, county_id, me, request.up_to_id, work.now)
    return m.NoticesRead(unread=notices.count_unread(work.db, county_id, me, m.MOST_COUNTED))
