"""The issuer behind its listener, for what the authority answers over HTTP."""

from tests.issuer.test_app import app, worker

__all__ = ["app", "worker"]  # fixtures, found by name
