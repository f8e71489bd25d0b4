"""Months from opening to settling, with the delayed list, relief and consent."""

from __future__ import annotations

from services.chassis.entrypoints import answers
from services.chassis.work import Work
from services.contracts import dues
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.dues import months
from services.dues.decisions import consents, relief_list, reliefs
from services.dues.monthly import delays, reporting, standing


class Months:
    # Months

    @answers(dues.OPEN_MONTH)
    def open_month(self, work: Work, request: m.OpenMonth) -> m.MonthView:
        return months.open_month(work, request)

    @answers(dues.LIST_MONTHS)
    def list_months(self, work: Work, request: Nothing) -> m.Months:
        return months.list_months(work, request)

    # Reporting and settling a month, the delayed list, relief, consent

    @answers(dues.GET_MONTH_STANDING)
    def get_month_standing(self, work: Work, request: m.GetMonthStanding) -> m.MonthStanding:
        return standing.get_month_standing(work, request)

    @answers(dues.LIST_MONTH_STANDINGS)
    def list_month_standings(self, work: Work, request: m.ListMonthStandings) -> m.MonthStandingPage:
        return standing.list_month_standings(work, request)

    @answers(dues.LIST_MONTH_BLOCKS)
    def list_month_blocks(self, work: Work, request: m.ListMonthBlocks) -> m.MonthBlockPage:
        return standing.list_month_blocks(work, request)

    @answers(dues.REPORT_MONTH)
    def report_month(self, work: Work, request: m.ReportMonth) -> m.MonthStanding:
        return reporting.report_month(work, request)

    @answers(dues.RETURN_MONTH_REPORT)
    def return_month_report(self, work: Work, request: m.ReturnMonthReport) -> m.MonthStanding:
        return reporting.return_month_report(work, request)

    @answers(dues.SETTLE_MONTH)
    def settle_month(self, work: Work, request: m.SettleMonth) -> m.MonthStanding:
        return reporting.settle_month(work, request)

    @answers(dues.LIST_DELAYS)
    def list_delays(self, work: Work, request: m.ListDelays) -> m.DelayPage:
        return delays.list_delays(work, request)

    @answers(dues.DELAY_MONTH)
    def delay_month(self, work: Work, request: m.DelayMonth) -> m.DelayView:
        return delays.delay_month(work, request)

    @answers(dues.END_DELAY)
    def end_delay(self, work: Work, request: m.EndDelay) -> m.DelayView:
        return delays.end_delay(work, request)

    @answers(dues.LIST_RELIEFS)
    def list_reliefs(self, work: Work, request: m.ListReliefs) -> m.ReliefPage:
        return relief_list.list_reliefs(work, request)

    @answers(dues.ASK_RELIEF)
    def ask_relief(self, work: Work, request: m.AskRelief) -> m.ReliefView:
        return reliefs.ask_relief(work, request)

    @answers(dues.ANSWER_RELIEF)
    def answer_relief(self, work: Work, request: m.AnswerRelief) -> m.ReliefView:
        return reliefs.answer_relief(work, request)

    @answers(dues.END_RELIEF)
    def end_relief(self, work: Work, request: m.EndRelief) -> m.ReliefView:
        return reliefs.end_relief(work, request)

    @answers(dues.LIST_CONSENTS)
    def list_consents(self, work: Work, request: m.ListConsents) -> m.ConsentPage:
        return consents.list_consents(work, request)

    @answers(dues.RECORD_CONSENT)
    def record_consent(self, work: Work, request: m.RecordConsent) -> m.ConsentView:
        return consents.record_consent(work, request)

    @answers(dues.NOTE_CONSENT)
    def note_consent(self, work: Work, request: m.NoteConsent) -> m.ConsentView:
        return consents.note_consent(work, request)

    @answers(dues.WITHDRAW_CONSENT)
    def withdraw_consent(self, work: Work, request: m.WithdrawConsent) -> m.ConsentView:
        return consents.withdraw_consent(work, request)
