"""What a certificate profile says; the profiles themselves are data in the files beside this one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

# Extensions of RFC 5280, by dotted number.
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
KEY_USAGE = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME = "2.5.29.17"
ISSUER_ALTERNATIVE_NAME = "2.5.29.18"
BASIC_CONSTRAINTS = "2.5.29.19"
DISTRIBUTION_POINTS = "2.5.29.31"
POLICIES = "2.5.29.32"
AUTHORITY_KEY_IDENTIFIER = "2.5.29.35"
EXTENDED_KEY_USAGE = "2.5.29.37"
AUTHORITY_INFORMATION = "1.3.6.1.5.5.7.1.1"
OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5"  # RFC 6960 4.2.2.2.1

# Attributes of names (X.520).
COMMON_NAME = "2.5.4.3"
SERIAL_NUMBER = "2.5.4.5"
COUNTRY = "2.5.4.6"
LOCALITY = "2.5.4.7"
STATE = "2.5.4.8"
ORGANISATION = "2.5.4.10"
UNIT = "2.5.4.11"

SERVER_AUTH = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
OCSP_SIGNING = "1.3.6.1.5.5.7.3.9"


class Need(Enum):
    """Whether a certificate must have a part, or may."""

    MANDATORY = "mandatory"
    OPTIONAL = "optional"


MANDATORY = Need.MANDATORY
OPTIONAL = Need.OPTIONAL


@dataclass(frozen=True, slots=True)
class ExtensionRule:
    """One line of a profile: may the extension be missing, and is it critical."""

    need: Need = MANDATORY
    critical: bool = False


PLAIN = ExtensionRule()
CRITICAL = ExtensionRule(critical=True)
MAY = ExtensionRule(OPTIONAL)


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A closed description: what is not named here has no place in the certificate.

    `keys`: algorithms the certified key may have (ES256, ES384, RS256); `signed_with`: those of the issuer's key.
    `subject`: attribute number -> need. `extensions`: extension number -> rule. `path_length`: None for everything
    that is no authority. `same_place`: country is the issuer's, and so is the state where the issuer names one.
    `directory_points`: distribution points and issuer's names are directory names and not URIs.
    `alternative_names`: kinds allowed in subjectAltName, in the words of RFC 5280; `other_names`: number of each
    otherName value that may be among them -> need. `serial_octets`: exact length of the serial number.
    """

    name: str
    longest: timedelta
    subject: Mapping[str, Need]
    extensions: Mapping[str, ExtensionRule]
    key_usage: frozenset[str]
    keys: frozenset[str] = frozenset({"ES256", "ES384"})
    signed_with: frozenset[str] = frozenset({"ES256", "ES384"})
    self_signed: bool = False
    path_length: int | None = None
    same_place: bool = False
    extended_usages: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    directory_points: bool = False
    alternative_names: frozenset[str] = frozenset()
    other_names: Mapping[str, Need] = field(default_factory=dict)
    repeatable: frozenset[str] = field(default_factory=frozenset)
    serial_octets: int = 20

    @property
    def authority(self) -> bool:
        """Whether the certificate is one of a certificate authority."""
        return self.path_length is not None


AUTHORITY_USAGE = frozenset({"key_cert_sign", "crl_sign"})
SIGNING_USAGE = frozenset({"digital_signature"})
# The algorithm families a key may have; RSA because the JPKI Act Regulation names nothing else today (articles 2, 38).
RSA_ONLY = frozenset({"RS256"})
