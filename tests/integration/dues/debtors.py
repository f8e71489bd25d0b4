"""The arrears side of dues for tests: months opened and owed, the jobs run by hand, calls made as the service makes them."""

from __future__ import annotations

from typing import Any

from services.chassis.ids import new_id
from services.contracts.caller import Caller, Role
from services.contracts.dues import methods as table
from services.contracts.envelope import CallHead
from services.contracts.members import methods as members_table
from services.contracts.members.messages import ReminderCarried, WechatOutcome
from services.dues import months
from services.dues.arrears import accounts, files, ladder, reasons, reminders
from tests.integration.dues.county import County, holder, ident, person

MONTH_FEN = 20
"""What a farmer owes a month (DUE-9)."""
SECRETARY = holder("secretary of b1", Role.BRANCH_ADMIN, "b1")
OTHER_SECRETARY = holder("secretary of b2", Role.BRANCH_ADMIN, "b2")
TOWNSHIP = holder("administrator of t1", Role.COMMITTEE_ADMIN, "t1")
BOSS = holder("boss", Role.COUNTY_ADMIN, "county")
_USE_CASES: dict[str, Any] = {
    "get_arrears_summary": ladder.get_arrears_summary,
    "list_arrears": ladder.list_arrears,
    "get_member_arrears": reasons.get_member_arrears,
    "record_arrears_reason": reasons.record_arrears_reason,
    "remove_arrears_reason": reasons.remove_arrears_reason,
    "remind_arrears": reminders.remind_arrears,
    "get_arrears_file": files.get_arrears_file,
    "open_month": months.open_month,
}


class Debtors:
    """A county in which months go by and some are not paid."""

    def __init__(self, county: County) -> None:
        self.county = county

    def ask(self, method: str, caller: Caller, /, request_id: str | None = None, **body: Any) -> Any:
        head = CallHead(request_id=request_id or new_id(), caller=caller)
        return self.county.core.call(table.TABLE.methods[method], _USE_CASES[method], head, body).data

    def open(self, *numbers: str) -> None:
        for month in numbers:
            self.ask("open_month", BOSS, month=month)

    def owing(self, *names: str, branch: str = "b1") -> None:
        """Farmers of a branch who owe each of the months that are opened afterwards."""
        self.county.roster(*(person(name, branch) for name in names))

    def paid(self, name: str, *numbers: int) -> None:
        """As a settled payment leaves the months."""
        self.county.sql(
            "UPDATE obligation SET paid_fen = amount_fen WHERE member_id = :id AND month = ANY(:months)",
            id=ident(name),
            months=list(numbers),
        )

    def keep(self) -> int:
        """The job that keeps accounts."""
        return accounts.keep_accounts(self.county.core.desk())

    def tell(self) -> int:
        """The job that tells reminders."""
        return reminders.tell_reminders(self.county.core.desk())

    def carried(self, reminder_id: str, wechat: WechatOutcome) -> None:
        event = ReminderCarried(reminder_id=reminder_id, wechat=wechat)
        self.county.tell(reminders.note_carried, members_table.REMINDER_CARRIED, event)

    def ladder(self, caller: Caller = SECRETARY, org: str = "b1", **more: Any) -> list[Any]:
        items: list[Any] = self.ask("list_arrears", caller, org_id=ident(org), **more)["items"]
        return items

    def rung(self, name: str, caller: Caller = BOSS, org: str = "county") -> Any:
        return next((each for each in self.ladder(caller, org) if each["name"] == name), None)

    def remind(self, *names: str, caller: Caller = SECRETARY, org: str = "b1") -> Any:
        wanted = [ident(name) for name in names]
        return self.ask("remind_arrears", caller, org_id=ident(org), member_ids=wanted)

    def told(self) -> list[Any]:
        """The events that ask the members service to tell somebody, in order."""
        return [
            row.data
            for row in self.county.sql("SELECT data FROM outbox WHERE type = 'dues.arrears_reminded' ORDER BY position")
        ]

    def account(self, name: str) -> Any:
        (row,) = self.county.sql("SELECT * FROM member_account WHERE member_id = :id", id=ident(name))
        return row
