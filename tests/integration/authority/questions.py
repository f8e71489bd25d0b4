"""How each operation is asked: method and path as in ``gateway/openapi.yaml``, what it is about, and a body that is right.

Each question is such that whoever may ask it gets the operation's own success; the few that would need the outside or a code
that only a person knows name the business refusal that comes after authority has let them through.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.resources.reconciliation import BILL
from services.contracts.members.messages import OrgKind
from services.members.roster.imports import XLSX
from tests.integration.authority.cash_story import DEPOSIT_FEN, slip_of
from tests.integration.authority.peopling import EARLIER, NUMBERS, Known, phone
from tests.integration.authority.policy import Target
from tests.integration.authority.story import ABSENT, CALLERS, MONTH, PASSWORD, PEOPLE, TARGET_PLACES, TARGETS, TREE
from tests.integration.dues.county import WAGE, WAGE_FEN

ABOUT_SELF = ("get_bill", "place_order", "add_favourite", "remove_favourite")
BILL_DAY = "2026-09-14"
FREE_MONTHS = {"member": MONTH}
"""The month for which somebody can still be paid, where it is not August."""
_HOLDABLE = {
    OrgKind.BRANCH: "branch_admin",
    OrgKind.GROUP: "branch_admin",
    OrgKind.TOWNSHIP_COMMITTEE: "editor",
    OrgKind.COUNTY_COMMITTEE: "editor",
}
Body = Callable[["Asked"], dict[str, Any]]


@dataclass(frozen=True)
class Asked:
    """One question: who, about what, with the ids behind the names."""

    known: Known
    caller: str
    about: Target
    id: str
    """Of the target; of nothing for an operation that is about nothing."""


def _nothing(_: Asked) -> dict[str, Any]:
    return {}


def _json(make: Callable[[Asked], Any]) -> Body:
    return lambda asked: {"json": make(asked)}


def _query(make: Callable[[Asked], dict[str, Any]]) -> Body:
    return lambda asked: {"params": make(asked)}


@dataclass(frozen=True)
class Question:
    body: Body = _nothing
    path: dict[str, str] = field(default_factory=dict)
    """Path parameters that are not the target's id."""
    lets_through: Callable[[Asked], str | None] = lambda _: None
    """The code of the refusal that says: authority was no obstacle. None: the operation's own success."""


def _code(code: str) -> Callable[[Asked], str | None]:
    return lambda _: code


def _assessed(asked: Asked) -> dict[str, Any]:
    return {"effective_from": "2026-01", "member_class": "civil_servant", "pay": WAGE}


def _workbook(asked: Asked) -> dict[str, Any]:
    return {"params": {"org_id": asked.id}, "body": b"PK a workbook", "headers": {"Content-Type": XLSX}}


def _order(asked: Asked) -> dict[str, Any]:
    month = FREE_MONTHS.get(asked.about.person, EARLIER)
    return {"lines": [{"member_id": asked.id, "month": month}], "expected_total_fen": WAGE_FEN}


def _role(asked: Asked) -> dict[str, Any]:
    kind = TREE[asked.about.place][1] if asked.about.exists else OrgKind.BRANCH
    member = asked.known.people[TARGETS["neighbour"].name]
    return {"member_id": member, "role": _HOLDABLE[kind], "reason": "elected"}


def _group_has_no_office(asked: Asked) -> str | None:
    is_group = asked.about.exists and TREE[asked.about.place][1] is OrgKind.GROUP
    return "members.grant_refused" if is_group else None


def _cash(asked: Asked) -> dict[str, Any]:
    lines = [{"member_id": asked.known.people[TARGETS["colleague"].name], "month": EARLIER}]
    return {"lines": lines, "expected_total_fen": WAGE_FEN}


def _group_takes_no_cash(asked: Asked) -> str | None:
    is_group = asked.about.exists and TREE[asked.about.place][1] is OrgKind.GROUP
    return "dues.cash_refused" if is_group else None


def _statement(asked: Asked) -> dict[str, Any]:
    return {"statement_fen": DEPOSIT_FEN, "statement_slip": slip_of(asked.about.place)}


def _branch_only(asked: Asked) -> str | None:
    """Reminding and the meeting's file are done for one branch at a time."""
    is_branch = asked.about.exists and TREE[asked.about.place][1] is OrgKind.BRANCH
    return None if is_branch or not asked.about.exists else "dues.arrears_of_branch_only"


