"""Every decoder of bytes that strangers send: one table for fuzzing, for the replayed corpus and for hypothesis."""

from mdoc import (
    annex_c,
    base64url,
    cbor,
    dates,
    device_engagement,
    device_request,
    device_response,
    identifier_list,
    issue,
    issuer_signed,
    list_token,
    mso,
    ndef,
    nfc_handover,
    present,
    scan,
    session,
    session_transcript,
    status,
    status_list,
    status_token,
    verify,
    vical,
    wellformed,
)
from mdoc.annotate import kinds, tree
from mdoc.annotate import scan as places
from mdoc.errors import MalformedData, VerificationFailed
from tests.fuzz.target import Target
from tests.mdoc.test_annex_d import handover, vector
from tests.mdoc.test_list_token import token as listed
from tests.mdoc.test_status import token
from tests.mdoc.test_vical import signed as listed_roots
from tests.mdoc.world import (
    AT,
    EPHEMERAL_DEVICE,
    EPHEMERAL_READER,
    ISO,
    JP,
    LIST,
    STATUS,
    anchor,
    issued,
    prepared,
    private_key,
    request,
    sign_device,
)

TRANSCRIPT = session_transcript.openid4vp_dc_api("https://verifier.example", "n", None)
ASKED = request({ISO: ["sex"], JP: ["full_name_unicode"]})[1]
# The portrait makes the whole record large for a corpus; a record without it has the same structure.
RESPONSE = present.respond([issued()], ASKED, TRANSCRIPT, sign_device)
ENGAGEMENT = device_engagement.encode_engagement(EPHEMERAL_DEVICE.public_key())
ESTABLISHMENT = session.ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER).establish(b"request")
RECIPIENT, ORIGIN = private_key(91), "https://verifier.example"
INFO = annex_c.encryption_info(bytes(range(16)), RECIPIENT.public_key())
# The ciphertext is drawn anew each time; its form is what matters.
SEALED = cbor.encode(["dcapi", {"enc": b"\x04" + bytes(64), "cipherText": bytes(32)}])
SELECT, REQUEST = handover()[1]


def _session_data(data: bytes) -> object:
    """What a reader does with SessionData; a session of its own, because the first error ends it."""
    return session.ReaderSession.from_engagement(ENGAGEMENT, EPHEMERAL_READER).decrypt(data)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _annotated(data: bytes) -> object:
    """Every kind of tree; what is wrong stands in the tree, and nothing is raised."""
    return [tree.annotate(data, kind).as_object() for kind in (None, kinds.Kind.CBOR)]


def _heads(data: bytes) -> object:
    """Both walks over bytes that were refused."""
    return wellformed.inspect(data, cbor.MAX_DEPTH, {1004: dates.full_date}), places.scan(data)


