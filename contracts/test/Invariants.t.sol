// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {Test} from "./Test.t.sol";
import {TradersThieves} from "./TradersThieves.t.sol";

/// @notice The traders, and the audit of their books against the contracts.
contract Traders is TradersThieves {
    constructor() {
        // The story starts with something to move.
        for (uint256 i = 0; i < 3; ++i) {
            issues(i, i, LIMIT / 5, true, 1);
        }
    }

    // ---------------------------------------------------------------- the audit

    function audit() external view {
        uint256[] memory backed = new uint256[](registry.evidenceCount() + 1);
        for (uint256 i = 0; i < obligations.length; ++i) {
            _auditObligation(obligations[i], backed);
        }
        _auditLines();
        _auditFinancing();
        _auditGroups();
        _auditDocuments(backed);
        _auditPaths();
        _auditCash();
        _auditGoods();
    }

    /// 1, 6 and 7; and what each document backs, for 3.
    function _auditObligation(ObligationId id, uint256[] memory backed) private view {
        ILedgerReader.Obligation memory known = reader.obligation(id);
        Debt storage debt = debts[id];
        ILedgerReader.Piece[] memory all = reader.piecesOf(id, 1, NEVER);
        assertEq(all.length, debt.pieces, "1: no piece but those that were made");
        uint256 live = 0;
        uint256 ended = 0;
        uint256 lost = 0;
        for (uint256 i = 0; i < all.length; ++i) {
            _auditPiece(all[i]);
            Paper storage paper = papers[all[i].id];
            if (_isLive(paper.state)) live += all[i].amountMinor;
            else ended += all[i].amountMinor;
            if (paper.state == PieceState.WrittenOff) lost += all[i].amountMinor;
            bool givenBack = paper.state == PieceState.Voided || paper.state == PieceState.Rejected || paper.state == PieceState.Expired;
            if (!givenBack) backed[EvidenceId.unwrap(paper.evidence)] += paper.firstMinor;
        }
        assertEq(known.faceMinor, debt.faceMinor, "1: face as issued");
        assertEq(known.faceMinor, live + ended, "1: face is live, redeemed, voided and written off");
        assertEq(known.liveMinor, live, "1: live is the sum of live pieces");
        assertEq(known.lossMinor, lost, "1: loss is the sum of what was written off");
        assertTrue(known.overdue == debt.overdue, "1: overdue until all is paid");
        assertEq(_termsNow(id), debt.terms, "6: terms never change");
        assertEq(known.maturityDay, debt.maturityDay, "6: maturity as issued");
        assertTrue(known.maturityDay <= reader.line(id.line()).expiryDay, "6: maturity within the line");
    }

    function _auditPiece(ILedgerReader.Piece memory known) private view {
        Paper storage paper = papers[known.id];
        assertTrue(known.owner == paper.owner, "7: an owner never changes");
        assertTrue(known.parent == paper.parent, "5: nor a parent");
        assertTrue(known.evidence == paper.evidence, "4: nor an evidence");
        assertEq(known.amountMinor, paper.amountMinor, "1: amount");
        bool held = _isLive(paper.state) && (_isHeldBack(known.id) || (paper.state == PieceState.Locked && paper.contested));
        assertEq(uint256(known.state), uint256(held ? PieceState.OnHold : paper.state), "1: state");
        assertEq(known.openOffers, paper.openOffers, "1: open offers");
        assertEq(known.childCount, paper.childCount, "1: children");
        assertEq(known.useIndex, paper.useIndex, "3: which use");
        assertTrue(known.financed == paper.bought, "2: bought for cash");
        assertTrue(known.payment == paper.payment, "4: made by a payment");
    }

    /// 2: lines, allotments, and what banks promised.
    function _auditLines() private view {
        for (uint256 i = 0; i < lineIds.length; ++i) {
            LineId id = lineIds[i];
            ILedgerReader.Line memory known = reader.line(id);
            LineBook storage book = lineBooks[id];
            assertEq(known.limitMinor, book.limitMinor, "2: limit");
            assertEq(known.usedMinor, _usedOf(id), "2: used is what is live and what was lost");
            assertEq(known.allottedMinor, _allottedOf(id), "2: allotted is what is left of allotments");
            assertTrue(uint256(known.usedMinor) + known.allottedMinor <= known.limitMinor, "2: used and allotted within the limit");
            assertEq(known.obligationCount, book.obligations, "2: no obligation but those that were issued");
            assertEq(known.allotmentCount, book.allotments, "2: no allotment but those that were made");
        }
        for (uint256 i = 0; i < allotmentIds.length; ++i) {
            AllotmentBook storage book = allotmentBooks[allotmentIds[i]];
            assertEq(allotments.allotmentWord(allotmentIds[i]).leftMinor(), book.leftMinor, "2: left of an allotment");
            assertTrue(allotments.allotmentWord(allotmentIds[i]).holder() == book.holder, "7: a holder never changes");
        }
        for (uint256 i = 0; i < issuers.length; ++i) {
            (, uint16 roles) = participants.active(issuers[i]);
            assertTrue((roles >> 15 == 1) == _isStopped(issuers[i]), "2: an issuer is stopped until cured");
        }
    }

    function _auditFinancing() private view {
        for (uint256 i = 0; i < banks.length; ++i) {
            for (uint256 j = 0; j < issuers.length; ++j) {
                (uint64 limitMinor, uint64 financedMinor) = reader.financing(banks[i], issuers[j], CNY);
                assertEq(limitMinor, financingLimit[banks[i]][issuers[j]], "2: financing limit");
                assertEq(financedMinor, _financedOf(banks[i], issuers[j]), "2: financed is what the bank holds and has not yet sold");
                assertTrue(financedMinor <= limitMinor, "2: financed within the limit");
                uint256 promisedMinor = lines.promiseWord(banks[i], issuers[j], CNY).promisedMinor();
                assertEq(promisedMinor, _promisedOf(banks[i], issuers[j]), "2: promised is shares of lines and the financing limit");
            }
        }
    }

    /// 2: what banks let themselves promise to groups.
    function _auditGroups() private view {
        for (uint256 i = 0; i < banks.length; ++i) {
            for (uint256 j = 0; j < groups.length; ++j) {
                uint256 promisedMinor = lines.groupCapWord(banks[i], groups[j], CNY).promisedMinor();
                assertEq(promisedMinor, _groupPromisedOf(banks[i], groups[j]), "2: promised to a group is what is promised to its members");
            }
        }
    }

    /// 3.
    function _auditDocuments(uint256[] memory backed) private view {
        for (uint256 i = 0; i < documentIds.length; ++i) {
            EvidenceId id = documentIds[i];
            ITradeRegistry.Evidence memory known = registry.evidence(id);
            Document storage document = documents[id];
            uint256 used = backed[EvidenceId.unwrap(id)] + document.lentMinor;
            assertEq(known.usedMinor, used, "3: used is what it backs");
            assertEq(known.usedMinor, document.usedMinor, "3: used as in the books");
            assertEq(known.useCount, document.uses, "3: uses");
            assertEq(known.faceMinor, document.faceMinor, "3: face");
            assertEq(known.creditedMinor, document.creditedMinor, "3: credited");
            assertTrue(known.usedMinor <= known.faceMinor, "3: used within face");
            assertTrue(known.buyer == document.buyer && known.seller == document.seller, "3: whose it is");
        }
    }

    /// 4 and 5.
    function _auditPaths() private view {
        for (uint256 n = 0; n < pieces.length; ++n) {
            PieceId id = pieces[n];
            Paper storage paper = papers[id];
            ILedgerReader.PathStep[] memory steps = reader.path(id);
            assertEq(steps.length, paper.hops, "5: as long as its hops");
            assertTrue(steps[0].from == id.issuer() && steps[steps.length - 1].to == paper.owner, "5: from issuer to holder");
            uint256 trades = 0;
            for (uint256 i = 0; i < steps.length; ++i) {
                if (i > 0) assertTrue(steps[i].from == steps[i - 1].to, "5: a chain");
                if (EvidenceId.unwrap(steps[i].evidence) == 0) {
                    Paper storage hop = papers[steps[i].piece];
                    bool undone = hop.state == PieceState.Rejected || hop.state == PieceState.Expired;
                    assertTrue(hop.bought || hop.payment || undone, "4: a hop without evidence is one of cash");
                    continue;
                }
                ++trades;
                Document storage document = documents[steps[i].evidence];
                assertTrue(document.buyer == steps[i].from && document.seller == steps[i].to, "4: evidence of this hop");
                assertEq(document.kind, INVOICE, "4: never a prepayment");
            }
            assertEq(paper.tier, trades, "4: tier counts trade hops");
        }
    }

    /// 8.
    function _auditCash() private view {
        for (uint256 i = 0; i < everybody.length; ++i) {
            PartyId id = everybody[i];
            assertEq(money.balanceOf(accountOf[id]), uint256(cash[id]), "8: cash of a party");
        }
        address[8] memory kept = [
            address(ledger),
            address(settlement),
            address(registry),
            address(warehouse),
            address(loans),
            address(orders),
            address(participants),
            address(reader)
        ];
        for (uint256 i = 0; i < kept.length; ++i) {
            assertEq(money.balanceOf(kept[i]), 0, "8: contracts hold no cash");
        }
    }
}

