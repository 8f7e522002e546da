"""
The extension in which an Android-like secure area describes a key: KeyDescription of Android key attestation.

ASN.1 as its documentation publishes it ("Key and ID attestation", section Schema), read strictly: unknown members and
another order are refused.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from asn1crypto import core
from cryptography import x509

from issuer.errors import Code
from issuer.smp.verification.attestation.refused import AttestationRefused

OID: Final = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.1.17")
SIGN, AGREE_KEY = 2, 6
EC, P256, GENERATED = 3, 1, 0


class _Integers(core.SetOf):  # type: ignore[misc]  # asn1crypto has no types
    _child_spec = core.Integer


class _Octets(core.SetOf):  # type: ignore[misc]
    _child_spec = core.OctetString


class _Level(core.Enumerated):  # type: ignore[misc]
    _map: ClassVar = {0: "software", 1: "trusted_environment", 2: "strong_box"}


class _Boot(core.Enumerated):  # type: ignore[misc]
    _map: ClassVar = {0: "verified", 1: "self_signed", 2: "unverified", 3: "failed"}


class _RootOfTrust(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("verified_boot_key", core.OctetString),
        ("device_locked", core.Boolean),
        ("verified_boot_state", _Boot),
        ("verified_boot_hash", core.OctetString, {"optional": True}),
    ]


class _Package(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("package_name", core.OctetString), ("version", core.Integer)]


class _Packages(core.SetOf):  # type: ignore[misc]
    _child_spec = _Package


class _Application(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [("packages", _Packages), ("signature_digests", _Octets)]


_MEMBERS: Final = (
    (1, "purpose", _Integers),
    (2, "algorithm", core.Integer),
    (3, "key_size", core.Integer),
    (5, "digest", _Integers),
    (6, "padding", _Integers),
    (10, "ec_curve", core.Integer),
    (303, "rollback_resistance", core.Null),
    (400, "active_date_time", core.Integer),
    (401, "origination_expire_date_time", core.Integer),
    (402, "usage_expire_date_time", core.Integer),
    (503, "no_auth_required", core.Null),
    (504, "user_auth_type", core.Integer),
    (505, "auth_timeout", core.Integer),
    (506, "allow_while_on_body", core.Null),
    (507, "trusted_user_presence_required", core.Null),
    (508, "trusted_confirmation_required", core.Null),
    (509, "unlocked_device_required", core.Null),
    (701, "creation_date_time", core.Integer),
    (702, "origin", core.Integer),
    (704, "root_of_trust", _RootOfTrust),
    (705, "os_version", core.Integer),
    (706, "os_patch_level", core.Integer),
    (709, "attestation_application_id", core.OctetString),
    (718, "vendor_patch_level", core.Integer),
    (719, "boot_patch_level", core.Integer),
)


class _Authorizations(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [(name, kind, {"explicit": tag, "optional": True}) for tag, name, kind in _MEMBERS]


class _KeyDescription(core.Sequence):  # type: ignore[misc]
    _fields: ClassVar = [
        ("attestation_version", core.Integer),
        ("attestation_security_level", _Level),
        ("keymint_version", core.Integer),
        ("keymint_security_level", _Level),
        ("attestation_challenge", core.OctetString),
        ("unique_id", core.OctetString),
        ("software_enforced", _Authorizations),
        ("hardware_enforced", _Authorizations),
    ]


@dataclass(frozen=True)
class Described:
    """What the secure area says of a key; members that only software vouches for are left out, but for the app."""

    levels: tuple[str, str]
    challenge: bytes
    purposes: frozenset[int]
    algorithm: int | None
    curve: int | None
    origin: int | None
    needs_user: bool
    boot: tuple[bool, str] | None
    packages: frozenset[str]
    signers: frozenset[bytes]


def read(der: bytes) -> Described:
    """Return the description; raises AttestationRefused(key_attestation_malformed)."""
    try:
        return _described(_KeyDescription.load(der, strict=True))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError):
        # asn1crypto answers malformed input with any of these.
        raise AttestationRefused(Code.ATTESTATION_MALFORMED) from None


def _described(value: Any) -> Described:  # noqa: ANN401 - asn1crypto has no types
    hardware, software = value["hardware_enforced"], value["software_enforced"]
    root = hardware["root_of_trust"].native
    packages, signers = _application(software["attestation_application_id"].native)
    # An absent NULL and a present one are one and the same as native values.
    unguarded = any(isinstance(each["no_auth_required"], core.Null) for each in (hardware, software))
    return Described(
        levels=(value["attestation_security_level"].native, value["keymint_security_level"].native),
        challenge=value["attestation_challenge"].native,
        purposes=frozenset(hardware["purpose"].native or ()),
        algorithm=hardware["algorithm"].native,
        curve=hardware["ec_curve"].native,
        origin=hardware["origin"].native,
        needs_user=bool(hardware["user_auth_type"].native) and not unguarded,
        boot=None if root is None else (root["device_locked"], root["verified_boot_state"]),
        packages=packages,
        signers=signers,
    )


def _application(der: bytes | None) -> tuple[frozenset[str], frozenset[bytes]]:
    if der is None:
        return frozenset(), frozenset()
    value = _Application.load(der, strict=True).native
    names = frozenset(each["package_name"].decode("ascii") for each in value["packages"])
    return names, frozenset(value["signature_digests"])
