from pathlib import Path

import pytest

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.signer import ES256
from pki.keys.store import Listed, signing_uri, store_of, wrapping_uri
from pki.keys.uri import list_keys, make_signer, make_wrapping_key
from tests.support.entropy import SeededBytes

TOKEN = "pkcs11:token=house?module-path=/usr/lib/hsm.so&pin-source=file:/run/pin"


def test_names_in_a_folder_and_in_a_token() -> None:
    """The same key is a file in one store and an object in the other."""
    assert signing_uri("file:///srv/keys/", "issuer", "status_signer") == "file:///srv/keys/issuer/status_signer.pem"
    assert wrapping_uri("file:///srv/keys", "card") == "file:///srv/keys/card/wrapping.key"
    assert signing_uri(TOKEN, "pki", "iaca") == TOKEN.replace("house?", "house;object=pki.iaca?")
    assert wrapping_uri(TOKEN, "card") == TOKEN.replace("house?", "house;object=card.wrapping?")


def test_store_is_the_folder_of_the_state_unless_named(tmp_path: Path) -> None:
    """Without a name the keys are files under the state; a name takes their place."""
    assert store_of(tmp_path, "") == f"{tmp_path.as_uri()}/keys"
    assert store_of(tmp_path, TOKEN) == TOKEN


@pytest.mark.parametrize("store", ["", "file:keys", "https://keys", "/srv/keys"])
def test_no_store(store: str) -> None:
    """What is neither an absolute folder nor a token is refused."""
    with pytest.raises(KeyUnusable) as refusal:
        signing_uri(store, "issuer", "status_signer")
    assert refusal.value.fault is Fault.URI


def test_folder_is_listed_without_opening_a_key(tmp_path: Path, entropy: SeededBytes) -> None:
    """A list names every key and its kind; a file that nobody may read is listed all the same."""
    store = tmp_path.as_uri()
    make_signer(signing_uri(store, "issuer", "status_signer"), ES256)
    make_wrapping_key(wrapping_uri(store, "card"), entropy)
    (tmp_path / "card" / "note.txt").write_text("no key")
    for path in tmp_path.glob("*/*"):
        path.chmod(0)
    expected = [Listed("card.wrapping", "wrapping", None), Listed("issuer.status_signer", "signing", None)]
    assert list_keys(store) == expected
    with pytest.raises(KeyUnusable):
        list_keys((tmp_path / "nowhere").as_uri())
