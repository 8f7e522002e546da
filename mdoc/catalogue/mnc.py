"""The mdoc of the Individual Number Card (カード代替電磁的記録), docType and namespaces of D9.

The six items of the card stand in the domestic namespace as the card shows them; `org.iso.23220.1` repeats what other
readers understand, in forms that a prover can handle (Longfellow v7 knows this namespace and not ours).
"""

from typing import Final

from mdoc.catalogue.doctype import SEXES, Element, Kind, age_elements, doc_type

NAME: Final = "org.iso.23220.1.jp.mnc"
DOMESTIC: Final = "org.iso.23220.1.jp"
ISO_23220: Final = "org.iso.23220.1"

MNC: Final = doc_type(
    NAME,
    {
        DOMESTIC: {
            "full_name_unicode": Element(Kind.TEXT, mandatory=True, most=300),
            "resident_address_unicode": Element(Kind.TEXT, mandatory=True, most=600),
            "local_gov_code_unicode": Element(Kind.TEXT, mandatory=True, most=6),
            "individual_number_unicode": Element(Kind.TEXT, mandatory=True, most=12),
            "sex_unicode": Element(Kind.TEXT, mandatory=True, most=20),
            "birth_date_unicode": Element(Kind.TEXT, mandatory=True, most=40),
            "portrait": Element(Kind.BYTES),  # absent when the card shows none
        },
        ISO_23220: {
            "sex": Element(Kind.UINT, mandatory=True, provable=True, one_of=SEXES),
            "birth_date": Element(Kind.FULL_DATE, mandatory=True, provable=True),
            "age_in_years": Element(Kind.UINT, provable=True, most=150),
            **age_elements(provable=True),
        },
    },
)
