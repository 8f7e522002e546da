from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from mdoc import algorithms, issue, mint
from mdoc.errors import MalformedData, OutsideProfile
from mdoc.issuer_signed import decode_issuer_signed
from tests.mdoc.world import (
    AT,
    DEVICE_KEY,
    ELEMENTS,
    ISO,
    JP,
    MNC,
    SIGNER_KEY,
    STATUS,
    VALIDITY,
    certificate,
    private_key,
    sign_device,
    sign_issuer,
)
from tests.support.entropy import SeededBytes

KEY = DEVICE_KEY.public_key()
POINT = KEY.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
CHAIN = [certificate()]

NAMES = st.text(min_size=1, max_size=40)
VALUES = st.one_of(
    st.text(max_size=600),
    st.binary(max_size=700),
    st.sampled_from([bytes(65_535), bytes(65_536)]),
    st.integers(-(1 << 63), (1 << 64) - 1),
    st.booleans(),
    st.dates(),
    st.datetimes(timezones=st.just(timezone(timedelta(hours=9)))).map(lambda at: at.replace(microsecond=0)),
    st.lists(st.dictionaries(NAMES, st.text(max_size=5), max_size=2), max_size=2),
)
ELEMENT_SETS = st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=10), max_size=3)
SIGNERS = {
    algorithms.ES256: SIGNER_KEY,
    algorithms.ES384: private_key(1007, ec.SECP384R1()),
    algorithms.ES512: private_key(1008, ec.SECP521R1()),
}
SUITES = st.builds(issue.Suite, st.sampled_from(sorted(SIGNERS)), st.sampled_from(["SHA-256", "SHA-384", "SHA-512"]))
SECONDS = st.integers(0, 1 << 30).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def validities(draw: Any) -> issue.Validity:
    """Any validity that the standard allows."""
    signed = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=draw(st.integers(-12, 12))))) + draw(SECONDS)
    begin = signed + draw(SECONDS)
    end = begin + timedelta(seconds=1) + draw(SECONDS)
    return issue.Validity(signed, begin, end, draw(st.none() | st.just(end)))


@pytest.mark.requirement("MDOC-22")
@settings(max_examples=60, deadline=None)
@given(
    ELEMENT_SETS,
    validities(),
    st.none() | st.builds(issue.StatusReference, st.text(max_size=80), st.integers(0, 1 << 40)),
    st.none() | st.builds(issue.IdentifierReference, st.text(max_size=80), st.binary(max_size=40)),
    st.integers(10, 256),
    st.sampled_from([MNC, "org.iso.18013.5.1.mDL"]),
    SUITES,
)
def test_minted_is_byte_equal_to_the_plain_path(
    elements: dict[str, dict[str, object]],
    validity: issue.Validity,
    status: issue.StatusReference | None,
    identifier: issue.IdentifierReference | None,
    count: int,
    doc_type: str,
    suite: issue.Suite,
) -> None:
    """Of the same input and chance, the hot path makes the same bytes as the plain one, document after document."""
    made = mint.Mint(doc_type, elements, validity, decoys_to=count, suite=suite)
    chances = SeededBytes("a"), SeededBytes("a")
    listed: dict[str, Any] = {"status": status, "identifier": identifier}
    for _ in range(2):
        fast = made.prepare(POINT, random=chances[0], **listed)
        plain = issue.prepare(
            doc_type, elements, KEY, validity, random=chances[1], decoys_to=count, suite=suite, **listed
        )
        assert fast == plain
    key = SIGNERS[suite.algorithm]
    signature, chain = algorithms.software_signer(key)(fast.to_be_signed), [certificate(key=key)]
    assert mint.complete(fast, signature, chain) == issue.complete(plain, signature, chain)


