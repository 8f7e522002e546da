"""Routes of the issuing authority: what the IACA says of signers (E-49), and what an operator asks (O-edge)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.authority import compromise
from registry.access.desk import Desk
from registry.messages.message import Acknowledged
from registry.messages.signers import RecordsFound, RecordsUnderSigner, SignerRevoked


class AuthorityController(Controller):
    """What may be said to the issuing authority."""

    path = "/issuer"

    @post("/signer_revoked", operation="issuer.signer_revoked", status_code=200)
    async def signer_revoked(self, data: JSONBody[SignerRevoked], desk: NamedDependency[Desk]) -> Acknowledged:
        """Stop using a signer that the IACA has revoked."""
        return await desk.answer(data, Acknowledged, partial(compromise.signer_revoked, message=data))

    @post("/records_under_signer", operation="issuer.records_under_signer", status_code=200)
    async def records_under_signer(
        self, data: JSONBody[RecordsUnderSigner], desk: NamedDependency[Desk]
    ) -> RecordsFound:
        """List the records that were issued under a signer."""
        return await desk.answer(data, RecordsFound, partial(compromise.records_under_signer, message=data))
