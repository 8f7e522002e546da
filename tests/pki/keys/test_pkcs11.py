import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.files import create_secret
from pki.keys.pkcs11 import Token, open_token
from pki.keys.store import signing_uri, wrapping_uri
from pki.keys.token_keys import TokenSigner, TokenWrapping, open_token_signer, open_token_wrapping
from pki.keys.token_uri import read_token_uri
from pki.keys.uri import make_signer
from tests.pki.keys.conftest import Fresh
from tests.support.softhsm import new_token

DIGEST = bytes(32)


def fault_of(act: Callable[[], object]) -> Fault:
    """Why a key is not used."""
    with pytest.raises(KeyUnusable) as refusal:
        act()
    return refusal.value.fault


def session_of(token: Token) -> Any:
    """The session behind a token's back; the token is used once before, so that there is one."""
    with token._library.lock:
        return token._session().session


def write(token: Token, act: Callable[[pkcs11.Session], object]) -> None:
    """Do something in the token that the product never does."""
    with token._library.lock, session_of(token).token.open(rw=True) as session:
        act(session)


@pytest.mark.requirement("MDOC-22", "MDOC-23")
def test_keys_stay_in_the_token(token: Token, signers: dict[str, TokenSigner], wrapping: TokenWrapping) -> None:
    """Root, signer and wrapping keys are sensitive and never extractable by the token's own word."""
    names = [(signer._address, False) for signer in signers.values()] + [(wrapping._address, True)]
    for address, secret in names:
        facts = token.facts(address, secret=secret)
        assert (facts.sensitive, facts.always_sensitive) == (True, True)
        assert (facts.extractable, facts.never_extractable) == (False, True)
        assert facts.made_here
        assert facts.stays


def test_token_refuses_the_export(token: Token, signers: dict[str, TokenSigner], wrapping: TokenWrapping) -> None:
    """Neither the value of a private key nor a wrapped copy of it is given out, and no attribute can be turned back."""
    session = session_of(token)
    wrapping_key = session.get_key(label="test.wrapping", object_class=ObjectClass.SECRET_KEY)
    for name, secret in (("ES256", Attribute.VALUE), ("RS256", Attribute.PRIVATE_EXPONENT)):
        key = session.get_key(label=f"test.{name}", object_class=ObjectClass.PRIVATE_KEY)
        with pytest.raises(pkcs11.AttributeSensitive):
            key[secret]
        with pytest.raises(pkcs11.KeyUnextractable):
            wrapping_key.wrap_key(key, mechanism=Mechanism.AES_KEY_WRAP_PAD)
        with pytest.raises(pkcs11.PKCS11Error):
            key[Attribute.EXTRACTABLE] = True
    with pytest.raises(pkcs11.AttributeSensitive):
        wrapping_key[Attribute.VALUE]


def test_key_that_could_leave_is_not_used(token: Token, fresh: Fresh) -> None:
    """A key in the token that is extractable, or was brought there from outside, is neither signed nor wrapped with."""
    address, secret = fresh(), fresh()
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}

    def make(session: pkcs11.Session) -> None:
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        parameters.generate_keypair(label=address.label, store=True, private_template={Attribute.EXTRACTABLE: True})
        brought = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.AES, Attribute.TOKEN: True}
        stays = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.LABEL: secret.label}
        session.create_object(brought | stays | {Attribute.VALUE: bytes(32)})

    write(token, make)
    assert fault_of(lambda: open_token_signer(address)) is Fault.LEAVES
    assert fault_of(lambda: open_token_wrapping(secret)) is Fault.LEAVES


def test_two_keys_of_one_name_are_not_used(token: Token, fresh: Fresh) -> None:
    """A name that fits two keys is refused; which of them is meant is nobody's guess."""
    address = fresh()
    token.make_pair(address, "ES256")
    token.make_pair(address, "ES256")
    assert fault_of(lambda: open_token_signer(address)) is Fault.SEVERAL


def test_key_is_found_by_its_id(token: Token, fresh: Fresh) -> None:
    """A key is named by label, by id, or by both, which must then belong together."""
    address = replace(fresh(), key_id=b"\x07\x01")
    token.make_pair(address, "ES256")
    by_id = replace(address, label=None)
    assert token.public_key(by_id) == token.public_key(address)
    assert fault_of(lambda: token.public_key(replace(address, key_id=b"\x08"))) is Fault.MISSING


