"""What may be said to the juki national server (住基全国サーバ), and its answers."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from registry.messages.codes import IndividualNumber, ResidentRecordCode
from registry.messages.message import ByFourItems, ByNumber, ByRecordCode, Code, LongText, Message, Text
from registry.messages.person import Items, Sex

Reason = Literal[
    # 記載 (new record), 消除 (deletion), 修正 (correction), number and record code: Juki Regulation article 11
    "move_in",
    "move_in_from_abroad",
    "birth",
    "entry_ex_officio",
    "move_out",
    "move_abroad",
    "death",
    "deletion_ex_officio",
    "move_within",
    "minor_correction",
    "correction_ex_officio",
    "number_change_request",
    "number_correction_ex_officio",
    "number_entry_ex_officio",
    "record_code_change_request",
    "record_code_entry_ex_officio",
]


class IdentityUpdate(Message, frozen=True):
    """
    An update of identity information by the statutory route (E-06): municipal CS, prefectural server, juki.

    A newborn or newcomer is entered without a number; the number follows as `number_entry_ex_officio` (D8).
    """

    KEY: ClassVar[str] = "resident_record_code"
    CARRIES_NUMBER: ClassVar[bool] = True
    update_id: UUID
    update_sequence_number: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    resident_record_code: ResidentRecordCode
    individual_number: IndividualNumber | None
    reason: Reason
    change_date: date
    items: Items
    former_record_code: ResidentRecordCode | None = None
    former_number: IndividualNumber | None = None


class UpdateResult(Message, frozen=True):
    """本人確認情報更新結果: the update was applied. A failed check is answered by a problem that names it."""

    update_id: UUID
    result: Literal["done"]


class Inquiry(Message, frozen=True):
    """An inquiry under the Juki Act (E-07), naming the statutory affair and the end user (ACCESS-14)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    affair: Code
    end_user: Code
    key: ByRecordCode | ByNumber | ByFourItems


class Provided(Message, frozen=True):
    """The eight items that may be provided (JUKI-19); the number only where the affair allows it."""

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    resident_record_code: ResidentRecordCode
    name: Text
    address: LongText
    birth_date: date
    sex: Sex
    individual_number: IndividualNumber | None
    change_reason: Reason
    change_date: date


class UserInformationQuery(Message, frozen=True):
    """利用者情報照会 of the card system (E-13, E-22): the record code is the only key (LINK-6)."""

    KEY: ClassVar[str] = "resident_record_code"
    resident_record_code: ResidentRecordCode
    purpose: Literal["application", "handover", "verification"]


class OverseasNumberRequest(Message, frozen=True):
    """fuhyo asks for the number of an overseas leaver on behalf of a body (E-15, JUKI-22)."""

    KEY: ClassVar[str] = "resident_record_code"
    request_id: UUID
    resident_record_code: ResidentRecordCode
    body: Code
    affair: Code


class OverseasNumber(Message, frozen=True):
    """The number of one overseas leaver, for one request (E-14)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    resident_record_code: ResidentRecordCode
    individual_number: IndividualNumber
