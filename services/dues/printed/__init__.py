"""The data of what is printed: a member's record, a branch's register, the yearly notice (BOOK-5, BOOK-6). The gateway draws."""
