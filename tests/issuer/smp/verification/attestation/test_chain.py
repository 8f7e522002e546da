"""The links of a chain, each broken once."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from issuer.errors import Code
from tests.issuer.smp.verification.attestation.ground import DAY, NONCE, code_of
from tests.support.applications import Holder
from tests.support.attestations import (
    Phone,
    a_phone,
    android_attestation,
    authority,
    challenge_of,
    maker,
)
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from wallet_sim.chance import p256_key
from wallet_sim.phone.android import KeyDescription
from wallet_sim.phone.content import AndroidAttestation
from wallet_sim.phone.maker import Authority, der_of

Chain = Callable[[], tuple[Authority, list[bytes]]]


def factory(over: Authority, *, below: int | None, since: timedelta = DAY, life: timedelta = 3 * DAY) -> Authority:
    """Make an authority below another; `since` says how long ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    begin = START - since
    made = over.certify(key.public_key(), "Another", at=begin, life=life, random=SeededBytes("factory"), below=below)
    return Authority(made, key)


def genuine_factory() -> Authority:
    """Return the factory's authority of the genuine chain; its key is drawn again from the same seed."""
    random = SeededBytes("android")
    p256_key(random)
    return Authority(x509.load_der_x509_certificate(authority("android")[1][-1]), p256_key(random))


def broken_order() -> tuple[Authority, list[bytes]]:
    """The genuine certificates in the wrong order."""
    vouching, chain = authority("android")
    return vouching, list(chain[::-1])


def foreign_root() -> tuple[Authority, list[bytes]]:
    """A chain whose highest certificate was signed by nobody that is trusted."""
    real = x509.load_pem_x509_certificate(maker().root_pem("android"))
    own = factory(Authority(real, ec.generate_private_key(ec.SECP256R1())), below=0)
    return own, [der_of(own.certificate)]


def past_authority() -> tuple[Authority, list[bytes]]:
    """An authority that ended yesterday."""
    own = factory(genuine_factory(), below=0, since=3 * DAY, life=DAY)
    return own, [der_of(own.certificate), authority("android")[1][-1]]


def no_authority() -> tuple[Authority, list[bytes]]:
    """A certificate of a key, used to certify another."""
    own = factory(genuine_factory(), below=None)
    return own, [der_of(own.certificate), authority("android")[1][-1]]


def too_deep() -> tuple[Authority, list[bytes]]:
    """An authority below one that may have none below it."""
    vouching, chain = authority("android")
    own = factory(vouching, below=0)
    return own, [der_of(own.certificate), *chain]


def described_authority() -> tuple[Authority, list[bytes]]:
    """An authority whose certificate describes a key."""
    _, chain = authority("android")
    key = ec.generate_private_key(ec.SECP256R1())
    described = KeyDescription(challenge_of(a_phone(), NONCE)).extension
    made = genuine_factory().certify(
        key.public_key(), "Described", at=START - DAY, life=3 * DAY, random=SeededBytes(), below=0, extension=described
    )
    return Authority(made, key), [der_of(made), chain[-1]]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (broken_order, Code.ATTESTATION_LINK),
        (foreign_root, Code.ATTESTATION_ROOT),
        (past_authority, Code.ATTESTATION_EXPIRED),
        (no_authority, Code.ATTESTATION_AUTHORITY),
        (too_deep, Code.ATTESTATION_AUTHORITY),
        (described_authority, Code.ATTESTATION_EXTENSION),
    ],
)
@pytest.mark.requirement("MDOC-23", "MDOC-66")
def test_every_link_of_a_chain_is_checked(holder: Holder, phone: Phone, make: Chain, code: Code) -> None:
    """Order, root, time, authority, depth and extension of the authorities: each is refused by its own code."""
    by, chain = make()
    assert code_of(holder, phone, android_attestation(phone, NONCE, by=by, chain=chain)) == code


def test_the_end_of_a_chain_is_checked(holder: Holder, phone: Phone) -> None:
    """A key's certificate outside its time, or without a description, is refused."""
    short = android_attestation(phone, NONCE, life=timedelta(minutes=2))
    assert code_of(holder, phone, short, at=timedelta(minutes=2)) == Code.ATTESTATION_EXPIRED
    assert code_of(holder, phone, short, at=timedelta(minutes=-2)) == Code.ATTESTATION_EXPIRED
    vouching, _ = authority("android")
    plain = [
        der_of(vouching.certify(key.public_key(), "Plain", at=START - DAY, life=3 * DAY, random=SeededBytes()))
        for key in (*phone.device_keys, phone.binding_key, phone.sealing_key)
    ]
    undescribed = msgspec.structs.replace(short, keys=plain)
    assert code_of(holder, phone, undescribed) == Code.ATTESTATION_EXTENSION


def test_an_authority_is_no_key(holder: Holder, phone: Phone) -> None:
    """A certificate that may certify is not the end of a chain, even over the right key."""
    vouching = genuine_factory()
    keys = (*phone.device_keys, phone.binding_key, phone.sealing_key)
    made = [
        der_of(vouching.certify(key.public_key(), "CA", at=START - DAY, life=3 * DAY, random=SeededBytes(), below=0))
        for key in keys
    ]
    chain = [authority("android")[1][-1]]
    assert code_of(holder, phone, AndroidAttestation(made, chain)) == Code.ATTESTATION_AUTHORITY


def test_bytes_that_are_no_certificate_are_malformed(holder: Holder, phone: Phone) -> None:
    """Neither a key's certificate nor an authority's is read as something else."""
    sound = android_attestation(phone, NONCE)
    for spoilt in ({"keys": [b"\x30\x00"] * 4}, {"chain": [b"\x30\x00"]}):
        assert code_of(holder, phone, msgspec.structs.replace(sound, **spoilt)) == Code.ATTESTATION_MALFORMED


def test_an_unknown_critical_extension_is_refused(holder: Holder, phone: Phone) -> None:
    """RFC 5280 4.2: what must be understood and is not, is refused."""
    vouching, chain = authority("android")
    key = phone.device_keys[0]
    builder = x509.CertificateBuilder(
        vouching.certificate.subject,
        vouching.certificate.subject,
        key.public_key(),
        7,
        START - DAY,
        START + DAY,
    ).add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"), critical=True)
    der = der_of(builder.sign(vouching.key, hashes.SHA256()))
    spoilt = AndroidAttestation([der, *android_attestation(phone, NONCE).keys[1:]], list(chain))
    assert code_of(holder, phone, spoilt) == Code.ATTESTATION_EXTENSION
