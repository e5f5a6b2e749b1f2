"""C14, the platform closes: a holder proves what it owns with a file, any node, and Python alone.

1. The program needs no package, no database and no service; the node is enough.
2. It says no to whatever in the file is not so, and to a piece that is no longer its owner's.
"""

import copy
import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from eth_utils.abi import function_abi_to_4byte_selector
from sqlalchemy import select

from chain.cli import main
from chain.commands.deposit import deposit
from chain.commands.mature import redeem_due
from chain.commands.outside import abis
from chain.commands.proof import CONTRACTS, Proof, proof_of
from chain.commands.workspace import existing_workspace
from chain.errors import NotFound
from chain.identifiers import ObligationId, PieceId
from chain.issuance.node import EmbeddedNode, advance_clock
from chain.settings import Settings
from chain.store.tables import lines, pieces

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "check_holding.py"
#: What the service said beside; and what is told as it was, because it may have changed since.
SAID = {("said", "enterprise"), ("said", "name"), ("piece", "amountMinor"), ("piece", "state")}


def run(folder, proof, endpoint):
    """The program in a process of its own, which has this file and this address, and no package to import."""
    folder.mkdir(exist_ok=True)
    (folder / "holding.json").write_text(json.dumps(proof))
    shutil.copy(PROGRAM, folder / "check.py")
    return subprocess.run(
        [sys.executable, "-I", "-S", "check.py", "holding.json", endpoint],
        cwd=folder, env={}, capture_output=True, text=True, check=False, encoding="utf-8",
    )  # fmt: skip


def program():
    """The same as a module, for many questions in one process."""
    spec = importlib.util.spec_from_file_location("check_holding", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def deep_piece(workspace):
    """A live piece that came a long way."""
    with workspace.store.read() as connection:
        row = connection.execute(
            select(pieces.c.obligation, pieces.c.index)
            .where(pieces.c.state == "held", pieces.c.amount_minor > 0)
            .order_by(pieces.c.hops.desc(), pieces.c.obligation)
        ).first()
    return PieceId(ObligationId.from_chain(row[0]), row[1])


@pytest.fixture(scope="module")
def home(demo, tmp_path_factory):
    folder = tmp_path_factory.mktemp("proof") / "home"
    shutil.copytree(demo.settings.home, folder)
    return Settings(home=folder)


@pytest.fixture(scope="module")
def proof(home):
    with existing_workspace(home) as workspace:
        return proof_of(workspace, deep_piece(workspace))


@pytest.fixture(scope="module")
def closed(home, proof, tmp_path_factory):
    """The node alone: the platform's database, originals, keys and secrets are gone."""
    folder = tmp_path_factory.mktemp("closed") / "node"
    shutil.copytree(home.node_folder, folder)
    node = EmbeddedNode(folder)
    yield node.start()
    node.stop()


def test_a_holder_proves_its_piece_with_the_file_and_a_node_alone(proof, closed, tmp_path):
    assert len(proof["way"]) > 1
    assert len(proof["documents"]) > 0
    assert proof["keys"]
    done = run(tmp_path / "holder", proof, closed)
    assert (done.returncode, done.stderr) == (0, "")
    assert "✗" not in done.stdout
    assert proof["piece"]["id"] in done.stdout


def test_the_file_is_what_its_model_says_to_the_byte(proof):
    assert json.dumps(Proof.model_validate(proof).model_dump(mode="json", by_alias=True)) == json.dumps(proof)


def leaves(value, place=()):
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*place, key))
    else:
        yield place


def test_whatever_in_the_file_is_not_so_is_said_to_be(proof, closed):
    """Each of its facts is changed in turn."""
    checker, refused = program(), 0
    node = checker.Node(closed)
    assert all(holds for _, holds in checker.check(proof, node))
    for place in leaves(proof):
        if place[:2] in SAID or place == ("format",):
            continue
        changed = copy.deepcopy(proof)
        inner = changed
        for key in place[:-1]:
            inner = inner[key]
        old = inner[place[-1]]
        if isinstance(old, bool):
            inner[place[-1]] = not old
        elif isinstance(old, int):
            inner[place[-1]] = old + 1
        else:
            last = old[-1]
            inner[place[-1]] = old[:-1] + ("1" if last != "1" else "2")
        try:
            holds = all(is_so for _, is_so in checker.check(changed, node))
        except (RuntimeError, ValueError, TypeError):
            holds = False
        assert not holds, place
        refused += 1
    assert refused > 40


