"""Party dues: how much, who owes, paying, receipts and the books (党费缴纳)."""
