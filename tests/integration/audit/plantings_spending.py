"""Violations of what must hold of spending (BOOK-4)."""

from __future__ import annotations

from tests.integration.audit.plantings import Planting, posted

_ENTRY = (
    "INSERT INTO spending (spending_id, county_id, org_id, spending_class, amount_fen, spent_on, payee_sealed, purpose_sealed, "
    "voucher_number, deciding_body, decided_on, state, year, recorded_by, recorded_by_path, recorded_at, answered_by, "
    "booked_month, posting_id) SELECT '{{new}}', 'yanting', '{{t1}}', '{spending_class}', 5, '2026-09-14', '\\x00', '\\x00', "
    "'7', 'committee', '2026-09-14', '{state}', 2026, '{{li}}', 'yt', now(), {answered_by}, {booked}"
)
_BOOKED = "202609, gen_random_uuid()"

SPENDING = {
    "spending in a class that the rule does not have": Planting(
        _ENTRY.format(spending_class="banquet", state="recorded", answered_by="NULL", booked="NULL, NULL"),
        {"dues.spending_as_decided": ["{new}"]},
    ),
    "spending refused by whoever recorded it": Planting(
        _ENTRY.format(spending_class="training", state="refused", answered_by="'{li}'", booked="NULL, NULL"),
        {"dues.spending_as_decided": ["{new}"]},
    ),
    "spending approved and not booked": Planting(
        _ENTRY.format(spending_class="training", state="approved", answered_by="'{mei}'", booked=_BOOKED),
        {"dues.spending_as_booked": ["{new}"]},
    ),
    "spending booked without an entry, of what never arrived": Planting(
        posted("spent", "spending", "paid_out"),
        {
            "dues.spending_as_booked": ["{new}"],
            "dues.spending_within_held": ["{county}"],
            "dues.spending_box_as_booked": ["{county}"],
        },
    ),
    "a box of what never arrived": Planting(
        "INSERT INTO spending_box VALUES ('{t1}', 'yanting', 5)", {"dues.spending_box_as_booked": ["{t1}"]}
    ),
}
