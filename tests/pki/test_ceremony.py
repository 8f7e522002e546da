import hashlib
import json
import stat
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509

from pki.ca.draft import OutsideProfile
from pki.ca.files import UnreadableFile, read_certificate, read_lines, write_certificate
from pki.ceremony import holder, perform
from pki.plan import CeremonyHalted, CeremonyPlan, Options
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN, Hierarchy, plan


def small() -> CeremonyPlan:
    """A plan with few holders."""
    return msgspec.structs.replace(
        plan(), systems={"juki": [""], "call-centre": ["", "former"]}, listeners={"edge": ["localhost"]}, readers={}
    )


def files(state: Path) -> dict[str, bytes]:
    """Every file of the ceremony with its content."""
    return {str(path.relative_to(state)): path.read_bytes() for path in state.rglob("*") if path.is_file()}


@pytest.fixture
def state(pki: Hierarchy, tmp_path: Path) -> Path:
    """A folder with the roots of the small PKI in place, and nothing else: RSA keys are slow to make."""
    for name in ("signature_ca", "authentication_ca", "card_data_ca", "card_data_signer"):
        owner = "card" if name == "card_data_signer" else "pki"
        source = pki.state / "keys" / owner / f"{name}.pem"
        target = tmp_path / "keys" / owner / f"{name}.pem"
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        target.write_bytes(source.read_bytes())
        target.chmod(0o600)
    return tmp_path


@pytest.mark.requirement("MDOC-66")
def test_layout_of_the_folder(pki: Hierarchy) -> None:
    """The ceremony leaves seven separate roots, four signers, their keys by owner, and a pair for each holder."""
    found = set(files(pki.state))
    roots = ("iaca", "systems_ca", "signature_ca", "authentication_ca", "card_data_ca", "reader_ca", "public_ca")
    expected = {f"trust/{root}.pem" for root in roots} | {f"keys/pki/{root}.pem" for root in roots}
    expected |= {f"certificates/{name}.pem" for name in ("document_signer", "status_signer", "card_data_signer")}
    expected |= {"keys/issuer/document_signer.pem", "keys/issuer/status_signer.pem", "keys/card/card_data_signer.pem"}
    expected |= {"certificates/vical_signer.pem", "keys/pki/vical_signer.pem", "trust/vical.cbor"}
    expected |= {"trust/systems.crl", "public/relay/key.pem", "reader/relying-party/certificate.pem"}
    expected |= {"systems/municipal-cs-143642/key.pem", "systems/municipal-cs/certificate.pem"}
    assert expected <= found
    assert len({_key_identifier(pki.certificate(root)) for root in roots}) == len(roots)


def test_keys_are_for_their_owner_only(pki: Hierarchy) -> None:
    """Every private key has mode 0600 in a folder of mode 0700."""
    keys = [path for path in pki.state.rglob("*.pem") if b"PRIVATE KEY" in path.read_bytes()]
    assert len(keys) > 30
    for path in keys:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_second_run_changes_nothing(state: Path) -> None:
    """A ceremony that is performed again makes nothing and replaces nothing."""
    first = perform(small(), state=state, at=BEGIN, random=SeededBytes())
    before = files(state)
    second = perform(small(), state=state, at=START, random=SeededBytes())
    assert (first.made(), second.made()) == (len(first.lines), 0)
    assert files(state) == before
    assert [line.fingerprint for line in second.lines] == [line.fingerprint for line in first.lines]


def test_list_of_roots_is_renewed(state: Path) -> None:
    """A ceremony after half of the list's time replaces the list of roots and nothing else."""
    perform(small(), state=state, at=BEGIN, random=SeededBytes())
    before = files(state)
    perform(small(), state=state, at=BEGIN + timedelta(days=46), random=SeededBytes())
    after = files(state)
    assert [name for name in after if after[name] != before.get(name)] == ["trust/vical.cbor"]


