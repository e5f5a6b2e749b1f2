"""Canonical documents as JSON lines, made fast and at any size, for measuring what holds them against each other.

Deals between enterprises of a few tiers: an order, one or two deliveries, each with despatch advice, receipt advice
and invoice, and some with events, answers, payments, credit notes and warehouse receipts. Who trades with whom follows
a power law, as it does in real supply chains: a few sellers have very many invoices. One deal in some hundred is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random

from stdnum.cn import uscc

FIRST_DAY = date(2025, 1, 6)
DAYS = 330
#: Documents an enterprise; a million documents are those of 25,000 enterprises.
PER_ENTERPRISE = 40
#: Deals of one pair of enterprises on average.
PER_TRADE = 3
#: Deals to one circle of three invoices.
CIRCLE_EVERY = 1_000


def write_documents(path: Path, documents: int, seed: int = 1) -> int:
    """Write about so many documents. Returns how many; the same seed writes the same."""
    written = 0
    with path.open("w", encoding="utf-8", buffering=1 << 20) as file:
        for text in _documents(documents, Random(seed)):  # noqa: S311
            file.write(text)
            written += 1
            if written == documents:
                break
    return written


def _circle(serial: int, firms: list[str], days: list[str], random: Random) -> Iterator[str]:
    """Three enterprises order and invoice from one another in a round, for one lot."""
    day = int(random.random() * DAYS)
    for step, (seller, buyer) in enumerate(zip(firms, [*firms[1:], firms[0]], strict=True)):
        minor = 50_000_000 - 100_000 * step
        said = (
            f'"number":"RT-{serial:07d}","seller":{seller},"buyer":{buyer},"issue_date":"{days[day + 3 * step]}",'
            f'"currency":"CNY","net_minor":{minor},"tax_minor":0,"payable_minor":{minor}'
        )
        yield f'{{"schema":"pearlchain/trade-document/1","type":"order",{said}}}\n'
        yield (
            f'{{"schema":"pearlchain/trade-document/1","type":"invoice",{said},"orders":[{{"number":"RT-{serial:07d}"}}],'
            f'"lots":["RT-{serial:07d}"]}}\n'
        )


def _parties(count: int) -> list[str]:
    texts = []
    for number in range(count):
        stem = f"91350100M{number:08d}"
        code = stem + uscc.calc_check_digit(stem)
        texts.append(f'{{"name":"企业{number}","identifiers":[{{"scheme":"USCC","value":"{code}"}}],"country":"CN"}}')
    return texts


def _documents(documents: int, random: Random) -> Iterator[str]:
    parties = _parties(max(40, documents // PER_ENTERPRISE))
    days = [(FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS + 200)]
    trades: list[tuple[str, str]] = []
    serial = 0
    while True:
        if not trades or random.random() < 1 / PER_TRADE:
            trades.append(_pair(parties, random))
            trade = trades[-1]
        else:  # recent trades go on; those of many deals get more
            trade = trades[-1 - int(len(trades) * random.random() ** 2)]
        yield from _deal(serial, *trade, parties, days, random)
        serial += 1
        if serial % CIRCLE_EVERY == 0:
            yield from _circle(serial, random.sample(parties, 3), days, random)


def _pair(parties: list[str], random: Random) -> tuple[str, str]:
    """Seller and buyer: the buyer stands a tier above, so mostly before the seller."""
    count = len(parties)
    buyer = int(count * random.random() ** 2.5)
    seller = int(count * random.random() ** 1.3)
    if seller == buyer:
        seller = (seller + 1) % count
    if seller < buyer and random.random() < 0.995:
        seller, buyer = buyer, seller
    return parties[seller], parties[buyer]


def _deal(serial: int, seller: str, buyer: str, parties: list[str], days: list[str], random: Random) -> Iterator[str]:
    day = int(random.random() * DAYS)
    unit = 1_000 + int(random.random() * 90_000)
    quantity = 2 * (1 + int(random.random() * 500))
    who = f'"seller":{seller},"buyer":{buyer}'
    order = f"PO-{serial:07d}"
    net = unit * quantity
    yield (
        f'{{"schema":"pearlchain/trade-document/1","type":"order","number":"{order}",{who},"issue_date":"{days[day]}",'
        f'"currency":"CNY","net_minor":{net},"tax_minor":{net * 13 // 100},"payable_minor":{net + net * 13 // 100},'
        f'"lines":[{_line(1, quantity, net)},{_line(2, 0, 0)}]}}\n'
    )
    parts = 1 if random.random() < 0.7 else 2
    for part in range(parts):
        yield from _delivery(f"{serial:07d}-{part}", order, who, buyer, parties, days, day + 5 + 9 * part,
                             quantity // parts, unit, random)  # fmt: skip


def _line(number: int, quantity: int, net: int) -> str:
    return (
        f'{{"number":"{number}","description":"阴极铜 Cu-CATH-1","item":"CU-{number}","quantity":"{quantity}",'
        f'"unit":"KGM","net_minor":{net},"order_line":"{number}"}}'
    )


def _delivery(
    tail: str, order: str, who: str, buyer: str, parties: list[str], days: list[str], day: int, quantity: int,
    unit: int, random: Random,
) -> Iterator[str]:  # fmt: skip
    head = '{"schema":"pearlchain/trade-document/1","type":'
    arrival = day + 1 + int(random.random() * 4)
    orders = f'"orders":[{{"number":"{order}"}}]'
    goods = f'"lines":[{_line(1, quantity, 0)}]'
    lot = f',"lots":["L{tail}"]' if random.random() < 0.1 else ""
    yield (f'{head}"despatch_advice","number":"DN-{tail}",{who},"issue_date":"{days[day]}",'
           f'"delivery_date":"{days[day]}",{orders},{goods}{lot}}}\n')  # fmt: skip
    if random.random() < 0.15:
        yield (f'{head}"logistics_event","number":"EV-{tail}",{who},"issue_date":"{days[day]}","movement":"shipped",'
               f'"delivery_date":"{days[day]}","despatches":[{{"number":"DN-{tail}"}}]}}\n')  # fmt: skip
    if random.random() > 0.01:
        yield (f'{head}"receipt_advice","number":"RA-{tail}",{who},"issue_date":"{days[arrival]}",'
               f'"delivery_date":"{days[arrival]}",{orders},"despatches":[{{"number":"DN-{tail}"}}],{goods}}}\n')  # fmt: skip
    if random.random() < 0.03:
        keeper = parties[int(random.random() * 40)]
        yield (f'{head}"warehouse_receipt","number":"WR-{tail}",{who},"keeper":{keeper},'
               f'"issue_date":"{days[arrival]}","delivery_date":"{days[arrival]}",{orders},"lots":["L{tail}"],'
               f'{goods}}}\n')  # fmt: skip
    inflated = 12 if random.random() < 0.005 else 10
    net = unit * quantity * inflated // 10
    payable = net + net * 13 // 100
    money = f'"currency":"CNY","net_minor":{net},"tax_minor":{payable - net},"payable_minor":{payable}'
    yield (f'{head}"invoice","number":"INV-{tail}",{who},"issue_date":"{days[arrival + 1]}",'
           f'"due_date":"{days[arrival + 61]}","delivery_date":"{days[arrival]}",{money},{orders},'
           f'"despatches":[{{"number":"DN-{tail}"}}],"receipts":[{{"number":"RA-{tail}"}}],'
           f'"lines":[{_line(1, quantity, net)}]{lot}}}\n')  # fmt: skip
    of = f'"invoices":[{{"number":"INV-{tail}"}}]'
    chance = random.random()
    if chance < 0.25:
        yield (f'{head}"invoice_response","number":"IR-{tail}",{who},"issue_date":"{days[arrival + 3]}",'
               f'"answer":"{"accepted" if chance < 0.24 else "disputed"}",{of}}}\n')  # fmt: skip
    if random.random() < 0.35:
        paid = payable if random.random() < 0.7 else payable // 2
        yield (f'{head}"payment","number":"PAY-{tail}",{who},"issue_date":"{days[arrival + 40]}","currency":"CNY",'
               f'"payable_minor":{paid},{of}}}\n')  # fmt: skip
    if random.random() < 0.02:
        yield (f'{head}"credit_note","number":"CN-{tail}",{who},"issue_date":"{days[arrival + 5]}","currency":"CNY",'
               f'"net_minor":{net // 10},"tax_minor":{payable // 10 - net // 10},"payable_minor":{payable // 10},'
               f'{of}}}\n')  # fmt: skip
