"""`verify_bytecode` on a real chain: the deployed contracts are those of the sources, and nothing else passes for them."""

from __future__ import annotations

import pytest
from story import Story

from benchmarks.stage import PROJECT
from chain.verification.bytecode import BytecodeResult, verify_bytecode
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
    assert set(found) == set(story.stage.contracts.addresses)
    assert "values in them checked" in found["CreditLedger"].detail
    assert found["CreditLedger"].as_json()["ok"] is True
    assert not found["CreditLedger"].text("zh").isascii()


@pytest.mark.parametrize("contract", ["CreditLedger", "TradeRegistry", "Participants"])
def test_one_other_byte_is_found_with_its_place(contract: str, story: Story) -> None:
    code = code_of(story, contract)
    code[100] ^= 1
    set_code(story, contract, bytes(code))
    found = results(story)
    assert [name for name, result in found.items() if not result.ok] == [contract]
    assert found[contract].detail == "the code differs from the compiled sources at byte 100"


def test_code_with_something_added_is_found(story: Story) -> None:
    set_code(story, "Settlement", bytes(code_of(story, "Settlement")) + b"\x00")
    assert not results(story)["Settlement"].ok


@pytest.mark.parametrize("contract", ["CreditLedger", "TradeRegistry", "Settlement", "LedgerReader"])
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
