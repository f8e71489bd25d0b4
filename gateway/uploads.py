"""Files on their way into the object store, and the memory that lets an upload come again.

Owns no file's meaning. The store makes a new key for each file, while the service refuses a request id that comes again with
another content; so a retry with the same bytes must name the first file.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, cast

from gateway.collaborators import Collaborators
from gateway.forward import Resource, Responder, declare, query_parameters, read_query
from gateway.http import Request, Response, caller_of, check_body, patience, write_json
from gateway.operation import Limit, Parameter, RawBody, operation
from gateway.problems import CutShort, TooLarge
from services.chassis.blobs import BlobStore, BlobTooLarge
from services.contracts.errors import RemoteError, ServiceError
from services.contracts.method import Method
from services.contracts.values import AttachmentRef
from services.contracts.wire import load

KEPT_UPLOADS = 64
"""Uploads that may come again because their answer was lost: a retry follows within minutes, and few people upload."""
MAX_FILE_NAME = 120
_NAME = Parameter(
    "name", "query", {"type": "string", "maxLength": MAX_FILE_NAME}, False, "The file's name, shown again."
)


class Uploads:
    """With several workers a retry may meet one that does not know of the first try: then the service answers
    ``request.reused``, the page begins a new upload, and nothing is imported twice."""

    def __init__(self, blobs: BlobStore, most: int = KEPT_UPLOADS) -> None:
        self._blobs = blobs
        self._most = most
        self._lock = threading.Lock()
        self._first: OrderedDict[tuple[str, str], AttachmentRef] = OrderedDict()

    @contextmanager
    def stored(self, req: Request, media_type: str, max_bytes: int) -> Iterator[AttachmentRef]:
        """The body as a file in the store, for the block that tells a service of it.

        Removed again when the service refuses it for good. Raises WrongMediaType, LengthNeeded, TooLarge, CutShort.
        """
        file = self._put(req, media_type, max_bytes)
        entry = (caller_of(req).account_id or "", req.context.request_id or "")
        first = self._remember(entry, file)
        if first.key != file.key:
            self._blobs.delete(file.key)
        try:
            yield first
        except ServiceError as refusal:
            # A service's own no is final. After any other fault the call may have been made, and its retry needs the file.
            if isinstance(refusal, RemoteError) and refusal.status < 500:
                self._forget(entry, first)
            raise

    def _put(self, req: Request, media_type: str, max_bytes: int) -> AttachmentRef:
        length = check_body(req, media_type, max_bytes)
        try:
            with patience(req):
                file = self._blobs.put(cast(BinaryIO, req.bounded_stream), media_type, max_bytes)
        except BlobTooLarge:
            raise TooLarge(max_bytes=max_bytes) from None
        if file.size_bytes != length:
            self._blobs.delete(file.key)
            raise CutShort
        return file

    def _remember(self, entry: tuple[str, str], file: AttachmentRef) -> AttachmentRef:
        with self._lock:
            first = self._first.get(entry)
            if first is not None and first.sha256 == file.sha256:
                return first
            self._first[entry] = file
            while len(self._first) > self._most:
                self._first.popitem(last=False)
            return file

    def _forget(self, entry: tuple[str, str], file: AttachmentRef) -> None:
        with self._lock:
            if self._first.get(entry) is not file:
                return
            del self._first[entry]
        self._blobs.delete(file.key)


class FileResource(Resource):
    """A resource with an operation that ``takes_file``."""

    def __init__(self, with_: Collaborators) -> None:
        super().__init__(with_)
        self.uploads = Uploads(with_.blobs)


def takes_file(
    method: Method[Any, Any], summary: str, *, field: str, media_type: str, max_bytes: int, **declared: Any
) -> Responder:
    """The body is a file, counted and bounded, whose content the service judges; ``field`` of its message is in the query."""
    request = method.request
    declaration = declare(
        method,
        summary,
        {"status": 202, "limit": Limit.FILE} | declared,
        parameters=(*query_parameters(request, (field,)), _NAME),
        body=RawBody(media_type, max_bytes),
    )

    def message(req: Request, **file: Any) -> Any:
        name = req.params.get(_NAME.name, "")
        query = read_query(req, request, (field,), beside=(_NAME.name,))
        return load(request, query | {"file": {**file, "media_type": media_type, "name": name}})

    @operation(declaration)
    def respond(self: FileResource, req: Request, resp: Response) -> None:
        message(req, key="0", sha256="0" * 64, size_bytes=0)  # what is wrong is told before the file travels
        with self.uploads.stored(req, media_type, max_bytes) as file:
            told = message(req, key=file.key, sha256=file.sha256, size_bytes=file.size_bytes)
            answer = self.ask(req, resp, method, told)
        resp.status = declaration.status
        write_json(resp, answer.data)

    return respond
