"""What every request passes, in the order of ``app.create_app``: trace, headers, rate limit, session, idempotency."""
