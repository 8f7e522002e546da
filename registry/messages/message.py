"""The one base of everything that systems say to each other: closed, frozen, checked, and silent when printed."""

from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, get_args, get_origin, get_type_hints
from uuid import UUID

from msgspec import Meta, Struct

from registry.messages.codes import CHECKS

# `$` alone would let a trailing newline pass, hence `(?!\n)`; control characters are in nobody's name or address.
PRINTED = r"^[^\x00-\x1f\x7f]+$(?!\n)"
Text = Annotated[str, Meta(min_length=1, max_length=256, pattern=PRINTED)]
LongText = Annotated[str, Meta(min_length=1, max_length=512, pattern=PRINTED)]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.:()-]+$(?!\n)")]
Serial = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[0-9a-f]+$(?!\n)")]
Digest = Annotated[bytes, Meta(min_length=32, max_length=32)]
Photo = Annotated[bytes, Meta(min_length=1, max_length=40_000)]
Der = Annotated[bytes, Meta(min_length=1, max_length=8_192)]


@cache
def _checks(message: type[Struct]) -> dict[str, str]:
    """Return the fields of a message that carry a check digit, with the name of their check."""
    found: dict[str, str] = {}
    for name, hint in get_type_hints(message, include_extras=True).items():
        for part in (hint, *get_args(hint)):
            if get_origin(part) is Annotated:
                found.update((name, m.extra["check"]) for m in part.__metadata__ if isinstance(m, Meta) and m.extra)
    return found


class Message(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """
    A message between systems. Unknown fields and wrong check digits are refused by msgspec's `ValidationError`.

    `KEY` names the kind of key the message searches with (access matrix, column "key allowed").
    `CARRIES_NUMBER` tells whether it can hold an individual number (column "SPI").
    """

    KEY: ClassVar[str] = "none"
    CARRIES_NUMBER: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name, check in _checks(type(self)).items():
            value = getattr(self, name)
            if value is not None and not CHECKS[check](value):
                msg = f"{check} in {name} fails its check digit"
                raise ValueError(msg)

    def __repr__(self) -> str:
        # Messages hold numbers, names and photos: none of them may reach a log by accident.
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __rich_repr__(self) -> Any:  # noqa: ANN401 - the protocol of rich
        yield from ()


class Acknowledged(Message, frozen=True):
    """The receiver has taken the message; nothing else is said."""

    reference: UUID


class ByRecordCode(Message, frozen=True, tag="resident_record_code", tag_field="kind"):
    """Search by resident record code (住民票コード)."""

    KEY: ClassVar[str] = "resident_record_code"
    resident_record_code: Annotated[str, Meta(pattern=r"^[0-9]{11}$(?!\n)", extra={"check": "resident_record_code"})]


class ByNumber(Message, frozen=True, tag="individual_number", tag_field="kind"):
    """Search by individual number (個人番号)."""

    KEY: ClassVar[str] = "individual_number"
    CARRIES_NUMBER: ClassVar[bool] = True
    individual_number: Annotated[str, Meta(pattern=r"^[0-9]{12}$(?!\n)", extra={"check": "individual_number"})]


class ByFourItems(Message, frozen=True, tag="four_items", tag_field="kind"):
    """Search by all of the four items (4情報): name, address, birth date, sex; never by fewer."""

    KEY: ClassVar[str] = "four_items"
    name: Text
    address: LongText
    birth_date: date
    sex: Annotated[str, Meta(pattern=r"^[1-3]$(?!\n)")]
