"""Gives the demonstration people their roles and accounts, through the gateway."""

from __future__ import annotations

from deploy.demo.accounts import Account
from deploy.demo.first_sign_in import activate, enrol
from deploy.demo.founding import FOUNDERS
from deploy.demo.generator_people import DemoPerson
from deploy.demo.http import Refused, request_id
from deploy.demo.loading import Loading

PAGE = 100
MAX_PAGES = 20


def set_up_people(load: Loading) -> None:
    """Each account is kept as soon as it is ready, so that a repeated load goes on from there."""
    accounts = load.accounts.accounts
    for number, account in enumerate(accounts):
        if account.is_ready:
            continue
        load.bar.show(f"setting up the account of {account.name}", 100 * number // len(accounts))
        if account.key not in FOUNDERS:
            _set_up(load, account, load.county.people[account.key])
        account.is_ready = True
        load.accounts.save()
    load.bar.done(f"{len(accounts)} people have their accounts")


def _set_up(load: Loading, account: Account, person: DemoPerson) -> None:
    found = load.get(f"/v1/organisations/{load.root['id']}/members", query=person.phone)["items"]
    member_id = next(str(one["id"]) for one in found if one["name"] == person.name)
    if person.role:
        _give_role(load, person, member_id)
    token = activate(load, account, member_id)
    if account.role and not account.totp_secret:
        enrol(load, account, token)


def _give_role(load: Loading, person: DemoPerson, member_id: str) -> None:
    body = {"member_id": member_id, "role": person.role, "reason": "demonstration"}
    key = request_id(load.county.seed, "role", member_id, person.role)
    try:
        load.post(f"/v1/organisations/{_find_office(load, person.office_code)}/role-grants", body, key=key)
    except Refused as refusal:
        if refusal.code != "members.grant_refused" or "already_held" not in str(refusal.problem):
            raise


def _find_office(load: Loading, code: str) -> str:
    """Walks down the tree to the organisation with this code."""
    parents = {one.code: one.parent_code for one in load.county.organisations}
    line = [code]
    while line[-1] != load.root["code"]:
        line.append(parents[line[-1]])
    found = str(load.root["id"])
    for label in reversed(line[:-1]):
        found = _find_child(load, found, label)
    return found


def _find_child(load: Loading, parent_id: str, code: str) -> str:
    query = {"parent_id": parent_id}
    for _ in range(MAX_PAGES):
        page = load.get("/v1/organisations", limit=PAGE, **query)
        for one in page["items"]:
            if one["code"] == code:
                return str(one["id"])
        if not page["next_cursor"]:
            break
        query["cursor"] = page["next_cursor"]
    raise LookupError(f"no organisation {code}")
