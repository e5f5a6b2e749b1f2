"""What proposing names that may be one enterprise takes, at one size and at eight times that, and what it misses."""

from __future__ import annotations

from random import Random
from time import perf_counter

from benchmarks.rows import Row
from chain.documents.proposals import company_name, propose

NAMES = 100_000
PART = 8
SLIPS = 2_000
SYLLABLES = [first + last for first in "bcdfghjklmnprstvwz" for last in ("a", "e", "i", "o", "u", "an", "er", "ol")]
TRADES = ["Trading", "Logistics", "Metals", "Foods", "Systems", "Industries", "Holding", "Services"]
FORMS = ["GmbH", "Ltd", "S.p.A.", "AG", "B.V.", "Inc."]
CHINESE_TRADES = ["贸易", "实业", "物流", "电子", "新材料"]


def measure() -> list[Row]:
    """`identity.propose`: microseconds a name; `identity.propose_missed`: share of names with one slip not found again."""
    propose(_names(1_000))
    part, whole = _seconds(_names(NAMES // PART)), _seconds(_names(NAMES))
    return [
        Row(
            "identity.propose", whole * 1e6 / NAMES, "µs a name, of 100,000", "the same, of 12,500", part * 1e6 * PART / NAMES,
            limit=2.0,
        ),
        Row("identity.propose_missed", _missed(), "share of names with one slip, of 100,000", limit=0.05),
    ]  # fmt: skip


def _names(count: int) -> list[tuple[str, str]]:
    """(enterprise, name): six in ten Latin, four in ten Chinese."""
    chance = Random(7)
    return [(f"e{number:06d}", _name(chance)) for number in range(count)]


def _name(chance: Random) -> str:
    if chance.random() < 0.4:
        stem = "".join(chr(0x4E00 + chance.randrange(3_000)) for _ in range(chance.randint(2, 4)))
        return f"{stem}{chance.choice(CHINESE_TRADES)}有限公司"
    words = ["".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4))).title() for _ in range(2)]
    return " ".join((*words, chance.choice(TRADES), chance.choice(FORMS)))


def _seconds(names: list[tuple[str, str]]) -> float:
    company_name.cache_clear()
    started = perf_counter()
    propose(names)
    return perf_counter() - started


def _missed() -> float:
    """One letter of the first word is another one, in Latin names (in a short Chinese name that is another name)."""
    chance, names = Random(11), _names(NAMES)
    typed = [row for row in names if row[1].isascii()][:SLIPS]
    twins = []
    for enterprise, name in typed:
        position = chance.randrange(name.index(" "))
        twins.append((f"t{enterprise}", name[:position] + chance.choice("xyq") + name[position + 1 :]))
    found = {(one.left, one.right) for one in propose(names + twins)}
    return 1 - sum((enterprise, f"t{enterprise}") in found for enterprise, _ in typed) / len(typed)
