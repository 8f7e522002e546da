"""The database of the mdoc issuance system: every subject's tables, one schema, one set of roles (D5, MDOC-60)."""

from typing import Final

from issuer.authority import models as authority
from issuer.database import Base
from issuer.media import models as media
from issuer.provisioning import models as provisioning
from issuer.smp.application import models as application
from issuer.smp.record import models as record
from issuer.status_list import models as status_list
from registry.postgres.database import Database

TABLES: Final = (application, record, status_list, authority, provisioning, media)
"""Importing these modules declares their tables."""

DATABASE: Final = Database("issuer", (Base.metadata,), "issuer", queue=True)
