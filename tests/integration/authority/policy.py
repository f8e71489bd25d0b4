"""Reads the policy table: the page ``docs/authority.md``, written by hand. Derives nothing from the code that it judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.integration.authority.story import CALLERS, NOBODY, PEOPLE, above, near

PAGE = Path(__file__).resolve().parents[3] / "docs" / "authority.md"
COLUMNS = (NOBODY, *CALLERS)


@dataclass(frozen=True)
class Target:
    """What a question is about, told in the story's names."""

    label: str
    place: str = ""
    """The organisation at which it stands today."""
    person: str = ""
    payer: str = ""
    exists: bool = True


WORDS: dict[str, Callable[[str, Target], bool]] = {
    "none": lambda caller, about: False,
    "under": lambda caller, about: bool(about.place) and _office(caller) in above(about.place),
    "home": lambda caller, about: about.place == PEOPLE[caller].branch,
    "self": lambda caller, about: about.person == caller,
    "near": lambda caller, about: about.person not in ("", caller) and near(PEOPLE[caller], PEOPLE[about.person]),
    "payer": lambda caller, about: about.payer == caller,
    "party": lambda caller, about: caller in (about.payer, about.person),
}
"""Whether the word lets this caller have this target."""
FLAT = {"in": (401, "session.needed"), "no": (403, "authority.missing")}
NOT_THERE = (404, "not_found")


def _office(caller: str) -> str:
    office = PEOPLE[caller].office
    return office[1] if office is not None else ""


@dataclass(frozen=True)
class Line:
    operation: str
    about: str
    words: dict[str, str]

    def refusal(self, caller: str, about: Target) -> tuple[int, str] | None:
        """The status and code with which this caller is refused this target; None where he gets it."""
        word = self.words[caller]
        if word == "yes":
            return None
        if word in FLAT:
            return FLAT[word]
        allowed = about.exists and any(WORDS[one](caller, about) for one in word.split("+"))
        return None if allowed else NOT_THERE


def read_policy(text: str | None = None) -> dict[str, Line]:
    """The lines by operation. Raises ValueError for a page that does not say one clear thing for each caller."""
    lines: dict[str, Line] = {}
    for row in (text or PAGE.read_text(encoding="utf-8")).splitlines():
        if not row.startswith("| `"):
            continue
        operation, about, *words = (cell.strip(" `") for cell in row.strip("|").split("|"))
        if operation in lines:
            raise ValueError(f"{operation} has two lines")
        if len(words) != len(COLUMNS):
            raise ValueError(f"{operation} does not say one word for each caller")
        known = {"yes", *FLAT, *WORDS}
        unknown = {part for word in words for part in word.split("+")} - known
        if unknown:
            raise ValueError(f"{operation}: {', '.join(sorted(unknown))} is no word of the page")
        lines[operation] = Line(operation, about, dict(zip(COLUMNS, words, strict=True)))
    return lines
