"""The arrears ladder, reasons and reminders."""

from __future__ import annotations

from services.chassis.entrypoints import answers, listens
from services.chassis.work import Work
from services.contracts import dues
from services.contracts import members as members_contract
from services.contracts.common import ById, Nothing
from services.contracts.dues import messages as m
from services.contracts.members.messages import (
    ReminderCarried,
)
from services.dues.arrears import files, ladder, reasons, reminders


class Arrears:
    @answers(dues.GET_ARREARS_SUMMARY)
    def get_arrears_summary(self, work: Work, request: m.GetArrearsSummary) -> m.ArrearsSummary:
        return ladder.get_arrears_summary(work, request)

    @answers(dues.LIST_ARREARS)
    def list_arrears(self, work: Work, request: m.ListArrears) -> m.ArrearsPage:
        return ladder.list_arrears(work, request)

    @answers(dues.GET_MEMBER_ARREARS)
    def get_member_arrears(self, work: Work, request: m.GetMemberArrears) -> m.MemberArrears:
        return reasons.get_member_arrears(work, request)

    @answers(dues.RECORD_ARREARS_REASON)
    def record_arrears_reason(self, work: Work, request: m.RecordArrearsReason) -> m.ArrearsReason:
        return reasons.record_arrears_reason(work, request)

    @answers(dues.REMOVE_ARREARS_REASON)
    def remove_arrears_reason(self, work: Work, request: ById) -> Nothing:
        return reasons.remove_arrears_reason(work, request)

    @answers(dues.REMIND_ARREARS)
    def remind_arrears(self, work: Work, request: m.RemindArrears) -> m.RemindResult:
        return reminders.remind_arrears(work, request)

    @answers(dues.GET_ARREARS_FILE)
    def get_arrears_file(self, work: Work, request: m.GetArrearsFile) -> m.ArrearsFile:
        return files.get_arrears_file(work, request)

    @listens(members_contract.REMINDER_CARRIED)
    def reminder_carried(self, work: Work, event: ReminderCarried) -> None:
        reminders.note_carried(work, event)
