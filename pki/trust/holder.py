"""What a signature certificate (署名用電子証明書) says about its holder."""

from dataclasses import dataclass
from datetime import date, datetime

from asn1crypto.core import UTF8String
from cryptography import x509

from mdoc.unreadable import UNREADABLE

_NAME = "1.2.392.200149.8.5.5.1"
_SEX = "1.2.392.200149.8.5.5.3"
_BIRTH_DATE = "1.2.392.200149.8.5.5.4"
_ADDRESS = "1.2.392.200149.8.5.5.5"


class NoHolder(Exception):
    """The certificate does not name a holder in the form of the JPKI kind."""


@dataclass(frozen=True, slots=True, repr=False)
class HolderItems:
    """The four items as certified, name and address in substitute form; sex 1, 2 or 3. Printing shows nothing."""

    name: str
    address: str
    birth_date: date
    sex: str

    def __repr__(self) -> str:
        return "<HolderItems>"


def read_holder(certificate: x509.Certificate) -> HolderItems:
    """Read the otherName values of a validated signature certificate; NoHolder when one is missing or malformed."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        texts = {
            name.type_id.dotted_string: UTF8String.load(name.value, strict=True).native
            for name in names.get_values_for_type(x509.OtherName)
        }
        born = datetime.strptime(texts[_BIRTH_DATE][1:], "%Y%m%d").date()  # noqa: DTZ007 - a day, not an instant
        return HolderItems(texts[_NAME], texts[_ADDRESS], born, texts[_SEX])
    except (*UNREADABLE, x509.ExtensionNotFound, KeyError):
        raise NoHolder from None
