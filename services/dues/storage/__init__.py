"""What dues keeps: its tables and the statements on them. Decides nothing."""
