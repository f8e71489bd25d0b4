"""The members service: its table of contents.

Each method answers one row of ``services.contracts.members.methods`` and hands over to its use case.
"""

from __future__ import annotations

import eventlet

from services.chassis.blobs import FolderStore
from services.chassis.core import Desk
from services.chassis.entrypoints import answers, every, listens
from services.chassis.service import FORGET_EVERY_S, ChassisJobs, CoreProvider, Kept
from services.chassis.work import Refusal, Work
from services.contracts.common import ById, Nothing
from services.contracts.dues import (
    ARREARS_REMINDED,
    CASH_REFUND_APPROVED,
    ORDER_REFUNDED,
    ORDER_SETTLED,
    REFUND_APPROVED,
    REFUND_REFUSED,
)
from services.contracts.dues.messages import (
    ArrearsReminded,
    CashRefundApproved,
    OrderRefunded,
    OrderSettled,
    RefundApproved,
    RefundRefused,
)
from services.contracts.members import messages as m
from services.contracts.members import methods
from services.members import errands, events, reminders
from services.members.commands import accounts, feedback, notices, roles, sessions, sign_in, upkeep
from services.members.providers.wechat_messages import WechatMessageClient
from services.members.providers.wechat_sign_in import WechatSignInClient
from services.members.queries import feedback as sent_feedback
from services.members.queries import inbox, me, organisations, people
from services.members.roster import exports, imports, jobs
from services.members.roster.course import LastPlan
from services.members.settings import MembersSettings

MESSAGES_EVERY_S = 2.0


