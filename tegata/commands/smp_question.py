"""Of whom an operator asks: by certificate serial or application id, and by nothing else (MDOC-28)."""

from typing import Annotated
from uuid import UUID

import msgspec
import typer

from registry.messages.smp import FindRecord
from tegata.operator import Operator

Serial = Annotated[str | None, typer.Option("--serial", help="Serial of the signing certificate, lower-case hex.")]
ByApplication = Annotated[UUID | None, typer.Option("--application", help="Id of the application.")]


def question(operator: Operator, serial: str | None, application: UUID | None) -> FindRecord:
    """Return the question for one application; raises BadParameter for none, for both, or for no serial."""
    if (serial is None) == (application is None):
        raise typer.BadParameter("give --serial or --application, one of them")
    try:
        return msgspec.convert(
            {
                "request_id": operator.request_id(),
                "signing_certificate_serial": serial,
                "application_id": application,
            },
            FindRecord,
        )
    except msgspec.ValidationError:
        raise typer.BadParameter("a serial is lower-case hex") from None
