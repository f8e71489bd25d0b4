"""Measurements: what the suite's hot paths cost, as ratios taken in one run. Nothing here is a test."""
