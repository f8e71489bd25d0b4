"""The port to the provider's day bill: what it says it took and sent back on one day (BOOK-8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Protocol


@dataclass(frozen=True, slots=True)
class BillOffer:
    """A bill that can be fetched now, for some minutes."""

    sha1: str
    """Of the file when it is unpacked, in hex: whoever reads the file checks it."""
    opened: Callable[[], AbstractContextManager[Iterator[bytes]]]
    """The file as it travels, perhaps packed with gzip, block by block. Raises ``ProviderUnavailable``."""


class BillProvider(Protocol):
    """Each call may raise ``ProviderUnavailable``; each may be repeated."""

    @property
    def merchant_id(self) -> str: ...

    @property
    def app_id(self) -> str: ...

    def find_bill(self, day: date) -> BillOffer | None:
        """None when the provider says that the day has no trade. Raises ``ProviderRefused``, as for a bill in the making."""
        ...
