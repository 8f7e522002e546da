"""Certificate profiles of ISO/IEC 18013-5 Annex B, with the choices this project makes inside them."""

from datetime import timedelta

from pki.profiles.profile import (
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
    OPTIONAL,
    ORGANISATION,
    PLAIN,
    SERIAL_NUMBER,
    SIGNING_USAGE,
    STATE,
    SUBJECT_KEY_IDENTIFIER,
    Profile,
)

MDL_DOCUMENT_SIGNER = "1.0.18013.5.1.2"
MDL_READER = "1.0.18013.5.1.6"

_SUBJECT = {
    COUNTRY: MANDATORY,
    COMMON_NAME: MANDATORY,
    STATE: OPTIONAL,
    ORGANISATION: OPTIONAL,
    SERIAL_NUMBER: OPTIONAL,
}
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

# One extended key usage only: readers in the field refuse a document signer that names a second one.
DOCUMENT_SIGNER = Profile(
    name="document signer",
    longest=timedelta(days=457),
    subject={**_SUBJECT, LOCALITY: OPTIONAL},
    extensions={**_CERTIFIED, EXTENDED_KEY_USAGE: CRITICAL, ISSUER_ALTERNATIVE_NAME: PLAIN},
    key_usage=SIGNING_USAGE,
    extended_usages=(MDL_DOCUMENT_SIGNER,),
)

READER = Profile(
    name="reader",
    longest=timedelta(days=1187),
    subject={COMMON_NAME: MANDATORY, COUNTRY: OPTIONAL, ORGANISATION: OPTIONAL, SERIAL_NUMBER: OPTIONAL},
    extensions={**_CERTIFIED, EXTENDED_KEY_USAGE: CRITICAL},
    key_usage=SIGNING_USAGE,
    extended_usages=(MDL_READER,),
)

# The usage for status signing has no number at IANA yet and is left out; the prototype's .30 belongs to RFC 8209.
STATUS_SIGNER = Profile(
    name="status signer",
    longest=timedelta(days=1187),
    subject=_SUBJECT,
    extensions={**_CERTIFIED, DISTRIBUTION_POINTS: MAY},
    key_usage=SIGNING_USAGE,
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
