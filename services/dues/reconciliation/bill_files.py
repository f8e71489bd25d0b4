"""A bill's file on its way into the store and out of it: unpacked, measured and proven while it is read, never held whole.

A file is kept as it came, packed or not. Its hash is known when the last block has been read, so whoever works with the blocks
takes back what he did when ``BillRefused`` ends them.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from services.dues.domain.trade_bill import BillFault, BillRefused

BLOCK_BYTES = 256 * 1024
MAX_UNPACKED_BYTES = 768 * 1024 * 1024
"""Two million rows of 350 bytes: a small file that unpacks to more is a trick."""
MEDIA_TYPE = "application/octet-stream"
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The blocks of the bill itself, whether they came packed with gzip or not. Raises BillRefused."""
    unpacker, size, is_first = None, 0, True
    for block in blocks:
        if is_first and block:
            is_first, unpacker = False, zlib.decompressobj(_GZIP_WINDOW) if block.startswith(_GZIP) else None
        for plain in _pieces(unpacker, block):
            size += len(plain)
            if size > MAX_UNPACKED_BYTES:
                raise BillRefused(BillFault.TOO_LARGE)
            yield plain
    if unpacker is not None and not unpacker.eof:
        raise BillRefused(BillFault.CUT_SHORT)


def _pieces(unpacker: zlib._Decompress | None, block: bytes) -> Iterator[bytes]:
    if unpacker is None:
        yield block
        return
    rest = block
    while rest:
        try:
            yield unpacker.decompress(rest, BLOCK_BYTES)
        except zlib.error:
            raise BillRefused(BillFault.NOT_UNPACKED) from None
        rest = unpacker.unconsumed_tail
        if unpacker.unused_data:
            raise BillRefused(BillFault.NOT_UNPACKED)


def proven(stream: BinaryIO, *, sha256: str, sha1: str | None) -> Iterator[bytes]:
    """The unpacked blocks of a stored file. Raises BillRefused at their end when the file is not the one that was brought, or not
    the one that the provider told of."""
    packed_hash, plain_hash = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)

    def packed() -> Iterator[bytes]:
        while block := stream.read(BLOCK_BYTES):
            packed_hash.update(block)
            yield block

    for block in unpacked(packed()):
        plain_hash.update(block)
        yield block
    if packed_hash.hexdigest() != sha256 or (sha1 is not None and plain_hash.hexdigest() != sha1):
        raise BillRefused(BillFault.HASH_DIFFERS)


class Incoming(io.RawIOBase):
    """A download as a stream for the store, which proves the provider's hash before it says that it has ended."""

    def __init__(self, blocks: Iterable[bytes], sha1: str) -> None:
        super().__init__()
        self._sha1, self._hash = sha1, hashlib.sha1(usedforsecurity=False)
        self._passed: list[bytes] = []
        self._plain = unpacked(self._pass(blocks))
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io calls it with a memoryview
        """As much as there is. Raises BillRefused instead of ending with a wrong hash."""
        if not self._rest:
            self._rest = self._next()
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    def _pass(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self._passed.append(block)
            yield block

    def _next(self) -> bytes:
        """The next packed bytes, whose plain ones are counted into the hash on the way."""
        for plain in self._plain:
            self._hash.update(plain)
            if self._passed:
                return self._take()
        if not self._passed and self._hash.hexdigest() != self._sha1:
            raise BillRefused(BillFault.HASH_DIFFERS)
        return self._take()

    def _take(self) -> bytes:
        taken, self._passed = b"".join(self._passed), []
        return taken
