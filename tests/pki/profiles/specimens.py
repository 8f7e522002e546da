"""One certificate of every profile, made by the code that makes them in the house."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from cryptography import x509

from pki.ca.issue import Authority, Period, Registrar, Request, certify
from pki.ca.name import directory, subject
from pki.iaca.document_signer import certify_document_signer
from pki.iaca.ocsp_signer import certify_ocsp_signer
from pki.iaca.root import Place, certify_iaca, certify_link
from pki.iaca.vical_signer import certify_vical_signer
from pki.jpki.user_certificate import Holder, authentication_request
from pki.keys.signer import ES256, ES384, SoftwareSigner, generate
from pki.profiles import annex_b, card_data, jpki, systems
from pki.profiles.profile import Profile
from registry.messages.person import Items
from tests.pki.trust.test_holder import ITEMS
from tests.support.clock import START
from tests.support.entropy import SeededBytes
from tests.support.hierarchy import BEGIN, Hierarchy, hierarchy, rsa_key

PLACE = Place("JP", "Tegata", "https://tegata.example/iaca", "http://crl.tegata.example/iaca.crl")
KEY = SoftwareSigner(generate(ES256))
NEXT_ROOT_KEY = SoftwareSigner(generate(ES384))
MONTH = Period(BEGIN, BEGIN + timedelta(days=30, seconds=-1))
REGISTRAR = Registrar(SeededBytes("specimens"), lambda _: None)
JAPANESE = directory((("C", "JP"), ("O", "公的個人認証サービス")))


@dataclass(frozen=True)
class Specimen:
    """A certificate, its profile, and the root of the test hierarchy it stands under (its own name for a root)."""

    profile: Profile
    root: str
    certificate: x509.Certificate


@cache
def next_root() -> Authority:
    """The root that the IACA rolls over to: the same name, another key."""
    pki = hierarchy()
    period = Period(BEGIN, BEGIN + timedelta(days=4000, seconds=-1))
    return Authority(
        certify_iaca(PLACE, "Tegata IACA Root", NEXT_ROOT_KEY, period, pki.registrar("next")), NEXT_ROOT_KEY
    )


def specimens() -> dict[str, Specimen]:
    """Name of the profile -> its specimen."""
    return {one.profile.name: one for one in _specimens()}


@cache
def _specimens() -> tuple[Specimen, ...]:
    pki = hierarchy()
    roots = (
        (annex_b.IACA_ROOT, "iaca"),
        (annex_b.READER_ROOT, "reader_ca"),
        (systems.SYSTEMS_ROOT, "systems_ca"),
        (systems.PUBLIC_ROOT, "public_ca"),
        (jpki.SIGNATURE_ROOT, "signature_ca"),
        (jpki.AUTHENTICATION_ROOT, "authentication_ca"),
        (card_data.CARD_DATA_ROOT, "card_data_ca"),
    )
    below = (
        (annex_b.DOCUMENT_SIGNER, "iaca", pki.certificate("document_signer")),
        (annex_b.STATUS_SIGNER, "iaca", pki.certificate("status_signer")),
        (annex_b.READER, "reader_ca", pki.pair("reader/relying-party")[0]),
        (systems.SYSTEM, "systems_ca", pki.pair("systems/juki")[0]),
        (systems.PUBLIC_SERVER, "public_ca", pki.pair("public/edge")[0]),
        (card_data.CARD_DATA_SIGNER, "card_data_ca", pki.certificate("card_data_signer")),
        (jpki.SIGNATURE, "signature_ca", pki.holder(ITEMS, rsa_key().public_key())),
    )
    found = [Specimen(profile, root, pki.certificate(root)) for profile, root in roots]
    found += [Specimen(*each) for each in below]
    return (*found, *_made(pki))


def _made(pki: Hierarchy) -> list[Specimen]:
    iaca = pki.authority("iaca")
    key = KEY.public_key
    listed = PLACE.request(annex_b.OCSP_SIGNER, "OCSP", key, MONTH)
    made: list[tuple[Profile, str, x509.Certificate]] = [
        (annex_b.IACA_LINK, "iaca", certify_link(PLACE, next_root().certificate, MONTH, iaca, REGISTRAR)),
        (
            annex_b.DOCUMENT_SIGNER_OF_BOTH,
            "iaca",
            certify_document_signer(PLACE, "DS", key, MONTH, iaca, REGISTRAR, both_usages=True),
        ),
        (annex_b.OCSP_SIGNER, "iaca", certify(listed, iaca, REGISTRAR)),
        (annex_b.OCSP_SIGNER_UNCHECKED, "iaca", certify_ocsp_signer(PLACE, "OCSP", key, MONTH, iaca, REGISTRAR)),
        (annex_b.VICAL_SIGNER, "iaca", certify_vical_signer(PLACE, "VICAL", key, MONTH, iaca, REGISTRAR)),
        (jpki.AUTHENTICATION, "authentication_ca", _authentication(pki, ITEMS)),
        (jpki.OCSP_SIGNER, "signature_ca", _answers(pki, "signature_ca", jpki.OCSP_SIGNER)),
    ]
    return [Specimen(*each) for each in made]


def _authentication(pki: Hierarchy, items: Items) -> x509.Certificate:
    authority = pki.authority("authentication_ca")
    holder = Holder(items, START.replace(year=2035).date())
    request = authentication_request(holder, rsa_key().public_key(), "0" * 14 + "13101003A", authority, START)
    return certify(request, authority, REGISTRAR)


def _answers(pki: Hierarchy, root: str, profile: Profile) -> x509.Certificate:
    name = subject((("C", "JP"), ("O", "JPKI-TEGATA"), ("CN", "OCSP")))
    request = Request(profile, name, rsa_key().public_key(), MONTH, issuer_alternative_names=(JAPANESE,))
    return certify(request, pki.authority(root), REGISTRAR)
