from datetime import date

import pytest

from pki.trust.holder import NoHolder, read_holder
from registry.messages.person import Items
from tests.pki.trust.conftest import LEAF
from tests.support.hierarchy import Hierarchy, rsa_key

ITEMS = Items(
    name_kanji="佐藤　太郎",
    name_kana="サトウ タロウ",
    birth_date=date(1926, 12, 24),
    sex="1",
    address="東京都千代田区霞が関一丁目",
    address_municipality_code="131016",
)


def test_reads_the_four_items(pki: Hierarchy) -> None:
    """Name, address, birth date and sex are read from the otherName values; printing shows none of them."""
    holder = read_holder(pki.holder(ITEMS, rsa_key().public_key()))
    assert (holder.name, holder.address) == (ITEMS.name_kanji, ITEMS.address)
    assert (holder.birth_date, holder.sex) == (ITEMS.birth_date, ITEMS.sex)
    assert repr(holder) == "<HolderItems>"


def test_other_certificates_name_no_holder(pki: Hierarchy) -> None:
    """A certificate without these values names no holder."""
    for certificate in (LEAF.sign(), pki.pair("systems/juki")[0]):
        with pytest.raises(NoHolder):
            read_holder(certificate)
