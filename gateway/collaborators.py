"""Everything the gateway's resources work with, made once at the start and handed to ``create_app``."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.documents.receipts import ReceiptPrinter
from gateway.ended_sessions import EndedSessions
from gateway.middleware.counters import BoundedCounters
from gateway.rpc.stubs import Stubs
from gateway.settings import GatewaySettings
from gateway.tokens import Tokens
from services.chassis.blobs import BlobStore
from services.chassis.clock import Clock


@dataclass(frozen=True, slots=True)
class Collaborators:
    settings: GatewaySettings
    clock: Clock
    services: Stubs
    tokens: Tokens
    blobs: BlobStore
    receipts: ReceiptPrinter
    ended: EndedSessions
    counters: BoundedCounters = field(default_factory=BoundedCounters)
