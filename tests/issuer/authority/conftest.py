"""The issuer behind its listener, for what the authority answers over HTTP."""

from tests.issuer.test_app import app, parts, settings, worker

__all__ = ["app", "parts", "settings", "worker"]  # fixtures, found by name
