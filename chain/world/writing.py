"""Writes a world into a folder as anybody's files: XML and JSON in the real formats, some in archives, some damaged."""

from __future__ import annotations

import json
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from chain.documents.canonical import dump
from chain.documents.model import DocumentType, Party, TradeDocument
from chain.money import exponent
from chain.network import Role
from chain.world.camt import CamtWriter
from chain.world.einvoice import EInvoiceWriter
from chain.world.model import Batch, Damage, FileFormat, World, WorldFile
from chain.world.offices import contract_number
from chain.world.paperwork import BEIJING
from chain.world.ubl import UblWriter, amount_text, quantity_text

#: What is written in place of a currency code: everyday usage, but no code of ISO 4217.
UNKNOWN_CURRENCY = "RMB"
#: Minor units by which a wrong total is wrong.
WRONG_BY = 100_000


def write_world(world: World, folder: Path) -> list[Path]:
    """Write ``network.json`` and a folder for each batch. Returns the files written, archives counted once.

    The same world gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_network(world, folder),
        *(path for batch in world.batches for path in write_batch(world, batch, folder)),
    ]


def write_network(world: World, folder: Path) -> Path:
    """Write ``network.json`` into ``folder``, and give its path."""
    network = folder / "network.json"
    network.write_text(world.network.model_dump_json(indent=2), encoding="utf-8")
    return network


def write_batch(world: World, batch: Batch, folder: Path) -> list[Path]:
    """Write one batch into ``folder`` / its name."""
    contents: dict[str, list[WorldFile]] = defaultdict(list)
    for file in batch.files:
        contents[file.container or file.path].append(file)
    written: list[Path] = []
    for name, files in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if files[0].format is FileFormat.CAMT:
            path.write_bytes(bank_message(files))
        elif files[0].container:
            _write_archive(path, files, world, batch.date)
        else:
            path.write_bytes(file_bytes(files[0], world))
        written.append(path)
    return written


def _write_archive(path: Path, files: list[WorldFile], world: World, day: date) -> None:
    with zipfile.ZipFile(path, "w") as target:
        for file in files:
            member = zipfile.ZipInfo(member_name(file), (day.year, day.month, day.day, 9, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(member, file_bytes(file, world))


def member_name(file: WorldFile) -> str:
    """What a reader calls it inside its container: its path below the batch's folder, or its entry in the bank's message."""
    return file.path.partition("!" if file.format is FileFormat.CAMT else "/")[2]


def bank_message(files: list[WorldFile]) -> bytes:
    """The payments of one container, in their order."""
    payments = [file.document for file in files]
    return CamtWriter(payments, exponent(payments[0].currency or "")).write()


def file_bytes(file: WorldFile, world: World) -> bytes:
    """What the file holds, with its damage."""
    document = file.document
    currency = document.currency or world.currency
    digits = exponent(currency)
    if file.damage is Damage.WRONG_TOTAL:
        document = replace(document, payable_minor=(document.payable_minor or 0) + WRONG_BY)
    if file.damage is Damage.UNKNOWN_CURRENCY:
        currency = UNKNOWN_CURRENCY
    match file.format:
        case FileFormat.UBL:
            content = UblWriter(document, currency, digits).write(pretty=not file.retyped)
        case FileFormat.EINVOICE:
            content = EInvoiceWriter(document).write(pretty=not file.retyped)
        case FileFormat.JSON:
            value = (
                _assignment(document)
                if document.type is DocumentType.ASSIGNMENT
                else _warehouse_receipt(document, world)
            )
            content = json.dumps(value, ensure_ascii=False, indent=None if file.retyped else 2).encode()
        case FileFormat.CAMT:
            content = bank_message([file])
        case FileFormat.CANONICAL:
            content = json.dumps(dump(document), ensure_ascii=False, indent=2).encode()
    if file.damage is Damage.TRUNCATED:
        return content[: len(content) * 3 // 5].decode("utf-8", "ignore").encode()
    return content


def _assignment(document: TradeDocument) -> dict[str, Any]:
    """A registration or notice in the product's own JSON form (schema pearlchain/assignment/1)."""
    assert document.keeper is not None, "an assignment has an assignee"
    assert document.buyer is not None, "an assignment has a debtor"
    assert document.publicity is not None, "an assignment took effect"
    digits = exponent(document.currency or "")
    at = datetime.fromtimestamp(document.publicity.at, BEIJING)
    value: dict[str, Any] = {
        "schema": "pearlchain/assignment/1",
        "means": document.publicity.by.value,
        "number": document.number,
        "at": at.isoformat(),
        "assignor": _party(document.seller),
        "debtor": _party(document.buyer),
        "assignee": _party(document.keeper),
        "currency": document.currency,
        "receivables": [
            {"invoice": reference.number, "issued": str(reference.issue_date)}
            | ({} if reference.amount_minor is None else {"financed": amount_text(reference.amount_minor, digits)})
            for reference in document.invoices
        ],
        "contract": contract_number(_code(document.seller), _code(document.keeper), at.year),
        "description": f"{document.seller.name}对{document.buyer.name}的应收账款，发票号码见明细",
    }
    if document.due_date:
        value["until"] = str(document.due_date)
    if document.reversal:
        value["releases"] = True
    return value


def _code(party: Party) -> str:
    return party.identifiers[0].value


def _warehouse_receipt(document: TradeDocument, world: World) -> dict[str, Any]:
    """A keeper's receipt in the product's own JSON form (schema pearlchain/warehouse-receipt/1)."""
    assert document.keeper is not None, "a warehouse receipt has a keeper"
    value: dict[str, Any] = {
        "schema": "pearlchain/warehouse-receipt/1",
        "number": document.number,
        "issued": str(document.issue_date),
        "stored": str(document.delivery_date),
        "keeper": _party(document.keeper),
        "owner": _party(document.seller),
    }
    if document.buyer:
        value["consignee"] = _party(document.buyer)
    value["lots"] = [
        {
            "lot": lot,
            "description": line.description,
            "item": line.item,
            "quantity": quantity_text(line.quantity),
            "unit": line.unit,
            "order_line": line.order_line,
        }
        for lot, line in zip(document.lots, document.lines, strict=True)
    ]
    if document.payable_minor is not None and document.currency is not None:
        amount = amount_text(document.payable_minor, exponent(document.currency))
        value["value"] = {"amount": amount, "currency": document.currency}
    if document.orders:
        value["orders"] = [{"number": reference.number} for reference in document.orders]
    if document.pledged:
        bank = next(enterprise for enterprise in world.network.enterprises if Role.BANK in enterprise.roles)
        scheme, _, code = bank.id.partition(":")
        value["pledge"] = {
            "creditor": {"name": bank.name, "country": "CN", "identifiers": [{"scheme": scheme, "value": code}]},
            "since": str(document.issue_date),
            "reference": f"质押-{document.number}",
        }
    return value


def _party(party: Party) -> dict[str, Any]:
    return {
        "name": party.name,
        "country": party.country,
        "identifiers": [to_builtins(identifier) for identifier in party.identifiers],
    }
