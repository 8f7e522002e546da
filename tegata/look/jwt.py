"""A JWT as a tree: its three parts, and the claims of a status list token (Token Status List 5.1)."""

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any, Final

from mdoc import status_list
from mdoc.annotate.node import MASK, Node, quoted
from mdoc.errors import MalformedData

_PARTS: Final = ("header", "payload", "signature")
_SHOWN: Final = frozenset({"alg", "typ", "kid", "iss", "sub", "iat", "exp", "nbf", "ttl", "bits", "aggregation_uri"})
_INSTANTS: Final = frozenset({"iat", "exp", "nbf"})
_DEEPEST: Final = 8


def annotate_jwt(text: bytes, *, reveal: bool = False) -> Node:
    """The tree of a compact JWT; offsets are those of the text. Never raises; what is wrong stands in the tree."""
    root = Node(0, len(text), "JWT", note="nothing is verified here")
    offset = 0
    for name, part in zip(_PARTS, text.split(b"."), strict=False):
        node = Node(offset, len(part), f"base64url({len(part)})", name)
        offset += len(part) + 1
        root.children.append(node)
        if name == "signature":
            node.value = part.decode("ascii", "replace")[:128]
        else:
            _open(node, part, reveal=reveal)
    return root


def _open(node: Node, part: bytes, *, reveal: bool) -> None:
    try:
        content = json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        node.problem = "not base64url of JSON"
        return
    if not isinstance(content, dict):
        node.problem = "not a JSON object"
        return
    node.children = [_member(node, name, value, reveal, 0) for name, value in content.items()]


def _member(parent: Node, name: str, value: Any, reveal: bool, depth: int) -> Node:  # noqa: ANN401, FBT001 - JSON
    node = Node(parent.offset, parent.length, type(value).__name__, quoted(name)[1:-1])
    if isinstance(value, dict) and depth < _DEEPEST:
        node.children = [_member(parent, inner, one, reveal, depth + 1) for inner, one in value.items()]
    elif name == "lst" and isinstance(value, str):
        _list(node, value)
    else:
        shown = reveal or name in _SHOWN
        node.value = quoted(value) if shown and isinstance(value, str) else str(value)[:1024] if shown else MASK
        if name in _INSTANTS and isinstance(value, int) and 0 <= value < 1 << 36:
            node.note = datetime.fromtimestamp(value, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return node


def _list(node: Node, value: str) -> None:
    try:
        packed = status_list.decompress(urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    except (ValueError, MalformedData):
        node.problem = "not base64url of one bounded ZLIB stream"
        return
    node.value, node.note = f"{len(value)} characters", f"inflates to {len(packed)} bytes"
