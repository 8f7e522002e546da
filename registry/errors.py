"""What the four stores refuse: one class, one enum. Titles and statuses stand in `problems.toml`."""

from enum import StrEnum

from registry.problems import ServiceError


class Code(StrEnum):
    """Every refusal of the stores; each has a row in the table of problems."""

    # number generation
    NUMBER_EXISTS = "number_exists"
    FORMER_NUMBER_MISMATCH = "former_number_mismatch"
    RECORD_CODE_UNKNOWN = "record_code_unknown"
    RECORD_CODE_IN_USE = "record_code_in_use"
    REQUEST_ID_REUSED = "request_id_reused"
    NO_FREE_NUMBER = "no_free_number"

    # juki: who may send what
    WRONG_PREFECTURE = "wrong_prefecture"
    WRONG_MUNICIPALITY = "wrong_municipality"

    # juki: checks of an update, in their order
    UPDATE_ID_REUSED = "update_id_reused"
    PERSON_UNKNOWN = "person_unknown"
    UPDATE_OUT_OF_ORDER = "update_out_of_order"
    CHANGE_DATE_WRONG = "change_date_wrong"
    MOVE_IN_OF_RESIDENT = "move_in_of_resident"
    REASON_NOT_ALLOWED = "reason_not_allowed"
    FIELD_NOT_ALLOWED = "field_not_allowed"
    NOTHING_CHANGED = "nothing_changed"
    NUMBER_NOT_PAIRED = "number_not_paired"
    RECORD_CODE_NOT_PAIRED = "record_code_not_paired"

    # juki: number relay, inquiries, overseas leavers
    NOT_TO_BE_NUMBERED = "not_to_be_numbered"
    AFFAIR_NOT_ALLOWED = "affair_not_allowed"
    END_USER_DIFFERS = "end_user_differs"
    NO_SUCH_PERSON = "no_such_person"
    NOT_UNIQUE = "not_unique"
    NOT_OVERSEAS = "not_overseas"

    # card: destination records, print orders, applications
    NUMBER_NOT_CHECKED = "number_not_checked"
    PERSON_REMOVED = "person_removed"
    PRINT_ORDER_UNKNOWN = "print_order_unknown"
    APPLICATION_FORM_UNKNOWN = "application_form_unknown"
    APPLICATION_FORM_USED = "application_form_used"
    HANDWRITTEN_FORM_INCOMPLETE = "handwritten_form_incomplete"
    NUMBER_ON_FORM = "number_on_form"
    IDENTITY_CHECK_MISSING = "identity_check_missing"
    PHOTO_MISSING = "photo_missing"
    FORM_MISMATCH = "form_mismatch"

    # card: making, counters, suspension, call centre
    ISSUANCE_ORDER_UNKNOWN = "issuance_order_unknown"
    ISSUANCE_RESULT_CONFLICT = "issuance_result_conflict"
    PUBLIC_KEY_REFUSED = "public_key_refused"
    CERTIFICATES_REFUSED = "certificates_refused"
    CARD_UNKNOWN = "card_unknown"
    CARD_EXPIRED = "card_expired"
    ILLEGAL_TRANSITION = "illegal_transition"
    REASON_MISSING = "reason_missing"
    CALLER_NOT_IDENTIFIED = "caller_not_identified"
    LOOK_UP_WITHOUT_RESULT = "look_up_without_result"

    # fuhyo
    NUMBER_NOT_PROVIDED = "number_not_provided"


class RegistryError(ServiceError):
    """A refusal by one of the stores."""

    def __init__(self, code: Code, detail: str = "", **members: str | int | bool | None) -> None:
        super().__init__(code, detail, **members)
