"""Identity information (本人確認情報) and the parts of it that other systems are told."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from registry.messages.codes import IndividualNumber, MunicipalityCode, ResidentRecordCode
from registry.messages.message import LongText, Message, Text

Sex = Annotated[str, Meta(pattern=r"^[1-3]$(?!\n)")]  # chip coding: 1 male, 2 female, 3 other or unknown
StayClass = Literal["", "mid_to_long_term", "special_permanent", "temporary_refuge", "birth_or_loss"]


class Items(Message, frozen=True):
    """The items of a person that travel together: four items, readings, former surname, municipality."""

    name_kanji: Text
    name_kana: Text
    birth_date: date
    sex: Sex
    address: LongText
    address_municipality_code: MunicipalityCode
    former_surname_kanji: Text | None = None
    former_surname_kana: Text | None = None
    address_town_code: Annotated[str, Meta(max_length=12, pattern=r"^[0-9]+$(?!\n)")] | None = None


class UserInformation(Message, frozen=True):
    """利用者情報: what juki answers to the card system (E-12), with the number."""

    CARRIES_NUMBER: ClassVar[bool] = True
    resident_record_code: ResidentRecordCode
    individual_number: IndividualNumber | None
    items: Items
    present: bool  # False once the record has been removed (消除)


class OverseasUserInformation(Message, frozen=True):
    """What fuhyo answers to the card system on an overseas leaver (E-21): without a number."""

    resident_record_code: ResidentRecordCode
    items: Items
    overseas: bool
