"""A rule profile as plain JSON data, both ways. Strict: an unknown, missing or wrongly typed field is refused by name.

Owns the stored and published form of a profile. What a profile must satisfy is checked in ``model``, not here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from services.contracts.values import YearMonth
from services.dues.domain.profile.model import (
    AssessmentMode,
    Bracket,
    ClassRule,
    ItemDefinition,
    ItemKind,
    MemberClass,
    Method,
    RuleProfile,
    Shares,
)
from services.dues.domain.refusal import Refusal, refuse
from services.dues.domain.rounding import Rounding

MAX_LIST_LENGTH = 200  # longer than any list of a profile; a larger one is not read at all
MAX_TEXT_LENGTH = 200
_Made = TypeVar("_Made")
_Choice = TypeVar("_Choice", bound=StrEnum)


class _Wrong(Exception):
    """Where the data is wrong and how."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")
        self.where, self.problem = where, problem


class _Reader:
    """Takes each field of one object exactly once; ``done`` refuses what nobody asked for."""

    def __init__(self, data: object, where: str) -> None:
        if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
            raise _Wrong(where, "must be an object")
        self._left: dict[str, object] = dict(data)
        self._where = where

    def at(self, name: str) -> str:
        return f"{self._where}.{name}" if self._where else name

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise _Wrong(self.at(name), "is missing")
        return self._left.pop(name)

    def whole(self, name: str) -> int:
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise _Wrong(self.at(name), "must be a whole number")
        return value

    def whole_or_none(self, name: str) -> int | None:
        if name in self._left and self._left[name] is None:
            self._take(name)
            return None
        return self.whole(name)

    def flag(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise _Wrong(self.at(name), "must be true or false")
        return value

    def flag_or(self, name: str, default: bool) -> bool:
        """A field that profiles stored before it was known do not have."""
        return self.flag(name) if name in self._left else default

    def text(self, name: str) -> str:
        return _text(self._take(name), self.at(name))

    def choice(self, name: str, choices: type[_Choice]) -> _Choice:
        text = self.text(name)
        try:
            return choices(text)
        except ValueError:
            raise _Wrong(self.at(name), f"must be one of {', '.join(choices)}") from None

    def month(self, name: str) -> YearMonth:
        try:
            return YearMonth.parse(self.text(name))
        except ValueError:
            raise _Wrong(self.at(name), "must be a month such as 2026-01") from None

    def each(self, name: str, read: Callable[[object, str], _Made]) -> tuple[_Made, ...]:
        value = self._take(name)
        if not isinstance(value, list) or len(value) > MAX_LIST_LENGTH:
            raise _Wrong(self.at(name), f"must be a list of at most {MAX_LIST_LENGTH}")
        return tuple(read(part, f"{self.at(name)}[{index}]") for index, part in enumerate(value))

    def one(self, name: str, read: Callable[[object, str], _Made]) -> _Made:
        return read(self._take(name), self.at(name))

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        value = self._take(name)
        if not isinstance(value, dict) or len(value) > MAX_LIST_LENGTH:
            raise _Wrong(self.at(name), f"must be an object of at most {MAX_LIST_LENGTH} fields")
        return tuple((_text(key, self.at(name)), _text(text, f"{self.at(name)}.{key}")) for key, text in value.items())

    def has(self, name: str) -> bool:
        """Of a field that a profile stored earlier does not have."""
        return name in self._left

    def done(self) -> None:
        if self._left:
            raise _Wrong(self.at(sorted(self._left)[0]), "is not a field of this object")


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT_LENGTH:
        raise _Wrong(where, f"must be a text of at most {MAX_TEXT_LENGTH} characters")
    return value


def _bracket(data: object, where: str) -> Bracket:
    reader = _Reader(data, where)
    bracket = Bracket(up_to_fen=reader.whole_or_none("up_to_fen"), rate_basis_points=reader.whole("rate_basis_points"))
    reader.done()
    return bracket


def _item(data: object, where: str) -> ItemDefinition:
    reader = _Reader(data, where)
    item = ItemDefinition(
        code=reader.text("code"),
        name=reader.text("name"),
        kind=reader.choice("kind", ItemKind),
        rule=reader.text("rule"),
        article=reader.text("article"),
    )
    reader.done()
    return item


def _class_rule(data: object, where: str) -> ClassRule:
    reader = _Reader(data, where)
    rule = ClassRule(
        member_class=reader.choice("member_class", MemberClass),
        name=reader.text("name"),
        method=reader.choice("method", Method),
        rule=reader.text("rule"),
        counted=reader.each("counted", _text),
        left_out=reader.each("left_out", _text),
        deductions=reader.each("deductions", _text),
        flat_fen=reader.whole_or_none("flat_fen"),
        may_follow_earlier=reader.flag("may_follow_earlier"),
    )
    reader.done()
    return rule


def _shares(data: object, where: str) -> Shares:
    reader = _Reader(data, where)
    shares = Shares(
        county=reader.whole_or_none("county"),
        city_to_province=reader.whole("city_to_province"),
        province_to_centre=reader.whole("province_to_centre"),
    )
    reader.done()
    return shares


def _profile(data: object) -> RuleProfile:
    reader = _Reader(data, "")
    profile = RuleProfile(
        code=reader.text("code"),
        version=reader.whole("version"),
        valid_from=reader.month("valid_from"),
        wage_brackets=reader.each("wage_brackets", _bracket),
        retired_brackets=reader.each("retired_brackets", _bracket),
        rounding=reader.choice("rounding", Rounding),
        assessment_mode=reader.choice("assessment_mode", AssessmentMode),
        monthly_cap_fen=reader.whole("monthly_cap_fen"),
        back_limit_months=reader.whole("back_limit_months"),
        ahead_limit_months=reader.whole("ahead_limit_months"),
        order_expiry_minutes=reader.whole("order_expiry_minutes"),
        items=reader.each("items", _item),
        classes=reader.each("classes", _class_rule),
        articles=reader.pairs("articles"),
        on_behalf_needs_consent=reader.flag_or("on_behalf_needs_consent", False),
        shares=reader.one("shares", _shares) if reader.has("shares") else Shares(),
        publish_names=reader.flag("publish_names") if reader.has("publish_names") else False,
    )
    reader.done()
    return profile


def profile_from_data(data: object) -> RuleProfile | Refusal:
    """A profile from its JSON data, or ``dues.rule_profile_invalid`` with the place and the problem."""
    try:
        return _profile(data)
    except _Wrong as wrong:
        return refuse("dues.rule_profile_invalid", where=wrong.where, problem=wrong.problem)
    except ValueError as broken:
        where, _, problem = str(broken).partition(": ")
        return refuse("dues.rule_profile_invalid", where=where, problem=problem)


def _bracket_data(bracket: Bracket) -> dict[str, object]:
    return {"up_to_fen": bracket.up_to_fen, "rate_basis_points": bracket.rate_basis_points}


def _item_data(item: ItemDefinition) -> dict[str, object]:
    kind = item.kind.value
    return {"code": item.code, "name": item.name, "kind": kind, "rule": item.rule, "article": item.article}


def _class_data(rule: ClassRule) -> dict[str, object]:
    return {
        "member_class": rule.member_class.value,
        "name": rule.name,
        "method": rule.method.value,
        "rule": rule.rule,
        "counted": list(rule.counted),
        "left_out": list(rule.left_out),
        "deductions": list(rule.deductions),
        "flat_fen": rule.flat_fen,
        "may_follow_earlier": rule.may_follow_earlier,
    }


def profile_to_data(profile: RuleProfile) -> dict[str, object]:
    """The profile as JSON data; ``profile_from_data`` gives the same profile back."""
    return {
        "code": profile.code,
        "version": profile.version,
        "valid_from": str(profile.valid_from),
        "wage_brackets": [_bracket_data(bracket) for bracket in profile.wage_brackets],
        "retired_brackets": [_bracket_data(bracket) for bracket in profile.retired_brackets],
        "rounding": profile.rounding.value,
        "assessment_mode": profile.assessment_mode.value,
        "monthly_cap_fen": profile.monthly_cap_fen,
        "back_limit_months": profile.back_limit_months,
        "ahead_limit_months": profile.ahead_limit_months,
        "order_expiry_minutes": profile.order_expiry_minutes,
        "items": [_item_data(item) for item in profile.items],
        "classes": [_class_data(rule) for rule in profile.classes],
        "articles": dict(profile.articles),
        "on_behalf_needs_consent": profile.on_behalf_needs_consent,
        "shares": {
            "county": profile.shares.county,
            "city_to_province": profile.shares.city_to_province,
            "province_to_centre": profile.shares.province_to_centre,
        },
        "publish_names": profile.publish_names,
    }
