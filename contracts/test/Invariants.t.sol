// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Test} from "./Test.t.sol";
import {Traders} from "./Traders.t.sol";

/// @notice The ledger's invariants, after any series of moves and of what must be refused. The traders keep books of their own, by adding
/// and subtracting what each move should do; what they audit, and where:
///
/// 1. Per obligation: face = live + redeemed + voided + written off; live and loss are the sums of pieces in these states; every piece has
///    the amount, state, open offers and children that the books say, and there are no others (`_auditObligation`, `_auditPiece`).
/// 2. Per line: used = sum of what is live and of losses not made good; allotted = sum of what is left of live allotments; both together
///    within the limit. Per bank and issuer: financed = what the bank holds or has locked, and what it has sold whose cash has not come,
///    within the limit; promised = shares of lines and the financing limit, and so for groups. A guarantor pays within its
///    share. An issuer is stopped until cured (`_auditLines`, `_auditFinancing`, `_auditGroups`, `_auditGuarantees`).
/// 3. Per document: used = sum of what it backs, pieces and loans, within its face; what was credited is held as far as it is live
///    (`_auditDocuments`, `holdsReturned`).
/// 4. Every trade hop has its own document, an invoice whose buyer passes on and whose seller receives; a cash hop has none
///    (`_auditPaths`).
/// 5. A piece's path is readable from storage, a chain from the issuer to the owner, as long as its hops (`_auditPaths`).
/// 6. Terms never change, and maturity is within the line (`_auditObligation`).
/// 7. An owner never changes; nobody moves what is another's: every theft, forgery, second use, overspending and call back in the middle of
///    another call is refused, for the right reason (`_refused`, `TradersThieves`).
/// 8. Cash: every party has exactly what the moves gave and took, so payees got what was redeemed; contracts hold nothing (`_auditCash`).
/// 9. One live lien a lot and a receipt; receipts within what was measured when they were issued; goods under a lien back no receivable
///    (`_auditGoods`).
/// 10. Redemption is never stopped: whatever holds, suspensions, offers and sales there are, a matured piece is paid
///    (`redeemsInSpiteOfAll`).
contract InvariantsTest is Test {
    uint256 private constant MOVES_A_STORY = 600;
    uint256 private constant STORIES = 5;
    uint256 private constant MOST_STORIES = 15;

    /// The kinds of moves, as bits, that had no effect in any story.
    error NothingHappened(uint256 missing);

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
        bytes4[69] memory moves = [
            traders.issues.selector, traders.passesOn.selector, traders.accepts.selector, traders.rejects.selector,
            traders.expires.selector, traders.allots.selector, traders.passesAllotment.selector, traders.revokes.selector,
            traders.expiresAllotment.selector, traders.draws.selector, traders.sells.selector, traders.locks.selector,
            traders.resells.selector, traders.endsLock.selector, traders.redeems.selector, traders.paysPart.selector,
            traders.redeemsEarly.selector, traders.confirmsPayment.selector, traders.attestsPayment.selector, traders.endsPayment.selector,
            traders.marksOverdue.selector, traders.writesOff.selector, traders.makesGood.selector, traders.settles.selector,
            traders.guarantees_.selector, traders.guarantorPays.selector, traders.paysRecourse.selector, traders.daysPass.selector,
            traders.registrarSuspends.selector, traders.rotatesKey.selector, traders.disputes.selector, traders.endsDispute.selector,
            traders.credits.selector, traders.holdsReturned.selector, traders.endsReturnHold.selector, traders.courtHolds.selector,
            traders.courtReleases.selector, traders.changesLimit.selector, traders.changesFinancingLimit.selector,
            traders.suspendsLine.selector, traders.grantsLine.selector, traders.regroups.selector, traders.capsGroup.selector,
            traders.sharesLine.selector, traders.measures.selector, traders.receipts.selector, traders.movesReceipt.selector,
            traders.lends.selector, traders.lendsOnOrder.selector, traders.borrows.selector, traders.repays.selector,
            traders.endsLoan.selector, traders.delivers.selector, traders.sellsGoods.selector, traders.paysFromSale.selector,
            traders.steals.selector, traders.administratorTakesOver.selector, traders.overspends.selector, traders.overspendsLine.selector,
            traders.usesADocumentTwice.selector, traders.forgesDocument.selector, traders.comesAtTheWrongTime.selector,
            traders.namesAnotherPiece.selector, traders.reorganises.selector, traders.redeemsHostile.selector,
            traders.sellsHostile.selector, traders.repaysHostile.selector, traders.signsHostile.selector,
            traders.redeemsInSpiteOfAll.selector
        ];
        targets = new Target[](1);
        targets[0].addr = address(traders);
        // Every move by itself, and as often a few in one go.
        targets[0].selectors = new bytes4[](2 * moves.length);
        for (uint256 i = 0; i < moves.length; ++i) {
            targets[0].selectors[i] = moves[i];
            targets[0].selectors[moves.length + i] = traders.works.selector;
        }
    }

    /// Histories in which nothing happens would prove nothing: these are long, and go on until every kind of move had an effect.
    function test_in_long_stories_every_kind_of_move_happens() public {
        uint256 missing = type(uint256).max;
        for (uint256 story = 0; story < MOST_STORIES && (story < STORIES || missing != 0); ++story) {
            if (story != 0) setUp();
            for (uint256 i = 0; i < MOVES_A_STORY; ++i) {
                traders.workOf(uint256(keccak256(abi.encode(story, i))));
                if (i % 100 == 99) traders.audit();
            }
            missing &= traders.missing();
        }
        if (missing != 0) revert NothingHappened(missing);
    }

    function invariant_books_and_ledger_agree() public view {
        traders.audit();
    }
}
