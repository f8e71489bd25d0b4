"""Puts a branch's debtors on the delayed list and takes them off again, so that its month can be reported."""

from __future__ import annotations

from typing import Any

from tests.e2e.looks import MONTH
from tests.e2e.walker import Walker

MAX_BLOCKS = 500


def delay_the_others(branch: Walker, org: str) -> None:
    for _ in range(MAX_BLOCKS):
        blocks = branch.http.get(f"/v1/organisations/{org}/dues/months/{MONTH}/blocks")["items"]
        if not blocks:
            return
        for one in blocks:
            path = f"/v1/members/{one['member_id']}/dues/{one['month']}/delays"
            branch.http.post(path, {"reason": "外出务工，暂时联系不上"})
    raise AssertionError("the branch stays blocked")


def end_the_delays(branch: Walker, org: str, *, keep: str) -> None:
    """The other tests pay for these people."""
    cursor: dict[str, str] = {}
    found: list[dict[str, Any]] = []
    for _ in range(MAX_BLOCKS):
        page = branch.http.get(f"/v1/organisations/{org}/dues/months/{MONTH}/delays", **cursor)
        found += page["items"]
        if not page["next_cursor"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    for one in found:
        if one["name"] != keep:
            branch.http.post(f"/v1/dues/delays/{one['id']}/end", None)
