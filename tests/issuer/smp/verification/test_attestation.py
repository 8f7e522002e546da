"""Key attestations."""

import base64
from typing import Any

import pytest

from issuer.errors import Code
from issuer.smp.verification.attestation import TYPE, AttestationRefused, Header, _maker_key
from issuer.smp.verification.verify import CheckFailed, Step
from tests.issuer.smp.verification.cases import World, run
from tests.support.attestations import a_phone, an_attestation, jwk_of
from tests.support.clock import START
from tests.support.hierarchy import hierarchy


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"nonce": "another-nonce-entirely"}, {}),
        ({"app_install_id": "install-of-another-phone"}, {}),
        ({"key_storage": ["iso_18045_basic"]}, {}),
        ({"user_authentication": []}, {}),
        ({"attested_keys": None}, {}),
        ({"exp": 1}, {}),
        ({"exp": 10**30}, {}),
        ({"iat": 4102444800}, {}),
        ({"extra": 1}, {}),
        ({}, {"typ": "jwt"}),
        ({}, {"x5c": ["AAAA"]}),
        ({}, {"x5c": ["%%%"]}),
        ({}, {"jku": "https://elsewhere.test"}),
    ],
)
@pytest.mark.requirement("MDOC-2", "MDOC-23")
async def test_an_attestation_for_anything_else_is_refused(
    world: World, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    """Another nonce, installation, strength, time, key or header does not vouch for this application."""
    if "attested_keys" in claims:
        claims = {"attested_keys": [jwk_of(key) for key in a_phone().device_keys] * 2}
    token = an_attestation(world.phone, world.nonce, header=header, claims=claims)

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message(key_attestation=token))

    assert failed.value.code == Code.KEY_ATTESTATION


async def test_an_attestation_of_a_foreign_root_is_refused(world: World) -> None:
    """The maker's certificate must lead to a trusted maker; a document signer of ours is none."""
    der = hierarchy().chain("document_signer")[0]
    token = an_attestation(world.phone, world.nonce, header={"x5c": [base64.b64encode(der).decode()]})

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message(key_attestation=token))

    assert failed.value.step is Step.KEY_ATTESTATION


async def test_an_attested_key_must_be_a_point_on_the_curve(world: World) -> None:
    """Coordinates that no key can have are refused before they are compared."""
    nowhere = {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}
    token = an_attestation(world.phone, world.nonce, claims={"attested_keys": [nowhere] * 4})

    with pytest.raises(CheckFailed) as failed:
        await run(world, world.message(key_attestation=token))

    assert failed.value.step is Step.KEY_ATTESTATION


def test_a_maker_with_another_kind_of_key_is_refused() -> None:
    """Under a trusted root too, only an elliptic-curve key makes an ES256 attestation."""
    root = hierarchy().anchors("card_data_ca")
    der = hierarchy().chain("card_data_signer")[0]
    header = Header("ES256", TYPE, [base64.b64encode(der).decode()])
    with pytest.raises(AttestationRefused, match="maker"):
        _maker_key(header, root, START)
