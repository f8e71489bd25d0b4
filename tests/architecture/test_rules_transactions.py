"""Rules 4 and 5 of the house: one transaction, the only commit in the chassis, and no talk to the outside while one is open."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

import pytest

from tests.architecture.source import PRODUCT, Source, sources

COMMITTERS = frozenset(
    {
        "services/chassis/database.py",
        "services/chassis/migrate.py",
        "services/chassis/alembic_environment/env.py",
    }
)
NETWORK = frozenset(
    {
        "PaymentProvider",
        "WechatPay",
        "BillProvider",
        "WechatBills",
        "WechatSignInClient",
        "WechatSignIn",
        "SignInProvider",
    }
)
FILES = frozenset({"BlobStore", "FolderStore"})
"""Ports to the outside and their adapters, by the name of their type."""


def ports_kept_from(source: Source) -> frozenset[str]:
    """The network's ports everywhere; files too, but in a ``jobs.py``: the jobs process reads its folder where it works."""
    return NETWORK if source.path.endswith("/jobs.py") else NETWORK | FILES


OPENS_TRANSACTIONS = frozenset({"run", "read"})
"""The methods of a desk: what they are handed runs with a transaction open."""


def only_the_chassis_commits(files: Iterable[Source]) -> list[str]:
    """A savepoint (``begin_nested``) is a part of the one transaction and may stand."""
    found = []
    for source in files:
        if source.path in COMMITTERS:
            continue
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and node.attr in ("commit", "rollback", "create_engine"):
                found.append(source.at(node.lineno, f".{node.attr} outside the chassis' database"))
            if isinstance(node, ast.Attribute) and node.attr == "begin" and _is_connection(node.value):
                found.append(source.at(node.lineno, f".{node.attr}: a use case opens no transaction"))
    return found


def _is_connection(node: ast.expr) -> bool:
    text = ast.unparse(node)
    return text.split(".")[-1] in ("db", "connection", "engine")


