"""
The DER of a certificate held against its profile, before the real key signs it.

Read with asn1crypto and not with the library that built it, so that a mistake of the one is seen by the other.
"""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from asn1crypto import core, x509

from pki.profiles.profile import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    COUNTRY,
    DISTRIBUTION_POINTS,
    EXTENDED_KEY_USAGE,
    ISSUER_ALTERNATIVE_NAME,
    KEY_USAGE,
    POLICIES,
    SERIAL_NUMBER,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    Need,
    Profile,
)

_SIGNATURES = {"sha256_ecdsa": "ES256", "sha384_ecdsa": "ES384", "sha256_rsa": "RS256"}
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384"}
_RSA_BITS = 2048
_UNCOMPRESSED = 4
_COUNTRY_CODE = re.compile("[A-Z]{2}")  # ISO 3166-1 alpha-2
# RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
_LAST_UTC_YEAR = 2049


class Rule(StrEnum):
    """What can be wrong with a certificate before it exists."""

    ENCODING = "encoding"
    VERSION = "version"
    SERIAL = "serial"
    SIGNATURE_ALGORITHM = "signature-algorithm"
    ISSUER = "issuer"
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

    def require(self, condition: object, rule: Rule) -> None:
        """Raise OutsideProfile unless the condition holds."""
        if not condition:
            raise OutsideProfile(rule, self.profile.name)


def check(der: bytes, profile: Profile, *, issuer: bytes | None) -> None:
    """
    Hold a certificate (DER, signed by whatever key) against `profile`.

    `issuer`: DER of the certificate above it; None where the certificate is its own. Raises OutsideProfile with the
    first rule that is broken.
    """
    try:
        certificate = x509.Certificate.load(der, strict=True)
        above = certificate if issuer is None else x509.Certificate.load(issuer)
        draft = Draft(certificate, profile, above)
        draft.require(certificate.dump(force=True) == der, Rule.ENCODING)
        for rule in CHECKS:
            rule(draft)
    except (ValueError, TypeError):
        raise OutsideProfile(Rule.ENCODING, profile.name) from None


def _version_and_serial(draft: Draft) -> None:
    """Annex B.1.1: positive, not zero, at most 20 octets; the fixed length leaves at least 62 bits to chance."""
    draft.require(draft.body["version"].native == "v3", Rule.VERSION)
    contents = draft.body["serial_number"].contents
    positive = draft.body["serial_number"].native > 0
    draft.require(positive and len(contents) == draft.profile.serial_octets, Rule.SERIAL)


def _signature_algorithm(draft: Draft) -> None:
    """The inner and outer names agree; ECDSA has no parameters, RSA has NULL (RFC 5758 3.2, RFC 4055 5)."""
    inner = draft.body["signature"]
    algorithm = _SIGNATURES.get(inner["algorithm"].native)
    draft.require(algorithm in draft.profile.signed_with, Rule.SIGNATURE_ALGORITHM)
    draft.require(inner.dump() == draft.certificate["signature_algorithm"].dump(), Rule.SIGNATURE_ALGORITHM)
    expected = core.Null if algorithm == "RS256" else core.Void
    draft.require(isinstance(inner["parameters"], expected), Rule.SIGNATURE_ALGORITHM)


def _issuer(draft: Draft) -> None:
    """Annex B.1.1: the issuer's name is byte-equal to the subject of the certificate above."""
    above = draft.issuer["tbs_certificate"]["subject"].dump()
    draft.require(draft.body["issuer"].dump() == above, Rule.ISSUER)


def _subject(draft: Draft) -> None:
    found = Counter(attribute["type"].dotted for attribute in _attributes(draft))
    needed = {number for number, need in draft.profile.subject.items() if need is Need.MANDATORY}
    draft.require(needed <= found.keys() <= draft.profile.subject.keys(), Rule.SUBJECT)
    twice = {number for number, count in found.items() if count > 1}
    draft.require(twice <= draft.profile.repeatable, Rule.SUBJECT)


def _strings(draft: Draft) -> None:
    """Annex B.1.1: country and serialNumber are PrintableString, the others PrintableString or UTF8String."""
    for attribute in _attributes(draft):
        number, value = attribute["type"].dotted, attribute["value"]
        chosen = value.chosen if isinstance(value, x509.DirectoryString) else value
        printable = number in (COUNTRY, SERIAL_NUMBER)
        allowed = (core.PrintableString,) if printable else (core.PrintableString, core.UTF8String)
        draft.require(isinstance(chosen, allowed), Rule.STRING_TYPE)
        if number == COUNTRY:
            draft.require(_COUNTRY_CODE.fullmatch(chosen.native), Rule.COUNTRY_CODE)


def _attributes(draft: Draft) -> list[x509.NameTypeAndValue]:
    return [attribute for group in draft.body["subject"].chosen for attribute in group]


def _validity(draft: Draft) -> None:
    begin, end = (draft.body["validity"][name] for name in ("not_before", "not_after"))
    for instant in (begin, end):
        expected = "utc_time" if instant.native.year <= _LAST_UTC_YEAR else "general_time"
        draft.require(instant.name == expected, Rule.TIME_TYPE)
    # RFC 5280 4.1.2.5: both ends belong to the period.
    lasts = end.native - begin.native + timedelta(seconds=1)
    draft.require(timedelta(0) < lasts <= draft.profile.longest, Rule.VALIDITY)
    draft.require(end.native <= draft.issuer["tbs_certificate"]["validity"]["not_after"].native, Rule.BEYOND_ISSUER)


