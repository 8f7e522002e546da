"""Every profile by its name: the register stores names, and the check looks them up again."""

from types import MappingProxyType

from pki.profiles import annex_b, card_data, jpki, systems

_ALL = (
    annex_b.IACA_ROOT,
    annex_b.IACA_LINK,
    annex_b.DOCUMENT_SIGNER,
    annex_b.DOCUMENT_SIGNER_OF_BOTH,
    annex_b.READER_ROOT,
    annex_b.READER,
    annex_b.OCSP_SIGNER,
    annex_b.OCSP_SIGNER_UNCHECKED,
    annex_b.STATUS_SIGNER,
    annex_b.VICAL_SIGNER,
    systems.SYSTEMS_ROOT,
    systems.SYSTEM,
    systems.PUBLIC_ROOT,
    systems.PUBLIC_SERVER,
    jpki.SIGNATURE_ROOT,
    jpki.SIGNATURE,
    jpki.AUTHENTICATION_ROOT,
    jpki.AUTHENTICATION,
    jpki.OCSP_SIGNER,
    card_data.CARD_DATA_ROOT,
    card_data.CARD_DATA_SIGNER,
)

PROFILES = MappingProxyType({profile.name: profile for profile in _ALL})
"""Name -> profile, in the order in which they are documented."""
