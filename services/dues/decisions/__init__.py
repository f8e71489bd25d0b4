"""What a branch and its superior decide about one member: relief (DUE-11) and consent (PAY-2, PAY-3)."""
