"""Parties, their keys and accounts."""

from __future__ import annotations

from tests.model.state import (
    BANK,
    CORE,
    DAY,
    KEEPER,
    OPERATOR,
    REGULATOR,
    STOPPED,
    SUPPLIER,
    Signed,
    State,
)  # fmt: skip

ACTIVE, SUSPENDED = 1, 2


class Parties(State):
    # --- who acts

    def party_of(self, key: int) -> int:
        """The party that a key acts for; 0 if none."""
        row = self.row("key", key)
        return row["party"] if row["epoch"] == self.row("party", row["party"])["epoch"] else 0

    def identified(self, key: int) -> int:
        party = self.party_of(key)
        self.need(party != 0, "NotAParticipant")
        return party

    def need_active(self, party: int) -> bool:
        row = self.row("party", party)
        if not self.need(row["status"] != 0, "PartyUnknown"):
            return False
        acts = self.need(row["status"] == ACTIVE, "ParticipantSuspended")
        return self.need(self.today() <= row["kyc"], "ParticipantExpired") and acts

    def is_active(self, party: int) -> bool:
        row = self.row("party", party)
        return row["status"] == ACTIVE and self.today() <= row["kyc"]

    def actor(self, key: int) -> int:
        party = self.identified(key)
        if party:
            self.need_active(party)
        return party

    def roles(self, party: int) -> int:
        return self.row("party", party)["roles"]

    def need_role(self, party: int, roles: int) -> None:
        self.need(self.roles(party) & roles != 0, "RoleMissing")

    def bank(self, key: int) -> int:
        """The caller's active party, a bank."""
        party = self.actor(key)
        self.need_role(party, BANK)
        return party

    def related(self, one: int, other: int) -> bool:
        group = self.row("party", one)["group"]
        return one == other or (group != 0 and group == self.row("party", other)["group"])

    def need_unrelated(self, one: int, other: int) -> None:
        self.need(not self.related(one, other), "RelatedParties")

    def account_bank(self, party: int) -> int:
        return self.row("account_bank", party)["bank"]

    # --- the registrar

    def _restricted(self, sender: int) -> None:
        self.must(sender == self.registrar, "AccessManagedUnauthorized")

    def participants_register(
        self, sender: int, key: int, account: int, roles: int, group: int, kyc: int, bank: int
    ) -> int:
        self._restricted(sender)
        party = self.row("parties")["count"] + 1
        self.need(0 < roles < 256, "RoleUnknown")
        alone = any(roles & one and roles != one for one in (OPERATOR, REGULATOR))
        mixed = roles & BANK and roles & (SUPPLIER | CORE | KEEPER)
        self.need(not alone and not mixed, "RolesIncompatible")
        self._need_free_key(party, key)
        self._need_free_account(party, account, bank)
        self.put("parties", count=party)
        self.put("party", party, account=account, roles=roles, status=ACTIVE, kyc=kyc, group=group, keys=1)
        self._give_key(key, party, 0)
        self.put("account", account, party=party)
        self.put("account_bank", party, bank=bank)
        return party

    def _need_free_key(self, party: int, key: int) -> None:
        self.need(key != 0, "AddressMissing")
        self.need(self.party_of(key) == 0, "KeyAlreadyRegistered")
        self.need(self.row("account", key)["party"] in (0, party), "AccountAlreadyRegistered")

    def _need_free_account(self, party: int, account: int, bank: int) -> None:
        self.need(account != 0, "AddressMissing")
        self.need(self.row("account", account)["party"] in (0, party), "AccountAlreadyRegistered")
        self.need(self.party_of(account) in (0, party), "KeyAlreadyRegistered")
        if bank:
            self.need(bank != party, "OwnAccountBank")
            if self.need(self.row("party", bank)["status"] != 0, "PartyUnknown"):
                self.need_role(bank, BANK)

    def participants_suspend(self, sender: int, party: int) -> None:
        self._change_party(sender, party, status=SUSPENDED)

    def participants_reinstate(self, sender: int, party: int) -> None:
        self._change_party(sender, party, status=ACTIVE)

    def participants_renew(self, sender: int, party: int, kyc: int) -> None:
        self._change_party(sender, party, kyc=kyc)

    def participants_regroup(self, sender: int, party: int, group: int) -> None:
        self._change_party(sender, party, group=group)

    def _change_party(self, sender: int, party: int, **fields: int) -> None:
        self._restricted(sender)
        self.must(self.row("party", party)["status"] != 0, "PartyUnknown")
        self.put("party", party, **fields)

    def stop_issuance(self, party: int, stopped: bool) -> None:
        """As the ledger says, while the party leaves something unpaid."""
        roles = self.roles(party)
        self.put("party", party, roles=roles | STOPPED if stopped else roles & ~STOPPED)

    # --- keys

    def participants_addKey(self, sender: int, key: int, proof: Signed) -> None:  # noqa: N802 (the contract's name)
        party = self.actor(sender)
        row = self.row("party", party)
        self._need_free_key(party, key)
        self.need(row["keys"] < 255, "TooManyKeys")
        self._need_join(proof, party, key, row["epoch"], row["changes"])
        self.put("party", party, keys=row["keys"] + 1, changes=row["changes"] + 1)
        self._give_key(key, party, row["epoch"])

    def _give_key(self, key: int, party: int, epoch: int) -> None:
        """It acts for the party, and nothing is left to it of one before."""
        self.put("key", key, party=party, epoch=epoch, former=0, former_epoch=0, cancels=0)

    def _need_join(self, proof: Signed, party: int, key: int, epoch: int, changes: int) -> None:
        joins = proof.key == key and proof.is_over("KeyJoin", (party, key, epoch, changes))
        self.need(joins, "KeyProofInvalid")

    def participants_removeKey(self, sender: int, key: int) -> None:  # noqa: N802
        party = self.identified(sender)
        row = self.row("party", party)
        self.need(self.party_of(key) == party, "KeyNotOfParty")
        self.need(row["keys"] > 1, "LastKey")
        self.put("party", party, keys=row["keys"] - 1, changes=row["changes"] + 1)
        self.put("key", key, party=0, epoch=0, former=party, former_epoch=row["epoch"], cancels=self.now + 7 * DAY)

    # --- accounts

    def participants_proposeAccount(  # noqa: N802
        self, sender: int, account: int, bank: int, until: int, proof: Signed
    ) -> None:
        party = self.actor(sender)
        self._need_free_account(party, account, bank)
        if account != self.row("party", party)["account"]:
            self.need(self.now <= until, "AccountProofExpired")
            agrees = proof.key == account and proof.is_over("AccountJoin", (party, account, until))
            self.need(agrees, "AccountProofInvalid")
        self.put("change", party, account=account, bank=bank, at=self.now + 3 * DAY)

    def participants_cancelAccountChange(self, sender: int) -> None:  # noqa: N802
        party = self._canceller(sender)
        self.need(self.row("change", party)["at"] != 0, "AccountChangeUnknown")
        self.clear("change", party)

    def _canceller(self, key: int) -> int:
        """Whom a key acts for, else the party that it was removed from in the last seven days and in its present epoch."""
        row = self.row("key", key)
        if party := self.party_of(key):
            return party
        lately = self.now <= row["cancels"] and row["former_epoch"] == self.row("party", row["former"])["epoch"]
        self.need(lately, "NotAParticipant")
        return row["former"]

    def participants_applyAccountChange(self, sender: int, party: int) -> None:  # noqa: N802
        self.need_active(party)
        change = self.row("change", party)
        self.must(change["at"] != 0, "AccountChangeUnknown")
        self.need(self.now >= change["at"], "AccountChangeNotDue")
        self._need_free_account(party, change["account"], change["bank"])
        self.put("party", party, account=change["account"])
        self.put("account", change["account"], party=party)
        self.put("account_bank", party, bank=change["bank"])
        self.clear("change", party)

    # --- recovery

    def participants_proposeRecovery(self, sender: int, party: int, key: int, proof: Signed) -> None:  # noqa: N802
        bank = self.actor(sender)
        self.need(bank == self.account_bank(party), "NotTheAccountBank")
        self._need_free_key(party, key)
        self._need_join(proof, party, key, self.row("party", party)["epoch"] + 1, 0)
        self.put("recovery", party, key=key, bank=bank, at=0)

    def participants_approveRecovery(self, sender: int, party: int, key: int) -> None:  # noqa: N802
        self._restricted(sender)
        proposed = self.row("recovery", party)
        self.need(key != 0 and proposed["key"] == key, "RecoveryUnknown")
        self.need(proposed["bank"] == self.account_bank(party), "NotTheAccountBank")
        self.put("recovery", party, at=self.now + 7 * DAY)

    def participants_vetoRecovery(self, sender: int, party: int) -> None:  # noqa: N802
        caller = self.identified(sender)
        self.need(caller == party, "KeyNotOfParty")
        self.need(self.row("party", caller)["status"] != SUSPENDED, "ParticipantSuspended")
        self.need(self.row("recovery", party)["key"] != 0, "RecoveryUnknown")
        self.clear("recovery", party)

    def participants_finishRecovery(self, sender: int, party: int) -> None:  # noqa: N802
        proposed = self.row("recovery", party)
        self.must(proposed["key"] != 0, "RecoveryUnknown")
        if self.need(proposed["at"] != 0, "RecoveryNotApproved"):
            self.need(self.now >= proposed["at"], "RecoveryNotDue")
        self.need(proposed["bank"] == self.account_bank(party), "NotTheAccountBank")
        self._need_free_key(party, proposed["key"])
        epoch = self.row("party", party)["epoch"] + 1
        self.put("party", party, epoch=epoch, keys=1, changes=0)
        self._give_key(proposed["key"], party, epoch)
        self.clear("recovery", party)
        if self.row("change", party)["at"]:
            self.clear("change", party)
