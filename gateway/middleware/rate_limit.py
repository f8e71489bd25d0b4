"""Rate limits: how often one person, and one address, may ask.

In this process's memory: with several workers each counts for itself. A phone network puts hundreds of people behind one
address, so an address may do much more than a person; what is guessable (sign-in, find a person, a receipt's code) is narrow.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from gateway.http import Request, Response
from gateway.middleware.counters import BoundedCounters
from gateway.operation import Limit
from gateway.problems import RateLimited

MAX_FORWARDED = 2_000
IPV6_HOME_BITS = 64
"""One household has a whole /64: it counts as one address."""
KEPT_ADDRESSES = 4_096
SECONDS = {"minute": 60, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Policy:
    """Windows that count for each person, and for each address."""

    person: tuple[tuple[int, str], ...] = ()
    address: tuple[tuple[int, str], ...] = ()


POLICIES: dict[Limit, Policy] = {
    # A page makes up to eight requests and nobody opens thirty pages a minute.
    Limit.READ: Policy(person=((240, "minute"),), address=((3_000, "minute"),)),
    Limit.WRITE: Policy(person=((60, "minute"),), address=((1_200, "minute"),)),
    # An office of a hundred signs in within some minutes; the account's own lock (SEC-4) stops who guesses at one account.
    Limit.SIGN_IN: Policy(address=((60, "minute"), (1_200, "day"))),
    # Ten thousand phone tails for a known name: at sixty a day, half a year.
    Limit.FIND_PERSON: Policy(person=((10, "minute"), (60, "day")), address=((120, "minute"),)),
    Limit.CHECK: Policy(address=((60, "minute"),)),
    Limit.FILE: Policy(person=((20, "minute"),), address=((300, "minute"),)),
    # WeChat sends from few addresses; a peak day settles thousands of payments in an hour.
    Limit.NOTICE: Policy(address=((6_000, "minute"),)),
    # Orchestrators and collectors: a refused probe would end a process that is only busy.
    Limit.PROBE: Policy(),
}


class AddressFinder:
    """Whose address it is. Behind proxies of ours, the entry of ``X-Forwarded-For`` that the outermost one wrote."""

    def __init__(self, trusted_proxies: int) -> None:
        self._trusted = trusted_proxies

    def address_of(self, req: Request) -> str:
        address = str(req.env.get("REMOTE_ADDR") or "")
        if self._trusted:
            forwarded = (req.get_header("X-Forwarded-For") or "")[-MAX_FORWARDED:].split(",")
            if len(forwarded) >= self._trusted and forwarded[-self._trusted].strip():
                address = forwarded[-self._trusted].strip()
        return _counted_as(address)


@lru_cache(KEPT_ADDRESSES)  # PERF: a phone makes many requests from one address
def _counted_as(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_HOME_BITS), strict=False))
    return str(address)


@dataclass(frozen=True, slots=True)
class _Window:
    """One window of a policy, with what the header says of it."""

    counts: str
    most: int
    seconds: int
    name: str
    policy: str


class RateLimitMiddleware:
    """Two looks: at the address before a token is even read, at the person after."""

    def __init__(self, scale: int, trusted_proxies: int, counters: BoundedCounters | None = None) -> None:
        self._counters = counters or BoundedCounters()
        self._finder = AddressFinder(trusted_proxies)
        self._address = {limit: _windows(limit, "address", policy.address, scale) for limit, policy in POLICIES.items()}
        self._person = {limit: _windows(limit, "person", policy.person, scale) for limit, policy in POLICIES.items()}

    def process_resource(self, req: Request, resp: Response, _resource: object, _params: dict[str, str]) -> None:
        operation = req.context.operation
        if operation is not None:
            req.context.address = self._finder.address_of(req)
            self._count(resp, self._address[operation.counts_as], req.context.address)

    def count_person(self, req: Request, resp: Response) -> None:
        operation, caller = req.context.operation, req.context.caller
        if operation is not None and caller is not None and caller.account_id is not None:
            self._count(resp, self._person[operation.counts_as], caller.account_id)

    def _count(self, resp: Response, windows: tuple[_Window, ...], whose: str) -> None:
        """Counts one request. Raises RateLimited, and says in the headers how much is left of the narrowest window."""
        narrowest: tuple[int, int, _Window] | None = None
        for window in windows:
            count, ends_s = self._counters.count((window.counts, window.seconds, whose))
            resets_s = max(1, int(ends_s) + 1)
            left = window.most - count
            if left < 0:
                _tell(resp, 0, resets_s, window)
                raise RateLimited(retry_after_s=resets_s)
            if narrowest is None or left < narrowest[0]:
                narrowest = (left, resets_s, window)
        if narrowest is not None:
            _tell(resp, *narrowest)


class PersonLimitMiddleware:
    """The second look, once it is known who asks."""

    def __init__(self, limits: RateLimitMiddleware) -> None:
        self._limits = limits

    def process_resource(self, req: Request, resp: Response, _resource: object, _params: dict[str, str]) -> None:
        self._limits.count_person(req, resp)


def _windows(limit: Limit, name: str, windows: tuple[tuple[int, str], ...], scale: int) -> tuple[_Window, ...]:
    return tuple(
        _Window(f"{limit}:{name}", most * scale, SECONDS[unit], name, f'"{name}";q={most * scale};w={SECONDS[unit]}')
        for most, unit in windows
    )


def _tell(resp: Response, left: int, resets_s: int, window: _Window) -> None:
    resp.set_header("RateLimit-Policy", window.policy)
    resp.set_header("RateLimit", f'"{window.name}";r={left};t={resets_s}')