class MembersService:
    name = "members"
    core = CoreProvider(MembersSettings)
    wechat = Kept(MembersSettings, lambda settings: WechatSignInClient(settings.wechat_sign_in()))

    @answers(methods.TABLE.ping)
    def ping(self, work: Work, _: Nothing) -> Nothing:
        """Answered from inside a transaction, so only while the database answers."""
        work.db.exec_driver_sql("SELECT true")
        return Nothing()

    # Sign-in

    @answers(methods.SIGN_IN_WITH_PASSWORD)
    def sign_in_with_password(self, work: Work, request: m.PasswordSignIn) -> m.SignInResult | Refusal:
        return sign_in.sign_in_with_password(work, request)

    @answers(methods.ANSWER_SECOND_FACTOR)
    def answer_second_factor(self, work: Work, request: m.SecondFactorAnswer) -> m.SignInResult | Refusal:
        return sign_in.answer_second_factor(work, request)

    @answers(methods.SIGN_IN_WITH_WECHAT)
    def sign_in_with_wechat(self, desk: Desk, request: m.WeChatSignIn) -> m.SignInResult:
        return errands.sign_in_with_wechat(desk, request, self.wechat)

    @answers(methods.BIND_WECHAT)
    def bind_wechat(self, work: Work, request: m.WeChatBinding) -> m.SignInResult | Refusal:
        return sign_in.bind_wechat(work, request)

    @answers(methods.ACTIVATE)
    def activate(self, work: Work, request: m.Activation) -> m.SignInResult | Refusal:
        return sign_in.activate(work, request)

    @answers(methods.REFRESH_SESSION)
    def refresh_session(self, work: Work, request: m.RefreshSession) -> m.Session | Refusal:
        return sessions.refresh_session(work, request)

    @answers(methods.END_SESSION)
    def end_session(self, work: Work, request: Nothing) -> Nothing:
        return sessions.end_session(work, request)

    @answers(methods.END_ALL_SESSIONS)
    def end_all_sessions(self, work: Work, request: Nothing) -> Nothing:
        return sessions.end_all_sessions(work, request)

    @answers(methods.LIST_ENDED_SESSIONS)
    def list_ended_sessions(self, work: Work, request: m.ListEndedSessions) -> m.EndedSessions:
        return sessions.list_ended_sessions(work, request)

    @answers(methods.LIST_SESSIONS)
    def list_sessions(self, work: Work, request: Nothing) -> m.DeviceSessions:
        return me.list_sessions(work, request)

    # Me

    @answers(methods.GET_ME)
    def get_me(self, work: Work, request: Nothing) -> m.Me:
        return me.get_me(work, request)

    @answers(methods.GET_WECHAT_IDENTITY)
    def get_wechat_identity(self, work: Work, request: Nothing) -> m.WeChatIdentity:
        return me.get_wechat_identity(work, request)

    @answers(methods.LIST_MY_LOOKUPS)
    def list_my_lookups(self, work: Work, request: m.ListLookups) -> m.LookupPage:
        return me.list_my_lookups(work, request)

    @answers(methods.CHANGE_PASSWORD)
    def change_password(self, work: Work, request: m.NewPassword) -> Nothing | Refusal:
        return accounts.change_password(work, request)

    @answers(methods.OFFER_SECOND_FACTOR)
    def offer_second_factor(self, work: Work, request: Nothing) -> m.SecondFactorOffer:
        return accounts.offer_second_factor(work, request)

    @answers(methods.CONFIRM_SECOND_FACTOR)
    def confirm_second_factor(self, work: Work, request: m.SecondFactorConfirmation) -> Nothing | Refusal:
        return accounts.confirm_second_factor(work, request)

    # What I am told

    @answers(methods.LIST_NOTICES)
    def list_notices(self, work: Work, request: m.ListNotices) -> m.NoticePage:
        return inbox.list_notices(work, request)

    @answers(methods.READ_NOTICES)
    def read_notices(self, work: Work, request: m.ReadNotices) -> m.NoticesRead:
        return notices.read_notices(work, request)

    @listens(ORDER_SETTLED)
    def order_settled(self, work: Work, event: OrderSettled) -> None:
        events.order_settled(work, event)

    @listens(REFUND_APPROVED)
    def refund_approved(self, work: Work, event: RefundApproved) -> None:
        events.refund_approved(work, event)

    @listens(REFUND_REFUSED)
    def refund_refused(self, work: Work, event: RefundRefused) -> None:
        events.refund_refused(work, event)

    @listens(CASH_REFUND_APPROVED)
    def cash_refund_approved(self, work: Work, event: CashRefundApproved) -> None:
        events.cash_refund_approved(work, event)

    @listens(ORDER_REFUNDED)
    def order_refunded(self, work: Work, event: OrderRefunded) -> None:
        events.order_refunded(work, event)

    @listens(ARREARS_REMINDED)
    def arrears_reminded(self, work: Work, event: ArrearsReminded) -> None:
        reminders.arrears_reminded(work, event)

    # What people say of the platform

    @answers(methods.SEND_FEEDBACK)
    def send_feedback(self, work: Work, request: m.SendFeedback) -> Nothing:
        return feedback.send_feedback(work, request)

    @answers(methods.LIST_FEEDBACK)
    def list_feedback(self, work: Work, request: m.ListFeedback) -> m.FeedbackPage:
        return sent_feedback.list_feedback(work, request)

    # Organisations and people

    @answers(methods.LIST_ORGANISATIONS)
    def list_organisations(self, work: Work, request: m.ListOrgs) -> m.OrgPage:
        return organisations.list_organisations(work, request)

    @answers(methods.GET_ORGANISATION)
    def get_organisation(self, work: Work, request: ById) -> m.OrgView:
        return organisations.get_organisation(work, request)

    @answers(methods.LIST_MEMBERS)
    def list_members(self, work: Work, request: m.ListMembers) -> m.MemberPage:
        return people.list_members(work, request)

    @answers(methods.GET_MEMBER)
    def get_member(self, work: Work, request: ById) -> m.MemberView:
        return people.get_member(work, request)

    @answers(methods.UNMASK)
    def unmask(self, work: Work, request: m.Unmask) -> m.Unmasked:
        return people.unmask(work, request)

    @answers(methods.FIND_PERSON)
    def find_person(self, work: Work, request: m.FindPerson) -> m.FoundPersons:
        return people.find_person(work, request)

    @answers(methods.ISSUE_ACTIVATION_CODE)
    def issue_activation_code(self, work: Work, request: ById) -> m.ActivationCode:
        return accounts.issue_activation_code(work, request)

    # Roles

    @answers(methods.LIST_GRANTS)
    def list_grants(self, work: Work, request: m.ListGrants) -> m.GrantPage:
        return organisations.list_grants(work, request)

    @answers(methods.GIVE_ROLE)
    def give_role(self, work: Work, request: m.GiveRole) -> m.GrantView:
        return roles.give_role(work, request)

    @answers(methods.WITHDRAW_ROLE)
    def withdraw_role(self, work: Work, request: m.WithdrawRole) -> Nothing:
        return roles.withdraw_role(work, request)

    # Roster files

    @answers(methods.BEGIN_IMPORT)
    def begin_import(self, work: Work, request: m.BeginImport) -> m.ImportView:
        return imports.begin_import(work, request)

    @answers(methods.GET_IMPORT)
    def get_import(self, work: Work, request: ById) -> m.ImportView:
        return imports.get_import(work, request)

    @answers(methods.LIST_IMPORT_ROWS)
    def list_import_rows(self, work: Work, request: m.ListImportRows) -> m.ImportRowPage:
        return imports.list_import_rows(work, request)

    @answers(methods.APPLY_IMPORT)
    def apply_import(self, work: Work, request: ById) -> m.ImportView:
        return imports.apply_import(work, request)

    @answers(methods.BEGIN_EXPORT)
    def begin_export(self, work: Work, request: m.BeginExport) -> m.ExportView:
        return exports.begin_export(work, request)

    @answers(methods.GET_EXPORT)
    def get_export(self, work: Work, request: ById) -> m.ExportView:
        return exports.get_export(work, request)


