"""Where the figures of a piece come from, as a viewer may see it: events, their places on the chain, and documents."""

from __future__ import annotations

from datetime import datetime

from chain.commands.history import history_of
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Viewer
from chain.commands.seen.vouchers import Voucher, voucher
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.identifiers import PieceId


class Origin(Frozen):
    """One event of a piece or of what it was cut from."""

    name: str
    voucher: str
    block: int
    block_hash: str
    log_index: int
    transaction: str
    time: datetime
    document: str | None
    """Key of the invoice behind the piece; null on a cash hop, and for who is no party to the invoice."""


def origins(home: Home, current: CurrentTrade, viewer: Viewer, piece: PieceId) -> list[Origin]:
    """In the chain's order; nothing of pieces that the viewer may not see. Raises NotFound."""
    seen: dict[str, Voucher | None] = {str(piece): voucher(home, current, viewer, piece)}
    found = []
    for event in history_of(home, piece, current.documents_of_evidence(piece.obligation)):
        name = event["piece"]
        if name not in seen:
            try:
                seen[name] = voucher(home, current, viewer, PieceId.parse(name))
            except NotFound:
                seen[name] = None
        if (own := seen[name]) is not None:
            found.append(
                Origin(
                    name=event["event"], voucher=name, block=event["block"], block_hash=event["block_hash"],
                    log_index=event["log_index"], transaction=event["transaction"], time=event["time"],
                    document=own.document,
                )
            )  # fmt: skip
    return found
