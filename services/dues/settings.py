"""What the dues service is told at its start."""

from __future__ import annotations

import dataclasses
from typing import Annotated, ClassVar

from services.chassis.settings import ServiceSettings, Variable, address, one_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class DuesSettings(ServiceSettings):
    """Dues' own settings; the merchant's keys are read by ``providers.wechat_settings``."""

    service: ClassVar[str] = "dues"

    public_url: Annotated[
        str,
        Variable(
            "PUBLIC_URL", address("http", "https"), "the address under which WeChat reaches the gateway's notices."
        ),
    ]
    wechat_mode: Annotated[
        str, Variable("WECHAT_MODE", one_of("simulated", "real"), "simulated, or real beside real merchant keys.")
    ]

    @property
    def simulated(self) -> bool:
        """Whether money is play money; receipts then say so."""
        return self.wechat_mode == "simulated"
