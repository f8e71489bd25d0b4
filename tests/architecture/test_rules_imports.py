"""Rules 1, 2, 3 and 5 of the house: who may import what."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

import pytest

from tests.architecture.source import PRODUCT, Import, Source, sources

STANDARD = frozenset(sys.stdlib_module_names)
OURS = ("services", "gateway", "deploy", "tests")
LEAF_MODULES = frozenset(
    {"settings", "ids", "clock", "sealed", "blobs", "limits", "logging", "tracing", "metrics", "health", "access"}
)
"""The part of the chassis that knows no framework: the gateway's threads use it as the services' greenlets do."""
FRAMEWORKS = frozenset({"nameko", "eventlet", "sqlalchemy", "alembic", "psycopg2"})
BROKER_MODULES = frozenset({"dead_letters", "declare", "entrypoints", "relay"})
"""The modules and folders of the chassis that speak to the broker."""
PROXIES = frozenset({"RpcProxy", "ClusterRpcProxy", "ServiceRpc", "ClusterRpc", "ServiceRpcClient", "ClusterRpcClient"})


def parts_of(module: str) -> tuple[str, str]:
    """``services.dues.orders`` as ("services", "dues")."""
    top, _, rest = module.partition(".")
    return top, rest.partition(".")[0]


def named_by(one: Import) -> Iterable[str]:
    """The modules an import takes: ``from services import dues`` takes services.dues."""
    if one.module in OURS:
        return [f"{one.module}.{name}" for name in one.names] or [one.module]
    return [one.module]


def contracts_import_only_marshmallow(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        for one in source.imports:
            own = one.module == "services.contracts" or one.module.startswith("services.contracts.")
            if not (own or one.top in STANDARD or one.top == "marshmallow"):
                found.append(source.at(one.line, f"contracts import {one.module}"))
    return found


def services_import_no_neighbour(files: Iterable[Source]) -> list[str]:
    """The chassis takes contracts; a service takes contracts, chassis and itself."""
    found = []
    for source in files:
        area = parts_of(source.module)[1]
        allowed = {"contracts", "chassis", area} if area != "chassis" else {"contracts", "chassis"}
        for one in source.imports:
            for module in named_by(one):
                top, part = parts_of(module)
                if top in ("gateway", "deploy", "tests") or (top == "services" and part not in allowed):
                    found.append(source.at(one.line, f"{area} imports {module}"))
    return found


def gateway_imports_no_service(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        for one in source.imports:
            for module in named_by(one):
                top, part = parts_of(module)
                if top in FRAMEWORKS or top in ("deploy", "tests"):
                    found.append(source.at(one.line, f"the gateway imports {module}"))
                elif top == "services" and part not in ("contracts", "chassis"):
                    found.append(source.at(one.line, f"the gateway imports the service {module}"))
                elif module == "services.chassis" and not set(one.names) <= LEAF_MODULES:
                    found.append(source.at(one.line, f"the gateway imports {module}: {', '.join(one.names)}"))
                elif module.startswith("services.chassis.") and module.split(".")[2] not in LEAF_MODULES:
                    found.append(source.at(one.line, f"the gateway imports {module}"))
    return found


def leaf_modules_know_no_framework(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        if source.module.rpartition(".")[2] not in LEAF_MODULES:
            continue
        for one in source.imports:
            taken = set(one.names) if one.module == "services.chassis" else set()
            if one.module.startswith("services.chassis."):
                taken.add(one.module.split(".")[2])
            if one.top in FRAMEWORKS or one.top == "kombu" or not taken <= LEAF_MODULES:
                found.append(source.at(one.line, f"a leaf module of the chassis imports {one.module}"))
    return found


def services_call_no_service(files: Iterable[Source]) -> list[str]:
    """No RPC client and no producer of messages outside the chassis; no proxy anywhere; no packing of calls."""
    found = []
    for source in files:
        place = source.module.split(".")
        chassis_door = place[:2] == ["services", "chassis"] and place[2:3] and place[2] in BROKER_MODULES
        for one in source.imports:
            if one.top in ("kombu", "amqp") and not chassis_door:
                found.append(source.at(one.line, f"speaks to the broker through {one.module}"))
            if one.reaches("nameko.rpc") and (not chassis_door or PROXIES.intersection(one.names)):
                found.append(source.at(one.line, "takes nameko's RPC"))
            if one.reaches("nameko.standalone") or PROXIES.intersection(one.names):
                found.append(source.at(one.line, "takes a client of other services"))
            if "pack_call" in one.names:
                found.append(source.at(one.line, "packs a call: only the gateway calls"))
    return found


SERVICE_ROOM = re.compile(r"services/[a-z]+/service(/[a-z_]+)?\.py")
"""A service's table of contents: ``service.py``, or the folder of that name."""


