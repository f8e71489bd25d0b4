"""A lean HTTP client for many payers on one event loop: kept connections, JSON, one answer or ``NoAnswer``.

Owns connections. Repeats nothing: whether and how to ask again is the payer's to know, as it is a phone's.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

MAX_IDLE = 200
MAX_ANSWER_BYTES = 1024 * 1024


class NoAnswer(Exception):
    """The connection failed or the answer took too long: what became of the request is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any

    @property
    def code(self) -> str:
        """The stable code of a refusal."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    def __init__(self, port: int, *, timeout_s: float) -> None:
        self._port, self._timeout_s = port, timeout_s
        self._idle: deque[_Connection] = deque(maxlen=MAX_IDLE)
        self.sent = 0
        self.unanswered = 0

    async def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
        """Raises NoAnswer."""
        self.sent += 1
        connection: _Connection | None = None
        keep = False
        try:
            async with asyncio.timeout(self._timeout_s):
                connection = await self._connection()
                answer, keep = await _exchange(*connection, _request(method, path, body, headers or {}))
                return answer
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as fault:
            self.unanswered += 1
            raise NoAnswer(type(fault).__name__) from None
        finally:
            if connection is not None:
                if keep and len(self._idle) < MAX_IDLE:
                    self._idle.append(connection)
                else:
                    connection[1].close()

    async def _connection(self) -> _Connection:
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection("127.0.0.1", self._port)

    async def close(self) -> None:
        while self._idle:
            writer = self._idle.pop()[1]
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


def _request(method: str, path: str, body: Any, headers: dict[str, str]) -> bytes:
    content = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(content)}"]
    if content:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> tuple[Answer, bool]:
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    size = int(fields.get("content-length", "0"))
    if size > MAX_ANSWER_BYTES:
        raise ValueError("too large an answer")
    content = await reader.readexactly(size) if size else b""
    status = int(head[0].split()[1])
    keep = fields.get("connection", "").lower() != "close" and "content-length" in fields
    return Answer(status, json.loads(content) if content else None), keep
