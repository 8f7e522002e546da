"""The doors of the IACA: signers of the issuer (E-49), and an operator who revokes (O-edge)."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from pki.iaca import compromise, delivery
from pki.iaca.tools import IacaTools
from registry.access.desk import Desk
from registry.messages.signers import CertificateRevoked, CertifiedSigner, CertifySigner, RevokeCertificate


class IacaController(Controller):
    """What may be said to the IACA."""

    path = "/pki"

    @post("/certify_signer", operation="pki.certify_signer", status_code=200)
    async def certify_signer(
        self, data: JSONBody[CertifySigner], desk: NamedDependency[Desk], iaca: NamedDependency[IacaTools]
    ) -> CertifiedSigner:
        """Certify the next signer of a docType, or of status lists."""
        return await desk.answer(
            data, CertifiedSigner, lambda session, act: delivery.certify_signer(session, act, data, iaca)
        )

    @post("/revoke_certificate", operation="pki.revoke_certificate", status_code=200)
    async def revoke_certificate(
        self, data: JSONBody[RevokeCertificate], desk: NamedDependency[Desk], iaca: NamedDependency[IacaTools]
    ) -> CertificateRevoked:
        """Revoke a certificate and publish the list that says so."""
        return await desk.answer(
            data, CertificateRevoked, lambda session, act: compromise.revoke_certificate(session, act, data, iaca)
        )
