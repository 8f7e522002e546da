"""The routes of provisioning: the phone's confirmation (E-48) and the operator's daily run (O-4)."""

from functools import partial

from litestar import Controller, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from issuer.provisioning.compromise import declare, public_notices
from issuer.provisioning.confirmation import confirm_bundle
from issuer.provisioning.daily_run import run_daily
from issuer.provisioning.explain import explain
from issuer.provisioning.tools import Provisioning
from issuer.provisioning.used_up import used_up
from issuer.smp.application.messages import PhoneWord, UsedUp
from issuer.smp.record.messages import Revoked
from registry.access.desk import Desk
from registry.messages.message import Acknowledged
from registry.messages.smp import (
    AskCompromised,
    CompromiseReport,
    DeclareCompromise,
    FindRecord,
    PublicNotices,
    RenewalsExplained,
    RunDaily,
    RunReport,
)


class ProvisioningController(Controller):
    """Confirmation of bundles, and the daily run."""

    path = "/issuer"

    @post("/confirm_bundle", operation="issuer.confirm_bundle", status_code=200)
    async def confirm_bundle(
        self, data: JSONBody[PhoneWord], desk: NamedDependency[Desk], provisioning: NamedDependency[Provisioning]
    ) -> Acknowledged:
        """Bring a set of records into use that the phone has opened."""
        return await desk.answer(data, Acknowledged, partial(confirm_bundle, message=data, tools=provisioning.smp))

    @post("/used_up", operation="issuer.used_up", status_code=200)
    async def used_up(
        self, data: JSONBody[UsedUp], desk: NamedDependency[Desk], provisioning: NamedDependency[Provisioning]
    ) -> Revoked:
        """Let a set lapse that has no unused record left, and plan new records for fresh device keys."""
        return await desk.answer(data, Revoked, partial(used_up, message=data, tools=provisioning))

    @post("/run_daily", operation="issuer.run_daily", status_code=200)
    async def run_daily(
        self, data: JSONBody[RunDaily], desk: NamedDependency[Desk], provisioning: NamedDependency[Provisioning]
    ) -> RunReport:
        """Plan today's renewals and report the run."""
        return await desk.answer(data, RunReport, partial(run_daily, message=data, tools=provisioning))

    @post("/renewals", operation="issuer.renewals", status_code=200)
    async def renewals(
        self, data: JSONBody[FindRecord], desk: NamedDependency[Desk], provisioning: NamedDependency[Provisioning]
    ) -> RenewalsExplained:
        """Explain to an operator why a set was renewed or was not."""
        return await desk.answer(data, RenewalsExplained, partial(explain, message=data, tools=provisioning))

    @post("/compromise", operation="issuer.compromise", status_code=200)
    async def compromise(self, data: JSONBody[DeclareCompromise], desk: NamedDependency[Desk]) -> CompromiseReport:
        """Publish that a signing key was compromised, and report how far its records have lapsed."""
        return await desk.answer(data, CompromiseReport, partial(declare, message=data))

    @post("/public_notices", operation="issuer.public_notices", status_code=200)
    async def public_notices(self, data: JSONBody[AskCompromised], desk: NamedDependency[Desk]) -> PublicNotices:
        """Tell anybody which signing keys were compromised."""
        return await desk.answer(data, PublicNotices, public_notices)
