"""The one declarative registry of every table of the mdoc issuance system; each subject declares its own tables."""

from datetime import datetime
from typing import Annotated

from sqlalchemy import DateTime, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Name16 = Annotated[str, mapped_column(String(16))]
Name24 = Annotated[str, mapped_column(String(24))]
Name40 = Annotated[str, mapped_column(String(40))]
Name64 = Annotated[str, mapped_column(String(64))]
Heavy = Annotated[bytes, mapped_column(deferred=True, deferred_raiseload=True)]
"""Most of the bytes of a row, and all of its items: read only where a query names it (`undefer`)."""


class Base(DeclarativeBase):
    """Tables of the mdoc issuance system (mdoc発行管理システム), in a database of its own (D5, MDOC-60)."""

    metadata = MetaData()
