"""Applications spoilt on purpose: each fault of `wallet_sim.faults` at the place where it belongs."""

from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from wallet_sim.faults import Fault, Faults
from wallet_sim.phone.content import AndroidAttestation, AppleAttestation, IssueContent


def _number(content: IssueContent) -> IssueContent:
    text = content.number_and_items
    at = text.index(b'"individual_number":"') + len(b'"individual_number":"')
    digit = b"1" if text[at : at + 1] != b"1" else b"2"
    return replace(content, number_and_items=text[:at] + digit + text[at + 1 :])


def _address(content: IssueContent) -> IssueContent:
    text = content.number_and_items
    return replace(content, number_and_items=text.replace(b'"address":"', '"address":"東京都'.encode(), 1))


def _face(content: IssueContent) -> IssueContent:
    return replace(content, card_face=flip(content.card_face, len(content.card_face) // 2))


def _signatures(content: IssueContent) -> IssueContent:
    number, face = content.number_and_items_signature, content.card_face_signature
    return replace(content, number_and_items_signature=face, card_face_signature=number)


def _stripped(attestation: AndroidAttestation | AppleAttestation) -> AndroidAttestation | AppleAttestation:
    """Another signature under what vouches for the last key, or for all of them."""
    if isinstance(attestation, AndroidAttestation):
        last = attestation.keys[-1]
        return replace(attestation, keys=[*attestation.keys[:-1], flip(last, len(last) - 1)])
    return replace(attestation, client_data=attestation.client_data.replace(b"secure_enclave", b"software"))


CONTENT: Final[Mapping[Fault, Callable[[IssueContent], IssueContent]]] = {
    Fault.ALTERED_NUMBER: _number,
    Fault.ALTERED_ADDRESS: _address,
    Fault.ALTERED_FACE: _face,
    Fault.SWAPPED_SIGNATURES: _signatures,
    Fault.WRONG_AUDIENCE: lambda content: replace(content, audience="https://elsewhere.example"),
    Fault.FORGED_NONCE: lambda content: replace(content, nonce="A" * len(content.nonce)),
    Fault.DOUBLED_KEY: lambda content: replace(
        content, device_keys=[*content.device_keys[:-1], content.device_keys[0]]
    ),
    Fault.UNATTESTED_KEY: lambda content: replace(
        content, device_keys=[*content.device_keys[:-1], content.binding_key]
    ),
    Fault.FEW_KEYS: lambda content: replace(content, device_keys=content.device_keys[:1]),
    Fault.STRIPPED_ATTESTATION: lambda content: replace(content, key_attestation=_stripped(content.key_attestation)),
}


def spoil(content: IssueContent, faults: Faults) -> IssueContent:
    """Return the content with every fault that belongs into it."""
    for fault in faults:
        if fault in CONTENT:
            content = CONTENT[fault](content)
    return content


def spoil_message(message: bytes, content: bytes, faults: Faults) -> bytes:
    """Return the signed message with every fault that belongs behind the signature."""
    if Fault.NOT_SIGNED in faults:
        return content
    if Fault.ALTERED_MESSAGE in faults:
        # A letter inside the content, so that the structure stays what it was.
        at = message.index(b'"os_identifier":"') + len(b'"os_identifier":"')
        return message[:at] + (b"X" if message[at : at + 1] != b"X" else b"Y") + message[at + 1 :]
    return message


def flip(data: bytes, at: int) -> bytes:
    """Return the data with one byte changed."""
    return data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]
