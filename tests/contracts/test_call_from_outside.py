"""Who has the addresses, the ABIs and the documentation needs no code of ours: the example of the documentation does so.

1. Addresses and ABIs are printed by two commands; the ledger's ABI holds its modules' functions, each selector once.
2. The example confirms, issues, accepts by a signed order and reads the way, and can name a refusal.
3. Domains, types and code tables of docs/contracts.md are those of the contracts.
"""

import ast
import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from eth_account import Account
from eth_utils.abi import function_abi_to_4byte_selector

from chain.cli import main
from chain.commands.enrol import enrol
from chain.commands.workspace import open_workspace
from chain.issuance.contracts import TYPED
from chain.issuance.deployment import order_table
from chain.money import CHAIN_CURRENCIES
from chain.network import CreditLine, Enterprise, Network, Role
from chain.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "call_from_outside.py"
PAGE = (ROOT / "docs" / "contracts.md").read_text().partition("## Calling it from outside")[2].partition("\n## ")[0]
BUYER, SELLER, BANK = "TAX:buyer", "TAX:seller", "TAX:bank"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    network = Network(
        name="outside",
        enterprises=(
            Enterprise(id=BANK, name="B", roles=(Role.BANK,)),
            Enterprise(id=BUYER, name="C", roles=(Role.CORE_ENTERPRISE,)),
            Enterprise(id=SELLER, name="S", roles=(Role.SUPPLIER,)),
        ),
        lines=(
            CreditLine(
                bank=BANK, issuer=BUYER, currency="CNY", limit_minor=1_000_000, financing_limit_minor=0,
                expiry=date.today() + timedelta(days=300),
            ),
        ),
    )  # fmt: skip
    with open_workspace(Settings(home=tmp_path_factory.mktemp("outside") / "home")) as workspace:
        enrol(workspace, network)
        yield workspace


def printed(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 0
    return capsys.readouterr().out


def test_the_example_walks_from_invoice_to_acceptance(workspace, capsys, tmp_path):
    (tmp_path / "addresses.json").write_text(
        printed(capsys, "--home", str(workspace.settings.home), "contracts", "addresses", "--json")
    )
    (tmp_path / "abis.json").write_text(printed(capsys, "contracts", "abi"))
    secret = (workspace.settings.secrets_folder / "keystore.passphrase").read_text().strip()
    keys = {}
    for who, enterprise in (("buyer", BUYER), ("seller", SELLER)):
        sealed = json.loads((workspace.settings.keystore_folder / f"{enterprise.encode().hex()}.json").read_text())
        keys[who] = Account.decrypt(sealed, secret).to_0x_hex()
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    done = subprocess.run(
        [sys.executable, EXAMPLE, workspace.endpoint, "addresses.json", "abis.json", "keys.json"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    numbers = {enterprise: number for number, enterprise in workspace.parties().items()}
    assert (told["from"], told["to"], told["state"]) == (numbers[BUYER], numbers[SELLER], 2)
    assert list(told["refusal"]) == ["EvidenceExhausted"]


def test_the_example_uses_nothing_of_ours():
    names = {
        alias.name
        for node in ast.walk(ast.parse(EXAMPLE.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    names |= {node.module for node in ast.walk(ast.parse(EXAMPLE.read_text())) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= {
        "eth_abi", "eth_account", "hashlib", "json", "pathlib", "sys", "time", "web3",
    }  # fmt: skip


def test_the_addresses_are_those_of_the_contracts_and_the_modules_are_left_out(workspace, capsys):
    told = json.loads(printed(capsys, "--home", str(workspace.settings.home), "contracts", "addresses", "--json"))
    assert told.items() <= workspace.contracts.addresses.items()
    assert {name for name in workspace.contracts.addresses if name not in told} == {
        "Allotments", "Financing", "Guarantees", "Holds", "Lines", "Maturity", "TokenViews",
    }  # fmt: skip
    assert f"DepositToken:{BANK}:CNY" in told


def test_the_ledgers_abi_has_every_function_of_its_modules_once(capsys):
    abis = json.loads(printed(capsys, "contracts", "abi"))
    assert abis["CreditLedger"] == json.loads(printed(capsys, "contracts", "abi", "CreditLedger"))
    functions = [entry for entry in abis["CreditLedger"] if entry["type"] == "function"]
    selectors = [function_abi_to_4byte_selector(entry) for entry in functions]
    assert len(selectors) == len(set(selectors))
    assert {"issue", "grantLine", "allot", "finance", "markOverdue", "guarantee", "dispute", "tokenURI"} <= {
        entry["name"] for entry in functions
    }


def test_a_contract_that_there_is_not_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        main(["contracts", "abi", "Nope"])
    assert end.value.code == 1
    assert capsys.readouterr().err.endswith("[NotFound]\n")


def test_the_documented_domains_are_the_contracts(workspace):
    told = {
        contract: (name, version)
        for name, version, contract in re.findall(r"^\| `(Pearlchain \w+)` \| `(\d)` \| `(\w+)`", PAGE, re.M)
    }
    abis = {name for name in workspace.contracts.addresses if ":" not in name}
    with_domain = {
        name for name in abis if any(entry.get("name") == "eip712Domain" for entry in workspace.contracts.artifacts[name].abi)
    } - {"Allotments", "Financing", "Guarantees", "Holds", "Lines", "Maturity", "TokenViews"}  # fmt: skip
    assert told.keys() == with_domain
    for contract, (name, version) in told.items():
        assert workspace.contracts.read(contract, "eip712Domain")[1:3] == (name, version)


@pytest.mark.parametrize("struct", [*TYPED, "PieceReference", "Leg", "Accept"])
def test_the_documented_types_are_those_that_are_signed(workspace, struct):
    (fields,) = re.findall(rf"^{struct}\((.*)\)$", PAGE, re.M)
    members = tuple(tuple(reversed(field.split(" "))) for field in fields.split(","))
    if struct in TYPED:
        assert members == TYPED[struct]
        return
    table = order_table(workspace.contracts.artifacts, workspace.contracts.addresses)
    types = {}
    for function in ("accept(uint256[])", "transfer"):
        types |= table.form(workspace.contracts.addresses["CreditLedger"], function).types
    assert members == types[struct]


def test_the_documented_currencies_are_in_their_order():
    told = re.search(r"1 CNY.*", PAGE)[0]
    assert [code for _, code in re.findall(r"(\d+) ([A-Z]{3})", told)] == list(CHAIN_CURRENCIES)
    assert [int(number) for number, _ in re.findall(r"(\d+) ([A-Z]{3})", told)] == list(
        range(1, len(CHAIN_CURRENCIES) + 1)
    )


@pytest.mark.parametrize(
    ("library", "names"),
    [
        ("LineWords", ("OPEN", "SUSPENDED")), ("AllotmentWords", ("LIVE", "REVOKED", "EXPIRED")),
        ("LoanWords", ("OPEN", "DEFAULTED", "CLOSED")), ("ReceiptWords", ("LIVE", "WITHDRAWN")),
        ("LoanWords", ("TWICE_MEASURED", "SOLD", "UNSECURED")), ("HoldWords", ("DISPUTE", "RETURNED", "COURT")),
    ],
)  # fmt: skip
def test_the_documented_codes_are_the_contracts(library, names):
    source = (ROOT / "contracts" / "libraries" / f"{library}.sol").read_text()
    for name in names:
        value = re.search(rf"uint8 (?:internal|private) constant {name} = (\d+);", source)[1]
        assert re.search(rf"\b{value} {name.lower().replace('_', ' ')}\b", PAGE), name
