"""isomdoc at the work of the benchmark; started in an environment of its own with the work as a JSON file."""

import json
import sys
from base64 import b64decode
from datetime import datetime
from pathlib import Path
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from isomdoc.create.create_mdoc import create_mdoc
from isomdoc.verify.verify_mdoc import IssuerSigned
from rate import serve  # type: ignore[import-not-found]  # beside this file, not in a package


def main() -> None:
    """Serve `mint` and `verify`."""
    work = json.loads(Path(sys.argv[1]).read_text())
    signer = x509.load_der_x509_certificate(b64decode(work["signer"]))
    root: Any = x509.load_der_x509_certificate(b64decode(work["root"])).public_key()
    key: Any = load_pem_private_key(work["signer_key"].encode(), None)
    device = load_pem_private_key(work["device_key"].encode(), None).public_key()
    signed, until = (datetime.fromisoformat(work[name]) for name in ("signed", "valid_until"))
    document, portrait = b64decode(work["document"]), b64decode(work["portrait"])

    def mint() -> bytes:
        made: Any = create_mdoc(work["doc_type"], [signer], key)
        for name, text in work["texts"].items():
            made.add_data_item(work["name_space"], name, text)
        for name, day in work["dates"].items():
            made.add_data_item(work["name_space"], name, cbor2.CBORTag(1004, day))
        made.add_data_item(work["name_space"], "portrait", portrait)
        issued: bytes = made.generate_credential(device, signed, signed, until)
        return issued

    def verify() -> None:
        read = IssuerSigned(cbor2.loads(document), work["doc_type"])
        # It checks no chain and no validity; this is the least that a verifier adds by hand.
        certificate: Any = read.mso_certificate_chain[0]
        root.verify(
            certificate.signature,
            certificate.tbs_certificate_bytes,
            ec.ECDSA(certificate.signature_hash_algorithm),
        )
        if not certificate.not_valid_before_utc <= signed <= certificate.not_valid_after_utc:
            raise ValueError
        if not read.validity_info.valid_from <= signed <= read.validity_info.valid_until:
            raise ValueError

    serve({"mint": mint, "verify": verify})


main()
