"""Spending of dues in the classes of BOOK-4: recorded by one, approved by another, never more than an organisation holds."""
