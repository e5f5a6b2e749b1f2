"""Check a proof of holding against any node of its chain. Python alone: no package, no database, no service.

    python check_holding.py holding.json http://127.0.0.1:8545

The file is what `pearl proof PIECE FILE` wrote, and says what to ask; the node says what is so. Exit code 0: all that the
file says holds and the piece is its owner's now; 1: something does not hold; 2: it cannot be checked. Whose code stands at
the addresses is compared too, by its SHA-256. Which ledger is the right one the file cannot say: compare the address that
is printed with one that you trust.
"""

import hashlib
import http.client
import json
import sys
from urllib.parse import urlsplit

FORMAT = "pearlchain/holding/1"
#: What is asked, by the first bytes of the hash of its name, as contracts are asked.
CALLS = {
    "path": "e861fecb",
    "piece": "bbb894e5",
    "obligation": "00fe5837",
    "evidence": "b92d9808",
    "evidenceOf": "4351e53f",
    "partyOf": "2cea2d3b",
}
#: How the answers' words are called, in their order.
STEP = ("piece", "from", "to", "evidence", "tier", "state")
PIECE = (
    "id", "owner", "parent", "amountMinor", "evidence", "useIndex", "hops", "tier", "state", "financed", "payment",
    "deadline", "openOffers", "childCount",
)  # fmt: skip
OBLIGATION = (
    "issuer", "line", "faceMinor", "liveMinor", "maturityDay", "pieceCount", "maxPieces", "maxHops", "graceDays",
    "rulebookVersion", "instrument", "currency", "utcOffsetQuarterHours", "overdue", "recourse", "attestedOnly", "lossMinor",
    "heldCount",
)  # fmt: skip
EVIDENCE_COMMITMENT = 13
LIVE = {1: "offered", 2: "held", 3: "locked", 4: "on hold"}


class Node:
    """A node's JSON-RPC."""

    def __init__(self, url):
        self.at = urlsplit(url)

    def ask(self, method, *parameters):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        kind = http.client.HTTPSConnection if self.at.scheme == "https" else http.client.HTTPConnection
        connection = kind(self.at.hostname, self.at.port, timeout=60)
        try:
            connection.request("POST", self.at.path or "/", body, {"Content-Type": "application/json"})
            found = json.load(connection.getresponse())
        finally:
            connection.close()
        if "error" in found:
            raise RuntimeError(found["error"].get("message", "the node refuses"))
        return found["result"]

    def words(self, address, function, argument):
        """What a contract answers to one number, as numbers of 32 bytes."""
        data = f"0x{CALLS[function]}{argument:064x}"
        text = self.ask("eth_call", {"to": address, "data": data}, "latest").removeprefix("0x")
        return [int(text[at : at + 64], 16) for at in range(0, len(text), 64)]


def number_of(piece):
    """The id as the chain has it: issuer, line, obligation and piece nested in one number."""
    issuer, line, obligation, index = map(int, piece.split("."))
    return ((issuer << 8 | line) << 24 | obligation) << 16 | index


def check(proof, node):
    """(what, whether it holds), one after the other."""
    chain, piece, terms = proof["chain"], proof["piece"], proof["terms"]
    number = number_of(piece["id"])
    at = {name: one["address"] for name, one in chain["contracts"].items()}
    yield f"the chain is number {chain['id']}", int(node.ask("eth_chainId"), 16) == chain["id"]
    block = node.ask("eth_getBlockByNumber", hex(chain["block"]), False)
    same = block is not None and (block["hash"], int(block["timestamp"], 16)) == (chain["block_hash"], chain["time"])
    yield f"block {chain['block']} is the one that the file names", same
    for name, one in chain["contracts"].items():
        code = bytes.fromhex(node.ask("eth_getCode", one["address"], "latest").removeprefix("0x"))
        yield f"{name} has the code that the file names", hashlib.sha256(code).hexdigest() == one["code_sha256"]
    now = dict(zip(PIECE, node.words(at["LedgerReader"], "piece", number), strict=True))
    fixed = [name for name in piece if name in PIECE and name not in ("id", "amountMinor", "state")]
    yield (
        f"piece {piece['id']} is party {piece['owner']}'s, and came as the file says",
        all(now[name] == int(piece[name]) for name in fixed),
    )
    owed = dict(zip(OBLIGATION, node.words(at["LedgerReader"], "obligation", number >> 16), strict=True))
    yield "it is owed on these terms", all(owed[name] == int(value) % 2**256 for name, value in terms.items())
    words = node.words(at["LedgerReader"], "path", number)[2:]
    steps = [dict(zip(STEP, words[i : i + len(STEP)], strict=True)) for i in range(0, len(words), len(STEP))]
    way = [{name: step[name] for name in STEP if name != "state"} for step in steps]
    yield f"it came from its issuer in these {len(proof['way'])} steps", way == proof["way"]
    behind = {step["evidence"] for step in proof["way"]} - {0}
    yield "every step of trade has its document", {one["evidence"] for one in proof["documents"]} == behind
    for one in proof["documents"]:
        identity, commitment = int(one["identity"], 16), int(one["commitment"], 16)
        is_it = node.words(at["TradeRegistry"], "evidenceOf", identity) == [one["evidence"]]
        signed = node.words(at["TradeRegistry"], "evidence", one["evidence"])[EVIDENCE_COMMITMENT] == commitment
        yield f"document {one['evidence']} was confirmed with this digest", is_it and signed
    for key in proof["keys"]:
        yield f"{key} signs for its owner", node.words(at["Participants"], "partyOf", int(key, 16)) == [piece["owner"]]
    yield (
        f"it is live ({LIVE.get(now['state'], 'ended')}), with {now['amountMinor']} in it in minor units (the file: "
        f"{piece['amountMinor']})",
        now["state"] in LIVE and now["amountMinor"] > 0,
    )


def main(arguments):
    if len(arguments) != 2:
        print(__doc__)
        return 2
    try:
        with open(arguments[0], encoding="utf-8") as file:
            proof = json.load(file)
        if proof["format"] != FORMAT:
            print(f"this program checks {FORMAT}, not {proof['format']}")
            return 2
        print(f"the ledger is {proof['chain']['contracts']['CreditLedger']['address']}")
        whole = True
        for what, holds in check(proof, Node(arguments[1])):
            print("✓" if holds else "✗", what)
            whole = whole and holds
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, http.client.HTTPException) as error:
        print(f"it cannot be checked: {type(error).__name__}: {error}")
        return 2
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
