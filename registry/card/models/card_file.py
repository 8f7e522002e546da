"""The card file (個人番号カード用管理ファイル): its MetaData and the column types its tables share."""

from datetime import date, datetime
from typing import Annotated

from sqlalchemy import Date, DateTime, LargeBinary, MetaData, SmallInteger, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

Sealed = Annotated[bytes, mapped_column(LargeBinary)]  # AES-256-GCM, context "table.column" (D13)
Index = Annotated[bytes, mapped_column(LargeBinary)]  # keyed digest for an equality search
Short = Annotated[int, mapped_column(SmallInteger)]
Name = Annotated[str, mapped_column(String(128))]
Line = Annotated[str, mapped_column(String(512))]
Mark = Annotated[str, mapped_column(String(40))]
Municipality = Annotated[str, mapped_column(String(6))]
Postal = Annotated[str, mapped_column(String(7))]
Phone = Annotated[str, mapped_column(String(20))]
Day = Annotated[date, mapped_column(Date)]
Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]


class CardFile(DeclarativeBase):
    """Tables of the card store. The 115 items stand in six of them, each under its own name (CARD-33)."""

    metadata = MetaData()
