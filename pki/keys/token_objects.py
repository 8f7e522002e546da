"""Objects in a PKCS#11 token: how one is searched for, made so that it stays inside, and what the token says of it."""

from dataclasses import dataclass
from typing import Any

import pkcs11
from pkcs11 import Attribute, KeyType, MechanismFlag, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

from pki.keys.faults import Fault, KeyUnusable
from pki.keys.token_uri import TokenUri

_CURVES = {"ES256": "secp256r1", "ES384": "secp384r1"}
_RSA_BITS = 2048
_AES_BITS = 256
_ID_BITS = 160
_STAYS = {Attribute.TOKEN: True, Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a token says of one key: attributes of PKCS#11 that no caller can set afterwards."""

    sensitive: bool
    extractable: bool
    always_sensitive: bool
    never_extractable: bool
    made_here: bool

    @property
    def stays(self) -> bool:
        """Whether the key is inside, and was there only, since it was made."""
        return self.sensitive and self.always_sensitive and self.never_extractable and not self.extractable


def facts_of(key: Any) -> Facts:  # noqa: ANN401 - the classes of keys are mixed at run time
    """Read what the token says of a key."""
    return Facts(
        key[Attribute.SENSITIVE],
        key[Attribute.EXTRACTABLE],
        key[Attribute.ALWAYS_SENSITIVE],
        key[Attribute.NEVER_EXTRACTABLE],
        key[Attribute.LOCAL],
    )


def make_pair(session: pkcs11.Session, key: TokenUri, algorithm: str) -> None:
    """Have a pair made whose private half cannot leave; `session` may write."""
    flags = MechanismFlag.SIGN | MechanismFlag.VERIFY
    if algorithm in _CURVES:
        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(_CURVES[algorithm])}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        parameters.generate_keypair(capabilities=flags, private_template=_STAYS, **_names(session, key))
    else:
        session.generate_keypair(
            KeyType.RSA, _RSA_BITS, capabilities=flags, private_template=_STAYS, **_names(session, key)
        )


def make_wrapping(session: pkcs11.Session, key: TokenUri) -> None:
    """Have an AES-256 key made that wraps and unwraps, and cannot leave."""
    flags = MechanismFlag.WRAP | MechanismFlag.UNWRAP
    session.generate_key(KeyType.AES, _AES_BITS, capabilities=flags, template=_STAYS, **_names(session, key))


def _names(session: pkcs11.Session, key: TokenUri) -> dict[str, Any]:
    """Label and id of a new key; both halves of a pair have the same."""
    if key.label is None:
        raise KeyUnusable(Fault.URI, "a new key needs a name: object=...")
    return {"label": key.label, "id": key.key_id or session.generate_random(_ID_BITS), "store": True}


def find(session: pkcs11.Session, key: TokenUri, kind: ObjectClass) -> list[Any]:
    """
    Find every object of a kind under the name of a key; KeyUnusable(URI) where neither object nor id is named.

    The search is always read to its end: one that is left half-way complains when its session has gone.
    """
    named = {Attribute.LABEL: key.label, Attribute.ID: key.key_id}
    template: dict[Attribute, Any] = {name: value for name, value in named.items() if value is not None}
    if not template:
        raise KeyUnusable(Fault.URI, "object or id is missing")
    return list(session.get_objects(template | {Attribute.CLASS: kind}))


def find_one(session: pkcs11.Session, key: TokenUri, kind: ObjectClass) -> Any:  # noqa: ANN401 - as above
    """Find the one object of a kind under the name of a key; raises NoSuchKey and MultipleObjectsReturned."""
    found = find(session, key, kind)
    if len(found) > 1:
        raise pkcs11.MultipleObjectsReturned
    if not found:
        raise pkcs11.NoSuchKey
    return found[0]


def encoded(key: Any) -> bytes:  # noqa: ANN401 - as above
    """Encode a public key: DER of SubjectPublicKeyInfo, or of RSAPublicKey."""
    return encode_rsa_public_key(key) if key.key_type is KeyType.RSA else encode_ec_public_key(key)
