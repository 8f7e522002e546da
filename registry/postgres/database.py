"""What a store declares about its database: one database per store (D5)."""

from dataclasses import dataclass

from sqlalchemy import MetaData

MECHANICS = MetaData()
"""Tables every store carries for itself: trail, outbox, sealing. No schema: the search path names the store's."""

ROLES = ("owner", "app", "sweep", "check")
"""Who may log in to a store: migrations, the service and its worker, the eraser, the reader that only checks."""


@dataclass(frozen=True)
class Database:
    """One store's database.

    name: the store, which is also the name of the schema inside the database.
    metadata: the store's own tables; none of them names a schema.
    package: dotted name of the package that holds `grants.sql` and `migrations/versions/`.
    queue: whether procrastinate's tables are wanted, in the schema `queue`.
    mechanics: whether the tables of trail, outbox and sealing are wanted.
    """

    name: str
    metadata: tuple[MetaData, ...]
    package: str
    queue: bool = False
    mechanics: bool = True


@dataclass(frozen=True)
class StoreRoles:
    """Names of the PostgreSQL roles of one store."""

    owner: str
    app: str
    sweep: str
    check: str
