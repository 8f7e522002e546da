"""
Fresh device keys of a phone, taken as those of an application are: attested, and unique over all holders (MDOC-23).

A relying party that has seen a device key would know its holder again by it, so what is issued after all records were
used is made for keys that nobody has seen. The binding key, which the card signed for, signs for them (MDOC-13).
"""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from issuer.errors import Code, IssuerError
from issuer.smp.application.content import FreshKeys, thumbprint
from issuer.smp.application.models import Application, DeviceKey, KeyChange
from issuer.smp.application.nonces import check_nonce, use_nonce
from issuer.smp.makers.kept import StaleMakerList
from issuer.smp.tools import SmpTools
from issuer.smp.verification.attestation.challenge import Claimed
from issuer.smp.verification.attestation.check import check_keys
from issuer.smp.verification.attestation.refused import AttestationRefused
from registry.act import Act


async def take_fresh_keys(
    session: AsyncSession, act: Act, application: Application, fresh: FreshKeys | None, message: str, tools: SmpTools
) -> None:
    """
    Replace the device keys of a phone for whatever is issued from now on; `message` is the word that brought them.

    Raises IssuerError: fresh_device_keys_required, nonce_unknown, nonce_expired, nonce_used, device_keys_refused,
    device_key_already_used, maker_list_stale, and the code of an attestation that does not vouch for them.
    """
    if fresh is None:
        raise IssuerError(Code.FRESH_KEYS, "Send device keys that no relying party has seen, with their attestation.")
    check_nonce(tools.sealer, fresh.nonce, life=tools.terms.nonce_life, at=act.at)
    await use_nonce(session, fresh.nonce, at=act.at)
    points = _proven(fresh, application, act, tools)
    application.key_generation += 1
    generation, application_id = application.key_generation, application.application_id
    session.add(KeyChange(application_id=application_id, generation=generation, message=message, at=act.at))
    await _claim(session, application, points)


def _proven(fresh: FreshKeys, application: Application, act: Act, tools: SmpTools) -> list[bytes]:
    try:
        points = fresh.points
    except ValueError:
        raise _refused() from None
    if len(set(points)) != len(points):
        raise _refused()
    claimed = Claimed([("record", point) for point in points], fresh.nonce, application.app_install_id or "")
    try:
        check_keys(fresh.key_attestation, claimed, tools.trust.makers, at=act.at, now=act.at)
    except AttestationRefused as refused:
        raise IssuerError(refused.code, "The attestation does not vouch for these keys.") from None
    except StaleMakerList:
        raise IssuerError(Code.MAKER_LIST_STALE, "Send the same message later; nothing was changed.") from None
    return points


async def _claim(session: AsyncSession, application: Application, points: list[bytes]) -> None:
    """Claim the keys for ever: the primary key lets each of them through once."""
    rows = [
        {
            "thumbprint": thumbprint(point),
            "application_id": application.application_id,
            "position": position,
            "use": "record",
            "public_point": point,
            "generation": application.key_generation,
        }
        for position, point in enumerate(points)
    ]
    in_order = sorted(rows, key=lambda row: bytes(row["thumbprint"]))  # type: ignore[call-overload] # two at once wait
    statement = insert(DeviceKey).values(in_order).on_conflict_do_nothing().returning(DeviceKey.thumbprint)
    if len((await session.execute(statement)).all()) < len(points):
        raise IssuerError(Code.DEVICE_KEY_USED, "A device key has been used before.")


def _refused() -> IssuerError:
    return IssuerError(Code.DEVICE_KEYS, "The device keys are not all different points of the curve.")
