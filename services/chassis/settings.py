"""Settings: what a process is told by its environment, checked once at its start.

A settings class is a frozen dataclass whose fields say which variable they come from, how its text is read and, in one
sentence, what it is. ``load`` reads all of them and reports every problem at once. Nothing else reads the environment.
Secrets are wrapped: they show neither in ``repr``, nor in an error, nor in a log; ``reveal`` is the one way to them.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, TypeVar, get_type_hints
from urllib.parse import urlsplit

from services.chassis.clock import Clock, SystemClock, parse_clock
from services.chassis.sealed import BlindIndex, KeyRing, decode_key

T = TypeVar("T")
S = TypeVar("S", bound="Settings")

MAX_VALUE = 64 * 1024  # characters of one variable: a PEM key has about 3,000
_SHOWN = 40  # characters of a wrong value that an error repeats
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
_KEY_SENTENCE = "base64 of 32 random bytes (openssl rand -base64 32)."
_SYSTEM_CLOCK = SystemClock()


class SettingsError(Exception):
    """The environment does not make valid settings. The text names each variable and what it should look like."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(["The settings are not usable:", *(f"  {problem}" for problem in problems)]))
        self.problems = problems


class Secret(Generic[T]):
    """A value that does not show itself by accident."""

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise TypeError("a secret is not written anywhere")

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret[T]:
        return self


@dataclasses.dataclass(frozen=True, slots=True)
class Variable:
    """Where a field comes from, beside its type: ``port: Annotated[int, Variable("PORT", port, "a free port.")]``.

    ``{SERVICE}`` in the name is the class's service in capitals. ``parse`` raises ValueError for text that it cannot
    use. An empty variable counts as absent; absent is an error unless the field has a default. ``secret`` keeps the
    text, and what ``parse`` says of it, out of errors.
    """

    name: str
    parse: Callable[[str], object]
    sentence: str
    secret: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Base of all settings. ``service`` names whose they are."""

    service: ClassVar[str] = ""

    def conflicts(self) -> Iterable[str]:
        """Sentences about values that are right alone and wrong together."""
        return ()


def load(cls: type[S], environment: Mapping[str, str] | None = None) -> S:
    """The settings from the environment (the process's own by default). Raises SettingsError with every problem."""
    environment = os.environ if environment is None else environment
    hints = get_type_hints(cls, include_extras=True)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for field in dataclasses.fields(cls):
        variable: Variable = hints[field.name].__metadata__[0]
        name = variable.name.format(SERVICE=cls.service.upper())
        text = environment.get(name, "").strip()
        if text:
            try:
                values[field.name] = _parsed(variable, text)
            except ValueError as error:
                problems.append(f"{name}: {error}. It should be {variable.sentence}")
        elif field.default is dataclasses.MISSING:
            problems.append(f"{name} is missing. It should be {variable.sentence}")
    if problems:
        raise SettingsError(problems)
    settings = cls(**values)
    conflicts = list(settings.conflicts())
    if conflicts:
        raise SettingsError(conflicts)
    return settings


def _parsed(variable: Variable, text: str) -> object:
    if len(text) > MAX_VALUE:
        raise ValueError(f"longer than {MAX_VALUE} characters")
    try:
        return variable.parse(text)
    except (ValueError, OSError) as error:
        if variable.secret:
            raise ValueError("its value, not shown here, is not usable") from None
        shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
        raise ValueError(f"{shown!r} is not usable ({error})") from None


# What a variable's text may be: each takes text, gives a value, raises ValueError.


def secret(parse: Callable[[str], T]) -> Callable[[str], Secret[T]]:
    return lambda text: Secret(parse(text))


def text_of(pattern: str) -> Callable[[str], str]:
    """Text that the whole pattern matches."""
    compiled = re.compile(pattern, re.ASCII)

    def parse(text: str) -> str:
        if compiled.fullmatch(text) is None:
            raise ValueError("not of this form")
        return text

    return parse


def whole_number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 18 and least <= int(text) <= most):
            raise ValueError(f"not a whole number from {least} to {most}")
        return int(text)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"not one of {', '.join(choices)}")
        return text

    return parse


def address(*schemes: str) -> Callable[[str], str]:
    """An address with a host: ``amqp://user:password@host:5672/``."""

    def parse(text: str) -> str:
        parts = urlsplit(text)
        if not text.isprintable() or " " in text:  # urlsplit drops line ends, so the driver would see another address
            raise ValueError("with characters that no address has")
        if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
            raise ValueError(f"not an address beginning with {' or '.join(schemes)} and naming a host")
        return text

    return parse


