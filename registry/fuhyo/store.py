"""The fuhyo store as its composition root sees it: its database. Its worker does nothing beside sending."""

from registry.fuhyo.models import FuhyoFile
from registry.postgres.database import Database

DATABASE = Database("fuhyo", (FuhyoFile.metadata,), "registry.fuhyo", queue=True)
