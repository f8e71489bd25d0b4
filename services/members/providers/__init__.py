"""The outside parties of members, each behind a typed client; a twin with behaviour for tests lives in ``tests/fakes``.

Called from errands only, never with a transaction open.
"""
