"""The three operations of the number system (E-04), the trace for its operators (O-1), and their answers."""

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from registry.messages.codes import IndividualNumber, ResidentRecordCode
from registry.messages.message import Code, Message


class Generate(Message, frozen=True):
    """Generate a number-to-be for a resident record code; the request itself holds no number (NUM-1)."""

    KEY: ClassVar[str] = "resident_record_code"
    request_id: UUID
    resident_record_code: ResidentRecordCode


class ChangeNumber(Message, frozen=True):
    """Change a number; the former number is checked against the record code (NUM-7 to NUM-9)."""

    KEY: ClassVar[str] = "record_code_and_former_number"
    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    resident_record_code: ResidentRecordCode
    former_number: IndividualNumber
    ground: Literal["resident", "mayor"]


class ChangeRecordCode(Message, frozen=True):
    """Notice that a resident record code has changed (NUM-12)."""

    KEY: ClassVar[str] = "record_code_before_and_after"
    request_id: UUID
    before: ResidentRecordCode
    after: ResidentRecordCode


class NumberToBe(Message, frozen=True):
    """個人番号とすべき番号 with the record code and the request it answers (NUM-3, NUM-16)."""

    CARRIES_NUMBER: ClassVar[bool] = True
    request_id: UUID
    resident_record_code: ResidentRecordCode
    individual_number: IndividualNumber


class Trace(Message, frozen=True):
    """An operator asks when, and to whom, a number was generated for a record code (NUM-18)."""

    KEY: ClassVar[str] = "resident_record_code"
    request_id: UUID
    resident_record_code: ResidentRecordCode


class TracedPair(Message, frozen=True):
    """One pair of the record code. There is no field for the number."""

    generated_at: datetime
    paid_out_date: date | None
    current: bool
    cause: Code


class TracedProvision(Message, frozen=True):
    """One notice of a number of this record code."""

    at: datetime
    recipient: Code
    operation: Code


class Traced(Message, frozen=True):
    """What is known of the numbers of one record code, without a number (NUM-18)."""

    request_id: UUID
    pairs: list[TracedPair]
    provisions: list[TracedProvision]
