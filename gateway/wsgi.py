"""The application that gunicorn serves: settings read, collaborators made, one for each worker process."""

from __future__ import annotations

import falcon

from gateway.app import create_app
from gateway.collaborators import Collaborators
from gateway.documents.receipts import ReceiptPrinter
from gateway.ended_sessions import EndedSessions
from gateway.http import Request, Response
from gateway.rpc.client import RpcClient
from gateway.rpc.stubs import Stubs
from gateway.settings import GatewaySettings
from gateway.tokens import Tokens
from services.chassis.blobs import FolderStore
from services.chassis.logging import configure
from services.chassis.settings import load
from services.contracts.topology import SERVICES

transport: RpcClient
ended: EndedSessions
"""Both closed by the worker's end (gunicorn.conf.py)."""


def make_app(settings: GatewaySettings) -> falcon.App[Request, Response]:
    global transport, ended  # noqa: PLW0603  # what of the process must be closed
    configure(settings.service, settings.log_level)
    transport = RpcClient(settings.amqp_uri.reveal(), services=SERVICES, places=settings.calls_in_flight)
    receipts = ReceiptPrinter(settings.receipt_font, settings.public_url)
    services = Stubs(transport)
    ended = EndedSessions(services, settings.county_id)
    app = create_app(
        Collaborators(
            settings=settings,
            clock=settings.clock,
            services=services,
            tokens=Tokens(settings.token_key.reveal(), settings.county_id, settings.clock),
            blobs=FolderStore(settings.blob_dir, settings.seal_keys),
            receipts=receipts,
            ended=ended,
        )
    )
    transport.start()
    ended.start()
    receipts.warm()
    return app


app = make_app(load(GatewaySettings))