def test_a_stored_document_is_completed_alike() -> None:
    """Items in parts are those that `to_bytes` stores, and what comes back from the store has the same completion."""
    document = mint.Mint(MNC, ELEMENTS | {ISO: {"portrait": bytes(2000)}}, VALIDITY).prepare(
        POINT, random=SeededBytes(), status=None
    )
    stored = issue.PreparedDocument.from_bytes(document.to_bytes())
    assert stored == document
    signature = sign_issuer(document.to_be_signed)
    assert mint.complete(stored, signature, CHAIN) == mint.complete(document, signature, CHAIN)
    assert list(document.name_spaces) == list(stored.name_spaces)


def test_two_certificates_are_written_as_the_plain_path_writes_them() -> None:
    """A chain of several certificates is an array in both."""
    document = mint.Mint(MNC, ELEMENTS, VALIDITY).prepare(POINT, random=SeededBytes(), status=STATUS)
    chain = [certificate(), certificate("Intermediate")]
    signature = sign_issuer(document.to_be_signed)
    assert mint.complete(document, signature, chain) == issue.complete(document, signature, chain)


def test_a_bundle_shares_elements_and_nothing_else() -> None:
    """Two records of one holder have the same elements, and no salt, order of ids or decoy in common."""
    made, random = mint.Mint(MNC, ELEMENTS, VALIDITY), SeededBytes()
    two = [made.prepare(POINT, random=random, status=STATUS) for _ in range(2)]
    read = [decode_issuer_signed(mint.complete(one, sign_issuer(one.to_be_signed), CHAIN)) for one in two]
    items = [[item for found in one.name_spaces.values() for item in found] for one in read]
    assert {item.identifier: item.value for item in items[0]} == {item.identifier: item.value for item in items[1]}
    assert {item.random for item in items[0]}.isdisjoint(item.random for item in items[1])
    digests = [{one for found in each.mso().value_digests.values() for one in found.values()} for each in read]
    assert digests[0].isdisjoint(digests[1])


def test_more_elements_than_digests_are_refused() -> None:
    """The hot path refuses what the plain one refuses: a namespace whose size would show, an end before a beginning."""
    with pytest.raises(OutsideProfile) as refused:
        mint.Mint(MNC, ELEMENTS, VALIDITY, decoys_to=4)
    assert refused.value.rule == "decoys"
    with pytest.raises(OutsideProfile, match="room"):
        mint.Mint(MNC, ELEMENTS, VALIDITY, decoys_to=257)
    with pytest.raises(MalformedData):
        mint.Mint(MNC, ELEMENTS, issue.Validity(AT, AT, AT))
    with pytest.raises(MalformedData):
        mint.Mint(MNC, {ISO: {"x": object()}}, VALIDITY)


@pytest.mark.parametrize("point", [b"", POINT[:64], b"\x02" + POINT[1:33], b"\x02" + POINT[1:]])
def test_only_an_uncompressed_point_is_taken(point: bytes) -> None:
    """A device key in another form is refused instead of being written into the document."""
    with pytest.raises(MalformedData, match="point"):
        mint.Mint(MNC, ELEMENTS, VALIDITY).prepare(point, random=SeededBytes(), status=None)


def test_root_stays_out_of_the_chain() -> None:
    """A chain with a root in it, or without a certificate, is refused."""
    document = mint.Mint(MNC, {JP: ELEMENTS[JP]}, VALIDITY).prepare(POINT, random=SeededBytes(), status=None)
    for chain in ([certificate(), certificate("IACA")], []):
        with pytest.raises(MalformedData):
            mint.complete(document, bytes(64), chain)


def test_completion_leaves_the_check_to_the_caller() -> None:
    """The signature is not looked at: a wrong one is found by our own verifier, which decides about every release."""
    document = mint.Mint(MNC, ELEMENTS, VALIDITY).prepare(POINT, random=SeededBytes(), status=None)
    assert mint.complete(document, sign_device(document.to_be_signed), CHAIN)


def test_minting_does_not_print() -> None:
    """Neither the mint nor what it made shows anything of the person."""
    made = mint.Mint(MNC, ELEMENTS | {ISO: {"birth_date": date(1971, 9, 1)}}, VALIDITY)
    assert "番号" not in repr(made) + repr(made.prepare(POINT, random=SeededBytes(), status=None))
