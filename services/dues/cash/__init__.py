"""Cash: taken from members, confirmed by a second person, brought to the bank (PAY-2, PAY-5, BOOK-3)."""
