"""The base of the platform: organisations, roster, sign-in, roles, the audit trail."""
