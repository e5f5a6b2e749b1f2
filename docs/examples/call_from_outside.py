"""Call the ledger from outside, with its ABIs and its documentation alone (docs/contracts.md, "Calling it from outside").

    pearl contracts addresses --json > addresses.json
    pearl contracts abi > abis.json
    python call_from_outside.py http://127.0.0.1:8545 addresses.json abis.json keys.json

``keys.json`` holds private keys of two enrolled parties: ``{"buyer": "0x…", "seller": "0x…"}``. The buyer has a line in CNY. It
confirms an invoice that it owes and issues against it; the seller accepts by a signed order, which the buyer sends.
"""

import hashlib
import json
import sys
import time
from pathlib import Path

from eth_abi.abi import decode
from eth_account import Account
from eth_account.messages import encode_typed_data
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractLogicError

CNY, INVOICE, VOUCHER, NO_RECOURSE = 1, 1, 1, False
DAY = 86_400
NOBODY = ("0x" + "0" * 40, b"")

REFERENCE = "uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay"
CONFIRMATION = (
    "bytes32 identity,bytes32 digest,uint8 kind,uint64 faceMinor,uint8 currency,uint32 buyer,uint32 seller,"
    "uint16 deliveryDay,bytes32 lot,bytes32 order,uint32 attestor"
)
ACCEPT = "PieceReference[] pieces,address key,address target,uint256 nonce,uint40 deadline"


class Ledger:
    """The contracts at their addresses, and what a caller needs around them."""

    def __init__(self, endpoint, addresses, abis):
        self.web3 = Web3(HTTPProvider(endpoint))
        self.abis = abis
        self.contracts = {
            name: self.web3.eth.contract(address, abi=abis[name]) for name, address in addresses.items() if name in abis
        }

    def read(self, contract, function, *arguments):
        return self.contracts[contract].functions[function](*arguments).call()

    def send(self, account, contract, function, *arguments):
        """Ask first, which gives the answer or the refusal; then send. Returns the answer."""
        call = self.contracts[contract].functions[function](*arguments)
        answer = call.call({"from": account.address})
        nonce = self.web3.eth.get_transaction_count(account.address)
        gas = {
            "gas": 10_000_000,
            "gasPrice": 0,
            "nonce": nonce,
            "from": account.address,
        }  # which is free on this network
        signed = account.sign_transaction(call.build_transaction(gas))
        receipt = self.web3.eth.wait_for_transaction_receipt(self.web3.eth.send_raw_transaction(signed.raw_transaction))
        assert receipt["status"] == 1
        return answer

    def sign(self, account, contract, kind, message, **structs):
        """An EIP-712 signature in the domain that the contract tells of itself (EIP-5267)."""
        _, name, version, chain_id, at, _, _ = self.read(contract, "eip712Domain")
        domain = {"name": name, "version": version, "chainId": chain_id, "verifyingContract": at}
        types = {
            struct: [dict(zip(("type", "name"), field.split(), strict=True)) for field in fields.split(",")]
            for struct, fields in structs.items()
        }
        assert kind in types
        return account.sign_message(encode_typed_data(domain, types, message)).signature

    def refusal(self, error):
        """The contract's own error by its name, with its values."""
        data = bytes.fromhex(str(error.data).removeprefix("0x"))
        for entry in (entry for abi in self.abis.values() for entry in abi if entry["type"] == "error"):
            types = [field["type"] for field in entry["inputs"]]
            if self.web3.keccak(text=f"{entry['name']}({','.join(types)})")[:4] == data[:4]:
                names = [field["name"] for field in entry["inputs"]]
                return {entry["name"]: dict(zip(names, decode(types, data[4:]), strict=True))}
        return {"unknown": data.hex()}


def main(endpoint, addresses, abis, keys):
    """Invoice → issue → acceptance → way. Prints what it read as JSON."""
    ledger = Ledger(endpoint, *(json.loads(Path(path).read_text()) for path in (addresses, abis)))
    buyer, seller = (Account.from_key(json.loads(Path(keys).read_text())[who]) for who in ("buyer", "seller"))
    buyer_id, seller_id = (ledger.read("Participants", "partyOf", one.address) for one in (buyer, seller))
    now = ledger.web3.eth.get_block("latest")["timestamp"]
    today = now // DAY
    # The buyer signs what it owes; its signature makes the document's capacity. Anyone may bring it in.
    unique = str(time.time_ns()).encode()
    invoice = {
        "identity": hashlib.sha256(b"identity" + unique).digest(), "digest": hashlib.sha256(b"digest" + unique).digest(),
        "kind": INVOICE, "faceMinor": 10_000, "currency": CNY, "buyer": buyer_id, "seller": seller_id,
        "deliveryDay": today - 1, "lot": bytes(32), "order": bytes(32), "attestor": 0,
    }  # fmt: skip
    signature = ledger.sign(buyer, "TradeRegistry", "Confirmation", invoice, Confirmation=CONFIRMATION)
    (evidence,) = ledger.send(
        seller, "TradeRegistry", "register", [tuple(invoice.values())], [(buyer.address, signature)], [NOBODY]
    )
    # The buyer issues under its first line: one leg, which becomes piece 1 of the new obligation.
    line = buyer_id << 8 | 1
    leg = (seller_id, 10_000, evidence, now + DAY)
    obligation = ledger.send(buyer, "CreditLedger", "issue", line, VOUCHER, today + 90, NO_RECOURSE, [leg])
    piece = obligation << 16 | 1
    # The seller's order names the piece by all that it must be, in one word for the call and as a struct for the signer.
    (reference,) = ledger.read("LedgerReader", "references", [piece])
    named = {
        "piece": reference & (1 << 80) - 1, "parentIndex": reference >> 80 & 0xFFFF,
        "evidence": reference >> 96 & (1 << 40) - 1, "maturityDay": reference >> 136,
    }  # fmt: skip
    target = ledger.contracts["CreditLedger"]
    order = {"key": seller.address, "target": target.address, "nonce": time.time_ns(), "deadline": now + DAY}
    signature = ledger.sign(
        seller, "SignedOrders", "Accept", {"pieces": [named], **order}, Accept=ACCEPT, PieceReference=REFERENCE
    )
    call = target.encode_abi("accept", [[reference]])
    ledger.send(buyer, "SignedOrders", "execute", (*order.values(), call), signature)
    # A refusal is one of the ABI's errors.
    try:
        ledger.send(buyer, "CreditLedger", "issue", line, VOUCHER, today + 90, NO_RECOURSE, [leg])
        refusal = None
    except ContractLogicError as error:
        refusal = ledger.refusal(error)
    (step,) = ledger.read("LedgerReader", "path", piece)
    state = step[-1]
    print(
        json.dumps(
            {"piece": piece, "evidence": evidence, "from": step[1], "to": step[2], "state": state, "refusal": refusal}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
