"""Brings the generated roster in through the gateway: upload, dry run, application."""

from __future__ import annotations

import hashlib
import time
from io import BytesIO
from typing import Any

from deploy.demo.http import Refused, request_id
from deploy.demo.loading import Loading

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
POLL_S = 0.5
LONGEST_S = 300.0
UPLOADS = 8
"""A file is stored anew with each upload, so that one that broke off is begun again under another request id."""
ROUNDS = 3
"""A dry run is out of date when somebody else changed the roster: then it is made again."""


class RosterNotLoaded(Exception):
    """The roster could not be brought in; the sentence says why."""


def load_roster(load: Loading) -> dict[str, Any]:
    """The import's counts. Repeated, it finds nothing to change."""
    load.bar.show("writing the roster of the county as an Excel file", 0)
    file = BytesIO()
    load.county.write_roster(file)
    content = file.getvalue()
    for _ in range(ROUNDS):
        begun = _upload(load, content)
        view = _wait(load, begun["id"], {"checked", "refused", "applied"}, "checking the roster")
        if view["state"] == "checked":
            if view["counts"]["unmatched"]:
                raise RosterNotLoaded(f"{view['counts']['unmatched']} rows of the generated roster do not match")
            key = request_id("apply", begun["id"])
            load.post(f"/v1/roster-imports/{begun['id']}/application", None, key=key)
            view = _wait(load, begun["id"], {"applied", "refused"}, "writing the members")
        if view["state"] == "applied":
            counts: dict[str, Any] = view["counts"]
            load.bar.done(f"{counts['total']} members and {counts['organisations_added']} new organisations are in")
            return counts
        if view["refusal"] != "members.import_out_of_date":
            raise RosterNotLoaded(f"the roster was refused: {view['refusal']} {view['refusal_detail']}")
    raise RosterNotLoaded("the roster changes faster than it can be checked")


def _upload(load: Loading, content: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(content).hexdigest()
    path = f"/v1/roster-imports?org_id={load.root['id']}&name=roster.xlsx"
    for attempt in range(UPLOADS):
        key = request_id("upload", digest, time.time_ns() if attempt else "")
        try:
            view: dict[str, Any] = load.gateway.upload(path, content, XLSX, key=key, token=load.administrator.token)
        except Refused as refusal:
            if refusal.code != "request.reused":
                raise
            continue
        current: dict[str, Any] = load.get(f"/v1/roster-imports/{view['id']}")
        if current["state"] != "refused":
            return current
    raise RosterNotLoaded("the roster could not be uploaded")


def _wait(load: Loading, import_id: str, wanted: set[str], sentence: str) -> dict[str, Any]:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        view: dict[str, Any] = load.get(f"/v1/roster-imports/{import_id}")
        if view["state"] in wanted:
            return view
        load.bar.show(sentence, int(view["progress_percent"]))
        time.sleep(POLL_S)
    raise RosterNotLoaded(f"{sentence}: not done after {LONGEST_S:.0f} s; is members-jobs running?")
