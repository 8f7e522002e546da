import pytest
from sqlalchemy.ext.asyncio import AsyncSession  # noqa: F401

from registry.fuhyo.models import FuhyoFile

ITEMS = [
    "resident_record_code",
    "name_kanji",
    "name_gaiji_count",
    "name_kana",
    "birth_date",
    "sex",
    "address_municipality_code",
    "address",
    "address_gaiji_count",
    "last_address",
    "last_address_gaiji_count",
    "change_date",
    "previous_resident_record_code",
    "fuhyo_managing_municipality_code",
    "fuhyo_identity_status_class",
    "gaiji_flag",
    "gaiji_pattern",
    "notification_class",
    "former_surname_kanji",
    "former_surname_gaiji_count",
    "former_surname_kana",
    "former_surname_gaiji_change_seq",
]  # the 22 items of the fuhyo file, in their order
FORBIDDEN = ("number", "honseki", "register_domicile", "head_of_family", "hittousha")


@pytest.mark.requirement("FUHYO-2", "FUHYO-16", "FUHYO-17")
def test_items_and_nothing_more() -> None:
    """The fuhyo file has its 22 items, the state among them, and no column for number, honseki or head of family."""
    columns = {column.name for table in FuhyoFile.metadata.tables.values() for column in table.columns}

    assert len(ITEMS) == 22
    assert set(ITEMS) - columns == set()
    assert [name for name in columns if any(word in name for word in FORBIDDEN)] == []
