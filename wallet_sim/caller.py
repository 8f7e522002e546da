"""Who calls a listener of the other side: the system named by its certificate, unless that is revoked (D7).

Read with asn1crypto, because the relay, which uses this, may know no cryptography at all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from asn1crypto import crl, x509


class NoCaller(Exception):
    """The caller is not a system in good standing; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Caller:
    """The system a certificate names, the body that runs it, the serial."""

    system: str
    body: str | None
    serial: int


class RevocationList:
    """The systems CA's list in a file (DER) that is replaced when a new one appears. None at all revokes nobody."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def check(self, serial: int, at: datetime) -> None:
        """Raise NoCaller(revoked_certificate), or NoCaller(stale_revocation_list) when nobody can tell."""
        if self._path is None:
            return
        try:
            listed = crl.CertificateList.load(self._path.read_bytes(), strict=True)["tbs_cert_list"]
            entries = listed["revoked_certificates"].native or []
            until = listed["next_update"].native
        except (OSError, ValueError, TypeError):
            raise NoCaller("stale_revocation_list") from None
        if until is None or at > until:
            raise NoCaller("stale_revocation_list")
        if any(entry["user_certificate"] == serial for entry in entries):
            raise NoCaller("revoked_certificate")


def caller_of(scope: Mapping[str, Any], revoked: RevocationList, at: datetime) -> Caller:
    """Return who calls, from the certificate that the listener's TLS has verified; raises NoCaller."""
    der = scope.get("extensions", {}).get("tls", {}).get("peer_certificate")
    if not isinstance(der, bytes):
        raise NoCaller("no_certificate")
    caller = read_caller(der)
    revoked.check(caller.serial, at)
    return caller


def read_caller(der: bytes) -> Caller:
    """Return whom a certificate (DER) names; raises NoCaller(unknown_certificate) when that is no system."""
    try:
        certificate = x509.Certificate.load(der, strict=True)
        subject = certificate.subject.native
        usages = certificate.extended_key_usage_value
        allowed = usages is not None and "client_auth" in usages.native
        system, body = subject["common_name"], subject.get("organizational_unit_name")
        serial = certificate.serial_number
    except (ValueError, TypeError, KeyError):
        raise NoCaller("unknown_certificate") from None
    if not allowed or not isinstance(system, str) or not isinstance(body, str | None):
        raise NoCaller("unknown_certificate")
    return Caller(system, body, serial)
