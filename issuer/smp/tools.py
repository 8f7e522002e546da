"""What the Secure Mobile Platform is given at start-up: keys, trust, calls, and the terms of its affairs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from pki.trust.anchors import Anchors
from registry.peer.call import Call
from registry.sealing.columns import Sealer


@dataclass(frozen=True)
class WalletApp:
    """
    The one app whose applications are taken (MDOC-2): package and signer's digest, and the id with its team.

    The defaults name the simulated wallet; a real house names its own.
    """

    android_package: str = "jp.tegata.wallet"
    android_signer: bytes = sha256(b"Tegata simulated wallet").digest()
    apple_id: str = "TEGATA0000.jp.tegata.wallet"


IsRevoked = Callable[[int, datetime], bool]
"""Tells whether a maker has revoked or suspended a certificate; raises StaleMakerList where nobody can tell."""


@dataclass(frozen=True)
class Makers:
    """Whose word about keys is believed, each kind under roots and a list of its own, and about which app."""

    android: Anchors
    apple: Anchors
    android_revoked: IsRevoked
    apple_revoked: IsRevoked
    app: WalletApp = WalletApp()


@dataclass(frozen=True)
class Trust:
    """Roots of what an application rests on; no root serves two purposes (MDOC-66)."""

    signature: Anchors
    card_data: Anchors
    makers: Makers


@dataclass(frozen=True)
class Terms:
    """
    Periods that no text gives; all of them configuration.

    A held application is taken up again after `hold_retry`, then after twice as long each time, up to `hold_longest`.
    """

    hold_retry: timedelta = timedelta(seconds=60)
    hold_longest: timedelta = timedelta(hours=1)
    notice_repeat: timedelta = timedelta(seconds=3600)
    token_life: timedelta = timedelta(days=7)
    one_time_password_life: timedelta = timedelta(minutes=10)
    nonce_life: timedelta = timedelta(minutes=10)
    verification_lease: timedelta = timedelta(seconds=120)


@dataclass(frozen=True)
class SmpTools:
    """
    Everything the subjects of SMP need beside the session and the act. `audience` is the public address.

    `same_face` compares a captured photo with the card's; without it a captured photo is not accepted (MDOC-9).
    """

    sealer: Sealer = field(repr=False)
    call: Call = field(repr=False)
    audience: str
    trust: Trust = field(repr=False)
    terms: Terms = Terms()
    same_face: Callable[[bytes, bytes], bool] | None = None
