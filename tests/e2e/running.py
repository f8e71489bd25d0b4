"""The whole suite with the demonstration county, for the tests and the pictures. Owns its start; what is done in it is theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from deploy.demo.accounts import Accounts, read_accounts
from deploy.demo.generator import DemoCounty, build_county
from deploy.local import phone_pages
from deploy.local.places import PROJECT
from deploy.local.processes import PROCESSES, SERVERS
from deploy.local.stack import Stack
from deploy.local.steps import Step, run_steps
from services.members.domain.membership import Status
from services.members.domain.roster.form import MemberClass

SCALE = "100"
"""All people of the tests ask from one address."""


class Somebody(Protocol):
    """What a person shows to bind his WeChat."""

    @property
    def name(self) -> str: ...
    @property
    def identity_number(self) -> str: ...
    @property
    def phone(self) -> str: ...


@dataclass(frozen=True)
class RunningCounty:
    stack: Stack
    accounts: Accounts
    county: DemoCounty

    @property
    def url(self) -> str:
        return self.stack.gateway_url

    def person(self, who: str | Somebody) -> Somebody:
        return self.county.people[who] if isinstance(who, str) else who

    def neighbours(self) -> list[Somebody]:
        """Farmers of the cast's village whose name is nobody else's there: whom no other test pays for."""
        village = self.county.people["father"].branch_code
        lines = [line for line in self.county.lines() if line.branch_code == village]
        names = Counter(line.name for line in lines)
        cast = {person.identity_number for person in self.county.people.values()}
        return [
            line
            for line in lines
            if (line.member_class, line.status) == (MemberClass.FARMER, Status.FULL)
            and line.phone
            and names[line.name] == 1
            and line.identity_number not in cast
        ]


@contextmanager
def running_county(folder: Path) -> Iterator[RunningCounty]:
    """Builds the phone pages when they are not, starts everything, loads the county; ends everything. Raises Refusal."""
    ensure_pages()
    with Stack(folder, {"GATEWAY_RATE_LIMIT_SCALE": SCALE}) as stack:
        names = {one.name for one in PROCESSES}
        steps = [
            Step(
                one.name,
                partial(_start, stack, one.name),
                tuple(name for name in one.after if name in names and name not in SERVERS),
            )
            for one in PROCESSES
        ]
        run_steps(steps, on_failure=stack.suite.stopping.set)
        accounts = read_accounts(Path(stack.suite.settings["ACCOUNTS_FILE"]))
        assert accounts is not None, "the demonstration left no accounts"
        yield RunningCounty(
            stack, accounts, build_county(accounts.as_of, accounts.seed, stack.environment()["COUNTY_ID"])
        )


def ensure_pages() -> None:
    """Packages with the tools for checking: axe is one of them."""
    if not phone_pages.packages_are_ready(PROJECT, with_tools=True):
        phone_pages.install_packages(PROJECT, with_tools=True)
    if not phone_pages.pages_are_built(PROJECT):
        phone_pages.build_pages(PROJECT)


def _start(stack: Stack, name: str) -> None:
    stack.start_process(name)
