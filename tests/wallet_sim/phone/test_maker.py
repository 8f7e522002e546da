"""The simulated makers: roots that are made once and exported."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from pki.trust.anchors import read_anchors
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.wallet_sim.cards import signing_key
from wallet_sim.phone.maker import KINDS, WalletMaker


def test_the_root_is_made_on_the_first_run_and_kept(tmp_path: Path, clock: FrozenClock) -> None:
    """Whoever opens the folder later gets the same maker, and the root is a trust anchor for the issuer."""
    first = WalletMaker.open(tmp_path, at=clock(), random=SeededBytes("a"))
    second = WalletMaker.open(tmp_path, at=clock(), random=SeededBytes("b"))
    for kind in KINDS:
        assert first.root_pem(kind) == second.root_pem(kind)
        assert len(read_anchors((tmp_path / f"{kind}.pem").read_bytes()).anchors) == 1
        assert (tmp_path / f"{kind}.key.pem").stat().st_mode & 0o077 == 0
    assert first.root_pem("android") != first.root_pem("apple")


def test_a_key_of_another_kind_is_refused(tmp_path: Path, clock: FrozenClock) -> None:
    """A maker whose key file holds an RSA key does not start."""
    WalletMaker.open(tmp_path, at=clock(), random=SeededBytes())
    pem = signing_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "apple.key.pem").write_bytes(pem)
    with pytest.raises(TypeError):
        WalletMaker.open(tmp_path, at=clock(), random=SeededBytes())
