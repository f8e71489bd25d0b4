"""The second net: with the first filter gone, a stranger's rows are still none (REG-8, docs/decisions/0012)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from services.chassis.row_scope import RowScope, county_wide, scope_of
from services.contracts.caller import Caller, anonymous, system
from services.dues.orders import placing
from tests.integration.authority.conftest import Peopled
from tests.integration.authority.databases import SERVICES
from tests.integration.authority.peopling import EARLIER
from tests.integration.authority.story import CALLERS, COUNTY, FOREIGN, PEOPLE, Person, above, near
from tests.integration.authority.world import World
from tests.integration.dues.county import WAGE_FEN

ASKING = ("member", "relative", "branch", "committee", "county", "finance", "system", "resident")
PERSONAL = ("county_id", "member_id", "account_id", "payer_id", "session_id", "about_member_id")
"""A table with one of these columns knows persons."""
OPEN: dict[str, dict[str, str]] = {
    "members": {
        "county": "the county's own name",
        "organisation": "the tree: no persons in it, and every path is compared with it",
    },
    "dues": {
        "organisation": "the copy of the tree",
        "dues_month": "which months are open",
    },
}
"""Tables that stand open to their service, each with its reason."""
INTERNAL = ("request", "outbox", "inbox", "alembic_version", "payment_notice", "receipt_counter")
"""Nothing of a person can be asked for by his id: sealed, keyed by a random id, or a number alone."""


def uncovered(world: World, service: str) -> set[str]:
    """Tables that know persons and have no row security, and no reason to have none."""
    columns = ", ".join(f"'{name}'" for name in PERSONAL)
    rows = world.sql(
        service,
        "SELECT DISTINCT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        f"WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND a.attname IN ({columns}) "
        "AND NOT a.attisdropped AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))",
    )
    return {row[0] for row in rows} - set(OPEN[service]) - set(INTERNAL)


def covered(world: World, service: str) -> list[str]:
    rows = world.sql(
        service, "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
    )
    return sorted(row[0] for row in rows)


def caller_by(peopled: Peopled, name: str) -> Caller:
    """The caller as the gateway makes him of his session's token."""
    session = peopled.known.sessions[name]
    return peopled.world.tokens.caller(peopled.world.tokens.issue(session))


def seen(world: World, service: str, scope: RowScope | None, statement: str) -> list[Any]:
    """What a statement without any filter gets, run as the service runs it."""
    with world.databases[service].snapshot(scope) as db:
        return list(db.execute(sa.text(statement)).all())


def may_see(caller: str, person: Person) -> bool:
    """Himself, and those beneath his office; by the story alone. An office over the county sees also who has left his branch."""
    me = CALLERS[caller]
    if person is me or me.office is None:
        return person is me
    return me.office[1] == person.county or (me.office[1] in above(person.branch) and not person.left)


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_that_knows_persons_is_covered(peopled: Peopled, service: str) -> None:
    assert uncovered(peopled.world, service) == set()


def test_a_table_without_row_security_is_found(peopled: Peopled) -> None:
    peopled.world.sql("dues", "CREATE TABLE planted (member_id uuid)")
    try:
        assert uncovered(peopled.world, "dues") == {"planted"}
    finally:
        peopled.world.sql("dues", "DROP TABLE planted")


@pytest.mark.parametrize("service", SERVICES)
def test_service_works_as_a_role_that_owns_and_bypasses_nothing(peopled: Peopled, service: str) -> None:
    facts = seen(
        peopled.world,
        service,
        None,
        "SELECT current_user::text, rolsuper, rolbypassrls, rolcanlogin, "
        "(SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user) "
        "FROM pg_roles WHERE rolname = current_user",
    )
    assert [tuple(row) for row in facts] == [("platform_service", False, False, False, 0)]
    database = peopled.world.databases[service]
    table = covered(peopled.world, service)[0]
    with pytest.raises(ProgrammingError, match="must be owner"), database.transaction() as db:
        db.execute(sa.text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))


@pytest.mark.parametrize("asking", ASKING)
def test_no_row_of_a_stranger_without_the_first_filter(peopled: Peopled, asking: str) -> None:
    scope = scope_of(caller_by(peopled, asking))
    names = {row[0] for row in seen(peopled.world, "members", scope, "SELECT name FROM member")}
    assert names == {person.name for person in PEOPLE.values() if may_see(asking, person)}
    for table in ("membership", "member_status", "member_class_period", "account"):
        owners = {
            str(row[0]) for row in seen(peopled.world, "members", scope, f"SELECT DISTINCT member_id FROM {table}")
        }
        strangers = {peopled.known.people[person.name] for person in PEOPLE.values() if not may_see(asking, person)}
        assert not owners & strangers, table


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("asking", ["county", "system", "anonymous"])
def test_no_row_of_another_county_in_any_table(peopled: Peopled, service: str, asking: str) -> None:
    caller = anonymous(COUNTY) if asking == "anonymous" else caller_by(peopled, asking)
    for table in covered(peopled.world, service):
        counties = seen(peopled.world, service, scope_of(caller), f"SELECT DISTINCT county_id FROM {table}")
        assert {row[0] for row in counties} <= {COUNTY}, table


