"""The provider's day bill against the ledger: fetching, matching, and the work list of what differs (BOOK-8)."""
