"""How much somebody owes, why, and what he sees of it."""

from __future__ import annotations

from services.chassis.entrypoints import answers
from services.chassis.work import Work
from services.contracts import dues
from services.contracts.common import Nothing
from services.contracts.dues import messages as m
from services.contracts.members.messages import (
    ListLookups,
    LookupPage,
)
from services.dues import assessments, beneficiaries, bills, lookups, owed, worklist


class Amounts:
    # How much

    @answers(dues.CALCULATE)
    def calculate(self, work: Work, request: m.Calculate) -> m.Calculation:
        return assessments.calculate(work, request)

    @answers(dues.GET_PROFILE)
    def get_profile(self, work: Work, request: Nothing) -> m.ProfileView:
        return assessments.get_profile(work, request)

    @answers(dues.ASSESS)
    def assess(self, work: Work, request: m.Assess) -> m.AssessmentView:
        return assessments.assess(work, request)

    @answers(dues.ASSESS_BATCH)
    def assess_batch(self, work: Work, request: m.AssessBatch) -> m.AssessBatchResult:
        return assessments.assess_batch(work, request)

    @answers(dues.LIST_ASSESSMENTS)
    def list_assessments(self, work: Work, request: m.ListAssessments) -> m.AssessmentPage:
        return assessments.list_assessments(work, request)

    @answers(dues.LIST_MEMBER_MONTHS)
    def list_member_months(self, work: Work, request: m.ListMemberMonths) -> m.MemberMonthPage:
        return worklist.list_member_months(work, request)

    # What is owed

    @answers(dues.GET_MY_DUES)
    def get_my_dues(self, work: Work, request: Nothing) -> m.MyDues:
        return owed.get_my_dues(work, request)

    @answers(dues.GET_BILL)
    def get_bill(self, work: Work, request: m.GetBill) -> m.Bill:
        return bills.get_bill(work, request)

    @answers(dues.LIST_MY_LOOKUPS)
    def list_my_lookups(self, work: Work, request: ListLookups) -> LookupPage:
        return lookups.list_my_lookups(work, request)

    @answers(dues.LIST_BENEFICIARIES)
    def list_beneficiaries(self, work: Work, request: m.ListBeneficiaries) -> m.BeneficiaryPage:
        return beneficiaries.list_beneficiaries(work, request)

    @answers(dues.ADD_BENEFICIARIES)
    def add_beneficiaries(self, work: Work, request: m.AddBeneficiaries) -> m.Beneficiaries:
        return beneficiaries.add_beneficiaries(work, request)

    @answers(dues.SET_FAVOURITE)
    def set_favourite(self, work: Work, request: m.SetFavourite) -> Nothing:
        return beneficiaries.set_favourite(work, request)
