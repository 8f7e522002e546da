from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.token_uri import TokenUri, read_token_uri, with_object

TERMS = "module-path=/usr/lib/hsm.so&pin-source=file:/run/pin"


def refused(uri: str) -> KeyUnusable:
    """Why a URI is not taken."""
    with pytest.raises(KeyUnusable) as refusal:
        read_token_uri(uri)
    assert refusal.value.fault is Fault.URI
    return refusal.value


def test_every_attribute_is_read() -> None:
    """Token, serial number, model, maker, label, id and type of RFC 7512 are read, escapes and all."""
    read = read_token_uri(
        "pkcs11:token=my%20token;serial=77;model=M;manufacturer=Maker;object=ds%2F1;id=%01%ff;type=private?" + TERMS
    )
    assert read == TokenUri(
        module=Path("/usr/lib/hsm.so"),
        pin_source=Path("/run/pin"),
        token="my token",
        serial="77",
        model="M",
        manufacturer="Maker",
        label="ds/1",
        key_id=b"\x01\xff",
        kind="private",
    )
    assert str(read) == "pkcs11:token=my%20token;serial=77;object=ds/1;id=%01%ff"


def test_pin_source_with_one_slash_or_three() -> None:
    """`file:/path` and `file:///path` are the same file (RFC 8089)."""
    three = TERMS.replace("file:/", "file:///")
    assert read_token_uri(f"pkcs11:token=a?{three}") == read_token_uri(f"pkcs11:token=a?{TERMS}")


@pytest.mark.parametrize(
    "uri",
    [
        "file:/key.pem",
        f"pkcs11:object=a?{TERMS}",
        f"pkcs11:token=a;token=b?{TERMS}",
        f"pkcs11:token=?{TERMS}",
        f"pkcs11:token=a;colour=red?{TERMS}",
        f"pkcs11:token=a;?{TERMS}",
        f"pkcs11:token=%zz?{TERMS}",
        f"pkcs11:token=%ff?{TERMS}",
        f"pkcs11:token=a b?{TERMS}",
        f"pkcs11:token=a;type=cert?{TERMS}",
        f"pkcs11:token=a?{TERMS}&module-name=x",
        "pkcs11:token=a",
        "pkcs11:token=a?module-path=/usr/lib/hsm.so",
        "pkcs11:token=a?pin-source=file:/run/pin",
        "pkcs11:token=a?module-path=hsm.so&pin-source=file:/run/pin",
        "pkcs11:token=a?module-path=/usr/lib/hsm.so&pin-source=/run/pin",
        "pkcs11:token=a?module-path=/usr/lib/hsm.so&pin-source=file://host/pin",
        "pkcs11:token=a?module-path=/usr/lib/hsm.so&pin-source=|/bin/pin",
        "pkcs11:token=a?module-path=/usr/lib/hsm%00.so&pin-source=file:/run/pin",
        f"pkcs11:token={'a' * 1024}?{TERMS}",
    ],
)
def test_refused_uris(uri: str) -> None:
    """What is unknown, doubled, empty, badly escaped, missing or too long is refused, not guessed."""
    refused(uri)


def test_pin_in_the_uri_is_refused_and_not_repeated() -> None:
    """A PIN in a URI would be in every log that names the key: it is refused, and the refusal does not quote it."""
    refusal = refused(f"pkcs11:token=a?{TERMS}&pin-value=4711")
    assert "pin-source" in str(refusal)
    assert "4711" not in str(refusal)


def test_neither_name_nor_repr_tells_a_pin(tmp_path: Path) -> None:
    """What is logged of a key names token and object; the PIN stands in the file only."""
    pin = tmp_path / "pin"
    pin.write_text("4711")
    read = read_token_uri(f"pkcs11:token=a;object=b?module-path=/usr/lib/hsm.so&pin-source=file:{pin}")
    assert "4711" not in f"{read} {read!r}"
    assert "pin" not in str(read)


def test_object_is_put_into_the_path() -> None:
    """A key of a store is named beside its token; a name that has one already is refused."""
    named = with_object(f"pkcs11:token=a?{TERMS}", "issuer.ds 1")
    assert named == f"pkcs11:token=a;object=issuer.ds%201?{TERMS}"
    assert read_token_uri(named).label == "issuer.ds 1"
    for part in ("object=x", "id=%01", "type=private"):
        with pytest.raises(KeyUnusable):
            with_object(f"pkcs11:token=a;{part}?{TERMS}", "y")


@settings(max_examples=30)
@given(st.text(max_size=60))
def test_nothing_but_our_own_refusal_comes_out(text: str) -> None:
    """Whatever stands there is read or refused with KeyUnusable, by nothing else."""
    for uri in (text, f"pkcs11:{text}", f"pkcs11:token=a;{text}?{TERMS}", f"pkcs11:token=a?{TERMS}&{text}"):
        with suppress(KeyUnusable):
            read_token_uri(uri)
