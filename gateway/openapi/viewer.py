"""The document as JSON, and a page of our own that shows it without any other site."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from gateway.http import Request, Response
from gateway.operation import JSON
from gateway.problems import NoSuchRoute

FOLDER = Path(__file__).parent / "page"
FILES = {"viewer.js": "text/javascript; charset=utf-8", "viewer.css": "text/css; charset=utf-8"}
ASK_EACH_TIME = "no-cache"


class Document:
    def __init__(self, document: dict[str, Any]) -> None:
        self._content = orjson.dumps(document)

    def on_get(self, _req: Request, resp: Response) -> None:
        resp.content_type, resp.data = JSON, self._content
        resp.set_header("Cache-Control", ASK_EACH_TIME)


class Viewer:
    def __init__(self) -> None:
        self._page = (FOLDER / "index.html").read_bytes()
        self._files = {name: (FOLDER / name).read_bytes() for name in FILES}

    def on_get(self, _req: Request, resp: Response) -> None:
        resp.content_type, resp.data = "text/html; charset=utf-8", self._page
        resp.set_header("Cache-Control", ASK_EACH_TIME)

    def on_get_file(self, _req: Request, resp: Response, *, file: str) -> None:
        if file not in self._files:
            raise NoSuchRoute
        resp.content_type, resp.data = FILES[file], self._files[file]
        resp.set_header("Cache-Control", ASK_EACH_TIME)
