"""Files are kept durably under keys of the store's own making, sealed, bounded, and open only unaltered."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from services.chassis import blobs
from services.chassis.blobs import CHUNK_BYTES, BlobMissing, BlobTooLarge, FolderStore
from services.chassis.sealed import KeyRing, SealBroken, SealKeyUnknown

RING = KeyRing([("k1", bytes(range(32)))])
ROSTER = "张三,510723199001011234,13812345678\n".encode() * 10
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7]
LIMIT = 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "blobs", RING)


class Drip(io.RawIOBase):
    """A socket that gives a few bytes at a time, and can be endless or break."""

    def __init__(self, size: float, breaks_at: float = float("inf")) -> None:
        self.given, self._size, self._breaks_at = 0, size, breaks_at

    def read(self, size: int = -1) -> bytes:
        if self.given >= self._breaks_at:
            raise ConnectionResetError
        part = min(1_000, size, int(min(self._size - self.given, 1_000)))
        self.given += part
        return b"x" * part


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ring", [RING, None])
def test_what_was_put_is_read_again(tmp_path: Path, size: int, ring: KeyRing | None) -> None:
    store, content = FolderStore(tmp_path, ring), os.urandom(size)
    kept = store.put(content, XLSX, LIMIT)
    assert (kept.size_bytes, kept.sha256, kept.media_type) == (size, hashlib.sha256(content).hexdigest(), XLSX)
    assert store.read(kept.key, LIMIT) == content
    with store.open(kept.key) as stream:
        assert b"".join(iter(lambda: stream.read(10_007), b"")) == content


def test_a_stream_that_gives_little_at_a_time_is_kept_whole(store: FolderStore) -> None:
    kept = store.put(cast(BinaryIO, Drip(200_000)), "text/plain", LIMIT)
    assert store.read(kept.key, LIMIT) == b"x" * 200_000


def test_the_bound_is_exact(store: FolderStore) -> None:
    assert store.put(b"x" * 1_000, "text/plain", 1_000).size_bytes == 1_000
    with pytest.raises(BlobTooLarge):
        store.put(b"x" * 1_001, "text/plain", 1_000)


def test_an_endless_upload_is_stopped_and_leaves_nothing(store: FolderStore, tmp_path: Path) -> None:
    endless = Drip(float("inf"))
    with pytest.raises(BlobTooLarge):
        store.put(cast(BinaryIO, endless), "text/plain", LIMIT)
    assert endless.given <= LIMIT + 2 * CHUNK_BYTES
    assert files_below(tmp_path) == []


def test_an_upload_that_breaks_off_leaves_nothing(store: FolderStore, tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        store.put(cast(BinaryIO, Drip(10**9, breaks_at=300_000)), "text/plain", 10**9)
    assert files_below(tmp_path) == []


def test_a_full_disk_leaves_nothing(store: FolderStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(blobs.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(ROSTER, XLSX, LIMIT)
    assert files_below(tmp_path) == []


def test_nothing_is_visible_before_it_is_whole_and_synced(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(blobs.os, "fsync", noted)
    key = store.put(ROSTER, XLSX, LIMIT).key
    content, *folders = [Path(path) for path in synced]
    assert (content.parent.name, content.name) == ("unfinished", key)
    assert folders[-1].name == key[:2]


@pytest.mark.parametrize(
    "key",
    [
        "",
        "..",
        "../../etc/passwd",
        "/etc/passwd",
        "ab/" + "0" * 29,
        "0" * 31,
        "0" * 33,
        "0" * 32 + "\n",
        "A" * 32,
        "\uff10" * 32,
        "0" * 31 + "\0",
        "unfinished",
    ],
)
def test_no_key_leads_out_of_the_folder(store: FolderStore, tmp_path: Path, key: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("stays")
    with pytest.raises(BlobMissing):
        store.open(key)
    with pytest.raises(BlobMissing):
        store.read(key, LIMIT)
    store.delete(key)
    assert outside.read_text() == "stays"


@pytest.mark.parametrize(
    "media_type", ["", "text", "text/html\r\nX: 1", "text/html; charset=utf-8", "a/" + "b" * 200, "/"]
)
def test_a_media_type_is_one_or_refused(store: FolderStore, media_type: str) -> None:
    with pytest.raises(ValueError, match="media type"):
        store.put(b"", media_type, LIMIT)


def test_keys_are_random_and_files_belong_to_this_user_alone(store: FolderStore, tmp_path: Path) -> None:
    keys = {store.put(b"same", "text/plain", LIMIT).key for _ in range(50)}
    assert len(keys) == 50
    for path in (tmp_path / "blobs").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_a_roster_on_the_disk_shows_no_identity_number(store: FolderStore, tmp_path: Path) -> None:
    store.put(ROSTER, XLSX, LIMIT)
    assert not any(b"510723199001011234" in path.read_bytes() for path in files_below(tmp_path))


def test_twin_without_a_key_ring_the_roster_lies_open(tmp_path: Path) -> None:
    FolderStore(tmp_path, None).put(ROSTER, XLSX, LIMIT)
    assert any(b"510723199001011234" in path.read_bytes() for path in files_below(tmp_path))


def _path(store: FolderStore, key: str) -> Path:
    return store._path(key)


def test_no_altered_byte_is_given_out(store: FolderStore) -> None:
    key = store.put(ROSTER, XLSX, LIMIT).key
    whole = _path(store, key).read_bytes()
    for position in range(0, len(whole), 3):
        _path(store, key).write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        with pytest.raises(SealBroken):
            store.read(key, LIMIT)


def test_a_file_cut_at_a_chunks_edge_or_with_chunks_exchanged_does_not_open(store: FolderStore) -> None:
    key = store.put(os.urandom(3 * CHUNK_BYTES), XLSX, LIMIT).key
    whole, start, step = _path(store, key).read_bytes(), 4 + 16, CHUNK_BYTES + 16
    head, chunks = whole[:start], [whole[start + number * step :][:step] for number in range(3)]
    for wrong in ([], chunks[:1], chunks[:2], [chunks[1], chunks[0], chunks[2]], [*chunks, chunks[2]], [chunks[2]]):
        _path(store, key).write_bytes(head + b"".join(wrong))
        with pytest.raises(SealBroken):
            store.read(key, LIMIT)
    _path(store, key).write_bytes(b"".join([head, *chunks]))
    assert len(store.read(key, LIMIT)) == 3 * CHUNK_BYTES


def _exchange(store: FolderStore) -> bytes:
    mine, theirs = store.put(b"mine", "text/plain", LIMIT).key, store.put(b"theirs", "text/plain", LIMIT).key
    _path(store, theirs).replace(_path(store, mine))
    return store.read(mine, LIMIT)


def test_one_file_in_the_place_of_another_does_not_open(store: FolderStore) -> None:
    with pytest.raises(SealBroken):
        _exchange(store)


def test_twin_without_a_key_ring_an_exchange_is_unnoticed(tmp_path: Path) -> None:
    assert _exchange(FolderStore(tmp_path, None)) == b"theirs"


def test_a_file_that_nobody_sealed_does_not_open(store: FolderStore, tmp_path: Path) -> None:
    key = FolderStore(tmp_path / "blobs", None).put(ROSTER, XLSX, LIMIT).key
    with pytest.raises(SealBroken):
        store.open(key)


def test_files_open_after_the_keys_were_turned_and_not_without_their_key(store: FolderStore, tmp_path: Path) -> None:
    key = store.put(ROSTER, XLSX, LIMIT).key
    turned = KeyRing([("k2", bytes(32)), ("k1", bytes(range(32)))])
    assert FolderStore(tmp_path / "blobs", turned).read(key, LIMIT) == ROSTER
    with pytest.raises(SealKeyUnknown):
        FolderStore(tmp_path / "blobs", KeyRing([("k2", bytes(32))])).read(key, LIMIT)


def test_reading_is_bounded(store: FolderStore) -> None:
    key = store.put(b"x" * 1_000, "text/plain", LIMIT).key
    with pytest.raises(BlobTooLarge):
        store.read(key, 999)


def test_a_deleted_blob_is_gone_and_deleting_twice_is_once(store: FolderStore) -> None:
    key = store.put(ROSTER, XLSX, LIMIT).key
    store.delete(key)
    store.delete(key)
    with pytest.raises(BlobMissing):
        store.read(key, LIMIT)


def test_a_start_clears_what_killed_uploads_left_and_nothing_younger(store: FolderStore, tmp_path: Path) -> None:
    left, running = tmp_path / "blobs/unfinished/left", tmp_path / "blobs/unfinished/running"
    left.write_bytes(b"half")
    running.write_bytes(b"half")
    os.utime(left, (time.time() - 2 * 86_400,) * 2)
    kept = store.put(ROSTER, XLSX, LIMIT).key
    FolderStore(tmp_path / "blobs", RING)
    assert (left.exists(), running.exists(), store.read(kept, LIMIT)) == (False, True, ROSTER)


def test_no_file_stays_open(store: FolderStore) -> None:
    key = store.put(os.urandom(200_000), XLSX, LIMIT).key
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        with store.open(key) as stream:
            stream.read(10)
        with pytest.raises(BlobMissing):
            store.open("0" * 32)
    assert len(os.listdir("/proc/self/fd")) == before
