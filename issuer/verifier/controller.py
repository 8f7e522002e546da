"""The route of the verify call: edge to issuer (E-48)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.verifier.check import VerifierTools, verify
from issuer.verifier.messages import Verified, Verify
from registry.access.desk import Desk


class VerifierController(Controller):
    """Verification for relying parties."""

    path = "/issuer"

    @post("/verify", operation="issuer.verify", status_code=200)
    async def verify(
        self, data: JSONBody[Verify], desk: NamedDependency[Desk], verifier: NamedDependency[VerifierTools]
    ) -> Verified:
        """Verify a device response and tell elements and status."""
        return await desk.answer(data, Verified, partial(verify, message=data, tools=verifier))
