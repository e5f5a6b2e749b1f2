"""A signer elsewhere, which answers as Web3Signer does, over HTTP on loopback; and one that lies.

1. What it signs is what was asked, byte for byte what a keystore signs, whatever the transaction or the message.
2. Any other answer is refused by name and nothing of it is sent: another key, another field, more bytes, the mirrored signature.
3. Silence, errors and redirects end in time, and nothing is lost.
4. A nonce that the signer refused to sign for holds nobody up.
"""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import rlp
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_keys.constants import SECPK1_N
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import select
from urllib3 import Timeout

from chain.errors import Unavailable
from chain.issuance.outbox import NotMined
from chain.issuance.remote_signer import RemoteKeys, SignatureNotAsAsked, SignerRefused
from chain.issuance.signers import AddressOther, KeyElsewhere, Keyring, KeystoreSigner
from chain.settings import Settings
from chain.store.tables import operations
from tests.effort import examples
from tests.issuance.fake_node import FakeNode
from tests.issuance.test_life_of_an_operation import call, outbox

ACCOUNT = Account.from_key(b"\x07" * 32)
OTHER = Account.from_key(b"\x08" * 32)
CHAIN = 7


class Signers:
    """What answers: Web3Signer's three methods, each result of which a test may change."""

    def __init__(self):
        self.accounts = {account.address.lower(): account for account in (ACCOUNT, OTHER)}
        self.asked = []
        self.change = lambda method, parameters, result: result
        self.status, self.headers, self.silence = 200, {}, 0

    def answer(self, method, parameters):
        self.asked.append(method)
        match method:
            case "eth_accounts":
                return list(self.accounts)
            case "eth_signTransaction":
                return "0x" + sign(self.accounts[parameters[0]["from"].lower()], parameters[0]).hex()
            case "eth_signTypedData":
                message = encode_typed_data(full_message=json.loads(parameters[1]))
                return "0x" + self.accounts[parameters[0].lower()].sign_message(message).signature.hex()


def sign(account, asked):
    """As Web3Signer reads the JSON: hexadecimal quantities, the chain is its own setting."""
    transaction = {name: int(asked[name], 16) for name in ("gas", "nonce", "value")}
    transaction |= {"data": asked["data"], "to": asked.get("to", ""), "chainId": CHAIN}
    if "maxFeePerGas" in asked:
        transaction |= {"type": 2} | {n: int(asked[n], 16) for n in ("maxFeePerGas", "maxPriorityFeePerGas")}
    else:
        transaction["gasPrice"] = int(asked["gasPrice"], 16)
    return bytes(account.sign_transaction(transaction).raw_transaction)


@contextmanager
def serving(signers):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            time.sleep(signers.silence)
            answer = {"jsonrpc": "2.0", "id": body["id"]}
            result = signers.change(body["method"], body["params"], signers.answer(body["method"], body["params"]))
            answer |= (
                {"error": {"code": -32000, "message": str(result)}}
                if isinstance(result, Exception)
                else {"result": result}
            )
            content = json.dumps(answer).encode()
            self.send_response(signers.status)
            for name, value in signers.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret-path"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def signers():
    return Signers()


@pytest.fixture
def keys(signers):
    with serving(signers) as url:
        yield RemoteKeys(url, Timeout(1, 1))