def _bill_file(_: Asked) -> dict[str, Any]:
    return {"params": {"day": BILL_DAY}, "body": b"a bill", "headers": {"Content-Type": BILL}}


_NOTICE = Question(
    lambda _: {"body": b"{}", "headers": {"Content-Type": "application/json"}}, lets_through=_code("FAIL")
)
_MONTH = {"month": MONTH}
_DECIDED = {"from_month": "2027-01", "to_month": "2027-03"}


def _relief(_: Asked) -> dict[str, Any]:
    return {**_DECIDED, "kind": "nil", "decided_on": "2026-09-14", "reason": "illness in the family"}


def _consent(_: Asked) -> dict[str, Any]:
    return {**_DECIDED, "kind": "quarterly", "agreed_on": "2026-09-14", "words": "he works on the river"}


def _answer(_: Asked) -> dict[str, Any]:
    return {"approve": True, "decided_on": "2026-09-15", "words": "agreed"}


def _not_next(code: str) -> Callable[[Asked], str | None]:
    """The county is the next superior of none of the story's branches."""
    return lambda asked: code if asked.caller == "county" else None


def _of_the_branch_alone(code: str) -> Callable[[Asked], str | None]:
    """What waits is taken back by the branch that entered it."""
    return lambda asked: code if asked.caller != "branch" else None


