"""Images of the suite's processes, and the variables of a demonstration in containers."""
