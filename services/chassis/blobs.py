"""The object store: photos, roster files, letters. A port and the store that keeps files in a folder.

Owns keys, bounds, durability and sealing of files. Knows nothing of what a file means, never looks at its name and
never believes one: a key is random. Callers write from errands and jobs, with no transaction open; a row that refers
to a blob is committed after the blob stands.

Sealed file: header with the key id as in ``sealed``, salt (16 bytes), chunks. Each chunk is AES-256-GCM over 64 KiB
under a key of this file alone; its nonce is the chunk's number and whether it is the last, its associated data the
blob's key. So an altered, cut, re-ordered or exchanged file does not open.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag

from services.chassis.sealed import TAG_BYTES, KeyRing, SealBroken, header_of
from services.contracts.values import AttachmentRef

CHUNK_BYTES = 64 * 1024
_SALT_BYTES = 16
_MAX_HEADER_BYTES = 10
_KEY = re.compile(r"[0-9a-f]{32}", re.ASCII)
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,64}/[a-z0-9.+-]{1,127}", re.ASCII)
_UNFINISHED = "unfinished"
_UNFINISHED_AGE_S = 24 * 3600  # no upload lasts a day: what is older was left by a process that was killed
_MAX_TIDIED = 1_000  # files removed at one start; the next start goes on


class BlobTooLarge(Exception):
    """More bytes came than were allowed. Nothing was kept."""


class BlobMissing(Exception):
    """There is no such blob, or the key is not one."""


class BlobStore(Protocol):
    """Where files are kept, by keys that the store makes."""

    def put(self, content: bytes | BinaryIO, media_type: str, max_bytes: int) -> AttachmentRef:
        """Keeps the content durably. Raises BlobTooLarge beyond ``max_bytes``; then, or on OSError, nothing is kept."""
        ...

    def open(self, key: str) -> BinaryIO:
        """The content as a stream, to be closed. Raises BlobMissing; SealBroken while reading an altered one."""
        ...

    def read(self, key: str, max_bytes: int) -> bytes:
        """The whole content. Raises BlobMissing, BlobTooLarge, SealBroken."""
        ...

    def delete(self, key: str) -> None:
        """Removes the blob. One that is not there is no error: a repeated delete has the same effect."""
        ...


class FolderStore(BlobStore):
    """Blobs as files below one folder, readable by this user only; sealed when given a key ring.

    File work blocks a greenlet's whole process; services use it in their jobs process, where nobody waits.
    """

    def __init__(self, root: Path, ring: KeyRing | None) -> None:
        """Makes the folder and clears what killed uploads left. Without a ring, files are kept as they are: public ones."""
        self._root = root
        self._ring = ring
        self._unfinished = root / _UNFINISHED
        self._unfinished.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._tidy()

    def put(self, content: bytes | BinaryIO, media_type: str, max_bytes: int) -> AttachmentRef:
        if _MEDIA_TYPE.fullmatch(media_type) is None:
            raise ValueError("not a media type")
        source = io.BytesIO(content) if isinstance(content, bytes) else content
        key = secrets.token_hex(16)
        draft = self._unfinished / key
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                digest, size = self._write(target, key, source, max_bytes)
                target.flush()
                os.fsync(target.fileno())
            self._publish(draft, self._path(key))
        except BaseException:
            draft.unlink(missing_ok=True)
            self._path(key).unlink(missing_ok=True)
            raise
        return AttachmentRef(key=key, sha256=digest, size_bytes=size, media_type=media_type)

    def open(self, key: str) -> BinaryIO:
        try:
            file = self._path(key).open("rb")
        except FileNotFoundError:
            raise BlobMissing(key) from None
        if self._ring is None:
            return file
        try:
            return io.BufferedReader(_Opened(file, key, self._ring), CHUNK_BYTES)
        except BaseException:
            file.close()
            raise

    def read(self, key: str, max_bytes: int) -> bytes:
        with self.open(key) as stream:
            content = stream.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise BlobTooLarge(f"more than {max_bytes} bytes")
        return content

    def delete(self, key: str) -> None:
        with suppress(BlobMissing):
            self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        """Where the blob lies. Only 32 hex digits make a path, so none leads out of the folder."""
        if _KEY.fullmatch(key) is None:
            raise BlobMissing("not a blob's key")
        return self._root / key[:2] / key

    def _write(self, target: BinaryIO, key: str, source: BinaryIO, max_bytes: int) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        cipher: _FileCipher | None = None
        if self._ring is not None:
            salt = os.urandom(_SALT_BYTES)
            cipher = _FileCipher(self._ring, self._ring.header, salt, key)
            target.write(self._ring.header + salt)
        for number, (chunk, last) in enumerate(_chunks(source, max_bytes)):
            digest.update(chunk)
            size += len(chunk)
            target.write(chunk if cipher is None else cipher.seal(number, last, chunk))
        return digest.hexdigest(), size

    def _publish(self, draft: Path, path: Path) -> None:
        """Gives the finished file its name, so that a crash leaves either the whole blob or none."""
        if not path.parent.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(self._root)
        draft.rename(path)
        _sync_folder(path.parent)

    def _tidy(self) -> None:
        too_old = time.time() - _UNFINISHED_AGE_S
        for _, entry in zip(range(_MAX_TIDIED), self._unfinished.iterdir(), strict=False):
            with suppress(FileNotFoundError):  # another replica tidies at the same time
                if entry.stat().st_mtime < too_old:
                    entry.unlink()


class _FileCipher:
    def __init__(self, ring: KeyRing, header: bytes, salt: bytes, key: str) -> None:
        self._cipher = ring.file_cipher(header, salt)
        self._associated = header + salt + key.encode()

    def seal(self, number: int, last: bool, chunk: bytes) -> bytes:
        return self._cipher.encrypt(_nonce(number, last), chunk, self._associated)

    def open(self, number: int, last: bool, chunk: bytes) -> bytes:
        try:
            return self._cipher.decrypt(_nonce(number, last), chunk, self._associated)
        except InvalidTag:
            raise SealBroken("the file was altered, cut or exchanged") from None


class _Opened(io.RawIOBase):
    """The plain content of a sealed file, chunk by chunk: nothing is given out before its seal is checked."""

    def __init__(self, file: BinaryIO, key: str, ring: KeyRing) -> None:
        super().__init__()
        self._file = file
        header = header_of(file.read(_MAX_HEADER_BYTES))
        file.seek(len(header))
        self._cipher = _FileCipher(ring, header, file.read(_SALT_BYTES), key)
        self._number = 0
        self._plain = b""
        self._following: bytes = file.read(CHUNK_BYTES + TAG_BYTES)
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io calls it with a memoryview
        if not self._plain and not self._ended:
            self._plain = self._next_chunk()
        size = min(len(buffer), len(self._plain))
        buffer[:size], self._plain = self._plain[:size], self._plain[size:]
        return size

    def close(self) -> None:
        self._file.close()
        super().close()

    def _next_chunk(self) -> bytes:
        chunk, self._following = self._following, self._file.read(CHUNK_BYTES + TAG_BYTES)
        self._ended = not self._following
        plain = self._cipher.open(self._number, self._ended, chunk)
        self._number += 1
        return plain


def _chunks(source: BinaryIO, max_bytes: int) -> Iterator[tuple[bytes, bool]]:
    """The content in full chunks, each with whether it is the last; an empty content is one empty chunk.

    Ends after ``max_bytes`` at the latest, whatever the source does.
    """
    chunk, left = _full_chunk(source), max_bytes
    while True:
        left -= len(chunk)
        if left < 0:
            raise BlobTooLarge(f"more than {max_bytes} bytes")
        following = _full_chunk(source) if len(chunk) == CHUNK_BYTES else b""
        yield chunk, not following
        if not following:
            return
        chunk = following


def _full_chunk(source: BinaryIO) -> bytes:
    """Reads until the chunk is full or the source ends: a socket gives what it has, not what was asked for."""
    parts, missing = [], CHUNK_BYTES
    while missing > 0:
        part = source.read(missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes((last,))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
