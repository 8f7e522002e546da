import importlib
import pkgutil
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import registry.messages
from registry.access.matrix import load_matrix
from registry.messages import jpki, juki, number
from registry.messages.fuhyo import FuhyoUpdate
from registry.messages.juki import IdentityUpdate, Inquiry, UserInformationQuery
from registry.messages.message import ByFourItems, ByNumber, Message
from registry.messages.number import Generate
from registry.messages.person import Items

MODULES = [
    importlib.import_module(f"registry.messages.{m.name}") for m in pkgutil.iter_modules(registry.messages.__path__)
]
MESSAGES = sorted(
    {
        value
        for module in MODULES
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Message) and value is not Message
    },
    key=lambda message: message.__name__,
)
PERSON = {
    "name_kanji": "山田 花子",
    "name_kana": "ヤマダ ハナコ",
    "birth_date": "1990-05-06",
    "sex": "2",
    "address": "東京都千代田区1",
    "address_municipality_code": "131016",
}


def number_fields(message: type[msgspec.Struct], seen: frozenset[Any] = frozenset()) -> bool:
    """Tell whether a message, or a struct within it, has a field for an individual number."""
    for hint in get_type_hints(message, include_extras=True).values():
        for part in (hint, *get_args(hint)):
            for meta in getattr(part, "__metadata__", ()):
                if isinstance(meta, msgspec.Meta) and (meta.extra or {}).get("check") == "individual_number":
                    return True
            struct = isinstance(part, type) and issubclass(part, msgspec.Struct) and part not in seen
            if struct and number_fields(part, seen | {part}):
                return True
    return False


@pytest.mark.requirement("JUKI-4", "NUM-14")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_messages_are_closed_and_frozen(message: type[Message]) -> None:
    """Every message refuses fields it does not name, and cannot be changed after it was read."""
    assert message.__struct_config__.forbid_unknown_fields
    assert message.__struct_config__.frozen


@pytest.mark.requirement("LINK-5", "LINK-1")
@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
def test_a_message_with_room_for_a_number_says_so(message: type[Message]) -> None:
    """The mark that the matrix is checked against tells the truth about every struct, nested ones too."""
    assert number_fields(message) == message.CARRIES_NUMBER


@pytest.mark.requirement("LINK-5", "LINK-8")
def test_nothing_said_to_jpki_has_room_for_a_number() -> None:
    """No message to the JPKI side, and none from it, has a field for a number, and the matrix forbids one there."""
    ours = [m for m in vars(jpki).values() if isinstance(m, type) and issubclass(m, Message)]
    assert len(ours) > 5
    assert not any(number_fields(message) for message in ours if message.__module__ == jpki.__name__)
    assert not any(line.number for line in load_matrix().lines if line.operation.startswith("pki."))


@pytest.mark.requirement("NUM-1", "NUM-12", "LINK-2")
def test_the_number_system_is_told_codes_and_former_numbers_only() -> None:
    """The requests of E-04 hold record codes, the former number, the ground and an id; there is nothing else."""
    fields = {
        name for m in (number.Generate, number.ChangeNumber, number.ChangeRecordCode) for name in m.__struct_fields__
    }
    assert fields == {"request_id", "resident_record_code", "former_number", "ground", "before", "after"}


@pytest.mark.requirement("JUKI-19")
def test_bodies_are_told_eight_items() -> None:
    """The answer to an inquiry has the eight items and the id of the request."""
    assert set(juki.Provided.__struct_fields__) - {"request_id"} == {
        "resident_record_code",
        "name",
        "address",
        "birth_date",
        "sex",
        "individual_number",
        "change_reason",
        "change_date",
    }


def test_a_printed_message_shows_its_type_only() -> None:
    """Neither repr nor str nor rich shows what a message holds."""
    message = ByNumber(individual_number="123456789018")
    assert repr(message) == str(message) == f"{message}" == "<ByNumber>"
    assert not list(message.__rich_repr__())
    assert "1234" not in repr([message, {"key": message}])


def test_a_refused_value_is_not_quoted() -> None:
    """The error of a wrong check digit names the field and not the value."""
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(b'{"kind":"individual_number","individual_number":"123456789019"}', type=ByNumber)
    assert "individual_number" in str(caught.value)
    assert "1234" not in str(caught.value)


@pytest.mark.requirement("NUM-6")
@pytest.mark.parametrize(
    "value", ["123456789019", "12345678901", "1234567890188", "12345678901８", "123456789018\\n", ""]
)
def test_a_wrong_number_is_refused_when_it_is_read(value: str) -> None:
    """A number of another length or alphabet, or with a wrong check digit, makes no message."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"kind":"individual_number","individual_number":"{value}"}}', type=ByNumber)


@pytest.mark.parametrize("wrong", ["", "\n", "山田\n", "a\u0000b", "a" * 257, "\u007f"])
def test_texts_are_bounded_and_printable(wrong: str) -> None:
    """Empty and overlong texts, and control characters, are refused in a name."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(PERSON | {"name_kanji": wrong}, Items, strict=True)
    assert msgspec.convert(PERSON, Items).name_kanji == "山田 花子"


@pytest.mark.parametrize(
    "wrong", [{"sex": "2\n"}, {"sex": "4"}, {"address_town_code": "x"}, {"birth_date": "1990-02-30"}]
)
def test_coded_items_are_refused_outside_their_codes(wrong: dict[str, str]) -> None:
    """Sex, town code and dates outside their lists are refused, a trailing newline included."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(PERSON | wrong, Items)


@given(st.binary(max_size=200))
def test_garbage_raises_nothing_but_msgspec_errors(garbage: bytes) -> None:
    """Whatever bytes arrive, reading them ends in a message or in an error that the service knows."""
    for message in (Generate, IdentityUpdate, Inquiry, FuhyoUpdate, UserInformationQuery, ByFourItems):
        try:
            msgspec.json.decode(garbage, type=message)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
