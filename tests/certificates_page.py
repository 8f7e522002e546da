"""docs/certificates.md, made from the profiles."""

from datetime import timedelta

from pki.profiles import profile as parts
from pki.profiles.all import PROFILES
from pki.profiles.profile import ExtensionRule, Need, Profile

HEAD = """# Certificates

Every certificate of the house is made by one of the profiles below. A profile is closed: a field or an extension that
it does not name has no place in the certificate. Before a CA key is used the certificate is signed with a throw-away
key, its DER is read by another library than the one that wrote it, and it is held against its profile; its serial
number is stored; only then is it signed, and what was signed is compared with what was checked. `tegata pki check`
holds every certificate that was ever issued against its profile once more.

Common to all: X.509 version 3; a serial number that is positive and all chance but two bits; the subject key
identifier is the SHA-1 of the key's bit string; country codes are capital letters in a PrintableString, other texts
UTF8String or PrintableString; times are UTCTime until 2049; the period lies within that of the issuer, whose name is
repeated byte by byte; no key is certified under itself.

Made from `pki/profiles/`. An extension marked *critical* is critical in every certificate of the profile, the others
never are; *optional* ones may be missing.

## Options

The plan of a ceremony (`[options]`) decides what ISO/IEC 18013-5 leaves open:

- `both_usages`, `false` by default: document signers name the usage of ISO/IEC 23220-4 (`1.0.23220.4.1.2`) beside
  `1.0.18013.5.1.2`. The second edition recommends it; readers in the field refuse a second usage.
- `root_revocation_list`, `true` by default: the IACA root names its revocation list. Readers of the first edition ask
  for it; the second edition discourages it.

The extended key usage of status signers has no number at IANA yet and is left out. On reading, a signer of status lists
may name a usage that nobody knows yet, not critical; one that is known for something else is refused, critical or not.
The usage of card-data signers is our own: a UUID as a number.
"""
NAMES = {
    parts.COMMON_NAME: "CN",
    parts.SERIAL_NUMBER: "serialNumber",
    parts.COUNTRY: "C",
    parts.LOCALITY: "L",
    parts.STATE: "ST",
    parts.ORGANISATION: "O",
    parts.UNIT: "OU",
}
EXTENSIONS = {
    parts.SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
    parts.KEY_USAGE: "keyUsage",
    parts.SUBJECT_ALTERNATIVE_NAME: "subjectAltName",
    parts.ISSUER_ALTERNATIVE_NAME: "issuerAltName",
    parts.BASIC_CONSTRAINTS: "basicConstraints",
    parts.DISTRIBUTION_POINTS: "cRLDistributionPoints",
    parts.POLICIES: "certificatePolicies",
    parts.AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    parts.EXTENDED_KEY_USAGE: "extKeyUsage",
    parts.AUTHORITY_INFORMATION: "authorityInfoAccess",
    parts.OCSP_NO_CHECK: "ocsp-nocheck",
}
FIXED = {
    parts.SUBJECT_KEY_IDENTIFIER: "SHA-1 of the key",
    parts.AUTHORITY_KEY_IDENTIFIER: "key identifier of the issuer",
    parts.AUTHORITY_INFORMATION: "OCSP, a URI",
    parts.OCSP_NO_CHECK: "NULL",
}


def certificates_page() -> str:
    """Return docs/certificates.md."""
    return HEAD + "".join(_section(profile) for profile in PROFILES.values())


def _section(profile: Profile) -> str:
    rows = [*_fields(profile), *(_extension(profile, *each) for each in profile.extensions.items())]
    table = "".join(f"| {name} | {value} |\n" for name, value in rows)
    return f"\n## {profile.name[0].upper()}{profile.name[1:]}\n\n| Field | Value |\n|---|---|\n{table}"


def _fields(profile: Profile) -> list[tuple[str, str]]:
    place = "; country and state are the issuer's" if profile.same_place else ""
    return [
        ("issuer", "itself" if profile.self_signed else "the authority above it"),
        ("subject", ", ".join(_attribute(profile, *each) for each in profile.subject.items()) + place),
        ("longest period", f"{profile.longest // timedelta(days=1)} days"),
        ("key", ", ".join(sorted(profile.keys))),
        ("signed with", ", ".join(sorted(profile.signed_with))),
        ("serial number", f"{profile.serial_octets} octets"),
    ]


def _attribute(profile: Profile, number: str, need: Need) -> str:
    several = ", several times" if number in profile.repeatable else ""
    optional = "optional" if need is Need.OPTIONAL else ""
    note = (optional + several).removeprefix(", ")
    return NAMES[number] + (f" ({note})" if note else "")


def _extension(profile: Profile, number: str, rule: ExtensionRule) -> tuple[str, str]:
    marks = [mark for mark, there in (("critical", rule.critical), ("optional", rule.need is Need.OPTIONAL)) if there]
    value = FIXED.get(number) or _value(profile, number)
    return f"{EXTENSIONS[number]} `{number}`", value + "".join(f", *{mark}*" for mark in marks)


def _value(profile: Profile, number: str) -> str:
    kind = "directory name" if profile.directory_points else "URI"
    values = {
        parts.KEY_USAGE: ", ".join(sorted(profile.key_usage)),
        parts.BASIC_CONSTRAINTS: f"CA, path length {profile.path_length}",
        parts.EXTENDED_KEY_USAGE: _codes(profile.extended_usages),
        parts.POLICIES: _codes(profile.policies),
        parts.DISTRIBUTION_POINTS: kind,
        parts.ISSUER_ALTERNATIVE_NAME: kind if profile.directory_points else "URI or mail address",
        parts.SUBJECT_ALTERNATIVE_NAME: ", ".join(sorted(profile.alternative_names)) + _others(profile),
    }
    return values[number]


def _others(profile: Profile) -> str:
    others = [
        f"`{number}`" + (" (optional)" if need is Need.OPTIONAL else "") for number, need in profile.other_names.items()
    ]
    return f": {', '.join(others)} as UTF8String" if others else ""


def _codes(numbers: tuple[str, ...]) -> str:
    return ", ".join(f"`{number}`" for number in numbers)
