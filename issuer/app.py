"""
The processes of the mdoc issuance system: the inner listener behind the edge, and the worker (D7, MDOC-62).

Clock, chance, keys and sessions are handed in; nothing happens on import. Only the worker is given signing keys.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificates
from litestar import Litestar
from litestar.di import Provide

from issuer.authority.claims import Claiming
from issuer.authority.controller import AuthorityController
from issuer.authority.elements import DOC_TYPE
from issuer.authority.signers import DocumentSigner, document_signer
from issuer.authority.signing import Signing, SigningTerms
from issuer.authority.tools import Authority
from issuer.fetch import Fetch
from issuer.media.controller import MediaController
from issuer.provisioning.controller import ProvisioningController
from issuer.provisioning.tools import Provisioning
from issuer.smp.controller import SmpController
from issuer.smp.makers.fetch import MakerLists
from issuer.smp.makers.kept import revocation
from issuer.smp.rewrap import KeyStore
from issuer.smp.tools import Makers, SmpTools, Terms, Trust, WalletApp
from issuer.status_list.controller import StatusListController
from issuer.status_list.plan import ListPlan
from issuer.steps import SYSTEM, steps
from issuer.store import DATABASE
from issuer.verifier.check import VerifierTools
from issuer.verifier.controller import VerifierController
from pki.keys.signer import Signer
from pki.keys.wrapping import Wrapping
from pki.trust.anchors import Anchors, load_anchors, load_generations
from pki.trust.mdoc import document_signer_trust, status_signer_trust
from registry.access.guard import Gate
from registry.access.matrix import load_matrix
from registry.act import Chance, Clock
from registry.outbox.queue import Step, Worker
from registry.peer.call import Call
from registry.peer.crl import SystemsCrl
from registry.postgres.engine import Sessions
from registry.sealing.columns import Sealer
from registry.sealing.data_keys import load_sealer
from registry.service import build_service

__all__ = ["DATABASE", "SYSTEM", "IssuerParts", "IssuerSettings", "Signers", "create_app", "create_worker"]


@dataclass(frozen=True)
class IssuerSettings:
    """
    What the composition root is told about this system.

    `state`: the folder that the ceremony filled; of its keys this system reads `keys/issuer/` alone. `public_url`: the
    address of the edge, without a slash at the end: audience of every signed message, and prefix of the status lists.
    `makers`: folder with `android.pem` and `apple.pem`, the roots of those whose word about keys is believed, and their
    lists of revoked certificates; `maker_lists`: the makers that publish one (without it, applications wait), believed
    for `maker_list_term_seconds` and fetched from `maker_addresses`. `wallet_app`: the one app that may apply.
    `wrapping_key`: URI.
    """

    database_url: str = field(repr=False)
    state: Path
    wrapping_key: str
    public_url: str
    makers: Path
    addresses: Mapping[str, str] = field(default_factory=dict)
    issuer_name: str = "Tegata"
    lead_days: float = 3
    renewal_spread_seconds: float = 0
    notice_repeat_seconds: float = 3600
    hold_retry_seconds: float = 60
    verification_lease_seconds: float = 120
    claim_lease_seconds: float = 20
    status_list_size: int = 1 << 16
    open_status_lists: int = 3
    maker_lists: frozenset[str] = frozenset({"android", "apple"})
    maker_list_term_seconds: float = 86_400
    maker_addresses: Mapping[str, str] = field(default_factory=dict)
    wallet_app: WalletApp = field(default_factory=WalletApp)
    system: str = SYSTEM

    @property
    def certificate(self) -> Path:
        """The certificate of the system itself."""
        return self.state / "systems" / SYSTEM / "certificate.pem"

    @property
    def key(self) -> Path:
        """The key of that certificate."""
        return self.state / "systems" / SYSTEM / "key.pem"

    @property
    def systems_ca(self) -> Path:
        """The root of every system."""
        return self.state / "trust" / "systems_ca.pem"

    @property
    def systems_crl(self) -> Path:
        """Its revocation list."""
        return self.state / "trust" / "systems.crl"

    @property
    def maker_list_term(self) -> timedelta:
        """How long a maker's list is believed after it was taken."""
        return timedelta(seconds=self.maker_list_term_seconds)

    def root(self, name: str) -> Path:
        """One of the roots of trust."""
        return self.state / "trust" / f"{name}.pem"

    def iaca(self) -> Anchors:
        """The root of documents and status lists, and those that follow it."""
        return load_generations(self.state / "trust", "iaca")

    def signer_key(self, name: str) -> str:
        """The URI of "document_signer" or "status_signer"."""
        return (self.state / "keys" / SYSTEM / f"{name}.pem").as_uri()

    def signer_certificate(self, name: str) -> Path:
        """The certificate of that signer."""
        return self.state / "certificates" / f"{name}.pem"


@dataclass(frozen=True)
class IssuerParts:
    """
    Clock, chance, sessions and keys, opened by the composition root; `call` reaches the other systems.

    `fetch` reaches the makers of phones; without it their lists are put into their folder by somebody else.
    """

    sessions: Sessions
    now: Clock
    random: Chance
    wrapping: Wrapping
    call: Call
    fetch: Fetch | None = None


@dataclass(frozen=True)
class Signers:
    """
    The keys of the worker: the ceremony's two, of documents and of status lists, certified apart (D11).

    `key` makes or opens the key of a later signer by its name.
    """

    document: Signer
    status: Signer
    key: Callable[[str], Signer]


