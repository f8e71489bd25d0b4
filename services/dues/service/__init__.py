"""The dues service's table of contents: what it answers, hears and does by itself, part by part."""

from __future__ import annotations

from services.chassis.entrypoints import answers, listens
from services.chassis.service import CoreProvider
from services.chassis.work import Work
from services.contracts import dues
from services.contracts import members as members_contract
from services.contracts.common import Nothing
from services.contracts.members.messages import OrganisationsChanged, RosterChanged
from services.dues import copies
from services.dues.service.amounts import Amounts
from services.dues.service.arrears import Arrears
from services.dues.service.books import Books
from services.dues.service.cash import Cash
from services.dues.service.jobs import DuesJobs
from services.dues.service.months import Months
from services.dues.service.paying import Paying
from services.dues.service.refunds import Refunds
from services.dues.settings import DuesSettings


class DuesService(Amounts, Months, Paying, Cash, Refunds, Arrears, Books):
    """Answers calls and hears events; any number of replicas share the work. Each part answers its share of the contract."""

    name = "dues"
    core = CoreProvider(DuesSettings)

    @answers(dues.TABLE.ping)
    def ping(self, work: Work, request: Nothing) -> Nothing:  # noqa: ARG002 (answering is all)
        return request

    # What the members service tells

    @listens(members_contract.ORGANISATIONS_CHANGED)
    def keep_organisations(self, work: Work, event: OrganisationsChanged) -> None:
        copies.keep_organisations(work, event)

    @listens(members_contract.ROSTER_CHANGED)
    def keep_members(self, work: Work, event: RosterChanged) -> None:
        copies.keep_members(work, event)


SERVICES = {"dues": DuesService, "dues-jobs": DuesJobs}
