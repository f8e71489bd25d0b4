"""The table of contents of the members service."""

from __future__ import annotations

from services.contracts.caller import TREE_ADMINISTRATORS, Role
from services.contracts.common import ById, Nothing
from services.contracts.errors import NotFound
from services.contracts.members import errors as e
from services.contracts.members import messages as m
from services.contracts.method import FROM_GATEWAY, MEMBERS, PUBLIC, SIGNED_IN, Table, holders

SERVICE = "members"
TABLE = Table(SERVICE)

_ROSTER = holders(*TREE_ADMINISTRATORS)
_ROLES = holders(Role.COUNTY_ADMIN, Role.SYSTEM_ADMIN)
_IMPORTS = holders(Role.COMMITTEE_ADMIN, Role.COUNTY_ADMIN)

# Sign-in: the gateway asks on behalf of nobody yet
SIGN_IN_WITH_PASSWORD = TABLE.command(
    "sign_in_with_password", m.PasswordSignIn, m.SignInResult, PUBLIC, e.SignInRefused, e.SignInLocked
)
ANSWER_SECOND_FACTOR = TABLE.command(
    "answer_second_factor", m.SecondFactorAnswer, m.SignInResult, PUBLIC, e.SecondFactorRefused, e.SignInLocked
)
SIGN_IN_WITH_WECHAT = TABLE.errand("sign_in_with_wechat", m.WeChatSignIn, m.SignInResult, PUBLIC, e.WeChatCodeRefused)
BIND_WECHAT = TABLE.command("bind_wechat", m.WeChatBinding, m.SignInResult, PUBLIC, e.BindingRefused, e.SignInLocked)
ACTIVATE = TABLE.command(
    "activate", m.Activation, m.SignInResult, PUBLIC, e.ActivationRefused, e.PasswordTooWeak, e.SignInLocked
)
REFRESH_SESSION = TABLE.command("refresh_session", m.RefreshSession, m.Session, PUBLIC, e.SessionEnded)
END_SESSION = TABLE.command("end_session", Nothing, Nothing, SIGNED_IN)
END_ALL_SESSIONS = TABLE.command("end_all_sessions", Nothing, Nothing, SIGNED_IN)
LIST_ENDED_SESSIONS = TABLE.query("list_ended_sessions", m.ListEndedSessions, m.EndedSessions, FROM_GATEWAY)
"""What the gateway asks again and again, so that an access token ends with its session and not some minutes later (SEC-4)."""
LIST_SESSIONS = TABLE.query("list_sessions", Nothing, m.DeviceSessions, SIGNED_IN)

# Me
GET_ME = TABLE.query("get_me", Nothing, m.Me, SIGNED_IN)
GET_WECHAT_IDENTITY = TABLE.query("get_wechat_identity", Nothing, m.WeChatIdentity, SIGNED_IN)
LIST_MY_LOOKUPS = TABLE.query("list_my_lookups", m.ListLookups, m.LookupPage, MEMBERS)
CHANGE_PASSWORD = TABLE.command(
    "change_password", m.NewPassword, Nothing, SIGNED_IN, e.SignInRefused, e.SignInLocked, e.PasswordTooWeak
)
OFFER_SECOND_FACTOR = TABLE.command("offer_second_factor", Nothing, m.SecondFactorOffer, SIGNED_IN)
CONFIRM_SECOND_FACTOR = TABLE.command(
    "confirm_second_factor", m.SecondFactorConfirmation, Nothing, SIGNED_IN, e.SecondFactorRefused
)

# What I am told
LIST_NOTICES = TABLE.query("list_notices", m.ListNotices, m.NoticePage, MEMBERS)
READ_NOTICES = TABLE.command("read_notices", m.ReadNotices, m.NoticesRead, MEMBERS, NotFound)

# What people say of the platform
SEND_FEEDBACK = TABLE.command("send_feedback", m.SendFeedback, Nothing, SIGNED_IN, e.TooMuchFeedback)
LIST_FEEDBACK = TABLE.lookup("list_feedback", m.ListFeedback, m.FeedbackPage, holders(Role.SYSTEM_ADMIN))

# Organisations and people
LIST_ORGANISATIONS = TABLE.query("list_organisations", m.ListOrgs, m.OrgPage, SIGNED_IN, NotFound)
GET_ORGANISATION = TABLE.query("get_organisation", ById, m.OrgView, SIGNED_IN, NotFound)
LIST_MEMBERS = TABLE.lookup("list_members", m.ListMembers, m.MemberPage, _ROSTER, NotFound)
GET_MEMBER = TABLE.lookup("get_member", ById, m.MemberView, _ROSTER, NotFound)
UNMASK = TABLE.lookup("unmask", m.Unmask, m.Unmasked, _ROSTER, NotFound)
FIND_PERSON = TABLE.query("find_person", m.FindPerson, m.FoundPersons, MEMBERS)
ISSUE_ACTIVATION_CODE = TABLE.command("issue_activation_code", ById, m.ActivationCode, _ROSTER, NotFound)

# Roles
LIST_GRANTS = TABLE.query("list_grants", m.ListGrants, m.GrantPage, _ROLES, NotFound)
GIVE_ROLE = TABLE.command("give_role", m.GiveRole, m.GrantView, _ROLES, NotFound, e.GrantRefused)
WITHDRAW_ROLE = TABLE.command("withdraw_role", m.WithdrawRole, Nothing, _ROLES, NotFound)

# Roster files
BEGIN_IMPORT = TABLE.command("begin_import", m.BeginImport, m.ImportView, _IMPORTS, NotFound)
GET_IMPORT = TABLE.query("get_import", ById, m.ImportView, _IMPORTS, NotFound)
LIST_IMPORT_ROWS = TABLE.query("list_import_rows", m.ListImportRows, m.ImportRowPage, _IMPORTS, NotFound)
APPLY_IMPORT = TABLE.command("apply_import", ById, m.ImportView, _IMPORTS, NotFound, e.ImportNotReady)
BEGIN_EXPORT = TABLE.command("begin_export", m.BeginExport, m.ExportView, _IMPORTS, NotFound)
GET_EXPORT = TABLE.query("get_export", ById, m.ExportView, _IMPORTS, NotFound)

# Events
ORGANISATIONS_CHANGED = TABLE.event("organisations_changed", m.OrganisationsChanged)
ROSTER_CHANGED = TABLE.event("roster_changed", m.RosterChanged)
ROSTER_IMPORT_REQUESTED = TABLE.event("roster_import_requested", m.ImportRequested)
ROSTER_EXPORT_REQUESTED = TABLE.event("roster_export_requested", m.ExportRequested)
"""The two requests are heard by the service's own jobs process, so that heavy work never delays a call."""
REMINDER_CARRIED = TABLE.event("reminder_carried", m.ReminderCarried)
