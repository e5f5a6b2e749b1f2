"""What a transaction pays for a unit of gas, on chains that have fees (EIP-1559); all amounts in wei."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median_low
from typing import Any

from web3 import Web3

from chain.errors import Unavailable

#: Blocks that are looked at for what others pay to be taken in.
HISTORY_BLOCKS = 10
#: Nodes keep the dearer of two transactions of one nonce where it pays a tenth more, or an eighth (geth, Besu, Nethermind).
BUMP = 8


class FeesUnset(Unavailable):
    message = "this chain takes fees (now {base} wei for a unit of gas), and none may be paid"
    next_step = "set PEARL_FEE_CAP_WEI to the most that a unit of gas may cost"


class FeeAboveCap(Unavailable):
    message = "a unit of gas costs {base} wei, and at most {cap} may be paid"
    next_step = "wait until it is cheaper, or raise PEARL_FEE_CAP_WEI; nothing was lost"


@dataclass(frozen=True, slots=True)
class Fee:
    """At most ``most`` for a unit of gas, of which ``tip`` at most goes to who makes the block."""

    most: int
    tip: int

    def fields(self) -> dict[str, Any]:
        """As a transaction of type 2 says it."""
        return {"type": 2, "maxFeePerGas": self.most, "maxPriorityFeePerGas": self.tip}


def base_fee(web3: Web3) -> int:
    """What every transaction of the newest block paid; 0 on a chain without fees."""
    return int(web3.eth.get_block("latest").get("baseFeePerGas", 0))


def suggested(web3: Web3, cap: int) -> Fee:
    """What is taken in within a few blocks: the base fee may double meanwhile. Raises FeeAboveCap."""
    history = web3.eth.fee_history(HISTORY_BLOCKS, "latest", [50.0])
    base = int(history["baseFeePerGas"][-1])  # of the block to come
    if base > cap:
        raise FeeAboveCap(base=base, cap=cap)
    filled = [one[0] for one, used in zip(history.get("reward") or (), history["gasUsedRatio"], strict=False) if used]
    tip = int(median_low(filled)) if filled else int(web3.eth.max_priority_fee)
    most = min(2 * base + tip, cap)
    return Fee(most, min(tip, most))


def bumped(fee: Fee, fresh: Fee, cap: int) -> Fee | None:
    """The fee of a replacement, an eighth more at least; None where the cap leaves no room for that."""
    most, tip = (
        max(new, old + -(-old // BUMP), old + 1) for old, new in ((fee.most, fresh.most), (fee.tip, fresh.tip))
    )
    return None if most > cap or tip > most else Fee(most, tip)
