"""The issuer's media, with the desk and the holders of SMP."""

from tests.issuer.smp.conftest import Line, database, desk, holder, line, owned, sealer, tools

__all__ = ["Line", "database", "desk", "holder", "line", "owned", "sealer", "tools"]  # fixtures, found by name
