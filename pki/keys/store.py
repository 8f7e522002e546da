"""Which key of the house stands where: in a folder, or in a token; the names are the same (D13)."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.token_uri import SCHEME, with_object

_WRAPPING = "wrapping"
_KINDS = {".pem": "signing", ".key": "wrapping"}


@dataclass(frozen=True, slots=True)
class Listed:
    """One key of a store: its name, "signing" or "wrapping", and whether it stays in its token; None for a file."""

    name: str
    kind: str
    stays: bool | None


def store_of(state: Path, named: str) -> str:
    """Give the store that was named, or the folder `keys` of a state where none was."""
    return named or (state / "keys").absolute().as_uri()


def signing_uri(store: str, owner: str, name: str) -> str:
    """
    Name the signing key `name` of `owner` in a store.

    `store`: `file:` with the absolute path of a folder, or `pkcs11:` with a token and no object. In a folder the key is
    OWNER/NAME.pem, in a token the object OWNER.NAME. Raises KeyUnusable for any other store.
    """
    return _uri(store, owner, name, ".pem")


def wrapping_uri(store: str, owner: str, generation: int = 1) -> str:
    """
    Name the key that wraps the data keys of `owner`: OWNER/wrapping.key, or the object OWNER.wrapping.

    Later generations are called `wrapping-2` and so on.
    """
    return _uri(store, owner, _WRAPPING if generation == 1 else f"{_WRAPPING}-{generation}", ".key")


def _uri(store: str, owner: str, name: str, suffix: str) -> str:
    if store.startswith(SCHEME):
        return with_object(store, f"{owner}.{name}")
    if not store.startswith("file:/"):
        raise KeyUnusable(Fault.URI, "a store of keys is file:/absolute/folder or pkcs11:token=...")
    return f"{store.rstrip('/')}/{quote(owner)}/{quote(name)}{suffix}"


def list_folder(folder: Path) -> list[Listed]:
    """List the keys in a folder by what their files are called; none is opened."""
    found = (path for path in folder.glob("*/*") if path.suffix in _KINDS)
    return [Listed(f"{path.parent.name}.{path.stem}", _KINDS[path.suffix], None) for path in found]
