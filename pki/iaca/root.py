"""The IACA root: the one anchor of document signers and status signers (ISO/IEC 18013-5 Annex B.1.2)."""

from dataclasses import dataclass

from cryptography import x509

from pki.ca.issue import Period, Registrar, Request, certify_root
from pki.ca.name import subject
from pki.keys.signer import Signer
from pki.profiles.annex_b import IACA_ROOT


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


def certify_iaca(
    place: Place, common_name: str, signer: Signer, period: Period, registrar: Registrar
) -> x509.Certificate:
    """Make the self-signed root of `signer`; raises OutsideProfile when the names or the period break Annex B."""
    request = Request(
        IACA_ROOT,
        place.name(common_name),
        signer.public_key,
        period,
        issuer_alternative_names=place.contacts(),
        distribution_points=place.distribution(),
    )
    return certify_root(request, signer, registrar)
