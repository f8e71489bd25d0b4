"""How a message is declared, checked and written: frozen dataclasses read through marshmallow.

A message is a class under ``@message``. Its annotations are the whole truth: they give the marshmallow schema that checks what
comes in, the plain data that goes out, and the JSON Schema (2020-12) that the outside reads. Schemas are built once for each
class. Requests are read strictly (an unknown or missing field is refused), events tolerantly (unknown fields are ignored).
"""

from __future__ import annotations

import dataclasses
import enum
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from typing import Annotated, Any, TypeVar, dataclass_transform

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, post_load, validate

from services.contracts.errors import InvalidMessage
from services.contracts.values import YearMonth

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_remembered = typing.cast(Callable[[F], F], cache)
"""``functools.cache`` that keeps the signature: what is built from a message's type is built once."""
MAX_TEXT = 200
"""The bound of a text that names none of its own."""
MAX_ITEMS = 100
"""The bound of a list that names none of its own: a page."""
MAX_WHOLE = 10**15
"""Far above any sum of fen a county can meet, far below what JSON readers lose digits at."""


@dataclasses.dataclass(frozen=True, slots=True)
class Text:
    """Bounds of a text: length in characters, and a pattern that must match the whole of it."""

    min: int = 0
    max: int = MAX_TEXT
    pattern: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Whole:
    """Bounds of a whole number, both included."""

    min: int = 0
    max: int = MAX_WHOLE


@dataclasses.dataclass(frozen=True, slots=True)
class Many:
    """Bounds of a list's length."""

    min: int = 0
    max: int = MAX_ITEMS


UUID_PATTERN = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
Id = Annotated[str, Text(36, 36, UUID_PATTERN)]
Name = Annotated[str, Text(1, 60)]
Money = Annotated[int, Whole(0, 10**12)]
"""Fen, from nothing up to ten thousand million yuan."""
SignedMoney = Annotated[int, Whole(-(10**12), 10**12)]
Count = Annotated[int, Whole(0, 10**9)]
Code = Annotated[str, Text(1, 64, r"[A-Za-z0-9_.\-]+")]
Words = Annotated[str, Text(1, 500)]
"""What a person writes as a reason."""
Cursor = Annotated[str, Text(1, 300, r"[A-Za-z0-9_\-=]+")]
PageSize = Annotated[int, Whole(1, MAX_ITEMS)]
DEFAULT_PAGE = 50


class _WholeField(fields.Field[int]):
    """An integer and nothing that merely looks like one: no float, no text, no boolean."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        if type(value) is not int:
            raise ValidationError("not a whole number")
        return value


class _FlagField(fields.Field[bool]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if type(value) is not bool:
            raise ValidationError("neither true nor false")
        return value


_UNCLEAN = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control characters except line feed and tab, and lone surrogates, which no encoding can write."""


