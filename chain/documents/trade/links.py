"""Which documents stand behind an invoice: its order, its goods, the events that saw them."""

from __future__ import annotations

from chain.documents.identity import normalised_number
from chain.documents.model import DocumentType, Movement, TradeDocument
from chain.documents.trade.case import Case
from chain.documents.trade.papers import Trade
from chain.documents.warehouses import numbers_of


def link(trade: Trade, case: Case) -> None:
    """Find the documents behind the invoice. What it names by number is what counts; an order's other deliveries stand
    in only where it names none, since otherwise one delivery would prove every invoice of its order."""
    document = case.document
    orders, despatches, receipts = map(numbers_of, (document.orders, document.despatches, document.receipts))
    number = normalised_number(document.number)
    case.stored = tuple(trade.warehouses.behind(trade.seller, trade.buyer, number, orders, receipts))
    case.despatches = trade.keys(DocumentType.DESPATCH_ADVICE, despatches)
    case.receipts = trade.keys(DocumentType.RECEIPT_ADVICE, receipts)
    if not receipts:
        case.receipts = trade.that_name(trade.by_despatch, despatches) if despatches else trade.receipts_of(orders)
    case.receipts = tuple(key for key in case.receipts if not _nothing_came(trade.documents[key]))
    if not despatches:
        shipped = [n for key in case.receipts for n in numbers_of(trade.documents[key].despatches)]
        case.despatches = trade.keys(DocumentType.DESPATCH_ADVICE, shipped) or trade.that_name(
            trade.by_order[DocumentType.DESPATCH_ADVICE], orders
        )
    ordered = trade.numbers.get(DocumentType.ORDER, {})
    case.proving = tuple(
        one for one in case.stored
        if trade.warehouses.is_for(one, trade.buyer, number, ordered)
        and trade.warehouses.proves(one, trade.seller, trade.buyer)
    )  # fmt: skip
    trade.stored.update((one.key, one) for one in case.stored)
    # An invoice cannot escape its order by not naming it, or by naming one that is not there, or another: the papers
    # of its goods name it. They make no more room beside one that is there: then both must have room.
    goods = _orders_of(trade, case)
    case.goods_orders = trade.keys(DocumentType.ORDER, goods)
    case.order_numbers = orders if trade.keys(DocumentType.ORDER, orders) else tuple(dict.fromkeys((*orders, *goods)))
    case.orders = trade.keys(DocumentType.ORDER, case.order_numbers)
    case.events = _events(trade, case)


def _orders_of(trade: Trade, case: Case) -> tuple[str, ...]:
    """Numbers of the orders that the papers of the goods name: those that the buyer and the keepers wrote, else those
    that the seller wrote."""
    theirs = [n for key in case.receipts for n in trade.orders_behind(key)]
    theirs += [n for one in case.proving for n in one.orders]
    theirs = theirs or [n for key in case.despatches for n in numbers_of(trade.documents[key].orders)]
    return tuple(dict.fromkeys(theirs))


def _events(trade: Trade, case: Case) -> tuple[str, ...]:
    """One event that saw the goods leave and one that saw them arrive, where they name the same order or despatch."""
    shipped = [normalised_number(trade.documents[key].number) for key in case.despatches]
    seen: dict[Movement, str] = {}
    if trade.events:
        named = {*case.order_numbers, *shipped}
        papers = {paper.place: paper for number in named for paper in trade.events.get(number, ())}
        for _, paper in sorted(papers.items()):
            assert paper.document.movement is not None
            seen.setdefault(paper.document.movement, paper.key)
    for one in trade.warehouses.events(trade.seller, case.order_numbers, shipped):
        if one.movement is not None:
            seen.setdefault(one.movement, one.key)
    return tuple(seen[kind] for kind in (Movement.SHIPPED, Movement.RECEIVED) if kind in seen)


def _nothing_came(receipt: TradeDocument) -> bool:
    """Whether every line of a receipt advice says that nothing was received."""
    return bool(receipt.lines) and all(line.quantity is not None and line.quantity <= 0 for line in receipt.lines)
