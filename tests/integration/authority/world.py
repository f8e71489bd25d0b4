"""The gateway and both services at work in one process on a real PostgreSQL, with everything but the broker real.

A call passes the gateway's WSGI application, its middleware and stubs, the packed message, the service's gate, strict reading,
transaction and use case. What a test writes can be taken back, so that each question meets the same county.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy as sa
from falcon import testing

from gateway.app import create_app
from gateway.collaborators import Collaborators
from gateway.documents.receipts import ReceiptPrinter
from gateway.ended_sessions import EndedSessions
from gateway.rpc.client import Call
from gateway.rpc.stubs import Stubs
from gateway.settings import RECEIPT_FONT, GatewaySettings
from gateway.tokens import Tokens
from services.chassis.blobs import FolderStore
from services.chassis.clock import FixedClock
from services.chassis.core import Core
from services.chassis.database import Database, Statement, execute
from services.chassis.ids import new_id
from services.chassis.row_scope import RowScope
from services.chassis.sealed import KeyRing
from services.chassis.settings import load
from services.chassis.tracing import NO_TRACE
from services.contracts.envelope import unpack_call
from services.contracts.members.messages import Session
from services.dues.service import DuesService
from services.dues.settings import DuesSettings
from services.members.service import MembersService
from services.members.settings import MembersSettings
from tests.fakes.payments import FakePayments
from tests.fakes.wechat_sign_in import FakeWechatSignIn
from tests.integration.authority.databases import administrator
from tests.integration.authority.story import COUNTY, NOW

KEY = base64.b64encode(b"k" * 32).decode()
OPENID = "openid-of-somebody-new"


class Undone(Database):
    """A service's database whose transactions can be nested into one that is taken back as a whole."""

    held: sa.Connection | None = None

    @contextmanager
    def undone(self) -> Iterator[None]:
        with self.engine.connect() as connection, connection.begin() as whole:
            self.held = connection
            try:
                yield
            finally:
                self.held = None
                whole.rollback()

    @contextmanager
    def transaction(self, scope: RowScope | None = None) -> Iterator[sa.Connection]:
        if self.held is None:
            with super().transaction(scope) as connection:
                yield connection
            return
        with self.held.begin_nested():
            self.see(self.held, scope)
            yield self.held

    def at_once(self, statement: Statement, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        if self.held is None:
            return super().at_once(statement, values)
        with self.held.begin_nested():
            return execute(self.held, statement, values)

    @contextmanager
    def snapshot(self, scope: RowScope | None = None) -> Iterator[sa.Connection]:
        if self.held is None:
            with super().snapshot(scope) as connection:
                yield connection
            return
        with self.held.begin_nested():
            self.see(self.held, scope)
            yield self.held


class InProcess:
    """The gateway's transport without a broker: what was packed is unpacked and run by the service that it names."""

    def __init__(self, services: dict[str, Any]) -> None:
        self._services = services

    def request(self, call: Call) -> bytes:
        head, body = unpack_call(orjson.loads(call.body))
        enter = getattr(self._services[call.service], call.routing_key.partition(".")[2])
        answer: bytes = enter(head, body, NO_TRACE)
        return answer

    def is_ready(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is held."""


class World:
    """Both services and the gateway over them, at one moment of 15 September 2026."""

    def __init__(
        self, urls: dict[str, str], admins: dict[str, str], folder: Path, rows_of: str | None = COUNTY
    ) -> None:
        """``urls`` are the services' own addresses; ``admins`` those by which the story is arranged and looked at. Without
        ``rows_of`` the services work without the second net."""
        self.clock = FixedClock(NOW)
        self.blobs = FolderStore(folder / "blobs", KeyRing.parse(f"k1:{KEY}"))
        self.databases = {name: Undone(url, name=name, pool_size=3, rows_of=rows_of) for name, url in urls.items()}
        self.urls, self.admins = urls, admins
        self._administrators = {name: administrator(url) for name, url in admins.items()}
        self._folder = folder
        self.cores = {name: self.core(name, COUNTY) for name in self.databases}
        self._members, self._dues = MembersService(), DuesService()
        self._members.core, self._dues.core = self.cores["members"], self.cores["dues"]
        self._fresh_outside()
        self.settings = self._settings(GatewaySettings, COUNTY)
        self.tokens = Tokens(self.settings.token_key.reveal(), COUNTY, self.clock)
        self.stubs = Stubs(InProcess({"members": self._members, "dues": self._dues}))
        self.ended = EndedSessions(self.stubs, COUNTY)
        self.http = testing.TestClient(create_app(self._collaborators()))

    def _collaborators(self) -> Collaborators:
        return Collaborators(
            settings=self.settings,
            clock=self.clock,
            services=self.stubs,
            tokens=self.tokens,
            blobs=self.blobs,
            receipts=ReceiptPrinter(RECEIPT_FONT, self.settings.public_url),
            ended=self.ended,
        )

    def core(self, service: str, county: str) -> Core:
        settings = self._settings(MembersSettings if service == "members" else DuesSettings, county)
        return Core(settings, self.databases[service])

    def _settings(self, kind: Any, county: str) -> Any:
        told = {
            "COUNTY_ID": county,
            "COUNTY_NAME": "盐亭县",
            "AMQP_URI": "amqp://nobody@127.0.0.1:1/",
            "SEAL_KEYS": f"k1:{KEY}",
            "INDEX_KEY": base64.b64encode(b"i" * 32).decode(),
            "TOKEN_KEY": KEY,
            "BLOB_DIR": str(self._folder / "blobs"),
            "MEMBERS_DATABASE_URL": self.urls["members"],
            "DUES_DATABASE_URL": self.urls["dues"],
            "PUBLIC_URL": "http://127.0.0.1:8080",
            "WECHAT_MODE": "simulated",
            "WECHAT_APP_ID": "wx0000000000000001",
            "WECHAT_APP_SECRET": "secret",
            "WECHAT_LOGIN_URL": "http://127.0.0.1:1",
            "WECHAT_AUTHORIZE_URL": "http://127.0.0.1:1/authorize",
            "WECHAT_BRIDGE_URL": "http://127.0.0.1:1/bridge.js",
            "GATEWAY_RATE_LIMIT_SCALE": "100000",
        }
        settings = load(kind, told)
        if kind is not GatewaySettings:
            object.__setattr__(settings, "clock", self.clock)
        return settings

    def _fresh_outside(self) -> None:
        self.provider = FakePayments(self.clock)
        wechat = FakeWechatSignIn()
        wechat.person_agrees(OPENID)
        self._dues.payments, self._members.wechat = self.provider, wechat

    @contextmanager
    def undone(self) -> Iterator[None]:
        """What is written inside is taken back at the end, outside parties included."""
        with ExitStack() as stack:
            for database in self.databases.values():
                stack.enter_context(database.undone())
            self._fresh_outside()
            yield
        self.forget_ended()

    def forget_ended(self) -> None:
        """What the gateway has seen of ends that were taken back."""
        self.ended.__init__(self.stubs, COUNTY)  # type: ignore[misc]
        assert self.ended.look()

    def sql(self, service: str, statement: str, **parameters: Any) -> list[Any]:
        with self._administrators[service].connect() as db:
            result = db.execute(sa.text(statement), parameters)
            return list(result.all()) if result.returns_rows else []

    def ask(self, method: str, path: str, session: Session | None, **rest: Any) -> testing.Result:
        """A request as a phone makes it."""
        headers = {"Idempotency-Key": new_id()} if method != "GET" else {}
        headers |= rest.pop("headers", {})
        if session is not None:
            headers["Authorization"] = f"Bearer {self.tokens.issue(session)}"
        return self.http.simulate_request(method, path, headers=headers, remote_addr="127.0.0.1", **rest)

    def close(self) -> None:
        for database in self.databases.values():
            database.close()
