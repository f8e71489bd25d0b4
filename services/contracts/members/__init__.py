"""What the members service says and hears: organisations, roster, sign-in, roles, the audit trail."""

from services.contracts.members.methods import *  # noqa: F403
