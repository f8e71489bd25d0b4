"""``make run``: starts the suite, watches over it, stops all of it.

The first start also loads the demonstration county. What goes wrong is told in one sentence that says what to do.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence

from deploy.local.bootstrap import STARTED_AT
from deploy.local.environment import wanted_processes
from deploy.local.failures import EXIT_INTERRUPTED, EXIT_REFUSED, Refusal, disk_sentence
from deploy.local.processes import PROCESSES, SERVERS, Process
from deploy.local.progress import Progress
from deploy.local.steps import Step, run_steps
from deploy.local.suite import Stopped, Suite, data_folder
from deploy.local.watch import Watch

ONLY_MIGRATE = "--only-migrate"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str], processes: tuple[Process, ...] = PROCESSES) -> int:
    progress = Progress(started_at=float(os.environ.get(STARTED_AT) or time.monotonic()))
    folder = data_folder()
    try:
        with folder.claim() as held:
            folder.require_space()
            folder.require_whole()
            suite = Suite(folder, os.environ, processes=processes)
            folder.note_holder(held, f"{suite.settings['PUBLIC_URL']}, process {os.getpid()}")
            return Runner(suite, progress).run(only_migrate=ONLY_MIGRATE in arguments)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return EXIT_REFUSED
    except OSError as error:
        sentence = disk_sentence(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return EXIT_REFUSED


class Runner:
    """One run, from the first server to the last one stopped."""

    def __init__(self, suite: Suite, progress: Progress) -> None:
        self.suite, self.progress = suite, progress

    def run(self, *, only_migrate: bool = False) -> int:
        """Until it is asked to stop: 0 when it had started, 130 when it was still starting. Raises Refusal."""
        for number in STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup asks
                signal.signal(number, self._ask)
        try:
            for name in self.suite.end_leftovers():
                self.progress.say(f"{name} of an earlier start was still there and was ended")
            self._start(only_migrate=only_migrate)
            if not only_migrate:
                self._load_county()
                self._tell()
                Watch(self.suite, self.progress).until_asked()
            return 0
        except Stopped:
            return EXIT_INTERRUPTED
        finally:
            self.progress.say("stopping …")
            self.suite.stop_all()
            self.progress.say("everything is stopped; the data are kept")

    def _ask(self, *_: object) -> None:
        if self.suite.stopping.is_set():
            self.suite.hurry.set()
        self.suite.stopping.set()

    def _start(self, *, only_migrate: bool) -> None:
        """Servers and processes, each as early as what it stands on allows."""
        suite = self.suite
        wanted = wanted_processes(tuple(suite.processes.values()), suite.given, first_start=False)
        servers = suite.own_servers
        if only_migrate:
            wanted = [process for process in wanted if process.name.startswith("migrate-")]
            needed = {name for process in wanted for name in process.after}
            servers = [name for name in servers if name in needed]
        known = {*servers, *(process.name for process in wanted)}
        steps = [self._step(name, (), known) for name in servers]
        steps += [self._step(one.name, one.after, known) for one in wanted]
        run_steps(steps, on_failure=suite.stopping.set)  # then the others need not go on

    def _step(self, name: str, after: tuple[str, ...], known: set[str]) -> Step:
        def work() -> None:
            began_at = time.monotonic()
            if name in SERVERS:
                self.suite.start_server(name)
            else:
                self.suite.start(name)
            done = "done" if name in self.suite.processes and self.suite.processes[name].runs_once else "ready"
            self.progress.say(f"{name}: {done} after {time.monotonic() - began_at:.1f} s")

        return Step(name, work, tuple(one for one in after if one in known))

    def _load_county(self) -> None:
        """Fills an empty installation, the first time only."""
        folder, demonstration = self.suite.folder, self._demonstration()
        if demonstration is None or folder.loaded.exists():
            return
        began_at = time.monotonic()
        broke_off = folder.loading.exists()
        self.progress.say(
            "the last start broke off while it loaded the demonstration county; it goes on from there …"
            if broke_off
            else "loading the demonstration county …"
        )
        folder.loading.touch()
        self.suite.start(demonstration.name, show=True)
        folder.loaded.touch()
        self.progress.say(f"the demonstration county is loaded after {time.monotonic() - began_at:.1f} s")

    def _demonstration(self) -> Process | None:
        """Not where money is real, and not where nobody wants it."""
        given = self.suite.given
        if not given.is_simulated or given.text("DEMO") == "no":
            return None
        return next((one for one in self.suite.processes.values() if one.first_start_only), None)

    def _tell(self) -> None:
        folder = self.suite.folder
        if folder.accounts.exists():
            self.progress.plain("\n" + folder.accounts.read_text().rstrip() + "\n")
        self.progress.say(f"ready: open {self.suite.settings['PUBLIC_URL']} (Ctrl-C stops everything)")
        if self.suite.given.is_simulated:
            self.progress.plain("          Money is simulated: no payment made here is real.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
