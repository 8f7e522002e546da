"""The makers' lists as an issuer keeps them, in the hand of a test."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
from cryptography import x509

from issuer.smp.makers.kept import KeptList, file_of
from issuer.smp.tools import Makers, SmpTools
from mdoc import cbor
from tests.support.attestations import trusted_makers
from wallet_sim.phone.content import AndroidAttestation, AppleAttestation

TERM = timedelta(hours=24)
KINDS = ("android", "apple")


@dataclass(frozen=True)
class Published:
    """A folder with both lists."""

    folder: Path

    def put(
        self, serials: Iterable[int] = (), *, at: datetime, status: str = "REVOKED", kinds: Iterable[str] = KINDS
    ) -> None:
        """Publish the same certificates in each list, as of an instant."""
        entries = {f"{serial:x}": {"status": status, "reason": "KEY_COMPROMISE"} for serial in serials}
        for kind in kinds:
            path = file_of(self.folder, kind)
            path.write_bytes(msgspec.json.encode({"entries": entries}))
            os.utime(path, (at.timestamp(), at.timestamp()))

    def makers(self) -> Makers:
        """Trust the tests' makers as a process does that has just started."""
        android, apple = (KeptList(kind, file_of(self.folder, kind), TERM).is_revoked for kind in KINDS)
        return replace(trusted_makers(), android_revoked=android, apple_revoked=apple)

    def trusted_in(self, tools: SmpTools) -> SmpTools:
        """Return the tools of a process that has just started."""
        return replace(tools, trust=replace(tools.trust, makers=self.makers()))


def chain_of(attestation: AndroidAttestation | AppleAttestation) -> list[int]:
    """Return the serial numbers of every certificate of an attestation, those of keys first."""
    if isinstance(attestation, AndroidAttestation):
        chain = [*attestation.keys, *attestation.chain]
    else:
        decoded: Any = cbor.decode(attestation.attestation_object)
        chain = decoded["attStmt"]["x5c"]
    return [x509.load_der_x509_certificate(der).serial_number for der in chain]
