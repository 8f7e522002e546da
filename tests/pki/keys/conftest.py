"""Keys in a SoftHSM token; each is made once per test process, under a name of its own kind."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from pki.keys.pkcs11 import Token, open_token
from pki.keys.store import signing_uri, wrapping_uri
from pki.keys.token_keys import TokenSigner, TokenWrapping
from pki.keys.token_uri import TokenUri, read_token_uri
from pki.keys.uri import make_signer, make_wrapping_key
from tests.support.softhsm import softhsm

Fresh = Callable[[], TokenUri]
_NUMBERS = count()


@pytest.fixture(scope="session")
def store() -> str:
    """The token of this process, or the reason why there is none."""
    return softhsm()


@pytest.fixture(scope="session")
def token(store: str) -> Token:
    """Its connection."""
    return open_token(read_token_uri(store))


@pytest.fixture
def fresh(store: str) -> Fresh:
    """Name a key that nothing was made under yet."""
    address = read_token_uri(store)
    return lambda: replace(address, label=f"fresh-{next(_NUMBERS)}")


@pytest.fixture(scope="session")
def signers(store: str) -> dict[str, TokenSigner]:
    """One signer of each algorithm."""
    made = {name: make_signer(signing_uri(store, "test", name), name) for name in ("ES256", "ES384", "RS256")}
    assert all(isinstance(signer, TokenSigner) for signer in made.values())
    return made  # type: ignore[return-value]  # asserted above


@pytest.fixture(scope="session")
def wrapping(store: str) -> TokenWrapping:
    """One wrapping key."""
    made = make_wrapping_key(wrapping_uri(store, "test"), _no_chance)
    assert isinstance(made, TokenWrapping)
    return made


def _no_chance(_: int) -> bytes:
    raise AssertionError("a key in a token is made of the token's own chance")
