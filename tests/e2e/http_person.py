"""A person over HTTP: signs in, binds his WeChat, asks and writes as the phone pages do. And the hand on the simulator."""

from __future__ import annotations

import http.client
import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from deploy.demo.http import Gateway
from deploy.demo.sign_in import sign_in
from deploy.wechat_simulator.web.control import KEY_HEADER
from services.chassis.clock import SystemClock
from tests.e2e.running import RunningCounty, Somebody

TIMEOUT_S = 60
DEVICE = "end-to-end test"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return json.loads(self.content)


def send(
    address: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> Answer:
    """One request as it is: no redirect is followed, no refusal raised."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    try:
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


class Person:
    """Somebody of the demonstration with his access token."""

    def __init__(self, suite: RunningCounty, token: str) -> None:
        self._gateway = Gateway(suite.url)
        self._address = suite.url
        self._token = token

    def get(self, path: str, **query: str | int) -> Any:
        return self._gateway.get(path, self._token, **query)

    def post(self, path: str, body: Any) -> Any:
        return self._gateway.post(path, body, key=str(uuid.uuid4()), token=self._token)

    def try_post(self, path: str, body: bytes) -> Answer:
        """Whatever comes back, a refusal too."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        headers["Authorization"] = f"Bearer {self._token}"
        return send(self._address, "POST", path, body, headers)

    def file(self, path: str) -> Answer:
        return send(self._address, "GET", path, headers={"Authorization": f"Bearer {self._token}"})


def with_password(suite: RunningCounty, key: str) -> Person:
    """Raises Refused."""
    return Person(suite, sign_in(Gateway(suite.url), suite.accounts.by_key(key), SystemClock()))


def with_wechat(suite: RunningCounty, who: str | Somebody) -> Person:
    """Signs in through the simulator's page as a WeChat user of the person's name; binds him the first time."""
    gateway, person = Gateway(suite.url), suite.person(who)
    body = {"code": _wechat_code(suite, person.name), "device": DEVICE}
    answer = gateway.post("/v1/sign-ins/wechat", body, key=str(uuid.uuid4()))
    if answer["step"] == "binding":
        details = {
            "binding_token": answer["binding_token"],
            "name": person.name,
            "id_number_tail": person.identity_number[-6:],
            "phone": person.phone,
            "device": DEVICE,
        }
        answer = gateway.post("/v1/sign-ins/wechat-bindings", details, key=str(uuid.uuid4()))
    assert answer["step"] == "signed_in", answer["step"]
    return Person(suite, answer["access_token"])


def _wechat_code(suite: RunningCounty, name: str) -> str:
    """The code that WeChat's page brings home after a user was chosen there."""
    settings = suite.stack.environment()
    query = {
        "appid": settings["WECHAT_APP_ID"],
        "redirect_uri": f"{suite.url}/sign-in/wechat",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "end-to-end",
    }
    parts = urlsplit(settings["WECHAT_AUTHORIZE_URL"])
    path = f"{parts.path}?{urlencode(query)}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = send(f"{parts.scheme}://{parts.netloc}", "POST", path, urlencode({"name": name}).encode(), form)
    assert answer.status == 303, answer.content
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def pay_at_wechat(suite: RunningCounty, number: str) -> Any:
    """Pays an order without a phone."""
    settings = suite.stack.environment()
    headers = {KEY_HEADER: settings["WECHAT_SIMULATOR_CONTROL_KEY"], "Content-Type": "application/json"}
    address = f"http://127.0.0.1:{settings['WECHAT_SIMULATOR_PORT']}"
    answer = send(address, "POST", "/control/pay", json.dumps({"order_no": number}).encode(), headers)
    assert answer.status == 200, answer.content
    return answer.json()
