"""Messages in their form, made from the form itself: they say nothing true, and nobody can call them malformed."""

import re
from base64 import b64encode
from typing import Any

from msgspec import inspect

from registry.messages.message import Message
from tests.registry.juki.town import CHIYODA, ONE

NUMBER = "123456789018"
CHECKED = {"individual_number": NUMBER, "resident_record_code": ONE, "municipality_code": CHIYODA}
TEXTS = ("1", "1" * 7, "1" * 16, "1" * 43, "1" * 64)
FIXED = {
    inspect.UUIDType: "5f0c2a52-0f0e-4c0e-9d53-0f5f6f1d1a01",
    inspect.DateType: "2026-04-01",
    inspect.DateTimeType: "2026-04-01T00:00:00Z",
    inspect.BoolType: False,
    inspect.NoneType: None,
}
KEYS = {
    "resident_record_code": {"resident_record_code": ONE},
    "individual_number": {"individual_number": NUMBER},
    "four_items": {"name": "山田 花子", "address": "東京都千代田区", "birth_date": "1990-05-06", "sex": "2"},
    "certificate_serial": {"certificate_serial": "01"},
    "card_issue_number": {"card_issue_number": "1"},
    "app_install_id": {"app_install_id": "1"},
}
SEARCHES = {kind: {"kind": kind} | key for kind, key in KEYS.items()}
"""Every search there is, as it would stand in the field `key` of a message."""


def well_formed(message: type[Message]) -> dict[str, Any]:
    """Return what a message needs, and no more, as JSON has it."""
    value = _value(inspect.type_info(message))
    assert isinstance(value, dict)
    return value


def _value(kind: Any) -> Any:  # noqa: PLR0911 - any JSON value, one line for each kind
    if isinstance(kind, inspect.Metadata):
        return CHECKED[kind.extra["check"]] if kind.extra and "check" in kind.extra else _value(kind.type)
    if isinstance(kind, inspect.StructType):
        tagged = {kind.tag_field: kind.tag} if kind.tag_field else {}
        return tagged | {each.encode_name: _value(each.type) for each in kind.fields if each.required}
    if isinstance(kind, inspect.UnionType):
        return _value(kind.types[0])
    if isinstance(kind, inspect.LiteralType):
        return kind.values[0]
    if isinstance(kind, inspect.StrType):
        return next(text for text in TEXTS if _fits(text, kind))
    if isinstance(kind, inspect.BytesType):
        return b64encode(bytes(kind.min_length or 1)).decode()
    if isinstance(kind, inspect.IntType):
        return kind.ge or 1
    return FIXED[type(kind)]


def _fits(text: str, kind: inspect.StrType) -> bool:
    length = (kind.min_length or 0) <= len(text) <= (kind.max_length or len(text))
    return length and (kind.pattern is None or re.search(kind.pattern, text) is not None)