_TOKEN = base64.b64encode(b"no token of ours").decode()
QUESTIONS: dict[str, Question] = {
    "sign_in_with_password": Question(
        _json(lambda _: {"phone": phone(NUMBERS[TARGETS["colleague"].name]), "password": PASSWORD})
    ),
    "answer_second_factor": Question(
        _json(lambda _: {"challenge": _TOKEN, "code": "123456"}), lets_through=_code("members.second_factor_refused")
    ),
    "sign_in_with_wechat": Question(_json(lambda _: {"code": "code-1"})),
    "bind_wechat": Question(
        _json(lambda _: {"binding_token": _TOKEN, "name": "王桂兰", "id_number_tail": "010130", "phone": phone(1)}),
        lets_through=_code("members.binding_refused"),
    ),
    "activate": Question(
        _json(lambda _: {"phone": phone(1), "code": "ABCDEFG2", "password": PASSWORD}),
        lets_through=_code("members.activation_refused"),
    ),
    "refresh_session": Question(lets_through=_code("members.session_ended")),
    "change_password": Question(_json(lambda _: {"current": PASSWORD, "new": "Baiyun-5533"})),
    "confirm_second_factor": Question(
        _json(lambda _: {"code": "123456"}), lets_through=_code("members.second_factor_refused")
    ),
    "read_notices": Question(_json(lambda asked: {"up_to_id": asked.id})),
    "send_feedback": Question(_json(lambda _: {"words": "the letters are small"})),
    "list_organisations": Question(_query(lambda asked: {"parent_id": asked.id})),
    "give_role": Question(_json(_role), lets_through=_group_has_no_office),
    "withdraw_role": Question(_json(lambda _: {"reason": "moved away"})),
    "list_member_months": Question(_query(lambda _: {"month": MONTH})),
    "unmask": Question(_json(lambda _: {"field": "phone", "purpose": "to call him"})),
    "assess": Question(_json(_assessed)),
    "assess_batch": Question(_json(lambda asked: {"items": [{"member_id": asked.id, **_assessed(asked)}]})),
    "get_bill": Question(path={"month": MONTH}),
    "get_my_bill": Question(path={"month": MONTH}),
    "begin_import": Question(_workbook),
    "begin_export": Question(_json(lambda asked: {"org_id": asked.id, "purpose": "printing"})),
    "calculate": Question(_json(lambda _: {"member_class": "civil_servant", "month": MONTH, "pay": WAGE})),
    "list_beneficiaries": Question(_query(lambda _: {"group": "village"})),
    "find_beneficiary": Question(_json(lambda _: {"name": "石大山", "phone_tail": phone(NUMBERS["石大山"])[-4:]})),
    "place_order": Question(_json(_order)),
    "open_month": Question(_json(lambda _: {"month": MONTH})),
    "take_cash": Question(_json(_cash), lets_through=_group_takes_no_cash),
    "release_cash": Question(_json(lambda _: {"reason": "the sum was wrong"})),
    "hand_in_cash": Question(
        _json(lambda _: {"amount_fen": DEPOSIT_FEN, "banked_on": "2026-09-14", "slip_number": "SLIP-NEW"}),
        lets_through=_group_takes_no_cash,
    ),
    "match_cash_deposit": Question(_json(_statement)),
    "withdraw_cash_deposit": Question(_json(lambda _: {"reason": "the slip was wrong"})),
    "enter_centre_receipt": Question(
        _json(lambda _: {"number": "No. 1 of 2026"}), lets_through=_code("dues.extra_state")
    ),
    "ask_refund": Question(
        _json(lambda asked: {"lines": [asked.known.paid_line(asked.id)], "reason": "paid_by_mistake"}),
        lets_through=lambda asked: "dues.refund_not_possible" if asked.id in asked.known.asked_for else None,
    ),
    "refuse_refund": Question(_json(lambda _: {"words": "no"})),
    "approve_refund": Question(_json(lambda _: {"words": ""})),
    "enter_hand_payment": Question(_json(lambda _: {"words": "bank transfer"})),
    # A month that runs, with people who have not paid: told who stands in the way, or that it is another office's step.
    "get_month_standing": Question(path=_MONTH),
    "list_month_standings": Question(path=_MONTH),
    "list_month_blocks": Question(path=_MONTH),
    "list_delays": Question(path=_MONTH),
    "report_month": Question(path=_MONTH, lets_through=_code("dues.month_report_refused")),
    "return_month_report": Question(
        _json(lambda _: {"reason": "a name is missing"}), _MONTH, lets_through=_code("dues.month_report_refused")
    ),
    "settle_month": Question(path=_MONTH, lets_through=_code("dues.month_not_to_settle")),
    "delay_month": Question(_json(lambda _: {"reason": "in hospital"}), _MONTH),
    "ask_relief": Question(_json(_relief)),
    "answer_relief": Question(_json(_answer), lets_through=_not_next("dues.relief_refused")),
    "end_relief": Question(
        _json(lambda _: {"words": "not needed"}), lets_through=_of_the_branch_alone("dues.relief_refused")
    ),
    "record_consent": Question(_json(_consent)),
    "note_consent": Question(_json(lambda _: {"words": "noted"}), lets_through=_not_next("dues.consent_refused")),
    "withdraw_consent": Question(_json(lambda _: {"words": "not needed"})),
    "remind_arrears": Question(_json(lambda _: {}), lets_through=_branch_only),
    "get_arrears_file": Question(lets_through=_branch_only),
    "record_arrears_reason": Question(
        _json(lambda _: {"first_day": "2026-09-01", "last_day": "2026-12-31", "words": "长期住院"})
    ),
    # Reconciliation
    "get_reconciliation": Question(path={"day": BILL_DAY}),
    "list_matched": Question(path={"day": BILL_DAY}),
    "request_bill": Question(path={"day": BILL_DAY}),
    "upload_bill": Question(_bill_file),
    "resolve_difference": Question(_json(lambda _: {"reason": "nothing_to_do", "words": "looked at"})),
    "reopen_difference": Question(_json(lambda _: {"words": "once more"})),
    # Totals, reports, remittance
    "get_collection": Question(_query(lambda _: {"month": MONTH})),
    "get_collection_file": Question(_query(lambda _: {"month": MONTH, "level": "branches"})),
    **dict.fromkeys(
        (
            "get_my_dues_record_file",
            "get_member_dues_record_file",
            "get_branch_register_file",
            "get_branch_register_workbook",
            "get_yearly_notice_file",
            "get_remittance_figures",
        ),
        Question(_query(lambda _: {"year": "2026"})),
    ),
    "make_remittance": Question(_json(lambda _: {"month": MONTH}), lets_through=_code("dues.remittance_refused")),
    "accept_payment_notice": _NOTICE,
    "accept_refund_notice": _NOTICE,
}
"""What an operation needs beside its target's id in the path; any other is asked with nothing more."""


def targets(operation: str, about: str, caller: str, known: Known) -> Iterator[tuple[Target, str]]:
    """Everything that this operation is asked about, each with its id."""
    if about == "-":
        yield Target("nothing"), ""
        return
    yield from _TARGETS[about](known)
    if operation in ABOUT_SELF and caller in CALLERS:
        person = CALLERS[caller]
        yield Target("himself", place=person.branch, person=caller), known.people[person.name]
    yield Target("what does not exist", exists=False), ABSENT


def _organisations(known: Known) -> Iterator[tuple[Target, str]]:
    for code in TARGET_PLACES:
        yield Target(code, place=code), known.orgs[code]


def _persons(known: Known) -> Iterator[tuple[Target, str]]:
    for key, person in TARGETS.items():
        yield Target(key, place=person.branch, person=key), known.people[person.name]


