"""
The one place that talks to a PKCS#11 token: one session and one lock per process, opened anew after a failure.

A library is not asked by two threads at once: SoftHSM 2.6.1 crashes when two sessions sign beside each other. It has a
thread of its own besides: a library over the same OpenSSL as Python's TLS leaves what went wrong in the error queue of
the thread that asked, where the next read of a TLS connection would find it and close. A token is opened in the process
that uses it and not before a fork; a child forked all the same opens a session of its own.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.files import read_secret
from pki.keys.token_objects import Facts, encoded, facts_of, find, find_one, make_pair, make_wrapping
from pki.keys.token_uri import TokenUri

_T = TypeVar("_T")
# Seconds before each further attempt. SoftHSM shows no token for a moment while another process makes a key in it.
_PAUSES = (0.0, 0.05, 0.2)
# A wrong PIN is never tried again: three of them lock a token.
_PIN_ERRORS = (
    pkcs11.PinIncorrect,
    pkcs11.PinLocked,
    pkcs11.PinExpired,
    pkcs11.PinInvalid,
    pkcs11.PinLenRange,
    pkcs11.UserPinNotInitialized,
)
_SEVERAL = (pkcs11.MultipleObjectsReturned, pkcs11.MultipleTokensReturned)
_UNWRAP_ERRORS = (
    pkcs11.WrappedKeyInvalid,
    pkcs11.WrappedKeyLenRange,
    pkcs11.EncryptedDataInvalid,
    pkcs11.EncryptedDataLenRange,
    pkcs11.GeneralError,  # what SoftHSM says of a wrapped key that was altered
)
_PASSES = {Attribute.TOKEN: False, Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}


def _one_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="token")


@dataclass(slots=True)
class _Library:
    """A loaded PKCS#11 library; `generation` counts how often it was begun, and sessions belong to one generation."""

    path: Path
    lock: threading.RLock = field(default_factory=threading.RLock)
    generation: int = 0
    lost: bool = True
    process: int = 0
    thread: ThreadPoolExecutor = field(default_factory=_one_thread)

    def ask(self, act: Callable[[], _T]) -> _T:
        """Do something with the library in its thread, when nobody else does; the caller waits."""
        with self.lock:
            if self.process not in (0, os.getpid()):
                self.thread, self.lost = _one_thread(), True  # threads do not come along into a child
            return self.thread.submit(act).result()

    def current(self) -> int:
        """Begin the library when it was never begun, and when something was lost."""
        if self.lost:
            loaded = pkcs11.lib(str(self.path))
            if self.generation:
                loaded.reinitialize()
            self.generation, self.lost, self.process = self.generation + 1, False, os.getpid()
        return self.generation


@dataclass(slots=True)
class _Opened:
    """A session with the keys found through it; handles mean nothing in another session."""

    generation: int
    session: pkcs11.Session
    private: dict[TokenUri, Any] = field(default_factory=dict)
    secret: dict[TokenUri, Any] = field(default_factory=dict)

    def proven(self) -> pkcs11.Session:
        """Give the session when it still answers: a search in one that is closed would complain on stderr."""
        self.session.generate_random(64)
        return self.session


