"""Present: a phone and a reader meet, and the relying party asks what it may rely on."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate

from mdoc.catalogue.mnc import NAME as DOC_TYPE
from mdoc.verify import verify_issuer_signed
from pki.keys.uri import open_signer
from tegata.demo.issue import current_set
from tegata.demo.stage import USER_PIN, Holder, Stage
from wallet_sim.faults import Fault, Faults
from wallet_sim.reader import Meeting, Reader, Received
from wallet_sim.relying_party.verify_call import Verdict, verify

MISBEHAVING: Faults = (Fault.NO_NOTICES, Fault.NO_STATE)
"""A phone that shows what it should not: the relying party must find out by itself."""

ASKED = {
    "org.iso.23220.1": {"age_over_20": False, "birth_date": False},
    "org.iso.23220.1.jp": {"full_name_unicode": False, "resident_address_unicode": False, "portrait": False},
}


@dataclass(frozen=True, repr=False)
class Presented:
    """What the reader received, and the verdict on it."""

    received: Received
    verdict: Verdict


def registered_reader(stage: Stage) -> Reader:
    """Return the reader of the registered relying party, with the certificate of the reader CA."""
    folder = stage.state / "reader" / "relying-party"
    certificate = load_pem_x509_certificate((folder / "certificate.pem").read_bytes())
    signer = open_signer((folder / "key.pem").absolute().as_uri())
    return Reader([certificate.public_bytes(Encoding.DER)], signer.sign, stage.random)


async def meet(
    stage: Stage, holder: Holder, faults: Faults = (), asked: dict[str, dict[str, bool]] | None = None
) -> Received:
    """
    Let phone and reader meet: QR code, session, request with reader authentication, the holder's consent and PIN.

    Raises PresentationRefused or RequestRefused where the wallet shows nothing.
    """
    wallet = stage.wallet(holder, faults)
    engagement = wallet.show_code()
    meeting: Meeting = registered_reader(stage).scan(engagement.qr, DOC_TYPE, asked or ASKED)
    request = wallet.hear(engagement, meeting.establishment)
    answer = await wallet.present(request, wallet.authenticate(USER_PIN), lambda _asked: True)
    return meeting.receive(answer)


async def present(stage: Stage, holder: Holder, faults: Faults = ()) -> Presented:
    """Let a holder present and the relying party ask for the verdict."""
    received = await meet(stage, holder, faults)
    (verdict,) = await verify(stage.network.public(), received)
    return Presented(received, verdict)


async def status_now(stage: Stage, holder: Holder) -> str:
    """Return what a relying party hears when this phone presents, proper or not."""
    return (await present(stage, holder, MISBEHAVING)).verdict.status


async def status_list_of(stage: Stage, holder: Holder) -> bytes:
    """Return the status list token that a holder's first record names, as anybody may fetch it."""
    record_set = current_set(holder)
    if record_set is None:
        raise LookupError("no records in use")
    record = verify_issuer_signed(record_set.records[0].issuer_signed, trust=stage.trust, at=stage.now())
    if record.status is None:
        raise LookupError("the record names no status list")
    return await stage.network.public().fetch(record.status.uri, "application/statuslist+cwt")
