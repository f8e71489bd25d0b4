"""What an organisation holds for its own use, and how it is held while somebody decides on it (BOOK-2, BOOK-4).

``spending_box`` is moved by the database itself with each slip that arrives or is made and each entry that is approved or
reversed. Whoever weighs it to take from it holds its row, so that two of them come one after the other.
"""

from __future__ import annotations

import sqlalchemy as sa

from services.chassis.work import Work
from services.contracts.dues import messages as m
from services.contracts.values import YearMonth
from services.dues.acting import Place
from services.dues.domain.collection import share_fen
from services.dues.domain.month_report import Level
from services.dues.domain.spending import Holding
from services.dues.profiles import read_profiles
from services.dues.remittance_sums import given_back_beneath
from services.dues.storage.remittance import remittance
from services.dues.storage.spending import spending_box


def held_for_use(work: Work, org_id: str, *, lock: bool = False) -> int:
    """Fen in the organisation's box; nothing where nothing has ever arrived."""
    held = sa.select(spending_box.c.held_fen).where(spending_box.c.org_id == org_id)
    return int(work.db.scalar(held.with_for_update() if lock else held) or 0)


def holding_of(work: Work, place: Place, *, lock: bool = False) -> Holding:
    """What is available now, and why it is not more (``domain.spending.Holding``). ``lock`` for whoever is about to spend it."""
    return Holding(
        held_fen=held_for_use(work, place.org_id, lock=lock),
        set_aside_fen=_share_of_the_city(work, place) if place.level is Level.COUNTY else 0,
        given_back_fen=given_back_beneath(work, place.org_id, place.path),
    )


def _share_of_the_city(work: Work, place: Place) -> int:
    """Of all that arrived at the county, month by month under the profile of that month; nothing where none is set."""
    r = remittance.c
    arrived = (
        sa.select(r.booked_month, sa.cast(sa.func.sum(r.amount_fen), sa.BigInteger).label("fen"))
        .where(r.to_org == place.org_id, r.state == m.RemittanceState.ARRIVED.value)
        .group_by(r.booked_month)
    )
    profiles = read_profiles(work)
    return sum(
        share_fen(row.fen, profiles.at(YearMonth.from_number(row.booked_month)).shares.county or 0)
        for row in work.db.execute(arrived)
    )
