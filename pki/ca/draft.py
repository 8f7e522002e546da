"""A certificate that is looked at before it exists: what can be wrong with it, and how its parts are reached."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from asn1crypto import x509

from pki.profiles.profile import Profile


class Rule(StrEnum):
    """What can be wrong with a certificate before it exists."""

    ENCODING = "encoding"
    VERSION = "version"
    SERIAL = "serial"
    SIGNATURE_ALGORITHM = "signature-algorithm"
    ISSUER = "issuer"
    PLACE = "country-and-state"
    SUBJECT = "subject"
    STRING_TYPE = "string-type"
    COUNTRY_CODE = "country-code"
    TIME_TYPE = "time-type"
    VALIDITY = "validity"
    BEYOND_ISSUER = "validity-beyond-issuer"
    KEY = "key"
    EXTENSION_MISSING = "extension-missing"
    EXTENSION_FOREIGN = "extension-foreign"
    EXTENSION_TWICE = "extension-twice"
    CRITICALITY = "criticality"
    KEY_USAGE = "key-usage"
    BASIC_CONSTRAINTS = "basic-constraints"
    EXTENDED_KEY_USAGE = "extended-key-usage"
    SUBJECT_KEY = "subject-key-identifier"
    AUTHORITY_KEY = "authority-key-identifier"
    ALTERNATIVE_NAME = "subject-alternative-name"
    ISSUER_ALTERNATIVE_NAME = "issuer-alternative-name"
    DISTRIBUTION_POINT = "distribution-point"
    POLICY = "certificate-policy"
    INFORMATION = "authority-information"


class OutsideProfile(Exception):
    """A certificate is not what its profile says; nothing was signed with the real key."""

    def __init__(self, rule: Rule, profile: str) -> None:
        super().__init__(f"{profile}: {rule}")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Draft:
    """A parsed certificate, its profile, and its issuer's certificate (its own where it is self-signed)."""

    certificate: x509.Certificate
    profile: Profile
    issuer: x509.Certificate

    @property
    def body(self) -> x509.TbsCertificate:
        """The part that is signed."""
        return self.certificate["tbs_certificate"]

    def extension(self, number: str) -> x509.Extension | None:
        """Give an extension by its dotted number."""
        found = [each for each in self.body["extensions"] if each["extn_id"].dotted == number]
        return found[0] if found else None

    def native(self, number: str) -> Any:  # noqa: ANN401 - what asn1crypto makes of the extension
        """Give the value of an extension as plain Python; None where it is absent."""
        extension = self.extension(number)
        return None if extension is None else extension["extn_value"].parsed.native

    def members(self, number: str) -> list[Any]:
        """Give the members of an extension that is a sequence; none where it is absent."""
        extension = self.extension(number)
        return [] if extension is None else list(extension["extn_value"].parsed)

    def require(self, condition: object, rule: Rule) -> None:
        """Raise OutsideProfile unless the condition holds."""
        if not condition:
            raise OutsideProfile(rule, self.profile.name)
