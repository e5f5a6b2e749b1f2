"""Who signs. Callers get a signer, never a key.

Each party has a file of its own in one folder: its encrypted key, or only the address of a key that is elsewhere. That one
is the remote signer's if it has it; else the party keeps it, signs orders itself (`chain.issuance.orders`), and nobody here
signs for it.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path
from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address
from pydantic import SecretStr

from chain.errors import Conflict, NotFound, NotPermitted, PearlError
from chain.issuance.remote_signer import RemoteKeys

#: scrypt's cost for keystores whose passphrase is 256 random bits: guessing it is hopeless at any cost, and sixty
#: parties unlock in a second (docs/decisions/0003).
KEYSTORE_SCRYPT_N = 4096
#: A folder that was changed within so short a time may be changed again without its time of change telling.
SETTLED_NANOSECONDS = 2_000_000_000
#: What a file with a key has, and one with an address only has not.
KEY = "crypto"


class PassphraseWrong(PearlError):
    message = "the keystore of {party} does not open with this passphrase"
    next_step = "give the passphrase that it was made with in PEARL_PASSPHRASE_FILE or PEARL_PASSPHRASE"


class KeyElsewhere(NotPermitted):
    message = "{party} keeps its key itself ({address}), and nobody here signs for it"
    next_step = "let it sign an order ('pearl order'), and send that ('pearl relay')"


class AddressOther(PearlError):
    message = "{party} has the address {known} here, not {address}"
    next_step = "give the address that it was enrolled with; a party changes its key on the ledger itself"


class AddressOfAnother(PearlError):
    message = "{party} cannot have the address {address}: it is that of {other}"
    next_step = "give each enterprise an address of its own"


class Signer(Protocol):
    """Signs for one address. Custody behind it may be a file, a remote service or a person's wallet."""

    @property
    def address(self) -> str:
        """The checksummed address whose key signs."""
        ...

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        """The raw signed transaction."""
        ...

    def sign_typed_data(self, typed_data: dict[str, Any]) -> bytes:
        """The 65-byte signature of an EIP-712 message (``types``, ``domain``, ``primaryType``, ``message``)."""
        ...


