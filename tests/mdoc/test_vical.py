"""The list of trusted roots: ours, another maker's, and everything for which one is not believed."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cbor2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from mdoc import cbor, cose, vical
from mdoc.errors import MalformedData, Untrusted, VicalRefused
from mdoc.verify import SignerCertificate
from tests.mdoc.world import AT, Anchor, anchor, certificate, sign_device, sign_issuer

MDL = "org.iso.18013.5.1.mDL"
INFO = vical.CertificateInfo(
    certificate("IACA"),
    serial_number=7,
    ski=bytes(20),
    doc_types=(MDL, "org.iso.23220.1.jp.mnc"),
    certificate_profiles=("1.0.18013.5.1.7",),
    issuing_authority="Tegata",
    issuing_country="JP",
    state_or_province="JP-13",
    issuer=b"issuer",
    subject=b"subject",
    not_before=AT - timedelta(days=1),
    not_after=AT + timedelta(days=90),
)
BARE = vical.CertificateInfo(certificate("IACA"), 1 << 150, b"\x01", (MDL,))
LIST = vical.Vical("Tegata", AT, (INFO, BARE), 3, AT + timedelta(days=30), AT + timedelta(days=60), "https://v.test")


def signed(listed: vical.Vical = LIST) -> bytes:
    """A signed list."""
    made = vical.prepare_vical(listed, [certificate()])
    return vical.complete_vical(made, sign_issuer(made.to_be_signed))


def forged(changes: dict[str, object], info: dict[str, object] | None = None, **headers: Any) -> bytes:
    """A properly signed list with any entries; one of Ellipsis is left out."""
    entries = cbor.decode(vical.prepare_vical(LIST, [certificate()]).payload)
    entries["certificateInfos"][0] = merged(entries["certificateInfos"][0], info or {})
    message = cose.unsigned(
        cbor.encode(merged(entries, changes)),
        protected=headers.get("protected", {}),
        unprotected=headers.get("unprotected", {33: certificate()}),
    )
    return cbor.encode(cose.as_array(message, sign_issuer(message.to_be_signed())))


def merged(entries: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    """Entries with changes."""
    return {key: value for key, value in (entries | changes).items() if value is not ...}


def read(data: bytes, trust: Anchor | None = None, at: datetime = AT) -> vical.Vical:
    """The list as a relying party reads it."""
    return vical.read_vical(data, trust=(trust or anchor()).status, at=at)


def test_list_is_read_as_written() -> None:
    """Every entry survives signing and reading, those that are absent included."""
    assert read(signed()) == LIST
    short = vical.Vical("Tegata", AT, ())
    assert read(signed(short)) == short
    assert short.holds_until is None
    assert LIST.holds_until == LIST.next_update


def test_a_stranger_reads_the_list() -> None:
    """Cbor2 and OpenSSL alone read it: untagged, alg alone protected, x5chain not, the list itself as payload."""
    protected, unprotected, payload, signature = cbor2.loads(signed())
    listed = cbor2.loads(payload)

    assert (cbor2.loads(protected), dict(unprotected)) == ({1: -7}, {33: certificate()})
    assert listed["certificateInfos"][0]["serialNumber"] == 7
    assert payload[payload.index(b"serialNumber") + 12 :].startswith(b"\xc2\x41\x07")
    assert [listed[name] for name in ("version", "vicalProvider", "vicalIssueID")] == ["1.0", "Tegata", 3]
    key: Any = x509.load_der_x509_certificate(certificate()).public_key()
    structure = cbor2.dumps(["Signature1", protected, b"", payload])
    key.verify(
        encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:])),
        structure,
        ec.ECDSA(hashes.SHA256()),
    )


def aamva() -> bytes:
    """The list of the AAMVA of September 2024."""
    path = Path(__file__).parents[1] / "vectors" / "vical" / "aamva-2024-09-24.b64"
    return base64.urlsafe_b64decode(path.read_text().replace("\n", ""))


def aamva_trust(chain: Sequence[bytes], _: datetime) -> SignerCertificate:
    """Trust in the AAMVA's root: every certificate of the chain is signed by the next."""
    leaf, issuing, root = (x509.load_der_x509_certificate(each) for each in chain)
    leaf.verify_directly_issued_by(issuing)
    issuing.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    key: Any = leaf.public_key()
    return SignerCertificate(key, leaf.not_valid_before_utc, leaf.not_valid_after_utc, "US", None)


AAMVA_DAY = datetime(2024, 9, 25, 12, tzinfo=UTC)


def test_list_of_another_maker() -> None:
    """The AAMVA's list verifies and names three states' roots for the mDL; a day later it is out of date."""
    found = vical.read_vical(aamva(), trust=aamva_trust, at=AAMVA_DAY)

    assert (found.provider, found.issue_id) == ("AAMVA", 616575)
    assert [one.state_or_province for one in found.certificates] == ["US-MD", "US-UT", "US-VA"]
    assert {one.doc_types for one in found.certificates} == {(MDL,)}
    for one in found.certificates:
        root = x509.load_der_x509_certificate(one.certificate)
        assert one.serial_number == root.serial_number
        assert (one.subject, one.not_after) == (root.subject.public_bytes(), root.not_valid_after_utc) or (
            one.state_or_province == "US-VA"  # its dates were written in local time
        )
    with pytest.raises(VicalRefused, match="out of date"):
        vical.read_vical(aamva(), trust=aamva_trust, at=AAMVA_DAY + timedelta(days=1))