def _key(draft: Draft) -> None:
    info = draft.body["subject_public_key_info"]
    draft.require(_algorithm(info) in draft.profile.keys, Rule.KEY)


def _algorithm(info: x509.PublicKeyInfo) -> str | None:
    if info.algorithm == "rsa":
        return "RS256" if info.bit_size >= _RSA_BITS else None
    kind, curve = info.curve if info.algorithm == "ec" else ("", "")
    named = kind == "named" and bytes(info["public_key"])[0] == _UNCOMPRESSED
    return _CURVES.get(curve) if named else None


def _extensions(draft: Draft) -> None:
    rules = draft.profile.extensions
    numbers = [extension["extn_id"].dotted for extension in draft.body["extensions"]]
    draft.require(len(numbers) == len(set(numbers)), Rule.EXTENSION_TWICE)
    draft.require(set(numbers) <= rules.keys(), Rule.EXTENSION_FOREIGN)
    needed = {number for number, rule in rules.items() if rule.need is Need.MANDATORY}
    draft.require(needed <= set(numbers), Rule.EXTENSION_MISSING)
    for extension in draft.body["extensions"]:
        expected = rules[extension["extn_id"].dotted].critical
        draft.require(extension["critical"].native == expected, Rule.CRITICALITY)


def _key_usage(draft: Draft) -> None:
    usage = _native(draft, KEY_USAGE)
    draft.require(usage == draft.profile.key_usage, Rule.KEY_USAGE)


def _basic_constraints(draft: Draft) -> None:
    constraints = _native(draft, BASIC_CONSTRAINTS)
    if constraints is not None:
        expected = {"ca": True, "path_len_constraint": draft.profile.path_length}
        draft.require(dict(constraints) == expected, Rule.BASIC_CONSTRAINTS)


def _extended_usage(draft: Draft) -> None:
    extension = draft.extension(EXTENDED_KEY_USAGE)
    found = [] if extension is None else [usage.dotted for usage in extension["extn_value"].parsed]
    draft.require(found == list(draft.profile.extended_usages), Rule.EXTENDED_KEY_USAGE)


def _key_identifiers(draft: Draft) -> None:
    """Annex B.1.1: SHA-1 of the key's bit string; the authority's is the identifier in the certificate above."""
    own = _native(draft, SUBJECT_KEY_IDENTIFIER)
    draft.require(own == draft.body["subject_public_key_info"].sha1, Rule.SUBJECT_KEY)
    authority = draft.extension(AUTHORITY_KEY_IDENTIFIER)
    if authority is not None:
        expected = {
            "key_identifier": draft.issuer.key_identifier,
            "authority_cert_issuer": None,
            "authority_cert_serial_number": None,
        }
        draft.require(dict(authority["extn_value"].parsed.native) == expected, Rule.AUTHORITY_KEY)


def _alternative_names(draft: Draft) -> None:
    names = _general_names(draft, SUBJECT_ALTERNATIVE_NAME)
    draft.require({name.name for name in names} <= draft.profile.alternative_names, Rule.ALTERNATIVE_NAME)
    others = {name.chosen["type_id"].dotted for name in names if name.name == "other_name"}
    draft.require(draft.profile.other_names <= others, Rule.ALTERNATIVE_NAME)


def _issuer_alternative_names(draft: Draft) -> None:
    """Annex B.1.2: how the issuer is reached, as mail address or URI; JPKI has a directory name there."""
    allowed = {"directory_name"} if draft.profile.directory_points else {"rfc822_name", "uniform_resource_identifier"}
    names = {name.name for name in _general_names(draft, ISSUER_ALTERNATIVE_NAME)}
    draft.require(names <= allowed, Rule.ISSUER_ALTERNATIVE_NAME)


def _general_names(draft: Draft, number: str) -> list[x509.GeneralName]:
    extension = draft.extension(number)
    return [] if extension is None else list(extension["extn_value"].parsed)


def _distribution_points(draft: Draft) -> None:
    """Annex B.1.1: a URI, no reasons, no other issuer of the list; JPKI names a directory entry instead."""
    extension = draft.extension(DISTRIBUTION_POINTS)
    expected = "directory_name" if draft.profile.directory_points else "uniform_resource_identifier"
    for point in [] if extension is None else extension["extn_value"].parsed:
        plain = point["reasons"].native is None and point["crl_issuer"].native is None
        name = point["distribution_point"]
        draft.require(plain and name.native is not None and name.name == "full_name", Rule.DISTRIBUTION_POINT)
        draft.require({each.name for each in name.chosen} == {expected}, Rule.DISTRIBUTION_POINT)


def _policies(draft: Draft) -> None:
    extension = draft.extension(POLICIES)
    policies = [] if extension is None else list(extension["extn_value"].parsed)
    found = [policy["policy_identifier"].dotted for policy in policies]
    draft.require(found == list(draft.profile.policies), Rule.POLICY)


def _native(draft: Draft, number: str) -> Any:  # noqa: ANN401 - what asn1crypto makes of the extension
    extension = draft.extension(number)
    return None if extension is None else extension["extn_value"].parsed.native


CHECKS: tuple[Callable[[Draft], None], ...] = (
    _version_and_serial,
    _signature_algorithm,
    _issuer,
    _subject,
    _strings,
    _validity,
    _key,
    _extensions,
    _key_usage,
    _basic_constraints,
    _extended_usage,
    _key_identifiers,
    _alternative_names,
    _issuer_alternative_names,
    _distribution_points,
    _policies,
)
