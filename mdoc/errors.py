"""The errors of the codec: a small tree, so that callers catch by class and never see a foreign exception."""

from enum import IntEnum


class MdocError(Exception):
    """Root of everything this package raises. No text of it ever holds a value out of a document."""


class MalformedData(MdocError):
    """Received or given bytes are not what the standard allows.

    `path` names the place with the names of the standard's maps, for example `documents[0].issuerSigned`;
    `reason` says what is wrong there.
    """

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path or '.'}: {reason}")
        self.path = path
        self.reason = reason


class NotDecodable(MalformedData):
    """The bytes are no CBOR as ISO/IEC 18013-5 8.1 allows it; everything else that is malformed is readable CBOR."""


class NotWellFormed(NotDecodable):
    """The bytes end too early, or no item begins with them."""


class WrongTag(MalformedData):
    """A tag is missing, is another one, or stands over something that it cannot stand over."""


class InvalidDate(WrongTag):
    """What a date tag stands over is no instant in whole seconds of UTC, or no day (7.1)."""


class InvalidText(NotDecodable):
    """A text is not UTF-8."""


class TooLarge(NotDecodable):
    """The input is longer than the reader is prepared to look at."""


class TooDeep(NotDecodable):
    """Containers are nested deeper than any structure of the standard."""


class DuplicateKey(NotDecodable):
    """A map holds one key twice, which makes it invalid (RFC 8949 5.6)."""


class IndefiniteLength(NotDecodable):
    """A length is indefinite, which ISO/IEC 18013-5 forbids."""


class TrailingBytes(NotDecodable):
    """Something follows the end of the structure."""


class NotPreferred(NotDecodable):
    """A length or number is not written in its shortest form, which ISO/IEC 18013-5 demands."""


class VerificationFailed(MdocError):
    """A document did not pass; `step` is the step of the inspection procedure, `reason` a sentence without values."""

    def __init__(self, step: IntEnum, reason: str) -> None:
        super().__init__(f"{step.name}: {reason}")
        self.step = step
        self.reason = reason


class Untrusted(MdocError):
    """A certificate chain does not lead to a trust anchor for the purpose in question."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OutsideProfile(MdocError):
    """A document about to be signed breaks a rule of the issuing profile; nothing has been signed."""

    def __init__(self, rule: str, reason: str = "") -> None:
        super().__init__(f"{rule}: {reason}" if reason else rule)
        self.rule = rule
        self.reason = reason


class SignatureRefused(MdocError):
    """A signature or MAC does not fit its content, key or algorithm."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StatusTokenRefused(MdocError):
    """A status list token may not be believed; the status stays undetermined."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class VicalRefused(MdocError):
    """A list of trusted roots may not be believed; no root on it is trusted on its word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SessionFailed(MdocError):
    """A proximity session cannot go on; `status` is the code to send to the other side (ISO/IEC 18013-5 9.1.1.4)."""

    def __init__(self, status: IntEnum, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class NotDecryptable(MdocError):
    """A response does not open: it is for another key or another request, or it was changed on its way."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