def test_changed_list_of_another_maker() -> None:
    """One byte changed in the AAMVA's list, and its signature does not fit."""
    data = aamva().replace(b"US-UT", b"US-TX", 1)
    with pytest.raises(VicalRefused, match="does not fit"):
        vical.read_vical(data, trust=aamva_trust, at=AAMVA_DAY)


@pytest.mark.parametrize(
    "listed",
    [
        replace(LIST, next_update=AT),
        replace(LIST, not_after=AT - timedelta(seconds=1)),
        replace(LIST, date=AT + timedelta(microseconds=1)),
        replace(LIST, certificates=(replace(INFO, doc_types=()),)),
        replace(LIST, certificates=(replace(INFO, serial_number=0),)),
        replace(LIST, certificates=(replace(INFO, serial_number=1 << 300),)),
    ],
)
def test_impossible_list_is_not_made(listed: vical.Vical) -> None:
    """A list that ends before it begins, has fractions of a second, or a root without docType or number: not made."""
    with pytest.raises(MalformedData):
        vical.prepare_vical(listed, [certificate()])


def no_payload() -> bytes:
    """A list that is somewhere else."""
    parts = cbor.decode(signed())
    parts[2] = None
    return cbor.encode(parts)


def by_another() -> bytes:
    """A list that another key signed."""
    made = vical.prepare_vical(LIST, [certificate()])
    return vical.complete_vical(made, sign_device(made.to_be_signed))


FAULTS: list[tuple[str, Callable[[], bytes], dict[str, Any]]] = [
    ("not of type array", lambda: b"\xd2" + signed(), {}),
    ("end too early", lambda: signed()[:-1], {}),
    ("no payload", no_payload, {}),
    ("no anchor", signed, {"trust": Anchor({})}),
    ("does not fit", by_another, {}),
    ("neither one certificate", lambda: forged({}, protected={33: certificate()}, unprotected={}), {}),
    ("dated later than now", signed, {"at": AT - timedelta(seconds=61)}),
    ("out of date", signed, {"at": AT + timedelta(days=30)}),
    ("out of date", lambda: forged({"nextUpdate": ...}), {"at": AT + timedelta(days=60)}),
    ("major version", lambda: forged({"version": "2.0"}), {}),
    ("version is missing", lambda: forged({"version": ...}), {}),
    ("vicalProvider", lambda: forged({"vicalProvider": ""}), {}),
    ("date is missing", lambda: forged({"date": ...}), {}),
    ("not of type tdate", lambda: forged({"date": "2026-04-10T01:00:00Z"}), {}),
    ("not of type tdate", lambda: forged({"nextUpdate": cbor.Tagged(1, 1893456000)}), {}),
    ("not of type int", lambda: forged({"vicalIssueID": "3"}), {}),
    ("not of type array", lambda: forged({"certificateInfos": {}}), {}),
    ("not of type map", lambda: forged({"certificateInfos": [b"der"]}), {}),
    ("certificate is missing", lambda: forged({}, {"certificate": ...}), {}),
    ("ski is missing", lambda: forged({}, {"ski": ...}), {}),
    ("docType is missing", lambda: forged({}, {"docType": ...}), {}),
    ("docType: empty", lambda: forged({}, {"docType": []}), {}),
    ("docType: the name is empty", lambda: forged({}, {"docType": [""]}), {}),
    ("certificateProfile: empty", lambda: forged({}, {"certificateProfile": []}), {}),
    ("not of type Tagged", lambda: forged({}, {"serialNumber": 7}), {}),
    ("not a biguint", lambda: forged({}, {"serialNumber": cbor.Tagged(3, b"\x07")}), {}),
    ("not a biguint", lambda: forged({}, {"serialNumber": cbor.Tagged(2, "7")}), {}),
    ("not a biguint", lambda: forged({}, {"serialNumber": cbor.Tagged(2, b"")}), {}),
    ("not a biguint", lambda: forged({}, {"serialNumber": cbor.Tagged(2, bytes(33))}), {}),
]


@pytest.mark.parametrize(("reason", "make", "options"), FAULTS)
def test_list_that_may_not_be_believed_is_refused(
    reason: str, make: Callable[[], bytes], options: dict[str, Any]
) -> None:
    """Every fault in form, trust, signature or time is refused with its reason."""
    with pytest.raises(VicalRefused, match=reason):
        read(make(), **options)


def test_a_list_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is larger than any list is not even decoded."""
    data = signed()
    monkeypatch.setattr(vical, "MAX_VICAL", len(data) - 1)
    with pytest.raises(VicalRefused, match="more than"):
        read(data)


def test_later_editions_may_add() -> None:
    """Entries that nobody knows yet, and extensions, are left alone."""
    added = forged({"extensions": {"x": 1}, "later": 1}, {"extensions": {}, "Extensions": {}, "later": None})
    assert read(added) == LIST


def test_trust_decides_first() -> None:
    """A list whose signer is not trusted is not read any further, whatever stands in it."""

    def nobody(_: Sequence[bytes], __: datetime) -> SignerCertificate:
        raise Untrusted("nobody is trusted")

    with pytest.raises(VicalRefused, match="nobody is trusted"):
        vical.read_vical(forged({"version": "2.0"}), trust=nobody, at=AT)
