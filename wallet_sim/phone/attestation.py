"""Attestation of all keys of one application, as the phone's kind makes it (MDOC-23)."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from cryptography import x509

from wallet_sim.chance import Chance, p256_key
from wallet_sim.phone.android import AGREE_KEY, SIGN, KeyDescription
from wallet_sim.phone.apple import Authenticator, ClientData, attestation_object, nonce_extension
from wallet_sim.phone.content import AndroidAttestation, AppleAttestation
from wallet_sim.phone.maker import KEY_LIFE, Authority, der_of
from wallet_sim.phone.secure_area import jwk_of, load, point_of
from wallet_sim.phone.state import Enrolment, PhoneState


def attest(
    state: PhoneState, enrolment: Enrolment, *, nonce: str, at: datetime, random: Chance
) -> AndroidAttestation | AppleAttestation:
    """Return the attestation of an application's keys, in the order record keys, binding key, sealing key."""
    uses = [*(("record", key) for key in enrolment.device_keys), ("binding", enrolment.binding_key)]
    return _attest(state, [*uses, ("sealing", enrolment.sealing_key)], nonce, at, random)


def attest_fresh(
    state: PhoneState, keys: Sequence[bytes], *, nonce: str, at: datetime, random: Chance
) -> AndroidAttestation | AppleAttestation:
    """Return the attestation of device keys alone."""
    return _attest(state, [("record", key) for key in keys], nonce, at, random)


def _attest(
    state: PhoneState, uses: Sequence[tuple[str, bytes]], nonce: str, at: datetime, random: Chance
) -> AndroidAttestation | AppleAttestation:
    challenge = sha256(f"tegata/key-attestation/v1\0{nonce}\0{state.app_install_id}".encode()).digest()
    chain = state.attestation_chain
    authority = Authority(x509.load_der_x509_certificate(chain[0]), load(state.attestation_key))
    if state.kind == "apple":
        client = ClientData(challenge, [jwk_of(load(key)) for _, key in uses])
        return _apple(authority, chain, msgspec.json.encode(client), at, random)
    return AndroidAttestation([_android(authority, use, key, challenge, at, random) for use, key in uses], chain)


def _android(authority: Authority, use: str, key: bytes, challenge: bytes, at: datetime, random: Chance) -> bytes:
    description = KeyDescription(
        challenge,
        purposes=(AGREE_KEY,) if use == "sealing" else (SIGN,),
        user=use == "record",  # letters and notices are read while nobody looks
    )
    public = load(key).public_key()
    made = authority.certify(
        public, "Simulated Key", at=at, life=KEY_LIFE, random=random, extension=description.extension
    )
    return der_of(made)


def _apple(
    authority: Authority, chain: list[bytes], client_data: bytes, at: datetime, random: Chance
) -> AppleAttestation:
    key = p256_key(random)
    authenticator = Authenticator(sha256(point_of(key)).digest())
    extension = nonce_extension(authenticator, client_data)
    leaf = authority.certify(
        key.public_key(), "Simulated App Key", at=at, life=KEY_LIFE, random=random, extension=extension
    )
    return AppleAttestation(attestation_object(authenticator, [der_of(leaf), *chain]), client_data)
