"""What a transaction costs on a node, from a call on the EVM within this process, and what its gas goes for.

pyrevm takes no notice of where one transaction ends: words and accounts stay warm, and a word's first value stays the
first. So what storage and calls cost is taken off the call's gas, and put on again by the price list (EIP-2929, EIP-3529)
as for a transaction of its own. `tests/benchmarks` holds that a node measures the same.
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO, Any

from pyrevm import EVM

BASE, DATA_BYTE, DATA_ZERO = 21_000, 16, 4
#: A word: read again, read first, changed, changed from nothing, first touched by a write.
WARM, COLD_READ, CHANGED, MADE, COLD_WRITE = 100, 2_100, 2_900, 20_000, 2_100
#: An account: called first.
COLD_ACCOUNT = 2_600
#: Addresses up to this are the EVM's own functions, which are always warm.
LAST_PRECOMPILE = 0x0A
CALLS = ("CALL", "STATICCALL", "DELEGATECALL")

Step = dict[str, Any]


def spent(evm: EVM, sender: str, target: str, data: bytes) -> Counter[str]:
    """Run a transaction. Returns what its gas went for; the sum is its gas."""
    checkpoint = evm.snapshot()
    with _told(evm) as told:
        evm.message_call(sender, target, data)
        steps = _steps(told)
    used = int(evm.result.gas_used)
    evm.revert(checkpoint)
    parts = Counter({"base": BASE, "call data": sum(DATA_BYTE if byte else DATA_ZERO for byte in data)})
    taken_off = parts.total()
    words: dict[tuple[str, int], int] = {}
    accounts = {sender.lower(), target.lower()}
    for step, address in _with_address(steps, target.lower()):
        name, cost, stack = step["opName"], int(step["gasCost"], 16), step["stack"]
        if name in ("SLOAD", "SSTORE"):
            taken_off += cost
            place = address, int(stack[-1], 16)
            first = place not in words
            if first:
                words[place] = evm.storage(address, place[1])
            if name == "SLOAD":
                parts["storage reads"] += COLD_READ if first else WARM
                continue
            value = int(stack[-2], 16)
            if first:
                parts["storage reads"] += COLD_WRITE
            changes = words[place] != value
            parts["storage writes"] += (CHANGED if words[place] else MADE) if changes else WARM
            words[place] = value
        elif name.startswith("LOG"):
            taken_off += cost
            parts["events"] += cost
        elif name in CALLS:
            taken_off += WARM
            called = f"0x{int(stack[-2], 16):040x}"
            known = called in accounts or int(called, 16) <= LAST_PRECOMPILE
            accounts.add(called)
            parts["calls"] += WARM if known else COLD_ACCOUNT
    parts["computation"] = used - taken_off
    evm.message_call(sender, target, data)
    return parts


def _with_address(steps: list[Step], target: str) -> Iterator[tuple[Step, str]]:
    """Each step with the address whose storage it is in."""
    at = {steps[0]["depth"]: target}
    before: Step | None = None
    for step in steps:
        depth = step["depth"]
        if before is not None and depth == before["depth"] + 1:
            delegated = before["opName"] == "DELEGATECALL"
            at[depth] = at[depth - 1] if delegated else f"0x{int(before['stack'][-2], 16):040x}"
        yield step, at[depth]
        before = step


@contextmanager
def _told(evm: EVM) -> Iterator[IO[bytes]]:
    """What the EVM writes of its steps, which it does to the process's own output."""
    with TemporaryFile() as file:
        sys.stdout.flush()
        kept = os.dup(1)
        os.dup2(file.fileno(), 1)
        evm.tracing = True
        try:
            yield file
        finally:
            evm.tracing = False
            os.dup2(kept, 1)
            os.close(kept)


def _steps(file: IO[bytes]) -> list[Step]:
    file.seek(0)
    told = (json.loads(line) for line in file if line.startswith(b"{"))
    return [step for step in told if "opName" in step]
