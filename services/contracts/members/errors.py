"""Refusals of the members service."""

from __future__ import annotations

from services.contracts.errors import Conflict, Forbidden, TooMany, Unauthenticated, Unprocessable


class SignInRefused(Unauthenticated):
    """Wrong phone, wrong password or no such account: one answer for all, so that nothing is learnt from it."""

    code, title = "members.sign_in_refused", "Phone or password is not right"


class SignInLocked(TooMany):
    """Too many failures (SEC-4). ``detail['locked_until']`` says until when."""

    code, title = "members.sign_in_locked", "Sign-in is locked for a while"


class SecondFactorRefused(Unauthenticated):
    code, title = "members.second_factor_refused", "The second factor is not right"


class SecondFactorNeeded(Forbidden):
    """An administrator's role works only with a second factor (SEC-4)."""

    code, title = "members.second_factor_needed", "A second factor is needed for this"


class WeChatCodeRefused(Unauthenticated):
    code, title = "members.wechat_code_refused", "WeChat did not accept the code"


class BindingRefused(Unprocessable):
    """Name, identity number tail and phone do not all agree with one roster entry, or the entry is bound already."""

    code, title = "members.binding_refused", "These details do not match the roster"


class ActivationRefused(Unprocessable):
    code, title = "members.activation_refused", "The activation code is not right or has run out"


class PasswordTooWeak(Unprocessable):
    """``detail['reason']`` names the rule of SEC-4 that the password breaks."""

    code, title = "members.password_too_weak", "The password does not meet the rules"


class SessionEnded(Unauthenticated):
    code, title = "members.session_ended", "The session has ended"


class RosterFileRefused(Unprocessable):
    """The file as a whole can't be used: ``detail['reason']`` is a stable code, with its parameters beside it."""

    code, title = "members.roster_file_refused", "The roster file can't be used"


class ImportNotReady(Conflict):
    """The import is in another state than this step needs: ``detail['state']``."""

    code, title = "members.import_not_ready", "The import is not at this step"


class ImportOutOfDate(Conflict):
    """The roster changed after the dry run; a new dry run shows what would happen now."""

    code, title = "members.import_out_of_date", "The roster has changed since the dry run"


class GrantRefused(Unprocessable):
    """``detail['reason']`` says why.

    ``role_not_for_this_kind``, ``already_held``, ``too_many_roles``; ``finance_also_approves`` and ``system_admin_also_sees`` for
    two offices that may not meet in one person; ``not_to_oneself``; ``only_by_system_admin`` for the office that rules accounts.
    """

    code, title = "members.grant_refused", "This role can't be given here"


class TooMuchFeedback(TooMany):
    """``detail['most_a_day']`` says how much one person may send."""

    code, title = "members.too_much_feedback", "Enough feedback from one person for today"
