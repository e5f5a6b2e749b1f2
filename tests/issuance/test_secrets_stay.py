"""Keys and passphrases reach no log, no error, no answer, no database and no file but the encrypted keystore.

A real run with a key and a passphrase that are known, in a process whose every output is kept; then all of it is searched.
"""

import base64
import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from eth_account import Account
from pydantic import SecretStr
from sqlalchemy import select

from chain.errors import PearlError, Unavailable
from chain.indexing.endpoints import Endpoints
from chain.issuance.node import client, connect
from chain.issuance.nodes import Nodes
from chain.issuance.outbox import NotMined
from chain.issuance.signers import Keyring, PassphraseWrong, passphrase
from chain.settings import Settings
from chain.store.tables import metadata
from tests.issuance.fake_node import FakeNode
from tests.issuance.test_life_of_an_operation import call, outbox
from tests.spellings import spellings

PASSPHRASE = "a-known-passphrase-7c1f2e"
KEY = bytes(range(1, 33))


SECRETS = [
    *spellings(KEY),
    PASSPHRASE.encode(),
    PASSPHRASE.encode().hex().encode(),
    base64.b64encode(PASSPHRASE.encode()),
]


def told(content: bytes) -> list[bytes]:
    return [secret for secret in SECRETS if secret in content]


@pytest.fixture
def keyring(tmp_path, monkeypatch):
    """A keyring whose next key is the known one."""
    monkeypatch.setattr(Account, "create", lambda *_: Account.from_key(KEY))
    ring = Keyring(tmp_path / "keystores", PASSPHRASE)
    ring.create("A")
    return ring


def test_a_search_for_them_finds_them():
    assert len(told(b" ".join(SECRETS))) == len(SECRETS)


def test_they_are_in_no_table_after_an_operation_of_every_kind(store, keyring):
    node = FakeNode(has_fees=True)
    box = outbox(store, node)
    signer = keyring.signer("A")
    with pytest.raises(NotMined):
        box.send("a", signer, call(1))
    box.settle(keyring.signer_at)
    with pytest.raises(PearlError):
        box.send("b", signer, call(2, 0xFF))
    node.make_block()
    box.resume(keyring.signer_at)
    with store.read() as connection:
        rows = [tuple(row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
    held = b"\0".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)
    assert len(rows) > 3
    assert not told(held)


def test_they_are_in_no_error_and_no_description(tmp_path, keyring, caplog):
    caplog.set_level(logging.DEBUG)
    signer = keyring.signer("A")
    shown = [repr(signer), str(vars(keyring)["_unlocked"]), repr(keyring.addresses()), repr(Keyring(tmp_path, "x"))]
    settings = Settings(home=tmp_path, passphrase=SecretStr(PASSPHRASE))
    shown += [repr(settings), str(settings.model_dump()), settings.model_dump_json()]
    for wrong in ("other", PASSPHRASE + "x"):
        with pytest.raises(PassphraseWrong) as raised:
            Keyring(tmp_path / "keystores", wrong).signer("A")
        error = raised.value
        shown += [error.text(), error.text("zh"), repr(error), repr(error.__cause__), repr(error.values)]
    with pytest.raises(Exception, match=r".*") as raised:
        signer.sign_transaction({"nonce": "not a number"})
    shown += [repr(raised.value), caplog.text]
    assert not told("\n".join(shown).encode())


RUN = """
import logging, sys
logging.basicConfig(level=logging.DEBUG)
from eth_account import Account
made = iter(range(1, 9))
key = bytes(range(1, 33))
create = Account.create
Account.create = lambda *a: Account.from_key(key) if next(made) == 1 else create()
from chain.cli import main
for command in (["enrol", sys.argv[2]], ["contracts", "addresses"], ["findings"], ["backup", sys.argv[3], "--keystores"]):
    try:
        main(["--home", sys.argv[1], *command])
    except SystemExit as ended:
        print(command, ended.code)
        assert not ended.code, command
"""


def test_a_run_of_the_commands_leaves_them_nowhere(tmp_path):
    network = tmp_path / "network.json"
    enterprises = [{"id": f"TAX:{name}", "name": name, "roles": ["supplier"]} for name in "AB"]
    network.write_text(json.dumps({"name": "small", "enterprises": enterprises, "lines": []}))
    told_here = subprocess.run(
        [sys.executable, "-c", RUN, str(tmp_path / "home"), str(network), str(tmp_path / "backup.zip")], check=False,
        capture_output=True, timeout=300, env=os.environ | {"PEARL_PASSPHRASE": PASSPHRASE},
    )  # fmt: skip
    assert told_here.returncode == 0, told_here.stderr[-2_000:]
    assert not told(told_here.stdout + told_here.stderr)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "keystores" for path in files)
    assert any(path.name == "pearl.sqlite3" for path in files)
    assert not {path: told(path.read_bytes()) for path in files if told(path.read_bytes())}
    assert not (tmp_path / "home" / "secrets" / "keystore.passphrase").exists()


def test_the_passphrase_of_the_file_comes_before_that_of_the_environment(tmp_path, monkeypatch):
    file, own = tmp_path / "file", tmp_path / "own"
    file.write_text("of the file\n")
    given = SecretStr("of the environment")
    keystores = tmp_path / "keystores"
    assert passphrase(file, given, own, keystores) == "of the file"
    assert passphrase(None, given, own, keystores) == "of the environment"
    assert not own.exists()
    assert passphrase(None, None, own, keystores) == own.read_text().strip() != ""
    monkeypatch.setenv("PEARL_PASSPHRASE", "of the environment")
    assert Settings().passphrase == given
    assert Path(own).stat().st_mode & 0o077 == 0


def test_what_a_nodes_address_holds_beside_its_host_is_in_no_error_and_no_log(caplog):
    """Providers of nodes have their customers' keys there."""
    caplog.set_level(logging.DEBUG, "pearl")
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{nobody.getsockname()[1]}"
        address = f"http://user:{PASSPHRASE}@{host}/v3/{PASSPHRASE}?key={PASSPHRASE}"
        asked = (
            lambda: connect(address),
            lambda: Endpoints([address]).head(),
            lambda: Endpoints([address]).headers([1]),
            lambda: Endpoints([address]).logs(1, 2, []),
            lambda: Nodes(client(address)).ask(lambda node: node.eth.block_number),
            lambda: Nodes(client(address), client(address)).ask(lambda node: node.eth.block_number),
        )
        for ask in asked:
            with pytest.raises(Unavailable) as refusal:
                ask()
            assert host in refusal.value.text("en")
            assert not told(refusal.value.text("en").encode())
    assert host in caplog.text
    assert not told(caplog.text.encode())
