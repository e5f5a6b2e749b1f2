"""Check an audit log against any node of its chain. Python alone: no package, no database, no service.

    python check_audit.py audit.jsonl http://127.0.0.1:8545

The file is what `pearl audit export FILE` wrote. Exit code 0: every entry is as it was recorded, and the anchors that the
file names stand on chain; 1: something does not hold; 2: it cannot be checked. Without a node the hashes alone are checked.
The operator's address is printed: compare it with one that you trust. An anchor that you know of from another day, and
that the file does not name, was left out.
"""

import hashlib
import http.client
import json
import sys
from urllib.parse import urlsplit

FORMAT = "pearlchain/audit/1"
PREFIX = b"pearl-audit"


def hash_of(entry):
    """SHA-256 of the entry as JSON, without its hash: sorted names, no spaces, UTF-8."""
    told = {name: value for name, value in entry.items() if name != "hash"}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def check(lines, ask):
    """(what, whether it holds), one after the other; stops at the first entry that does not. ``ask`` asks a node, or is None."""
    first = json.loads(next(lines))
    if first["format"] != FORMAT:
        raise ValueError(f"this program checks {FORMAT}, not {first['format']}")
    operator, anchored = first["operator"].lower(), {}
    yield f"the operator is {first['operator']}", True
    for anchor in first["anchors"]:
        anchored.setdefault(anchor["number"], set()).add(anchor["hash"])
        if ask is not None:
            sent = ask("eth_getTransactionByHash", anchor["transaction"])
            data = PREFIX + anchor["number"].to_bytes(8, "big") + bytes.fromhex(anchor["hash"])
            holds = sent is not None and sent["blockNumber"] is not None and sent["input"] == "0x" + data.hex()
            holds = holds and sent["from"].lower() == sent["to"].lower() == operator
            yield f"entry {anchor['number']} is anchored in transaction {anchor['transaction']}", holds
    number, previous = 0, "0" * 64
    for number, line in enumerate(lines, 1):
        entry = json.loads(line)
        same = (entry["number"], entry["previous"], entry["hash"]) == (number, previous, hash_of(entry))
        if not same or anchored.get(number, {entry["hash"]}) != {entry["hash"]}:
            yield f"entry {number} is what was recorded", False
            return
        previous = entry["hash"]
    yield f"entries 1 to {number} are what was recorded, and the last one has the hash {previous}", True
    yield f"the log goes up to what was anchored ({max(anchored, default=0)})", number >= max(anchored, default=0)


def asking(url):
    """A function that asks the node."""
    at = urlsplit(url)

    def ask(method, *parameters):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}).encode()
        kind = http.client.HTTPSConnection if at.scheme == "https" else http.client.HTTPConnection
        connection = kind(at.hostname, at.port, timeout=60)
        try:
            connection.request("POST", at.path or "/", body, {"Content-Type": "application/json"})
            found = json.load(connection.getresponse())
        finally:
            connection.close()
        if "error" in found:
            raise RuntimeError(found["error"].get("message", "the node refuses"))
        return found["result"]

    return ask


def main(arguments):
    if len(arguments) not in (1, 2):
        print(__doc__)
        return 2
    whole = True
    try:
        with open(arguments[0], encoding="utf-8") as file:
            for what, holds in check(iter(file), asking(arguments[1]) if len(arguments) == 2 else None):
                print("✓" if holds else "✗", what)
                whole = whole and holds
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, http.client.HTTPException,
            StopIteration, OverflowError) as error:  # fmt: skip
        print(f"it cannot be checked: {type(error).__name__}: {error}")
        return 2
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
