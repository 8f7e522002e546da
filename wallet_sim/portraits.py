"""Portraits of people who do not exist: drawn, small, and marked as synthetic in the picture itself."""

from collections.abc import Callable
from hashlib import shake_256
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 240, 320
LARGEST: Final = 20_000  # bytes of JPEG
MARK: Final = "SYNTHETIC"

Colour = tuple[int, int, int]
_SKINS: Final[tuple[Colour, ...]] = ((241, 214, 186), (232, 197, 163), (214, 172, 134), (190, 146, 110))
_HAIR: Final[tuple[Colour, ...]] = ((28, 24, 22), (52, 38, 30), (84, 62, 46), (150, 150, 152))
_CLOTHES: Final[tuple[Colour, ...]] = ((40, 60, 96), (96, 40, 52), (48, 84, 64), (70, 70, 78))


def portrait(seed: str) -> bytes:
    """Return a JPEG (at most 20 kB) of a face that the seed decides."""
    choose = _chooser(seed)
    image = Image.new("RGB", (WIDTH, HEIGHT), (225, 230, 235))
    _draw(ImageDraw.Draw(image), choose)
    data = BytesIO()
    image.save(data, "JPEG", quality=70, comment=MARK.encode())
    return data.getvalue()


def _chooser(seed: str) -> Callable[[int], int]:
    drawn = iter(shake_256(seed.encode()).digest(64))
    return lambda below: next(drawn) % below


def _draw(pen: ImageDraw.ImageDraw, choose: Callable[[int], int]) -> None:
    skin, hair, clothes = (row[choose(len(row))] for row in (_SKINS, _HAIR, _CLOTHES))
    wide, long = 62 + choose(14), 84 + choose(16)
    pen.ellipse((20, 235, 220, 420), fill=clothes)
    pen.rectangle((100, 200, 140, 260), fill=skin)
    pen.ellipse((120 - wide - 8, 48, 120 + wide + 8, 150 + choose(90)), fill=hair)
    pen.ellipse((120 - wide, 145 - long, 120 + wide, 145 + long), fill=skin)
    pen.chord((120 - wide, 145 - long, 120 + wide, 145 + long), 195 - choose(12), 345 + choose(12), fill=hair)
    eye = 20 + choose(10)
    for side in (-1, 1):
        middle = 120 + side * eye
        pen.ellipse((middle - 8, 140, middle + 8, 150), fill=(250, 250, 250))
        pen.ellipse((middle - 4, 140, middle + 4, 150), fill=(30, 26, 24))
    pen.line((120, 152, 116 + choose(9), 176), fill=(150, 110, 90), width=3)
    pen.arc((96, 172, 144, 200 + choose(10)), 20, 160, fill=(150, 60, 60), width=4)
    pen.text((86, 300), MARK, fill=(255, 255, 255))
