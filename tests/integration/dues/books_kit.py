"""Totals, reports and remittance for tests: the till's county with the use cases that read and pass on what it took."""

from __future__ import annotations

from typing import Any

from services.chassis.ids import new_id
from services.contracts.caller import Caller, Role
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.dues import county_rules, remittance
from services.dues.printed import notice, record, register
from services.dues.spending import deciding, recording, views
from services.dues.totals import collection, differences, folding
from tests.integration.dues.county import County, holder, member, person
from tests.integration.dues.till import Till

BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
COMMITTEE = holder("committee", Role.COMMITTEE_ADMIN, "t1")
SECRETARY = holder("secretary", Role.BRANCH_ADMIN, "b1")
FINANCE = holder("finance", Role.FINANCE, "county")
LI, MEI, WANG = member("li"), member("mei"), member("wang")
_USE_CASES: dict[str, Any] = {
    "get_collection": collection.get_collection,
    "list_totals_differences": differences.list_totals_differences,
    "rebuild_totals": folding.rebuild_totals,
    "get_my_dues_record": record.get_my_dues_record,
    "get_dues_record": record.get_dues_record,
    "get_branch_register": register.get_branch_register,
    "get_yearly_notice": notice.get_yearly_notice,
    "make_remittance": remittance.make_remittance,
    "confirm_remittance": remittance.confirm_remittance,
    "get_remittance_slip": remittance.get_remittance_slip,
    "list_remittances": remittance.list_remittances,
    "get_remittance_figures": remittance.get_remittance_figures,
    "list_spending": views.list_spending,
    "get_spending_summary": views.get_spending_summary,
    "record_spending": recording.record_spending,
    "approve_spending": deciding.approve_spending,
    "refuse_spending": deciding.refuse_spending,
    "reverse_spending": deciding.reverse_spending,
    "get_county_rules": county_rules.get_county_rules,
    "set_county_rules": county_rules.set_county_rules,
}


class Office:
    """The county's desk on one database, with the till at which its members pay."""

    def __init__(self, county: County) -> None:
        self.county = county
        county.roster(
            person("li", household="H1", shown="李大山"),
            person("wang", "b2", shown="王二"),
            person("mei", "b3", household="H1", shown="李小梅"),
        )
        county.ask("open_month", BOSS, month="2026-08")
        county.ask("open_month", BOSS, month="2026-09")
        self.till = Till(county)

    def ask(self, method: str, caller: Caller, /, request_id: str | None = None, **body: Any) -> Any:
        head = CallHead(request_id=request_id or new_id(), caller=caller)
        return self.county.core.call(table.TABLE.methods[method], _USE_CASES[method], head, body).data

    def fold(self) -> int:
        return folding.fold_new_postings(self.county.core.desk())

    def compare(self) -> int:
        return self.county.core.desk().run(folding.compare, None)

    def sql(self, statement: str, **parameters: Any) -> list[Any]:
        return self.county.sql(statement, **parameters)
