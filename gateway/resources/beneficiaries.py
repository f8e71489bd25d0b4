"""The people I may pay for (PAY-7): amounts and months, never a base."""

from __future__ import annotations

from gateway.forward import Resource, asks, read_body
from gateway.http import Request, Response, write_json
from gateway.operation import JsonBody, Limit, Operation, operation
from services.contracts.dues import methods as dues
from services.contracts.dues.messages import AddBeneficiaries
from services.contracts.dues.messages import Beneficiaries as FoundBeneficiaries
from services.contracts.members import methods as members
from services.contracts.members.messages import FindPerson
from services.contracts.wire import load

_TAG = "dues: for others"
_FIND = JsonBody(FindPerson)


class Beneficiaries(Resource):
    on_get = asks(dues.LIST_BENEFICIARIES, "My household, my village, or my favourites", tag=_TAG)

    @operation(
        Operation(
            name="find_beneficiary",
            summary="Find somebody to pay for by full name and the phone's last four digits",
            tag=_TAG,
            calls=(members.FIND_PERSON, dues.ADD_BENEFICIARIES),
            body=_FIND,
            answer=FoundBeneficiaries,
            limit=Limit.FIND_PERSON,
        )
    )
    def on_post(self, req: Request, resp: Response) -> None:
        """Both services are asked whether somebody was found or not, so that the answer's time tells no more than its content."""
        who = load(FindPerson, read_body(req, _FIND))
        found = self.look(req, members.FIND_PERSON, who)
        wanted = AddBeneficiaries(member_ids=tuple(person.member_id for person in found.items))
        write_json(resp, self.ask(req, resp, dues.ADD_BENEFICIARIES, wanted).data)


class Beneficiary(Resource):
    on_put = asks(
        dues.SET_FAVOURITE,
        "Keep somebody among my favourites",
        path={"member_id": "member_id"},
        fixed={"favourite": True},
        name="add_favourite",
        tag=_TAG,
    )
    on_delete = asks(
        dues.SET_FAVOURITE,
        "Take somebody off my favourites",
        path={"member_id": "member_id"},
        fixed={"favourite": False},
        name="remove_favourite",
        tag=_TAG,
    )
