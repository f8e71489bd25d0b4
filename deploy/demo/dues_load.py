"""Assesses the members of the wage and pension classes and opens the months, through the gateway."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from deploy.demo.generator_pay import Amounts, DemoAssessment
from deploy.demo.http import Refused, request_id
from deploy.demo.loading import Loading
from services.contracts.values import YearMonth

PAGE = 500
BATCH = 400
"""Below the 500 that a batch may have, so that the longest pay slips fit into one request too."""
HEARD_WITHIN_S = 120.0
"""The dues service hears of the members by events, a moment after they are in."""
MONTHS_BACK = 2
MAX_WAITING = 2
NEEDS_A_PERSON = "base_not_positive"
MAX_PAGES = 1_000

Key = tuple[str, str]
"""Branch code and name: unique in a branch of the demonstration."""


class DuesNotLoaded(Exception):
    """The sentence says why."""


def members_of(load: Loading) -> Iterator[dict[str, Any]]:
    """Every member of the county, page by page."""
    query: dict[str, str] = {}
    for _ in range(MAX_PAGES):
        page = load.get(f"/v1/organisations/{load.root['id']}/members", limit=PAGE, **query)
        yield from page["items"]
        if not page["next_cursor"]:
            return
        query["cursor"] = page["next_cursor"]
    raise DuesNotLoaded(f"the county has more than {MAX_PAGES} pages of members")


def key_of(view: dict[str, Any]) -> Key:
    return view["branch_path"].rpartition(".")[2], view["name"]


def assess(load: Loading) -> int:
    """From January of the year on; how many. Repeated, the same batches answer as they did."""
    month = YearMonth(load.county.as_of.year, 1)
    slips = {(slip.branch_code, slip.name): slip for slip in load.county.assessments(month)}
    # While the dues service works on one batch, the members of the next are asked for.
    with ThreadPoolExecutor(max_workers=1) as posting:
        waiting: deque[Future[int]] = deque()
        done = 0
        for batch in _batches(load, slips, month):
            waiting.append(posting.submit(_post, load, batch))
            if len(waiting) > MAX_WAITING:
                done += waiting.popleft().result()
            load.bar.show("assessing those whose dues follow from their pay", 100 * done // len(slips))
        done += sum(one.result() for one in waiting)
    load.bar.done(f"{done} members are assessed")
    return done


def _batches(load: Loading, slips: dict[Key, DemoAssessment], month: YearMonth) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for view in members_of(load):
        slip = slips.get(key_of(view))
        if slip is None:
            continue
        batch.append(_item(view["id"], slip, month))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _item(member_id: str, slip: DemoAssessment, month: YearMonth) -> dict[str, Any]:
    return {
        "member_id": member_id,
        "effective_from": str(month),
        "member_class": slip.member_class.value,
        "pay": {
            "counted": _amounts(slip.counted),
            "left_out": _amounts(slip.left_out),
            "deductions": _amounts(slip.deductions),
            "quarter_income": [{"month": str(when), "amount_fen": amount} for when, amount in slip.quarter_income],
        },
    }


def _amounts(amounts: Amounts) -> list[dict[str, Any]]:
    return [{"code": code, "amount_fen": amount} for code, amount in amounts]


def _post(load: Loading, batch: list[dict[str, Any]]) -> int:
    """How many were recorded. An entry that a person must look at (DUE-5) is left out and stays on its branch's work list."""
    until = time.monotonic() + HEARD_WITHIN_S
    while batch:
        key = request_id(load.county.seed, "assessments", *(item["member_id"] for item in batch))
        try:
            return int(load.post("/v1/dues/assessment-batches", {"items": batch}, key=key)["recorded"])
        except Refused as refusal:
            if refusal.code == "dues.assessment_refused" and refusal.problem.get("reason") == NEEDS_A_PERSON:
                batch = [item for place, item in enumerate(batch) if place != refusal.problem["index"]]
            elif refusal.code != "not_found" or time.monotonic() >= until:
                raise
            else:
                time.sleep(1.0)
    return 0


def open_months(load: Loading) -> None:
    """The current month and those before it, oldest first. One that is open already stays as it is."""
    current = load.clock.month_now()
    months = [current.plus(-back) for back in range(MONTHS_BACK, -1, -1)]
    known = load.get("/v1/dues/months")["items"]
    opened = {one["month"] for one in known if one["state"] != "draft"}
    for number, month in enumerate(months):
        load.bar.show(f"opening {month}", 100 * number // len(months))
        if str(month) not in opened:
            key = request_id("open-month", month)
            load.post("/v1/dues/months", {"month": str(month)}, key=key)
    load.bar.done(f"the months {months[0]} to {months[-1]} are open")
