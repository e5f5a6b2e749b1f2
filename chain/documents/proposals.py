"""Names that may be one enterprise: pairs with a score and a reason, for a person to decide. A name decides nothing.

Near-linear: names are held against each other only where they share one of their rarest parts (words and four-letter
runs, or two-character runs of Chinese), and a part that many share is passed over (`LARGEST_BLOCK`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from rapidfuzz import fuzz, process

#: What a pair must reach, of 100 (rapidfuzz ratio of the names without legal form, words sorted).
LEAST_SCORE = 88
#: So many parts of a name are looked at, the rarest first; a part that more names have is passed over.
PARTS, LARGEST_BLOCK = 5, 40

SAME_NAME = "the same name, legal form written alike"
SAME_WORDS = "the same words, in another order or writing"
OTHER_FORM = "the same words, another legal form ({left_form} and {right_form})"
ALIKE = "names alike to {score} of 100"

#: Writing (dots and spaces out) → the form it means, of countries whose documents are read. ISO 20275 has thousands more.
LEGAL_FORMS = {
    "有限责任公司": "有限公司", "有限公司": "有限公司", "股份有限公司": "股份有限公司", "股份公司": "股份有限公司",
    "gmbh": "gmbh", "mbh": "gmbh", "gmbhcokg": "gmbh & co. kg", "ag": "ag", "kg": "kg", "ohg": "ohg", "ug": "ug",
    "ev": "e.v.", "ek": "e.k.", "se": "se", "ltd": "ltd", "limited": "ltd", "coltd": "ltd", "companylimited": "ltd",
    "plc": "plc", "llp": "llp", "llc": "llc", "lp": "lp", "inc": "inc", "incorporated": "inc", "corp": "corp",
    "corporation": "corp", "co": "co", "company": "co", "pteltd": "pte ltd", "ptyltd": "pty ltd", "pvtltd": "pvt ltd",
    "privatelimited": "pvt ltd", "sa": "s.a.", "sas": "s.a.s.", "sarl": "s.à r.l.", "sasu": "s.a.s.", "snc": "s.n.c.",
    "spa": "s.p.a.", "srl": "s.r.l.", "srls": "s.r.l.", "sl": "s.l.", "slu": "s.l.", "lda": "lda", "ltda": "ltda",
    "bv": "b.v.", "nv": "n.v.", "bvba": "b.v.", "vof": "v.o.f.", "ab": "ab", "hb": "hb",
    "as": "as", "asa": "asa", "aps": "aps", "ivs": "aps", "oy": "oy", "oyj": "oyj", "ehf": "ehf", "hf": "hf",
    "spzoo": "sp. z o.o.", "doo": "d.o.o.", "dd": "d.d.", "sro": "s.r.o.", "kft": "kft", "zrt": "zrt", "srlsocieta": "s.r.l.",
    "ooo": "ooo", "ооо": "ooo", "ао": "ao", "oao": "ao", "株式会社": "株式会社", "有限会社": "有限会社", "주식회사": "주식회사",
}  # fmt: skip
LONGEST_FORM = 4
#: What Swedish and Finnish companies write behind their form where they may be listed.
PUBLIC = "publ"
WORD = re.compile(r"[^\W_]+")
CHINESE_FORM = re.compile(r"(股份有限公司|有限责任公司|股份公司|有限公司|株式会社|有限会社|주식회사)")
DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two enterprises that may be one. ``score`` from 0 to 100; the reason is a sentence to be filled with ``values``."""

    left: str
    right: str
    left_name: str
    right_name: str
    score: int
    template: str
    values: dict[str, str | int]


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A name in parts: ``words`` as they are compared, sorted, without the legal form; ``form`` is empty where none is.
    ``written``: the words in the order of the name."""

    words: tuple[str, ...]
    form: str
    written: str = field(default="", compare=False)

    @property
    def text(self) -> str:
        """The words in one string."""
        return " ".join(self.words)


def propose(
    names: Iterable[tuple[str, str]], may_be_one: Callable[[str, str], bool] = lambda left, right: True
) -> tuple[Proposal, ...]:
    """Pairs of enterprises whose names are the same or nearly so, the best score first.

    ``names``: (enterprise, name as written). ``may_be_one``: whether two enterprises could be one at all
    (`Directory.may_be_one`). Names whose figures differ (plant 1, plant 2) are never proposed. The order of ``names``
    does not matter. One pair of enterprises is proposed once, with its best pair of names.
    """
    rows = sorted(set(names))
    parsed = [company_name(name) for _, name in rows]
    pairs = _candidates(rows, parsed)
    if not len(pairs):
        return ()
    texts = [name.text for name in parsed]
    # A slip in a first letter moves its word when words are sorted, so the order of the name counts, too.
    scores = np.maximum(_scores(pairs, texts), _scores(pairs, [name.written for name in parsed]))
    best: dict[tuple[str, str], Proposal] = {}
    for position in np.flatnonzero(scores >= LEAST_SCORE).tolist():
        left, right = pairs[position].tolist()
        key = rows[left][0], rows[right][0]
        if _figures(texts[left]) != _figures(texts[right]) or not may_be_one(*key):
            continue
        found = _proposal(rows[left], rows[right], parsed[left], parsed[right], int(scores[position]))
        if key not in best or _rank(found) < _rank(best[key]):
            best[key] = found
    return tuple(sorted(best.values(), key=_rank))


@lru_cache(maxsize=200_000)
def company_name(name: str) -> CompanyName:
    """The name without what re-typing changes (width, case, accents, punctuation) and with its legal form apart."""
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    plain = unicodedata.normalize("NFC", "".join(c for c in folded if unicodedata.category(c) != "Mn"))
    form = ""
    if found := CHINESE_FORM.findall(plain):
        form, plain = LEGAL_FORMS[found[-1]], CHINESE_FORM.sub(" ", plain)
    plain = re.sub(r"(?<=\b\w)[./](?=\w\b)|(?<=\w)['’](?=\w)", "", plain)  # s.p.a, a/s, d'oro
    words = [word for word in WORD.findall(plain) if word != PUBLIC]
    for length in () if form else range(min(LONGEST_FORM, len(words) - 1), 0, -1):
        for part, rest in ((words[-length:], words[:-length]), (words[:length], words[length:])):
            known = LEGAL_FORMS.get("".join(part))
            if known is not None:
                form, words = known, rest
                break
        if form:
            break
    return CompanyName(tuple(sorted(words)), form, " ".join(words))


def _candidates(rows: list[tuple[str, str]], parsed: list[CompanyName]) -> np.ndarray:
    """Pairs of positions (left < right, other enterprises) that share a rare part; shape (pairs, 2)."""
    parts = [_parts(name) for name in parsed]
    often = Counter(part for own in parts for part in own)
    blocks: dict[str, list[int]] = defaultdict(list)
    for position, own in enumerate(parts):
        shared = [part for part in own if 1 < often[part] <= LARGEST_BLOCK]
        for part in sorted(shared, key=lambda part: (often[part], part))[:PARTS]:
            blocks[part].append(position)
    for position, name in enumerate(parsed):
        blocks[f"={name.text}"].append(position)  # the same words, however many have them: each beside the next
    found: set[int] = set()
    for part, block in blocks.items():
        reach = 2 if part.startswith("=") else len(block)
        for index, left in enumerate(block):
            found.update(
                left << 32 | right for right in block[index + 1 : index + reach] if rows[left][0] != rows[right][0]
            )
    packed = np.fromiter(found, dtype=np.int64, count=len(found))
    packed.sort()
    return np.stack([packed >> 32, packed & 0xFFFFFFFF], axis=1)


def _scores(pairs: np.ndarray, texts: list[str]) -> np.ndarray:
    left, right = ([texts[position] for position in pairs[:, side].tolist()] for side in (0, 1))
    return process.cpdist(left, right, scorer=fuzz.ratio, dtype=np.float32, score_cutoff=LEAST_SCORE)


def _parts(name: CompanyName) -> set[str]:
    """Runs of four letters inside words, and of two characters where words are not parted (Chinese)."""
    parts: set[str] = set()
    for word in name.words:
        size = 4 if word.isascii() else 2
        parts.update(word[start : start + size] for start in range(max(1, len(word) - size + 1)))
        parts.add(f"{word}.")
    return parts


def _proposal(
    left: tuple[str, str], right: tuple[str, str], one: CompanyName, other: CompanyName, score: int
) -> Proposal:
    values: dict[str, str | int] = {}
    if one.words != other.words:
        template, values = ALIKE, {"score": score}
    elif one.form and other.form and one.form != other.form:
        template, values = OTHER_FORM, {"left_form": one.form, "right_form": other.form}
        score = min(score, 95)
    else:
        template = SAME_NAME if one.form == other.form else SAME_WORDS
    return Proposal(left[0], right[0], left[1], right[1], score, template, values)


def _rank(proposal: Proposal) -> tuple[int, str, str, str, str]:
    return -proposal.score, proposal.left, proposal.right, proposal.left_name, proposal.right_name


def _figures(text: str) -> list[str]:
    return sorted(DIGITS.findall(text))
