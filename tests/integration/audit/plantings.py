"""Violations of each invariant, and all that the checker must say of them: no less, and nothing of what is sound."""

from __future__ import annotations

from typing import NamedTuple

CLEARING = "the clearing account less payments and refunds sent"
INCOME = "what the months have taken less dues income"
PROMISED = "refunds not yet sent less what is promised"
AGREES = "dues.ledger_agrees_with_money"


class Planting(NamedTuple):
    """``{paid}`` and its like name the scene's orders, people and rows; ``found`` is by database and name of the invariant."""

    statement: str
    found: dict[str, list[str]]
    database: str = "dues"


def posted(entry: str, debit: str, credit: str, reverses: str = "NULL", fen: int = 5) -> str:
    return (
        f"INSERT INTO posting SELECT '{{new}}', 'yanting', '{entry}', '{debit}', '{{county}}', '{credit}', '{{county}}', {fen}, "
        f"NULL, NULL, NULL, NULL, 202609, {reverses}, now()"
    )


def copied(entry: str = "entry", fen: str = "amount_fen", reverses: str = "reverses", mirrored: bool = False) -> str:
    """Of the posting of the paid order's first line."""
    sides = ["debit_kind, debit_owner", "credit_kind, credit_owner"]
    first, second = reversed(sides) if mirrored else sides
    return (
        f"INSERT INTO posting SELECT '{{new}}', county_id, {entry}, {first}, {second}, {fen}, order_id, line_no, member_id, "
        f"month, booked_month, {reverses}, booked_at FROM posting WHERE posting_id = '{{posting}}'"
    )


BOOKS = {
    "a posting within one account": Planting(
        posted("correction", "cash", "cash"),
        {"dues.posting_moves_money": ["{new}"], "dues.posting_between_its_accounts": ["{new}"]},
    ),
    "a posting of nothing": Planting(
        posted("correction", "cash", "voluntary_extra", fen=0),
        {"dues.posting_moves_money": ["{new}"], "dues.posting_between_its_accounts": ["{new}"]},
    ),
    "a payment booked to cash": Planting(
        "UPDATE posting SET debit_kind = 'cash' WHERE posting_id = '{posting}'",
        {
            "dues.posting_between_its_accounts": ["{posting}"],
            "dues.cash_box_as_booked": ["{county}"],
            AGREES: [CLEARING],
        },
    ),
    "a reversal of nothing": Planting(
        posted("reversal", "cash", "voluntary_extra", reverses="gen_random_uuid()"),
        {"dues.reversal_mirrors_original": ["{new}"], "dues.cash_box_as_booked": ["{county}"]},
    ),
    "a reversal over another amount": Planting(
        copied("'reversal'", "19", "posting_id", mirrored=True),
        {
            "dues.reversal_mirrors_original": ["{new}"],
            "dues.line_booked_once": ["{paid}/1"],
            "dues.line_refunded_once": ["{paid}/1"],
            "dues.payment_booked_once": ["{paid}"],
            "dues.month_paid_as_booked": ["{li}/202607"],
            "dues.collection_totals_as_booked": ["{b1}/202607"],
            AGREES: [CLEARING, INCOME],
        },
    ),
    "a line booked twice": Planting(
        copied(),
        {
            "dues.line_booked_once": ["{paid}/1"],
            "dues.payment_booked_once": ["{paid}"],
            "dues.month_settled_once": ["{li}/202607"],
            "dues.month_paid_as_booked": ["{li}/202607"],
            "dues.collection_totals_as_booked": ["{b1}/202607"],
            AGREES: [CLEARING, INCOME],
        },
    ),
    "a line booked to another branch": Planting(
        "UPDATE posting SET credit_owner = '{b3}' WHERE posting_id = '{posting}'",
        {"dues.line_booked_once": ["{paid}/1"]},
    ),
    "a payment not booked": Planting(
        "DELETE FROM posting WHERE order_id = '{promised}' AND entry = 'late_payment'",
        {
            "dues.payment_booked_once": ["{promised}"],
            "dues.account_not_below_zero": ["suspense/{county}"],
            AGREES: [CLEARING],
        },
    ),
    "a refund sent and not booked": Planting(
        "DELETE FROM posting WHERE order_id = '{refunded}' AND entry = 'refund_sent'",
        {"dues.refund_booked_once": ["{refunded}"], AGREES: [PROMISED, CLEARING]},
    ),
    "an account below zero": Planting(
        posted("correction", "cash", "remittance"),
        {
            "dues.posting_between_its_accounts": ["{new}"],
            "dues.account_not_below_zero": ["remittance/{county}"],
            "dues.cash_box_as_booked": ["{county}"],
        },
    ),
    "months that took more than was paid": Planting(
        "UPDATE obligation SET paid_fen = amount_fen WHERE member_id = '{wang}' AND month = 202608",
        {"dues.month_paid_as_booked": ["{wang}/202608"], AGREES: [INCOME]},
    ),
}

