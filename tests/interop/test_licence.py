"""Foreign readers read a driving licence that the authority has issued from supplied elements."""

import warnings
from dataclasses import replace
from hashlib import sha384
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509 import load_der_x509_certificate

from issuer.authority.supplied import issue_supplied
from issuer.authority.tools import Authority
from mdoc import algorithms, device_request, present, session_transcript
from mdoc.catalogue.mdl import ISO_18013
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.verify import verify_device_response
from tests.issuer.authority.test_supplied import KEYS, LICENCE, ORDER, POINTS, licensing
from tests.issuer.conftest import Line, authority, database, desk, holder, line, sealer, tools
from tests.support.clock import START

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the foreign packages' own affair
    import isomdoc
    from pymdoccbor.mdoc.verifier import MdocCbor

__all__ = ["Line", "authority", "database", "desk", "holder", "line", "sealer", "tools"]  # fixtures, found by name

TRANSCRIPT = session_transcript.openid4vp_dc_api("https://verifier.example", "n", None)


async def presented(authority: Authority, *signer: str) -> bytes:
    """A licence, and everything in it presented to one verifier."""
    order = replace(ORDER, device_points=POINTS[:1])
    (record,) = (await issue_supplied(order, at=START, authority=licensing(authority, *signer))).records
    items = device_request.items_request(MDL, {ISO_18013: dict.fromkeys(LICENCE[ISO_18013], False)})
    request = device_request.decode_request(device_request.encode_request([(items, None)]))
    return present.respond([record.issuer_signed], request, TRANSCRIPT, algorithms.software_signer(KEYS[0]))


@pytest.mark.requirement("MDOC-22")
async def test_isomdoc_and_pymdoccbor_read_a_licence(authority: Authority) -> None:
    """Issuer's signature, digests and the device's signature are accepted by both, and by our own verifier."""
    response = await presented(authority)
    (document,) = verify_device_response(response, TRANSCRIPT, trust=authority.trust, at=START)
    assert document.elements == LICENCE
    read: Any = isomdoc.verify_device_response(response, cbor2.loads(TRANSCRIPT))
    (found,) = read.documents
    assert found.issuer_signed.get_element_value(ISO_18013, "document_number") == "301234567890"
    reader = MdocCbor()
    reader.loads(response)
    assert reader.verify()
    assert reader.documents[0].doctype == MDL
    assert reader.documents[0].hash_verification["valid"]


@pytest.mark.requirement("MDOC-22")
@pytest.mark.parametrize("digest", ["SHA-384", "SHA-512"])
async def test_longer_digests_are_read(authority: Authority, digest: str) -> None:
    """Each digest of the standard is read by isomdoc; pymdoccbor knows SHA-256 alone."""
    response = await presented(authority, "ES256", digest)
    read: Any = isomdoc.verify_device_response(response, cbor2.loads(TRANSCRIPT))
    assert read.documents[0].issuer_signed.get_element_value(ISO_18013, "family_name") == "Ban"


@pytest.mark.requirement("MDOC-22")
async def test_a_stronger_signature_is_what_rfc_9053_says(authority: Authority) -> None:
    """Neither foreign reader knows ES384; by hand, with cbor2, hashlib and OpenSSL, signature and digests fit."""
    issued: Any = cbor2.loads(await presented(authority, "ES384", "SHA-384"))["documents"][0]["issuerSigned"]
    protected, unprotected, payload, signature = issued["issuerAuth"]
    assert cbor2.loads(protected) == {1: -35}
    key: Any = load_der_x509_certificate(unprotected[33]).public_key()
    numbers = [int.from_bytes(part, "big") for part in (signature[:48], signature[48:])]
    content = cbor2.dumps(["Signature1", protected, b"", payload])
    key.verify(encode_dss_signature(*numbers), content, ec.ECDSA(hashes.SHA384()))
    mso = cbor2.loads(cbor2.loads(payload).value)
    digests = mso["valueDigests"][ISO_18013]
    for item in issued["nameSpaces"][ISO_18013]:
        assert digests[cbor2.loads(item.value)["digestID"]] == sha384(cbor2.dumps(item)).digest()