def test_what_is_missing_is_made(state: Path) -> None:
    """An interrupted ceremony is finished: what was lost is made again, with the key that is there."""
    perform(small(), state=state, at=BEGIN, random=SeededBytes())
    lost = state / "systems" / "juki" / "certificate.pem"
    before = read_certificate(lost)
    lost.unlink()
    report = perform(small(), state=state, at=START, random=SeededBytes("again"))
    after = read_certificate(lost)
    assert before is not None
    assert after is not None
    assert [line.file for line in report.lines if line.made] == ["systems/juki/certificate.pem"]
    assert after.public_key() == before.public_key()
    assert after.serial_number != before.serial_number


def test_every_certificate_is_in_the_register(state: Path) -> None:
    """The register of each authority has the serial of every certificate before it, and the certificate after it."""
    perform(small(), state=state, at=BEGIN, random=SeededBytes())
    lines = [line for path in (state / "registers").iterdir() for line in read_lines(path) if line.kind != "revoked"]
    found = [path for path in state.rglob("*.pem") if b"BEGIN CERTIFICATE" in path.read_bytes()]
    certificates = {x509.load_pem_x509_certificate(path.read_bytes()) for path in found}
    serials = {f"{each.serial_number:x}" for each in certificates}
    assert [line.kind for line in lines] == ["intended", "signed"] * len(certificates)
    assert {line.serial for line in lines} == serials
    assert {x509.load_der_x509_certificate(line.der) for line in lines if line.der} == certificates


def test_only_the_first_list_is_the_ceremonys(state: Path) -> None:
    """A ceremony that is performed again leaves the list that is there: one hand counts the numbers, the worker's."""
    perform(small(), state=state, at=BEGIN, random=SeededBytes())
    before = (state / "trust" / "systems.crl").read_bytes()
    perform(small(), state=state, at=BEGIN + timedelta(days=60), random=SeededBytes("again"))
    assert (state / "trust" / "systems.crl").read_bytes() == before
    crl = x509.load_der_x509_crl(before)
    assert crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 1
    assert crl.next_update_utc == crl.last_update_utc + timedelta(days=90)
    assert len(list(crl)) == 1


def _key_identifier(certificate: x509.Certificate) -> bytes:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest


def test_end_of_a_contract_is_noted_once(state: Path) -> None:
    """A contract that ends in the plan is a line of the register, and the same plan again adds no second one."""
    perform(msgspec.structs.replace(small(), revoked={}), state=state, at=BEGIN, random=SeededBytes())
    assert _ended(state) == []
    for at in (START, START + timedelta(days=1)):
        perform(small(), state=state, at=at, random=SeededBytes())
    former = read_certificate(state / "systems" / "call-centre-former" / "certificate.pem")
    assert former is not None
    assert _ended(state) == [(f"{former.serial_number:x}", START)]


def _ended(state: Path) -> list[tuple[str, datetime]]:
    lines = read_lines(state / "registers" / "systems_ca.jsonl")
    return [(line.serial, line.at) for line in lines if line.kind == "revoked"]


def test_a_record_is_left_of_what_was_made(state: Path) -> None:
    """Each ceremony that made something leaves a record with the digests of its plan and of the record before it."""
    first = perform(small(), state=state, at=BEGIN, random=SeededBytes())
    idle = perform(small(), state=state, at=BEGIN, random=SeededBytes())
    (state / "systems" / "juki" / "certificate.pem").unlink()
    second = perform(small(), state=state, at=START, random=SeededBytes("again"))
    assert (idle.record, idle.digest) == (None, None)
    assert first.record is not None
    assert second.record is not None
    record = json.loads(second.record.read_bytes())
    digest = hashlib.sha256(first.record.read_bytes()).hexdigest()
    assert record["before"].replace(" ", "") == digest == (first.digest or "").replace(" ", "")
    assert [line["file"] for line in record["made"]] == ["systems/juki/certificate.pem"]
    assert record["plan"] == first.plan == second.plan


