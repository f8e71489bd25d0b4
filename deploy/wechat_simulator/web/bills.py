"""The day bill: applied for with a signed answer, then downloaded once more signed by the merchant.

A bill is made when it is applied for and kept for five minutes under a token, so that hash and file belong together.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import threading
from collections import OrderedDict
from datetime import date, datetime, timedelta

import falcon

from deploy.wechat_simulator.bill import BILL_TYPES, trade_bill
from deploy.wechat_simulator.merchant_requests import parameter_error
from deploy.wechat_simulator.records import SHANGHAI, WechatRefusal
from deploy.wechat_simulator.web.guard import write_json
from deploy.wechat_simulator.world import World

TOKEN_LIFE = timedelta(minutes=5)
MAX_KEPT = 20
OLDEST = timedelta(days=92)


class BillStore:
    """Made bills by token; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bills: OrderedDict[str, tuple[datetime, bytes]] = OrderedDict()

    def keep(self, content: bytes, now: datetime) -> str:
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._bills[token] = (now, content)
            while len(self._bills) > MAX_KEPT:
                self._bills.popitem(last=False)
        return token

    def find(self, token: str, now: datetime) -> bytes | None:
        with self._lock:
            made_at, content = self._bills.get(token, (now - 2 * TOKEN_LIFE, b""))
        return content if now - made_at < TOKEN_LIFE else None


class TradeBills:
    def __init__(self, world: World, store: BillStore) -> None:
        self._world = world
        self._store = store

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Unlike the real one it also gives the bill of today, so that a demonstration can be reconciled at once."""
        day = self._day(req.get_param("bill_date") or "")
        bill_type, tar_type = req.get_param("bill_type") or "ALL", req.get_param("tar_type")
        if bill_type not in BILL_TYPES:
            raise parameter_error("bill_type")
        if tar_type not in (None, "GZIP"):
            raise parameter_error("tar_type")
        bank, settings = self._world.bank, self._world.settings
        orders, refunds = bank.day_of(day)
        if not orders and not refunds:
            raise WechatRefusal(400, "NO_STATEMENT_EXIST", "账单文件不存在")
        content = trade_bill(
            orders,
            [(refund, bank.get_order(refund.order_no)) for refund in refunds],
            app_id=settings.app_id,
            merchant_id=settings.merchant_id,
            bill_type=bill_type,
        ).encode()
        # The hash is of the file as it is after unpacking.
        digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
        packed = gzip.compress(content) if tar_type else content
        token = self._store.keep(packed, self._world.now())
        url = f"{req.prefix}/v3/billdownload/file?token={token}"
        write_json(resp, {"hash_type": "SHA1", "hash_value": digest, "download_url": url})

    def _day(self, text: str) -> date:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise parameter_error("bill_date") from None
        today = self._world.now().astimezone(SHANGHAI).date()
        if not today - OLDEST <= day <= today:
            raise WechatRefusal(400, "INVALID_REQUEST", "账单日期须在三个月之内")
        return day


class BillDownloads:
    def __init__(self, world: World, store: BillStore) -> None:
        self._world = world
        self._store = store

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        content = self._store.find(req.get_param("token") or "", self._world.now())
        if content is None:
            raise WechatRefusal(400, "INVALID_REQUEST", "下载地址已失效，请重新申请账单")
        resp.content_type = "text/plain; charset=utf-8"
        resp.data = content