class MembersJobs(ChassisJobs):
    """The relay, the timers, and the heavy work on roster files."""

    name = "members-jobs"
    core = CoreProvider(MembersSettings, slow=True)

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_sign_ins(self, desk: Desk) -> None:
        desk.run(upkeep.forget_old_sign_ins, None)

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_notices(self, desk: Desk) -> None:
        desk.run(upkeep.forget_old_notices, None)

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_feedback(self, desk: Desk) -> None:
        desk.run(upkeep.forget_old_feedback, None)

    # Reminders

    messages = Kept(
        MembersSettings, lambda settings: WechatMessageClient(settings.wechat_sign_in(), settings.template_in_use)
    )

    @every(MESSAGES_EVERY_S, alone=True)
    def send_wechat_messages(self, desk: Desk) -> None:
        errands.send_wechat_messages(desk, self.messages)

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_messages(self, desk: Desk) -> None:
        desk.run(upkeep.forget_old_messages, None)

    # Roster files

    files = Kept(MembersSettings, lambda settings: FolderStore(settings.blob_dir, settings.seal_keys))
    plans = Kept(MembersSettings, lambda _: LastPlan())

    @every(FORGET_EVERY_S, alone=True)
    def forget_old_roster_files(self, desk: Desk) -> None:
        jobs.forget_old_files(desk, self.files)

    @listens(methods.ROSTER_IMPORT_REQUESTED)
    def roster_import_requested(self, work: Work, request: m.ImportRequested) -> None:
        jobs.handle_import(
            work, request, desk=self.core.desk(), files=self.files, plans=self.plans, breathe=eventlet.sleep
        )

    @listens(methods.ROSTER_EXPORT_REQUESTED)
    def roster_export_requested(self, work: Work, request: m.ExportRequested) -> None:
        jobs.handle_export(
            work, request, desk=self.core.desk(), files=self.files, plans=self.plans, breathe=eventlet.sleep
        )


SERVICES = {"members": MembersService, "members-jobs": MembersJobs}
