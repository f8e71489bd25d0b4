"""Generated secrets: once, whole, for their owner only, and of the form that the services ask for."""

from __future__ import annotations

import json
import stat
from pathlib import Path

from deploy.local.keys import load_or_make, write_private
from services.chassis.sealed import BlindIndex, KeyRing, decode_key


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = load_or_make(tmp_path / "secrets.json")
    assert load_or_make(tmp_path / "secrets.json") == first
    assert len(set(first.values())) == len(first)


def test_only_the_owner_reads_them(tmp_path: Path) -> None:
    load_or_make(tmp_path / "secrets.json")
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_secret_that_came_later_is_added_and_the_others_stay(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = load_or_make(file)
    file.write_text(json.dumps({name: value for name, value in first.items() if name != "TOKEN_KEY"}))
    second = load_or_make(file)
    assert {**second, "TOKEN_KEY": ""} == {**first, "TOKEN_KEY": ""}
    assert second["TOKEN_KEY"]


def test_a_half_written_file_of_an_interrupted_start_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "secrets.json.half").write_text("{")
    write_private(tmp_path / "secrets.json", "{}")
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_the_services_accept_them(tmp_path: Path) -> None:
    secrets = load_or_make(tmp_path / "secrets.json")
    ring = KeyRing.parse(secrets["SEAL_KEYS"])
    assert ring is not None
    assert BlindIndex(decode_key(secrets["INDEX_KEY"])) is not None
    assert len(decode_key(secrets["TOKEN_KEY"])) == 32
