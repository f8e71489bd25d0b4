"""A WeChat that takes no money: speaks APIv3 of WeChat Pay, web sign-in and the pay sheet, with faults on demand.

Stands outside the platform like the real one: imports nothing of ours, and nothing of ours imports it. Owns keys of its
own, which carry the mark SIMULATED, and refuses to start beside real ones.
"""
