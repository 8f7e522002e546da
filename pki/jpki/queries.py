"""Questions to the JPKI side: the state of a signing certificate (E-36), the record code of a serial (E-34b)."""

from sqlalchemy.ext.asyncio import AsyncSession

from pki.errors import Code, PkiError
from pki.jpki.models import AUTHENTICATION, RECORD_CODE_COLUMN, SIGNATURE, CertificateOrder, UserCertificate
from pki.jpki.register import find, person_of
from pki.jpki.requests import refuse_number
from pki.jpki.states import GOOD, REVOKED
from pki.jpki.tools import JpkiTools
from registry.act import Act
from registry.messages.jpki import CertificateQuery, CertificateState, RecordCodeAnswer, RecordCodeQuery
from registry.trail.provide import provide


async def certificate_state(session: AsyncSession, act: Act, message: CertificateQuery) -> CertificateState:
    """
    Tell the state of a signing certificate at this instant: good, held, revoked or unknown (MDOC-12).

    One whose period is over is revoked with the reason `expired`, also before the calendar has noted it. A serial that
    was never issued, or that belongs to another kind, is unknown. Each answer about a person is recorded. Raises
    PkiError(number_not_allowed).
    """
    refuse_number(message.signing_certificate_serial)
    row = await session.get(UserCertificate, message.signing_certificate_serial)
    if row is None or row.kind != SIGNATURE:
        return CertificateState(signing_certificate_serial=message.signing_certificate_serial, state="unknown")
    await provide(
        session,
        act,
        subject=await person_of(session, row),
        reason="certificate_state",
        fields=["state", "reason", "since"],
        number=False,
    )
    return _state(row, act)


def _state(row: UserCertificate, act: Act) -> CertificateState:
    if row.state != REVOKED and act.at > row.not_after:
        return CertificateState(
            signing_certificate_serial=row.serial, state="revoked", reason="expired", since=row.not_after
        )
    return CertificateState(
        signing_certificate_serial=row.serial,
        state=row.state,  # type: ignore[arg-type]  # the three states of the register
        reason=row.reason,
        since=None if row.state == GOOD else row.since,
    )


async def record_code_for_serial(
    session: AsyncSession, act: Act, message: RecordCodeQuery, tools: JpkiTools
) -> RecordCodeAnswer:
    """
    Tell juki the record code behind a user authentication certificate in effect (JUKI-24).

    Raises PkiError(certificate_unknown) also for a signature certificate's serial, certificate_not_in_effect.
    """
    row = await find(session, message.authentication_certificate_serial, AUTHENTICATION)
    if row.state != GOOD or act.at > row.not_after:
        raise PkiError(Code.CERTIFICATE_NOT_IN_EFFECT)
    order = await session.get_one(CertificateOrder, row.order_id)
    await provide(
        session,
        act,
        subject=order.person_index,
        reason="record_code_for_serial",
        fields=["resident_record_code"],
        number=False,
    )
    return RecordCodeAnswer(
        request_id=message.request_id,
        resident_record_code=tools.sealer.open_text(order.resident_record_code, RECORD_CODE_COLUMN),
    )
