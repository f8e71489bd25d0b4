"""Matches one bill in a process of its own and tells what that cost: a tool of ``reconciliation``, run as a program."""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()  # as the jobs process is; before anything else is imported

import json  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from datetime import date  # noqa: E402
from pathlib import Path  # noqa: E402

from services.chassis.blobs import FolderStore  # noqa: E402
from services.chassis.core import Core  # noqa: E402
from services.chassis.database import Database  # noqa: E402
from services.dues.reconciliation import days, jobs  # noqa: E402
from services.dues.reconciliation.bill_files import MEDIA_TYPE  # noqa: E402
from tests.fakes.bills import FakeBills  # noqa: E402
from tests.integration.dues.county import settings_for  # noqa: E402
from tests.load import county_rows  # noqa: E402

MAX_BYTES = 2**30
KIB_IN_A_MIB = 1024


def main(url: str, path: str, folder: str, county: str, day: str) -> None:
    settings = settings_for(url, Path(folder))
    database = Database(url, name="bench", slow=True, rows_of=county)
    core, files = Core(settings, database), FolderStore(Path(folder) / "bills", settings.seal_keys)
    with Path(path).open("rb") as bill:
        file = files.put(bill, MEDIA_TYPE, MAX_BYTES)
    desk = core.desk()
    desk.run(days.keep_bill, days.Brought(date.fromisoformat(day), file))
    began = time.monotonic()
    assert jobs.match_waiting(desk, FakeBills(), files, eventlet.sleep)
    seconds = time.monotonic() - began
    ((rows,),) = county_rows.ask(
        url, "SELECT bill_payments + bill_refunds FROM reconciliation WHERE matched_at IS NOT NULL"
    )
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "seconds": seconds,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_mib": used.ru_maxrss / KIB_IN_A_MIB,
        "rows": rows,
    }
    print(json.dumps(told))
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
