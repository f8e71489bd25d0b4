"""Reads, each bounded and paged; look-ups leave the trace of what was seen."""
