"""A month from its opening to its settling: how far it has come, reports, the delayed list (BOOK-1)."""
