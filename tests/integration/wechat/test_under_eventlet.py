"""Inside a service the adapters wait without holding up the process.

Run in a process of its own, because patching the standard library cannot be undone; the twin without the patch shows that
the measure can tell the difference.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from deploy.wechat_simulator.testing import ROOT, RunningSimulator

SLOW_S = 1
CALLS = 4
SCRIPT = """
import json, os, sys, time
import eventlet
if sys.argv[1] == "patched":
    eventlet.monkey_patch()
from services.chassis.clock import SystemClock
from services.dues.providers.wechat_pay import WechatPay
from services.dues.providers.wechat_settings import WechatPaySettings
from services.members.providers.wechat_sign_in import SignInError, WechatSignInClient, WechatSignInSettings

pay = WechatPay(WechatPaySettings.from_environment(os.environ), SystemClock())
sign_in = WechatSignInClient(WechatSignInSettings.from_environment(os.environ))

def exchange():
    try:
        sign_in.exchange("made-up")
    except SignInError as error:
        return type(error).__name__

def find():
    return pay.find_payment("never-opened")

started = time.monotonic()
threads = [eventlet.spawn(act) for act in (exchange, find) * (int(sys.argv[2]) // 2)]
answers = [thread.wait() for thread in threads]
print(json.dumps({"seconds": time.monotonic() - started, "answers": answers}))
"""


def run(simulator: RunningSimulator, mode: str) -> dict[str, object]:
    simulator.fault("slow", operation="query", seconds=SLOW_S, count=CALLS // 2)
    simulator.fault("slow", operation="sign_in", seconds=SLOW_S, count=CALLS // 2)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, mode, str(CALLS)],
        cwd=ROOT,
        env=simulator.environment | {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    assert answer["answers"] == ["CodeRefused", None] * (CALLS // 2)
    return answer


@pytest.mark.parametrize(("mode", "waits_together"), [("patched", True), ("plain", False)])
def test_calls_wait_together_in_a_service_and_one_after_the_other_without_its_patch(
    simulator: RunningSimulator, mode: str, waits_together: bool
) -> None:
    seconds = run(simulator, mode)["seconds"]
    assert isinstance(seconds, float)
    assert (seconds < 2 * SLOW_S) is waits_together
    assert seconds >= SLOW_S
