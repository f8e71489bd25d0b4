"""What the dues service says and hears: assessments, obligations, orders, payments, receipts, the ledger."""

from services.contracts.dues.methods import *  # noqa: F403
