"""``make run``, ``make test`` and the others begin here, with the system's Python and its standard library alone.

Owns the set-up: what the machine lacks, the Python environment, the phone pages. Steps that do not wait for each other run at
the same time; what is done already is not done again. Then this process becomes the one that was asked for.
"""

import sys

PYTHON_AT_LEAST = (3, 11)

if sys.version_info < PYTHON_AT_LEAST:  # before the imports below, which an old Python may not read
    sys.exit(
        f"This needs Python {'.'.join(map(str, PYTHON_AT_LEAST))} or newer and found {sys.version.split()[0]}: "
        "install a newer python3, or name one: make run PYTHON=python3.11"
    )

import contextlib  # noqa: E402
import fcntl  # noqa: E402
import os  # noqa: E402
import shutil  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from typing import NoReturn  # noqa: E402

from deploy.local import debian, phone_pages, python_environment  # noqa: E402
from deploy.local.failures import EXIT_INTERRUPTED, EXIT_REFUSED, Refusal, disk_sentence  # noqa: E402
from deploy.local.places import PROJECT, Project  # noqa: E402
from deploy.local.progress import Progress  # noqa: E402
from deploy.local.steps import Step, run_steps  # noqa: E402

SETUP_NEEDS_BYTES = 2 * 1024**3
"""The Python environment, node's packages and Debian's, with what is unpacked on the way; measured 1.3 GB."""

LOCK_WAIT_S = 1_200
STARTED_AT = "COUNTY_STARTED_AT"
"""Carries the start of the waiting into the process that follows, so that its lines count on from there."""


@dataclass(frozen=True)
class Purpose:
    """What a make target needs, and what it becomes."""

    needs: tuple[debian.Need, ...]
    argv: tuple[str, ...]
    pages: bool = True
    page_tools: bool = False
    """Whether the packages that only check and test the phone pages are wanted too."""


PURPOSES = {
    "run": Purpose(debian.RUN_NEEDS, ("-m", "deploy.local.run")),
    "code": Purpose((), ("-m", "deploy.demo.codes"), pages=False),
    "dlq": Purpose((), ("-m", "deploy.local.dead_letters"), pages=False),
    "refill": Purpose((), ("-m", "deploy.local.refill"), pages=False),
    "audit": Purpose(debian.RUN_NEEDS, ("-m", "deploy.audit"), pages=False),
    "migrate": Purpose(debian.RUN_NEEDS, ("-m", "deploy.local.run", "--only-migrate"), pages=False),
    "test": Purpose(debian.TEST_NEEDS, ("-m", "deploy.local.checks", "all"), page_tools=True),
    "lint": Purpose((), ("-m", "deploy.local.checks", "static"), page_tools=True),
    "pictures": Purpose(debian.TEST_NEEDS, ("-m", "tests.e2e.pictures"), page_tools=True),
    "bench": Purpose(debian.TEST_NEEDS, ("-m", "tests.load.bench")),
    "chaos": Purpose(debian.TEST_NEEDS, ("-m", "tests.faults.chaos"), pages=False),
    "setup": Purpose(debian.TEST_NEEDS, ("-c", ""), page_tools=True),
}


def prepare(project: Project, purpose: Purpose, progress: Progress) -> None:
    """Makes the machine and the checkout ready for the purpose. Raises Refusal with the sentence for the person."""
    packages = debian.missing_packages(purpose.needs, os.environ)
    debian.require_installable(packages)
    steps = _steps(project, purpose, packages, progress)
    if not steps:
        return
    require_space(project)
    run_steps(steps)


def require_space(project: Project, free_bytes: Callable[[Project], int] | None = None) -> None:
    """Raises Refusal when the disk can't hold what the set-up unpacks."""
    free = (free_bytes or _free_bytes)(project)
    if free < SETUP_NEEDS_BYTES:
        raise Refusal(
            f"Only {free // 1024**2} MB are free on the disk of {project.root} and the set-up needs "
            f"{SETUP_NEEDS_BYTES // 1024**2} MB: free some space and start again."
        )


def _free_bytes(project: Project) -> int:
    return shutil.disk_usage(project.root).free


def _steps(project: Project, purpose: Purpose, packages: list[str], progress: Progress) -> list[Step]:
    """Only what is not done yet. Each step's name is what the person reads."""
    steps: list[Step] = []

    def add(name: str, work: Callable[[], None], *after: str) -> str:
        def told() -> None:
            progress.say(f"{name} …")
            began_at = time.monotonic()
            work()
            progress.say(f"{name}: done in {time.monotonic() - began_at:.1f} s")

        known = {step.name for step in steps}
        steps.append(Step(name, told, tuple(one for one in after if one in known)))
        return name

    log = project.setup / "logs" / "packages.log"
    debian_step = ""
    if packages:
        debian_step = add(f"Debian packages ({', '.join(packages)})", lambda: debian.install(packages, log))
    before_venv = debian_step if "python3-venv" in packages else ""
    needs_environment = not python_environment.environment_is_ready(project)
    needs_install = purpose.pages and not phone_pages.packages_are_ready(project, with_tools=purpose.page_tools)
    needs_build = purpose.pages and not phone_pages.pages_are_built(project)
    needs_node = (needs_install or needs_build) and not phone_pages.system_node_is_enough()
    if needs_environment or needs_node:
        add("uv", lambda: python_environment.install_uv(project), before_venv)
    if needs_environment:
        add("Python packages", lambda: python_environment.build_environment(project), "uv")
    if needs_node:
        add("node", lambda: phone_pages.install_node(project), "uv")
    if needs_install:
        install = lambda: phone_pages.install_packages(project, with_tools=purpose.page_tools)  # noqa: E731
        add("phone pages' packages", install, "node")
    if needs_build:
        add("phone pages' build", lambda: phone_pages.build_pages(project), "node", "phone pages' packages")
    return steps


@contextlib.contextmanager
def only_one_setup(project: Project, progress: Progress) -> Iterator[None]:
    """Two set-ups of one checkout at once would overwrite each other: the second waits for the first."""
    project.setup.mkdir(parents=True, exist_ok=True)
    with (project.setup / "lock").open("w") as file:
        until = time.monotonic() + LOCK_WAIT_S
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise Refusal("Another set-up of this folder does not end: stop it, then start again.") from None
                if not told:
                    progress.say("another set-up of this folder is under way; waiting for it")
                    told = True
                time.sleep(0.2)
        yield


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in PURPOSES:
        print(f"usage: python3 -m deploy.local.bootstrap {'|'.join(PURPOSES)} [ARGUMENT...]", file=sys.stderr)
        return 2
    purpose = PURPOSES[arguments[0]]
    progress = Progress()
    try:
        with only_one_setup(PROJECT, progress):
            prepare(PROJECT, purpose, progress)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    except OSError as error:
        sentence = disk_sentence(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return EXIT_REFUSED
    except KeyboardInterrupt:
        print("Stopped; what was finished so far is kept.", file=sys.stderr)
        return EXIT_INTERRUPTED
    return become([str(PROJECT.python), *purpose.argv, *arguments[1:]], progress)


def become(argv: list[str], progress: Progress) -> NoReturn:
    """This process goes on as another program: Ctrl-C and exit codes need nobody in between."""
    sys.stdout.flush()
    os.chdir(PROJECT.root)
    os.execve(argv[0], argv, {**os.environ, STARTED_AT: repr(progress.started_at)})  # noqa: S606  # no shell is meant


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
