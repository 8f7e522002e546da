"""The record items of the mdoc files as data, and where the platform keeps each of them."""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLES = ("mdoc_application", "mdoc_management", "holder_credential", "holder_credential_history")
FOLDER = Path(__file__).parent
PERSONAL = {
    "four_info",
    "individual_number",
    "face_photo_card",
    "face_photo_captured",
    "digital_signature",
    "electronic_certificate",
    "name",
    "birth_date",
    "address",
    "sex",
}
"""Items that say something about the person: ciphertext in every table (D13)."""


@dataclass(frozen=True)
class Item:
    """
    One item: file and number in the report's list, name, and the column that holds it.

    `condition` says when alone it is filled, `empty` why nothing fills it, `why` how the relation holds it.
    """

    table: str
    number: int
    name: str
    term: str
    column: str
    condition: str = ""
    empty: str = ""
    why: str = ""

    @property
    def always(self) -> bool:
        """Tell whether a whole life of records fills it."""
        return not (self.condition or self.empty or self.why)


@cache
def items() -> tuple[Item, ...]:
    """Return the items of the mdoc files, in the order of the list."""
    apart = tomllib.loads((FOLDER / "mdoc_items.toml").read_text(encoding="utf-8"))
    with (FOLDER / "records.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"] in TABLES]
    return tuple(_item(row, apart.get(row["file"], {}).get(row["field"], {})) for row in rows)


def _item(row: dict[str, str], apart: dict[str, str]) -> Item:
    notes = {name: text for name, text in apart.items() if name != "held_by"}
    column = apart.get("held_by", f"{row['file']}.{row['field']}")
    return Item(row["file"], int(row["number"]), row["field"], row["item"], column, **notes)
