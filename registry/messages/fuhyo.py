"""What may be said to the fuhyo national server (附票全国サーバ), and its answers. No number has a place here."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from registry.messages.codes import IndividualNumber, MunicipalityCode, ResidentRecordCode
from registry.messages.message import ByFourItems, ByRecordCode, Code, LongText, Message, Text
from registry.messages.person import Items, Sex


class FuhyoUpdate(Message, frozen=True):
    """
    An update by the fuhyo prefectural server (E-18).

    Number, honseki and head of family have no field, so a message that holds one is refused (FUHYO-1, FUHYO-2).
    """

    KEY: ClassVar[str] = "resident_record_code"
    update_id: UUID
    resident_record_code: ResidentRecordCode
    change_date: date
    items: Items
    status: Literal["resident", "overseas", "removed"]
    managing_municipality_code: MunicipalityCode
    last_address: LongText | None = None
    previous_record_code: ResidentRecordCode | None = None


class FuhyoUpdateResult(Message, frozen=True):
    """附票本人確認情報更新結果: the update was applied."""

    update_id: UUID
    result: Literal["done"]


class FuhyoInquiry(Message, frozen=True):
    """An inquiry on an overseas leaver (E-19): record code or four items, never the number (FUHYO-4)."""

    request_id: UUID
    affair: Code
    end_user: Code
    key: ByRecordCode | ByFourItems
    with_number: bool = False


class FuhyoProvided(Message, frozen=True):
    """The answer on an overseas leaver; the number only on request and where the Act allows (FUHYO-5)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    resident_record_code: ResidentRecordCode
    name: Text
    address: LongText
    birth_date: date
    sex: Sex
    individual_number: IndividualNumber | None = None
