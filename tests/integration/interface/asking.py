"""Cases for every operation of the OpenAPI document, asked of the gateway over WSGI and held against the document.

schemathesis makes what the document allows and what it forbids. A case made of nothing but chance is refused at the first look,
so most are dressed before they are sent: a caller of the story signs them, and where a well-formed id, month or key stands, one
that the county knows is put in. What is malformed stays so. Whatever a case writes is taken back.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import count as count_from
from itertools import product
from random import Random
from typing import Any

import orjson
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import CheckContext, not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.transport import Response
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from gateway.operation import XLSX
from gateway.problems import MEDIA_TYPE
from services.chassis.pages import MOST_WHOLE, cursor_of
from tests.integration.authority.conftest import Peopled
from tests.integration.authority.story import ABSENT, CALLERS, MONTH, NOBODY

ASKED = (
    "county",
    "member",
    "branch",
    "committee",
    "finance",
    "county",
    "relative",
    "system",
    "editor",
    "resident",
    NOBODY,
)
"""In turn. The county's administrator twice: what he may ask nobody else gets far with."""
MONTHS = ("2026-08", MONTH, "2026-10", "2026-01", "2025-12", "1921-01", "2199-12")
"""Around the story's present, and both ends of what a month may be."""
_NUMBERS, _TEXTS, _PATHS = (0, MOST_WHOLE), ("", "王", "\0"), ("yanting.t01",)
_SHAPES: tuple[tuple[tuple[int | str, ...], ...], ...] = (
    (_NUMBERS,),
    ((ABSENT,),),
    (_PATHS,),
    (_PATHS, (ABSENT,)),
    (_TEXTS, (ABSENT,)),
    (_NUMBERS, _TEXTS, (ABSENT,)),
)
CURSORS = tuple(cursor_of(*parts) for shape in _SHAPES for parts in product(*shape))
"""Of the shape of every list, with the values at the ends of what each part may be and past them."""
CASES = {GenerationMode.POSITIVE: 18, GenerationMode.NEGATIVE: 12}
"""Tries for each operation; one without any input has but one case."""
KEY = "Idempotency-Key"
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_LEFT_AS_MADE = 6
"""One case in so many keeps the ids that chance made, and one its token or the lack of it."""


class UndocumentedCode(Failure):
    """A refusal with a code that the document does not list for this operation and status."""


def documented_code(_ctx: CheckContext, response: Response, case: Case) -> None:
    """A problem's code stands in the document under its status, since pages decide by it."""
    if not response.headers.get("content-type", [""])[0].startswith(MEDIA_TYPE):
        return
    code = orjson.loads(response.content)["code"]
    described = case.operation.responses.find_by_status_code(response.status_code)
    if described is None or f"- `{code}`" not in described.definition["description"]:
        raise UndocumentedCode(
            operation=case.operation.label, title="Undocumented code", message=f"{response.status_code} {code}"
        )


# A workbook's content is the import job's matter; what a request decides by is its type and its length.
schemathesis.openapi.media_type(XLSX, st.binary(max_size=200).map(lambda rest: b"PK" + rest))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    documented_code,
]


@dataclass
class Round:
    """What has been asked and what came."""

    cases: Counter[str] = field(default_factory=Counter)
    """By operation."""
    statuses: Counter[int] = field(default_factory=Counter)
    modes: Counter[str] = field(default_factory=Counter)
    found: dict[str, str] = field(default_factory=dict)
    """Each kind of fault of each operation once, with how to send the case again."""

    @property
    def total(self) -> int:
        return self.cases.total()