def test_closed_session_costs_a_retry(token: Token, signers: dict[str, TokenSigner], wrapping: TokenWrapping) -> None:
    """A session that is closed beneath us (C_CloseSession) is opened again; signer, list and wrapping go on."""
    wrapped = wrapping.wrap(DIGEST)
    for act in (
        lambda: signers["ES256"].sign(b"data"),
        lambda: signers["RS256"].sign(b"data"),
        lambda: wrapping.wrap(DIGEST),
        lambda: wrapping.unwrap(wrapped),
        lambda: token.facts(signers["ES256"]._address),
        lambda: token.holds(signers["ES256"]._address),
    ):
        before = token._library.generation
        session_of(token).close()
        act()
        assert token._library.generation == before + 1


def test_library_that_was_ended_costs_a_retry(token: Token, signers: dict[str, TokenSigner]) -> None:
    """After C_Finalize beneath us the library is begun again."""
    signers["ES256"].sign(b"data")
    pkcs11.lib(str(token._address.module)).finalize()
    assert len(signers["ES256"].sign(b"data")) == 64


def test_error_that_stays_is_told(
    token: Token, signers: dict[str, TokenSigner], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token that fails again and again is out of reach: tried four times, no more, and the next act begins anew."""
    calls: list[int] = []

    def failing(*_: object) -> Any:
        calls.append(1)
        raise pkcs11.DeviceError

    with monkeypatch.context() as patch:
        patch.setattr(Token, "_private", failing)
        assert fault_of(lambda: signers["ES256"].sign(b"data")) is Fault.OUT_OF_REACH
    assert len(calls) == 4
    assert len(signers["ES256"].sign(b"data")) == 64


def test_other_pair_under_the_name_is_not_used(token: Token, fresh: Fresh) -> None:
    """When a session is opened again and another pair has the name, nothing is signed: its certificate is not ours."""
    address = fresh()
    token.make_pair(address, "ES256")
    signer = open_token_signer(address)

    def replace_pair(session: pkcs11.Session) -> None:
        for found in list(session.get_objects({Attribute.LABEL: address.label})):
            found.destroy()

    write(token, replace_pair)
    token.make_pair(address, "ES256")
    session_of(token).close()
    assert fault_of(lambda: signer.sign(b"data")) is Fault.CHANGED


def test_threads_share_one_session(token: Token, signers: dict[str, TokenSigner]) -> None:
    """Four threads sign beside each other through one session, and each signature is for its own data."""
    key, signer = signers["ES256"], signers["ES384"]
    before = token._library.generation
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda n: (key if n % 2 else signer).sign(b"%d" % n), range(80)))
    assert len(set(results)) == 80
    assert token._library.generation == before


def test_one_connection_per_token(token: Token, store: str) -> None:
    """Every key of a token is reached through one object; another name of the token shares its login."""
    assert open_token(read_token_uri(signing_uri(store, "pki", "iaca"))) is token
    serial = session_of(token).token.serial.decode()
    other = open_token(replace(token._address, token=None, serial=serial, model="SoftHSM v2"))
    assert other is not token
    address = replace(other._address, label="test.ES256")
    assert other.holds(address)
    assert not other.holds(replace(address, label="nothing"))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"token": "elsewhere"}, Fault.OUT_OF_REACH),
        ({"serial": "0000"}, Fault.OUT_OF_REACH),
        ({"manufacturer": "Another"}, Fault.OUT_OF_REACH),
        ({"module": Path("/nowhere/hsm.so")}, Fault.OUT_OF_REACH),
        ({"pin_source": Path("/nowhere/pin")}, Fault.MISSING),
    ],
)
def test_token_that_is_not_there(fresh: Fresh, change: dict[str, Any], fault: Fault) -> None:
    """Another token, library or PIN file than there is gives one of our own reasons."""
    address = replace(fresh(), **change)
    assert fault_of(lambda: open_token(address).holds(address)) is fault


def test_pin_that_is_refused(fresh: Fresh, tmp_path: Path, store: str) -> None:
    """A wrong PIN is tried once, one that others may read or that is no text not at all; none is repeated in words."""
    script = (
        "import sys\n"
        "from pki.keys.pkcs11 import open_token\nfrom pki.keys.token_uri import read_token_uri\n"
        "from pki.keys.faults import KeyUnusable\n"
        "address = read_token_uri(sys.argv[1])\n"
        "try: open_token(address).holds(address)\n"
        "except KeyUnusable as refusal: print(refusal)\n"
    )
    create_secret(tmp_path / "wrong", b"471100\n")
    create_secret(tmp_path / "binary", b"\xff\xfe")
    create_secret(tmp_path / "open", b"471100")
    (tmp_path / "open").chmod(0o644)
    told = {}
    for name in ("wrong", "binary", "open"):
        uri = signing_uri(store, "test", "ES256").rpartition("pin-source=")[0] + f"pin-source=file:{tmp_path / name}"
        result = subprocess.run([sys.executable, "-c", script, uri], capture_output=True, text=True, check=True)
        told[name] = result.stdout
        assert "4711" not in result.stdout + result.stderr
    assert told["wrong"].startswith(f"{Fault.PIN}: ")
    assert told["wrong"].rstrip().endswith("PinIncorrect")
    assert told["binary"].startswith(f"{Fault.PIN}: ")
    assert told["open"].startswith(f"{Fault.PERMISSIONS}: ")


def test_child_that_was_forked_opens_its_own_session(store: str) -> None:
    """A process forked from one that has the token open signs with a session of its own, and the parent goes on."""
    script = (
        "import os, sys\nfrom pki.keys.uri import open_signer\n"
        "signer = open_signer(sys.argv[1]); signer.sign(b'before')\n"
        "pid = os.fork()\n"
        "if pid == 0:\n    os._exit(0 if len(signer.sign(b'child')) == 64 else 1)\n"
        "_, status = os.waitpid(pid, 0)\n"
        "print(os.waitstatus_to_exitcode(status), signer._token._library.generation, len(signer.sign(b'parent')))\n"
    )
    uri = signing_uri(store, "test", "forked")
    make_signer(uri, "ES256")
    result = subprocess.run([sys.executable, "-c", script, uri], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["0", "1", "64"]


def test_processes_share_one_token(store: str, signers: dict[str, TokenSigner]) -> None:
    """Two processes sign with one key in one token while a third makes keys in it."""
    sign = (
        "import sys\nfrom pki.keys.uri import open_signer\n"
        "signer = open_signer(sys.argv[1])\nfor n in range(50): signer.sign(b'x')"
    )
    make = (
        "import sys\nfrom pki.keys.uri import make_signer\n"
        "for n in range(5): make_signer(sys.argv[1].replace('ES256', f'beside-{n}'), 'ES256')"
    )
    uri = signing_uri(store, "test", "ES256")
    running = [subprocess.Popen([sys.executable, "-c", script, uri]) for script in (sign, sign, make)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    assert len(signers["ES256"].sign(b"data")) == 64


def test_token_made_anew_beneath_us(tmp_path: Path, store: str) -> None:
    """A token whose objects are gone is told as a missing key; when they come back the same process signs again."""
    script = """
import os, sys
from pathlib import Path
from pki.keys.faults import Fault, KeyUnusable
from pki.keys.uri import make_signer
signer = make_signer(sys.argv[1], "ES256")
signer.sign(b"before")
tokens, away = Path(sys.argv[2]) / "tokens", Path(sys.argv[2]) / "away"
tokens.rename(away)
tokens.mkdir()
signer._token._opened.session.close()
try:
    signer.sign(b"gone")
except KeyUnusable as refusal:
    print(refusal.fault)
tokens.rmdir()
away.rename(tokens)
print(len(signer.sign(b"back")))
"""
    variables = new_token(str(tmp_path))
    uri = signing_uri(variables["TEGATA_KEYS"], "test", "lost")
    command = [sys.executable, "-c", script, uri, str(tmp_path)]
    environment = {"SOFTHSM2_CONF": variables["SOFTHSM2_CONF"], "PYTHONPATH": ":".join(sys.path)}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.stdout.split() == [str(Fault.OUT_OF_REACH), "64"], result.stderr


def test_wrapping_key_is_named_after_its_owner(wrapping: TokenWrapping, store: str) -> None:
    """The wrapping key of a context is found under the name that the store gives it."""
    assert wrapping._address == read_token_uri(wrapping_uri(store, "test"))
