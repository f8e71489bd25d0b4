"""What holds of reported and settled months whoever writes: the database's own nets, each with a twin that has none (BOOK-1)."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DBAPIError

from tests.integration.dues.county import County, ident, member
from tests.integration.dues.offices import AUGUST, DUE_FEN, delay_all_but, populate, report, settle_august

_POSTING = """INSERT INTO posting (posting_id, county_id, entry, debit_kind, debit_owner, credit_kind, credit_owner, amount_fen,
    booked_month, booked_at) VALUES (gen_random_uuid(), 'yanting', 'late_payment', 'provider_clearing', gen_random_uuid(),
    'suspense', gen_random_uuid(), 1, 202608, now())"""
_LATER = """INSERT INTO obligation
    (member_id, month, county_id, branch_id, branch_path, member_class, amount_fen, basis, billed_in, ahead)
    SELECT gen_random_uuid(), month, county_id, branch_id, branch_path, member_class, amount_fen, basis, billed_in, ahead
    FROM obligation WHERE month = 202608 LIMIT 1"""
REPORTED = {
    "obligation_closed": "UPDATE obligation SET amount_fen = 19 WHERE month = 202608 AND paid_fen = 0",
    "obligation_not_added": _LATER,
    "obligation_not_removed": "DELETE FROM obligation WHERE month = 202608 AND paid_fen = 0",
    "delay_closed": "UPDATE delay SET ended_by = put_by, ended_why = 'taken_off', ended_at = now() WHERE ended_at IS NULL",
    "month_report_frozen": "UPDATE month_report SET owed_fen = 41, paid_fen = paid_fen + 1 WHERE owed_fen = 40",
}
SETTLED = {
    "posting_in_open_month": _POSTING,
    "dues_month_settled": "UPDATE dues_month SET state = 'open' WHERE month = 202608",
    "month_report_frozen": "UPDATE month_report SET returned_by = reported_by, returned_by_path = '', returned_at = now(), "
    "return_reason = 'x' WHERE level = 'branch'",
}
TABLES = {
    **dict.fromkeys(("obligation_closed", "obligation_not_added", "obligation_not_removed"), "obligation"),
    "delay_closed": "delay",
    "month_report_frozen": "month_report",
    "posting_in_open_month": "posting",
    "dues_month_settled": "dues_month",
}


def _changed_after_report(county: County, net: str, *, settled: bool, with_net: bool) -> None:
    till = populate(county)
    till.pay(member("wang"), DUE_FEN, ("wang", AUGUST))
    delay_all_but(county, "wang")
    if settled:
        settle_august(county)
    else:
        report(county, "b1")
    if not with_net:
        county.sql(f"ALTER TABLE {TABLES[net]} DISABLE TRIGGER {net}")
    county.sql((SETTLED if settled else REPORTED)[net])


@pytest.mark.parametrize("net", REPORTED)
def test_what_a_report_rests_on_is_not_changed(county: County, net: str) -> None:
    with pytest.raises(DBAPIError):
        _changed_after_report(county, net, settled=False, with_net=True)


@pytest.mark.parametrize("net", REPORTED)
def test_without_its_net_it_would_be(county: County, net: str) -> None:
    _changed_after_report(county, net, settled=False, with_net=False)


@pytest.mark.parametrize("net", SETTLED)
def test_a_settled_month_is_not_changed(county: County, net: str) -> None:
    with pytest.raises(DBAPIError):
        _changed_after_report(county, net, settled=True, with_net=True)


@pytest.mark.parametrize("net", SETTLED)
def test_without_its_net_a_settled_month_would_be(county: County, net: str) -> None:
    _changed_after_report(county, net, settled=True, with_net=False)


_SHORT = """INSERT INTO month_report (report_id, county_id, org_id, org_path, level, month, members, owed_fen, paid_fen, delayed,
    delayed_fen, reported_by, reported_by_path, reported_at)
    VALUES (gen_random_uuid(), 'yanting', :org, 'yt.t1.b1', 'branch', 202608, 2, 40, 20, 0, 0, gen_random_uuid(), '', now())"""


def test_a_report_that_does_not_account_for_all_is_refused_by_the_database(county: County) -> None:
    with pytest.raises(DBAPIError, match="month_report_all_accounted"):
        county.sql(_SHORT, org=ident("b1"))


def test_without_the_constraint_it_would_stand(county: County) -> None:
    county.sql("ALTER TABLE month_report DROP CONSTRAINT month_report_all_accounted")
    county.sql(_SHORT, org=ident("b1"))


def test_paying_a_month_asks_nothing_of_the_nets(county: County) -> None:
    """The column that a payment changes is in no trigger's list, so the hot way stays as it was."""
    rows = county.sql(
        "SELECT tgname FROM pg_trigger JOIN pg_attribute ON attrelid = tgrelid AND attnum = ANY(tgattr::int2[]) "
        "WHERE tgrelid = 'obligation'::regclass AND attname = 'paid_fen'"
    )
    assert rows == []