NUMBERS = st.one_of(st.sampled_from([0, 1, 127, 128, 255, 256]), st.integers(0, 2**60))
PLAIN = st.fixed_dictionaries({"gasPrice": NUMBERS})
DYNAMIC = st.builds(
    lambda tip, more: {"type": 2, "maxFeePerGas": tip + more, "maxPriorityFeePerGas": tip}, NUMBERS, NUMBERS
)
TRANSACTIONS = st.builds(
    lambda fee, **fields: fields | fee, st.one_of(PLAIN, DYNAMIC), to=st.sampled_from(["", OTHER.address]), value=st.just(0),
    gas=NUMBERS, nonce=NUMBERS, chainId=st.just(CHAIN), data=st.binary(max_size=70),
)  # fmt: skip
EXAMPLES = settings(
    max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def typed_data(text):
    return {
        "types": {
            "EIP712Domain": [{"name": "name", "type": "string"}, {"name": "chainId", "type": "uint256"}],
            "Said": [{"name": "text", "type": "string"}, {"name": "hash", "type": "bytes32"}],
        },
        "domain": {"name": "test", "chainId": CHAIN},
        "primaryType": "Said",
        "message": {"text": text, "hash": b"\x01" * 32},
    }  # fmt: skip


@EXAMPLES
@given(transaction=TRANSACTIONS)
def test_it_signs_every_transaction_as_a_keystore_does(keys, transaction):
    signed = keys.signer(ACCOUNT.address).sign_transaction(transaction)
    assert signed == KeystoreSigner(ACCOUNT).sign_transaction(transaction)


@EXAMPLES
@given(text=st.text(max_size=40))
def test_it_signs_every_message_as_a_keystore_does(keys, text):
    signed = keys.signer(ACCOUNT.address).sign_typed_data(typed_data(text))
    assert signed == KeystoreSigner(ACCOUNT).sign_typed_data(typed_data(text))


def mirrored(raw):
    """The same signature with the other of the two s, which no chain takes."""
    items = rlp.decode(raw)
    v, s = int.from_bytes(items[-3], "big"), int.from_bytes(items[-1], "big")
    flipped = [v + 1 if v % 2 else v - 1, SECPK1_N - s]
    return rlp.encode([*items[:-3], flipped[0], items[-2], flipped[1]])


@pytest.mark.parametrize(
    "field", ["gas", "nonce", "value", "data", "to", "gasPrice", "maxFeePerGas", "maxPriorityFeePerGas"]
)
@EXAMPLES
@given(transaction=TRANSACTIONS)
def test_a_transaction_with_another_field_than_asked_is_refused(signers, keys, field, transaction):
    name = field if field in transaction else "nonce"

    def change(method, parameters, result):
        asked = parameters[0]
        other = {"data": "0xff" + asked["data"][2:], "to": ACCOUNT.address}.get(name) or hex(int(asked[name], 16) + 1)
        return "0x" + sign(ACCOUNT, asked | {name: other}).hex()

    signers.change = change
    with pytest.raises(SignatureNotAsAsked):
        keys.signer(ACCOUNT.address).sign_transaction(transaction)


TRANSACTION = {
    "to": OTHER.address,
    "value": 0,
    "gas": 30_000,
    "nonce": 3,
    "chainId": CHAIN,
    "data": b"x",
    "gasPrice": 0,
}
NO_FEE = {"maxFeePerGas": "0x0", "maxPriorityFeePerGas": "0x0"}
LIES = {
    "another key": lambda asked, honest: "0x" + sign(OTHER, asked).hex(),
    "bytes behind it": lambda asked, honest: honest + "00",
    "the mirrored signature": lambda asked, honest: "0x" + mirrored(bytes.fromhex(honest[2:])).hex(),
    "another type": lambda asked, honest: "0x" + sign(ACCOUNT, asked | NO_FEE).hex(),
    "half of it": lambda asked, honest: honest[:-40],
    "no hexadecimal": lambda asked, honest: "signed",
    "a list": lambda asked, honest: [honest],
    "nothing": lambda asked, honest: None,
    "an empty text": lambda asked, honest: "0x",
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_what_is_not_the_signature_that_was_asked_for_is_refused(signers, keys, lie):
    signers.change = lambda method, parameters, result: LIES[lie](parameters[0], result)
    with pytest.raises(SignatureNotAsAsked):
        keys.signer(ACCOUNT.address).sign_transaction(TRANSACTION)


def test_a_transaction_for_another_chain_is_refused(signers, keys):
    with pytest.raises(SignatureNotAsAsked):
        keys.signer(ACCOUNT.address).sign_transaction(TRANSACTION | {"chainId": CHAIN + 1})


def test_another_ones_signature_of_a_message_is_refused(signers, keys):
    signers.change = lambda method, parameters, result: signers.answer(method, [OTHER.address, parameters[1]])
    with pytest.raises(SignatureNotAsAsked):
        keys.signer(ACCOUNT.address).sign_typed_data(typed_data("x"))


def test_the_signature_of_another_message_is_refused(signers, keys):
    other = json.dumps(typed_data("y"), default=lambda value: f"0x{value.hex()}")
    signers.change = lambda method, parameters, result: signers.answer(method, [ACCOUNT.address, other])
    with pytest.raises(SignatureNotAsAsked):
        keys.signer(ACCOUNT.address).sign_typed_data(typed_data("x"))


def test_a_signer_that_counts_from_zero_is_understood(signers, keys):
    def change(method, parameters, result):
        return result[:-2] + f"{int(result[-2:], 16) - 27:02x}"

    signers.change = change
    signed = keys.signer(ACCOUNT.address).sign_typed_data(typed_data("x"))
    assert signed == KeystoreSigner(ACCOUNT).sign_typed_data(typed_data("x"))


@pytest.mark.parametrize(
    "trouble",
    [{"silence": 2}, {"status": 500}, {"status": 307, "headers": {"location": "http://127.0.0.1:9/"}}, {"status": 404}],
)
def test_one_that_does_not_answer_is_away_after_its_time(signers, keys, trouble):
    for name, value in trouble.items():
        setattr(signers, name, value)
    began = time.monotonic()
    with pytest.raises(Unavailable) as raised:
        keys.signer(ACCOUNT.address).sign_transaction(TRANSACTION)
    assert not isinstance(raised.value, SignerRefused)
    assert time.monotonic() - began < 2
    assert "secret-path" not in str(raised.value)


def test_what_it_refuses_is_told_with_its_reason(signers, keys):
    signers.change = lambda method, parameters, result: ValueError("not on Sundays")
    with pytest.raises(SignerRefused, match="not on Sundays"):
        keys.signer(ACCOUNT.address).sign_transaction(TRANSACTION)


@pytest.mark.parametrize("url", ["ftp://signer", "signer:9000", "https://user:password@signer"])
def test_an_address_of_no_signer_is_refused(tmp_path, url):
    with pytest.raises(ValidationError):
        Settings(home=tmp_path, remote_signer_url=url)


def test_https_without_a_certificate_that_holds_is_refused(signers):
    with serving(signers) as url, pytest.raises(Unavailable):
        RemoteKeys(url.replace("http://", "https://"), Timeout(1, 1)).holds(ACCOUNT.address)


# --- custody ---------------------------------------------------------------------------------------------------------------


def test_each_party_is_signed_for_where_its_key_is(tmp_path, keys):
    ring = Keyring(tmp_path, "passphrase", keys)
    here = ring.create("A")
    ring.know("B", ACCOUNT.address)
    alone = Account.create().address
    ring.know("C", alone)
    assert ring.addresses() == {"A": here.address, "B": ACCOUNT.address, "C": alone}
    again = Keyring(tmp_path, "passphrase", keys)
    for address in (here.address, ACCOUNT.address):
        assert again.signer_at(address).sign_transaction(TRANSACTION)
    assert again.signer_at(alone) is None
    assert [again.signs_for(party) for party in "ABC"] == [True, True, False]
    assert again.elsewhere() == Keyring(tmp_path, "another passphrase", keys).elsewhere() == {"C"}
    assert Keyring(tmp_path, "passphrase").elsewhere() == {"B", "C"}
    with pytest.raises(KeyElsewhere, match=alone):
        again.signer("C")
    with pytest.raises(AddressOther):
        again.know("B", OTHER.address)
    with pytest.raises(KeyElsewhere):
        Keyring(tmp_path, "passphrase").signer("B")


def test_what_it_signs_goes_through_the_outbox(store, keys):
    node = FakeNode()
    box = outbox(store, node)
    with pytest.raises(NotMined):
        box.send("a", keys.signer(ACCOUNT.address), call(1))
    node.make_block()
    assert box.send("a", keys.signer(ACCOUNT.address), call(1)).block_number == 1


def test_a_crash_of_the_signer_between_nonce_and_signature_leaves_no_hole(store, signers, keys):
    node, signer = FakeNode(), keys.signer(ACCOUNT.address)
    box = outbox(store, node)
    signers.status = 500
    with pytest.raises(Unavailable):
        box.send("first", signer, call(1))
    signers.status = 200
    with pytest.raises(NotMined):
        box.send("second", signer, call(2))
    box.settle(lambda address: signer)
    node.make_block()
    assert [one["call"] for one in node.mined()] == [call(1).data, call(2).data]


def test_a_nonce_that_the_signer_refused_to_sign_for_holds_nobody_up(store, signers, keys):
    node, signer = FakeNode(), keys.signer(ACCOUNT.address)
    box = outbox(store, node)

    def change(method, parameters, result):
        if method != "eth_signTransaction" or parameters[0]["data"] != "0x" + call(1).data.hex():
            return result
        with store.begin() as connection:  # meanwhile another process has the next nonce
            row = connection.execute(select(operations).where(operations.c.key == "first")).mappings().one()
            if connection.execute(select(operations.c.id).where(operations.c.key == "second")).first() is None:
                second = {"id": row["id"] + 100, "key": "second", "call_data": call(2).data, "nonce": row["nonce"] + 1}
                connection.execute(operations.insert().values(**(dict(row) | second)))
        return ValueError("against the rules")

    signers.change = change
    with pytest.raises(SignerRefused):
        box.send("first", signer, call(1))
    with store.read() as connection:
        rows = dict(connection.execute(select(operations.c.key, operations.c.nonce)).all())
    assert rows == {"first": None, "second": 1}
    with pytest.raises(Unavailable):
        box.resume(lambda address: signer)
    for _ in range(2):
        box.settle(lambda address: signer)
        node.make_block()
    assert [one["call"] for one in node.mined()] == [b"", call(2).data]
    with pytest.raises(SignerRefused):
        box.send("first", signer, call(1))
