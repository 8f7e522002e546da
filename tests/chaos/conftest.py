"""An issuer with its database, as the issuer's own tests have it."""

from tests.issuer.conftest import accepted, authority, database, desk, holder, line, provisioning, sealer, tools

__all__ = ["accepted", "authority", "database", "desk", "holder", "line", "provisioning", "sealer", "tools"]
