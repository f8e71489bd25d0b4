"""WeChat Pay's trade bill, APIv3: applied for with a signed answer, then downloaded from the address in it.

The download is the one answer that WeChat does not sign: the hash in the signed answer stands for it. So the address must be
WeChat's own, nothing follows a redirect, and the bytes are worth nothing until their hash agrees.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http import HTTPStatus
from urllib.parse import urlsplit

from services.chassis.clock import Clock
from services.dues.providers.bills import BillOffer
from services.dues.providers.payments import ProviderUnavailable
from services.dues.providers.wechat_settings import WechatPaySettings
from services.dues.providers.wechat_transport import WechatTransport, refusal
from services.dues.providers.wechat_trust import WechatTrust

NO_TRADE_CODES = frozenset({"NO_STATEMENT_EXIST", "NO_STATEMENT_EXISTS"})
DOWNLOAD_PATH = "/v3/billdownload/file"
MAX_PACKED_BYTES = 256 * 1024 * 1024
"""A million rows are some 60 MiB packed."""
MAX_ADDRESS_CHARACTERS = 2_048
_SHA1 = re.compile(r"[0-9a-fA-F]{40}", re.ASCII)


class WechatBills:
    """One merchant's bills. ``clock`` runs on real time, as for ``WechatPay``."""

    def __init__(self, settings: WechatPaySettings, clock: Clock) -> None:
        trust = WechatTrust(
            key_id=settings.platform_public_key_id,
            public_key_pem=settings.platform_public_key_pem,
            api_v3_key=settings.api_v3_key,
        )
        self._transport = WechatTransport(settings, trust, clock)
        self._api_url = settings.api_url
        self.merchant_id, self.app_id = settings.merchant_id, settings.app_id

    def find_bill(self, day: date) -> BillOffer | None:
        path = f"/v3/bill/tradebill?bill_date={day.isoformat()}&bill_type=ALL&tar_type=GZIP"
        answer = self._transport.ask("find_bill", "GET", path)
        if answer.status >= HTTPStatus.BAD_REQUEST:
            if answer.content["code"] in NO_TRADE_CODES:
                return None
            raise refusal(answer)
        url, sha1 = answer.content.get("download_url"), answer.content.get("hash_value")
        if answer.content.get("hash_type") != "SHA1" or not isinstance(sha1, str) or not _SHA1.fullmatch(sha1):
            raise ProviderUnavailable("malformed")
        path = self._own_path(url)

        @contextmanager
        def opened() -> Iterator[Iterator[bytes]]:
            with self._transport.download("download_bill", path, MAX_PACKED_BYTES) as blocks:
                yield blocks

        return BillOffer(sha1.lower(), opened)

    def _own_path(self, url: object) -> str:
        """Path and query of a download address of WeChat's own. Raises ProviderUnavailable for a stranger's."""
        if not isinstance(url, str) or len(url) > MAX_ADDRESS_CHARACTERS or not url.isascii():
            raise ProviderUnavailable("malformed")
        if any(letter.isspace() for letter in url):
            raise ProviderUnavailable("malformed")
        found, own = urlsplit(url), urlsplit(self._api_url)
        if (found.scheme, found.netloc) != (own.scheme, own.netloc) or found.path != own.path + DOWNLOAD_PATH:
            raise ProviderUnavailable("untrusted")
        return f"{DOWNLOAD_PATH}?{found.query}"
