"""The day bill's way from WeChat: whom to believe, how much to take, and that a hash stands for every byte."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from deploy.wechat_simulator.signing import Seal
from services.chassis.clock import FixedClock
from services.dues.domain.trade_bill import BillFault, BillRefused
from services.dues.providers import wechat_bills
from services.dues.providers.payments import ProviderRefused, ProviderUnavailable
from services.dues.providers.wechat_bills import WechatBills
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.reconciliation.bill_files import Incoming, unpacked
from tests.fakes.scripted_server import Asked, Reply, ScriptedServer, scripted_server
from tests.unit.dues.providers.conftest import NOW

DAY = date(2026, 11, 23)
BILL = "交易时间,…\r\n".encode() * 5_000
SHA1 = hashlib.sha1(BILL, usedforsecurity=False).hexdigest()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def bills(settings: WechatPaySettings, clock: FixedClock, server: ScriptedServer) -> WechatBills:
    return WechatBills(replace(settings, api_url=server.url), clock)


def signed(seal: Seal, value: Any, status: int = 200) -> Reply:
    body = json.dumps(value).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    return Reply(status, headers | seal.headers(body, now=NOW), body)


def scripted(server: ScriptedServer, seal: Seal, file: Reply, **changed: Any) -> None:
    offer = {"hash_type": "SHA1", "hash_value": SHA1, "download_url": f"{server.url}/v3/billdownload/file?token=t"}

    def script(asked: Asked) -> Reply:
        return file if asked.path.startswith("/v3/billdownload") else signed(seal, offer | changed)

    server.script = script


def fetched(bills: WechatBills) -> bytes:
    offer = bills.find_bill(DAY)
    assert offer is not None
    with offer.opened() as blocks:
        return io.BufferedReader(Incoming(blocks, offer.sha1)).read()


def packed() -> Reply:
    body = gzip.compress(BILL)
    return Reply(200, {"Content-Length": str(len(body))}, body)


def test_a_bill_is_applied_for_and_its_file_comes_as_it_travels(
    bills: WechatBills, server: ScriptedServer, seal: Seal
) -> None:
    scripted(server, seal, packed())
    assert b"".join(unpacked([fetched(bills)])) == BILL
    applied, downloaded = server.asked
    assert applied.path == "/v3/bill/tradebill?bill_date=2026-11-23&bill_type=ALL&tar_type=GZIP"
    assert downloaded.path == "/v3/billdownload/file?token=t"
    assert downloaded.headers["Authorization"].startswith("WECHATPAY2-SHA256-RSA2048 ")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/v3/billdownload/file?token=t",
        "{server}/elsewhere?token=t",
        "{server}@evil.example/v3/billdownload/file?token=t",
        "//evil.example/v3/billdownload/file",
        "{server}/v3/billdownload/file?token=a b",
        "{server}/v3/billdownload/file\r\nHost: evil.example",
        "",
        7,
    ],
)
def test_a_strangers_address_is_never_asked(bills: WechatBills, server: ScriptedServer, seal: Seal, url: Any) -> None:
    address = url.replace("{server}", server.url) if isinstance(url, str) else url
    scripted(server, seal, packed(), download_url=address)
    with pytest.raises(ProviderUnavailable) as caught:
        bills.find_bill(DAY)
    assert caught.value.reason in ("untrusted", "malformed")
    assert len(server.asked) == 1


def test_an_offer_without_wechats_signature_is_not_believed(bills: WechatBills, server: ScriptedServer) -> None:
    body = json.dumps({"hash_type": "SHA1", "hash_value": SHA1, "download_url": f"{server.url}/v3/billdownload/file"})
    server.script = lambda _: Reply(200, {}, body.encode())
    with pytest.raises(ProviderUnavailable, match="untrusted"):
        bills.find_bill(DAY)


@pytest.mark.parametrize("changed", [{"hash_type": "MD5"}, {"hash_value": "0"}, {"hash_value": None}])
def test_an_offer_without_a_hash_is_none(
    bills: WechatBills, server: ScriptedServer, seal: Seal, changed: dict[str, Any]
) -> None:
    scripted(server, seal, packed(), **changed)
    with pytest.raises(ProviderUnavailable, match="malformed"):
        bills.find_bill(DAY)


def test_a_day_without_trade_has_no_bill_and_one_in_the_making_is_refused(
    bills: WechatBills, server: ScriptedServer, seal: Seal
) -> None:
    server.script = lambda _: signed(seal, {"code": "NO_STATEMENT_EXIST", "message": "账单文件不存在"}, 400)
    assert bills.find_bill(DAY) is None
    server.script = lambda _: signed(seal, {"code": "STATEMENT_CREATING", "message": "账单生成中"}, 400)
    with pytest.raises(ProviderRefused) as caught:
        bills.find_bill(DAY)
    assert caught.value.code == "STATEMENT_CREATING"


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (Reply(302, {"Location": "https://evil.example/", "Content-Length": "0"}), "status"),
        (Reply(500, {"Content-Length": "0"}), "status"),
        (Reply(200, {"Content-Length": "9"}, b"short"), "connection"),
        (Reply(200, {"Content-Encoding": "gzip"}, gzip.compress(BILL)), "malformed"),
        (Reply(0), "connection"),
    ],
)
def test_a_download_that_is_no_file_of_wechats_is_asked_for_again(
    bills: WechatBills, server: ScriptedServer, seal: Seal, file: Reply, reason: str
) -> None:
    scripted(server, seal, file)
    with pytest.raises(ProviderUnavailable) as caught:
        fetched(bills)
    assert caught.value.reason == reason


def test_a_download_has_an_end(
    bills: WechatBills, server: ScriptedServer, seal: Seal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wechat_bills, "MAX_PACKED_BYTES", 100)
    scripted(server, seal, packed())
    with pytest.raises(ProviderUnavailable, match="too_large"):
        fetched(bills)


@pytest.mark.parametrize("other", [BILL + b"x", BILL[:-1], b""])
def test_bytes_that_are_not_the_hashed_ones_never_end_as_a_file(
    bills: WechatBills, server: ScriptedServer, seal: Seal, other: bytes
) -> None:
    scripted(server, seal, Reply(200, {"Content-Length": str(len(other))}, other))
    with pytest.raises(BillRefused) as caught:
        fetched(bills)
    assert caught.value.fault is BillFault.HASH_DIFFERS


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.dues.reconciliation.bill_files.MAX_UNPACKED_BYTES", 1_000_000)
    bomb = gzip.compress(b"\0" * 2_000_000)
    with pytest.raises(BillRefused) as caught:
        list(unpacked([bomb]))
    assert caught.value.fault is BillFault.TOO_LARGE


def test_a_packed_file_that_is_cut_or_carries_more_is_refused() -> None:
    whole = gzip.compress(BILL)
    for broken, fault in ((whole[:-9], BillFault.CUT_SHORT), (whole + b"more", BillFault.NOT_UNPACKED)):
        with pytest.raises(BillRefused) as caught:
            list(unpacked([broken]))
        assert caught.value.fault is fault
