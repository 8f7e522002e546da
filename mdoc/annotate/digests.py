"""Holds every IssuerSignedItem of a tree against its digest in the MSO (ISO/IEC 18013-5 9.1.2.5)."""

from mdoc.annotate.node import Node
from mdoc.errors import MalformedData
from mdoc.issuer_signed import IssuerSigned, decode_issuer_signed
from mdoc.mso import MobileSecurityObject, digest


def note_digests(root: Node, data: bytes) -> None:
    """Write beside each item what its bytes hash to; one that differs is a problem. Nothing is verified by that."""
    for _, node in root.walk():
        spaces = next((child for child in node.children if child.label == "nameSpaces"), None)
        if spaces is None or not any(child.label == "issuerAuth" for child in node.children):
            continue
        try:
            issuer_signed = decode_issuer_signed(data[node.offset : node.offset + node.length])
            mso = issuer_signed.mso()
        except MalformedData:
            continue
        _note_spaces(spaces, issuer_signed, mso)


def _note_spaces(spaces: Node, issuer_signed: IssuerSigned, mso: MobileSecurityObject) -> None:
    for space, (name, items) in zip(spaces.children, issuer_signed.name_spaces.items(), strict=True):
        for node, item in zip(space.children, items, strict=True):
            found = digest(mso.digest_algorithm, item.encoded)
            expected = mso.value_digests.get(name, {}).get(item.digest_id)
            node.note = f"{item.identifier}, digestID {item.digest_id}: {mso.digest_algorithm} {found.hex()}"
            if expected != found:
                says = expected.hex() if expected else "nothing"
                node.problem = f"the bytes hash to {found.hex()}, the MSO says {says}"