class Interface:
    """The document that the gateway serves, with its application behind it."""

    def __init__(self, peopled: Peopled) -> None:
        self.world, self.known = peopled.world, peopled.known
        self.schema = schemathesis.openapi.from_wsgi("/openapi.json", self.world.http.app)
        self.tokens = {name: self.world.tokens.issue(self.known.sessions[name]) for name in CALLERS}
        self._pools = _pools(self.known)

    def operations(self, *names: str) -> Iterator[Any]:
        """All, or those of these ids."""
        for result in self.schema.get_all_operations():
            operation = result.ok()
            if not names or operation.definition.raw["operationId"] in names:
                yield operation

    def ask(self, *names: str) -> Round:
        """Asks all cases of all operations, or of those named."""
        done = Round()
        for operation in self.operations(*names):
            for mode, count in CASES.items():
                self._ask(operation, mode, count, done)
        return done

    def _ask(self, operation: Any, mode: GenerationMode, count: int, done: Round) -> None:
        turns = count_from(0)

        @settings(
            max_examples=count,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(operation.as_strategy(generation_mode=mode))
        def one(case: Case) -> None:
            turn = next(turns)
            caller = ASKED[turn % len(ASKED)]
            # Not drawn: Hypothesis likes the least value, and the least caller and id would be asked most.
            self._dress(case, caller, Random(f"{operation.label} {mode} {turn}"))
            checks = [check for check in CHECKS if check is not negative_data_rejection or _is_negated(case)]
            done.cases[operation.label] += 1
            done.modes[mode.name] += 1
            self._send(case, caller, checks, done)

        try:
            one()
        except Unsatisfiable:
            # Nothing that the document forbids can be made of an operation that takes no input, or takes any bytes.
            assert mode is GenerationMode.NEGATIVE, operation.label

    def _dress(self, case: Case, caller: str, chance: Random) -> None:
        """In place, before the case's own metadata is looked at again.

        A part with something forbidden in it stays as it was made: what is forbidden may be the very form of an id.
        """
        if chance.randrange(_LEFT_AS_MADE):
            pools, forbidden = self._pools, _negated(case)
            area = case.operation.path.partition("/{")[0].rpartition("/")[2]
            if ParameterLocation.PATH not in forbidden:
                case.path_parameters = _known_texts(case.path_parameters, pools, area, chance)
            if ParameterLocation.QUERY not in forbidden:
                case.query = _known_texts(case.query, pools, area, chance)
                if "cursor" in case.query and chance.randrange(2):
                    case.query = case.query | {"cursor": chance.choice(CURSORS)}
            if ParameterLocation.BODY not in forbidden:
                case.body = _known(case.body, pools, area, chance)
        case.headers = type(case.headers)(self._headers(case, caller, chance))

    def _headers(self, case: Case, caller: str, chance: Random) -> dict[str, str]:
        """A key that is a request id, and the caller's token; but what is wrong on purpose stays wrong."""
        headers = dict(case.headers)
        described = case.operation.definition.raw
        takes_key = any(one["name"] == KEY for one in described["parameters"])
        assert case.meta is not None
        made = case.meta.components.get(ParameterLocation.HEADER)
        are_right = made is None or made.mode is GenerationMode.POSITIVE
        key_is_wrong = takes_key and not _is_uuid(headers.get(KEY))
        if _is_uuid(headers.get(KEY)):
            headers[KEY] = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        may_sign = are_right or key_is_wrong
        if described["security"] == [{"token": []}] and may_sign and chance.randrange(_LEFT_AS_MADE):
            headers.pop("Authorization", None)
            if caller != NOBODY:
                headers["Authorization"] = f"Bearer {self.tokens[caller]}"
        return headers

    def _send(self, case: Case, caller: str, checks: list[Any], done: Round) -> None:
        with nullcontext() if case.method == "GET" else self.world.undone():
            response = case.call()
        done.statuses[response.status_code] += 1
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as failures:
            for failure in failures.exceptions:
                name = f"{case.operation.label}: {type(failure).__name__} {response.status_code}"
                told = f"{name} by {caller}\n{failure}\n{case.as_curl_command()}\n{response.content[:400]!r}"
                done.found.setdefault(name, told)


def _is_negated(case: Case) -> bool:
    """Whether anything in the case, as it is sent, is really forbidden.

    A workbook is any bytes: schemathesis, which has been told how to make one, makes the same for a negative case and calls it
    negated. And a case is called negative all the same where nothing could be spoiled, or where dressing mended it.
    """
    return bool(_negated(case) - ({ParameterLocation.BODY} if case.media_type == XLSX else set()))


def _negated(case: Case) -> set[ParameterLocation]:
    """The parts of the case that schemathesis meant to spoil."""
    assert case.meta is not None
    return {place for place, one in case.meta.components.items() if one.mode is GenerationMode.NEGATIVE}


def _is_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _pools(known: Any) -> dict[str, list[str]]:
    """Ids by what they are of."""
    people, orgs = list(known.people.values()), list(known.orgs.values())
    return {
        "organisations": orgs,
        "members": people,
        "role-grants": list(known.offices.values()),
        "roster-imports": list(known.imports.values()),
        "roster-exports": list(known.exports.values()),
        "orders": list(known.orders.values()),
        "receipts": list(known.receipts.values()),
        "me": list(known.notices.values()),
        "codes": [known.check_code],
        "org_id": orgs,
        "parent_id": orgs,
        "member_id": people,
        "member_ids": people,
        "up_to_id": list(known.notices.values()),
    }


def _known_texts(
    given: Mapping[str, Any], pools: Mapping[str, list[str]], meant: str, chance: Random
) -> dict[str, Any]:
    """Parameters as ``_known`` makes them. One that is a list is malformed, and stays so."""
    return {
        name: _known(value, pools, name if name in pools else meant, chance) if isinstance(value, str) else value
        for name, value in given.items()
    }


def _known(value: Any, pools: Mapping[str, list[str]], meant: str, chance: Random) -> Any:
    """The same value with ids and months that the county knows; ``meant`` says of what an id is."""
    if isinstance(value, dict):
        return {name: _known(one, pools, name if name in pools else meant, chance) for name, one in value.items()}
    if isinstance(value, list):
        return [_known(one, pools, meant, chance) for one in value]
    if _is_uuid(value):
        return chance.choice([*pools.get(meant, []), ABSENT])
    if isinstance(value, str) and _MONTH.fullmatch(value):
        return chance.choice(MONTHS)
    return value
