"""Presentations, good and spoiled, and the response that fails at each step of the inspection procedure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from mdoc import algorithms, cbor, cose, device_signed, heads, issue, present, session_transcript, verify
from mdoc.catalogue.mdl import NAME as MDL
from mdoc.verify import Step
from tests.mdoc.world import (
    AT,
    BEGIN,
    DEVICE_KEY,
    END,
    EPHEMERAL_READER,
    ISO,
    JP,
    MNC,
    VALIDITY,
    Anchor,
    anchor,
    certificate,
    issued,
    prepared,
    private_key,
    request,
    sign_device,
    sign_issuer,
)

TRANSCRIPT = session_transcript.openid4vp_dc_api("https://verifier.example", "nonce", None)
THUMBPRINT = bytes(range(32))
ASKED = {JP: ["full_name_unicode"], ISO: ["age_over_20", "sex"]}
MDL_SPACE = "org.iso.18013.5.1"


def response(
    document: bytes | None = None, sign: algorithms.Sign = sign_device, transcript: bytes = TRANSCRIPT
) -> bytes:
    """The phone's answer to ASKED."""
    return present.respond([document or issued()], request(ASKED)[1], transcript, sign)


def accept(data: bytes, trust: Anchor | None = None, **options: Any) -> list[verify.VerifiedDocument]:
    """Verify a response in its session."""
    transcript = options.pop("transcript", TRANSCRIPT)
    return verify.verify_device_response(
        data, transcript, trust=(trust or anchor()).issuer, at=options.pop("at", AT), **options
    )


def changed(data: bytes, change: Callable[[Any], object]) -> bytes:
    """The response after a change to its only document."""
    decoded: Any = cbor.decode(data)
    change(decoded["documents"][0])
    return cbor.encode(decoded)


def reissued(document: issue.PreparedDocument, edit: Callable[[Any], object]) -> bytes:
    """IssuerSigned with an edited MSO, properly signed again."""
    mso: Any = cbor.decode(document.mso_bytes).open()
    edit(mso)
    mso_bytes = cbor.Embedded(cbor.encode(mso)).tagged
    made = document._replace(mso_bytes=mso_bytes, to_be_signed=cose.unsigned(mso_bytes).to_be_signed())
    return issue.complete(made, sign_issuer(made.to_be_signed), [certificate()])


def with_item(data: bytes, edit: Callable[[Any], object]) -> bytes:
    """The response after a change to one returned item."""

    def change(document: Any) -> None:
        items = document["issuerSigned"]["nameSpaces"][JP]
        item = items[0].open()
        edit(item)
        items[0] = cbor.Embedded(cbor.encode(item))

    return changed(data, change)


def with_device_elements(authorizations: dict[str, object] | None, elements: dict[str, object]) -> bytes:
    """A response in which the device signs elements of its own."""
    document = (
        issued()
        if authorizations is None
        else reissued(prepared(), lambda mso: mso["deviceKeyInfo"].update(keyAuthorizations=authorizations))
    )
    spaces = cbor.Embedded(cbor.encode(elements))
    content = device_signed.authentication_bytes(TRANSCRIPT, MNC, spaces)
    signature = cose.sign1(None, sign_device, detached=content)
    auth = {"nameSpaces": spaces, "deviceAuth": {"deviceSignature": signature}}
    return changed(response(document), lambda one: one.update(deviceSigned=auth))


def licence(**values: object) -> bytes:
    """A response with an mDL that names its issuer."""
    elements = {MDL_SPACE: {"family_name": "Ban", **values}}
    document = issued(prepared(elements, doc_type=MDL))
    asked = request({MDL_SPACE: ["family_name", *values]}, MDL)[1]
    return present.respond([document], asked, TRANSCRIPT, sign_device)


@dataclass(frozen=True)
class Case:
    """A response that fails at one step and at no other."""

    step: Step
    fault: str
    make: Callable[[], bytes]
    trust: Callable[[], Anchor] = anchor
    at: timedelta = timedelta()
    transcript: bytes = TRANSCRIPT


def over_inner_map(mso: Any) -> None:
    """Take every digest over the inner map instead of the whole IssuerSignedItemBytes."""
    for name, items in prepared().name_spaces.items():
        for item in items:
            content: Any = cbor.decode(item)
            mso["valueDigests"][name][content.open()["digestID"]] = sha256(content.content).digest()


def dc_api(*info: object) -> bytes:
    """The transcript of OpenID4VP over the DC API from what a wallet takes for its parts."""
    handover = ["OpenID4VPDCAPIHandover", sha256(cbor.encode(list(info))).digest()]
    return cbor.encode([None, None, handover])


def rename(document: Any) -> None:
    """Swap the docType of the document, and let the device sign for that one."""
    document["docType"] = "com.example.library-card"
    document["deviceSigned"] = device_signed.with_signature(TRANSCRIPT, "com.example.library-card", sign_device)


def decoy(item: Any) -> None:
    """Point at a digest of which the MSO knows nothing."""
    item["digestID"] = 4711


