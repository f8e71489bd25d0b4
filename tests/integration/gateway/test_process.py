"""The gateway as it is run: gunicorn with threads, a real broker, services in miniature on the other side of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPMessage
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.rpc.client import Call
from gateway.tokens import Tokens
from services.chassis.clock import SystemClock
from services.chassis.ids import new_id
from services.chassis.sealed import decode_key
from services.contracts.dues import methods as dues
from services.contracts.members import methods as members
from services.contracts.members.messages import SignInResult, SignInStep
from tests.fakes.services import FakeServices
from tests.integration.gateway.wire_service import WireService, remove_queue
from tests.unit.gateway import views
from tests.unit.gateway.kit import ENVIRONMENT, KEY, session_of

ROOT = Path(__file__).parents[3]
START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 25.0
PLACES = 4
ORDER = {"lines": [{"member_id": new_id(), "month": "2026-09"}], "expected_total_fen": 20}


class Running:
    """A gateway process and the services behind it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, services: FakeServices) -> None:
        self.process = process
        self.port = port
        self.services = services
        self.token = Tokens(decode_key(KEY), "yanting", SystemClock()).issue(session_of())

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, HTTPMessage, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
        sent = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": new_id(), **headers}
        content = None if body is None else orjson.dumps(body)
        if content is not None:
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def is_ready(self) -> bool:
        try:
            return self.ask("GET", "/readyz")[0] == 200
        except OSError:
            return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start(folder: Path, amqp_uri: str, port: int, **changes: str) -> subprocess.Popen[bytes]:
    environment = {
        **ENVIRONMENT,
        "AMQP_URI": amqp_uri,
        "BLOB_DIR": str(folder / "blobs"),
        "GATEWAY_H5_FOLDER": str(folder / "dist"),
        "GATEWAY_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GATEWAY_CALLS_IN_FLIGHT": str(PLACES),
        "PATH": os.environ["PATH"],
        **{name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ},
        **changes,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "gateway/gunicorn.conf.py", "gateway.wsgi:app"]
    log = (folder / "gateway.log").open("wb")
    with log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)


@contextmanager
def running(folder: Path, amqp_uri: str, **changes: str) -> Iterator[Running]:
    services = FakeServices()
    with ExitStack() as stack:
        for name in ("members", "dues"):
            remove_queue(amqp_uri, name)
            stack.callback(remove_queue, amqp_uri, name)
            stack.enter_context(WireService(amqp_uri, name, lambda key, body: answer(services, key, body)))
        port = free_port()
        process = start(folder, amqp_uri, port, **changes)
        stack.callback(end, process)
        made = Running(process, port, services)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not made.is_ready():
            assert process.poll() is None, (folder / "gateway.log").read_text()
            assert time.monotonic() < deadline, (folder / "gateway.log").read_text()
            time.sleep(0.1)
        yield made


def answer(services: FakeServices, key: str, body: bytes) -> bytes:
    return services.request(Call(key.partition(".")[0], key, body, 5.0))


def end(process: subprocess.Popen[bytes]) -> int:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_TIMEOUT_S)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(5)


@pytest.fixture
def gateway(tmp_path: Path, amqp_uri: str) -> Iterator[Running]:
    with running(tmp_path, amqp_uri) as made:
        yield made


def test_phone_signs_in_orders_and_orders_again_with_the_same_key(gateway: Running) -> None:
    result = SignInResult(step=SignInStep.SIGNED_IN, session=session_of())
    gateway.services.on(members.SIGN_IN_WITH_PASSWORD, lambda _: result)
    gateway.services.on(dues.PLACE_ORDER, lambda _: views.order())
    status, headers, body = gateway.ask("POST", "/v1/sign-ins/password", {"phone": "13800001234", "password": "x"})
    assert (status, orjson.loads(body)["step"]) == (200, "signed_in")
    assert "HttpOnly" in headers["Set-Cookie"]
    key = {"Idempotency-Key": new_id()}
    first, second = (gateway.ask("POST", "/v1/dues/orders", ORDER, **key) for _ in range(2))
    assert (first[0], second[0], first[2]) == (201, 201, second[2])
    assert second[1]["Idempotency-Replayed"] == "true"


