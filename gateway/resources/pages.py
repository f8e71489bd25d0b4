"""The phone pages: every file of the build read at the start and served from memory, so that no path leads to a disk.

Knows nothing of what the pages do. Addresses that are no file belong to the pages' own router and get the entry page.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.http import ETAG_DIGITS, Request, Response, answer_unless_known
from gateway.problems import MethodNotAllowed, NoSuchRoute
from services.chassis.logging import get_logger

ENTRY = "/index.html"
MAX_FILES = 2_000
MAX_TOTAL_BYTES = 64 * 1024 * 1024
"""A build of the pages is 2 to 3 MB; what is far beyond it is another folder."""
HASHED = re.compile(r"/assets/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+", re.ASCII)
"""What the build names by its content."""
FOR_EVER = "public, max-age=31536000, immutable"
ASK_EACH_TIME = "no-cache"
LEAST_TO_COMPRESS = 1_000
COMPRESSIBLE = ("text/", "application/javascript", "application/json", "image/svg+xml", "application/manifest+json")
NOT_PAGES = ("/v1/", "/docs/", "/assets/")

_log = get_logger("pages")

_TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}

NOT_BUILT = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>页面尚未构建</title></head>
<body><h1>页面尚未构建</h1>
<p>接口已经可以使用，但手机页面还没有构建。请在项目目录中运行：</p>
<pre>cd gateway/h5 &amp;&amp; npm ci &amp;&amp; npm run build</pre>
<p>然后重新启动网关。<code>make run</code> 会自动完成这一步。接口文档在 <a href="/docs">/docs</a>。</p>
</body></html>
""".encode()


@dataclass(frozen=True, slots=True)
class PageFile:
    content: bytes
    compressed: bytes | None
    media_type: str
    tag: str
    cache: str


def read_folder(folder: Path) -> dict[str, PageFile]:
    """Every file below the folder, by the path under which it is served. Raises ValueError beyond the bounds."""
    files: dict[str, PageFile] = {}
    total = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        content = path.read_bytes()
        total += len(content)
        if len(files) >= MAX_FILES or total > MAX_TOTAL_BYTES:
            raise ValueError(f"{folder} holds more than the phone pages")
        address = "/" + path.relative_to(folder).as_posix()
        files[address] = _file(address, content)
    return files


def _file(address: str, content: bytes) -> PageFile:
    media_type = _TYPES.get(Path(address).suffix) or mimetypes.guess_type(address)[0] or "application/octet-stream"
    compressed = None
    if media_type.startswith(COMPRESSIBLE) and len(content) >= LEAST_TO_COMPRESS:
        compressed = gzip.compress(content, compresslevel=9, mtime=0)
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    return PageFile(
        content=content,
        compressed=compressed,
        media_type=media_type,
        tag=f'"{hashlib.sha256(content).hexdigest()[:ETAG_DIGITS]}"',
        cache=FOR_EVER if HASHED.fullmatch(address) else ASK_EACH_TIME,
    )


class Pages:
    """A Falcon sink: whatever no route has taken."""

    def __init__(self, folder: Path) -> None:
        self._files = read_folder(folder) if folder.is_dir() else {}
        if ENTRY not in self._files:
            _log.warning("pages_not_built")

    def __call__(self, req: Request, resp: Response, **_: Any) -> None:
        page = self._find(req.path)
        if req.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(allowed="GET, HEAD") if page else NoSuchRoute
        if page is None:
            if self._files or not _is_page_address(req.path):
                raise NoSuchRoute
            resp.status, resp.content_type, resp.data = 503, "text/html; charset=utf-8", NOT_BUILT
            return
        resp.content_type = page.media_type
        resp.set_header("Cache-Control", page.cache)
        content, tag = page.content, page.tag
        if page.compressed is not None:
            resp.set_header("Vary", "Accept-Encoding")
            if "gzip" in (req.get_header("Accept-Encoding") or ""):
                content, tag = page.compressed, f'{page.tag[:-1]}-gz"'
                resp.set_header("Content-Encoding", "gzip")
        if not answer_unless_known(req, resp, tag):
            resp.data = content

    def _find(self, path: str) -> PageFile | None:
        page = self._files.get(path)
        if page is None and _is_page_address(path):
            return self._files.get(ENTRY)
        return page


def _is_page_address(path: str) -> bool:
    """Whether the pages' own router may know the address: not an interface's, and no file's."""
    return not path.startswith(NOT_PAGES) and "." not in path.rpartition("/")[2]
