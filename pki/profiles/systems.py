"""Certificates of systems, contractors and bodies (D7), and of the public TLS listeners (D16)."""

from datetime import timedelta

from pki.profiles.profile import (
    AUTHORITY_KEY_IDENTIFIER,
    AUTHORITY_USAGE,
    BASIC_CONSTRAINTS,
    CLIENT_AUTH,
    COMMON_NAME,
    COUNTRY,
    CRITICAL,
    EXTENDED_KEY_USAGE,
    KEY_USAGE,
    MANDATORY,
    OPTIONAL,
    ORGANISATION,
    PLAIN,
    SERVER_AUTH,
    SIGNING_USAGE,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
    UNIT,
    Profile,
)

_ROOT = {SUBJECT_KEY_IDENTIFIER: PLAIN, KEY_USAGE: CRITICAL, BASIC_CONSTRAINTS: CRITICAL}
_CERTIFIED = {
    AUTHORITY_KEY_IDENTIFIER: PLAIN,
    SUBJECT_KEY_IDENTIFIER: PLAIN,
    KEY_USAGE: CRITICAL,
    EXTENDED_KEY_USAGE: PLAIN,
    SUBJECT_ALTERNATIVE_NAME: PLAIN,
}
_ROOT_SUBJECT = {COUNTRY: MANDATORY, ORGANISATION: MANDATORY, COMMON_NAME: MANDATORY}

SYSTEMS_ROOT = Profile(
    name="systems CA",
    longest=timedelta(days=10 * 366),
    subject=_ROOT_SUBJECT,
    extensions=_ROOT,
    key_usage=AUTHORITY_USAGE,
    self_signed=True,
    path_length=0,
)

# CN names the system, OU the body (municipality, prefecture, agency) where one system has several holders.
SYSTEM = Profile(
    name="system",
    longest=timedelta(days=825),
    subject={COUNTRY: MANDATORY, ORGANISATION: MANDATORY, UNIT: OPTIONAL, COMMON_NAME: MANDATORY},
    extensions=_CERTIFIED,
    key_usage=SIGNING_USAGE,
    extended_usages=(SERVER_AUTH, CLIENT_AUTH),
    alternative_names=frozenset({"dns_name"}),
)

PUBLIC_ROOT = Profile(
    name="public TLS CA",
    longest=timedelta(days=10 * 366),
    subject=_ROOT_SUBJECT,
    extensions=_ROOT,
    key_usage=AUTHORITY_USAGE,
    self_signed=True,
    path_length=0,
)

PUBLIC_SERVER = Profile(
    name="public TLS server",
    longest=timedelta(days=397),
    subject={COUNTRY: MANDATORY, ORGANISATION: MANDATORY, COMMON_NAME: MANDATORY},
    extensions=_CERTIFIED,
    key_usage=SIGNING_USAGE,
    extended_usages=(SERVER_AUTH,),
    alternative_names=frozenset({"dns_name", "ip_address"}),
)
