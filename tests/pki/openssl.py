"""OpenSSL's command as a second opinion on our certificates."""

import subprocess
from pathlib import Path


def accepts(root: Path, certificate: Path, *options: str) -> bool:
    """Whether `openssl verify` accepts a certificate under a root, at the instant when the test hierarchy is valid."""
    command = ["openssl", "verify", *options, "-CAfile", str(root), str(certificate)]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return result.returncode == 0 and result.stdout.strip().endswith("OK")


def text(certificate: Path) -> str:
    """What `openssl x509 -text` reads in a certificate."""
    command = ["openssl", "x509", "-noout", "-text", "-nameopt", "utf8", "-in", str(certificate)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout


def crl_accepts(root: Path, crl: Path) -> bool:
    """Whether `openssl crl` finds the signature of a list (DER) good under a root."""
    command = ["openssl", "crl", "-inform", "DER", "-in", str(crl), "-CAfile", str(root), "-noout"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    return result.returncode == 0 and "verify OK" in result.stderr


def crl_text(crl: Path) -> str:
    """What `openssl crl -text` reads in a list (DER)."""
    command = ["openssl", "crl", "-inform", "DER", "-in", str(crl), "-noout", "-text"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=20).stdout
