"""What an attestation must have been made for: this nonce, on this installation of the app."""

from hashlib import sha256

from issuer.smp.application.content import IssueContent


def challenge_for(content: IssueContent) -> bytes:
    """Return the challenge of an application: SHA-256 over version, nonce and installation."""
    return sha256(f"tegata/key-attestation/v1\0{content.nonce}\0{content.app_install_id}".encode()).digest()