class Token:
    """
    One token: every act holds the lock of its library and is tried again with a new session, three times at most.

    Raises KeyUnusable: PIN, SEVERAL and CHANGED at once, MISSING and OUT_OF_REACH after the last attempt. Every attempt
    is given the same octets, and one signature comes out at most.
    """

    def __init__(self, library: _Library, address: TokenUri) -> None:
        self._library = library
        self._address = address
        self._opened: _Opened | None = None
        self._known: dict[TokenUri, bytes] = {}

    def __repr__(self) -> str:
        return f"Token({self._address})"

    def sign(self, key: TokenUri, data: bytes, *, elliptic: bool) -> bytes:
        """Sign: a digest to r || s on a curve, or a message to PKCS#1 v1.5 with SHA-256."""
        mechanism = Mechanism.ECDSA if elliptic else Mechanism.SHA256_RSA_PKCS
        return self._use(key, lambda opened: bytes(self._private(opened, key).sign(data, mechanism=mechanism)))

    def public_key(self, key: TokenUri) -> bytes:
        """Give the public half: DER of SubjectPublicKeyInfo, or of RSAPublicKey."""

        def act(opened: _Opened) -> bytes:
            self._private(opened, key)
            return self._known[key]

        return self._use(key, act)

    def wrap(self, key: TokenUri, data_key: bytes) -> bytes:
        """Wrap a data key with AES key wrap (RFC 3394): it enters the token as an object of the session."""

        def act(opened: _Opened) -> bytes:
            template = _PASSES | {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: KeyType.GENERIC_SECRET}
            inside = opened.session.create_object(template | {Attribute.VALUE: data_key})
            try:
                return bytes(_secret(opened, key).wrap_key(inside, mechanism=Mechanism.AES_KEY_WRAP))
            finally:
                inside.destroy()

        return self._use(key, act)

    def unwrap(self, key: TokenUri, wrapped: bytes) -> bytes:
        """Give back a data key; KeyUnusable(UNWRAP) when another key wrapped it or it was altered."""
        return self._use(key, lambda opened: _unwrapped(opened, key, wrapped))

    def facts(self, key: TokenUri, *, secret: bool = False) -> Facts:
        """Read back what the token says of a key."""
        return self._use(key, lambda opened: facts_of(_secret(opened, key) if secret else self._private(opened, key)))

    def holds(self, key: TokenUri, *, secret: bool = False) -> bool:
        """Tell whether there is such a key."""
        kind = ObjectClass.SECRET_KEY if secret else ObjectClass.PRIVATE_KEY
        return self._use(key, lambda opened: bool(find(opened.proven(), key, kind)))

    def all_facts(self, address: TokenUri) -> list[tuple[str, bool, Facts]]:
        """Give label, whether it is a secret key, and the facts of every private and secret key."""

        def act(opened: _Opened) -> list[tuple[str, bool, Facts]]:
            kinds = (ObjectClass.PRIVATE_KEY, ObjectClass.SECRET_KEY)
            session = opened.proven()
            objects = [(kind, key) for kind in kinds for key in session.get_objects({Attribute.CLASS: kind})]
            return [(str(key[Attribute.LABEL]), kind is ObjectClass.SECRET_KEY, facts_of(key)) for kind, key in objects]

        return self._use(address, act)

    def make_pair(self, key: TokenUri, algorithm: str) -> None:
        """Make a key pair (ES256, ES384 or RS256 with 2048 bits) whose private half cannot leave."""

        def act(opened: _Opened) -> None:
            with _writing(opened) as session:
                make_pair(session, key, algorithm)

        self._use(key, act)

    def make_wrapping(self, key: TokenUri) -> None:
        """Make an AES-256 key that wraps and unwraps, and cannot leave."""

        def act(opened: _Opened) -> None:
            with _writing(opened) as session:
                make_wrapping(session, key)

        self._use(key, act)

    def _use(self, key: TokenUri, act: Callable[[_Opened], _T]) -> _T:
        return self._library.ask(lambda: self._attempts(key, act))

    def _attempts(self, key: TokenUri, act: Callable[[_Opened], _T]) -> _T:
        for pause in _PAUSES:
            try:
                return act(self._session())
            except (*_PIN_ERRORS, *_SEVERAL) as error:
                raise _unusable(key, error) from None
            except pkcs11.PKCS11Error:
                self._library.lost = True  # what exactly broke does not matter: this session is never used again
                time.sleep(pause)
        try:
            return act(self._session())
        except pkcs11.PKCS11Error as error:
            self._library.lost = True
            raise _unusable(key, error) from None

    def _session(self) -> _Opened:
        generation = self._library.current()
        if self._opened is None or self._opened.generation != generation:
            self._opened = None
            self._opened = _Opened(generation, _log_in(self._library, self._address))
        return self._opened

    def _private(self, opened: _Opened, key: TokenUri) -> Any:  # noqa: ANN401 - the classes of keys are mixed at run time
        """Find a private key, once per session; it must be the pair that this process has known under the name."""
        if key not in opened.private:
            session = opened.proven()
            public = encoded(find_one(session, key, ObjectClass.PUBLIC_KEY))
            if self._known.setdefault(key, public) != public:
                raise KeyUnusable(Fault.CHANGED, str(key))
            opened.private[key] = find_one(session, key, ObjectClass.PRIVATE_KEY)
        return opened.private[key]