def folder(text: str) -> Path:
    """A folder's absolute path. It need not exist: who owns it makes it."""
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts:
        raise ValueError("not an absolute path")
    if path.exists() and not path.is_dir():
        raise ValueError("not a folder")
    return path


def pem(text: str) -> str:
    """A PEM block, or the path of a file that holds one."""
    if not text.startswith("-----BEGIN "):
        with Path(text).open(encoding="ascii") as file:
            text = file.read(MAX_VALUE).strip()
    if not (text.startswith("-----BEGIN ") and text.endswith("-----")):
        raise ValueError("not a PEM block")
    return text


port = whole_number(1, 65_535)
key_of_32_bytes = secret(decode_key)


def index_of_key(text: str) -> BlindIndex:
    return BlindIndex(decode_key(text))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProcessSettings(Settings):
    """What every process of the platform is told, the gateway's and the services'."""

    county_id: Annotated[
        str, Variable("COUNTY_ID", text_of(r"[a-z][a-z0-9_]{1,31}"), "the county's short name, such as yanting.")
    ]
    amqp_uri: Annotated[
        Secret[str],
        Variable(
            "AMQP_URI",
            secret(address("amqp", "amqps", "pyamqp")),
            "RabbitMQ's address, such as amqp://user:password@host:5672/.",
            secret=True,
        ),
    ]
    log_level: Annotated[str, Variable("LOG_LEVEL", one_of(*_LEVELS), f"one of {', '.join(_LEVELS)}.")] = "INFO"
    metrics_port: Annotated[int | None, Variable("METRICS_PORT", port, "a free port for /metrics and probes.")] = None
    metrics_host: Annotated[
        str,
        Variable(
            "METRICS_HOST",
            text_of(r"[0-9a-zA-Z.:-]{1,253}"),
            "the address that METRICS_PORT listens on; in a container 0.0.0.0.",
        ),
    ] = "127.0.0.1"
    clock: Annotated[
        Clock,
        Variable(
            "CLOCK_START",
            parse_clock,
            "unset, or for a demonstration the instant to show, such as 2026-09-15T08:00:00+08:00; with @ and a real "
            "instant behind it, several processes agree.",
        ),
    ] = _SYSTEM_CLOCK

    def conflicts(self) -> Iterable[str]:
        yield from super().conflicts()
        if getattr(self, "wechat_mode", "") == "real" and self.clock is not _SYSTEM_CLOCK:
            yield "CLOCK_START belongs to a demonstration: unset it where WECHAT_MODE is real"


@dataclasses.dataclass(frozen=True, kw_only=True)
class BlobSettings(Settings):
    """What a process that keeps sealed values or files is told."""

    seal_keys: Annotated[
        KeyRing,
        Variable("SEAL_KEYS", KeyRing.parse, f"k1:<key>[,k0:<older key>], each key {_KEY_SENTENCE}", secret=True),
    ]
    blob_dir: Annotated[Path, Variable("BLOB_DIR", folder, "the absolute path of the folder for files.")]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServiceSettings(ProcessSettings, BlobSettings):
    """What every service is told. A service extends it and sets ``service``."""

    database_url: Annotated[
        Secret[str],
        Variable(
            "{SERVICE}_DATABASE_URL",
            secret(address("postgresql")),
            "the service's own database, such as postgresql://user:password@host:5432/name.",
            secret=True,
        ),
    ]
    index_key: Annotated[BlindIndex, Variable("INDEX_KEY", index_of_key, _KEY_SENTENCE, secret=True)]
    failpoints: Annotated[
        Path | None,
        Variable("FAILPOINTS", folder, "unset; in a fault bench the absolute path of its folder of failpoints."),
    ] = None
    entrypoints: Annotated[
        str,
        Variable(
            "CHASSIS_ENTRYPOINTS", one_of("fast", "stock"), "fast, or stock for nameko's own way to carry messages."
        ),
    ] = "fast"

    def conflicts(self) -> Iterable[str]:
        yield from super().conflicts()
        if self.failpoints is not None and getattr(self, "wechat_mode", None) != "simulated":
            yield "FAILPOINTS belongs to a fault bench: unset it where WECHAT_MODE is not simulated"
