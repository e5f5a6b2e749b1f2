"""The embedded EVM node: anvil as a child process, with a state file, a good copy of it, and a clean end."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from requests import ConnectionError
from web3 import HTTPProvider, Web3
from web3.exceptions import Web3Exception
from web3.middleware import AttributeDictMiddleware, ExtraDataToPOAMiddleware
from web3.providers.rpc.utils import ExceptionRetryConfiguration

from chain.ending import uninterrupted
from chain.errors import PearlError, Unavailable
from chain.issuance.node_names import shown

CHAIN_ID = 7_851
#: What the new process does before it becomes the node: it tells where it will be, as `EmbeddedNode._tell` does, since whoever
#: started it may be dead by then.
_TELL_AND_BECOME = """
printf '{"endpoint": "%s", "process_id": %d, "answered": false}' "$1" "$$" > "$2" && mv "$2" "$3" && shift 3 && exec "$@"
"""
#: How often the node writes its whole state, during which it takes no transaction.
STATE_SECONDS = 10
#: Of so many of its last blocks the node can tell what was before them. It keeps a whole state of each, in memory.
STATES = 100
STARTUP_SECONDS = 30
#: To connect, and to wait for an answer.
TIMEOUT_SECONDS = (5, 60)


class NodeMissing(PearlError):
    message = "the embedded node is not installed ({path})"
    next_step = "run 'make setup', or set PEARL_NODE_URL to a node of your own"


class ClockRefused(PearlError):
    message = "the node does not take {timestamp} as the time of its next block: {reason}"
    next_step = "connect the embedded node of this home, alone"


def client(endpoint: str) -> Web3:
    """A client of the node at ``endpoint``, whether it answers or not. One that is refused is asked again a few times;
    one that keeps silent is not.

    It also reads blocks that their validators signed, whose ``extraData`` is longer than web3 expects; and it does not ask for
    the chain's id before every simulation, as web3 does by itself.
    """
    retry = ExceptionRetryConfiguration(errors=(ConnectionError,))
    provider = HTTPProvider(endpoint, request_kwargs={"timeout": TIMEOUT_SECONDS}, exception_retry_configuration=retry)
    return Web3(provider, middleware=[AttributeDictMiddleware, ExtraDataToPOAMiddleware])


def connect(endpoint: str) -> Web3:
    """The same. Raises Unavailable when nobody answers."""
    web3 = client(endpoint)
    try:
        web3.eth.chain_id  # noqa: B018 - the question is the check
    except (OSError, Web3Exception) as error:
        raise Unavailable(what="the node at {endpoint}", endpoint=shown(endpoint)) from error
    return web3


def advance_clock(web3: Web3, timestamp: int) -> None:
    """Make an empty block at ``timestamp`` (unix seconds), from which the embedded node's clock runs on.

    Does nothing when the chain is there already: its clock never goes back.
    """
    if timestamp > web3.eth.get_block("latest")["timestamp"]:
        web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])  # type: ignore[arg-type]
        web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]


def make_blocks_at_once(web3: Web3, *, does: bool) -> None:
    """Whether the embedded node makes a block as soon as it has a transaction, as it does from its start."""
    web3.provider.make_request("evm_setAutomine", [does])  # type: ignore[arg-type]


def make_blocks_again(web3: Web3) -> None:
    """At once, after somebody may have died while it made none by itself: what it was given then is thrown away, since it
    would be mined now."""
    if not web3.provider.make_request("anvil_getAutomine", [])["result"]:  # type: ignore[arg-type]
        web3.provider.make_request("anvil_dropAllTransactions", [])  # type: ignore[arg-type]
        make_blocks_at_once(web3, does=True)


def forget_waiting(web3: Web3, address: str) -> None:
    """Throw away what the embedded node keeps of a signer and has in no block.

    A transaction that it takes in while it mines the one before waits for that one for ever (seen once in 66,000 that were
    handed over together), and is refused as known when it is handed over again.
    """
    web3.provider.make_request("anvil_removePoolTransactions", [address])  # type: ignore[arg-type]


def make_block(web3: Web3, timestamp: int) -> None:
    """Make the embedded node's next block, of exactly this time: not before the latest block's, which may be the same."""
    # The node refuses a time that is not after the last one it thinks of, which after a restart is its start.
    web3.provider.make_request("evm_setTime", [timestamp - 1])  # type: ignore[arg-type]
    answer = web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])  # type: ignore[arg-type]
    if "error" in answer:
        raise ClockRefused(timestamp=timestamp, reason=answer["error"].get("message", ""))
    web3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]


def anvil_executable() -> Path:
    """The binary inside the npm package for this machine. Raises NodeMissing."""
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower()
    )
    package = f"anvil-{platform.system().lower()}-{machine}"
    path = Path(__file__).parents[2] / "node_modules" / "@foundry-rs" / package / "bin" / "anvil"
    if not path.exists():
        raise NodeMissing(path=path)
    return path


@dataclass(frozen=True, slots=True)
class _Running:
    """What ``running.json`` says of a node that somebody started on this folder."""

    endpoint: str
    process_id: int
    answered: bool = True
    """False from its start until it answers."""


class EmbeddedNode:
    """One anvil over one folder. Whoever finds it running uses it; who started it ends it.

    The state file is written every `STATE_SECONDS` and at the end; a hard kill forgets what was since, or leaves a file that is
    broken or of two moments, so the last whole file that loaded is kept aside. What is missing after that, the outbox sends again
    (`chain.issuance.outbox`).
    """

    def __init__(self, folder: Path, *, port: int = 0, genesis_timestamp: int | None = None) -> None:
        self.folder = folder
        self._port = port
        self._genesis_timestamp = genesis_timestamp
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = FileLock(folder / "node.lock")
        self.endpoint = ""

    @property
    def owned(self) -> bool:
        """True when this object started the process."""
        return self._process is not None

    @property
    def running(self) -> bool:
        """True when a node, whoever started it, answers for this folder."""
        return self._running() is not None

    @property
    def ended(self) -> bool:
        """True when the process that `start` started or found is gone; one that is only busy is not."""
        if self._process is not None:
            return self._process.poll() is not None
        found = self._found()
        return found is None or found.endpoint != self.endpoint

    def start(self) -> str:
        """Start the node, or find the one that runs on this folder. Returns its JSON-RPC address."""
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + STARTUP_SECONDS
        while True:
            if running := self._running():
                self.endpoint = running.endpoint
                return self.endpoint
            try:
                self._lock.acquire(timeout=0)
                break
            except Timeout:  # another process is just starting one
                if time.monotonic() > deadline:
                    raise Unavailable(what="the embedded node") from None
                time.sleep(0.05)
        try:
            if left := self._left_behind():
                self._lock.release()
                self.endpoint = left.endpoint
                return self.endpoint
            return self._start_first_that_loads()
        except BaseException:
            self._lock.release()
            raise

    def stop(self) -> None:
        """End the node if this object started it; its state is on disk then."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        (self.folder / "running.json").unlink(missing_ok=True)
        self._lock.release()

    def _found(self) -> _Running | None:
        """What is written of a node whose process is there, whether it answers or not."""
        try:
            running = _Running(**json.loads((self.folder / "running.json").read_text()))
            os.kill(running.process_id, 0)
        except (OSError, ValueError, TypeError):
            return None
        return running

    def _running(self) -> _Running | None:
        running = self._found()
        try:
            if running is not None:
                connect(running.endpoint)
        except Unavailable:
            return None
        return running

    def _left_behind(self) -> _Running | None:
        """The node of somebody who died before it answered. It is waited for: two on one folder would write over each other.
        Raises Unavailable where it does not answer."""
        deadline = time.monotonic() + STARTUP_SECONDS
        while self._is_alive():
            if running := self._running():
                self._tell(running.endpoint, running.process_id)
                return running
            if time.monotonic() > deadline:
                raise Unavailable(what="the embedded node (see {log})", log=str(self.folder / "anvil.log"))
            time.sleep(0.05)
        return None

    def _is_alive(self) -> bool:
        """Whether a node has this folder, or a process that becomes one, whatever is written down of it."""
        if (claim := self._claim()) is None:
            return True
        os.close(claim)
        return False

    def _claim(self) -> int | None:
        """A file that one process has at a time, and whoever it gives it to; None: another has it. Its end gives it back."""
        file = os.open(self.folder / "alive.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        return file

    def _tell(self, endpoint: str, process_id: int) -> None:
        """Let others find the node that answers."""
        running = {"endpoint": endpoint, "process_id": process_id, "answered": True}
        part = self.folder / "running.part"
        part.write_text(json.dumps(running))
        part.replace(self.folder / "running.json")

    def _start_first_that_loads(self) -> str:
        state, good = self.folder / "state.json", self.folder / "state.good.json"
        for candidate in (state, good, None):
            if candidate is not None and not (candidate.exists() and _is_of_one_moment(candidate)):
                continue
            if candidate is good:
                shutil.copyfile(good, state)
            elif candidate is None:
                state.unlink(missing_ok=True)
            aside = good.with_suffix(".part")
            if candidate is state:  # before the node that loads it writes it again
                shutil.copyfile(state, aside)
            if endpoint := self._launch(state):
                if candidate is state:
                    _replace_durably(aside, good)
                self.endpoint = endpoint
                return endpoint
        raise Unavailable(what="the embedded node (see {log})", log=str(self.folder / "anvil.log"))

    def _genesis(self) -> int:
        """The chain's first second, fixed once: a chain made anew from the outbox starts at the same time."""
        path = self.folder / "genesis.json"
        if not path.exists():
            timestamp = int(time.time()) if self._genesis_timestamp is None else self._genesis_timestamp
            path.write_text(json.dumps({"timestamp": timestamp}))
        return int(json.loads(path.read_text())["timestamp"])

    def _launch(self, state: Path) -> str | None:
        port = self._port or _free_port()
        arguments = [
            str(anvil_executable()), "--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID),
            "--accounts", "0", "--base-fee", "0", "--gas-price", "0", "--gas-limit", "1000000000",
            "--hardfork", "paris", "--no-cors",
            "--state", str(state), "--state-interval", str(STATE_SECONDS),
            "--prune-history", str(STATES), "--cache-path", str(self.folder / "cache"),
        ]  # fmt: skip
        if not state.exists():  # with a loaded state the flag would turn the clock back to the chain's first second
            arguments += ["--timestamp", str(self._genesis())]
        endpoint = f"http://127.0.0.1:{port}"
        told = endpoint, str(self.folder / "running.begun"), str(self.folder / "running.json")
        claim = self._claim()
        if claim is None:
            raise Unavailable(what="the embedded node")
        try:
            with (self.folder / "anvil.log").open("wb") as log, uninterrupted():  # else nobody would end the process
                # A session of its own: Ctrl-C ends us first, and we end the node after the last write.
                self._process = subprocess.Popen(
                    ["/bin/sh", "-c", _TELL_AND_BECOME, "sh", *told, *arguments], pass_fds=(claim,),
                    stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
        finally:
            os.close(claim)  # the node has it now
        deadline = time.monotonic() + STARTUP_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                connect(endpoint)
            except Unavailable:
                time.sleep(0.05)
                continue
            self._tell(endpoint, self._process.pid)
            return endpoint
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process = None
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_of_one_moment(state: Path) -> bool:
    """Whether the file has one state of the chain, and all of it.

    A kill in the middle of a write leaves it truncated. A block that is mined while the node collects what it writes leaves
    the accounts of one block beside the transactions of another, which loads and then takes no transaction of theirs.
    """
    try:
        written = json.loads(state.read_bytes())
        accounts, blocks, transactions = written["accounts"], written["blocks"], written["transactions"]
        sent = Counter(transaction["info"]["from"].lower() for transaction in transactions)
        nonces = {
            address.lower(): account["nonce"]
            for address, account in accounts.items()
            if account["nonce"] and account["code"] == "0x"
        }
        newest = max(int(block["header"]["number"], 16) for block in blocks)
        return (
            newest == written["best_block_number"] == int(written["block"]["number"], 16)
            and sum(len(block["transactions"]) for block in blocks) == len(transactions)
            and nonces == sent
        )
    except (ValueError, KeyError, TypeError):
        return False


def _replace_durably(part: Path, target: Path) -> None:
    with part.open("rb") as copied:
        os.fsync(copied.fileno())
    part.replace(target)
