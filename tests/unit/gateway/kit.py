"""What tests of the gateway share: settings, people, and a client that speaks as a phone does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from falcon import testing

from gateway.app import create_app
from gateway.collaborators import Collaborators
from gateway.documents.receipts import ReceiptPrinter
from gateway.ended_sessions import EndedSessions
from gateway.rpc.stubs import Stubs
from gateway.settings import RECEIPT_FONT, GatewaySettings
from gateway.tokens import Tokens
from services.chassis.blobs import FolderStore
from services.chassis.clock import FixedClock
from services.chassis.ids import new_id
from services.chassis.sealed import KeyRing
from services.chassis.settings import load
from services.contracts.caller import Grant, Role
from services.contracts.members import messages
from services.contracts.members import methods as members
from services.contracts.members.messages import Session
from services.contracts.values import org_path
from tests.fakes.services import FakeServices

NOW = datetime(2026, 9, 15, 6, 0, tzinfo=UTC)
KEY = "a2V5IG9mIHRoaXJ0eS10d28gYnl0ZXMsIG5vdCBtb3I="
ENVIRONMENT = {
    "COUNTY_ID": "yanting",
    "COUNTY_NAME": "盐亭县",
    "AMQP_URI": "amqp://guest:guest@127.0.0.1:5672//",
    "SEAL_KEYS": f"k1:{KEY}",
    "TOKEN_KEY": KEY,
    "PUBLIC_URL": "http://127.0.0.1:8080",
    "WECHAT_MODE": "simulated",
    "WECHAT_APP_ID": "wx0000000000000001",
    "WECHAT_AUTHORIZE_URL": "http://127.0.0.1:8090/connect/oauth2/authorize",
    "WECHAT_BRIDGE_URL": "http://127.0.0.1:8090/bridge.js",
}


def settings_in(folder: Path, **changes: str) -> GatewaySettings:
    places = {"BLOB_DIR": str(folder / "blobs"), "GATEWAY_H5_FOLDER": str(folder / "dist")}
    return load(GatewaySettings, ENVIRONMENT | places | changes)


def session_of(*roles: Role, member: bool = True, county: str = "yanting") -> Session:
    grants = tuple(Grant(role=role, org_id=new_id(), path=org_path("yt.t03.b012")) for role in roles)
    return Session(
        session_id=new_id(),
        account_id=new_id(),
        member_id=new_id() if member else None,
        county_id=county,
        grants=grants,
        refresh_token="r" * 43,
        refresh_expires_at=NOW + timedelta(days=30),
    )


class Gateway:
    """The application in a test's hands: its clock, its services, its settings, and requests as a phone makes them."""

    def __init__(self, folder: Path, printer: ReceiptPrinter | None = None, **changes: str) -> None:
        self.settings = settings_in(folder, **changes)
        self.clock = FixedClock(NOW)
        self.services = FakeServices()
        self.tokens = Tokens(self.settings.token_key.reveal(), self.settings.county_id, self.clock)
        self.blobs = FolderStore(self.settings.blob_dir, KeyRing.parse(ENVIRONMENT["SEAL_KEYS"]))
        self.ended = self._nobody_ended()
        self.with_ = Collaborators(
            settings=self.settings,
            clock=self.clock,
            services=self.stubs,
            tokens=self.tokens,
            blobs=self.blobs,
            receipts=printer or ReceiptPrinter(RECEIPT_FONT, self.settings.public_url),
            ended=self.ended,
        )
        self.app = create_app(self.with_)
        self.http = testing.TestClient(self.app)

    def _nobody_ended(self) -> EndedSessions:
        """As after the first look of a gateway that runs."""
        self.services.on(members.LIST_ENDED_SESSIONS, lambda _: messages.EndedSessions(ids=()))
        self.stubs = Stubs(self.services)
        ended = EndedSessions(self.stubs, self.settings.county_id)
        assert ended.look()
        return ended

    def token(self, *roles: Role, member: bool = True) -> str:
        return self.tokens.issue(session_of(*roles, member=member))

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        key: str | None = "",
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> testing.Result:
        """A request. A write gets a fresh key unless one is given; None leaves it out."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if method != "GET" and key is not None:
            sent["Idempotency-Key"] = key or new_id()
        return self.http.simulate_request(method, path, headers=sent, **{"remote_addr": "127.0.0.1", **rest})