def test_frozen_dues_leaves_members_answering(gateway: Running) -> None:
    """All places of dues are taken and more people ask: they are sent away in time, and another area goes on."""
    thaw = threading.Event()

    def frozen(_: object) -> Any:
        thaw.wait(10)
        return views.my_dues()

    gateway.services.on(dues.GET_MY_DUES, frozen)
    gateway.services.on(members.GET_ORGANISATION, lambda _: views.organisation())
    waiting = [threading.Thread(target=gateway.ask, args=("GET", "/v1/dues/mine")) for _ in range(PLACES)]
    for thread in waiting:
        thread.start()
    time.sleep(0.5)
    started = time.monotonic()
    status, headers, _ = gateway.ask("GET", "/v1/dues/mine")
    waited_s = time.monotonic() - started
    others = [gateway.ask("GET", f"/v1/organisations/{views.ID}")[0] for _ in range(10)]
    thaw.set()
    for thread in waiting:
        thread.join()
    assert (status, int(headers["Retry-After"]) >= 1) == (503, True)
    assert waited_s < 1.0
    assert others == [200] * 10


def test_end_waits_for_what_is_being_answered_and_leaves_nothing(gateway: Running) -> None:
    gateway.services.on(dues.GET_MY_DUES, lambda _: (time.sleep(1.5), views.my_dues())[1])
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(gateway.ask("GET", "/v1/dues/mine")[0]))
    asking.start()
    time.sleep(0.5)
    gateway.process.send_signal(signal.SIGTERM)
    asking.join()
    assert answers == [200]
    assert gateway.process.wait(STOP_TIMEOUT_S) == 0
    with pytest.raises(OSError, match="refused"):
        gateway.ask("GET", "/livez")


def test_port_in_use_ends_the_start_with_an_error(gateway: Running, tmp_path: Path, amqp_uri: str) -> None:
    second = tmp_path / "second"
    second.mkdir()
    process = start(second, amqp_uri, gateway.port)
    assert process.wait(START_TIMEOUT_S) != 0
    assert gateway.is_ready()


def test_wrong_settings_end_the_start_and_name_the_variable(tmp_path: Path, amqp_uri: str) -> None:
    process = start(tmp_path, amqp_uri, free_port(), TOKEN_KEY="short")
    assert process.wait(START_TIMEOUT_S) == 1
    log = (tmp_path / "gateway.log").read_text()
    assert "TOKEN_KEY" in log
    assert "Traceback" not in log
    assert "short" not in log.replace("short name", "")


def test_two_workers_share_the_port_and_nothing_else(tmp_path: Path, amqp_uri: str) -> None:
    with running(tmp_path, amqp_uri, GATEWAY_WORKERS="2") as gateway:
        gateway.services.on(dues.GET_MY_DUES, lambda _: views.my_dues())
        assert [gateway.ask("GET", "/v1/dues/mine")[0] for _ in range(20)] == [200] * 20
        counted = 'http_requests_total{method="GET",route="/v1/dues/mine",status="200"} 20.0'
        assert counted in gateway.ask("GET", "/metrics")[2].decode()


def test_client_that_stalls_in_its_body_does_not_hold_up_the_others(gateway: Running) -> None:
    gateway.services.on(dues.GET_MY_DUES, lambda _: views.my_dues())
    stalled = []
    for _ in range(4):
        connection = socket.create_connection(("127.0.0.1", gateway.port))
        head = f"POST /v1/dues/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {gateway.token}\r\n"
        head += f"Idempotency-Key: {new_id()}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
        connection.sendall(head.encode())
        stalled.append(connection)
    time.sleep(0.3)
    assert [gateway.ask("GET", "/v1/dues/mine")[0] for _ in range(5)] == [200] * 5
    for connection in stalled:
        connection.close()
