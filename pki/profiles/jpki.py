"""
Certificates of the JPKI kind (公的個人認証サービス), as far as their public form is known.

RSA of 2048 bits because the JPKI Act Regulation (articles 2 and 38) names products of two primes only.
"""

from dataclasses import replace
from datetime import timedelta

from pki.profiles.profile import (
    AUTHORITY_INFORMATION,
    AUTHORITY_KEY_IDENTIFIER,
    AUTHORITY_USAGE,
    BASIC_CONSTRAINTS,
    CLIENT_AUTH,
    COMMON_NAME,
    COUNTRY,
    CRITICAL,
    DISTRIBUTION_POINTS,
    EXTENDED_KEY_USAGE,
    ISSUER_ALTERNATIVE_NAME,
    KEY_USAGE,
    LOCALITY,
    MANDATORY,
    MAY,
    OCSP_NO_CHECK,
    OCSP_SIGNING,
    OPTIONAL,
    ORGANISATION,
    PLAIN,
    POLICIES,
    RSA_ONLY,
    SIGNING_USAGE,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    UNIT,
    Profile,
)

SIGNATURE_POLICY = "1.2.392.200149.8.5.1.1.20"
AUTHENTICATION_POLICY = "1.2.392.200149.8.5.1.3.30"

# otherName values in the subjectAltName of a signature certificate, all UTF8String.
NAME = "1.2.392.200149.8.5.5.1"
NAME_SUBSTITUTES = "1.2.392.200149.8.5.5.2"
SEX = "1.2.392.200149.8.5.5.3"
BIRTH_DATE = "1.2.392.200149.8.5.5.4"
ADDRESS = "1.2.392.200149.8.5.5.5"
ADDRESS_SUBSTITUTES = "1.2.392.200149.8.5.5.6"

_ROOT = Profile(
    name="JPKI CA",  # each kind has its own
    longest=timedelta(days=10 * 366),
    subject={COUNTRY: MANDATORY, ORGANISATION: MANDATORY, UNIT: MANDATORY},
    extensions={
        SUBJECT_KEY_IDENTIFIER: PLAIN,
        KEY_USAGE: CRITICAL,
        BASIC_CONSTRAINTS: CRITICAL,
        SUBJECT_ALTERNATIVE_NAME: PLAIN,
        DISTRIBUTION_POINTS: PLAIN,
    },
    key_usage=AUTHORITY_USAGE,
    keys=RSA_ONLY,
    signed_with=RSA_ONLY,
    self_signed=True,
    path_length=0,
    directory_points=True,
    alternative_names=frozenset({"directory_name"}),
    repeatable=frozenset({UNIT}),
)

SIGNATURE_ROOT = replace(_ROOT, name="JPKI CA for signature certificates")
AUTHENTICATION_ROOT = replace(_ROOT, name="JPKI CA for user authentication certificates")

_USER = {
    AUTHORITY_KEY_IDENTIFIER: PLAIN,
    SUBJECT_KEY_IDENTIFIER: PLAIN,
    KEY_USAGE: CRITICAL,
    POLICIES: CRITICAL,
    ISSUER_ALTERNATIVE_NAME: PLAIN,
    DISTRIBUTION_POINTS: PLAIN,
    AUTHORITY_INFORMATION: MAY,
}
# Real serial numbers are short; ours are as long as ISO/IEC 18013-5 B.1.1 advises, 71 bits of chance or more.
_SERIAL_OCTETS = 10

# 署名用: the holder's four items stand in otherName values; six years when renewed with under three months left.
SIGNATURE = Profile(
    name="JPKI signature certificate",
    longest=timedelta(days=6 * 366),
    subject={COUNTRY: MANDATORY, LOCALITY: MANDATORY, COMMON_NAME: MANDATORY},
    extensions={**_USER, SUBJECT_ALTERNATIVE_NAME: PLAIN},
    key_usage=frozenset({"digital_signature", "non_repudiation"}),
    keys=RSA_ONLY,
    signed_with=RSA_ONLY,
    policies=(SIGNATURE_POLICY,),
    directory_points=True,
    alternative_names=frozenset({"other_name"}),
    other_names={
        NAME: MANDATORY,
        NAME_SUBSTITUTES: OPTIONAL,
        SEX: MANDATORY,
        BIRTH_DATE: MANDATORY,
        ADDRESS: MANDATORY,
        ADDRESS_SUBSTITUTES: OPTIONAL,
    },
    repeatable=frozenset({LOCALITY}),
    serial_octets=_SERIAL_OCTETS,
)

# 利用者証明用: no name, sex, birth date or address anywhere.
AUTHENTICATION = Profile(
    name="JPKI user authentication certificate",
    longest=timedelta(days=6 * 366),
    subject={COUNTRY: MANDATORY, COMMON_NAME: MANDATORY},
    extensions={**_USER, EXTENDED_KEY_USAGE: PLAIN},
    key_usage=frozenset({"digital_signature"}),
    keys=RSA_ONLY,
    signed_with=RSA_ONLY,
    extended_usages=(CLIENT_AUTH,),
    policies=(AUTHENTICATION_POLICY,),
    directory_points=True,
    serial_octets=_SERIAL_OCTETS,
)

# Status answers of either authority; short-lived, so that nobody has to ask about the one who answers.
OCSP_SIGNER = Profile(
    name="JPKI OCSP signer",
    longest=timedelta(days=90),
    subject={COUNTRY: MANDATORY, ORGANISATION: MANDATORY, UNIT: OPTIONAL, COMMON_NAME: MANDATORY},
    extensions={
        AUTHORITY_KEY_IDENTIFIER: PLAIN,
        SUBJECT_KEY_IDENTIFIER: PLAIN,
        KEY_USAGE: CRITICAL,
        EXTENDED_KEY_USAGE: CRITICAL,
        ISSUER_ALTERNATIVE_NAME: PLAIN,
        OCSP_NO_CHECK: PLAIN,
    },
    key_usage=SIGNING_USAGE,
    keys=RSA_ONLY,
    signed_with=RSA_ONLY,
    extended_usages=(OCSP_SIGNING,),
    directory_points=True,
    repeatable=frozenset({UNIT}),
)
