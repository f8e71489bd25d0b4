"""The gateway as a WSGI application: routes, middleware in their order, errors in one place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import falcon

from gateway import problems
from gateway.collaborators import Collaborators
from gateway.forward import Resource
from gateway.http import Request, Response
from gateway.middleware.headers import HeadersMiddleware
from gateway.middleware.idempotency import IdempotencyMiddleware
from gateway.middleware.rate_limit import PersonLimitMiddleware, RateLimitMiddleware
from gateway.middleware.session import OperationMiddleware, SessionMiddleware
from gateway.middleware.trace import TraceMiddleware
from gateway.openapi.document import build_document
from gateway.openapi.viewer import Document, Viewer
from gateway.operation import Operation, find_operation
from gateway.resources import wechat
from gateway.resources.pages import Pages
from gateway.routes import ROUTES
from services.chassis.logging import get_logger
from services.contracts.errors import ServiceError

Table = Iterable[tuple[str, type[Resource]]]
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD")

_log = get_logger("gateway")


class UndeclaredOperation(Exception):
    """A responder without a declaration: nobody has said who may use it."""


def operations(table: Table) -> list[tuple[str, str, Operation]]:
    """Every operation as (path, method, declaration). Raises UndeclaredOperation, so that such a gateway is never built."""
    found = []
    for path, resource in table:
        for method in METHODS:
            if not hasattr(resource, f"on_{method.lower()}"):
                continue
            declared = find_operation(resource, method)
            if declared is None:
                raise UndeclaredOperation(f"{method} {path}")
            found.append((path, method, declared))
    return found


def create_app(with_: Collaborators, table: Table = ROUTES) -> falcon.App[Request, Response]:
    table = tuple(table)
    document = build_document(operations(table))
    settings = with_.settings
    limits = RateLimitMiddleware(settings.rate_limit_scale, settings.trusted_proxies, with_.counters)
    app: falcon.App[Request, Response] = falcon.App(
        request_type=Request,
        response_type=Response,
        media_type=problems.MEDIA_TYPE,
        middleware=[
            # Answers pass this list from its end to its beginning: the trace is begun first and closed last.
            TraceMiddleware(),
            HeadersMiddleware(settings),
            OperationMiddleware(),
            limits,
            SessionMiddleware(with_.tokens, with_.ended, settings.county_id, settings.public_url),
            PersonLimitMiddleware(limits),
            IdempotencyMiddleware(),
        ],
    )
    app.req_options.strip_url_path_trailing_slash = False
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    # The cookie itself says Secure where the platform's address is https.
    app.resp_options.secure_cookies_by_default = settings.is_https
    for path, resource in table:
        app.add_route(path, resource(with_))
    _add_documents(app, document)
    app.add_sink(Pages(settings.h5_folder), prefix="/")
    app.add_error_handler(ServiceError, _refuse)
    app.add_error_handler(falcon.HTTPError, _refuse_http)
    app.add_error_handler(Exception, _fail)
    return app


def _add_documents(app: falcon.App[Request, Response], document: dict[str, Any]) -> None:
    viewer = Viewer()
    app.add_route("/openapi.json", Document(document))
    app.add_route("/docs", viewer)
    app.add_route("/docs/{file}", viewer, suffix="file")


def _refuse(req: Request, resp: Response, error: Exception, _params: dict[str, Any]) -> None:
    assert isinstance(error, ServiceError)
    declared = req.context.operation
    if error.status >= 500 and error.status != 503:
        _log.error("service_failed", code=error.code, route=req.uri_template)
    if declared is not None and declared.wechat_answer:
        wechat.refuse(resp, error)
    else:
        problems.write(resp, error)


def _refuse_http(req: Request, resp: Response, error: Exception, params: dict[str, Any]) -> None:
    assert isinstance(error, falcon.HTTPError)
    _refuse(req, resp, problems.error_of_http(error), params)


def _fail(req: Request, resp: Response, error: Exception, params: dict[str, Any]) -> None:
    """A bug: the log has all of it, the outside the trace id."""
    _log.error("internal_error", route=req.uri_template, exc_info=error)
    _refuse(req, resp, ServiceError(), params)
