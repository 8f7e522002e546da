"""pymdoccbor at the work of the benchmark; started in an environment of its own with the work as a JSON file."""

import json
import logging
import sys
import warnings
from base64 import b64decode
from pathlib import Path
from typing import Any

import cbor2
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pymdoccbor.mdoc.issuer import MdocCborIssuer
from pymdoccbor.mdoc.verifier import MdocCbor
from rate import serve  # type: ignore[import-not-found]  # beside this file, not in a package


def cose_key(pem: str, *, private: bool) -> dict[str, Any]:
    """A P-256 key as its dictionary."""
    key: Any = load_pem_private_key(pem.encode(), None)
    point = key.public_key().public_numbers()
    parts = {"KTY": "EC2", "CURVE": "P_256", "X": point.x.to_bytes(32, "big"), "Y": point.y.to_bytes(32, "big")}
    if not private:
        return parts
    return parts | {"ALG": "ES256", "D": key.private_numbers().private_value.to_bytes(32, "big"), "KID": b"bench"}


def main() -> None:
    """Serve `mint` and `verify`."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    work = json.loads(Path(sys.argv[1]).read_text())
    root = x509.load_der_x509_certificate(b64decode(work["root"]))
    values = {**work["texts"], **work["dates"], "portrait": b64decode(work["portrait"])}
    validity = {"issuance_date": work["signed"][:10], "expiry_date": "2099-01-01"}
    signer, chain = cose_key(work["signer_key"], private=True), [b64decode(work["signer"])]
    device = cose_key(work["device_key"], private=False)
    issued = cbor2.loads(b64decode(work["document"]))
    response = cbor2.dumps(
        {"version": "1.0", "documents": [{"docType": work["doc_type"], "issuerSigned": issued}], "status": 0}
    )

    def mint() -> bytes:
        issuer = MdocCborIssuer(private_key=signer, alg="ES256")
        made: Any = issuer.new(
            data={work["name_space"]: dict(values)},
            doctype=work["doc_type"],
            validity=validity,
            devicekeyinfo=device,
            x509_chain=list(chain),
        )
        return cbor2.dumps(made)

    def verify() -> None:
        reader = MdocCbor()
        reader.loads(response)
        if not reader.verify([root]):
            raise ValueError

    serve({"mint": mint, "verify": verify})


main()
