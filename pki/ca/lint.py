"""
The DER of a certificate held against its profile, before the real key signs it.

Read with asn1crypto and not with the library that built it, so that a mistake of the one is seen by the other.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from asn1crypto import core, x509

from pki.ca.draft import Draft, OutsideProfile, Rule
from pki.ca.lint_extensions import EXTENSION_CHECKS
from pki.profiles.profile import COUNTRY, SERIAL_NUMBER, STATE, Need, Profile

_SIGNATURES = {"sha256_ecdsa": "ES256", "sha384_ecdsa": "ES384", "sha256_rsa": "RS256"}
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384"}
_RSA_BITS = 2048
_UNCOMPRESSED = 4
_COUNTRY_CODE = re.compile("[A-Z]{2}")  # ISO 3166-1 alpha-2
# RFC 5280 4.1.2.5: UTCTime through 2049, GeneralizedTime from 2050.
_LAST_UTC_YEAR = 2049


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
    """Annex B.1.1: positive, not zero, at most 20 octets; the fixed length leaves all but two bits to chance."""
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
    draft.require((draft.issuer is draft.certificate) == draft.profile.self_signed, Rule.ISSUER)
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
    return _attributes_of(draft.certificate)


def _attributes_of(certificate: x509.Certificate) -> list[x509.NameTypeAndValue]:
    return [attribute for group in certificate["tbs_certificate"]["subject"].chosen for attribute in group]


def _place(draft: Draft) -> None:
    """Annex B.1: the country is the IACA's, and so is the state where the IACA names one; readers compare them."""
    if draft.profile.same_place:
        states = (_texts(draft.certificate, STATE), _texts(draft.issuer, STATE))
        draft.require(states[1] in ([], states[0]), Rule.PLACE)
        draft.require(_texts(draft.certificate, COUNTRY) == _texts(draft.issuer, COUNTRY), Rule.PLACE)


def _texts(certificate: x509.Certificate, number: str) -> list[str]:
    return [each["value"].native for each in _attributes_of(certificate) if each["type"].dotted == number]


def _validity(draft: Draft) -> None:
    begin, end = (draft.body["validity"][name] for name in ("not_before", "not_after"))
    for instant in (begin, end):
        expected = "utc_time" if instant.native.year <= _LAST_UTC_YEAR else "general_time"
        draft.require(instant.name == expected, Rule.TIME_TYPE)
    # RFC 5280 4.1.2.5: both ends belong to the period.
    lasts = end.native - begin.native + timedelta(seconds=1)
    draft.require(timedelta(0) < lasts <= draft.profile.longest, Rule.VALIDITY)
    above = draft.issuer["tbs_certificate"]["validity"]
    within = above["not_before"].native <= begin.native and end.native <= above["not_after"].native
    draft.require(within, Rule.BEYOND_ISSUER)


def _key(draft: Draft) -> None:
    info = draft.body["subject_public_key_info"]
    draft.require(_algorithm(info) in draft.profile.keys, Rule.KEY)
    # A key serves one purpose: that of the authority above is never certified a second time under itself.
    above = draft.issuer["tbs_certificate"]["subject_public_key_info"]
    draft.require(draft.profile.self_signed or info.dump() != above.dump(), Rule.KEY)


def _algorithm(info: x509.PublicKeyInfo) -> str | None:
    if info.algorithm == "rsa":
        return "RS256" if info.bit_size >= _RSA_BITS else None
    kind, curve = info.curve if info.algorithm == "ec" else ("", "")
    named = kind == "named" and bytes(info["public_key"])[0] == _UNCOMPRESSED
    return _CURVES.get(curve) if named else None


CHECKS: tuple[Callable[[Draft], None], ...] = (
    _version_and_serial,
    _signature_algorithm,
    _issuer,
    _subject,
    _strings,
    _place,
    _validity,
    _key,
    *EXTENSION_CHECKS,
)
