"""What was planted, as a file: for each irregularity its kind, its case, and the documents and files that prove it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from chain.documents.identity import document_key
from chain.documents.model import TradeDocument
from chain.world.model import Damage, World, WorldFile
from chain.world.writing import WRONG_BY, member_name


def truth_of(world: World) -> dict[str, Any]:
    """JSON-able: ``{"seed", "today", "documents", "planted": [{"kind", "case", "documents", "files"}]}``; the guilty one last.

    ``documents`` are keys (`chain.documents.identity.document_key`) as matching and findings name them; a copy has the key
    of its original.
    """
    by_path = {file.path: file for file in world.files}
    return {
        "seed": world.seed,
        "today": world.today.isoformat(),
        "documents": len(by_path),
        "planted": [
            {
                "kind": planted.kind.value,
                "case": planted.case,
                "documents": list(dict.fromkeys(document_key(by_path[path].document) for path in planted.files)),
                "files": [_whereabouts(by_path[path]) for path in planted.files],
            }
            for planted in world.truth
        ],
    }


def readable(world: World) -> Iterator[TradeDocument]:
    """The documents as a reader gives them: without those that it refuses, a wrong total marked."""
    for file in world.files:
        match file.damage:
            case None:
                yield file.document
            case Damage.WRONG_TOTAL:
                payable = (file.document.payable_minor or 0) + WRONG_BY
                yield replace(file.document, payable_minor=payable, broken_rules=("TotalsDoNotAddUp",))


def _whereabouts(file: WorldFile) -> str:
    return f"{file.container}!{member_name(file)}" if file.container else file.path
