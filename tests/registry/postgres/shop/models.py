"""A store small enough to see through: one table that may change, one that may not."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from registry.postgres.append_only import APPEND_ONLY
from registry.postgres.database import Database


class Row(DeclarativeBase):
    """Tables of the example store."""

    metadata = MetaData()


class Article(Row):
    """A row the service may change."""

    __tablename__ = "article"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class Sale(Row):
    """A row nobody may change."""

    __tablename__ = "sale"
    __table_args__ = ({"info": APPEND_ONLY},)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    erase_after: Mapped[datetime] = mapped_column(DateTime(timezone=True))


PACKAGE = "tests.registry.postgres.shop"
SHOP = Database("shop", (Row.metadata,), PACKAGE, queue=True, mechanics=False)
STALL = Database("stall", (Row.metadata,), PACKAGE, queue=False, mechanics=False)
