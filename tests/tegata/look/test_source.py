import io
import sys
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path

import pytest

from mdoc.device_engagement import qr_text
from tegata.look import source
from tegata.look.source import read_source, unpack
from tegata.look.trouble import CannotLook
from tests.mdoc.world import certificate, issued

DATA = issued()


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (DATA, "binary"),
        (DATA.hex().encode(), "hex"),
        (DATA.hex().upper().encode() + b"\n", "hex"),
        (b"\n".join(DATA.hex()[n : n + 60].encode() for n in range(0, 2 * len(DATA), 60)), "hex"),
        (b64encode(DATA), "base64"),
        (urlsafe_b64encode(DATA).rstrip(b"="), "base64"),
    ],
)
def test_every_writing_gives_the_same_bytes(raw: bytes, encoding: str) -> None:
    """Binary, hex and either base64, wrapped or padded, stand for the same bytes."""
    assert (unpack(raw).data, unpack(raw).encoding) == (DATA, encoding)


def test_writings_that_say_what_they_hold() -> None:
    """PEM, a QR text and a JWT say what they are."""
    pem = b"-----BEGIN CERTIFICATE-----\n" + b64encode(certificate()) + b"\n-----END CERTIFICATE-----\n"
    assert (unpack(pem).data, unpack(pem).hint) == (certificate(), "certificate")
    assert unpack(pem.replace(b"CERTIFICATE", b"X509 CRL")).hint == "crl"
    assert (unpack(qr_text(b"abc").encode()).data, unpack(qr_text(b"abc").encode()).hint) == (b"abc", "engagement")
    assert unpack(b"eyJhbGciOiJub25lIn0.e30.\n").hint == "status-jwt"


@pytest.mark.parametrize("raw", [b"mdoc:a", b"abcde fghi", b"hello, world"])
def test_text_that_is_no_writing_is_taken_as_it_is(raw: bytes) -> None:
    """What is neither hex nor base64 stays what it is."""
    assert unpack(raw).encoding == "binary"


def test_a_file_or_standard_input_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name or - for standard input."""
    (tmp_path / "file").write_bytes(DATA)
    assert read_source(str(tmp_path / "file")).data == DATA
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(DATA)))
    assert read_source("-").data == DATA


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "unreadable"), (b"", "empty"), (b"\xff" * 70, "too_large"), (b"\xff" * 33, "too_large")],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, code: str
) -> None:
    """A missing, empty or oversized file is refused with the next step, before anything is parsed."""
    monkeypatch.setattr(source, "LARGEST", 32)
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(CannotLook) as refused:
        read_source(str(tmp_path / "file"))
    assert refused.value.code == code
    assert refused.value.next_step
