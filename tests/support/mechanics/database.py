"""The database that holds the mechanics alone."""

from registry.outbox import models as _outbox  # noqa: F401 - its tables belong to the mechanics
from registry.postgres.database import Database
from registry.sealing import models as _sealing  # noqa: F401 - as above
from registry.trail import models as _trail  # noqa: F401 - as above

MECHANICS_ONLY = Database("mechanics", (), "tests.support.mechanics", queue=True)
