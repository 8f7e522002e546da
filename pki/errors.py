"""What the JPKI side refuses: one class, one enum. Titles and statuses stand in `registry/problems.toml`."""

from enum import StrEnum

from registry.problems import ServiceError


class Code(StrEnum):
    """Every refusal of this context; each has a row in the table of problems."""

    NUMBER_NOT_ALLOWED = "number_not_allowed"
    REQUEST_ID_REUSED = "request_id_reused"
    CERTIFICATE_UNKNOWN = "certificate_unknown"
    CERTIFICATE_REVOKED = "certificate_revoked"
    CERTIFICATE_NOT_HELD = "certificate_not_held"
    CERTIFICATE_NOT_IN_EFFECT = "certificate_not_in_effect"
    CERTIFICATE_KEY_REFUSED = "certificate_key_refused"
    CERTIFICATE_KEY_IN_USE = "certificate_key_in_use"
    CARD_PERIOD_OVER = "card_period_over"
    SIGNER_REFUSED = "signer_refused"
    SIGNER_ANNOUNCED = "signer_announced"
    LIST_NOT_PUBLISHED = "list_not_published"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"


class PkiError(ServiceError):
    """A refusal by the JPKI side; `detail` is a safe sentence without a value from the request."""

    def __init__(self, code: Code, detail: str = "", **members: str | int | bool | None) -> None:
        super().__init__(code, detail, **members)
