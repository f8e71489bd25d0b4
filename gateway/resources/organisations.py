"""The organisation tree and the roles held over it (REG-8)."""

from __future__ import annotations

from gateway.forward import Resource, asks, sends
from services.contracts.members import methods as members

_TAG = "organisations"


class Organisations(Resource):
    on_get = asks(members.LIST_ORGANISATIONS, "Organisations directly under one, or where I hold a role", tag=_TAG)


class Organisation(Resource):
    on_get = asks(members.GET_ORGANISATION, "One organisation", path={"id": "id"}, tag=_TAG)


class OrganisationMembers(Resource):
    on_get = asks(
        members.LIST_MEMBERS, "The roster of an organisation and all beneath it", path={"id": "org_id"}, tag=_TAG
    )


class RoleGrants(Resource):
    on_get = asks(members.LIST_GRANTS, "Who holds which role over an organisation", path={"id": "org_id"}, tag=_TAG)
    on_post = sends(
        members.GIVE_ROLE, "Give a member a role over an organisation", path={"id": "org_id"}, tag=_TAG, status=201
    )


class RoleGrant(Resource):
    on_delete = sends(members.WITHDRAW_ROLE, "Withdraw a role, with the reason", path={"id": "id"}, tag=_TAG)