TARGETS: dict[str, Target] = {
    "cbor": Target(cbor.decode, (b"\xa1\x61a\xd8\x18\x42\x81\x01", cbor.encode({1: [STATUS.uri]})), (cbor.decode,)),
    "unwrap": Target(
        lambda data: cbor.unwrap(data, "payload"), (cbor.Embedded(b"\xa0").tagged,), (cbor.unwrap,), (MalformedData,)
    ),
    "heads": Target(
        _heads,
        (b"\xa1\x61a\xd8\x18\x42\x81\x01", b"\x9f\x01\xff"),
        (wellformed.inspect, wellformed.read_head, places.scan),
        (),
    ),
    "annotate": Target(_annotated, (ENGAGEMENT, RESPONSE, token()), (tree.annotate, kinds.recognise), ()),
    "scan": Target(scan.issuer_signed, (issued(),), (scan.issuer_signed,)),
    "issuer_signed": Target(
        issuer_signed.decode_issuer_signed, (issued(),), (issuer_signed.decode_issuer_signed,), (MalformedData,)
    ),
    "verify_issuer_signed": Target(
        lambda data: verify.verify_issuer_signed(data, trust=anchor().issuer, at=AT),
        (issued(),),
        (verify.verify_issuer_signed,),
        (MalformedData, VerificationFailed),
    ),
    "mso": Target(mso.read_mso, (prepared().mso_bytes,), (mso.read_mso, mso.read_usual), (MalformedData,)),
    "prepared": Target(
        issue.PreparedDocument.from_bytes, (prepared().to_bytes(),), (issue.PreparedDocument.from_bytes,)
    ),
    "device_response": Target(
        device_response.decode_response,
        (vector("device_response"), RESPONSE),
        (device_response.decode_response,),
        (MalformedData,),
    ),
    "verify_device_response": Target(
        lambda data: verify.verify_device_response(data, TRANSCRIPT, trust=anchor().issuer, at=AT),
        (RESPONSE,),
        (verify.verify_device_response,),
        (MalformedData, VerificationFailed),
    ),
    "device_request": Target(
        device_request.decode_request, (vector("device_request"),), (device_request.decode_request,), (MalformedData,)
    ),
    "engagement": Target(
        device_engagement.decode_engagement,
        (vector("device_engagement"), ENGAGEMENT),
        (device_engagement.decode_engagement,),
        (MalformedData,),
    ),
    "qr": Target(
        lambda data: device_engagement.read_qr(_text(data)),
        (device_engagement.qr_text(ENGAGEMENT).encode(),),
        (device_engagement.read_qr,),
        (MalformedData,),
    ),
    "base64url": Target(
        lambda data: base64url.decode(_text(data), "text"), (b"AAEC",), (base64url.decode,), (MalformedData,)
    ),
    "ndef": Target(lambda data: ndef.decode(data, "ndef"), (SELECT,), (ndef.decode,), (MalformedData,)),
    "nfc_select": Target(nfc_handover.read_select, (SELECT,), (nfc_handover.read_select,), (MalformedData,)),
    "nfc_request": Target(nfc_handover.read_request, (REQUEST or b"",), (nfc_handover.read_request,), (MalformedData,)),
    "establishment": Target(
        lambda data: session.DeviceSession.from_establishment(ENGAGEMENT, EPHEMERAL_DEVICE, data),
        (ESTABLISHMENT,),
        (session.DeviceSession.from_establishment,),
    ),
    "session_engagement": Target(
        lambda data: session.ReaderSession.from_engagement(data, EPHEMERAL_READER),
        (ENGAGEMENT,),
        (session.ReaderSession.from_engagement,),
    ),
    "session_data": Target(
        _session_data,
        (cbor.encode({"data": bytes(20)}), cbor.encode({"status": 20})),
        (session.ReaderSession.decrypt,),
    ),
    "encryption_info": Target(
        lambda data: annex_c.read_encryption_info(_text(data)),
        (INFO.text.encode(),),
        (annex_c.read_encryption_info,),
        (MalformedData,),
    ),
    "encrypted_response": Target(
        lambda data: annex_c.open_response(data, RECIPIENT, INFO, ORIGIN), (SEALED,), (annex_c.open_response,)
    ),
    "status_token": Target(
        lambda data: status_token.read_status_list(data, trust=anchor().status, at=AT, uri=LIST),
        (token(),),
        (status_token.read_status_list, list_token.read_list),
    ),
    "identifier_list": Target(
        lambda data: identifier_list.read_identifier_list(data, trust=anchor().status, at=AT, uri=LIST),
        (listed("identifiers"),),
        (identifier_list.read_identifier_list,),
    ),
    "status": Target(
        lambda data: status.evaluate(STATUS, data, trust=anchor().status, at=AT), (token(),), (status.evaluate,), ()
    ),
    "vical": Target(
        lambda data: vical.read_vical(data, trust=anchor().status, at=AT), (listed_roots(),), (vical.read_vical,)
    ),
    "zlib": Target(
        lambda data: status_list.decompress(data, limit=1 << 16),
        (status_list.compress(bytes(range(64))),),
        (status_list.decompress,),
        (MalformedData,),
    ),
}
