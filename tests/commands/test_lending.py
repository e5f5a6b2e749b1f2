"""The invented world can be walked through to a loan: a keeper's own paper becomes a receipt, on which a bank lends."""

from contextlib import suppress
from datetime import timedelta

import pytest

from chain.commands import goods, loan_requests, loans
from chain.commands.trade import load_trade
from chain.commands.verify import verify
from chain.commands.workspace import open_workspace
from chain.documents.identity import document_key, issuer_of
from chain.documents.model import DocumentType
from chain.errors import NotFound
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

        amount = Money(found.document.payable_minor // 2, found.document.currency)
        loan_requests.ask(workspace, "asked", found.owner, receipt, bank, amount)
        maturity = workspace.date() + timedelta(days=60)
        terms = loans.Terms(Money(1_000_00, amount.currency), 43_500, 360, maturity, False, "R-1")
        offer = loans.make_offer(workspace, "offered", bank, receipt, terms)
        assert loans.make_offer(workspace, "offered", bank, receipt, terms) == offer
        loan = loans.take_offer(workspace, found.owner, offer)
        assert loans.take_offer(workspace, found.owner, offer) == loan
        loans.draw(workspace, "drawn", found.owner, loan, 1_000_00)
        assert loans.debt_of(workspace, loan) == loans.Debt(1_000_00, 0)
        loans.repay(workspace, "repaid", found.owner, loan, 1_000_00)
        with workspace.store.read() as connection:
            assert connection.execute(loan_table.select()).one().state == "closed"
            assert connection.execute(receipts.select()).one().loan is None
        assert verify(workspace).ok


def test_nobody_lends_on_a_receipt_that_is_not_there(copied):
    with open_workspace(copied) as workspace:
        bank = workspace.network().lines[0].bank
        terms = loans.Terms(Money(1, "CNY"), 0, 360, workspace.date() + timedelta(days=1), False, "R-1")
        with pytest.raises(NotFound):
            loans.make_offer(workspace, "offered", bank, 1, terms)
        with pytest.raises(NotFound):
            loans.take_offer(workspace, bank, "0" * 32)
        with pytest.raises(NotFound):
            loans.draw(workspace, "drawn", bank, 1, 1)
