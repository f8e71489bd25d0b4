"""Totals by organisation and month: folding what was booked, comparing with the ledger, reporting (docs/decisions/0015)."""