def _sealing(parts: IssuerParts) -> Callable[[], Awaitable[Sealer]]:
    """Return a function that gives the sealer, loaded when it is first needed and then kept."""
    lock = asyncio.Lock()
    kept: list[Sealer] = []

    async def get() -> Sealer:
        async with lock:
            if not kept:
                wrap, unwrap = parts.wrapping.wrap, parts.wrapping.unwrap
                at = parts.now()
                kept.append(await load_sealer(parts.sessions, wrap=wrap, unwrap=unwrap, random=parts.random, at=at))
        return kept[0]

    return get


def _chain(path: Path) -> list[bytes]:
    return [each.public_bytes(Encoding.DER) for each in load_pem_x509_certificates(path.read_bytes())]


def _smp(settings: IssuerSettings, parts: IssuerParts) -> Callable[[Sealer], SmpTools]:
    trust = Trust(
        signature=load_anchors(settings.root("signature_ca")),
        card_data=load_anchors(settings.root("card_data_ca")),
        makers=Makers(
            android=load_anchors(settings.makers / "android.pem"),
            apple=load_anchors(settings.makers / "apple.pem"),
            android_revoked=revocation("android", settings.makers, settings.maker_lists, settings.maker_list_term),
            apple_revoked=revocation("apple", settings.makers, settings.maker_lists, settings.maker_list_term),
            app=settings.wallet_app,
        ),
    )
    terms = Terms(
        hold_retry=timedelta(seconds=settings.hold_retry_seconds),
        verification_lease=timedelta(seconds=settings.verification_lease_seconds),
        notice_repeat=timedelta(seconds=settings.notice_repeat_seconds),
    )
    return lambda sealer: SmpTools(sealer, parts.call, settings.public_url, trust, terms)


def _provisioning(
    settings: IssuerSettings, parts: IssuerParts, smp: SmpTools, signers: Sequence[DocumentSigner]
) -> Provisioning:
    authority = Authority(
        sessions=parts.sessions,
        sealer=smp.sealer,
        random=parts.random,
        signers=signers,
        trust=document_signer_trust(settings.iaca()),
        plan=ListPlan(settings.public_url, size=settings.status_list_size, open_lists=settings.open_status_lists),
        claiming=Claiming(parts.random, timedelta(seconds=settings.claim_lease_seconds)),
    )
    return Provisioning(
        parts.sessions,
        authority,
        smp,
        parts.random,
        settings.issuer_name,
        lead=timedelta(days=settings.lead_days),
        spread=timedelta(seconds=settings.renewal_spread_seconds),
    )


def create_app(settings: IssuerSettings, parts: IssuerParts) -> Litestar:
    """Return the inner listener behind the guard of the access matrix. It holds no signing key."""
    sealer, make_smp = _sealing(parts), _smp(settings, parts)
    crl = SystemsCrl(settings.systems_crl, settings.systems_ca.read_bytes())
    iaca = settings.iaca()
    believed = VerifierTools(document_signer_trust(iaca), status_signer_trust(iaca))

    async def smp() -> SmpTools:
        return make_smp(await sealer())

    async def provisioning() -> Provisioning:
        return _provisioning(settings, parts, await smp(), ())

    async def verifier() -> VerifierTools:
        return believed

    async def keys() -> KeyStore:
        return KeyStore(parts.wrapping)

    return build_service(
        gate=Gate(SYSTEM, load_matrix(), parts.sessions, parts.now, parts.random, crl.is_revoked),
        title="Tegata mdoc issuance (mdoc発行管理システム)",
        controllers=[
            SmpController,
            AuthorityController,
            MediaController,
            ProvisioningController,
            StatusListController,
            VerifierController,
        ],
        dependencies={
            "smp": Provide(smp),
            "provisioning": Provide(provisioning),
            "verifier": Provide(verifier),
            "keys": Provide(keys),
        },
    )


def create_worker(settings: IssuerSettings, parts: IssuerParts, signers: Signers) -> Worker:
    """Return the worker: checks, issues, sends, publishes, repeats notices, renews and expires."""
    sealer, make_smp = _sealing(parts), _smp(settings, parts)
    signing = _signing(settings, parts, signers)

    async def smp() -> SmpTools:
        return make_smp(await sealer())

    async def provisioning() -> Provisioning:
        return _provisioning(settings, parts, await smp(), await signing.known())

    doing = steps(parts.sessions, parts.random, smp, provisioning, signing)
    return Worker(_maker_lists(settings, parts) | doing, parts.now)


def _maker_lists(settings: IssuerSettings, parts: IssuerParts) -> dict[str, Step]:
    """Return the step that fetches the makers' lists, where there is a way to them; before the applications."""
    if parts.fetch is None or not settings.maker_addresses:
        return {}
    lists = MakerLists(settings.maker_addresses, settings.makers, parts.fetch, settings.maker_list_term)
    return {"maker_lists": lists.fetch_due}


def _signing(settings: IssuerSettings, parts: IssuerParts, signers: Signers) -> Signing:
    documents, lists = (_chain(settings.signer_certificate(name)) for name in ("document_signer", "status_signer"))
    first = (document_signer(DOC_TYPE, signers.document, documents), document_signer(None, signers.status, lists))
    terms = SigningTerms(settings.iaca(), f"{settings.public_url}/status-lists")
    return Signing(parts.sessions, parts.call, parts.random, signers.key, first, terms)
