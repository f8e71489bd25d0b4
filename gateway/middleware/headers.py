"""Security headers of every answer, and the default that nothing personal is kept in a cache."""

from __future__ import annotations

from urllib.parse import urlsplit

from gateway.http import Request, Response
from gateway.settings import GatewaySettings

ONE_YEAR_S = 365 * 24 * 3600


def content_policy(settings: GatewaySettings) -> str:
    """Everything from our own address; where money is simulated, the simulator's bridge and what it talks to as well."""
    simulator = []
    if settings.is_simulated and settings.wechat_bridge_url:
        parts = urlsplit(settings.wechat_bridge_url)
        simulator = [f"{parts.scheme}://{parts.netloc}"]
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *simulator],
        "connect-src": ["'self'", *simulator],
        # The bridge's pay sheet is a frame of the simulator; a receipt is shown from memory.
        "frame-src": ["'self'", "blob:", *simulator],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:", *simulator],
        # The icons of the component library are a font inside its style sheet.
        "font-src": ["'self'", "data:"],
        "manifest-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
    return "; ".join(" ".join((name, *sources)) for name, sources in rules.items())


class HeadersMiddleware:
    def __init__(self, settings: GatewaySettings) -> None:
        self._always = {
            "Content-Security-Policy": content_policy(settings),
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Referrer-Policy": "no-referrer",
            "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        if settings.is_https:
            self._always["Strict-Transport-Security"] = f"max-age={ONE_YEAR_S}"

    def process_response(self, req: Request, resp: Response, _resource: object, succeeded: bool) -> None:
        resp.set_headers(self._always)
        if resp.get_header("Cache-Control") is None:
            operation = req.context.operation
            resp.set_header("Cache-Control", operation.cache if operation is not None and succeeded else "no-store")
