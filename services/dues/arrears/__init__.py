"""The arrears ladder: accounts, reasons, reminders and the file for the branch meeting (ARR-1 to ARR-4)."""
