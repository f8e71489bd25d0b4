"""Sealed columns: identity numbers, phones and other values that the database must not be able to read (SEC-3).

Owns the byte format, the ring of keys and the blind index for searching. Knows no table: callers declare their columns.
A sealed value is bound to its column and its row, so that whoever can write to the database cannot hand one person's
value to another. Plain text and keys never appear in an error or a ``repr``.

Sealed value: version (1 byte), length of key id (1), key id, nonce (12), AES-256-GCM ciphertext with its tag (16).
Nonces are random: a key is good for 2**32 values, which a county of 30,000 members reaches in no lifetime.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
MAX_KEYS = 8  # the present key and those of some years back; a longer ring means that nobody re-seals
MAX_SEALED_TEXT = 1024 * 1024  # bytes: the stored reply to a batch; larger things are files, for the blob store

_VERSION = 1
TAG_BYTES = 16
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[a-z0-9]{1,8}", re.ASCII)
_COLUMN_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}\.[a-z][a-z0-9_]{0,62}", re.ASCII)


class SealBroken(Exception):
    """The value was altered, belongs to another row or column, or is not a sealed value at all."""


class SealKeyUnknown(SealBroken):
    """The value names a key that the ring does not hold: a key was removed before its values were re-sealed."""


def decode_key(text: str) -> bytes:
    """A key from base64. Raises ValueError, without the text, for anything but 32 bytes."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key of {len(key)} bytes instead of {KEY_BYTES}")
    return key


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that holds sealed values, ``table.column``, declared once beside its table.

    ``normalise`` brings what people type into the form that the blind index compares (spaces away, capital X).
    """

    name: str
    normalise: Callable[[str], str] = _as_it_is

    def __post_init__(self) -> None:
        if _COLUMN_NAME.fullmatch(self.name) is None:
            raise ValueError(f"not a column: {self.name!r}")


class KeyRing:
    """Keys by id. The first one seals, all of them open."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        """Raises ValueError for an empty or overlong ring, a wrong or doubled id, a key that is not 32 bytes."""
        if not 1 <= len(keys) <= MAX_KEYS:
            raise ValueError(f"a ring has 1 to {MAX_KEYS} keys, not {len(keys)}")
        if any(_KEY_ID.fullmatch(key_id) is None for key_id, _ in keys):
            raise ValueError("a key id has 1 to 8 lower-case letters or digits")
        if len({key_id for key_id, _ in keys}) != len(keys) or len({key for _, key in keys}) != len(keys):
            raise ValueError("each key stands in the ring once, under one id")
        if any(len(key) != KEY_BYTES for _, key in keys):
            raise ValueError(f"each key has {KEY_BYTES} bytes")
        self.key_ids = tuple(key_id for key_id, _ in keys)
        self._keys = dict(keys)
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys}
        self.header = bytes((_VERSION, len(self.key_ids[0]))) + self.key_ids[0].encode()
        """What each value sealed now begins with."""

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """From ``k1:<base64>,k0:<base64>``. Raises ValueError, which never holds a part of a key."""
        pairs = [part.strip().partition(":") for part in text.split(",", MAX_KEYS)]
        return cls([(key_id, decode_key(encoded)) for key_id, _, encoded in pairs])

    def __repr__(self) -> str:
        return f"KeyRing({', '.join(self.key_ids)})"

    def seal(self, column: SealedColumn, row_id: str, text: str) -> bytes:
        """The sealed form of one value. The same value sealed twice looks different."""
        return self.seal_many(column, [(row_id, text)])[0]

    def open(self, column: SealedColumn, row_id: str, sealed: bytes) -> str:
        """The plain value. Raises SealBroken unless it was sealed for this very row and column and is unaltered."""
        return self.open_many(column, [(row_id, sealed)])[0]

    def seal_many(self, column: SealedColumn, rows: Iterable[tuple[str, str]]) -> list[bytes]:
        """Sealed values of ``(row id, value)`` pairs, in order."""
        header, cipher = self.header, self._ciphers[self.key_ids[0]]
        values = []
        for row_id, text in rows:
            plain = text.encode()
            if len(plain) > MAX_SEALED_TEXT:
                raise ValueError(f"a value of {len(plain)} bytes is too long to seal")
            nonce = os.urandom(_NONCE_BYTES)
            values.append(header + nonce + cipher.encrypt(nonce, plain, _associated(header, column, row_id)))
        return values

    def open_many(self, column: SealedColumn, rows: Iterable[tuple[str, bytes]]) -> list[str]:
        """Plain values of ``(row id, sealed value)`` pairs, in order. Raises SealBroken at the first that is bad."""
        return [self._open(column, row_id, bytes(sealed)) for row_id, sealed in rows]

    def needs_resealing(self, sealed: bytes) -> bool:
        """Whether the value is sealed with a key that no longer seals. Says nothing about its being whole."""
        return not bytes(sealed).startswith(self.header)

    def file_cipher(self, header: bytes, salt: bytes) -> AESGCM:
        """A cipher for one file, its key derived from the header's: a file needs many nonces, a key of its own has them."""
        key = self._keys.get(_key_id(header))
        if key is None:
            raise SealKeyUnknown(f"no key {_key_id(header)!r}")
        return AESGCM(hmac.digest(key, b"chassis.file\0" + salt, "sha256"))

    def _open(self, column: SealedColumn, row_id: str, sealed: bytes) -> str:
        header = header_of(sealed)
        cipher = self._ciphers.get(_key_id(header))
        if cipher is None:
            raise SealKeyUnknown(f"{column.name}: no key {_key_id(header)!r}")
        nonce, body = sealed[len(header) : len(header) + _NONCE_BYTES], sealed[len(header) + _NONCE_BYTES :]
        if len(body) < TAG_BYTES:
            raise SealBroken(f"{column.name}: too short")
        try:
            return cipher.decrypt(nonce, body, _associated(header, column, row_id)).decode()
        except InvalidTag:
            raise SealBroken(f"{column.name}: altered, or of another row") from None


class BlindIndex:
    """Keyed hashes of values, so that an exact value can be found without opening any. Different for each column."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the index key has {KEY_BYTES} bytes")
        self._key = key

    def __repr__(self) -> str:
        return "BlindIndex(***)"

    def of(self, column: SealedColumn, text: str) -> bytes:
        """32 bytes for the normalised text. Raises ValueError for an empty one: all who lack a value would be alike."""
        normal = column.normalise(text)
        if not normal:
            raise ValueError(f"{column.name}: nothing to index")
        return hmac.digest(self._key, column.name.encode() + b"\0" + normal.encode(), "sha256")


def header_of(sealed: bytes) -> bytes:
    """What a sealed value or file begins with: version and key id. Raises SealBroken when it does not."""
    header = sealed[: 2 + sealed[1]] if len(sealed) > 2 else b""
    if not header or header[0] != _VERSION or _KEY_ID.fullmatch(_key_id(header)) is None:
        raise SealBroken("not a sealed value")
    return header


def _key_id(header: bytes) -> str:
    return header[2:].decode("ascii", "replace")


def _associated(header: bytes, column: SealedColumn, row_id: str) -> bytes:
    """What the seal covers beside the value. A column has no colon, so no two places share one text."""
    if not row_id:
        raise ValueError(f"{column.name}: a seal needs the row's id")
    return header + f"{column.name}:{row_id}".encode()
