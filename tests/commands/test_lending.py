"""The invented world can be walked through to a loan: a keeper's own paper becomes a receipt, on which a bank lends."""

from contextlib import suppress
from datetime import timedelta

from chain.commands import financing_requests, goods, loans
from chain.commands.trade import load_trade
from chain.commands.verify import verify
from chain.commands.workspace import open_workspace
from chain.documents.identity import document_key, issuer_of
from chain.documents.model import DocumentType
from chain.money import Money
from chain.store.tables import loans as loan_table
from chain.store.tables import receipts


def test_a_receipt_of_the_demo_is_pledged_drawn_on_and_free_again(copied):
    with open_workspace(copied) as workspace:
        trade = load_trade(workspace)
        usable = {}
        for document in trade.documents:
            if document.type is DocumentType.WAREHOUSE_RECEIPT:
                key, keeper = document_key(document), trade.directory.known(issuer_of(document))
                with suppress(goods.ReceiptOfSeveralLots, goods.QuantityNotWhole, goods.GoodsPledged):
                    usable[key] = keeper, goods.receipted(trade, keeper, key)
        assert usable
        key, (keeper, found) = next(iter(sorted(usable.items())))
        bank = next(line.bank for line in workspace.network().lines if line.currency == found.document.currency)
        goods.measure(workspace, "measured", keeper, found.lot, found.owner, found.quantity)
        receipt = goods.issue_receipt(workspace, "issued", trade, keeper, key)

        limit = Money(1_000_00, found.document.currency)
        financing_requests.ask_on_receipt(workspace, "asked", found.owner, receipt, bank, limit)
        terms = loans.Terms(limit, 435, workspace.date() + timedelta(days=60), "R-1", False)
        offer = loans.make_offer(workspace, "offered", bank, receipt, terms)
        assert loans.make_offer(workspace, "offered", bank, receipt, terms) == offer
        loan = loans.take(workspace, "taken", found.owner, offer)
        assert loans.take(workspace, "taken", found.owner, offer) == loan
        loans.draw(workspace, "drawn", found.owner, loan, 1_000_00)
        assert loans.owed_minor(workspace, loan) == 1_000_00
        loans.repay(workspace, "repaid", found.owner, loan, None)
        with workspace.store.read() as connection:
            assert connection.execute(loan_table.select()).one().state == "closed"
            assert connection.execute(receipts.select()).one().loan is None
        assert verify(workspace).ok
