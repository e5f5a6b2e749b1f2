"""Orders of any function: what the key signs by EIP-712, what the contract reads in the call, and what the target does.

1. Whatever the arguments, the contract finds the digest that `eth_account` signs.
2. The target does what was signed, and takes the key for its caller.
3. Call data that was tampered with is refused, or has another digest, or does the same.
4. Functions that cannot be told apart, or not be read, are refused when the table is made.
"""

import json
import os
import shutil
from pathlib import Path

import pytest
from eth_abi.abi import decode as abi_decode
from eth_abi.abi import encode as abi_encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.abi import collapse_if_tuple, function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyrevm import EVM, BlockEnv
from web3.utils import get_create_address

from chain.issuance.compilation import build
from chain.issuance.orders import (
    FunctionNotOrderable,
    Order,
    OrderForm,
    OrderTable,
    order_domain,
    piece_reference,
)
from chain.issuance.signers import KeystoreSigner
from tests.effort import examples

ROOT = Path(__file__).parents[2]
NEEDED = (
    "Clock.sol", "SignedOrders.sol", "compiler.json", "interfaces/ISignedOrders.sol", "libraries/Days.sol", "solc.mjs",
    "types/Identifiers.sol", "types/Movements.sol", "types/PieceReference.sol",
)  # fmt: skip
NOW = 1_800_000_000
DEPLOYER = "0x00000000000000000000000000000000000000A1"
RELAYER = "0x00000000000000000000000000000000000000B2"
SIGNER = KeystoreSigner(Account.from_key("0x" + "51" * 32))


class Chain:
    """An EVM with `SignedOrders` and a contract of every shape."""

    def __init__(self, artifacts) -> None:
        self.artifacts = artifacts
        self.evm = EVM(gas_limit=10**12)
        self.evm.set_block_env(BlockEnv(number=1, timestamp=NOW))
        self.orders, self.shapes = (to_checksum_address(get_create_address(DEPLOYER, n)) for n in (0, 1))
        own = [entry for entry in artifacts["SignedOrders"].abi if entry.get("name") == "cancel"]
        self.table = OrderTable.of({self.shapes: artifacts["Shapes"].abi, self.orders: own})
        creation = artifacts["SignedOrders"].creation(1, *self.table.creation_arguments())
        assert self.evm.deploy(DEPLOYER, creation).lower() == self.orders.lower()
        creation = artifacts["Shapes"].creation(self.orders)
        assert self.evm.deploy(DEPLOYER, creation).lower() == self.shapes.lower()
        self.domain = order_domain(1, self.orders)

    def call(self, contract: str, function: str, *arguments):
        entry = next(e for e in self.artifacts[contract].abi if e["type"] == "function" and e["name"] == function)
        data = function_abi_to_4byte_selector(entry) + abi_encode(
            [collapse_if_tuple(one) for one in entry["inputs"]], arguments
        )
        target = self.orders if contract == "SignedOrders" else self.shapes
        answer = self.evm.message_call(RELAYER, target, data)
        values = abi_decode([collapse_if_tuple(one) for one in entry["outputs"]], bytes(answer))
        return values[0] if len(values) == 1 else values

    def read(self, call: bytes) -> tuple[str, bytes] | None:
        """Who called, and what the target read, when the key itself calls it; None if the target refuses."""
        checkpoint = self.evm.snapshot()
        try:
            self.evm.message_call(SIGNER.address, self.shapes, call)
            return self.call("Shapes", "caller"), self.call("Shapes", "read")
        except RuntimeError:
            return None
        finally:
            self.evm.revert(checkpoint)

    def digest(self, order: Order) -> bytes | None:
        """The contract's digest of an order; None if it refuses."""
        try:
            return self.call("SignedOrders", "digestOf", order.values())
        except RuntimeError:
            return None


@pytest.fixture(scope="module")
def chain(tmp_path_factory) -> Chain:
    folder = tmp_path_factory.mktemp("orders")
    for name in NEEDED:
        (folder / "contracts" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "contracts" / name, folder / "contracts" / name)
    shutil.copy(Path(__file__).with_name("Shapes.sol"), folder / "contracts" / "Shapes.sol")
    (folder / "node_modules").symlink_to((ROOT / "node_modules").resolve())
    return Chain(build(folder))


