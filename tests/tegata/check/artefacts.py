"""Records under the roots of a real ceremony, presented in one session, sound and spoiled."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mdoc import algorithms, cbor, cose, device_signed, issue, present, status_list
from mdoc.identifier_list import prepare_identifier_list
from mdoc.list_token import complete_list
from mdoc.status_token import prepare_status_list
from tests.mdoc.presentations import ASKED, TRANSCRIPT
from tests.mdoc.world import (
    AT,
    DEVICE_KEY,
    EPHEMERAL_READER,
    LIST,
    STATUS,
    prepared,
    request,
    sign_device,
)
from tests.support.hierarchy import hierarchy

IACA = hierarchy().state / "trust" / "iaca.pem"


def record(document: issue.PreparedDocument | None = None) -> bytes:
    """An IssuerSigned by the document signer of the ceremony."""
    document = document or prepared()
    signature = hierarchy().signer("document_signer").sign(document.to_be_signed)
    return issue.complete(document, signature, hierarchy().chain("document_signer"))


def record_over(mso: dict[str, Any]) -> bytes:
    """An IssuerSigned over an edited MSO, properly signed."""
    mso_bytes = cbor.Embedded(cbor.encode(mso)).tagged
    return record(prepared()._replace(mso_bytes=mso_bytes, to_be_signed=cose.unsigned(mso_bytes).to_be_signed()))


def mso_of(data: bytes) -> Any:
    """The decoded MSO of a record."""
    return cbor.decode(cbor.decode(data)["issuerAuth"][2]).open()


def response(data: bytes | None = None, sign: algorithms.Sign = sign_device) -> bytes:
    """The phone's answer."""
    return present.respond([data or record()], request(ASKED)[1], TRANSCRIPT, sign)


def response_with_mac() -> bytes:
    """The phone's answer with a MAC for the ephemeral key of the reader."""
    key = device_signed.mac_key(DEVICE_KEY, EPHEMERAL_READER.public_key(), TRANSCRIPT)
    return present.respond_with_mac([record()], request(ASKED)[1], TRANSCRIPT, key)


def token(value: int, uri: str = LIST) -> bytes:
    """A status list of the ceremony's status signer, in which the record's entry has this value."""
    values = [0] * 8
    values[STATUS.index] = value
    made = prepare_status_list(
        uri,
        2,
        status_list.pack(values, 2),
        issued=AT,
        expires=AT + timedelta(minutes=5),
        ttl=60,
        chain=hierarchy().chain("status_signer"),
    )
    return complete_list(made, hierarchy().signer("status_signer").sign(made.to_be_signed))


IDENTIFIER = issue.IdentifierReference("https://status.example/identifiers/1", bytes(range(16)))


def identifiers(*revoked: bytes) -> bytes:
    """An identifier list of the ceremony's status signer that names these."""
    made = prepare_identifier_list(
        IDENTIFIER.uri,
        revoked,
        issued=AT,
        expires=AT + timedelta(minutes=5),
        ttl=60,
        chain=hierarchy().chain("status_signer"),
    )
    return complete_list(made, hierarchy().signer("status_signer").sign(made.to_be_signed))


@dataclass(frozen=True)
class Files:
    """Writes what a command reads."""

    folder: Path

    def put(self, name: str, content: bytes) -> str:
        """A file's path."""
        path = self.folder / name
        path.write_bytes(content)
        return str(path)

    def reader_key(self) -> str:
        """The reader's ephemeral key in PEM."""
        pem = EPHEMERAL_READER.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return self.put("reader.pem", pem)