def framework_stays_at_the_edge(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        at_edge = source.path.startswith("services/chassis/") or SERVICE_ROOM.match(source.path) is not None
        found += [
            source.at(one.line, f"imports {one.module} outside the chassis and a service's table of contents")
            for one in source.imports
            if one.top in ("nameko", "eventlet") and not at_edge
        ]
    return found


def domain_imports_values_only(files: Iterable[Source]) -> list[str]:
    found = []
    for source in files:
        own = ".".join(source.module.split(".")[:3])
        for one in source.imports:
            values = one.module == "services.contracts.values"
            if not (one.top in STANDARD or values or one.module == own or one.module.startswith(own + ".")):
                found.append(source.at(one.line, f"a domain imports {one.module}"))
    return found


SERVICES = sources("services")
DOMAINS = tuple(one for one in SERVICES if "/domain/" in one.path)


def test_contracts_import_the_standard_library_and_marshmallow_only() -> None:
    assert contracts_import_only_marshmallow(sources("services/contracts")) == []


def test_no_service_imports_another_and_the_chassis_imports_none() -> None:
    parts = [one for one in SERVICES if parts_of(one.module)[1] not in ("", "contracts")]
    assert {parts_of(one.module)[1] for one in parts} >= {"chassis", "members", "dues"}
    assert services_import_no_neighbour(parts) == []


def test_the_gateway_imports_contracts_and_leaf_modules_only() -> None:
    assert gateway_imports_no_service(sources("gateway")) == []


def test_the_leaf_modules_of_the_chassis_know_no_framework() -> None:
    assert {one.module.rpartition(".")[2] for one in sources("services/chassis")} >= LEAF_MODULES
    assert leaf_modules_know_no_framework(sources("services/chassis")) == []


def test_a_service_has_no_client_of_another_service() -> None:
    assert services_call_no_service(SERVICES) == []


def test_nameko_and_eventlet_are_imported_at_the_edge_only() -> None:
    assert framework_stays_at_the_edge(sources(*PRODUCT)) == []


def test_a_domain_imports_the_standard_library_and_values_only() -> None:
    assert len(DOMAINS) > 10
    assert domain_imports_values_only(DOMAINS) == []


PLANTED = [
    (contracts_import_only_marshmallow, "services/contracts/x.py", "import orjson"),
    (contracts_import_only_marshmallow, "services/contracts/dues/x.py", "from services.chassis.ids import new_id"),
    (contracts_import_only_marshmallow, "services/contracts/x.py", "def f():\n    import sqlalchemy"),
    (services_import_no_neighbour, "services/dues/x.py", "from services.members.storage import tables"),
    (services_import_no_neighbour, "services/dues/x.py", "from services import members"),
    (services_import_no_neighbour, "services/dues/x.py", "from ..members import reach"),
    (services_import_no_neighbour, "services/chassis/x.py", "import services.dues.owed"),
    (services_import_no_neighbour, "services/dues/x.py", "from gateway.http import Request"),
    (gateway_imports_no_service, "gateway/x.py", "from services.dues.domain import rates"),
    (gateway_imports_no_service, "gateway/x.py", "import nameko.rpc"),
    (gateway_imports_no_service, "gateway/x.py", "from eventlet import spawn"),
    (gateway_imports_no_service, "gateway/x.py", "import sqlalchemy as sa"),
    (gateway_imports_no_service, "gateway/x.py", "from services.chassis.database import Database"),
    (gateway_imports_no_service, "gateway/x.py", "from services.chassis import core"),
    (leaf_modules_know_no_framework, "services/chassis/ids.py", "import eventlet"),
    (leaf_modules_know_no_framework, "services/chassis/health.py", "from services.chassis.database import Database"),
    (leaf_modules_know_no_framework, "services/chassis/health.py", "from services.chassis import core"),
    (services_call_no_service, "services/dues/x.py", "from nameko.rpc import RpcProxy"),
    (services_call_no_service, "services/dues/service.py", "from nameko.rpc import rpc"),
    (services_call_no_service, "services/chassis/entrypoints.py", "from nameko.rpc import ServiceRpc"),
    (services_call_no_service, "services/dues/x.py", "from nameko.standalone.rpc import ClusterRpcProxy"),
    (services_call_no_service, "services/dues/x.py", "import kombu"),
    (services_call_no_service, "services/chassis/once.py", "from kombu import Producer"),
    (services_call_no_service, "services/dues/x.py", "from services.contracts.envelope import pack_call"),
    (framework_stays_at_the_edge, "services/dues/orders/x.py", "from nameko.timer import timer"),
    (framework_stays_at_the_edge, "services/dues/orders/service.py", "import eventlet"),
    (framework_stays_at_the_edge, "services/dues/orders/service/jobs.py", "import eventlet"),
    (framework_stays_at_the_edge, "services/dues/service/jobs/inner.py", "import eventlet"),
    (framework_stays_at_the_edge, "gateway/x.py", "import eventlet"),
    (domain_imports_values_only, "services/dues/domain/x.py", "from services.contracts.wire import message"),
    (domain_imports_values_only, "services/dues/domain/x.py", "from services.dues.storage import tables"),
    (domain_imports_values_only, "services/dues/domain/x.py", "from services.members.domain import names"),
    (domain_imports_values_only, "services/members/domain/x.py", "import stdnum.cn.ric"),
]


@pytest.mark.parametrize(
    ("rule", "path", "text"), PLANTED, ids=lambda value: getattr(value, "__name__", str(value))[:60]
)
def test_a_planted_import_is_found(rule, path: str, text: str) -> None:  # type: ignore[no-untyped-def]
    found = rule([Source(path, text)])
    assert found
    assert found[0].startswith(path + ":")


ALLOWED = [
    (
        contracts_import_only_marshmallow,
        "services/contracts/x.py",
        "from services.contracts.values import Fen\nimport re",
    ),
    (services_import_no_neighbour, "services/dues/x.py", "from services.contracts.members import messages"),
    (gateway_imports_no_service, "gateway/x.py", "from services.chassis.ids import new_id\nimport falcon, kombu"),
    (gateway_imports_no_service, "gateway/x.py", "from services.chassis import metrics, tracing"),
    (
        services_call_no_service,
        "services/chassis/entrypoints.py",
        "from nameko.rpc import Rpc, RpcConsumer\nimport kombu",
    ),
    (framework_stays_at_the_edge, "services/dues/service.py", "from nameko.extensions import DependencyProvider"),
    (framework_stays_at_the_edge, "services/dues/service/jobs.py", "import eventlet"),
    (domain_imports_values_only, "services/dues/domain/x.py", "from services.dues.domain.refusal import refuse"),
]


@pytest.mark.parametrize(
    ("rule", "path", "text"), ALLOWED, ids=lambda value: getattr(value, "__name__", str(value))[:60]
)
def test_what_the_rules_allow_is_not_found(rule, path: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert rule([Source(path, text)]) == []