_LIBRARIES: dict[Path, _Library] = {}
_TOKENS: dict[TokenUri, Token] = {}
_REGISTER = threading.Lock()


def open_token(address: TokenUri) -> Token:
    """Give the token of an address: one object, and with it one session, per process. Nothing is opened yet."""
    with _REGISTER:
        library = _LIBRARIES.setdefault(address.module, _Library(address.module))
        return _TOKENS.setdefault(address.of_token, Token(library, address.of_token))


def _log_in(library: _Library, address: TokenUri) -> pkcs11.Session:
    token = _token(library, address)
    try:
        pin = read_secret(address.pin_source).rstrip(b"\r\n").decode()
        return token.open(user_pin=pin)
    except UnicodeDecodeError:
        raise KeyUnusable(Fault.PIN, f"{address}: the PIN is not UTF-8") from None
    except pkcs11.UserAlreadyLoggedIn:
        return token.open()  # by another name of the same token: a login is the process's, not the session's


def _token(library: _Library, address: TokenUri) -> pkcs11.Token:
    wanted = {"label": address.token, "model": address.model, "manufacturer_id": address.manufacturer}
    serial = None if address.serial is None else address.serial.encode()
    fitting = [
        token
        for token in pkcs11.lib(str(library.path)).get_tokens(token_serial=serial)
        if all(value is None or getattr(token, name) == value for name, value in wanted.items())
    ]
    if len(fitting) > 1:
        raise pkcs11.MultipleTokensReturned
    if not fitting:
        raise pkcs11.NoSuchToken
    return fitting[0]


def _secret(opened: _Opened, key: TokenUri) -> Any:  # noqa: ANN401 - as above
    if key not in opened.secret:
        opened.secret[key] = find_one(opened.proven(), key, ObjectClass.SECRET_KEY)
    return opened.secret[key]


def _unwrapped(opened: _Opened, key: TokenUri, wrapped: bytes) -> bytes:
    wrapping = _secret(opened, key)
    kinds = (ObjectClass.SECRET_KEY, KeyType.GENERIC_SECRET)
    try:
        inside = wrapping.unwrap_key(*kinds, wrapped, mechanism=Mechanism.AES_KEY_WRAP, template=_PASSES)
    except _UNWRAP_ERRORS:
        opened.proven()  # fails where the session is the trouble, and that is tried again
        raise KeyUnusable(Fault.UNWRAP, "wrapped by another key, or altered") from None
    try:
        return bytes(inside[Attribute.VALUE])
    finally:
        inside.destroy()


@contextmanager
def _writing(opened: _Opened) -> Iterator[pkcs11.Session]:
    """Give a session that may write, for the length of one act; services never ask for one."""
    session = opened.proven().token.open(rw=True)
    try:
        yield session
    finally:
        session.close()


def _unusable(key: TokenUri, error: pkcs11.PKCS11Error) -> KeyUnusable:
    if isinstance(error, _PIN_ERRORS):
        fault = Fault.PIN
    elif isinstance(error, _SEVERAL):
        fault = Fault.SEVERAL
    else:
        fault = Fault.MISSING if isinstance(error, pkcs11.NoSuchKey) else Fault.OUT_OF_REACH
    return KeyUnusable(fault, f"{key}: {type(error).__name__}")