ORDERS = {
    "a success without a payment": Planting(
        "UPDATE orders SET state = 'succeeded', settled_at = now() WHERE order_id = '{waiting}'",
        {"dues.order_state_true": ["{waiting}"]},
    ),
    "a state that there is not": Planting(
        "UPDATE orders SET state = 'lost' WHERE order_id = '{closed}'", {"dues.order_state_true": ["{closed}"]}
    ),
    "a success that was never settled": Planting(
        "UPDATE orders SET settled_at = NULL WHERE order_id = '{paid}'", {"dues.order_state_true": ["{paid}"]}
    ),
    "an order given back before its refund": Planting(
        "UPDATE orders SET state = 'refunded' WHERE order_id = '{promised}'", {"dues.order_state_true": ["{promised}"]}
    ),
    "a total that is not its lines'": Planting(
        "UPDATE orders SET total_fen = 41 WHERE order_id = '{waiting}'", {"dues.order_total_true": ["{waiting}"]}
    ),
    "an order paid by two transactions": Planting(
        "INSERT INTO provider_payment SELECT 'second', order_id, amount_fen, paid_at, source, late, stored_at "
        "FROM provider_payment WHERE order_id = '{promised}'",
        {
            "dues.payment_once": ["{promised}"],
            "dues.payment_booked_once": ["{promised}"],
            "dues.taken_is_booked": ["second"],
            AGREES: [CLEARING],
        },
    ),
    "a transaction that paid two orders": Planting(
        "UPDATE provider_payment SET transaction_id = '{transaction_of_paid}' WHERE order_id = '{paid_too}'",
        {
            "dues.payment_once": ["{transaction_of_paid}"],
            "dues.taken_is_booked": ["{transaction_of_paid}", "{transaction_of_paid_too}"],
        },
    ),
    "months let go while money is awaited": Planting(
        "UPDATE order_line SET live = false WHERE order_id = '{waiting}'",
        {"dues.lines_held_as_state_says": ["{waiting}"]},
    ),
    "a month held by two orders": Planting(
        "UPDATE order_line SET live = true WHERE order_id = '{closed}'",
        {"dues.month_held_once": ["{mei}/202608"], "dues.lines_held_as_state_says": ["{closed}"]},
    ),
    "a month that took its neighbour's money": Planting(
        "UPDATE obligation SET paid_fen = CASE month WHEN 202607 THEN 19 ELSE 21 END "
        "WHERE member_id = '{li}' AND month IN (202607, 202608)",
        {"dues.month_paid_as_booked": ["{li}/202607", "{li}/202608"]},
    ),
    "an order for a month that is not owed": Planting(
        "DELETE FROM obligation WHERE member_id = '{wang}' AND month = 202608",
        {"dues.line_has_its_month": ["{waiting}/1"]},
    ),
    "a month opened at no time": Planting(
        "UPDATE dues_month SET opened_at = NULL WHERE month = 202608", {"dues.month_state_true": ["yanting/202608"]}
    ),
    "a refund sent at no time": Planting(
        "UPDATE refund SET succeeded_at = NULL WHERE refund_id = '{refund}'", {"dues.refund_state_true": ["{refund}"]}
    ),
}

