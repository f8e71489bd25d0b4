"""What is shown of personal data to those whose task does not need the whole of it (SEC-2).

Owns the patterns only; who may see more is decided by ``authority``, and each unmasking is logged by the command that does it.
"""

from __future__ import annotations

_STAR = "*"
_PHONE_LENGTH, _IDENTITY_NUMBER_LENGTH = 11, 18


def masked_phone(phone: str) -> str:
    """138****1234. A text of another length shows nothing."""
    if len(phone) != _PHONE_LENGTH:
        return _STAR * len(phone)
    return phone[:3] + _STAR * 4 + phone[-4:]


def masked_identity_number(number: str) -> str:
    """5107**********1234. A text of another length shows nothing."""
    if len(number) != _IDENTITY_NUMBER_LENGTH:
        return _STAR * len(number)
    return number[:4] + _STAR * 10 + number[-4:]


def masked_name(name: str) -> str:
    """王*, 王*明, 阿****提: the first and the last character stay, of two only the first, of one none."""
    if len(name) < 2:
        return _STAR * len(name)
    if len(name) == 2:
        return name[0] + _STAR
    return name[0] + _STAR * (len(name) - 2) + name[-1]
