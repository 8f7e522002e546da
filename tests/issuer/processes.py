"""The processes of the issuer as tests start them: settings over the tests' ceremony, parts, and signers."""

from pathlib import Path

import pytest

from issuer.app import IssuerParts, IssuerSettings, Signers
from pki.keys.signer import ES256, SoftwareSigner, generate
from pki.keys.uri import make_wrapping_key
from registry.postgres.engine import Sessions
from tests.issuer.smp.conftest import Line
from tests.support.applications import AUDIENCE
from tests.support.attestations import maker
from tests.support.clock import FrozenClock
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import hierarchy


@pytest.fixture
def settings(tmp_path: Path, clock: FrozenClock) -> IssuerSettings:
    """Settings over the ceremony of the tests, with makers that have just published."""
    maker().publish(tmp_path / "makers", at=clock())
    return IssuerSettings(
        database_url="postgresql://unused",
        state=hierarchy().state,
        wrapping_key=(tmp_path / "wrapping.key").as_uri(),
        public_url=AUDIENCE,
        makers=tmp_path / "makers",
        status_list_size=512,
        open_status_lists=1,
    )


@pytest.fixture
def parts(
    settings: IssuerSettings, sessions: Sessions, clock: FrozenClock, entropy: SeededBytes, line: Line
) -> IssuerParts:
    """Clock, chance and keys."""
    return IssuerParts(sessions, clock, entropy, make_wrapping_key(settings.wrapping_key, entropy), line)


def the_signers() -> Signers:
    """Return the ceremony's signers, and new keys for later ones."""
    pki = hierarchy()
    document, status = pki.signer("document_signer"), pki.signer("status_signer")
    return Signers(document, status, lambda _: SoftwareSigner(generate(ES256)))
