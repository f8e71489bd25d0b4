"""What nameko finds on the services' classes, the parts that they are put together from included, against the contracts."""

from __future__ import annotations

from typing import Any

import pytest
from nameko.containers import ServiceContainer

from services.contracts import dues, members
from services.contracts.topology import LISTENERS
from services.dues.service import SERVICES as DUES
from services.members.service import SERVICES as MEMBERS

PROCESSES = DUES | MEMBERS
NOWHERE = {"AMQP_URI": "memory://", "HEARTBEAT": 20}
"""Put together and never started."""


def found_on(process: type) -> list[str]:
    """As a running process would: the methods behind its doors."""
    return sorted(door.method_name for door in ServiceContainer(process, NOWHERE).entrypoints)


@pytest.mark.parametrize(("area", "contract"), [("dues", dues), ("members", members)])
def test_each_method_of_a_contract_has_one_door_of_the_service(area: str, contract: Any) -> None:
    doors = found_on(PROCESSES[area])
    methods = set(contract.TABLE.methods)
    assert methods <= set(doors)
    assert len(doors) == len(methods) + len(LISTENERS[area])


def test_a_service_without_one_of_its_parts_would_not_answer_everything() -> None:
    service = PROCESSES["dues"]
    first, *others = service.__bases__
    lacking = type("Lacking", tuple(others), {**{key: vars(service)[key] for key in ("name", "core", "ping")}})
    missing = set(dues.TABLE.methods) - set(found_on(lacking))
    assert missing == {name for name in vars(first) if name in dues.TABLE.methods}
    assert missing