class _TextField(fields.Field[str]):
    """A text without the control characters that break logs and pages; line feed and tab may stand."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if type(value) is not str or _UNCLEAN.search(value) is not None:
            raise ValidationError("not a clean text")
        return value


class _MonthField(fields.Field[YearMonth]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> YearMonth:
        try:
            return YearMonth.parse(value)
        except (TypeError, ValueError):
            raise ValidationError("not a month such as 2026-09") from None


class _DateField(fields.Field[date]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> date:
        if type(value) is not str or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise ValidationError("not a date such as 2026-09-30")
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValidationError("not a date such as 2026-09-30") from None


class _InstantField(fields.Field[datetime]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> datetime:
        try:
            instant = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ValidationError("not an RFC 3339 instant") from None
        if instant.tzinfo is None:
            raise ValidationError("an instant needs its offset")
        try:
            return instant.astimezone(UTC)
        except OverflowError:
            raise ValidationError("before the first or after the last day there is") from None


class _ChoiceField(fields.Field[enum.StrEnum]):
    def __init__(self, choices: type[enum.StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._choices = choices

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> enum.StrEnum:
        if type(value) is not str:
            raise ValidationError("not one of the choices")
        try:
            return self._choices(value)
        except ValueError:
            raise ValidationError("not one of the choices") from None


class _TupleField(fields.List[Any]):
    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[Any, ...]:  # type: ignore[override]
        if type(value) is not list:
            raise ValidationError("not a list")
        return tuple(super()._deserialize(value, attr, data, **kwargs))


_SIMPLE: dict[Any, tuple[Callable[..., fields.Field[Any]], dict[str, Any]]] = {
    bool: (_FlagField, {"type": "boolean"}),
    YearMonth: (_MonthField, {"type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])$"}),
    date: (_DateField, {"type": "string", "format": "date"}),
    datetime: (_InstantField, {"type": "string", "format": "date-time"}),
}

_PLAIN = frozenset({str, int, bool, type(None)})


@dataclass_transform(frozen_default=True, kw_only_default=True)
def message(cls: type[T]) -> type[T]:
    """Makes a class a message: a frozen dataclass with keyword-only fields."""
    return dataclasses.dataclass(frozen=True, kw_only=True, slots=True)(cls)


def is_message(kind: Any) -> bool:
    # A month is a dataclass too, but travels as a text.
    return isinstance(kind, type) and dataclasses.is_dataclass(kind) and kind not in _SIMPLE


def load(kind: type[T], data: Any, *, tolerant: bool = False) -> T:
    """Reads plain data as a message.

    Raises InvalidMessage, with the faulty fields and reasons but never their values (they may be personal).
    """
    try:
        built: T = _schema(kind, tolerant).load(data)
        return built
    except ValidationError as fault:
        raise InvalidMessage(fields=_flat(fault.messages)) from None


def dump(value: Any) -> Any:
    """Plain JSON data of a message, or of a value inside one."""
    # PERF: most values of a large event are plain; the import of a county dumps half a million of them.
    kind = type(value)
    return value if kind in _PLAIN else _dumper(kind)(value)


@_remembered
def _dumper(kind: type[Any]) -> Callable[[Any], Any]:
    """How values of exactly this type are dumped: looked up once a type, not once a value."""
    if issubclass(kind, YearMonth | enum.StrEnum):
        return str
    if is_message(kind):
        names = _field_names(kind)
        return lambda message: {name: dump(getattr(message, name)) for name in names}
    if issubclass(kind, tuple | list):
        return lambda items: [dump(item) for item in items]
    if issubclass(kind, Mapping):
        return lambda pairs: {key: dump(item) for key, item in pairs.items()}
    if issubclass(kind, datetime):
        return _instant_text
    if issubclass(kind, date):
        return date.isoformat
    return lambda plain: plain


def _instant_text(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def json_schema(kind: type[Any], reference: Callable[[type[Any]], str] | None = None) -> dict[str, Any]:
    """JSON Schema of a message; nested messages by ``reference(type)`` when given, else written out."""
    properties, required = {}, []
    for field, annotation in _annotated_fields(kind):
        properties[field.name] = _describe(annotation, reference)
        if _is_required(field):
            required.append(field.name)
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = required
    if kind.__doc__ and not kind.__doc__.startswith(kind.__name__ + "("):
        schema["description"] = " ".join(kind.__doc__.split())
    return schema


def nested_messages(kind: type[Any]) -> set[type[Any]]:
    """Every message type reachable from this one, itself left out."""
    found: set[type[Any]] = set()
    todo = [kind]
    while todo:
        for _, annotation in _annotated_fields(todo.pop()):
            for inner in _messages_in(annotation):
                if inner not in found:
                    found.add(inner)
                    todo.append(inner)
    return found


def _messages_in(annotation: Any) -> set[type[Any]]:
    if is_message(annotation):
        return {annotation}
    return {one for part in typing.get_args(annotation) for one in _messages_in(part)}


@_remembered
def _annotated_fields(kind: Any) -> tuple[tuple[dataclasses.Field[Any], Any], ...]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple((field, hints[field.name]) for field in dataclasses.fields(kind))


@_remembered
def _field_names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


@_remembered
def _schema(kind: Any, tolerant: bool) -> Schema:
    members: dict[str, Any] = {}
    for field, annotation in _annotated_fields(kind):
        required = _is_required(field)
        options: dict[str, Any] = {"required": True} if required else {}
        members[field.name] = _field(annotation, tolerant, options)

    def build(_self: Schema, data: dict[str, Any], **_: Any) -> Any:
        return kind(**data)

    members["_build"] = post_load(build)
    schema_class = type(kind.__name__ + "Schema", (Schema,), members)
    return typing.cast(Schema, schema_class(unknown=EXCLUDE if tolerant else RAISE))


def _split(annotation: Any) -> tuple[Any, Any, bool]:
    """An annotation as (core type, bounds or None, may be None)."""
    optional = False
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        if len(parts) != 1:
            raise TypeError(f"a message field has one type: {annotation}")
        optional, annotation = True, parts[0]
    bounds = None
    if typing.get_origin(annotation) is Annotated:
        annotation, bounds = typing.get_args(annotation)[:2]
    while isinstance(annotation, typing.NewType):
        annotation = annotation.__supertype__
    return annotation, bounds, optional


def _field(annotation: Any, tolerant: bool, options: dict[str, Any]) -> fields.Field[Any]:
    core, bounds, optional = _split(annotation)
    if optional:
        options = {**options, "allow_none": True}
    if core in _SIMPLE:
        return _SIMPLE[core][0](**options)
    if core is str:
        limits = bounds or Text()
        checks: list[Any] = [validate.Length(min=limits.min, max=limits.max, error="wrong length")]
        if limits.pattern:
            checks.append(validate.Regexp(rf"(?:{limits.pattern})\Z", flags=re.ASCII, error="wrong form"))
        return _TextField(validate=checks, **options)
    if core is int:
        limits = bounds or Whole()
        return _WholeField(validate=validate.Range(min=limits.min, max=limits.max, error="out of range"), **options)
    if isinstance(core, type) and issubclass(core, enum.StrEnum):
        return _ChoiceField(core, **options)
    if is_message(core):
        return fields.Nested(_schema(core, tolerant), **options)
    origin, arguments = typing.get_origin(core), typing.get_args(core)
    if origin is tuple:
        limits = bounds or Many()
        length = validate.Length(min=limits.min, max=limits.max, error="wrong number of entries")
        return _TupleField(_field(arguments[0], tolerant, {}), validate=length, **options)
    if origin in (dict, Mapping):
        limits = bounds or Many()
        length = validate.Length(max=limits.max, error="too many entries")
        keys, values = (_field(argument, tolerant, {}) for argument in arguments)
        return fields.Dict(keys=keys, values=values, validate=length, **options)
    raise TypeError(f"no wire form for {annotation}")


def _describe(annotation: Any, reference: Callable[[type[Any]], str] | None) -> dict[str, Any]:
    core, bounds, optional = _split(annotation)
    shape = _describe_core(core, bounds, reference)
    if not optional:
        return shape
    if isinstance(shape.get("type"), str) and "enum" not in shape:
        return {**shape, "type": [shape["type"], "null"]}
    return {"anyOf": [shape, {"type": "null"}]}


def _describe_core(core: Any, bounds: Any, reference: Callable[[type[Any]], str] | None) -> dict[str, Any]:
    if core in _SIMPLE:
        return dict(_SIMPLE[core][1])
    if core is str:
        limits = bounds or Text()
        pattern = {"pattern": f"^(?:{limits.pattern})$"} if limits.pattern else {}
        return {"type": "string", "minLength": limits.min, "maxLength": limits.max, **pattern}
    if core is int:
        limits = bounds or Whole()
        return {"type": "integer", "minimum": limits.min, "maximum": limits.max}
    if isinstance(core, type) and issubclass(core, enum.StrEnum):
        return {"type": "string", "enum": [choice.value for choice in core]}
    if is_message(core):
        return {"$ref": reference(core)} if reference else json_schema(core)
    origin, arguments = typing.get_origin(core), typing.get_args(core)
    limits = bounds or Many()
    if origin is tuple:
        items = _describe(arguments[0], reference)
        return {"type": "array", "items": items, "minItems": limits.min, "maxItems": limits.max}
    return {"type": "object", "additionalProperties": _describe(arguments[1], reference), "maxProperties": limits.max}


def _flat(messages: Any, prefix: str = "") -> dict[str, str]:
    """marshmallow's nested messages as ``{"lines.3.month": "not a month"}``, bounded."""
    if not isinstance(messages, Mapping):
        return {prefix or "body": "; ".join(str(one) for one in messages)[:MAX_TEXT]}
    flat: dict[str, str] = {}
    for key, value in messages.items():
        name = "body" if key == "_schema" else str(key)[:64]
        flat.update(_flat(value, f"{prefix}.{name}" if prefix else name))
        if len(flat) >= MAX_ITEMS:
            break
    return flat
