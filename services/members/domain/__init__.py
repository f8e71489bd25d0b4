"""The rules of the members service, pure: values in, values or a named refusal out.

Imports the standard library and ``services.contracts.values``, nothing else: no database, no clock, no file, no message.
"""
