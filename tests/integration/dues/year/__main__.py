"""Plays years from the command line: ``python -m tests.integration.dues.year --seeds 5 --first 1``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.integration.dues import database
from tests.integration.dues.year.play import Year

MAX_SHOWN = 20


def main() -> int:
    parser = argparse.ArgumentParser(description="Plays whole years of a county and reckons them.")
    parser.add_argument("--seeds", type=int, default=1, help="how many years")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    asked = parser.parse_args()
    failed = 0
    with database.server() as address, database.template(address) as name:
        for seed in range(asked.first, asked.first + asked.seeds):
            with database.copy(address, name) as url, tempfile.TemporaryDirectory() as folder:
                began = time.process_time()
                year = Year(url, Path(folder), seed)
                try:
                    year.play()
                finally:
                    year.close()
                print(f"seed {seed}: {year.figures()}, {time.process_time() - began:.0f} s of CPU")
                for line in year.wrong[:MAX_SHOWN]:
                    print(f"  {line}")
                failed += bool(year.wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
