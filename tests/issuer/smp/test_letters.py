"""Letters to the phone: sealed to it alone, bound to installation and letter."""

from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from issuer.errors import IssuerError
from issuer.smp.application.models import Application
from issuer.smp.letters import letter_info, put_letter, seal_letter
from tests.issuer.smp.conftest import Desk
from tests.support.attestations import a_phone, point_of

SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


@pytest.mark.requirement("MDOC-26")
def test_a_letter_opens_for_its_phone_installation_and_id_only() -> None:
    """Another key, another installation and another letter id all fail; the plaintext stands nowhere in it."""
    phone, stranger = a_phone(), a_phone()
    letter_id = UUID(int=1)
    sealed = seal_letter(
        {"type": "bundle", "records": ["123456789018"]},
        sealing_key=point_of(phone.sealing_key),
        app_install_id=phone.app_install_id,
        letter_id=letter_id,
    )

    info = letter_info(phone.app_install_id, letter_id)
    assert b"123456789018" in SUITE.decrypt(sealed, phone.sealing_key, info=info)
    assert b"123456789018" not in sealed
    for key, bound in (
        (stranger.sealing_key, info),
        (phone.sealing_key, letter_info("install-of-somebody-else", letter_id)),
        (phone.sealing_key, letter_info(phone.app_install_id, UUID(int=2))),
    ):
        with pytest.raises(InvalidTag):
            SUITE.decrypt(sealed, key, info=bound)


async def test_without_a_phone_there_is_no_letter(desk: Desk) -> None:
    """An application that named no phone is written to by nobody."""
    with pytest.raises(IssuerError, match="application_unknown"):
        await desk.step(put_letter, Application(), "notice", {}, sealer=desk.tools.sealer)
