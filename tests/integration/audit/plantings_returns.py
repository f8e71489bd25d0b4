"""Violations of what must hold of cash that goes back, and of requests that were taken back (PAY-11)."""

from __future__ import annotations

from tests.integration.audit.plantings import AGREES, PROMISED, Planting

RETURNS = {
    "cash that went back and that nobody confirmed": Planting(
        "UPDATE refund SET hand_confirmed_by_account = NULL WHERE refund_id = '{returned}'",
        {"dues.cash_returned_by_two": ["{returned}"]},
    ),
    "cash that went back without a voucher": Planting(
        "UPDATE refund SET hand_voucher = NULL WHERE refund_id = '{returned}'",
        {"dues.cash_returned_by_two": ["{returned}"]},
    ),
    "cash confirmed by whoever recorded it": Planting(
        "UPDATE refund SET hand_confirmed_by_account = hand_by_account WHERE refund_id = '{returned}'",
        {"dues.refund_state_true": ["{returned}"]},
    ),
    "cash that went back out of another branch's box": Planting(
        "UPDATE refund SET branch_id = '{b3}' WHERE refund_id = '{returned}'",
        {"dues.cash_returned_by_two": ["{returned}"]},
    ),
    "cash that went back and left no box": Planting(
        "DELETE FROM posting WHERE refund_id = (SELECT refund_id FROM refund WHERE refund_id = '{returned}') "
        "AND entry = 'refund_sent'",
        {
            "dues.refund_booked_once": ["{cash_back}"],
            "dues.cash_box_as_booked": ["{b1}"],
            AGREES: [PROMISED],
        },
    ),
    "cash recorded and not set aside": Planting(
        "UPDATE cash_box SET banked_fen = banked_fen + 20 WHERE branch_id = '{b1}'",
        {"dues.banked_cash_as_booked": ["{b1}"]},
    ),
    "a request taken back by another than asked": Planting(
        "UPDATE refund_request SET state = 'withdrawn' WHERE refund_request_id = '{turned_down}'",
        {"dues.refund_request_true": ["{turned_down}"]},
    ),
}