class KeystoreSigner:
    """A signer over an unlocked keystore. Shows its address only."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account

    @property
    def address(self) -> str:
        return str(self._account.address)

    def sign_transaction(self, transaction: dict[str, Any]) -> bytes:
        return bytes(self._account.sign_transaction(transaction).raw_transaction)

    def sign_typed_data(self, typed_data: dict[str, Any]) -> bytes:
        return bytes(self._account.sign_message(encode_typed_data(full_message=typed_data)).signature)

    def __repr__(self) -> str:
        return f"KeystoreSigner({self.address})"


class Keyring:
    """The folder of parties' files, each named by the party's enterprise id."""

    def __init__(self, folder: Path, passphrase: str, remote: RemoteKeys | None = None) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._remote = remote
        self._unlocked: dict[str, KeystoreSigner] = {}
        self._addresses: dict[str, str] = {}
        self._without_key: set[str] = set()

    def addresses(self) -> dict[str, str]:
        """Party → address of every party here, wherever its key is; none is unlocked for it."""
        for path in sorted(self._folder.glob("*.json")):
            party = bytes.fromhex(path.stem).decode()
            if party not in self._addresses:
                kept = json.loads(path.read_text())
                if KEY not in kept:
                    self._without_key.add(party)
                self._addresses[party] = to_checksum_address(kept["address"])
        return dict(self._addresses)

    def elsewhere(self) -> frozenset[str]:
        """The parties known here that nobody here signs for; no key is unlocked for it. Raises Unavailable (the remote
        signer, which is asked once, and only where a party's file has no key)."""
        addresses = self.addresses()
        without = {party: at for party, at in addresses.items() if party in self._without_key}
        held = self._remote.held(set(without.values())) if self._remote and without else frozenset()
        return frozenset(party for party, address in without.items() if address not in held)

    def version(self) -> int:
        """Another number once a party was added, by whichever process; a party's file stays as it is."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return 0
        now = time.time_ns()
        # File systems tell the time in ticks, and two files may be added within one: the tick must be over.
        return changed if now - changed > SETTLED_NANOSECONDS else now

    def signer_at(self, address: str) -> Signer | None:
        """The signer of an address, or None when its key is neither here nor with the remote signer."""
        try:
            return next((self.signer(party) for party, at in self.addresses().items() if at == address), None)
        except KeyElsewhere:
            return None

    def signer(self, party: str) -> Signer:
        """The signer of ``party`` (an enterprise id, or ``operator``).

        Raises NotFound, PassphraseWrong, KeyElsewhere, Unavailable (the remote signer).
        """
        if party not in self._unlocked:
            path = self._path(party)
            if not path.exists():
                raise NotFound(what="keystore", id=party)
            kept = json.loads(path.read_text())
            if KEY not in kept:
                return self._signer_elsewhere(party, to_checksum_address(kept["address"]))
            try:
                key = Account.decrypt(kept, self._passphrase)
            except ValueError:
                raise PassphraseWrong(party=party) from None
            self._unlocked[party] = KeystoreSigner(Account.from_key(key))
        return self._unlocked[party]

    def _signer_elsewhere(self, party: str, address: str) -> Signer:
        if self._remote is None or not self._remote.holds(address):
            raise KeyElsewhere(party=party, address=address)
        return self._remote.signer(address)

    def holds(self, party: str) -> bool:
        """Whether the party is known here, wherever its key is."""
        return self._path(party).exists()

    def signs_for(self, party: str) -> bool:
        """Whether somebody here signs for a party that is known. Raises Unavailable (the remote signer)."""
        try:
            self.signer(party)
        except KeyElsewhere:
            return False
        return True

    def know(self, party: str, address: str) -> None:
        """Keep the address of a party whose key is elsewhere. Raises AddressOther, AddressOfAnother."""
        addresses = self.addresses()
        known = addresses.get(party)
        other = next(
            (one for one, at in addresses.items() if at == to_checksum_address(address) and one != party), None
        )
        if other is not None:
            raise AddressOfAnother(party=party, address=address, other=other)
        if known is None:
            write_secret(self._path(party), json.dumps({"address": address}))
        elif known != to_checksum_address(address):
            raise AddressOther(party=party, known=known, address=address)

    def create(self, party: str) -> Signer:
        """Make a new random key for ``party``. Raises Conflict when there is one."""
        path = self._path(party)
        if path.exists():
            raise Conflict(what="the keystore of {party}", party=party)
        account: LocalAccount = Account.create(secrets.token_hex(32))
        sealed = Account.encrypt(account.key, self._passphrase, kdf="scrypt", iterations=KEYSTORE_SCRYPT_N)
        write_secret(path, json.dumps(sealed))
        self._unlocked[party] = KeystoreSigner(account)
        return self._unlocked[party]

    def _path(self, party: str) -> Path:
        # An enterprise id may hold any character; hex of the text is a file name everywhere.
        return self._folder / f"{party.encode().hex()}.json"


def write_secret(path: Path, text: str) -> None:
    """Write a file that only this user can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class PassphraseMissing(PearlError):
    message = "there are keystores in {folder}, and no passphrase for them"
    next_step = "put it back as {file}, or name its file in PEARL_PASSPHRASE_FILE"


def passphrase(file: Path | None, given: SecretStr | None, own: Path, keystores: Path) -> str:
    """The passphrase of the ``keystores``: that of ``file``, else the one that is ``given``, else a random one that is kept in
    ``own``. None is made where there are keystores already: raises PassphraseMissing."""
    if file is None and given is not None:
        return given.get_secret_value()
    if file is None and not own.exists() and any(keystores.glob("*.json")):
        raise PassphraseMissing(folder=str(keystores), file=str(own))
    return read_or_make_secret(file, own)


def read_or_make_secret(given: Path | None, own: Path) -> str:
    """The secret in the file ``given``; where None is given, a random one that is kept in ``own``."""
    path = given or own
    if given is None and not own.exists():
        write_secret(own, secrets.token_hex(32))
    return path.read_text().strip()
