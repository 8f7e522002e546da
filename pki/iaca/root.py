"""The IACA root, the one anchor of document signers and status signers, and its roll-over (Annex B.1.2 and B.1.3)."""

from dataclasses import dataclass, replace

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, Request, certify, certify_root
from pki.ca.name import subject
from pki.keys.signer import PublicKey, Signer
from pki.plan import IACA, CeremonyPlan
from pki.profiles.annex_b import IACA_LINK, IACA_ROOT
from pki.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Place:
    """
    What an IACA says about itself in every certificate.

    `country`: ISO 3166-1 alpha-2 in upper case, the issuing country of the documents; `contact`: URI or mailto of the
    issuer (issuerAltName is mandatory); `revocation_list`: URI of its CRL.
    """

    country: str
    organisation: str
    contact: str
    revocation_list: str
    state: str | None = None

    def name(self, common_name: str) -> x509.Name:
        """Build a subject of this place: country and state are those of the IACA in every certificate under it."""
        return subject((("C", self.country), ("ST", self.state), ("O", self.organisation), ("CN", common_name)))

    def contacts(self) -> tuple[x509.GeneralName, ...]:
        """Give the issuerAltName: a mail address where the contact is one, else a URI."""
        if self.contact.startswith("mailto:"):
            return (x509.RFC822Name(self.contact.removeprefix("mailto:")),)
        return (x509.UniformResourceIdentifier(self.contact),)

    def distribution(self) -> tuple[x509.GeneralName, ...]:
        """Give the distribution point."""
        return (x509.UniformResourceIdentifier(self.revocation_list),)

    def request(self, profile: Profile, common_name: str, key: PublicKey, period: Period) -> Request:
        """Ask for a certificate of this place: contact and distribution point stand where the profile has them."""
        return Request(
            profile,
            self.name(common_name),
            key,
            period,
            issuer_alternative_names=self.contacts(),
            distribution_points=self.distribution(),
        )


def place_of(plan: CeremonyPlan, root: str = IACA) -> Place:
    """Return what the plan of the ceremony says of the IACA; each root has a revocation list of its own."""
    iaca = plan.iaca
    lists = {IACA: iaca.revocation_list} | {each.name: each.revocation_list for each in iaca.successors}
    return Place(plan.country, plan.organisation, iaca.contact, lists[root], iaca.state)


def certify_iaca(
    place: Place, common_name: str, signer: Signer, period: Period, registrar: Registrar, *, listed: bool = True
) -> x509.Certificate:
    """
    Make the self-signed root of `signer`; raises OutsideProfile when the names or the period break Annex B.

    `listed`: name the revocation list in the root itself, which readers of the first edition demand and the second
    edition discourages.
    """
    request = place.request(IACA_ROOT, common_name, signer.public_key, period)
    return certify_root(request if listed else replace(request, distribution_points=()), signer, registrar)


def certify_link(
    place: Place, root: x509.Certificate, period: Period, above: Authority, registrar: Registrar
) -> x509.Certificate:
    """
    Certify another root's name and key under `above`, so that whoever trusts `above` can come to trust that root.

    Signed by the old root it carries old trust over to the new one, signed by the new root it does the reverse.
    `place` is that of `above`; the period ends with the earlier of the two roots at the latest (Annex B.1.3). Raises
    OutsideProfile.
    """
    renamed = root.subject != above.certificate.subject
    request = Request(
        IACA_LINK,
        root.subject,
        root.public_key(),  # type: ignore[arg-type]  # the lint refuses every other kind of key
        Period(period.begin, min(period.end, root.not_valid_after_utc, above.certificate.not_valid_after_utc)),
        alternative_names=(x509.DirectoryName(root.subject),) if renamed else (),
        issuer_alternative_names=place.contacts(),
        distribution_points=place.distribution(),
    )
    return certify(request, above, registrar)
