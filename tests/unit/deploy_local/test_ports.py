"""Ports: free ones, the same again, and a sentence for one that was asked for and can't be had."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.failures import Refusal

NAMES = ("postgres", "amqp", "gateway")


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, 0))
        listener.listen(1)
        yield listener.getsockname()[1]


def test_ports_are_free_different_and_remembered(tmp_path: Path) -> None:
    first = ports.choose(tmp_path / "ports.json", NAMES, {})
    assert len(set(first.values())) == len(NAMES)
    assert all(port in ports.OWN_RANGE and ports.is_free(port) for port in first.values())
    assert ports.choose(tmp_path / "ports.json", NAMES, {}) == first


def test_a_remembered_port_that_somebody_took_is_chosen_anew(tmp_path: Path) -> None:
    first = ports.choose(tmp_path / "ports.json", NAMES, {})
    with socket.socket() as stranger:
        stranger.bind((ports.LOOPBACK, first["amqp"]))
        stranger.listen(1)
        second = ports.choose(tmp_path / "ports.json", NAMES, {})
    assert second["amqp"] != first["amqp"]
    assert {**second, "amqp": 0} == {**first, "amqp": 0}


def test_a_preferred_port_is_used_when_it_is_free(tmp_path: Path, taken: int) -> None:
    free = ports.choose(tmp_path / "free.json", ["gateway"], {})["gateway"]
    assert ports.choose(tmp_path / "ports.json", ["gateway"], {"gateway": [taken, free]}) == {"gateway": free}


def test_wanted_port_in_use_is_told(taken: int) -> None:
    with pytest.raises(Refusal, match=rf"Port {taken} \(GATEWAY_PORT\) is in use: stop what uses it"):
        ports.require_wanted(str(taken))


@pytest.mark.parametrize("text", ["0", "65536", "http", "-1", "８０８０"])
def test_wanted_port_that_is_no_port_is_told(text: str) -> None:
    with pytest.raises(Refusal, match="set it to a number from 1 to 65535"):
        ports.require_wanted(text)


def test_a_machine_without_a_free_port_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(Refusal, match="No free port"):
        ports.choose(tmp_path / "ports.json", NAMES, {})
