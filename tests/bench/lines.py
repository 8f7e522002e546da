"""What is measured, against what, and how much is wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from mdoc import mint, status_list, verify
from mdoc.catalogue.mdl import NAME
from mdoc.issue import DECOYS_TO
from pki.trust.mdoc import document_signer_trust
from registry.sealing.columns import Sealer
from tests.bench import work
from tests.bench.floor import floor
from tests.pki.trust.conftest import AT

BUNDLE: Final = 10
NATIVE: Final = "native"  # whose lines are ours again, compiled
ENTRIES: Final = 1 << 20


@dataclass(frozen=True)
class Line:
    """One measured line: `each` is how much work one call does; `peer` names whose it is."""

    name: str
    says: str
    path: Callable[[], object] | None = None
    each: int = 1
    peer: str = ""


@dataclass(frozen=True)
class Figure:
    """A ratio of two lines that is to be reached, by the compiled form where it is measured."""

    line: str
    to: str
    wanted: float

    @property
    def interpreted(self) -> tuple[str, str]:
        """The two lines."""
        return self.line, self.to

    @property
    def compiled(self) -> tuple[str, str]:
        """The line of the compiled form, and what it is held against: a limit of the machine in its own process.

        How a process came to lie in memory moves what it can do by a tenth, for the work as for the limit.
        """
        return f"{NATIVE}.{self.line}", self.to if "." in self.to else f"{NATIVE}.{self.to}"


FIGURES: Final = (
    Figure("mint_one", "bare_sign", 0.35),
    Figure("mint_one", "isomdoc.mint", 1.5),
    Figure("mint_one", "pymdoccbor.mint", 15),
    Figure("mint_bundle", "bare_sign", 0.5),
    Figure("verify", "bare_verify", 0.4),
    Figure("verify", "isomdoc.verify", 1.7),
)


def mint_one() -> bytes:
    """One document, from its elements to its bytes; the self-check is a line of its own."""
    return work.document()


def mint_bundle() -> list[bytes]:
    """Ten records of one holder: all prepared, then signed, then completed, as the authority commits and signs them."""
    made = mint.Mint(NAME, work.ELEMENTS, work.VALIDITY, decoys_to=work.DIGESTS)
    prepared = [made.prepare(work.DEVICE_POINT, random=work.chance, status=None) for _ in range(BUNDLE)]
    signatures = [work.sign(one.to_be_signed) for one in prepared]
    return [mint.complete(one, by, work.chain()) for one, by in zip(prepared, signatures, strict=True)]


def lines(issued: bytes) -> list[Line]:
    """Everything that is measured; `issued` is the document that all verifiers are given."""
    warm = document_signer_trust(work.anchors())
    to_be_signed = mint.Mint(NAME, work.ELEMENTS, work.VALIDITY, decoys_to=work.DIGESTS)
    content = to_be_signed.prepare(work.DEVICE_POINT, random=work.chance, status=None).to_be_signed
    algorithm = ec.ECDSA(hashes.SHA256())
    signature, public = work.SIGNER_KEY.sign(content, algorithm), work.SIGNER_KEY.public_key()
    sealer = Sealer({UUID(int=1): bytes(32)}, UUID(int=1), bytes(32), work.chance)
    sealed = sealer.seal(work.PORTRAIT, "bench.portrait")
    values = bytes(ENTRIES)
    ours = [
        Line("mint_one", "one document", mint_one),
        Line("mint_decoys", "one document with sixteen digests, as we issue", lambda: work.document(DECOYS_TO)),
        Line("mint_bundle", f"one of {BUNDLE} records of a holder", mint_bundle, each=BUNDLE),
        Line("verify", "chain remembered", lambda: verify.verify_issuer_signed(issued, trust=warm, at=AT)),
        Line("verify_cold", "chain validated anew", lambda: cold(issued)),
        Line("mint_and_check", "one document, and our own verifier before its release", lambda: mint_and_check(warm)),
    ]
    bare = [
        Line("bare_sign", "P-256 signature, nothing else", lambda: work.SIGNER_KEY.sign(content, algorithm)),
        Line("bare_verify", "P-256 verification, nothing else", lambda: public.verify(signature, content, algorithm)),
    ]
    return [
        *bare,
        Line("floor_one", "as mint_one with no structure: chance, hashes, copies, signature", lambda: floor(1)),
        Line("floor_bundle", "as mint_bundle with no structure", lambda: floor(BUNDLE), each=BUNDLE),
        *ours,
        *[
            Line(f"{NATIVE}.{one.name}", f"compiled form: {one.says}", each=one.each, peer=NATIVE)
            for one in (*bare, *ours)
        ],
        Line("isomdoc.mint", "isomdoc: one document", peer="isomdoc"),
        Line("isomdoc.verify", "isomdoc, with a chain check added", peer="isomdoc"),
        Line("pymdoccbor.mint", "pymdoccbor: one document", peer="pymdoccbor"),
        Line("pymdoccbor.verify", "pymdoccbor", peer="pymdoccbor"),
        Line("seal", "a portrait sealed at rest", lambda: sealer.seal(work.PORTRAIT, "bench.portrait")),
        Line("open", "a portrait opened again", lambda: sealer.open(sealed, "bench.portrait")),
        Line("pack", "a status list of 2^20 entries packed", lambda: status_list.pack(values, 2)),
    ]


def cold(issued: bytes) -> object:
    """Verify with trust that has seen nothing yet."""
    return verify.verify_issuer_signed(issued, trust=document_signer_trust(work.anchors()), at=AT)


def mint_and_check(trust: verify.Trust) -> object:
    """Mint and verify: what issuing costs with its check."""
    return verify.verify_issuer_signed(mint_one(), trust=trust, at=AT)
