"""Who signs. Each party has a keystore file of its own; callers get a signer, never a key."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any, Protocol

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from chain.errors import Conflict, NotFound, PearlError

#: scrypt's cost for keystores whose passphrase is 256 random bits: guessing it is hopeless at any cost, and sixty
#: parties unlock in a second (docs/decisions/0003).
KEYSTORE_SCRYPT_N = 4096


class PassphraseWrong(PearlError):
    message = "the keystore of {party} does not open with this passphrase"
    next_step = "set PEARL_PASSPHRASE_FILE to the file that it was made with"


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
    """The folder of keystores in this service's custody: one file a party, named by the party's enterprise id."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        self._folder = folder
        self._passphrase = passphrase
        self._unlocked: dict[str, KeystoreSigner] = {}
        self._addresses: dict[str, str] = {}

    def addresses(self) -> dict[str, str]:
        """Party → address of every keystore here; none is unlocked for it."""
        for path in sorted(self._folder.glob("*.json")):
            party = bytes.fromhex(path.stem).decode()
            if party not in self._addresses:
                self._addresses[party] = to_checksum_address(json.loads(path.read_text())["address"])
        return dict(self._addresses)

    def signer_at(self, address: str) -> Signer | None:
        """The signer of an address, or None when its key is not here."""
        return next((self.signer(party) for party, at in self.addresses().items() if at == address), None)

    def signer(self, party: str) -> Signer:
        """The signer of ``party`` (an enterprise id, or ``operator``). Raises NotFound, PassphraseWrong."""
        if party not in self._unlocked:
            path = self._path(party)
            if not path.exists():
                raise NotFound(what="keystore", id=party)
            try:
                key = Account.decrypt(json.loads(path.read_text()), self._passphrase)
            except ValueError as error:
                raise PassphraseWrong(party=party) from error
            self._unlocked[party] = KeystoreSigner(Account.from_key(key))
        return self._unlocked[party]

    def holds(self, party: str) -> bool:
        """Whether the party left its key here."""
        return self._path(party).exists()

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


def read_or_make_secret(given: Path | None, own: Path) -> str:
    """The secret in the file ``given``; where None is given, a random one that is kept in ``own``."""
    path = given or own
    if given is None and not own.exists():
        write_secret(own, secrets.token_hex(32))
    return path.read_text().strip()
