"""The doors of the JPKI side: who may come through which stands in the access matrix."""

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from pki.jpki import call_centre, certificates, change_events, queries
from pki.jpki import hold as holds
from pki.jpki.tools import JpkiTools
from registry.access.desk import Desk
from registry.messages.jpki import (
    CertificateQuery,
    CertificateState,
    HoldCertificates,
    IssuedCertificates,
    OrderCertificates,
    PersonChanged,
    RecordCodeAnswer,
    RecordCodeQuery,
    ReleaseCertificates,
    SuspendMdoc,
)
from registry.messages.message import Acknowledged


class JpkiController(Controller):
    """E-32, E-34a, E-34b, E-34c, E-36 and E-38; none of them takes or gives an individual number (LINK-8)."""

    path = "/pki"

    @post("/order_certificates", operation="pki.order_certificates", status_code=200)
    async def order_certificates(
        self, data: JSONBody[OrderCertificates], desk: NamedDependency[Desk], tools: NamedDependency[JpkiTools]
    ) -> IssuedCertificates:
        """Issue the two user certificates of a card on the card system's order."""
        return await desk.answer(
            data, IssuedCertificates, lambda session, act: certificates.order_certificates(session, act, data, tools)
        )

    @post("/certificate_state", operation="pki.certificate_state", status_code=200)
    async def certificate_state(
        self, data: JSONBody[CertificateQuery], desk: NamedDependency[Desk]
    ) -> CertificateState:
        """Tell whether a signing certificate is good, held, revoked or unknown."""
        return await desk.answer(
            data, CertificateState, lambda session, act: queries.certificate_state(session, act, data)
        )

    @post("/record_code_for_serial", operation="pki.record_code_for_serial", status_code=200)
    async def record_code_for_serial(
        self, data: JSONBody[RecordCodeQuery], desk: NamedDependency[Desk], tools: NamedDependency[JpkiTools]
    ) -> RecordCodeAnswer:
        """Tell juki the record code behind a user authentication certificate."""
        return await desk.answer(
            data, RecordCodeAnswer, lambda session, act: queries.record_code_for_serial(session, act, data, tools)
        )

    @post("/person_changed", operation="pki.person_changed", status_code=200)
    async def person_changed(
        self, data: JSONBody[PersonChanged], desk: NamedDependency[Desk], tools: NamedDependency[JpkiTools]
    ) -> Acknowledged:
        """Revoke the certificates that a change of the resident ends."""
        return await desk.answer(
            data, Acknowledged, lambda session, act: change_events.person_changed(session, act, data, tools)
        )

    @post("/hold", operation="pki.hold", status_code=200)
    async def hold(
        self, data: JSONBody[HoldCertificates], desk: NamedDependency[Desk], tools: NamedDependency[JpkiTools]
    ) -> Acknowledged:
        """Put the certificates of a lost card on hold."""
        return await desk.answer(data, Acknowledged, lambda session, act: holds.hold(session, act, data, tools))

    @post("/release", operation="pki.release", status_code=200)
    async def release(
        self, data: JSONBody[ReleaseCertificates], desk: NamedDependency[Desk], tools: NamedDependency[JpkiTools]
    ) -> Acknowledged:
        """Take the hold of a card's certificates back."""
        return await desk.answer(data, Acknowledged, lambda session, act: holds.release(session, act, data, tools))

    @post("/suspend_mdoc", operation="pki.suspend_mdoc", status_code=202)
    async def suspend_mdoc(
        self, data: JSONBody[SuspendMdoc], desk: NamedDependency[Desk], tools: NamedDependency[JpkiTools]
    ) -> Acknowledged:
        """Pass the report of a lost phone on to SMP; the answer does not tell whether a record exists."""
        return await desk.answer(
            data, Acknowledged, lambda session, act: call_centre.suspend_mdoc(session, act, data, tools)
        )