# --- arguments of every type ---------------------------------------------------------------------------------------------

LEAVES = {"bool": st.booleans(), "string": st.text(max_size=40), "bytes": st.binary(max_size=70)}


def values(parameter) -> st.SearchStrategy:
    """Any value of an ABI's type; references with nothing above their fields."""
    kind = parameter["type"]
    if kind.endswith("[]"):
        element = {**parameter, "type": kind[:-2], "internalType": parameter["internalType"][:-2]}
        return st.lists(values(element), max_size=4)
    if parameter["internalType"] == "PieceReference":
        return st.integers(0, 2**152 - 1)
    if kind == "tuple":
        return st.tuples(*map(values, parameter["components"]))
    if parameter["internalType"].startswith("enum"):
        return st.integers(0, 1)
    if kind == "address":
        return st.binary(min_size=20, max_size=20).map(to_checksum_address)
    if kind.startswith("uint"):
        return st.integers(0, 2 ** int(kind[4:]) - 1)
    if kind.startswith("int"):
        bits = int(kind[3:])
        return st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if kind.startswith("bytes") and kind != "bytes":
        return st.binary(min_size=int(kind[5:]), max_size=int(kind[5:]))
    return LEAVES[kind]


def orders(
    table: OrderTable, key: str = SIGNER.address, *, target: str | None = None, earliest: int = 0
) -> st.SearchStrategy[Order]:
    """Any order of any function of the table, or of those of ``target``, that ends at ``earliest`` or later."""

    def of(place: tuple[str, bytes]) -> st.SearchStrategy[Order]:
        form = table.forms[place]
        return st.builds(
            lambda arguments, nonce, deadline: Order(key, place[0], nonce, deadline, form.call(arguments)),
            st.tuples(*map(values, form.function["inputs"])),
            st.integers(0, 2**256 - 1),
            st.integers(earliest, 2**40 - 1),
        )

    places = (place for place in table.forms if target in (None, place[0]))
    return st.sampled_from(sorted(places)).flatmap(of)


def signed_digest(chain: Chain, order: Order) -> bytes:
    message = encode_typed_data(full_message=chain.table.typed_data(chain.domain, order))
    return keccak(b"\x19" + message.version + message.header + message.body)


DEPTH = int(os.environ.get("PEARL_TEST_DEPTH", "500"))
"""Histories of tampering that are tried."""

EXAMPLES = settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@EXAMPLES
@given(data=st.data())
def test_the_contract_finds_what_was_signed_in_any_call(chain, data):
    order = data.draw(orders(chain.table))
    assert chain.digest(order) == signed_digest(chain, order)


@EXAMPLES
@given(data=st.data())
def test_the_target_does_what_was_signed_for_the_key(chain, data):
    order = data.draw(orders(chain.table, target=chain.shapes, earliest=NOW))
    expected = chain.read(order.call)
    if expected is None:
        return
    signature = SIGNER.sign_typed_data(chain.table.typed_data(chain.domain, order))
    checkpoint = chain.evm.snapshot()
    chain.call("SignedOrders", "execute", order.values(), signature)
    assert (chain.call("Shapes", "caller"), chain.call("Shapes", "read")) == expected
    assert expected[0] == SIGNER.address.lower()
    assert chain.call("SignedOrders", "isUsed", order.key, order.nonce)
    chain.evm.revert(checkpoint)