REFUNDS = {
    "a refund that its order does not count": Planting(
        "UPDATE orders SET refunded_fen = 20 WHERE order_id = '{given}'", {"dues.refunds_within_payment": ["{given}"]}
    ),
    "a refund decided by who asked for it": Planting(
        "UPDATE refund_request SET decided_by_account = asked_by_account WHERE refund_request_id = '{asked}'",
        {"dues.refund_request_true": ["{asked}"]},
    ),
    "a refunded line whose reversal is gone": Planting(
        "DELETE FROM posting WHERE order_id = '{given}' AND entry = 'reversal' AND month = 202608",
        {
            "dues.line_refunded_once": ["{given}/2"],
            "dues.line_booked_once": ["{given}/2"],
            "dues.payment_booked_once": ["{given}"],
            "dues.month_paid_as_booked": ["{sun}/202608"],
            AGREES: [CLEARING, INCOME],
        },
    ),
}

RECEIPTS = {
    "a number that nobody got": Planting(
        "UPDATE receipt_counter SET last_number = last_number + 1 WHERE branch_id = '{b1}'",
        {"dues.receipt_numbers_without_gap": ["{b1}/2026"]},
    ),
    "a receipt taken away": Planting(
        "DELETE FROM receipt WHERE receipt_id = '{receipt}'",
        {
            "dues.receipt_numbers_without_gap": ["{b1}/2026"],
            "dues.receipt_for_each_person_paid": ["{paid}/{li}"],
        },
    ),
    "one number printed twice": Planting(
        "UPDATE receipt SET number = '{number}' WHERE receipt_id = '{other_receipt}'",
        {"dues.receipt_number_true": ["{other_receipt}", "{number}"]},
    ),
    "a receipt over another amount": Planting(
        "UPDATE receipt SET amount_fen = amount_fen + 1 WHERE receipt_id = '{receipt}'",
        {"dues.receipt_for_each_person_paid": ["{paid}/{li}"]},
    ),
}

CASH = {
    "cash confirmed by whoever took it": Planting(
        "UPDATE cash_taking SET decided_by = taken_by WHERE taking_id = '{taken}'",
        {"dues.cash_has_two_persons": ["{taken}"]},
    ),
    "cash confirmed whose order still waits": Planting(
        "UPDATE orders SET state = 'created' WHERE order_id = '{cash_of_zhou}'",
        {"dues.cash_has_two_persons": ["{taken}"], "dues.order_state_true": ["{cash_of_zhou}"]},
    ),
    "a taking over another amount": Planting(
        "UPDATE cash_taking SET total_fen = total_fen + 1 WHERE taking_id = '{taken}'",
        {"dues.cash_taking_as_its_orders": ["{taken}"]},
    ),
    "cash paid by another than the member": Planting(
        "UPDATE orders SET payer_id = '{wang}' WHERE order_id = '{cash_of_zhou}'",
        {"dues.cash_taking_as_its_orders": ["{taken}"]},
    ),
    "a box that holds more than was taken": Planting(
        "UPDATE cash_box SET held_fen = held_fen + 1 WHERE branch_id = '{b1}'", {"dues.cash_box_as_booked": ["{b1}"]}
    ),
    "a box that promised too little": Planting(
        "UPDATE cash_box SET promised_fen = 0 WHERE branch_id = '{b1}'", {"dues.cash_box_as_booked": ["{b1}"]}
    ),
    "more brought to the bank than there was": Planting(
        "UPDATE posting SET amount_fen = 200000 WHERE deposit_id = '{deposit}'",
        {
            "dues.deposit_booked_once": ["{deposit}"],
            "dues.cash_box_as_booked": ["{b1}"],
            "dues.banked_cash_as_booked": ["{b1}"],
            "dues.account_not_below_zero": ["cash/{b1}"],
        },
    ),
    "a deposit confirmed by whoever handed it in": Planting(
        "UPDATE cash_deposit SET decided_by = handed_in_by WHERE deposit_id = '{deposit}'",
        {"dues.deposit_booked_once": ["{deposit}"]},
    ),
    "a deposit that the statement says otherwise": Planting(
        "UPDATE cash_deposit SET statement_fen = 99999 WHERE deposit_id = '{deposit}'",
        {"dues.deposit_booked_once": ["{deposit}"]},
    ),
    "an extra booked to another branch": Planting(
        "UPDATE posting SET credit_owner = '{b3}' WHERE entry = 'extra_paid'",
        {"dues.extra_booked_once": ["{cash_of_zhao}"]},
    ),
    "an extra booked twice": Planting(
        "INSERT INTO posting SELECT '{new}', county_id, entry, debit_kind, debit_owner, credit_kind, credit_owner, amount_fen, "
        "order_id, line_no, member_id, month, booked_month, reverses, booked_at FROM posting WHERE entry = 'extra_paid'",
        {
            "dues.extra_booked_once": ["{cash_of_zhao}"],
            "dues.payment_booked_once": ["{cash_of_zhao}"],
            "dues.cash_box_as_booked": ["{b1}"],
        },
    ),
    "an extra for the centre that is on no list": Planting(
        "DELETE FROM centre_extra", {"dues.centre_extra_on_its_list": ["{cash_of_zhao}"]}
    ),
    "a receipt that hides its extra": Planting(
        "UPDATE receipt SET extra_fen = 0 WHERE order_id = '{cash_of_zhao}'",
        {"dues.receipt_for_each_person_paid": ["{cash_of_zhao}/{zhao}"]},
    ),
}

