"""The doors of a service: nameko entrypoints that no message can break.

``frames`` reads what the broker delivers, ``transports`` carry it (nameko's own way, or the fast one, chosen by a setting),
``doors`` check it and decide its end, ``declared`` makes a service's methods its answers, listeners and jobs.

A call is compatible with nameko's own wire. What differs is what happens to messages that are malformed, unknown or refused: a
caller gets an answer wherever one can be given, anything else is parked with its reason, and nothing is ever raised into the
process (the stock entrypoint stops it). An event is acknowledged only after its transaction.
"""

from services.chassis.entrypoints.declared import answers, every, listens

__all__ = ["answers", "every", "listens"]
