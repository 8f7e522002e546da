"""
Certificate profiles of ISO/IEC 18013-5 Annex B, with the choices this project makes inside them.

Clauses are those of the second edition. Extensions that Annex B forbids (PolicyMappings, NameConstraints,
PolicyConstraints, InhibitAnyPolicy, FreshestCRL) appear nowhere, because a profile is closed.
"""

from dataclasses import replace
from datetime import timedelta

from pki.profiles.profile import (
    AUTHORITY_INFORMATION,
    AUTHORITY_KEY_IDENTIFIER,
    AUTHORITY_USAGE,
    BASIC_CONSTRAINTS,
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
    SERIAL_NUMBER,
    SIGNING_USAGE,
    STATE,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    Profile,
)

MDL_DOCUMENT_SIGNER = "1.0.18013.5.1.2"
MDL_READER = "1.0.18013.5.1.6"
MDL_VICAL = "1.0.18013.5.1.8"
MDOC_DOCUMENT_SIGNER = "1.0.23220.4.1.2"  # ISO/IEC 23220-4

_SUBJECT = {
    COUNTRY: MANDATORY,
    COMMON_NAME: MANDATORY,
    STATE: OPTIONAL,
    ORGANISATION: OPTIONAL,
    SERIAL_NUMBER: OPTIONAL,
}
_SIGNER_SUBJECT = {**_SUBJECT, LOCALITY: OPTIONAL}
_CERTIFIED = {
    AUTHORITY_KEY_IDENTIFIER: PLAIN,
    SUBJECT_KEY_IDENTIFIER: PLAIN,
    KEY_USAGE: CRITICAL,
    DISTRIBUTION_POINTS: PLAIN,
}

# B.1.2. The second edition makes the root's distribution point optional; older readers demand it, so it may be there.
IACA_ROOT = Profile(
    name="IACA root",
    longest=timedelta(days=20 * 365 + 5),
    subject=_SUBJECT,
    extensions={
        SUBJECT_KEY_IDENTIFIER: PLAIN,
        KEY_USAGE: CRITICAL,
        BASIC_CONSTRAINTS: CRITICAL,
        ISSUER_ALTERNATIVE_NAME: PLAIN,
        DISTRIBUTION_POINTS: MAY,
    },
    key_usage=AUTHORITY_USAGE,
    self_signed=True,
    path_length=0,
)

# B.1.3. It carries the other root's name and key and never outlives the root that signs it; where the name changes,
# subjectAltName repeats the other root's as a directory name.
IACA_LINK = Profile(
    name="IACA link",
    longest=IACA_ROOT.longest,
    subject=_SUBJECT,
    extensions={
        **_CERTIFIED,
        BASIC_CONSTRAINTS: CRITICAL,
        ISSUER_ALTERNATIVE_NAME: PLAIN,
        SUBJECT_ALTERNATIVE_NAME: MAY,
    },
    key_usage=AUTHORITY_USAGE,
    path_length=0,
    same_place=True,
    alternative_names=frozenset({"directory_name"}),
)

# B.1.4. One extended key usage only: readers in the field refuse a document signer that names a second one.
DOCUMENT_SIGNER = Profile(
    name="document signer",
    longest=timedelta(days=457),
    subject=_SIGNER_SUBJECT,
    extensions={**_CERTIFIED, EXTENDED_KEY_USAGE: CRITICAL, ISSUER_ALTERNATIVE_NAME: PLAIN},
    key_usage=SIGNING_USAGE,
    same_place=True,
    extended_usages=(MDL_DOCUMENT_SIGNER,),
)
# What the second edition recommends; an option of the ceremony's plan, off unless asked for.
DOCUMENT_SIGNER_OF_BOTH = replace(
    DOCUMENT_SIGNER,
    name="document signer with both usages",
    extended_usages=(MDL_DOCUMENT_SIGNER, MDOC_DOCUMENT_SIGNER),
)

# B.1.5. The issuer's name is mandatory only where an IACA certifies readers; here the reader CA does.
READER = Profile(
    name="reader",
    longest=timedelta(days=1187),
    subject={COMMON_NAME: MANDATORY, COUNTRY: OPTIONAL, ORGANISATION: OPTIONAL, SERIAL_NUMBER: OPTIONAL},
    extensions={**_CERTIFIED, EXTENDED_KEY_USAGE: CRITICAL, AUTHORITY_INFORMATION: MAY},
    key_usage=SIGNING_USAGE,
    extended_usages=(MDL_READER,),
)

# B.1.6, with a distribution point: the signer itself can be revoked.
OCSP_SIGNER = Profile(
    name="OCSP signer",
    longest=timedelta(days=457),
    subject=_SIGNER_SUBJECT,
    extensions={**_CERTIFIED, EXTENDED_KEY_USAGE: CRITICAL, ISSUER_ALTERNATIVE_NAME: PLAIN},
    key_usage=SIGNING_USAGE,
    same_place=True,
    extended_usages=(OCSP_SIGNING,),
)
# B.1.6, with ocsp-nocheck instead: nobody asks about it, so it lives 90 days at most.
OCSP_SIGNER_UNCHECKED = replace(
    OCSP_SIGNER,
    name="OCSP signer without check",
    longest=timedelta(days=90),
    extensions={
        **{number: rule for number, rule in OCSP_SIGNER.extensions.items() if number != DISTRIBUTION_POINTS},
        OCSP_NO_CHECK: PLAIN,
    },
)

# B.1.7. The usage for status signing has no number at IANA yet and is left out; the prototype's .30 belongs to
# RFC 8209.
STATUS_SIGNER = Profile(
    name="status signer",
    longest=timedelta(days=1187),
    subject=_SUBJECT,
    extensions={**_CERTIFIED, DISTRIBUTION_POINTS: MAY},
    key_usage=SIGNING_USAGE,
    same_place=True,
)

# Annex C names the usage and no period; the shortest that Annex B gives a signer is taken.
VICAL_SIGNER = Profile(
    name="VICAL signer",
    longest=timedelta(days=457),
    subject=_SIGNER_SUBJECT,
    extensions={**_CERTIFIED, EXTENDED_KEY_USAGE: CRITICAL, ISSUER_ALTERNATIVE_NAME: PLAIN},
    key_usage=SIGNING_USAGE,
    same_place=True,
    extended_usages=(MDL_VICAL,),
)

READER_ROOT = Profile(
    name="reader CA",
    longest=timedelta(days=20 * 365 + 5),
    subject=_SUBJECT,
    extensions={SUBJECT_KEY_IDENTIFIER: PLAIN, KEY_USAGE: CRITICAL, BASIC_CONSTRAINTS: CRITICAL},
    key_usage=AUTHORITY_USAGE,
    self_signed=True,
    path_length=0,
)
