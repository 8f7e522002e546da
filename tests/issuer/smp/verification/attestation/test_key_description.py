"""The description of a key, read strictly."""

import pytest
from asn1crypto import core

from issuer.smp.verification.attestation import key_description
from issuer.smp.verification.attestation.refused import AttestationRefused
from wallet_sim.phone.android import KeyDescription


@pytest.mark.parametrize(
    "der",
    [b"", b"\x30\x00", core.Integer(1).dump(), KeyDescription(b"x").der + b"\x00", KeyDescription(b"x").der[:-1]],
    ids=["empty", "no members", "integer", "longer", "shorter"],
)
def test_a_description_of_another_shape_is_refused(der: bytes) -> None:
    """A description is read strictly: nothing missing, nothing behind its end."""
    with pytest.raises(AttestationRefused, match="malformed"):
        key_description.read(der)
