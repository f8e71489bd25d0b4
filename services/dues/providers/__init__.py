"""The outside parties of dues, each behind a port with a real adapter; a twin with behaviour for tests lives in ``tests/fakes``.

Owns the conversation with WeChat Pay and nothing else: no database, no rule about money, no decision. Called from
errands and jobs only, never with a transaction open.
"""