def test_jobs_see_their_county_and_nothing_of_another(peopled: Peopled) -> None:
    people = {
        county: {row[0] for row in seen(peopled.world, "members", scope_of(system(county)), "SELECT name FROM member")}
        for county in (COUNTY, FOREIGN)
    }
    for county, names in people.items():
        assert names == {person.name for person in PEOPLE.values() if person.county == county}


def test_receipts_are_seen_by_payer_and_beneficiary_alone(peopled: Peopled) -> None:
    for asking in ASKING:
        rows = seen(peopled.world, "dues", scope_of(caller_by(peopled, asking)), "SELECT receipt_id FROM receipt")
        own = {row_id for pair, row_id in peopled.known.receipts.items() if asking in pair}
        assert {str(row[0]) for row in rows} == own, asking


def test_without_a_scope_nothing_that_knows_persons_is_seen(peopled: Peopled) -> None:
    for service, tables in (("members", ("member", "account", "session", "roster_export")), ("dues", ("receipt",))):
        for table in tables:
            assert seen(peopled.world, service, None, f"SELECT county_id FROM {table}") == [], table


def test_without_row_security_the_same_statements_show_everybody(without_net: Peopled) -> None:
    scope = scope_of(caller_by(without_net, "member"))
    names = {row[0] for row in seen(without_net.world, "members", scope, "SELECT name FROM member")}
    assert names == {person.name for person in PEOPLE.values()}
    receipts = seen(without_net.world, "dues", scope, "SELECT receipt_id FROM receipt")
    assert len(receipts) == len(without_net.known.receipts)
    counties = seen(without_net.world, "dues", scope, "SELECT DISTINCT county_id FROM orders")
    assert {row[0] for row in counties} == {COUNTY, FOREIGN}


def test_no_row_can_be_written_into_another_county(peopled: Peopled) -> None:
    scope = scope_of(caller_by(peopled, "member"))
    statement = sa.text(
        "INSERT INTO beneficiary (payer_id, member_id, favourite, added_at, county_id) "
        "VALUES (gen_random_uuid(), gen_random_uuid(), false, now(), :county)"
    )
    dues = peopled.world.databases["dues"]
    with pytest.raises(ProgrammingError, match="row-level security"), dues.transaction(scope) as db:
        db.execute(statement, {"county": FOREIGN})


def test_a_scope_ends_with_its_transaction(peopled: Peopled) -> None:
    seen(peopled.world, "members", scope_of(system(FOREIGN)), "SELECT name FROM member")
    assert seen(peopled.world, "members", None, "SELECT current_setting('app.scope', true)")[0][0] in (None, "")
    assert seen(peopled.world, "members", None, "SELECT current_setting('app.county')")[0][0] == COUNTY


def test_beyond_the_reach_only_for_the_read_inside(peopled: Peopled) -> None:
    count = sa.text("SELECT count(*) FROM member")
    caller = caller_by(peopled, "member")
    with peopled.world.databases["members"].snapshot(scope_of(caller)) as db:
        before = db.scalar(count)
        with county_wide(db, caller):
            wide = db.scalar(count)
        assert (before, wide, db.scalar(count)) == (1, sum(one.county == COUNTY for one in PEOPLE.values()), 1)


def test_story_has_somebody_near_who_is_still_a_stranger_to_the_database() -> None:
    """Else the tests above could pass by a rule of branches alone."""
    assert near(PEOPLE["member"], PEOPLE["colleague"])
    assert not may_see("member", PEOPLE["colleague"])


def test_the_hot_way_of_an_order_is_gone_beneath_row_security(
    peopled: Peopled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its one statement sees what it needs; else every order would fall back to the ordinary way without a word."""

    def ordinary(*_: object) -> None:
        raise AssertionError("the ordinary way was gone")

    monkeypatch.setattr(placing, "place_order", ordinary)
    line = {"member_id": peopled.known.people[PEOPLE["colleague"].name], "month": EARLIER}
    with peopled.world.undone():
        body = {"lines": [line], "expected_total_fen": WAGE_FEN}
        placed = peopled.world.ask("POST", "/v1/dues/orders", peopled.known.sessions["member"], json=body)
        assert placed.status_code == 201
        wrong = {"lines": [line], "expected_total_fen": WAGE_FEN + 1}
        assert (
            peopled.world.ask("POST", "/v1/dues/orders", peopled.known.sessions["member"], json=wrong).status_code
            == 500
        )
