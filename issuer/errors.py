"""What the mdoc issuance system refuses, by code; every code has a row in `registry/problems.toml`."""

from enum import StrEnum

from registry.problems import ServiceError


class Code(StrEnum):
    """The closed list of refusals a caller may hear, or find as the reason of a rejected application."""

    # intake and exchange
    MALFORMED_APPLICATION = "malformed_application"
    NONCE_UNKNOWN = "nonce_unknown"
    NONCE_EXPIRED = "nonce_expired"
    NONCE_USED = "nonce_used"
    WRONG_AUDIENCE = "wrong_audience"
    APPLICATION_REPLAYED = "application_replayed"
    APPLICATION_UNKNOWN = "application_unknown"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a code, not a secret
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - a code, not a secret
    TOKEN_USED = "token_used"  # noqa: S105 - a code, not a secret
    OTP_WRONG = "one_time_password_wrong"
    OTP_USED = "one_time_password_used"
    OTP_EXPIRED = "one_time_password_expired"
    OTP_LIMIT = "one_time_password_limit"
    NOT_BOUND = "phone_not_bound"
    TRANSITION_REFUSED = "transition_refused"
    # verification of an application, in the order of the checks
    HOLDER_SIGNATURE = "holder_signature_invalid"
    HOLDER_CERTIFICATE = "holder_certificate_untrusted"
    CARD_DATA_SIGNER = "card_data_signer_untrusted"
    CARD_DATA_SIGNATURE = "card_data_signature_invalid"
    CARD_FACE_SIGNATURE = "card_face_signature_invalid"
    CARD_TEXTS_DIFFER = "card_texts_differ"
    OTHER_PERSON = "certificate_of_another_person"
    CARD_EXPIRED = "card_expired"
    PHOTO_NOT_ACCEPTED = "captured_photo_not_accepted"
    PHOTO_DIFFERS = "captured_photo_differs"
    ATTESTATION_MALFORMED = "key_attestation_malformed"
    ATTESTATION_LINK = "key_attestation_link_broken"
    ATTESTATION_ROOT = "key_attestation_root_unknown"
    ATTESTATION_EXPIRED = "key_attestation_expired"
    ATTESTATION_AUTHORITY = "key_attestation_not_authorised"
    ATTESTATION_EXTENSION = "key_attestation_extension_refused"
    ATTESTATION_CHALLENGE = "key_attestation_challenge_wrong"
    ATTESTATION_LEVEL = "key_attestation_security_level_low"
    ATTESTATION_BOOT = "key_attestation_boot_state_refused"
    ATTESTATION_APP = "key_attestation_app_unknown"
    ATTESTATION_USE = "key_attestation_key_use_refused"
    ATTESTATION_KEYS = "key_attestation_keys_differ"
    ATTESTATION_REVOKED = "key_attestation_revoked"
    MAKER_LIST_STALE = "maker_list_stale"
    DEVICE_KEYS = "device_keys_refused"
    DEVICE_KEY_USED = "device_key_already_used"
    FRESH_KEYS = "fresh_device_keys_required"
    TOO_MANY_FAILURES = "too_many_failures"
    TOO_MANY_APPLICATIONS = "too_many_applications"
    TOO_MANY_DEVICES = "too_many_devices"
    DEVICE_OF_ANOTHER = "device_of_another_holder"
    RECORD_IN_FORCE = "record_in_force"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_ON_HOLD = "certificate_on_hold"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    CARD_MISMATCH = "card_mismatch"
    # the life of a set
    NO_RECORD = "no_record"
    NOT_ACTIVE = "record_not_active"
    NOT_SUSPENDED = "record_not_suspended"
    RECORD_LAPSED = "record_lapsed"
    REASON_REQUIRED = "reason_required"
    NOTICE_UNKNOWN = "notice_unknown"
    SIGNER_UNKNOWN = "signer_unknown"
    # messages of the phone
    PHONE_MESSAGE = "phone_message_invalid"
    PHONE_MESSAGE_STALE = "phone_message_stale"
    PHONE_MESSAGE_REPLAYED = "phone_message_replayed"
    # issuance and renewal
    NOT_ISSUABLE = "application_not_issuable"
    ISSUANCE_LOST = "issuance_lost"
    NOT_RENEWABLE = "record_not_renewable"
    VALIDITY_EMPTY = "validity_empty"
    OUTSIDE_PROFILE = "outside_profile"
    OTHER_BUNDLE = "bundle_of_another_phone"
    RUN_DAY = "run_of_another_day"
    # media of the mdoc file
    MEDIUM_UNKNOWN = "medium_unknown"
    MEDIUM_REGISTERED = "medium_registered"
    MEDIUM_KEY = "medium_key_refused"
    MEDIUM_DISPOSED = "medium_disposed"
    MEDIUM_NOT_ERASED = "medium_not_erased"
    WORK_UNKNOWN = "work_request_unknown"
    WORK_NOT_ACCEPTED = "work_request_not_accepted"
    WORK_DECIDED = "work_request_decided"
    WORK_DONE = "work_request_done"
    SECOND_PERSON = "second_person_required"
    EXPORT_TOO_LARGE = "export_too_large"
    # status and verification
    STATUS_LIST_UNKNOWN = "status_list_unknown"
    RESPONSE_INVALID = "device_response_invalid"


class IssuerError(ServiceError):
    """A refusal of the mdoc issuance system."""

    def __init__(self, code: Code, detail: str = "", **members: str | int | bool | None) -> None:
        super().__init__(code, detail, **members)
