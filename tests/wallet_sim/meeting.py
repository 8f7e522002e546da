"""A phone with records meets the registered reader of the hierarchy."""

from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy
from tests.wallet_sim.conftest import PIN, Scene
from tests.wallet_sim.counterpart import DOC_TYPE
from wallet_sim.phone.wallet import Wallet
from wallet_sim.reader import Meeting, Reader

AGE = {"org.iso.23220.1": {"age_over_18": False}}


def reader(name: str = "relying-party", *, anonymous: bool = False) -> Reader:
    """The registered reader of the hierarchy, or one that says nothing about itself."""
    certificate, signer = hierarchy().pair("reader/relying-party")
    chain = (
        [hierarchy().chain("document_signer")[0]] if name == "impostor" else [certificate.public_bytes(Encoding.DER)]
    )
    return Reader(None if anonymous else chain, signer.sign, SeededBytes(f"reader {name}"))


async def meet(
    scene: Scene, wallet: Wallet | None = None, *, pin: str | None = PIN, consent: bool = True
) -> tuple[Meeting, bytes]:
    """Let the reader scan the phone and the holder answer."""
    wallet = wallet or scene.wallet
    engagement = wallet.show_code()
    meeting = reader().scan(engagement.qr, DOC_TYPE, AGE)
    asked = wallet.hear(engagement, meeting.establishment)
    presence = wallet.authenticate(pin) if pin else None
    return meeting, await wallet.present(asked, presence, lambda _: consent)


def standing(scene: Scene) -> str:
    """The status of the first set, as it is now."""
    return scene.wallet.state.sets[0].status


async def equip(scene: Scene) -> None:
    """Bring a confirmed set onto the phone."""
    await scene.push(scene.bundle())
    await scene.wallet.collect()
    scene.sets("active")
