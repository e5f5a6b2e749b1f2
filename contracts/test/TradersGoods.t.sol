// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILoans} from "../interfaces/ILoans.sol";
import {IWarehouse} from "../interfaces/IWarehouse.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, LoanId, PartyId, PieceId, ReceiptId} from "../types/Identifiers.sol";
import {Leg, Signature} from "../types/Movements.sol";
import {TradersOffice} from "./TradersOffice.t.sol";

/// @notice Moves of goods: measured, receipted, pledged, lent on, sold; and orders that are lent on before delivery.
abstract contract TradersGoods is TradersOffice {
    struct LotBook {
        PartyId depositor;
        uint64 measured;
        uint64 receipted;
    }

    struct ReceiptBook {
        bytes32 lot;
        PartyId owner;
        EvidenceId document;
        uint64 quantity;
        bool withdrawn;
        LoanId loan;
    }

    struct LoanBook {
        PartyId borrower;
        PartyId bank;
        ReceiptId receipt;
        EvidenceId evidence;
        bytes32 offerHash;
        uint64 limitMinor;
        uint64 principalMinor;
        uint64 restingMinor;
        /// Sum of principal × rate × days.
        uint256 interest;
        uint16 lastDay;
        uint16 maturityDay;
        bool sold;
        bool unsecured;
        /// 1 open, 2 defaulted, 3 closed.
        uint8 status;
    }

    uint64 internal constant MOST_GOODS = 1000;
    uint32 internal constant RATE = 36_000;
    uint256 internal constant DIVISOR = 360 * 1_000_000;
    uint256 internal constant LOTS = 5;

    ReceiptId[] internal receiptIds;
    LoanId[] internal loanIds;
    mapping(bytes32 lot => LotBook) internal lotBooks;
    mapping(ReceiptId => ReceiptBook) internal receiptBooks;
    mapping(LoanId => LoanBook) internal loanBooks;
    mapping(EvidenceId invoice => uint64) internal carriedMinor;
    mapping(EvidenceId invoice => uint64) internal settledMinor;
    mapping(EvidenceId order => LoanId) internal loanOnOrder;

    function _lotAt(uint256 which) internal pure returns (bytes32) {
        return keccak256(abi.encode("lot", which % LOTS));
    }

    // ---------------------------------------------------------------- measured and receipted

    function measures(uint256 which, uint64 quantity) external {
        bytes32 lot = _lotAt(which);
        LotBook storage book = lotBooks[lot];
        uint64 found = uint64(bound(quantity, 1, MOST_GOODS));
        PartyId depositor = _nobody(book.depositor) ? traders[which % 5] : book.depositor;
        if (_nobody(book.depositor) && isSuspended[depositor]) return;
        bytes memory call = abi.encodeCall(warehouse.measure, (lot, depositor, found));
        _refused(companyOf[depositor].key, address(warehouse), call, 0);
        _call(companyOf[keeper.id].key, address(warehouse), call);
        book.depositor = depositor;
        book.measured = found;
        ++moves;
    }

    function receipts(uint256 which, uint64 quantity, uint64 face) external {
        bytes32 lot = _lotAt(which);
        LotBook storage book = lotBooks[lot];
        PartyId owner = book.depositor;
        if (_nobody(owner) || isSuspended[owner] || book.measured < book.receipted) return;
        uint64 free = book.measured - book.receipted;
        EvidenceId document = _makeDocument(keeper.id, owner, uint64(bound(face, 1, LIMIT / 10)), RECEIPT, lot, 0);
        bytes32 identity = documents[document].identity;
        address by = companyOf[keeper.id].key;
        bytes memory call = abi.encodeCall(warehouse.issueReceipt, (lot, identity, free + 1, owner));
        _refused(by, address(warehouse), call, IWarehouse.StockExceeded.selector);
        if (free == 0) return;
        uint64 taken = uint64(bound(quantity, 1, free));
        vm.prank(by);
        ReceiptId id = warehouse.issueReceipt(lot, identity, taken, owner);
        book.receipted += taken;
        assertTrue(book.receipted <= book.measured, "9: receipts within what was measured when they were issued");
        receiptIds.push(id);
        receiptBooks[id].lot = lot;
        receiptBooks[id].owner = owner;
        receiptBooks[id].document = document;
        receiptBooks[id].quantity = taken;
        ++moves;
        // One document, one receipt.
        if (taken == free) return;
        call = abi.encodeCall(warehouse.issueReceipt, (lot, identity, 1, owner));
        _refused(by, address(warehouse), call, IWarehouse.DocumentTaken.selector);
    }

    function movesReceipt(uint256 which, uint256 to, bool leaves) external {
        if (receiptIds.length == 0) return;
        ReceiptId id = receiptIds[which % receiptIds.length];
        ReceiptBook storage book = receiptBooks[id];
        bytes32 identity = documents[book.document].identity;
        PartyId next = traders[to % traders.length];
        if (book.withdrawn || isSuspended[book.owner] || isSuspended[next]) return;
        bytes memory call = leaves
            ? abi.encodeCall(warehouse.withdraw, (id, identity))
            : abi.encodeCall(warehouse.transferReceipt, (id, identity, next));
        address by = companyOf[leaves ? keeper.id : book.owner].key;
        if (LoanId.unwrap(book.loan) != 0) {
            _refused(by, address(warehouse), call, IWarehouse.ReceiptIsPledged.selector);
            return;
        }
        _refused(companyOf[leaves ? book.owner : keeper.id].key, address(warehouse), call, 0);
        _call(by, address(warehouse), call);
        if (leaves) {
            book.withdrawn = true;
            lotBooks[book.lot].receipted -= book.quantity;
        } else {
            book.owner = next;
        }
        ++moves;
    }

    // ---------------------------------------------------------------- lent on

    function lends(uint256 which, uint256 who, uint64 limit) external {
        if (receiptIds.length == 0) return;
        ReceiptId id = receiptIds[which % receiptIds.length];
        ReceiptBook storage book = receiptBooks[id];
        if (book.withdrawn || isSuspended[book.owner] || book.owner != documents[book.document].seller) return;
        Company memory by = companyOf[banks[who % banks.length]];
        ILoans.LoanOffer memory offer = _loanOffer(by.id, book.owner, book.document, uint64(bound(limit, 1, LIMIT / 10)));
        offer.receipt = id;
        bytes memory call = _takes(offer);
        bytes4 reason = 0;
        LotBook storage lot = lotBooks[book.lot];
        if (lot.measured < lot.receipted) reason = IWarehouse.LotShort.selector;
        else if (LoanId.unwrap(book.loan) != 0) reason = IWarehouse.ReceiptIsPledged.selector;
        else if (liensOn[book.lot] != 0) reason = IWarehouse.LotIsPledged.selector;
        else if (_lotUsedOf(book.lot) != 0) reason = IWarehouse.GoodsBackReceivables.selector;
        if (reason != 0) {
            _refused(companyOf[book.owner].key, address(loans), call, reason);
            return;
        }
        LoanId made = _open(offer, call);
        book.loan = made;
        ++liensOn[book.lot];
    }

    function lendsOnOrder(uint256 which, uint256 who, uint64 limit) external {
        PartyId borrower = traders[which % 5];
        PartyId buyer = issuers[who % issuers.length];
        if (!_mayTrade(buyer, borrower)) return;
        uint64 limitMinor = uint64(bound(limit, 1, LIMIT / 10));
        EvidenceId order = _makeDocument(buyer, borrower, limitMinor, ORDER, 0, 0);
        ILoans.LoanOffer memory offer = _loanOffer(banks[who % banks.length], borrower, order, limitMinor);
        loanOnOrder[order] = _open(offer, _takes(offer));
        offer.nonce += 1;
        _refused(companyOf[borrower].key, address(loans), _takes(offer), ILoans.OrderTaken.selector);
    }

    /// What a lot's invoices are used for.
    function _lotUsedOf(bytes32 lot) internal view returns (uint256 usedMinor) {
        for (uint256 i = 0; i < documentIds.length; ++i) {
            Document storage document = documents[documentIds[i]];
            if (document.lot == lot && document.kind == INVOICE) usedMinor += document.usedMinor;
        }
    }

    function _loanOffer(PartyId by, PartyId borrower, EvidenceId document, uint64 limitMinor)
        internal
        view
        returns (ILoans.LoanOffer memory offer)
    {
        offer.kind = documents[document].kind;
        offer.evidence = document;
        offer.evidenceIdentity = documents[document].identity;
        offer.borrower = borrower;
        offer.bank = by;
        offer.limitMinor = limitMinor;
        offer.currency = CNY;
        offer.cashToken = address(money);
        offer.annualRateMicros = RATE;
        offer.dayCountBasis = 360;
        offer.maturityDay = _day() + 10;
        offer.utcOffsetQuarterHours = SHANGHAI;
        offer.validUntil = uint40(block.timestamp + 1 hours);
        offer.registrationNumber = NUMBER;
        offer.descriptionHash = DESCRIPTION;
        offer.nonce = uint64(moves);
    }

    function _loanHash(ILoans.LoanOffer memory offer) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256(
                    "LoanOffer(uint8 kind,uint40 receipt,uint40 evidence,bytes32 evidenceIdentity,uint32 borrower,uint32 bank,uint64 limitMinor,uint8 currency,address cashToken,uint32 annualRateMicros,uint16 dayCountBasis,uint16 maturityDay,int8 utcOffsetQuarterHours,uint40 validUntil,bool twiceMeasured,bytes32 registrationNumber,bytes32 descriptionHash,uint64 nonce)"
                ),
                offer
            )
        );
    }

    function _takes(ILoans.LoanOffer memory offer) internal view returns (bytes memory) {
        bytes32 digest = _digest("Pearlchain Loans", address(loans), _loanHash(offer));
        return abi.encodeCall(loans.open, (offer, _signed(companyOf[offer.bank], digest)));
    }

    function _open(ILoans.LoanOffer memory offer, bytes memory call) internal returns (LoanId id) {
        address by = companyOf[offer.borrower].key;
        _call(by, address(loans), call);
        id = LoanId.wrap(loans.loanCount());
        loanIds.push(id);
        LoanBook storage book = loanBooks[id];
        (book.borrower, book.bank, book.receipt, book.evidence) = (offer.borrower, offer.bank, offer.receipt, offer.evidence);
        (book.limitMinor, book.maturityDay, book.status) = (offer.limitMinor, offer.maturityDay, 1);
        book.offerHash = _loanHash(offer);
        book.lastDay = _day();
        ++moves;
        _refused(by, address(loans), call, ILoans.OfferAlreadyTaken.selector);
    }

    function _pickLoan(uint256 which) internal view returns (bool, LoanId) {
        for (uint256 i = 0; i < loanIds.length; ++i) {
            LoanId id = loanIds[(which % loanIds.length + i) % loanIds.length];
            if (loanBooks[id].status < 3) return (true, id);
        }
        return (false, LoanId.wrap(0));
    }

    /// A document is used for a loan. That takes no number among the uses of pieces.
    function _lent(EvidenceId id, uint64 amountMinor) private {
        documents[id].usedMinor += amountMinor;
        documents[id].lentMinor += amountMinor;
    }

    function _unlent(EvidenceId id, uint64 amountMinor) private {
        documents[id].usedMinor -= amountMinor;
        documents[id].lentMinor -= amountMinor;
    }

    function borrows(uint256 which, uint64 amount) external {
        (bool found, LoanId id) = _pickLoan(which);
        if (!found) return;
        LoanBook storage book = loanBooks[id];
        if (isSuspended[book.borrower] || book.sold || book.unsecured || _day() >= book.maturityDay) return;
        address by = companyOf[book.borrower].key;
        uint64 freeMinor = book.limitMinor - book.principalMinor;
        bytes memory call = abi.encodeCall(loans.draw, (id, book.offerHash, freeMinor + 1));
        _refused(by, address(loans), call, ILoans.LoanLimitExceeded.selector);
        if (freeMinor == 0) return;
        uint64 amountMinor = uint64(bound(amount, 1, freeMinor));
        call = abi.encodeCall(loans.draw, (id, book.offerHash, amountMinor));
        // Nobody draws for another, not even who lends.
        _refused(companyOf[book.bank].key, address(loans), call, ILoans.NotTheBorrower.selector);
        if (ReceiptId.unwrap(book.receipt) != 0) {
            LotBook storage lot = lotBooks[receiptBooks[book.receipt].lot];
            if (lot.measured < lot.receipted) {
                _refused(by, address(loans), call, IWarehouse.LotShort.selector);
                return;
            }
        }
        if (_availableOf(book.evidence) < amountMinor || documents[book.evidence].cancelled) {
            _refused(by, address(loans), call, 0);
            return;
        }
        _call(by, address(loans), call);
        _accrue(book);
        book.principalMinor += amountMinor;
        _lent(book.evidence, amountMinor);
        _move(book.bank, book.borrower, amountMinor);
        ++moves;
    }

    function _accrue(LoanBook storage book) private {
        book.interest += uint256(book.principalMinor) * RATE * (_day() - book.lastDay);
        book.lastDay = _day();
    }

    function _interestOf(LoanBook storage book) internal view returns (uint256) {
        uint256 interest = book.interest + uint256(book.principalMinor) * RATE * (_day() - book.lastDay);
        return (interest + DIVISOR - 1) / DIVISOR;
    }

    // ---------------------------------------------------------------- repaid

    function repays(uint256 which, uint64 amount, bool offChain) external {
        (bool found, LoanId id) = _pickLoan(which);
        if (!found) return;
        LoanBook storage book = loanBooks[id];
        uint64 owedMinor = book.principalMinor + uint64(_interestOf(book));
        if (owedMinor == 0) return;
        uint64 amountMinor = amount % 3 == 0 ? owedMinor : uint64(bound(amount, 1, owedMinor));
        uint64 interestMinor = uint64(_interestOf(book));
        if (interestMinor > amountMinor) interestMinor = amountMinor;
        (bool fits, EvidenceId evidence) = _repaidBy(book, amountMinor - interestMinor);
        if (!fits) return;
        bytes memory call = offChain
            ? abi.encodeCall(loans.attestRepayment, (id, book.offerHash, amountMinor, evidence, "wired"))
            : abi.encodeCall(loans.repay, (id, book.offerHash, amountMinor, evidence, address(money)));
        // Who owes does not say that it has repaid, and who is owed does not repay.
        _refused(companyOf[offChain ? book.borrower : book.bank].key, address(loans), call, 0);
        _call(companyOf[offChain ? book.bank : book.borrower].key, address(loans), call);
        if (!offChain) _move(book.borrower, book.bank, amountMinor);
        _take(book, amountMinor, interestMinor);
        uint64 releasedMinor = amountMinor - interestMinor;
        if (book.sold) {
            releasedMinor = book.restingMinor > book.principalMinor ? book.restingMinor - book.principalMinor : 0;
            book.restingMinor -= releasedMinor;
        } else if (evidence != book.evidence) {
            settledMinor[evidence] += releasedMinor;
        }
        _unlent(evidence, releasedMinor);
        if (amountMinor == owedMinor) _closes(book);
        ++moves;
    }

    function _take(LoanBook storage book, uint64 amountMinor, uint64 interestMinor) private {
        _accrue(book);
        book.principalMinor -= amountMinor - interestMinor;
        uint256 paid = interestMinor * DIVISOR;
        book.interest = book.interest > paid ? book.interest - paid : 0;
    }

    /// The document that a repayment gives back to: the loan's own, or an invoice that has taken over from its order.
    function _repaidBy(LoanBook storage book, uint64 principalMinor) private view returns (bool, EvidenceId) {
        if (book.sold || documents[book.evidence].lentMinor >= principalMinor) return (true, book.evidence);
        return _carrier(book.evidence, principalMinor);
    }

    function _carrier(EvidenceId order, uint64 amountMinor) private view returns (bool, EvidenceId) {
        for (uint256 i = 0; i < documentIds.length; ++i) {
            EvidenceId id = documentIds[i];
            if (documents[id].order == order && carriedMinor[id] - settledMinor[id] >= amountMinor) return (true, id);
        }
        return (false, EvidenceId.wrap(0));
    }

    function _closes(LoanBook storage book) private {
        book.status = 3;
        _frees(book);
    }

    /// The lien ends, or the order is free.
    function _frees(LoanBook storage book) private {
        if (book.sold || book.unsecured) return;
        if (ReceiptId.unwrap(book.receipt) == 0) {
            loanOnOrder[book.evidence] = LoanId.wrap(0);
            return;
        }
        receiptBooks[book.receipt].loan = LoanId.wrap(0);
        --liensOn[receiptBooks[book.receipt].lot];
    }

    /// A loan that owes nothing is closed; one whose day has passed is noted; a lien is given up.
    function endsLoan(uint256 which, uint8 way) external {
        (bool found, LoanId id) = _pickLoan(which);
        if (!found) return;
        LoanBook storage book = loanBooks[id];
        uint256 owedMinor = book.principalMinor + _interestOf(book);
        if (way % 3 == 0) {
            bytes memory call = abi.encodeCall(loans.close, (id, book.offerHash));
            if (owedMinor != 0) {
                _refused(companyOf[book.borrower].key, address(loans), call, ILoans.StillOwed.selector);
                return;
            }
            // Not at once, or nobody would ever draw.
            if (_day() == book.lastDay) return;
            _call(companyOf[book.borrower].key, address(loans), call);
            _closes(book);
        } else if (way % 3 == 1) {
            if (book.status != 1 || _day() <= book.maturityDay || owedMinor == 0) return;
            loans.markDefault(id);
            book.status = 2;
        } else {
            bytes memory call = abi.encodeCall(loans.giveUpLien, (id, book.offerHash));
            _refused(companyOf[book.borrower].key, address(loans), call, ILoans.NotTheLender.selector);
            if (way % 5 != 0 || ReceiptId.unwrap(book.receipt) == 0 || book.sold || book.unsecured) return;
            _call(companyOf[book.bank].key, address(loans), call);
            _frees(book);
            book.unsecured = true;
        }
        ++moves;
    }

    // ---------------------------------------------------------------- delivered and sold

    /// The goods of an order are invoiced; the invoice takes over what the order was used for.
    function delivers(uint256 which, uint64 face) external {
        for (uint256 i = 0; i < documentIds.length; ++i) {
            EvidenceId order = documentIds[(which % documentIds.length + i) % documentIds.length];
            Document storage ordered = documents[order];
            if (ordered.kind != ORDER || ordered.faceMinor == 0 || !_mayTrade(ordered.buyer, ordered.seller)) continue;
            uint64 faceMinor = face % 2 == 0 ? ordered.faceMinor : uint64(bound(face, 1, ordered.faceMinor));
            EvidenceId id = _makeDocument(ordered.buyer, ordered.seller, faceMinor, INVOICE, 0, ordered.identity);
            uint64 carried = ordered.usedMinor < faceMinor ? ordered.usedMinor : faceMinor;
            ordered.faceMinor -= faceMinor;
            ordered.usedMinor -= carried;
            ordered.lentMinor -= carried;
            documents[id].order = order;
            _lent(id, carried);
            carriedMinor[id] = carried;
            ++moves;
            return;
        }
    }

    /// The goods under a lien are sold: the loan rests on the invoice.
    function sellsGoods(uint256 which, uint256 to, uint64 more) external {
        (bool found, LoanId id) = _pickLoan(which);
        if (!found) return;
        LoanBook storage book = loanBooks[id];
        if (isSuspended[book.borrower] || book.sold || book.principalMinor == 0) return;
        EvidenceId invoice;
        if (ReceiptId.unwrap(book.receipt) == 0) {
            (found, invoice) = _carrier(book.evidence, book.principalMinor);
            if (!found) return;
        } else {
            PartyId buyer = issuers[to % issuers.length];
            bytes32 lot = receiptBooks[book.receipt].lot;
            if (!_mayTrade(buyer, book.borrower) || (book.unsecured && liensOn[lot] != 0)) return;
            invoice = _makeDocument(buyer, book.borrower, book.principalMinor + uint64(bound(more, 0, 1000_00)), INVOICE, lot, 0);
            if (!book.unsecured) _goodsBackNothingElse(invoice);
        }
        bytes32 identity = documents[invoice].identity;
        Signature memory consent = _saleConsent(companyOf[book.bank], id, book.offerHash, identity, type(uint40).max);
        vm.prank(companyOf[book.borrower].key);
        loans.assignSale(id, book.offerHash, identity, type(uint40).max, consent);
        _frees(book);
        book.sold = true;
        book.restingMinor = book.principalMinor;
        if (ReceiptId.unwrap(book.receipt) == 0) {
            settledMinor[invoice] += book.principalMinor;
        } else {
            _unlent(book.evidence, book.principalMinor);
            _lent(invoice, book.principalMinor);
        }
        book.evidence = invoice;
        ++moves;
    }

    /// Goods under a lien back no receivable.
    function _goodsBackNothingElse(EvidenceId invoice) private {
        Document storage document = documents[invoice];
        for (uint256 i = 0; i < lineIds.length; ++i) {
            if (lineBooks[lineIds[i]].issuer != document.buyer || !_mayIssue(lineIds[i]) || _freeOf(lineIds[i]) == 0) continue;
            Leg[] memory legs = _one(_leg(companyOf[document.seller], 1, invoice));
            bytes memory call = abi.encodeCall(ledger.issue, (lineIds[i], VOUCHER, _day() + 5, false, legs));
            _refused(companyOf[document.buyer].key, address(ledger), call, ITradeRegistry.LotUnderLien.selector);
            return;
        }
    }

    function paysFromSale(uint256 which, uint64 amount) external {
        (bool found, LoanId id) = _pickLoan(which);
        if (!found || !loanBooks[id].sold) return;
        LoanBook storage book = loanBooks[id];
        uint64 interestMinor = uint64(_interestOf(book));
        uint64 owedMinor = book.principalMinor + interestMinor;
        if (owedMinor == 0) return;
        uint64 amountMinor = amount % 3 == 0 ? owedMinor : uint64(bound(amount, 1, owedMinor));
        if (interestMinor > amountMinor) interestMinor = amountMinor;
        uint64 usedMinor = _availableOf(book.evidence);
        if (usedMinor > interestMinor) usedMinor = interestMinor;
        PartyId buyer = documents[book.evidence].buyer;
        bytes memory call = abi.encodeCall(loans.payFromSale, (id, book.offerHash, amountMinor, address(money)));
        if (amountMinor > book.restingMinor + usedMinor) {
            _refused(companyOf[buyer].key, address(loans), call, ILoans.SaleExceeded.selector);
            return;
        }
        _call(companyOf[buyer].key, address(loans), call);
        _move(buyer, book.bank, amountMinor);
        _take(book, amountMinor, interestMinor);
        if (usedMinor != 0) _lent(book.evidence, usedMinor);
        book.restingMinor = book.restingMinor + usedMinor - amountMinor;
        if (amountMinor == owedMinor) _closes(book);
        ++moves;
    }

    /// 9.
    function _auditGoods() internal view {
        for (uint256 i = 0; i < LOTS; ++i) {
            bytes32 lot = _lotAt(i);
            uint256 receipted = 0;
            for (uint256 n = 0; n < receiptIds.length; ++n) {
                ReceiptBook storage book = receiptBooks[receiptIds[n]];
                if (book.lot == lot && !book.withdrawn) receipted += book.quantity;
            }
            assertEq(warehouse.lotWord(lot).receipted(), receipted, "9: receipted is the sum of live receipts");
            assertEq(warehouse.lotWord(lot).measured(), lotBooks[lot].measured, "9: measured");
            assertEq(warehouse.liveLiens(lot), liensOn[lot], "9: liens");
            assertTrue(liensOn[lot] <= 1, "9: one live lien a lot");
            assertEq(registry.lotUsedMinor(lot), _lotUsedOf(lot), "9: what receivables rest on the goods");
            assertTrue(liensOn[lot] == 0 || registry.lotUsedMinor(lot) == 0, "9: goods under a lien back no receivable");
        }
        for (uint256 n = 0; n < receiptIds.length; ++n) {
            ReceiptBook storage book = receiptBooks[receiptIds[n]];
            assertTrue(warehouse.receiptWord(receiptIds[n]).owner() == book.owner, "7: whose goods");
            assertEq(LoanId.unwrap(warehouse.receiptWord(receiptIds[n]).loan()), LoanId.unwrap(book.loan), "9: one lien a receipt");
        }
        for (uint256 n = 0; n < loanIds.length; ++n) {
            LoanBook storage book = loanBooks[loanIds[n]];
            (uint64 principalMinor, uint256 interestMinor) = loans.owed(loanIds[n]);
            assertEq(principalMinor, book.principalMinor, "8: principal");
            assertEq(interestMinor, _interestOf(book), "8: interest");
            assertEq(loans.restingMinor(loanIds[n]), book.restingMinor, "3: what rests on a sale");
            assertEq(loans.loanWord(loanIds[n]).status(), book.status, "9: a loan's status");
            assertTrue(principalMinor <= book.limitMinor, "9: principal within the limit");
        }
    }
}
