"""A provider of day bills that lives in memory: the twin of ``WechatBills`` for tests of dues."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date

from services.dues.providers.bills import BillOffer
from services.dues.providers.payments import ProviderError
from tests.load.bills import APP_ID, MERCHANT_ID

BLOCK_BYTES = 1_000


@dataclass(slots=True)
class FakeBills:
    """Gives the bills that a test has put there; a day without one has no trade."""

    merchant_id: str = MERCHANT_ID
    app_id: str = APP_ID
    bills: dict[date, bytes] = field(default_factory=dict)
    asked: list[date] = field(default_factory=list)
    failures: list[ProviderError] = field(default_factory=list)
    """Each is met once."""
    cuts: list[int] = field(default_factory=list)
    """Each download ends after so many bytes, once."""

    def find_bill(self, day: date) -> BillOffer | None:
        self.asked.append(day)
        if self.failures:
            raise self.failures.pop(0)
        if day not in self.bills:
            return None
        plain = self.bills[day]
        packed = gzip.compress(plain)
        if self.cuts:
            packed = packed[: self.cuts.pop(0)]

        @contextmanager
        def opened() -> Iterator[Iterator[bytes]]:
            yield (packed[at : at + BLOCK_BYTES] for at in range(0, len(packed), BLOCK_BYTES))

        return BillOffer(hashlib.sha1(plain, usedforsecurity=False).hexdigest(), opened)
