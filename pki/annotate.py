"""Certificates and revocation lists as annotated trees of their DER (X.690; RFC 5280)."""

from collections.abc import Iterator
from typing import Final

from mdoc.annotate.certificate import USAGES, summary
from mdoc.annotate.node import MASK, Node, hexed, quoted

_TAGS: Final = {
    1: "BOOLEAN",
    2: "INTEGER",
    3: "BIT STRING",
    4: "OCTET STRING",
    5: "NULL",
    6: "OBJECT IDENTIFIER",
    10: "ENUMERATED",
    12: "UTF8String",
    16: "SEQUENCE",
    17: "SET",
    19: "PrintableString",
    22: "IA5String",
    23: "UTCTime",
    24: "GeneralizedTime",
}
_TEXTS: Final = frozenset({12, 19, 22, 23, 24})
_NUMBERS: Final = frozenset({1, 2, 10})
_DEEPEST: Final = 24
_MOST: Final = 20_000
# What the four items of a holder stand under in a certificate of the JPKI kind: a person's data.
_PERSONAL: Final = "1.2.392.200149.8.5.5."
_OIDS: Final = USAGES | {
    "2.5.4.3": "commonName",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "countryName",
    "2.5.4.7": "localityName",
    "2.5.4.8": "stateOrProvinceName",
    "2.5.4.10": "organizationName",
    "2.5.4.11": "organizationalUnitName",
    "2.5.29.14": "subjectKeyIdentifier",
    "2.5.29.15": "keyUsage",
    "2.5.29.17": "subjectAltName",
    "2.5.29.18": "issuerAltName",
    "2.5.29.19": "basicConstraints",
    "2.5.29.20": "cRLNumber",
    "2.5.29.21": "cRLReason",
    "2.5.29.24": "invalidityDate",
    "2.5.29.28": "issuingDistributionPoint",
    "2.5.29.31": "cRLDistributionPoints",
    "2.5.29.32": "certificatePolicies",
    "2.5.29.35": "authorityKeyIdentifier",
    "2.5.29.37": "extKeyUsage",
    "1.3.6.1.5.5.7.1.1": "authorityInfoAccess",
    "1.3.6.1.5.5.7.48.1": "OCSP",
    "1.2.840.10045.2.1": "ecPublicKey",
    "1.2.840.10045.3.1.7": "P-256",
    "1.3.132.0.34": "P-384",
    "1.3.132.0.35": "P-521",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.2.840.10045.4.3.3": "ecdsa-with-SHA384",
    "1.2.840.10045.4.3.4": "ecdsa-with-SHA512",
    "1.2.840.113549.1.1.1": "rsaEncryption",
    "1.2.840.113549.1.1.11": "sha256WithRSAEncryption",
    "1.2.392.200149.8.5.5.1": "holder's name (JPKI)",
    "1.2.392.200149.8.5.5.3": "holder's sex (JPKI)",
    "1.2.392.200149.8.5.5.4": "holder's birth date (JPKI)",
    "1.2.392.200149.8.5.5.5": "holder's address (JPKI)",
}
# Names of the fields by their place (RFC 5280 4.1, 5.1).
_CERTIFICATE: Final = ("tbsCertificate", "signatureAlgorithm", "signatureValue")
_TBS: Final = ("version", "serialNumber", "signature", "issuer", "validity", "subject", "subjectPublicKeyInfo")
_TBS_END: Final = {0xA0: "version", 0xA3: "extensions"}
_LIST: Final = ("tbsCertList", "signatureAlgorithm", "signatureValue")


def annotate_certificate(der: bytes, *, reveal: bool = False) -> Node:
    """The tree of a certificate, with its summary on top. Never raises; what is wrong stands in the tree."""
    root = _annotate(der, _CERTIFICATE, reveal=reveal)
    root.note = summary(der)
    root.label = "Certificate"
    for tbs in root.children[:1]:
        _name_fields(tbs, der)
    return root


def annotate_crl(der: bytes, *, reveal: bool = False) -> Node:
    """The tree of a revocation list. Never raises; what is wrong stands in the tree."""
    root = _annotate(der, _LIST, reveal=reveal)
    root.label = "CertificateList"
    return root