_REQUEST = "INSERT INTO request VALUES ('{{new}}', 'x', '{method}', '\\x00', {reply}, '2026-01-01T00:00:00Z')"
_AUDIT = (
    "INSERT INTO audit (entry_id, county_id, at, actor_role, actor_path, action, object_kind, object_id, purpose, trace_id) "
    "OVERRIDING SYSTEM VALUE VALUES (777, 'yanting', now(), 'system', '', 'x', 'x', 'x', '', '')"
)
_OUTBOX = (
    "INSERT INTO outbox (event_id, type, subject, trace, data, occurred_at, published_at) "
    "VALUES ('{{new}}', '{kind}', 'x', '', '{{{{}}}}', now(), {told})"
)
TRAILS = {
    "a request without a reply": Planting(
        _REQUEST.format(method="dues.open_month", reply="NULL"), {"dues.request_has_reply": ["{new}"]}
    ),
    "a request without a reply, of members": Planting(
        _REQUEST.format(method="members.sign_in", reply="NULL"), {"members.request_has_reply": ["{new}"]}, "members"
    ),
    "an order asked for and not there": Planting(
        _REQUEST.format(method="dues.place_order", reply="'\\x00'"), {"dues.request_has_effect": ["{new}"]}
    ),
    "an assessment asked for and not there": Planting(
        _REQUEST.format(method="dues.assess", reply="'\\x00'"), {"dues.request_has_effect": ["{new}"]}
    ),
    "a trail changed": Planting(
        "UPDATE audit SET purpose = 'another' WHERE chain_position = 2",
        {"members.audit_chain_whole": ["link 2"]},
        "members",
    ),
    "a trail with an entry taken out": Planting(
        "DELETE FROM audit WHERE chain_position = 1", {"members.audit_chain_whole": ["link 1"]}, "members"
    ),
    "an entry outside the chain": Planting(_AUDIT, {"members.audit_chain_laid": ["777"]}, "members"),
    "an event not told": Planting(
        _OUTBOX.format(kind="dues.order_settled", told="NULL"), {"dues.outbox_told": ["{new}"]}
    ),
    "an event told and not heard": Planting(
        _OUTBOX.format(kind="members.roster_changed", told="now()"), {"dues.told_and_heard": ["{new}"]}, "members"
    ),
    "an event heard and not told": Planting(
        "INSERT INTO inbox VALUES ('{new}', 'dues', 'members.roster_changed', now())",
        {"dues.inbox_within_outbox": ["{new}"]},
    ),
}

