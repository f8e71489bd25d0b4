"""``make audit``: a line for each invariant; exit code 1 when one of them does not hold, 2 when it could not be looked.

``--at-rest`` also counts as broken what still waits: for a platform on which nothing is under way any more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence

import sqlalchemy.exc

from deploy.audit.checker import check_all
from deploy.audit.invariant import Taken, Verdict
from deploy.audit.provider_books import from_control, from_journal
from deploy.audit.sources import databases, simulator_folder
from deploy.local.failures import Refusal

AT_REST = "--at-rest"
CONTROL = ("WECHAT_API_URL", "WECHAT_SIMULATOR_CONTROL_KEY")
EXIT_BROKEN, EXIT_NOT_LOOKED = 1, 2


def main(arguments: Sequence[str]) -> int:
    if unknown := [one for one in arguments if one != AT_REST]:
        print(f"usage: python -m deploy.audit [{AT_REST}] (not {' '.join(unknown)})", file=sys.stderr)
        return EXIT_NOT_LOOKED
    try:
        with databases(os.environ) as urls:
            verdicts = check_all(urls, provider_books(), at_rest=AT_REST in arguments)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_NOT_LOOKED
    except (sqlalchemy.exc.SQLAlchemyError, OSError, ValueError, KeyError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0:1]
        print(f"The data could not be checked: {''.join(reason) or type(error).__name__}", file=sys.stderr)
        return EXIT_NOT_LOOKED
    return told(verdicts)


def provider_books() -> Iterable[Taken] | None:
    """The simulator's books through its control interface when the environment names it, else its journal."""
    address, key = (os.environ.get(name, "").strip() for name in CONTROL)
    if address and key:
        return from_control(address, key)
    folder = simulator_folder(os.environ)
    return from_journal(folder) if folder is not None else None


def told(verdicts: Sequence[Verdict]) -> int:
    """Prints each verdict with its breaches; the exit code."""
    for verdict in verdicts:
        note = f" ({verdict.found.note})" if verdict.found.note else ""
        print(f"{'holds ' if verdict.holds else 'BROKEN'} {verdict.database}: {verdict.holds_that}{note}")
        for breach in verdict.found.breaches:
            print(f"         {breach.subject}: {breach.told}")
        more = verdict.found.total - len(verdict.found.breaches)
        if more > 0:
            print(f"         and {more} more")
    broken = sum(not verdict.holds for verdict in verdicts)
    taken = any(verdict.name == "taken_is_booked" for verdict in verdicts)
    without = "" if taken else "; the payment provider's books were not at hand"
    print(f"\n{len(verdicts)} invariants, {broken} broken{without}")
    return EXIT_BROKEN if broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
