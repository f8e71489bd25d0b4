"""The rule profile: everything about dues that a county may set differently, dated and versioned.

``model`` holds the shape and what must hold of it, ``data`` the JSON form both ways, ``sichuan`` the default values, ``county``
what a county changes by itself.
"""

from services.dues.domain.profile.data import profile_from_data, profile_to_data
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
    member_class_of,
    profile_for,
)
from services.dues.domain.profile.sichuan import DEFAULT_PROFILE

__all__ = [
    "DEFAULT_PROFILE",
    "AssessmentMode",
    "Bracket",
    "ClassRule",
    "ItemDefinition",
    "ItemKind",
    "MemberClass",
    "Method",
    "RuleProfile",
    "Shares",
    "member_class_of",
    "profile_for",
    "profile_from_data",
    "profile_to_data",
]
