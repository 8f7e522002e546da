"""Card data: the root and the key that signs the number, the four items and the card face (個人番号・4情報署名)."""

from datetime import timedelta

from pki.profiles.profile import (
    AUTHORITY_KEY_IDENTIFIER,
    AUTHORITY_USAGE,
    BASIC_CONSTRAINTS,
    COMMON_NAME,
    COUNTRY,
    CRITICAL,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    MANDATORY,
    ORGANISATION,
    PLAIN,
    RSA_ONLY,
    SIGNING_USAGE,
    SUBJECT_KEY_IDENTIFIER,
    Profile,
)

CARD_DATA = "2.25.136370858636079236146466276180761306037"  # a UUID as a number (ITU-T X.667): no list has one for it
_SUBJECT = {COUNTRY: MANDATORY, ORGANISATION: MANDATORY, COMMON_NAME: MANDATORY}

CARD_DATA_ROOT = Profile(
    name="card-data CA",
    longest=timedelta(days=20 * 366),
    subject=_SUBJECT,
    extensions={SUBJECT_KEY_IDENTIFIER: PLAIN, KEY_USAGE: CRITICAL, BASIC_CONSTRAINTS: CRITICAL},
    key_usage=AUTHORITY_USAGE,
    keys=RSA_ONLY,
    signed_with=RSA_ONLY,
    self_signed=True,
    path_length=0,
)

# A card lives up to eleven years and its data signature is checked for as long.
CARD_DATA_SIGNER = Profile(
    name="card-data signer",
    longest=timedelta(days=15 * 366),
    subject=_SUBJECT,
    extensions={
        AUTHORITY_KEY_IDENTIFIER: PLAIN,
        SUBJECT_KEY_IDENTIFIER: PLAIN,
        KEY_USAGE: CRITICAL,
        EXTENDED_KEY_USAGE: CRITICAL,
    },
    key_usage=SIGNING_USAGE,
    extended_usages=(CARD_DATA,),
    keys=RSA_ONLY,
    signed_with=RSA_ONLY,
)
