"""Any structure of the standard as an annotated tree: where each byte stands, and what it says.

What the standard names is shown; element values, salts and whatever nobody has a name for are masked unless they are
asked for. Malformed bytes are shown as far as they go, with what is wrong at the place where it is wrong.
"""

from mdoc import cbor, paths
from mdoc.annotate.digests import note_digests
from mdoc.annotate.kinds import READERS, SHAPES, Kind, name_of, recognise
from mdoc.annotate.node import MASK, Node, hexed, quoted
from mdoc.annotate.scan import ARRAY, BSTR, MAP, MAX_ITEMS, TAG, TSTR, Item, scan
from mdoc.annotate.shape import HIDDEN, Entry, Shape
from mdoc.errors import MalformedData
from mdoc.wellformed import key_of

_KINDS = ("uint", "nint", "bstr", "tstr", "array", "map", "tag", "simple")
_TAGS = {0: "tdate", 18: "COSE_Sign1", 17: "COSE_Mac0", 24: "encoded CBOR", 61: "CWT", 1004: "full-date"}
_SIMPLE = {20: "false", 21: "true", 22: "null", 23: "undefined"}


def annotate(data: bytes, kind: Kind | None = None, *, reveal: bool = False) -> Node:
    """The tree of `data`, whose kind is recognised unless given. Never raises; what is wrong stands in the tree."""
    kind = kind or recognise(data)
    root = _Annotator(data, 0, [MAX_ITEMS], reveal=reveal).node(scan(data), SHAPES[kind], "")
    if not root.problems() and kind in READERS:
        _ask_reader(root, data, kind)
    note_digests(root, data)
    return root


def _ask_reader(root: Node, data: bytes, kind: Kind) -> None:
    """Let the strict reader say what it refuses, at the deepest place of the path that the tree has."""
    try:
        READERS[kind](data)
    except MalformedData as refused:
        _at_path(root, refused.path).problem = f"{refused.path}: {refused.reason}"


def _at_path(root: Node, path: str) -> Node:
    found = root
    for number, step in enumerate(paths.steps(path)):
        inner = next((node for node in _near(found) if step in _names(node)), None)
        if inner is not None:
            found = inner
        elif number:  # the first step may be the name of the structure itself
            break
    return found


def _names(node: Node) -> tuple[str, str]:
    """What a path may call a node: `alg` or `1` for `alg (1)`."""
    name, _, number = node.label.partition(" ")
    return name, number.strip("()")


def _near(node: Node) -> list[Node]:
    """The children, through tags and wrappers that have no label of their own."""
    near: list[Node] = []
    for child in node.children:
        near.extend([child] if child.label else _near(child))
    return near


class _Annotator:
    """Gives names to the items of one piece of CBOR that begins at `base` of the file."""

    def __init__(self, data: bytes, base: int, budget: list[int], *, reveal: bool) -> None:
        self.data, self.base, self.budget, self.reveal = data, base, budget, reveal

    def node(self, item: Item, shape: Shape, label: str) -> Node:
        """The node of one item, with all below it."""
        node = Node(self.base + item.offset, item.length, self._kind(item), label, problem=item.fault)
        node.note = shape.name
        if item.major in (ARRAY, MAP, TAG, BSTR, TSTR):
            node.head = self.data[item.offset : item.offset + item.head].hex()
        if item.major == TAG:
            self._tag(node, item, shape)
        elif item.major == ARRAY:
            parts = [(one, shape.part(index)) for index, one in enumerate(item.children)]
            node.children = [self.node(one, part.shape, part.label) for one, part in parts]
        elif item.major == MAP:
            self._map(node, item, shape)
        else:
            self._plain(node, item, shape)
        return node

    def _kind(self, item: Item) -> str:
        if item.info == 31:
            return f"{_KINDS[item.major]}(indefinite)"
        if item.major in (BSTR, TSTR, ARRAY, MAP):
            return f"{_KINDS[item.major]}({item.argument})"
        if item.major == TAG:
            return f"tag {item.argument}"
        return _KINDS[item.major]

    def _tag(self, node: Node, item: Item, shape: Shape) -> None:
        node.note = _TAGS.get(item.argument, "") + (f": {shape.name}" if shape.name else "")
        if item.argument in (0, 1004) and not item.children[0].fault:
            node.problem = node.problem or self._date_problem(item)
        for child in item.children:
            node.children.append(self.node(child, shape.under(item.argument), ""))

    def _date_problem(self, item: Item) -> str:
        try:
            cbor.decode(self.data[item.offset : item.offset + item.length])
        except MalformedData:
            return f"not a {_TAGS[item.argument]} (whole seconds of UTC with Z, or a day that exists)"
        return ""

    def _map(self, node: Node, item: Item, shape: Shape) -> None:
        for key, value in zip(item.children[::2], item.children[1::2], strict=False):
            entry = self._entry(shape, key)
            child = self.node(value, entry.shape, entry.label)
            child.problem = child.problem or key.fault
            node.children.append(child)
        if len(item.children) % 2:
            node.children.append(self.node(item.children[-1], HIDDEN, "key without a value"))

    def _entry(self, shape: Shape, key: Item) -> Entry:
        """What a key stands for. Keys of maps that have no names of their own could be data and are hidden then."""
        name = name_of(self.data, key)
        if name is not None and name in shape.members:
            return shape.members[name]
        if shape.each is not None:
            return Entry(f"{shape.key} {self._key(key)}".strip(), shape.each)
        if self.reveal:
            return Entry(self._key(key), HIDDEN)
        name = paths.shown(key_of(self.data[key.offset : key.offset + key.length]))
        return Entry(name if shape.shown else MASK, HIDDEN)

    def _key(self, key: Item) -> str:
        name = name_of(self.data, key)
        if name is None:
            return hexed(self.data[key.content]) if key.major == BSTR else "?"
        return str(name) if isinstance(name, int) else quoted(name)[1:-1]

    def _plain(self, node: Node, item: Item, shape: Shape) -> None:
        inside = shape.inside
        if item.major == BSTR and inside is not None and item.info != 31:
            content = self.data[item.content]
            if content:
                inner = _Annotator(content, self.base + item.content.start, self.budget, reveal=self.reveal)
                node.children.append(inner.node(scan(content, self.budget), inside, ""))
            return
        if item.children:  # the chunks of a string of indefinite length
            node.children = [self.node(one, HIDDEN, f"[{index}]") for index, one in enumerate(item.children)]
        elif not item.fault or item.major in (0, 1):
            self._value(node, item, shape)

    def _value(self, node: Node, item: Item, shape: Shape) -> None:
        if not (shape.shown or self.reveal):
            node.value = MASK
            return
        value: int | str | bytes | None = None
        if item.major in (0, 1):
            value = item.argument if item.major == 0 else -1 - item.argument
            node.value = str(value)
        elif item.major == BSTR:
            value = self.data[item.content]
            node.value = hexed(value, whole=self.reveal)
        elif item.major == TSTR:
            value = self.data[item.content].decode()
            node.value = quoted(value)
        else:
            node.value = _SIMPLE.get(item.argument, f"bits {item.argument:#x}")
        if shape.note is not None and value is not None:
            node.note = "; ".join(part for part in (shape.name, shape.note(value)) if part)
