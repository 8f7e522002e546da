import pytest

from registry.peer.certificate import NotASystem, Peer, read_peer
from tests.support.peers import system_certificate

COMMON_NAME = b"\x06\x03\x55\x04\x03\x0c"
"""Identifier of the attribute, and the tag of the text behind it."""


def named_by_bits(certificate: bytes) -> bytes:
    """The same certificate, its subject's common name a bit string."""
    place = certificate.rindex(COMMON_NAME) + len(COMMON_NAME)
    return certificate[: place - 1] + b"\x03" + certificate[place : place + 1] + b"\x00" + certificate[place + 2 :]


def test_a_systems_certificate_names_system_and_body() -> None:
    """The subject says who calls, and for which body."""
    assert read_peer(system_certificate("municipal-cs", "131016", serial=7)) == Peer("municipal-cs", "131016", 7)
    assert read_peer(system_certificate("juki", serial=8)) == Peer("juki", None, 8)


@pytest.mark.requirement("LINK-9")
@pytest.mark.parametrize(
    "certificate",
    [
        b"no certificate",
        system_certificate("juki")[:-40],
        system_certificate("juki", purpose=False),
        named_by_bits(system_certificate("juki")),
        system_certificate("juki", addressed=b"\x30\x02\xa3\x00"),
    ],
    ids=["garbage", "cut off", "for servers", "name of bits", "X.400 address"],
)
def test_whatever_names_no_system_is_refused(certificate: bytes) -> None:
    """Bytes that are no certificate, one without the purpose, and one whose name is no text are nobody's."""
    with pytest.raises(NotASystem):
        read_peer(certificate)
