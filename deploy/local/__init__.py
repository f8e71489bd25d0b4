"""The one-command start: everything on one machine, without containers, below one data folder.

``bootstrap`` makes the environment with nothing but the system's Python; ``run`` starts the suite; ``stack`` gives tests the
same servers and processes. Which processes there are, and in which order, stands in ``processes`` alone.
"""
