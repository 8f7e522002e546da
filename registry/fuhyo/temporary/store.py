"""The temporary area as composition roots see it: a database of its own, without a worker (D5, FUHYO-6)."""

from registry.fuhyo.temporary.models import TemporaryFile
from registry.postgres.database import Database

DATABASE = Database("fuhyo_tmp", (TemporaryFile.metadata,), "registry.fuhyo.temporary")
