"""An Apple-like phone attests one key of the app, and the app names all others in the client data (App Attest)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import msgspec
from asn1crypto import core, parser
from cryptography import x509

from mdoc import cbor
from wallet_sim.phone.secure_area import Jwk

OID: Final = x509.ObjectIdentifier("1.2.840.113635.100.8.2")
APP: Final = "TEGATA0000.jp.tegata.wallet"
PRODUCTION: Final = b"appattest" + bytes(7)
ATTESTED: Final = b"\x40"  # flags: attested credential data follows


class ClientData(msgspec.Struct):
    """What the app says of its keys."""

    challenge: bytes
    keys: list[Jwk]
    key_storage: str = "secure_enclave"
    user_authentication: str = "biometry_current_set"


@dataclass(frozen=True)
class Authenticator:
    """The authenticator data of an attestation; the defaults are those of a genuine app on a genuine phone."""

    credential_id: bytes
    app: str = APP
    counter: int = 0
    environment: bytes = PRODUCTION

    @property
    def data(self) -> bytes:
        """The bytes under the nonce."""
        name = sha256(self.app.encode()).digest()
        length = len(self.credential_id).to_bytes(2, "big")
        return name + ATTESTED + self.counter.to_bytes(4, "big") + self.environment + length + self.credential_id


def nonce_extension(authenticator: Authenticator, client_data: bytes) -> x509.UnrecognizedExtension:
    """Return the leaf's extension: SHA-256 over authenticator data and the digest of the client data."""
    nonce = sha256(authenticator.data + sha256(client_data).digest()).digest()
    inner: bytes = parser.emit(2, 1, 1, core.OctetString(nonce).dump())
    return x509.UnrecognizedExtension(OID, parser.emit(0, 1, 16, inner))


def attestation_object(authenticator: Authenticator, chain: list[bytes]) -> bytes:
    """Return the CBOR object; the receipt would ask the maker's service about fraud, which is not simulated."""
    statement = {"x5c": chain, "receipt": b"none"}
    return cbor.encode({"fmt": "apple-appattest", "attStmt": statement, "authData": authenticator.data})