_JUNE = "month = 202606"
MONTHS = {
    "an amount of a reported month that changed": Planting(
        "UPDATE obligation SET amount_fen = 21 WHERE member_id = '{old}' AND " + _JUNE,
        {"dues.report_as_frozen": ["{b2}/202606"]},
    ),
    "a delayed member of a reported month taken off the list": Planting(
        "UPDATE delay SET ended_at = now() WHERE member_id = '{old}'",
        {"dues.report_as_frozen": ["{b2}/202606"]},
    ),
    "a committee's report that says more than its branches'": Planting(
        "UPDATE month_report SET owed_fen = 21, delayed_fen = 21 WHERE org_id = '{t1}'",
        {"dues.report_is_sum": ["{t1}/202606"]},
    ),
    "a settled month opened again": Planting(
        "UPDATE dues_month SET state = 'open' WHERE " + _JUNE,
        {"dues.settled_month_whole": ["yanting/202606"]},
    ),
    "money booked in a settled month": Planting(
        "UPDATE posting SET booked_month = 202606, booked_at = now() + interval '1 day' WHERE posting_id = '{posting}'",
        {"dues.settled_month_whole": ["{posting}"]},
    ),
    "a month delayed for another branch": Planting(
        "UPDATE delay SET branch_id = '{b3}' WHERE member_id = '{old}'",
        {"dues.delay_of_what_is_owed": ["{old}/202606"]},
    ),
    "a relief decided by one person": Planting(
        "UPDATE relief SET answered_by = entered_by",
        {"dues.relief_as_decided": ["{old}/202609"]},
    ),
    "a month lowered below its relief": Planting(
        "UPDATE obligation SET full_fen = 20, amount_fen = 5 WHERE member_id = '{old}' AND month = 202609",
        {"dues.relief_as_decided": ["{old}/202609"]},
    ),
}

ARREARS = {
    "an account that says another debt than the months": Planting(
        "INSERT INTO member_account SELECT member_id, county_id, branch_id, 1, 1, 1, 1, 202607, 'arrears', 202609, '2026-10-01', "
        "1, now() FROM member WHERE member_id = '{wang}'; DELETE FROM account_touched WHERE member_id = '{wang}'",
        {"dues.account_agrees_with_months": ["{wang}"]},
    ),
}

_SLIP = (
    "WITH taken AS (INSERT INTO remittance_counter VALUES ('{{b1}}', 2026, 1)) INSERT INTO remittance VALUES "
    "('{{new}}', 'yanting', '{{b1}}', '{{county}}', 202609, 2026, 1, {fen}, 0, '{state}', '{{li}}', now())"
)
PASSED_UP = {
    "a total that nobody booked": Planting(
        "INSERT INTO collection_total VALUES ('yanting', '{b1}', 202609, 202607, 'farmer', false, 'wechat', 1, 20)",
        {"dues.collection_totals_as_booked": ["{b1}/202607"]},
    ),
    "a month owed by nobody": Planting(
        "INSERT INTO owed_total VALUES ('yanting', '{b1}', 202501, 'farmer', 1, 0, 0, 0, 20, 0)",
        {"dues.owed_totals_as_owed": ["{b1}/202501"]},
    ),
    "a slip that arrived and is not booked": Planting(
        _SLIP.format(fen=20, state="arrived"),
        {"dues.remittance_as_booked": ["{new}"], "dues.spending_box_as_booked": ["{county}"]},
    ),
    "a slip of more than came in": Planting(
        _SLIP.format(fen=1_000, state="made"), {"dues.remittance_within_income": ["{b1}"]}
    ),
    "a slip's number that nobody got": Planting(
        "INSERT INTO remittance_counter VALUES ('{b1}', 2026, 1)",
        {"dues.remittance_numbers_without_gap": ["{b1}/2026"]},
    ),
}


PLANTINGS = {**BOOKS, **ORDERS, **REFUNDS, **RECEIPTS, **CASH, **MONTHS, **TRAILS, **ARREARS, **PASSED_UP}
