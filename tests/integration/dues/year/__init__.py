"""A whole year of a county, played month by month with every case of the rules, and reckoned by other means than the platform's.

``story`` draws who lives there and what happens to them, ``players`` do it through the use cases, ``model`` writes down what must
come of it by the rules in plain Python, ``reckoning`` compares. ``python -m tests.integration.dues.year --seeds 5`` plays more.
"""
