"""The holder's signed application as data elements (D9, MDOC-21). Pure: nothing else is a source."""

from datetime import datetime

from registry.calendar import age_on, legal_day
from registry.messages.chip import CardFace, NumberAndItems

DOC_TYPE = "org.iso.23220.1.jp.mnc"
JAPAN = "org.iso.23220.1.jp"
ISO = "org.iso.23220.1"
AGES_OVER = (16, 18, 20, 60, 65)

SEX = {"1": (1, "男"), "2": (2, "女"), "3": (9, "その他")}
"""The chip's coding to ISO/IEC 5218 and to the word on the card; the chip's 3 is "other or unknown", ISO's 9."""

Elements = dict[str, dict[str, object]]


def to_elements(items: NumberAndItems, face: CardFace, *, valid_from: datetime) -> Elements:
    """
    Return the six items and what is derived from them, by namespace and identifier.

    Ages are those of the day on which the record begins, and the record ends before they change. A card without a
    photo gives a record without one (Act 2(8)).
    """
    day = legal_day(valid_from)
    sex, word = SEX[items.sex]
    born = items.birth_date
    age = age_on(born, day)
    japan: dict[str, object] = {
        "full_name_unicode": items.name,
        "resident_address_unicode": items.address,
        "local_gov_code_unicode": face.municipality_code[:5],  # without the check digit
        "individual_number_unicode": items.individual_number,
        "sex_unicode": word,
        "birth_date_unicode": f"{born.year}年{born.month}月{born.day}日",
    }
    if face.photo is not None:
        japan["portrait"] = face.photo
    iso: dict[str, object] = {"sex": sex, "birth_date": born, "age_in_years": age}
    iso |= {f"age_over_{limit}": age >= limit for limit in AGES_OVER}
    return {JAPAN: japan, ISO: iso}