def parameters(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Name and annotated type of each parameter, without its module and without ``| None``."""
    for one in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        kind = ast.unparse(one.annotation) if one.annotation else ""
        yield one.arg, kind.strip("'\"").split(" | ")[0].rpartition(".")[2]


def no_provider_with_a_transaction_open(files: Iterable[Source]) -> list[str]:
    """A function that gets a ``Work`` gets no port to the outside; what a desk runs reaches none from around it."""
    found = []
    for source in files:
        for function in (node for node in source.nodes if isinstance(node, ast.FunctionDef)):
            outside = ports_kept_from(source)
            ports = {name for name, kind in parameters(function) if kind in outside}
            if ports and any(kind == "Work" for _, kind in parameters(function)):
                found.append(source.at(function.lineno, f"{function.name} holds a transaction and {', '.join(ports)}"))
            found += _closures(source, function, ports)
    return found


def _closures(source: Source, function: ast.FunctionDef, ports: set[str]) -> Iterator[str]:
    for node in ast.walk(function):
        is_nested = isinstance(node, ast.FunctionDef) and node is not function
        if is_nested and any(kind == "Work" for _, kind in parameters(node)) and _mentions(node, ports):  # type: ignore[arg-type]
            yield source.at(node.lineno, "a transaction reaches a port from around it")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OPENS_TRANSACTIONS:
            handed = node.args[:1]
            if any(isinstance(one, ast.Lambda | ast.Call) and _mentions(one, ports) for one in handed):
                yield source.at(node.lineno, "a transaction reaches a port from around it")


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(one, ast.Name) and one.id in names for one in ast.walk(node))


NEAR_JOBS = frozenset({"FolderStore", "LastPlan"})
"""What a jobs class may touch with a transaction open: its own folder, and its own memory, which is no outside."""


def _built(kept: ast.Call) -> set[str]:
    """The names that are called to build what is kept."""
    return {
        ast.unparse(node.func) for argument in kept.args for node in ast.walk(argument) if isinstance(node, ast.Call)
    } or {ast.unparse(kept)}


def answers_hand_over_one_thing(files: Iterable[Source]) -> list[str]:
    """An entrypoint that gets a ``Work`` never touches a port kept on the service itself; a jobs class, what is near."""
    found = []
    for source in files:
        for kind in (node for node in source.nodes if isinstance(node, ast.ClassDef)):
            kept = {
                target.id
                for statement in kind.body
                if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Call)
                if ast.unparse(statement.value.func).rpartition(".")[2] == "Kept"
                if not ("ChassisJobs" in map(ast.unparse, kind.bases) and _built(statement.value) <= NEAR_JOBS)
                for target in statement.targets
                if isinstance(target, ast.Name)
            }
            for function in (node for node in kind.body if isinstance(node, ast.FunctionDef)):
                if not any(type_ == "Work" for _, type_ in parameters(function)):
                    continue
                found += [
                    source.at(node.lineno, f"{function.name} uses self.{node.attr} with a transaction open")
                    for node in ast.walk(function)
                    if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self" and node.attr in kept
                ]
    return found


AREAS = tuple(one for one in sources("services") if not one.path.startswith("services/c"))
"""The services themselves: contracts and chassis left out."""


def test_the_only_commit_is_in_the_chassis() -> None:
    assert only_the_chassis_commits(one for one in sources(*PRODUCT) if not one.path.startswith("deploy/local")) == []


def test_the_places_that_commit_are_still_those_named_here() -> None:
    committing = {one.path for one in sources("services") if ".commit()" in one.text}
    assert committing == COMMITTERS


def test_no_provider_is_called_while_a_transaction_is_open() -> None:
    assert no_provider_with_a_transaction_open(AREAS) == []
    assert answers_hand_over_one_thing(AREAS) == []


def test_the_rule_sees_the_ports_there_are() -> None:
    """Were a port renamed, the rule above would look past it."""
    defined = {node.name for one in AREAS for node in one.nodes if isinstance(node, ast.ClassDef)}
    assert {"PaymentProvider", "WechatPay", "BillProvider", "WechatBills", "WechatSignInClient"} <= defined & NETWORK
    typed = {kind for one in AREAS for node in one.nodes if isinstance(node, ast.FunctionDef)
             for _, kind in parameters(node)}  # fmt: skip
    assert "PaymentProvider" in typed
    assert "BlobStore" in typed


PLANTED = [
    (only_the_chassis_commits, "def f(work):\n    work.db.commit()"),
    (only_the_chassis_commits, "def f(session):\n    session.rollback()"),
    (only_the_chassis_commits, "def f(work):\n    with work.db.begin():\n        pass"),
    (only_the_chassis_commits, "import sqlalchemy as sa\nengine = sa.create_engine('x')"),
    (no_provider_with_a_transaction_open, "def f(work: Work, request: R, provider: PaymentProvider): ..."),
    (no_provider_with_a_transaction_open, "def f(work: Work, files: 'BlobStore | None'): ..."),
    (
        no_provider_with_a_transaction_open,
        "def f(desk: Desk, provider: PaymentProvider):\n"
        "    def inside(work: Work, _):\n        provider.prepay(1)\n    desk.run(inside, None)",
    ),
    (
        no_provider_with_a_transaction_open,
        "def f(desk: Desk, provider: PaymentProvider):\n    desk.run(lambda work, _: provider.prepay(1), None)",
    ),
    (
        no_provider_with_a_transaction_open,
        "def f(desk: Desk, provider: PaymentProvider):\n    desk.run(partial(place, provider), None)",
    ),
    (
        answers_hand_over_one_thing,
        "class S:\n    payments = Kept(A, b)\n"
        "    def place(self, work: Work, request):\n        return placing.place(work, self.payments)",
    ),
    (
        answers_hand_over_one_thing,
        "class J(ChassisJobs):\n    payments = Kept(A, lambda settings: WechatPay(settings))\n"
        "    def settle(self, work: Work, request):\n        return settling.settle(work, self.payments)",
    ),
]


@pytest.mark.parametrize(("rule", "text"), PLANTED, ids=lambda value: getattr(value, "__name__", "")[:60])
def test_a_planted_transaction_is_found(rule, text: str) -> None:  # type: ignore[no-untyped-def]
    assert rule([Source("services/dues/planted.py", text)])


def test_an_errand_that_talks_first_and_writes_then_is_not_found() -> None:
    text = (
        "def f(desk: Desk, request: R, provider: PaymentProvider):\n"
        "    order = desk.read(closing.payable_order, request.id)\n"
        "    answer = provider.prepay(order)\n    return desk.run(closing.record, Prepared(order, answer))"
    )
    assert no_provider_with_a_transaction_open([Source("services/dues/errands.py", text)]) == []