NEGATIVE_CASES = [
    Case(Step.CERTIFICATE_PATH, "another root", response, lambda: Anchor({})),
    Case(Step.CERTIFICATE_PATH, "signer expired", response, lambda: anchor(not_after=AT - timedelta(days=1))),
    Case(Step.SIGNER_DOC_TYPE, "signer of other docTypes", response, lambda: anchor(doc_types=frozenset({MDL}))),
    Case(Step.ISSUER_SIGNATURE, "another key", response, lambda: anchor(public_key=DEVICE_KEY.public_key())),
    Case(
        Step.ISSUER_SIGNATURE,
        "another algorithm",
        lambda: changed(response(), lambda one: one["issuerSigned"]["issuerAuth"].__setitem__(0, b"\xa1\x01\x38\x22")),
    ),
    Case(
        Step.ISSUER_SIGNATURE,
        "a flipped bit",
        lambda: changed(response(), lambda one: one["issuerSigned"]["issuerAuth"].__setitem__(3, bytes(64))),
    ),
    Case(Step.DIGESTS, "another value", lambda: with_item(response(), lambda item: item.update(elementValue="X"))),
    Case(Step.DIGESTS, "another salt", lambda: with_item(response(), lambda item: item.update(random=bytes(16)))),
    Case(Step.DIGESTS, "another name", lambda: with_item(response(), lambda item: item.update(elementIdentifier="x"))),
    Case(Step.DIGESTS, "unknown digest", lambda: with_item(response(), decoy)),
    Case(
        Step.DIGESTS,
        "another namespace",
        lambda: changed(
            response(),
            lambda one: one["issuerSigned"]["nameSpaces"].update(x=one["issuerSigned"]["nameSpaces"].pop(ISO)),
        ),
    ),
    Case(
        Step.DIGESTS,
        "item written anew",
        lambda: with_item(response(), lambda item: item.update(digestID=item.pop("digestID"))),
    ),
    Case(Step.DIGESTS, "digest over the inner map", lambda: response(reissued(prepared(), over_inner_map))),
    Case(
        Step.DIGESTS,
        "a namespace the MSO does not know",
        lambda: response(reissued(prepared(), lambda mso: mso["valueDigests"].pop(JP))),
    ),
    Case(Step.DOC_TYPE, "docType swapped", lambda: changed(response(), rename)),
    Case(
        Step.VALIDITY,
        "signed before the signer",
        lambda: response(issued(prepared(validity=VALIDITY._replace(signed=BEGIN - timedelta(seconds=1))))),
    ),
    Case(
        Step.VALIDITY,
        "signed after the signer",
        lambda: response(
            issued(prepared(validity=issue.Validity(END + timedelta(1), END + timedelta(1), END + timedelta(2))))
        ),
    ),
    Case(Step.VALIDITY, "not valid yet", response, at=-timedelta(seconds=1)),
    Case(Step.VALIDITY, "no longer valid", response, at=timedelta(days=30, seconds=1)),
    Case(Step.COUNTRY, "another country", lambda: licence(issuing_country="FR")),
    Case(
        Step.COUNTRY,
        "another jurisdiction",
        lambda: licence(issuing_jurisdiction="JP-14"),
        lambda: anchor(state="JP-13"),
    ),
    Case(Step.KEY_AUTHORIZATIONS, "not authorised", lambda: with_device_elements(None, {ISO: {"x": 1}})),
    Case(
        Step.KEY_AUTHORIZATIONS,
        "another element authorised",
        lambda: with_device_elements({"dataElements": {ISO: ["y"]}}, {ISO: {"x": 1}}),
    ),
    Case(
        Step.KEY_AUTHORIZATIONS,
        "signed by both",
        lambda: with_device_elements({"nameSpaces": [ISO]}, {ISO: {"sex": 1}}),
    ),
    Case(
        Step.DEVICE_AUTHENTICATION,
        "another device key",
        lambda: response(sign=algorithms.software_signer(private_key(5))),
    ),
    Case(
        Step.DEVICE_AUTHENTICATION,
        "another session",
        lambda: response(transcript=session_transcript.openid4vp_dc_api("https://other.example", "nonce", None)),
    ),
    Case(
        Step.DEVICE_AUTHENTICATION,
        "origin: before the origin",
        lambda: response(transcript=dc_api("origin:https://verifier.example", "nonce", None)),
    ),
    Case(Step.DEVICE_AUTHENTICATION, "transcript in tag 24", lambda: response(transcript=heads.tag_24(TRANSCRIPT))),
    Case(
        Step.DEVICE_AUTHENTICATION,
        "thumbprint as text",
        lambda: response(transcript=dc_api("https://verifier.example", "nonce", THUMBPRINT.hex())),
        transcript=session_transcript.openid4vp_dc_api("https://verifier.example", "nonce", THUMBPRINT),
    ),
    Case(
        Step.DEVICE_AUTHENTICATION,
        "a MAC without a session key",
        lambda: present.respond_with_mac(
            [issued()],
            request(ASKED)[1],
            TRANSCRIPT,
            device_signed.mac_key(DEVICE_KEY, EPHEMERAL_READER.public_key(), TRANSCRIPT),
        ),
    ),
]
