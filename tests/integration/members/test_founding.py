"""Founding a county is safe to repeat; the database itself holds to the rules of the roster (REG-1)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from services.chassis.ids import new_id
from services.chassis.tables import outbox
from services.contracts.errors import InvalidMessage
from services.contracts.members import messages as m
from services.members.commands.founding import FirstOrganisation, Founding, found_county
from services.members.storage import tables as t
from tests.integration.members.conftest import Service, founding


def test_second_founding_changes_nothing_and_tells_nobody(service: Service) -> None:
    told = len(service.rows(sa.select(outbox)))
    before = service.rows(sa.select(t.account.c.id, t.account.c.password_hash).order_by(t.account.c.id))
    founded = service.core.desk().run(found_county, founding())
    assert (founded.organisations, founded.administrators) == (0, 0)
    assert service.rows(sa.select(t.account.c.id, t.account.c.password_hash).order_by(t.account.c.id)) == before
    assert len(service.rows(sa.select(outbox))) == told


def test_founding_tells_of_every_organisation_and_member_without_numbers(service: Service) -> None:
    told = service.rows(sa.select(outbox).order_by(outbox.c.position))
    assert [row.type for row in told] == [
        "members.organisations_changed",
        "members.roster_changed",
        "members.roster_changed",
    ]
    assert len(told[0].data["organisations"]) == 8
    assert "99999919800101" not in str([row.data for row in told])


def test_branch_cannot_be_founded_where_it_may_not_stand(service: Service) -> None:
    wrong = FirstOrganisation(code="x1", name="某支部", kind=m.OrgKind.BRANCH, parent_code="yanting")
    request = Founding(county_name="盐亭县", committee_name="中共盐亭县委员会", organisations=(wrong,))
    with pytest.raises(InvalidMessage):
        service.core.desk().run(found_county, request)


def test_database_refuses_a_second_branch_on_the_same_day(service: Service) -> None:
    person, other = service.member("李晓峰"), service.org("t01b02")
    first = service.rows(sa.select(t.membership).where(t.membership.c.member_id == person.id))[0]
    service.execute(sa.update(t.membership).where(t.membership.c.id == first.id).values(to_day=service.clock.today()))
    overlapping = {
        "id": new_id(),
        "county_id": "yanting",
        "member_id": person.id,
        "branch_id": other.id,
        "from_day": first.from_day,
        "to_day": service.clock.today(),
    }
    with pytest.raises(IntegrityError, match="membership_one_branch_a_day"):
        service.execute(sa.insert(t.membership).values(overlapping))
    service.execute(sa.insert(t.membership).values({**overlapping, "from_day": service.clock.today(), "to_day": None}))
