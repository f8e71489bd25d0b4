"""Cash with its two persons, its way to the bank, and extras for the centre (PAY-2, PAY-5, PAY-6)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.dues import methods as dues

_TAG = "dues: cash"


class CashPayers(Resource):
    on_get = asks(
        dues.LIST_CASH_PAYERS, "From whom a branch may take cash, each with his months", path={"id": "org_id"}, tag=_TAG
    )


class CashTakings(Resource):
    on_get = asks(
        dues.LIST_CASH_TAKINGS,
        "Cash that was taken, of an organisation and all beneath",
        path={"id": "org_id"},
        tag=_TAG,
    )
    on_post = sends(
        dues.TAKE_CASH,
        "Enter cash from members of a branch: their months are reserved until another person confirms",
        path={"id": "org_id"},
        tag=_TAG,
        status=201,
    )


class CashTaking(Resource):
    on_get = asks(dues.GET_CASH_TAKING, "One taking, person by person", path={"id": "id"}, tag=_TAG)


class CashConfirmations(Resource):
    on_post = sends(
        dues.CONFIRM_CASH, "Confirm cash that another person took: it is booked (PAY-5)", path={"id": "id"}, tag=_TAG
    )


class CashReleases(Resource):
    on_post = sends(
        dues.RELEASE_CASH,
        "Withdraw one's own taking or refuse another's; the months are free",
        path={"id": "id"},
        tag=_TAG,
    )


class CashOnHand(Resource):
    on_get = asks(
        dues.LIST_CASH_ON_HAND,
        "Branches with cash not yet in the bank, the oldest first",
        path={"id": "org_id"},
        tag=_TAG,
    )


class CashDeposits(Resource):
    on_get = asks(
        dues.LIST_CASH_DEPOSITS, "Cash brought to the bank, and where it differs", path={"id": "org_id"}, tag=_TAG
    )
    on_post = sends(
        dues.HAND_IN_CASH,
        "Enter a bank slip; never more than the branch has in hand",
        path={"id": "org_id"},
        tag=_TAG,
        status=201,
    )


class CashDepositMatches(Resource):
    on_post = sends(
        dues.MATCH_CASH_DEPOSIT, "Hold a slip against the bank's statement (BOOK-3)", path={"id": "id"}, tag=_TAG
    )


class CashDepositWithdrawals(Resource):
    on_post = sends(
        dues.WITHDRAW_CASH_DEPOSIT, "Take back a slip that was entered wrongly", path={"id": "id"}, tag=_TAG
    )


class CentreExtras(Resource):
    on_get = asks(
        dues.LIST_CENTRE_EXTRAS, "Extras of 1000 yuan or more, for the centre (PAY-6)", path={"id": "org_id"}, tag=_TAG
    )


class CentreExtraPassings(Resource):
    on_post = sends(dues.PASS_ON_EXTRA, "Note that an extra was passed on whole", path={"id": "id"}, tag=_TAG)


class CentreExtraReceipts(Resource):
    on_post = sends(
        dues.ENTER_CENTRE_RECEIPT, "Enter the number of the centre's own receipt", path={"id": "id"}, tag=_TAG
    )
