"""Where printed letters and finished cards lie until somebody fetches them: sealed files in one folder."""

from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from registry.messages.parties import PrintOrder
from wallet_sim.chance import Chance
from wallet_sim.ic_card import Chip, IcCard
from wallet_sim.sealed_file import CannotOpen, own_key, seal, unseal, write_whole

T = TypeVar("T")


class Parcel(msgspec.Struct, frozen=True):
    """A finished card on its way: for whom, to which municipality, and the chip."""

    name: str
    birth_date: date
    municipality_code: str
    chip: Chip

    def __repr__(self) -> str:
        return "<Parcel>"


class Mailbox:
    """
    Letters by application form, cards by card issue number. Both hold personal data and are sealed.

    Names of files are the numbers of forms and cards, which name nobody.
    """

    def __init__(self, folder: Path, random: Chance) -> None:
        self._folder = folder
        self._random = random
        self._key = own_key(folder / "key", random)

    def post_letter(self, order: PrintOrder) -> None:
        """Put a printed notice and application form into the box; the same again replaces it."""
        self._put("letters", order.application_form_id, order)

    def letters(self) -> list[PrintOrder]:
        """Return what has come by post and was not thrown away."""
        return [self._get("letters", name, PrintOrder) for name in self._names("letters")]

    def letter_for(self, name: str, birth_date: date) -> PrintOrder:
        """Return the latest letter to a person, who knows it by name and birth date; raises LookupError."""
        mine = [each for each in self.letters() if (each.name, each.birth_date) == (name, birth_date)]
        if not mine:
            raise LookupError("no letter has come")
        return mine[-1]

    def send_card(self, parcel: Parcel) -> None:
        """Put a finished card into the box."""
        self._put("cards", parcel.chip.card_issue_number, parcel)

    def has_card(self, card_issue_number: str) -> bool:
        """Tell whether a card lies here."""
        return self._path("cards", card_issue_number).exists()

    def card_for(self, name: str, birth_date: date) -> str:
        """Return the card issue number of a person's card; raises LookupError."""
        for number in self._names("cards"):
            parcel = self._get("cards", number, Parcel)
            if (parcel.name, parcel.birth_date) == (name, birth_date):
                return number
        raise LookupError("no card has come")

    def parcels(self) -> list[Parcel]:
        """Return every card that has come, in the order of their numbers."""
        return [self._get("cards", number, Parcel) for number in sorted(self._names("cards"))]

    def card(self, card_issue_number: str) -> IcCard:
        """Return a card that keeps its counters in its file; raises LookupError."""
        parcel = self._get("cards", card_issue_number, Parcel)

        def keep(chip: Chip) -> None:
            self._put("cards", card_issue_number, msgspec.structs.replace(parcel, chip=chip))

        return IcCard(parcel.chip, keep)

    def throw_away_letter(self, application_form_id: str) -> None:
        """Forget a letter whose form was sent in."""
        self._path("letters", application_form_id).unlink(missing_ok=True)

    def _path(self, kind: str, name: str) -> Path:
        return self._folder / kind / f"{name}.sealed"  # a name of the sender's choice is never a path of its own

    def _names(self, kind: str) -> list[str]:
        folder = self._folder / kind
        found = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.exists() else []
        return [
            path.name.removesuffix(".sealed")
            for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
        ]

    def _put(self, kind: str, name: str, content: object) -> None:
        sealed = seal(msgspec.json.encode(content), self._key, f"{kind}/{name}", self._random)
        write_whole(self._path(kind, name), sealed)

    def _get(self, kind: str, name: str, form: type[T]) -> T:
        try:
            sealed = self._path(kind, name).read_bytes()
            return msgspec.json.decode(unseal(sealed, self._key, f"{kind}/{name}"), type=form)
        except (OSError, CannotOpen):
            raise LookupError("nothing of this number has come") from None
