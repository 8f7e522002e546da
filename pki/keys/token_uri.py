"""Names of keys in a PKCS#11 token (RFC 7512), read strictly; a PIN never stands in one, only where it is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes

from pki.keys.faults import Fault, KeyUnusable

SCHEME = "pkcs11:"
_LONGEST = 1024
# RFC 7512 2.3: what may stand unescaped in a value; everything else is percent-encoded.
_VALUE = re.compile(r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,=\-]|%[0-9A-Fa-f]{2})+")
_QUERY_VALUE = re.compile(r"(?:[A-Za-z0-9._~:\[\]@!$'()*+,=/?|\-]|%[0-9A-Fa-f]{2})+")
_PATH = frozenset({"token", "serial", "model", "manufacturer", "object", "id", "type"})
_QUERY = frozenset({"module-path", "pin-source"})
_TYPES = frozenset({"private", "secret-key"})


@dataclass(frozen=True, slots=True)
class TokenUri:
    """
    One token, or one key in it.

    `token`, `serial`, `model` and `manufacturer` must all fit; at least the label or the serial number is given.
    `label` and `key_id`: of the key (attributes `object` and `id`). `module`: the PKCS#11 library. `pin_source`: a file
    that holds the PIN and is readable by its owner only.
    """

    module: Path
    pin_source: Path
    token: str | None = None
    serial: str | None = None
    model: str | None = None
    manufacturer: str | None = None
    label: str | None = None
    key_id: bytes | None = None
    kind: str | None = None

    def __str__(self) -> str:
        named = {"token": self.token, "serial": self.serial, "object": self.label}
        shown = ";".join(f"{name}={quote(value)}" for name, value in named.items() if value is not None)
        identifier = "" if self.key_id is None else ";id=" + "".join(f"%{octet:02x}" for octet in self.key_id)
        return f"{SCHEME}{shown}{identifier}"

    @property
    def of_token(self) -> "TokenUri":
        """Name the token alone."""
        return replace(self, label=None, key_id=None, kind=None)


def read_token_uri(uri: str) -> TokenUri:
    """
    Read a PKCS#11 URI of at most 1024 characters.

    Raises KeyUnusable(URI) for an attribute that is unknown, doubled, empty or badly escaped, for `pin-value` in
    particular, and when token, module-path or pin-source is missing. The text of the error does not quote the URI.
    """
    path, _, query = uri.removeprefix(SCHEME).partition("?")
    if len(uri) > _LONGEST or not uri.startswith(SCHEME):
        raise _refused("a key in a token is named pkcs11:token=...;object=...?module-path=...&pin-source=file:...")
    if "pin-value" in uri:
        raise _refused("a PIN does not stand in a URI: name the file that holds it, pin-source=file:/...")
    names = _attributes(path, ";", _PATH, _VALUE)
    terms = _attributes(query, "&", _QUERY, _QUERY_VALUE)
    kind = _text(names, "type")
    if "token" not in names and "serial" not in names:
        raise _refused("token or serial is missing")
    if kind is not None and kind not in _TYPES:
        raise _refused("type is private or secret-key")
    return TokenUri(
        module=_file(terms, "module-path", ""),
        pin_source=_file(terms, "pin-source", "file:"),
        token=_text(names, "token"),
        serial=_text(names, "serial"),
        model=_text(names, "model"),
        manufacturer=_text(names, "manufacturer"),
        label=_text(names, "object"),
        key_id=names.get("id"),
        kind=kind,
    )


def with_object(uri: str, label: str) -> str:
    """Name one key in the token that `uri` names; KeyUnusable when `uri` is no such name or has a key already."""
    named = read_token_uri(uri)
    if named.label is not None or named.key_id is not None or named.kind is not None:
        raise _refused("a token is expected here, without object, id and type")
    path, _, query = uri.partition("?")
    return f"{path};object={quote(label, safe='')}?{query}"


def _attributes(text: str, separator: str, known: frozenset[str], form: re.Pattern[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for part in text.split(separator) if text else ():
        name, _, value = part.partition("=")
        if name not in known or name in found or not form.fullmatch(value):
            raise _refused("an attribute is unknown, doubled, empty or badly escaped")
        found[name] = unquote_to_bytes(value)
    return found


def _text(found: Mapping[str, bytes], name: str) -> str | None:
    value = found.get(name)
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        raise _refused(f"{name} is not UTF-8") from None


def _file(found: Mapping[str, bytes], name: str, prefix: str) -> Path:
    text = _text(found, name) or ""
    path = Path(text.removeprefix(prefix).removeprefix("//") if prefix else text)
    if not text.startswith(prefix) or not path.is_absolute() or "\0" in text:
        raise _refused(f"{name} is missing or is not {prefix}/an/absolute/path")
    return path


def _refused(reason: str) -> KeyUnusable:
    return KeyUnusable(Fault.URI, reason)