def _annotate(der: bytes, names: tuple[str, ...], *, reveal: bool) -> Node:
    root = _Reader(der, reveal=reveal).one(0, len(der), 0)
    for child, name in zip(root.children, names, strict=False):
        child.label = name
    if not root.problem and root.length < len(der):
        root.problem = f"{len(der) - root.length} bytes follow the end"
    return root


def _name_fields(tbs: Node, der: bytes) -> None:
    names: Iterator[str] = iter(_TBS if der[tbs.offset + len(tbs.head) // 2 :][:1] == b"\xa0" else _TBS[1:])
    for child in tbs.children:
        child.label = _TBS_END.get(der[child.offset], "") or next(names, "")
        if child.label == "version":
            next(names, "")


class _Reader:
    """Reads DER as far as it goes."""

    def __init__(self, der: bytes, *, reveal: bool) -> None:
        self._der, self._reveal = der, reveal
        self._left = _MOST
        self._oid = ""

    def one(self, start: int, end: int, depth: int) -> Node:
        """The value at `start`, which may reach up to `end`."""
        self._left -= 1
        node = Node(start, end - start, "DER")
        head = self._head(start, end)
        if head is None or depth > _DEEPEST or self._left < 0:
            node.problem = "the tag or length cannot be read, or the structure is too deep or too long to show"
            return node
        content, length = head
        tag = self._der[start]
        node.kind, node.head = _kind(tag), self._der[start:content].hex()
        if content + length > end:
            node.problem = f"the value says {length} bytes, and {content + length - end} of them are missing"
        stop = min(content + length, end)
        node.length = stop - start
        if tag & 0x20:
            self._inside(node, content, stop, depth)
        else:
            self._plain(node, tag, content, stop, depth)
        return node

    def _head(self, start: int, end: int) -> tuple[int, int] | None:
        """Where the content begins and how long it says it is."""
        if start + 2 > end or self._der[start] & 0x1F == 0x1F:
            return None
        first = self._der[start + 1]
        if first < 0x80:
            return start + 2, first
        size = first & 0x7F
        if not 0 < size <= 4 or start + 2 + size > end:
            return None
        return start + 2 + size, int.from_bytes(self._der[start + 2 : start + 2 + size], "big")

    def _inside(self, node: Node, start: int, stop: int, depth: int) -> None:
        while start < stop and self._left > 0:
            child = self.one(start, stop, depth + 1)
            node.children.append(child)
            start += child.length

    def _plain(self, node: Node, tag: int, start: int, stop: int, depth: int) -> None:
        content = self._der[start:stop]
        if tag == 6:
            self._identifier(node, stop)
        elif tag == 4 and content[:1] in (b"\x30", b"\x03", b"\x04", b"\x02", b"\x0a") and self._fills(start, stop):
            node.children.append(self.one(start, stop, depth + 1))  # the value of an extension
        elif self._oid.startswith(_PERSONAL) and not self._reveal:
            node.value = MASK
        elif tag in _TEXTS or tag in (0x82, 0x86, 0x81):
            node.value = quoted(content.decode("utf-8", "replace"))
        elif tag in _NUMBERS and len(content) <= 32:
            node.value = content.hex()
        else:
            node.value = hexed(content, whole=self._reveal)

    def _fills(self, start: int, stop: int) -> bool:
        """Whether exactly one value fills the octets, as it does in every extension."""
        head = self._head(start, stop)
        return head is not None and sum(head) == stop

    def _identifier(self, node: Node, stop: int) -> None:
        self._oid = _dotted(self._der[node.offset + len(node.head) // 2 : stop])
        if not self._oid:
            node.problem = "not an object identifier"
        node.value, node.note = self._oid, _OIDS.get(self._oid, "")


def _dotted(content: bytes) -> str:
    """An object identifier with its dots (X.690 8.19); empty for one that cannot be read."""
    arcs, arc, fresh = [], 0, True
    for byte in content:
        if fresh and byte == 0x80:
            return ""
        arc, fresh = arc << 7 | byte & 0x7F, byte < 0x80
        if fresh:
            arcs.append(arc)
            arc = 0
    if not arcs or not fresh:
        return ""
    first = min(arcs[0] // 40, 2)
    return ".".join(str(one) for one in (first, arcs[0] - 40 * first, *arcs[1:]))


def _kind(tag: int) -> str:
    if tag & 0xC0 == 0x80:
        return f"[{tag & 0x1F}]"
    return _TAGS.get(tag & 0x1F, f"tag {tag:02x}")
