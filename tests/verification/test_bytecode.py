"""`verify_bytecode` on a real chain: the deployed contracts are those of the sources, and nothing else passes for them."""

from __future__ import annotations

import pytest
from eth_utils.abi import function_abi_to_4byte_selector
from story import Story, set_word

from benchmarks.stage import PROJECT
from chain.verification.bytecode import BytecodeResult, verify_bytecode
from chain.verification.layout import StorageLayout, mapping_slot
from chain.verification.node import NodeReader


def results(story: Story, **addresses: str) -> dict[str, BytecodeResult]:
    """``addresses`` take the place of the true ones."""
    contracts = story.stage.contracts
    found = verify_bytecode(
        endpoint=story.stage.endpoint,
        addresses={**contracts.addresses, **addresses},
        project_root=PROJECT,
        artifacts=contracts.artifacts,
    )
    return {result.contract: result for result in found}


def set_code(story: Story, contract: str, code: bytes) -> None:
    address = story.stage.contracts.addresses[contract]
    answer = story.stage.web3.provider.make_request("anvil_setCode", [address, "0x" + code.hex()])  # type: ignore[arg-type]
    assert "error" not in answer


def code_of(story: Story, contract: str) -> bytearray:
    with NodeReader(story.stage.endpoint) as node:
        return bytearray(node.code(story.stage.contracts.addresses[contract], node.block_number()))


def test_what_is_deployed_is_what_the_sources_say(story: Story) -> None:
    found = results(story)
    assert {name: result.detail for name, result in found.items() if not result.ok} == {}
    assert set(found) == {*story.stage.contracts.addresses, "CreditLedger.moduleOf", "SignedOrders.form"}
    assert "values in them checked" in found["Maturity"].detail
    assert "values in them checked" in found["CreditLedger"].detail
    assert found["CreditLedger"].as_json()["ok"] is True
    assert not found["CreditLedger"].text("zh").isascii()


@pytest.mark.parametrize("contract", ["CreditLedger", "TradeRegistry", "Participants", "Maturity", "SignedOrders"])
def test_one_other_byte_is_found_with_its_place(contract: str, story: Story) -> None:
    code = code_of(story, contract)
    code[100] ^= 1
    set_code(story, contract, bytes(code))
    found = results(story)
    assert {name.partition(".")[0] for name, result in found.items() if not result.ok} == {contract}
    assert found[contract].detail == "the code differs from the compiled sources at byte 100"


def test_code_with_something_added_is_found(story: Story) -> None:
    set_code(story, "Settlement", bytes(code_of(story, "Settlement")) + b"\x00")
    assert not results(story)["Settlement"].ok


@pytest.mark.parametrize("contract", ["CreditLedger", "TradeRegistry", "Settlement", "LedgerReader", "Holds", "Loans"])
def test_a_contract_wired_to_another_address_is_found(contract: str, story: Story) -> None:
    """Every place where the constructor wrote a value is bent in turn."""
    true = code_of(story, contract)
    for start, length in story.stage.contracts.artifacts[contract].immutable_references:
        bent = bytearray(true)
        bent[start + length - 1] ^= 1
        set_code(story, contract, bytes(bent))
        result = results(story)[contract]
        assert not result.ok
        assert result.detail == "its code holds other values (addresses it works with) than it should"
    set_code(story, contract, bytes(true))
    assert results(story)[contract].ok


def test_two_values_exchanged_are_found(story: Story) -> None:
    """The same addresses in the wrong places: a set of values would not notice."""
    addresses = story.stage.contracts.addresses
    code = bytes(code_of(story, "CreditLedger"))
    registry, settlement = (bytes(12) + bytes.fromhex(addresses[name][2:]) for name in ("TradeRegistry", "Settlement"))
    assert registry in code
    assert settlement in code
    exchanged = (
        code.replace(registry, b"\0" * 31 + b"\1").replace(settlement, registry).replace(b"\0" * 31 + b"\1", settlement)
    )
    set_code(story, "CreditLedger", exchanged)
    assert not results(story)["CreditLedger"].ok


def test_an_address_without_code_is_found(story: Story) -> None:
    nobody = "0x" + "22" * 20
    assert results(story, Rulebook=nobody)["Rulebook"].detail == "there is no contract at this address"


def test_another_contract_in_its_place_is_found(story: Story) -> None:
    found = results(story, Settlement=story.stage.contracts.addresses["TradeRegistry"])
    assert not found["Settlement"].ok
    assert not found["CreditLedger"].ok, "its constructor would have been given another settlement"


def test_a_function_that_the_ledger_hands_to_another_module_is_found(story: Story) -> None:
    contracts = story.stage.contracts
    layout = StorageLayout(contracts.artifacts["CreditLedger"].storage_layout)
    entry = next(one for one in contracts.artifacts["IHolds"].abi if one.get("name") == "dispute")
    # A key that is shorter than a word stands at its left.
    key = int.from_bytes(function_abi_to_4byte_selector(entry).ljust(32, b"\0"), "big")
    slot = mapping_slot(layout.mapping("bytes4", "address"), key)
    set_word(story, contracts.addresses["CreditLedger"], slot, lambda word: word ^ 1)
    found = results(story)["CreditLedger.moduleOf"]
    assert not found.ok
    assert found.detail == "its table gives a function of Holds to another address"
    assert not found.text("zh").isascii()


def test_an_order_that_the_contract_reads_otherwise_is_found(story: Story) -> None:
    contracts = story.stage.contracts
    layout = StorageLayout(contracts.artifacts["SignedOrders"].storage_layout)
    slot = layout.mapping("address", "bytes4", "struct SignedOrders.Reading", variable="_readings")
    entry = next(one for one in contracts.artifacts["CreditLedger"].abi if one.get("name") == "accept")
    key = int.from_bytes(function_abi_to_4byte_selector(entry).ljust(32, b"\0"), "big")
    ledger = int(contracts.addresses["CreditLedger"], 16)
    set_word(story, contracts.addresses["SignedOrders"], mapping_slot(slot, ledger, key) + 1, lambda word: word ^ 1)
    found = results(story)["SignedOrders.form"]
    assert not found.ok
    assert found.detail == "its table reads orders of accept otherwise"