def tampered(data: st.DataObject, call: bytes) -> bytes:
    """Other call data for the same function: words changed, moved about, cut off or added."""
    words = [call[place : place + 32] for place in range(4, len(call), 32)]
    for _ in range(data.draw(st.integers(1, 3))):
        if not words:
            break
        place = data.draw(st.integers(0, len(words) - 1))
        small = st.integers(0, 32 * len(words) + 64).map(lambda number: number.to_bytes(32, "big"))
        change = data.draw(st.sampled_from(["small", "offset", "any", "bit", "copy", "drop", "add", "cut"]))
        if change == "small":
            words[place] = data.draw(small)
        elif change == "offset":
            number = int.from_bytes(words[place], "big") + 32 * data.draw(st.integers(-4, 4))
            words[place] = (number % 2**256).to_bytes(32, "big")
        elif change == "any":
            words[place] = data.draw(st.binary(min_size=32, max_size=32))
        elif change == "bit" and words[place]:
            flipped = int.from_bytes(words[place], "big") ^ 1 << data.draw(st.integers(0, 8 * len(words[place]) - 1))
            words[place] = flipped.to_bytes(len(words[place]), "big")
        elif change == "copy":
            words[place] = words[data.draw(st.integers(0, len(words) - 1))]
        elif change == "drop":
            del words[place]
        elif change == "add":
            words.insert(place, data.draw(small))
        elif change == "cut":
            words[-1] = words[-1][: data.draw(st.integers(0, 31))]
    return call[:4] + b"".join(words)


@settings(EXAMPLES, max_examples=DEPTH)
@given(data=st.data())
def test_what_was_tampered_with_is_refused_or_is_another_order_or_does_the_same(chain, data):
    order = data.draw(orders(chain.table, target=chain.shapes))
    other = Order(order.key, order.target, order.nonce, order.deadline, tampered(data, order.call))
    digest = chain.digest(other)
    if digest is None:
        return
    # The forwarder puts the key behind the call, where the target must not take it for an argument.
    done = chain.read(other.call + bytes.fromhex(order.key[2:]))
    if done is None:
        return
    if digest == chain.digest(order):
        assert done == chain.read(order.call)
    else:
        assert done != chain.read(order.call) or order.call[:4] == function_abi_to_4byte_selector(_words(chain))


def _words(chain: Chain):
    return next(e for e in chain.artifacts["Shapes"].abi if e.get("name") == "words")


# --- the table -----------------------------------------------------------------------------------------------------------


def test_a_signer_reads_the_functions_name_and_its_arguments(chain):
    form = chain.table.form(chain.shapes, "transferAccepted")
    assert form.type_text == (
        "TransferAccepted(PieceReference parent,Leg[] legs,address key,address target,uint256 nonce,uint40 deadline)"
        "Leg(uint32 recipient,uint64 amountMinor,uint40 evidence,uint40 deadline)"
        "PieceReference(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay)"
    )
    word = 7 | 3 << 80 | 5 << 96 | 20_000 << 136
    order = chain.table.order(SIGNER.address, chain.shapes, "hold", [word], 4, NOW)
    assert chain.table.typed_data(chain.domain, order)["message"] == {
        "piece": {"piece": 7, "parentIndex": 3, "evidence": 5, "maturityDay": 20_000},
        "key": SIGNER.address,
        "target": chain.shapes,
        "nonce": 4,
        "deadline": NOW,
    }
    assert piece_reference(word) == {"piece": 7, "parentIndex": 3, "evidence": 5, "maturityDay": 20_000}


def test_an_argument_that_has_a_name_of_the_order_is_told_apart(chain):
    assert chain.table.form(chain.shapes, "say").type_text.startswith(
        "Say(bytes data,string text,address key_,address key,address target,"
    )


def test_what_most_orders_are_comes_first(chain):
    structs, forms = chain.table.creation_arguments()
    assert forms[0][1] == chain.table.form(chain.shapes, "transfer").selector
    assert structs[0] == keccak(text="Leg(uint32 recipient,uint64 amountMinor,uint40 evidence,uint40 deadline)")


def test_calls_within_calls_are_no_orders(chain):
    with pytest.raises(FunctionNotOrderable):
        chain.table.form(chain.shapes, "multicall")
    with pytest.raises(FunctionNotOrderable):
        chain.table.form(chain.shapes, "look")


def test_functions_that_share_a_name_are_told_apart_by_their_signature(chain):
    with pytest.raises(FunctionNotOrderable):
        chain.table.form(chain.shapes, "twice")
    assert len(chain.table.form(chain.shapes, "twice(uint128,bool)").function["inputs"]) == 2