def test_another_plan_has_another_digest(state: Path) -> None:
    """Two witnesses who read different plans see different digests, though nothing new is made."""
    first = perform(small(), state=state, at=BEGIN, random=SeededBytes())
    days = msgspec.structs.replace(plan().days, reader=1186)
    second = perform(msgspec.structs.replace(small(), days=days), state=state, at=BEGIN, random=SeededBytes())
    assert first.plan != second.plan


def test_certificate_of_another_key_halts(state: Path) -> None:
    """A certificate that does not belong to the key beside it halts the ceremony and stays where it is."""
    perform(small(), state=state, at=BEGIN, random=SeededBytes())
    path = state / "systems" / "juki" / "certificate.pem"
    other = read_certificate(state / "systems" / "call-centre" / "certificate.pem")
    assert other is not None
    write_certificate(path, other)
    with pytest.raises(CeremonyHalted):
        perform(small(), state=state, at=START, random=SeededBytes())
    assert read_certificate(path) == other


def test_unreadable_certificate_halts(state: Path) -> None:
    """A file that is no certificate is not overwritten."""
    path = state / "trust" / "iaca.pem"
    path.parent.mkdir()
    path.write_text("notes of the witness")
    with pytest.raises(UnreadableFile):
        perform(small(), state=state, at=BEGIN, random=SeededBytes())
    assert path.read_text() == "notes of the witness"


def test_plan_outside_a_profile_signs_nothing(state: Path) -> None:
    """A plan with a document signer for 458 days ends at the lint, before that certificate or its serial exists."""
    days = msgspec.structs.replace(plan().days, document_signer=458)
    with pytest.raises(OutsideProfile):
        perform(msgspec.structs.replace(small(), days=days), state=state, at=BEGIN, random=SeededBytes())
    assert not (state / "certificates").exists()
    assert [line.kind for line in read_lines(state / "registers" / "iaca.jsonl")] == ["intended", "signed"]


def test_options_of_the_plan_reach_the_certificates(state: Path) -> None:
    """A plan may leave the list out of the root and name both usages in the document signer; by default it does not."""
    usages = ("1.0.18013.5.1.2", "1.0.23220.4.1.2")
    perform(small(), state=state, at=BEGIN, random=SeededBytes())
    assert _options(state) == (usages[:1], True)
    for made in ("trust/iaca.pem", "certificates/document_signer.pem", "certificates/status_signer.pem"):
        (state / made).unlink()
    other = msgspec.structs.replace(small(), options=Options(both_usages=True, root_revocation_list=False))
    perform(other, state=state, at=BEGIN, random=SeededBytes("other"))
    assert _options(state) == (usages, False)


def _options(state: Path) -> tuple[tuple[str, ...], bool]:
    root = x509.load_pem_x509_certificate((state / "trust" / "iaca.pem").read_bytes())
    signer = x509.load_pem_x509_certificate((state / "certificates" / "document_signer.pem").read_bytes())
    usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    listed = x509.CRLDistributionPoints.oid in {each.oid for each in root.extensions}
    return tuple(each.dotted_string for each in usage), listed


def test_minutes_name_what_a_witness_compares(state: Path) -> None:
    """The minutes hold file, subject, fingerprint and end of every certificate."""
    report = perform(small(), state=state, at=BEGIN, random=SeededBytes())
    line = next(line for line in report.lines if line.file == "trust/iaca.pem")
    assert line.subject == "CN=Tegata IACA Root,O=Tegata,C=JP"
    assert len(line.fingerprint.split()) == 16
    assert line.not_after == BEGIN + timedelta(days=3652, seconds=-1)


def test_folders_of_holders() -> None:
    """A holder with a body has a folder of its own."""
    assert (holder("juki", ""), holder("municipal-cs", "131016")) == ("juki", "municipal-cs-131016")