/// @notice The ledger's invariants after any series of moves and thefts:
/// 1. per obligation: face = live + redeemed + voided + written off
contract InvariantsTest is Test {
    Traders private traders;

    struct Target {
        address addr;
        bytes4[] selectors;
    }

    function setUp() public {
        traders = Traders(create(creationOf("Traders", "")));
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(traders);
    }

    function targetSelectors() external view returns (Target[] memory targets) {
        bytes4[68] memory moves = [
            traders.issues.selector, traders.passesOn.selector, traders.accepts.selector, traders.rejects.selector,
            traders.expires.selector, traders.allots.selector, traders.passesAllotment.selector, traders.revokes.selector,
            traders.expiresAllotment.selector, traders.draws.selector, traders.sells.selector, traders.locks.selector,
            traders.endsLock.selector, traders.redeems.selector, traders.paysPart.selector, traders.redeemsEarly.selector,
            traders.confirmsPayment.selector, traders.attestsPayment.selector, traders.endsPayment.selector,
            traders.marksOverdue.selector, traders.writesOff.selector, traders.makesGood.selector, traders.guarantees_.selector,
            traders.guarantorPays.selector, traders.paysRecourse.selector, traders.daysPass.selector,
            traders.registrarSuspends.selector, traders.rotatesKey.selector, traders.disputes.selector, traders.endsDispute.selector,
            traders.credits.selector, traders.holdsReturned.selector, traders.endsReturnHold.selector, traders.courtHolds.selector,
            traders.courtReleases.selector, traders.changesLimit.selector, traders.changesFinancingLimit.selector,
            traders.suspendsLine.selector, traders.grantsLine.selector, traders.regroups.selector, traders.capsGroup.selector,
            traders.sharesLine.selector, traders.issues.selector, traders.measures.selector, traders.receipts.selector,
            traders.movesReceipt.selector, traders.lends.selector, traders.lendsOnOrder.selector, traders.borrows.selector,
            traders.borrows.selector, traders.repays.selector, traders.endsLoan.selector, traders.delivers.selector,
            traders.sellsGoods.selector, traders.paysFromSale.selector, traders.steals.selector, traders.administratorTakesOver.selector,
            traders.overspends.selector, traders.overspendsLine.selector, traders.usesADocumentTwice.selector,
            traders.forgesDocument.selector, traders.namesAnotherPiece.selector, traders.reorganises.selector,
            traders.redeemsHostile.selector, traders.sellsHostile.selector, traders.repaysHostile.selector,
            traders.signsHostile.selector, traders.redeemsInSpiteOfAll.selector
        ];
        targets = new Target[](1);
        targets[0].addr = address(traders);
        targets[0].selectors = new bytes4[](moves.length);
        for (uint256 i = 0; i < moves.length; ++i) {
            targets[0].selectors[i] = moves[i];
        }
    }

    function invariant_books_and_ledger_agree() public view {
        traders.audit();
    }
}