def function(name: str, *inputs: tuple) -> dict:
    """An ABI's entry of a function with inputs (type, internal type, components)."""
    return {
        "type": "function",
        "name": name,
        "stateMutability": "nonpayable",
        "outputs": [],
        "inputs": [
            {"name": f"a{place}", "type": kind, "internalType": internal, **({"components": parts[0]} if parts else {})}
            for place, (kind, internal, *parts) in enumerate(inputs)
        ],
    }


WORD = {"name": "one", "type": "uint8", "internalType": "uint8"}
OTHER = {"name": "one", "type": "uint16", "internalType": "uint16"}


@pytest.mark.parametrize(
    "functions",
    [
        [function("say", ("uint8[3]", "uint8[3]"))],
        [function("say", ("tuple", "struct Say", [WORD]))],
        [function("say", ("tuple", "struct A.Word", [WORD]), ("tuple[]", "struct B.Word[]", [OTHER]))],
        [function("say", *[("bytes", "bytes")] * 33)],
        [function("say", ("tuple", "struct Long", [{**WORD, "name": f"n{n}"} for n in range(32)]))],
        [function("say", ("uint8", "uint8")), function("say", ("uint8", "uint8"), ("tuple", "struct Signature", []))],
    ],
    ids=["fixed length", "name of the function", "two structs of one name", "too long", "too wide", "reads the same"],
)
def test_what_cannot_be_told_apart_or_read_is_no_order(functions):
    with pytest.raises(FunctionNotOrderable):
        OrderTable.of({DEPLOYER: functions}).creation_arguments()


def test_structs_of_one_name_in_different_functions_are_different_types():
    functions = [
        function("one", ("tuple", "struct A.Word", [WORD])),
        function("two", ("tuple", "struct B.Word", [OTHER])),
    ]
    table = OrderTable.of({DEPLOYER: functions})
    assert table.structs == ("Word(uint16 one)", "Word(uint8 one)")
    shapes = {bytes(form.shape(table.structs)[:4]) for form in table.forms.values()}
    assert shapes == {bytes.fromhex("a1010121"), bytes.fromhex("a1020121")}


def test_long_runs_of_words_are_several_operations():
    form = OrderForm.of(function("many", *[("uint8", "uint8")] * 40))
    assert form.shape(()) == bytes([0x20 | 31, 0x20 | 9]).ljust(32, b"\0")


def test_a_message_can_be_json(chain):
    arguments = [b"\x01\x02", "文", SIGNER.address]
    order = chain.table.order(SIGNER.address, chain.shapes, "say", arguments, 1, NOW)
    typed = json.loads(json.dumps(chain.table.typed_data(chain.domain, order)))
    assert typed["message"]["data"] == "0x0102"
    message = encode_typed_data(full_message=typed)
    assert keccak(b"\x19" + message.version + message.header + message.body) == chain.digest(order)


# --- the contracts -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def contracts() -> Chain:
    """`SignedOrders` for all contracts that take orders, each at an address where it need not be."""
    artifacts = build(ROOT)
    taking = {name: artifacts[name].abi for name in sorted(artifacts) if takes_orders(artifacts[name].abi)}
    taking["SignedOrders"] = [entry for entry in artifacts["SignedOrders"].abi if entry.get("name") == "cancel"]
    chain = Chain.__new__(Chain)
    chain.artifacts, chain.evm = artifacts, EVM(gas_limit=10**12)
    chain.evm.set_block_env(BlockEnv(number=1, timestamp=NOW))
    chain.table = OrderTable.of({f"0x{place:040x}": abi for place, abi in enumerate(taking.values(), 0x1000)})
    creation = artifacts["SignedOrders"].creation(1, *chain.table.creation_arguments())
    chain.orders = to_checksum_address(chain.evm.deploy(DEPLOYER, creation))
    chain.domain = order_domain(1, chain.orders)
    return chain


def takes_orders(abi) -> bool:
    """Contracts that ask a forwarder for their caller; `SignedOrders` does so for `cancel` only."""
    names = {entry.get("name") for entry in abi}
    return "trustedForwarder" in names and "executeBatch" not in names


@EXAMPLES
@given(data=st.data())
def test_the_contract_finds_what_was_signed_in_any_call_of_the_system(contracts, data):
    order = data.draw(orders(contracts.table))
    assert contracts.digest(order) == signed_digest(contracts, order)