def test_a_step_or_a_document_that_is_left_out_is_missed(proof, closed):
    checker = program()
    for part in ("way", "documents"):
        shorter = copy.deepcopy(proof)
        shorter[part].pop()
        assert not all(holds for _, holds in checker.check(shorter, checker.Node(closed)))


def test_a_piece_that_was_paid_is_no_longer_held(copied, tmp_path):
    with existing_workspace(copied) as workspace:
        piece = deep_piece(workspace)
        proof = proof_of(workspace, piece)
        snapshot = run(tmp_path / "before", proof, workspace.endpoint)
        assert snapshot.returncode == 0
        issuer = workspace.parties()[piece.obligation.line.issuer]
        _let_it_mature(workspace, proof["terms"]["maturityDay"])
        for number, bank in enumerate(_banks_of(workspace, issuer)):
            deposit(workspace, f"money to pay with {number}", bank, issuer, "CNY", 10**12)
        assert piece in redeem_due(workspace, issuer).paid
        after = run(tmp_path / "after", proof, workspace.endpoint)
    assert after.returncode == 1
    assert "✗ it is live (ended)" in after.stdout


def _banks_of(workspace, issuer):
    with workspace.store.read() as connection:
        banks = connection.execute(select(lines.c.bank).where(lines.c.issuer == workspace.party(issuer))).scalars()
        return [workspace.parties()[bank] for bank in dict.fromkeys(banks)]


def _let_it_mature(workspace, day):
    advance_clock(workspace.web3, (day + 1) * 86_400)
    workspace.indexer.catch_up()


@pytest.mark.parametrize("damage", ["no node", "no file", "another format"])
def test_what_cannot_be_checked_is_said_to_be_that(proof, closed, tmp_path, damage):
    endpoint = "http://127.0.0.1:1" if damage == "no node" else closed
    given = proof | ({"format": "pearlchain/holding/2"} if damage == "another format" else {})
    if damage == "no file":
        given = []
    assert run(tmp_path / "holder", given, endpoint).returncode == 2


def test_the_program_asks_what_the_contracts_answer():
    checker, known = program(), abis()
    asked = {"path": "LedgerReader", "piece": "LedgerReader", "obligation": "LedgerReader", "evidence": "TradeRegistry",
             "evidenceOf": "TradeRegistry", "partyOf": "Participants"}  # fmt: skip
    assert asked.keys() == checker.CALLS.keys()
    assert set(asked.values()) < set(CONTRACTS)
    words = {"path": checker.STEP, "piece": checker.PIECE, "obligation": checker.OBLIGATION}
    for function, contract in asked.items():
        (entry,) = [one for one in known[contract] if one["type"] == "function" and one["name"] == function]
        assert checker.CALLS[function] == function_abi_to_4byte_selector(entry).hex()
        names = tuple(one["name"] for one in entry["outputs"][0].get("components", ()))
        if function in words:
            assert words[function] == names
        elif function == "evidence":
            assert names[checker.EVIDENCE_COMMITMENT] == "commitment"


def test_the_command_writes_the_file_and_overwrites_none(copied, tmp_path, capsys):
    with existing_workspace(copied) as workspace:
        piece, absent = deep_piece(workspace), "1.1.9999.1"
        with pytest.raises(NotFound):
            proof_of(workspace, PieceId.parse(absent))
    for code in (0, 1):
        with pytest.raises(SystemExit) as end:
            main(["--home", str(copied.home), "proof", str(piece), str(tmp_path / "file")])
        assert end.value.code == code
    assert json.loads((tmp_path / "file").read_text())["piece"]["id"] == str(piece)
    assert "SystemRefused" in capsys.readouterr().err
