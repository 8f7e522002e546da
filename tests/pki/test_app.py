from pathlib import Path

import pytest

from pki.app import DATABASE, PkiSettings, open_authorities
from registry.access.matrix import load_matrix
from tests.support.hierarchy import Hierarchy


def test_settings_point_into_the_ceremonys_folder(pki: Hierarchy) -> None:
    """Certificate, key, root and list of this system are found where the ceremony left them."""
    settings = PkiSettings("", pki.state, "")
    for path in (settings.certificate, settings.key, settings.systems_ca, settings.systems_crl):
        assert path.is_file()


def test_authorities_are_opened_with_their_own_keys(pki: Hierarchy) -> None:
    """Each authority is opened with the key that its certificate names."""
    for authority in open_authorities(pki.state / "trust", pki.signer).values():
        assert authority.signer.public_key == authority.certificate.public_key()


def test_without_a_ceremony_nothing_starts(tmp_path: Path, pki: Hierarchy) -> None:
    """Without the authorities' certificates the process does not start."""
    with pytest.raises(FileNotFoundError):
        open_authorities(tmp_path, pki.signer)


@pytest.mark.requirement("LINK-5", "LINK-8")
def test_no_edge_to_this_side_carries_a_number() -> None:
    """Every edge of the matrix that ends here forbids a number, in the message as in the answer."""
    lines = [line for line in load_matrix().lines if line.operation.startswith("pki.")]
    assert len(lines) == 9
    assert not any(line.number or "individual_number" in line.keys for line in lines)


def test_store_has_a_queue() -> None:
    """The database of this context has a queue, because it sends."""
    assert (DATABASE.name, DATABASE.queue) == ("pki", True)