def _offices(known: Known) -> Iterator[tuple[Target, str]]:
    for key in ("branch", "finance"):
        office = PEOPLE[key].office
        assert office is not None
        yield Target(f"office of {key}", place=office[1]), known.offices[key]


def _orders(known: Known) -> Iterator[tuple[Target, str]]:
    for (payer, beneficiary), row_id in known.orders.items():
        yield Target(f"order by {payer} for {beneficiary}", payer=payer, person=beneficiary), row_id


def _at_organisations(kind: str) -> Callable[[Known], Iterator[tuple[Target, str]]]:
    def of_each(known: Known) -> Iterator[tuple[Target, str]]:
        for code, row_id in getattr(known, f"{kind}s").items():
            yield Target(f"{kind} of {code}", place=code), row_id

    return of_each


def _paid_orders(known: Known) -> Iterator[tuple[Target, str]]:
    for (payer, beneficiary), row_id in known.paid.items():
        place = PEOPLE[beneficiary].branch
        yield Target(f"order paid by {payer} for {beneficiary}", place=place, payer=payer, person=beneficiary), row_id


def _paid_numbers(known: Known) -> Iterator[tuple[Target, str]]:
    for target, row_id in _paid_orders(known):
        yield target, row_id.replace("-", "")


def _refund_requests(known: Known) -> Iterator[tuple[Target, str]]:
    for (payer, beneficiary), row_id in known.refund_requests.items():
        yield Target(f"refund to {payer} for {beneficiary}", place=PEOPLE[beneficiary].branch, payer=payer), row_id


def _stuck_refunds(known: Known) -> Iterator[tuple[Target, str]]:
    for (payer, beneficiary), row_id in known.stuck_refunds.items():
        yield Target(f"stuck refund to {payer}", place=PEOPLE[beneficiary].branch, payer=payer), row_id


def _receipts(known: Known) -> Iterator[tuple[Target, str]]:
    for (payer, beneficiary), row_id in known.receipts.items():
        yield Target(f"receipt of {beneficiary} paid by {payer}", payer=payer, person=beneficiary), row_id


def _months(known: Known) -> Iterator[tuple[Target, str]]:
    for key, person in TARGETS.items():
        yield Target(f"month of {key}", place=person.came_from or person.branch), known.people[person.name]


def _delays(known: Known) -> Iterator[tuple[Target, str]]:
    for key, row_id in known.delays.items():
        yield Target(f"delay of {key}", place=PEOPLE[key].came_from or PEOPLE[key].branch), row_id


def _reliefs(known: Known) -> Iterator[tuple[Target, str]]:
    for key, row_id in known.reliefs.items():
        yield Target(f"relief of {key}", place=PEOPLE[key].branch), row_id


def _consents(known: Known) -> Iterator[tuple[Target, str]]:
    for key, row_id in known.consents.items():
        yield Target(f"consent of {key}", place=PEOPLE[key].branch), row_id


def _notices(known: Known) -> Iterator[tuple[Target, str]]:
    for key, row_id in known.notices.items():
        yield Target(f"notice to {key}", person=key), row_id


def _reasons(known: Known) -> Iterator[tuple[Target, str]]:
    for key, row_id in known.reasons.items():
        yield Target(f"reason of {key}", place=PEOPLE[key].branch, person=key), row_id


_TARGETS: dict[str, Callable[[Known], Iterator[tuple[Target, str]]]] = {
    "organisation": _organisations,
    "person": _persons,
    "office": _offices,
    "import": _at_organisations("import"),
    "export": _at_organisations("export"),
    "order": _orders,
    "receipt": _receipts,
    "notice": _notices,
    "taking": _at_organisations("taking"),
    "deposit": _at_organisations("deposit"),
    "extra": _at_organisations("extra"),
    "paid order": _paid_orders,
    "number of a paid order": _paid_numbers,
    "refund request": _refund_requests,
    "stuck refund": _stuck_refunds,
    "month": _months,
    "delay": _delays,
    "relief": _reliefs,
    "consent": _consents,
    "reason": _reasons,
    "difference": _at_organisations("difference"),
    "slip": _at_organisations("slip"),
    "slip's paper": _at_organisations("slip_paper"),
    "cash return": _at_organisations("cash_return"),
    "recorded cash return": _at_organisations("recorded_cash_return"),
    "spending": _at_organisations("spending"),
    "approved spending": _at_organisations("approved_spending"),
}
