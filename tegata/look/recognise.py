"""Which structure a file holds, and its tree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from mdoc.annotate.kinds import Kind, recognise
from mdoc.annotate.node import Node
from mdoc.annotate.tree import annotate
from pki.annotate import annotate_certificate, annotate_crl
from tegata.look.jwt import annotate_jwt
from tegata.look.source import Source
from tegata.look.trouble import CannotLook

# What `--as` takes, and who makes the tree: the structures of the codec, and what is written in DER or JSON.
KINDS: Final[Mapping[str, Callable[..., Node]]] = {str(kind): partial(annotate, kind=kind) for kind in Kind} | {
    "certificate": annotate_certificate,
    "crl": annotate_crl,
    "status-jwt": annotate_jwt,
}
_TIMES: Final = (0x17, 0x18)


@dataclass(frozen=True)
class Report:
    """A recognised file."""

    kind: str
    encoding: str
    size: int
    tree: Node

    def as_object(self) -> dict[str, object]:
        """The report for programs."""
        wrong = [{"offset": node.offset, "problem": node.problem} for node in self.tree.problems()]
        told = {"kind": self.kind, "encoding": self.encoding, "bytes": self.size, "problems": wrong}
        return told | {"tree": self.tree.as_object()}


def look(source: Source, kind: str | None, *, reveal: bool) -> Report:
    """The tree of what was read. Raises CannotLook when nothing is recognised and no kind was given."""
    chosen = kind or source.hint or _recognised(source.data)
    return Report(chosen, source.encoding, len(source.data), KINDS[chosen](source.data, reveal=reveal))


def _recognised(data: bytes) -> str:
    if data[:1] == b"\x30":  # SEQUENCE of DER; as CBOR it would be a lone negative number
        return _recognised_der(data)
    found = recognise(data)
    if found is Kind.CBOR:
        raise CannotLook(
            "not_recognised",
            "The bytes are none of the structures that are known by their content.",
            f"Say what they are with --as: {', '.join(KINDS)}.",
        )
    return str(found)


def _recognised_der(data: bytes) -> str:
    """A list names its first update where a certificate has a sequence of two instants (RFC 5280 4.1, 5.1)."""
    fields = [child for node in annotate_crl(data).children[:1] for child in node.children]
    return "crl" if any(data[field.offset] in _TIMES for field in fields) else "certificate"
