"""Counting failed tries and locking after too many of them (SEC-4).

A subject is what is being guessed at: the password of a phone, the second factor of an account, the binding of a WeChat
account. It is counted whether or not there is such a thing, so that a lock tells nothing.
"""

from __future__ import annotations

from datetime import timedelta

from services.chassis.work import Refusal, Work
from services.contracts.errors import ServiceError
from services.contracts.members.errors import SignInLocked
from services.members.domain.sign_in import after_failure, is_locked, locked_until
from services.members.storage import accounts
from services.members.storage.tables import FAILURE_SUBJECT

BUSY_FOR = timedelta(seconds=2)
"""Told to whoever tries the same subject twice at once: far longer than one try takes."""


class Tries:
    """The tries at one or more subjects within one transaction. Made before anything is compared.

    Raises SignInLocked while a subject is locked, or tried by another call at this very moment.
    """

    def __init__(self, work: Work, *subjects: str) -> None:
        self._work = work
        self._indexes = [work.index.of(FAILURE_SUBJECT, subject) for subject in subjects]
        for index in sorted(self._indexes):
            if not accounts.try_alone(work.db, index):
                raise SignInLocked(locked_until=(work.now + BUSY_FOR).isoformat())
        self._counted = [accounts.failures_of(work.db, work.caller.county_id, index) for index in self._indexes]
        for counted in self._counted:
            until = locked_until(counted)
            if until is not None and is_locked(counted, work.now):
                raise SignInLocked(locked_until=until.isoformat())

    def failed(self, error: ServiceError) -> Refusal:
        """Counts one failure for each subject; the refusal commits it."""
        for index, counted in zip(self._indexes, self._counted, strict=True):
            now_counted = after_failure(counted, self._work.now)
            accounts.keep_failures(self._work.db, self._work.caller.county_id, index, now_counted)
        return Refusal(error)

    def succeeded(self) -> None:
        for index in self._indexes:
            accounts.clear_failures(self._work.db, self._work.caller.county_id, index)


def forget(work: Work, *subjects: str) -> None:
    """Clears what was counted: another proof has settled who it is."""
    for subject in subjects:
        accounts.clear_failures(work.db, work.caller.county_id, work.index.of(FAILURE_SUBJECT, subject))


def of_password(phone: str) -> str:
    return f"password:{phone}"


def of_present_password(account_id: str) -> str:
    return f"present_password:{account_id}"


def of_second_factor(account_id: str) -> str:
    return f"second_factor:{account_id}"


def of_activation(phone: str) -> str:
    return f"activation:{phone}"


def of_binding(openid: str, phone: str) -> tuple[str, str]:
    """Both sides: one WeChat account that tries many people, and many that try one person."""
    return f"binding_openid:{openid}", f"binding_phone:{phone}"
