"""The two authorities of the JPKI kind: signature (署名用) and user authentication (利用者証明用)."""

from dataclasses import dataclass

from cryptography import x509

from pki.ca.issue import Period, Registrar, Request, certify_root
from pki.ca.name import directory, subject
from pki.keys.signer import Signer
from pki.profiles.jpki import AUTHENTICATION_ROOT, SIGNATURE_ROOT
from pki.profiles.profile import Profile


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds of user certificates: what its authority is called, in Roman letters and in Japanese."""

    profile: Profile
    unit: str
    japanese_unit: str


SIGNATURE_KIND = Kind(SIGNATURE_ROOT, "JPKI for digital signature", "公的個人認証サービス署名用")
AUTHENTICATION_KIND = Kind(AUTHENTICATION_ROOT, "JPKI for user authentication", "公的個人認証サービス利用者証明用")


def certify_jpki_root(
    kind: Kind, country: str, organisation: str, signer: Signer, period: Period, registrar: Registrar
) -> x509.Certificate:
    """
    Make a self-signed authority of the JPKI kind.

    Successive authorities of one kind share this very name; they are told apart by their key.
    """
    name = (("C", country), ("O", organisation), ("OU", kind.unit))
    japanese = directory((("C", country), ("O", "公的個人認証サービス"), ("OU", kind.japanese_unit)))
    request = Request(
        kind.profile,
        subject(name),
        signer.public_key,
        period,
        alternative_names=(japanese,),
        distribution_points=(directory((*name, ("OU", "CRL Distribution Points"))),),
    )
    return certify_root(request, signer, registrar)
