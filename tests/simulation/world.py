"""What every seed begins with: the contracts deployed, parties with money, and a database that has read all that."""

from __future__ import annotations

import shutil
from copy import copy
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

from eth_account import Account
from eth_utils.address import to_checksum_address
from web3 import Web3

from chain.issuance.compilation import Artifacts
from chain.issuance.contracts import Contracts
from chain.issuance.signers import KeystoreSigner
from chain.store.database import Store
from tests.indexing.histories import TellingChain
from tests.model.chain import address_text
from tests.model.driver import Run
from tests.model.histories import History


class World:
    """Made once; every seed goes back to its beginning."""

    def __init__(self, artifacts: Artifacts, folder: Path) -> None:
        self.artifacts = artifacts
        self.folder = folder
        self.owned_folder: Any = None
        """Is removed with the world, where it is its alone."""
        self.run = Run("world", artifacts, TellingChain)
        chain = self.run.chain
        assert isinstance(chain, TellingChain)
        self.base = list(chain.told)
        """(time, logs) of the blocks of the setting up."""
        self.addresses = {name: address for name, address in chain.addresses.items() if name in artifacts}
        self._contracts = Contracts(Web3(), artifacts, self.addresses)
        self.history = self.run.history
        self._beginning = self.place(), chain.now
        self.signers = {
            to_checksum_address(address_text(key)): KeystoreSigner(Account.from_key(private.secret))
            for key, private in chain.signers.items()
        }

    def contracts(self, web3: Web3) -> Contracts:
        """The contracts at a node; what their interfaces say is read once."""
        found = copy(self._contracts)
        found.web3 = web3
        return found

    def begin(self, random: Random) -> None:
        """Back to the beginning, for another seed."""
        ((checkpoint, tables), now) = self._beginning
        self.go_back(checkpoint, tables)
        self.run.chain.now = self.run.model.now = now
        self.run.actions.clear()
        self._beginning = self.place(), now
        known = self.run.history
        self.history = History(random, self.run.model, known.keys, known.tokens)

    def place(self) -> tuple[Any, dict[str, dict[Any, Any]]]:
        """Where contracts and model are now, to go back to once."""
        checkpoint = self.run.chain.evm.snapshot()
        self.run.chain.evm.commit()  # an EVM has no room for many that are open, and goes back to a closed one as well
        return checkpoint, {name: dict(rows) for name, rows in self.run.model.tables.items()}

    def go_back(self, checkpoint: Any, tables: dict[str, dict[Any, Any]]) -> None:
        """Contracts and model as they were at that place; what came since is drawn upon no more."""
        self.run.chain.evm.snapshot()
        self.run.chain.evm.revert(checkpoint)
        self.run.model.tables.clear()
        self.run.model.tables.update({name: dict(rows) for name, rows in tables.items()})
        history, model = self.history, self.run.model
        history.pieces[:] = [piece for piece in history.pieces if (piece,) in model.tables["piece"]]
        history.obligations[:] = [one for one in history.obligations if (one,) in model.tables["obligation"]]
        history.uses = {use: piece for use, piece in history.uses.items() if (piece,) in model.tables["piece"]}
        for known in history.documents.values():
            known[:] = [one for one in known if (one,) in model.tables["evidence"]]
        history.credited[:] = [one for one in history.credited if (one,) in model.tables["evidence"]]
        history._seen = {
            *history.pieces,
            *history.obligations,
            *(one for own in history.documents.values() for one in own),
        }
        history._follow.clear()

    def simulate(self, sender: str, target: str, data: bytes, now: int) -> tuple[bool, bytes]:
        """Whether a call would be done on the state as it is, and what it would answer; nothing changes."""
        chain = self.run.chain
        checkpoint, was = chain.evm.snapshot(), chain.now
        chain.now = max(now, was)
        try:
            chain._set_time()
            return True, bytes(chain.evm.message_call(sender, target, data))
        except RuntimeError as refusal:
            return False, chain.what_reverted(refusal)
        finally:
            chain.now = was
            chain.evm.revert(checkpoint)

    @cached_property
    def empty_database(self) -> Path:
        """A database with tables and nothing in them."""
        path = self.folder / "empty.sqlite3"
        Store.open(path).close()
        return path

    def database(self, name: str) -> Path:
        """A new empty database in a file of its own."""
        path = self.folder / f"{name}.sqlite3"
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.empty_database, path)
        return path
