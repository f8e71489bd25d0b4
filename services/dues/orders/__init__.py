"""Orders and what follows from them: payment, settlement, receipts, refunds and the books."""
