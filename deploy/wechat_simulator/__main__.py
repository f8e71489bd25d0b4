"""``python -m deploy.wechat_simulator``: starts beside nothing real, serves until it is told to stop.

Exit codes: 0 after SIGTERM or Ctrl-C, 2 when it refuses to start.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType

from deploy.wechat_simulator.settings import RefusesToStart, SimulatorSettings
from deploy.wechat_simulator.web.app import create_app
from deploy.wechat_simulator.web.server import Server
from deploy.wechat_simulator.world import build_world

REFUSED = 2
POLL_S = 0.2


def main(env: Mapping[str, str]) -> int:
    try:
        settings = SimulatorSettings.from_environment(env)
        world = build_world(settings)
        server = _listen(settings)
    except RefusesToStart as error:
        print(f"wechat simulator: {error}", file=sys.stderr)
        return REFUSED
    server.set_app(create_app(world))
    _stop_on_signals(server)
    world.start()
    print(f"wechat simulator: http://{settings.host}:{server.server_port} (simulated money only)", flush=True)
    try:
        server.serve_forever(POLL_S)
    finally:
        server.server_close()
        world.stop()
    return 0


def _listen(settings: SimulatorSettings) -> Server:
    try:
        return Server((settings.host, settings.port))
    except OSError as error:
        raise RefusesToStart(
            f"The address {settings.host}:{settings.port} cannot be used ({error.strerror}): "
            "set WECHAT_SIMULATOR_PORT to a free port."
        ) from None


def _stop_on_signals(server: Server) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        # shutdown() waits for serve_forever, which runs in this very thread, so it is called from another.
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


if __name__ == "__main__":
    sys.exit(main(os.environ))
