"""How an error names the place: `documents[0].issuerSigned.nameSpaces['org.iso.18013.5.1'][3].digestID`."""

import re
from typing import Final

# A key is shown only when it looks like a name of the standard; anything else could be somebody's data.
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}", re.ASCII)
_STEP: Final = re.compile(r"\['([^']*)'\]|(\[\d+\]|[^.\[]+)")
_NUMBERS: Final = range(-(1 << 16), 1 << 16)


def entry(path: str, key: object) -> str:
    """The place of the entry `key` in the map at `path`; a name with dots stands in brackets."""
    name = shown(key)
    return f"{path}['{name}']" if "." in name else f"{path}.{name}".removeprefix(".")


def below(path: str, place: str) -> str:
    """`place`, which was named from inside, as seen from the outside at `path`."""
    return path + place if not path or not place or place.startswith("[") else f"{path}.{place}"


def steps(path: str) -> list[str]:
    """The names and places a path leads through, as `documents` and `[0]`."""
    return [quoted or plain for quoted, plain in _STEP.findall(path)]


def shown(key: object) -> str:
    """A name or a number of the standard as it is, a question mark for every other key."""
    if isinstance(key, str) and _NAME.fullmatch(key):
        return key
    return str(key) if type(key) is int and key in _NUMBERS else "?"
