"""A life in which the holder shows records to relying parties until every key of the phone has been seen."""

from collections.abc import Sequence

from hypothesis.stateful import precondition, rule
from hypothesis.strategies import lists, sampled_from

from issuer.provisioning.used_up import used_up
from issuer.smp.application.messages import UsedUp
from tests.issuer.life import Life
from tests.issuer.parties import Parties
from tests.support.attestations import fresh_keys, with_fresh_keys
from wallet_sim.phone.choice import PresentationRefused


class LifeAmongParties(Life):
    """Two relying parties never have a mark in common by which they could find out that they met the same holder."""

    @property
    def parties(self) -> Parties:
        """Those whom this holder meets."""
        if "_parties" not in self.__dict__:
            self._parties = Parties()
        return self._parties

    @precondition(lambda self: self.law.sets)
    @rule(parties=lists(sampled_from(["bank", "shop", "town", "school"]), min_size=1, max_size=3))
    def show(self, parties: Sequence[str]) -> None:
        """The holder meets relying parties; for one to whom no key is left to show the phone gets fresh ones."""
        for party in parties:
            for set_id, terms in self.law.sets.items():
                self.run(self.parties.receive(set_id, self.insides[set_id], terms))
            try:
                assert not self.parties.look(party, at=self.clock())
            except PresentationRefused as refused:
                if refused.code == "no_unused_record":
                    self.use_up(0)
                return

    @precondition(lambda self: self.law.sets)
    @rule(nth=sampled_from(range(3)))
    def use_up(self, nth: int) -> None:
        """The phone says that its keys are used up, and brings fresh ones; the worker is woken at once."""
        set_id = self._one(nth)
        inside = self.insides[set_id]
        keys = with_fresh_keys(inside.phone)
        expected = self.law.use_up(set_id, self.clock())
        said = fresh_keys(keys, self.desk.nonce(), at=self.clock())
        word = UsedUp(message=inside.word("used_up", set_id=set_id, fresh_keys=said))
        assert self.heard(self.desk.step(used_up, word, self.provisioning)) == expected
        if expected is None:
            inside.phone = keys
            self._renew(self.clock())
