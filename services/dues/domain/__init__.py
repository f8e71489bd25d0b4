"""The rules of dues, pure: values in, values or a named refusal out.

Split by rule. Imports the standard library and ``services.contracts.values``, nothing else: no database, no clock, no
message. What a county may set differently comes in as a ``RuleProfile``.
"""
