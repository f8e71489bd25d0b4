"""The payment provider's own books: from the simulator's journal on this disk, or through its control interface."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.audit.invariant import Taken
from deploy.wechat_simulator.records import read_instant
from deploy.wechat_simulator.state import Books
from deploy.wechat_simulator.web.control import KEY_HEADER

ANSWER_TIMEOUT_S = 10.0
MOST_PAGES = 10_000
"""Of 500 payments each: more than the simulator's journal can hold."""


def from_journal(folder: Path) -> Iterator[Taken]:
    """What the simulator that keeps its books in this folder took; it may run meanwhile. A line not yet ended is not there yet.

    Raises ValueError or KeyError for a file that no simulator wrote.
    """
    path = folder / "journal.jsonl"
    if not path.exists():
        return
    books = Books()
    with path.open("rb") as lines:
        for line in lines:
            if line.endswith(b"\n"):
                event = json.loads(line)
                read_instant(event["at"])
                books.apply(event)
    for order in books.orders.values():
        if order.transaction_id is not None and order.paid_fen is not None:
            yield Taken(order.order_no, order.transaction_id, order.paid_fen)


def from_control(address: str, key: str) -> Iterator[Taken]:
    """What a running simulator took, page by page. Raises OSError when it does not answer."""
    after = ""
    for _ in range(MOST_PAGES):
        page = _page(f"{address.rstrip('/')}/control/payments?after={urllib.parse.quote(after)}", key)
        for one in page["items"]:
            yield Taken(one["order_no"], one["transaction_id"], one["paid_fen"])
        if page["next_after"] is None:
            return
        after = page["next_after"]
    raise ValueError(f"the simulator gave more than {MOST_PAGES} pages")


def _page(url: str, key: str) -> Any:
    request = urllib.request.Request(url, headers={KEY_HEADER: key})  # noqa: S310 (the simulator's own address)
    with urllib.request.urlopen(request, timeout=ANSWER_TIMEOUT_S) as answer:  # noqa: S310
        return json.load(answer)
