// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {TradersThieves} from "./TradersThieves.t.sol";

/// @notice The traders, and the audit of their books against the contracts.
contract Traders is TradersThieves {
    constructor() {
        // The story starts with something to move.
        for (uint256 i = 0; i < 3; ++i) {
            issues(i, i, LIMIT / 5, true, 1);
        }
    }

    // ---------------------------------------------------------------- any of the moves

    uint256 public constant KINDS = 69;

    /// How often each kind of move did something, or was refused as it should be.
    mapping(uint256 kind => uint256) public effects;

    /// What stories need most often.
    bytes private constant OFTEN =
        hex"000000000000010101010202020909090b0b0b0a0a0d0d0d0d0d0c0c0c0c3d3d3d1e2f2f2f2f31313131"
        hex"312d2d3535353536363617171b1b1b1818180406060505081414141419191a1a1a151516161212131332";

    /// A few moves in one go, so that stories become long.
    function works(uint256 seed) external {
        for (uint256 i = 0; i < 4; ++i) {
            workOf(_random(seed, i));
        }
    }

    /// Every second time one of the moves that stories need most often.
    function workOf(uint256 seed) public {
        uint256 kind = _random(seed, 0);
        work(_yes(seed, 1) ? kind % KINDS : uint8(OFTEN[kind % OFTEN.length]), _random(seed, 2));
    }

    function work(uint256 kind, uint256 seed) public {
        uint256 before = moves + refusals;
        _work(kind, seed);
        if (moves + refusals != before) ++effects[kind];
    }

    /// The kinds that had no effect yet, as bits.
    function missing() external view returns (uint256 bits) {
        for (uint256 kind = 0; kind < KINDS; ++kind) {
            if (effects[kind] == 0) bits |= 1 << kind;
        }
    }

    function _random(uint256 seed, uint256 place) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, place)));
    }

    function _yes(uint256 seed, uint256 place) private pure returns (bool) {
        return _random(seed, place) % 2 == 0;
    }

    function _work(uint256 kind, uint256 seed) private {
        uint256[5] memory r;
        for (uint256 i = 0; i < 5; ++i) {
            r[i] = _random(seed, i);
        }
        if (kind == 0) return this.issues(r[0], r[1], uint64(r[2]), r[3] % 2 == 0, uint8(r[4]));
        if (kind == 1) return this.passesOn(r[0], r[1], uint64(r[2]), r[3] % 2 == 0, uint8(r[4]));
        if (kind == 2) return this.accepts(r[0]);
        if (kind == 3) return this.rejects(r[0]);
        if (kind == 4) return this.expires(r[0]);
        if (kind == 5) return this.allots(r[0], r[1], uint64(r[2]), r[3]);
        if (kind == 6) return this.passesAllotment(r[0], r[1], uint64(r[2]), r[3] % 2 == 0);
        if (kind == 7) return this.revokes(r[0], r[1] % 2 == 0);
        if (kind == 8) return this.expiresAllotment(r[0]);
        if (kind == 9) return this.draws(r[0], r[1], uint64(r[2]), r[3] % 2 == 0, uint8(r[4]));
        if (kind == 10) return this.sells(r[0], uint64(r[1]), r[2], r[3] % 2 == 0);
        if (kind == 11) return this.locks(r[0], uint64(r[1]), r[2]);
        if (kind == 12) return this.resells(r[0], uint64(r[1]), r[2], r[3] % 2 == 0);
        if (kind == 13) return this.endsLock(r[0], uint8(r[1]));
        if (kind == 14) return this.redeems(r[0], uint8(r[1]));
        if (kind == 15) return this.paysPart(r[0], uint64(r[1]));
        if (kind == 16) return this.redeemsEarly(r[0], r[1] % 2 == 0);
        if (kind == 17) return this.confirmsPayment(r[0], uint64(r[1]));
        if (kind == 18) return this.attestsPayment(r[0], uint64(r[1]));
        if (kind == 19) return this.endsPayment(r[0], r[1] % 2 == 0);
        if (kind == 20) return this.marksOverdue(r[0]);
        if (kind == 21) return this.writesOff(r[0]);
        if (kind == 22) return this.makesGood(r[0], r[1] % 2 == 0);
        if (kind == 23) return this.settles(r[0]);
        if (kind == 24) return this.guarantees_(r[0], r[1], uint16(r[2]));
        if (kind == 25) return this.guarantorPays(r[0], uint64(r[1]));
        if (kind == 26) return this.paysRecourse(r[0], r[1], uint64(r[2]));
        if (kind == 27) return this.daysPass(uint8(r[0]));
        if (kind == 28) return this.registrarSuspends(r[0], r[1] % 2 == 0);
        if (kind == 29) return this.rotatesKey(r[0]);
        if (kind == 30) return this.disputes(r[0], r[1] % 2 == 0);
        if (kind == 31) return this.endsDispute(r[0], r[1] % 2 == 0);
        if (kind == 32) return this.credits(r[0], uint64(r[1]));
        if (kind == 33) return this.holdsReturned(r[0]);
        if (kind == 34) return this.endsReturnHold(r[0]);
        if (kind == 35) return this.courtHolds(r[0], r[1] % 2 == 0);
        if (kind == 36) return this.courtReleases(r[0]);
        if (kind == 37) return this.changesLimit(r[0], uint64(r[1]));
        if (kind == 38) return this.changesFinancingLimit(r[0], r[1], uint64(r[2]));
        if (kind == 39) return this.suspendsLine(r[0], r[1] % 2 == 0);
        if (kind == 40) return this.grantsLine(r[0], r[1], uint64(r[2]));
        if (kind == 41) return this.regroups(r[0], uint8(r[1]));
        if (kind == 42) return this.capsGroup(r[0], uint8(r[1]), uint64(r[2]));
        if (kind == 43) return this.sharesLine(r[0], r[1], uint16(r[2]));
        if (kind == 44) return this.measures(r[0], uint64(r[1]));
        if (kind == 45) return this.receipts(r[0], uint64(r[1]), uint64(r[2]));
        if (kind == 46) return this.movesReceipt(r[0], r[1], r[2] % 2 == 0);
        if (kind == 47) return this.lends(r[0], r[1], uint64(r[2]));
        if (kind == 48) return this.lendsOnOrder(r[0], r[1], uint64(r[2]));
        if (kind == 49) return this.borrows(r[0], uint64(r[1]));
        if (kind == 50) return this.repays(r[0], uint64(r[1]), r[2] % 2 == 0);
        if (kind == 51) return this.endsLoan(r[0], uint8(r[1]));
        if (kind == 52) return this.delivers(r[0], uint64(r[1]));
        if (kind == 53) return this.sellsGoods(r[0], r[1], uint64(r[2]));
        if (kind == 54) return this.paysFromSale(r[0], uint64(r[1]));
        if (kind == 55) return this.steals(r[0], r[1], uint64(r[2]), uint8(r[3]));
        if (kind == 56) return this.administratorTakesOver(r[0], uint8(r[1]));
        if (kind == 57) return this.overspends(r[0], uint64(r[1]));
        if (kind == 58) return this.overspendsLine(r[0], uint64(r[1]));
        if (kind == 59) return this.usesADocumentTwice(r[0], r[1]);
        if (kind == 60) return this.forgesDocument(r[0], uint64(r[1]), uint8(r[2]));
        if (kind == 61) return this.comesAtTheWrongTime(r[0], r[1]);
        if (kind == 62) return this.namesAnotherPiece(r[0], uint8(r[1]), uint16(r[2]));
        if (kind == 63) return this.reorganises(r[0], r[1], uint64(r[2]));
        if (kind == 64) return this.redeemsHostile(r[0], r[1] % 2 == 0);
        if (kind == 65) return this.sellsHostile(r[0], uint64(r[1]), r[2]);
        if (kind == 66) return this.repaysHostile(r[0], uint64(r[1]));
        if (kind == 67) return this.signsHostile(r[0], uint64(r[1]));
        if (kind == 68) return this.redeemsInSpiteOfAll(r[0], uint8(r[1]));
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
        _auditGuarantees();
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
        bool stopped = _isHeldBack(known.id) || (paper.state == PieceState.Locked && paper.contested);
        bool held = stopped && _isLive(paper.state) && paper.amountMinor != 0;
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

    /// 2: what guarantors took on, and what they have paid of it.
    function _auditGuarantees() private view {
        for (uint256 i = 0; i < obligations.length; ++i) {
            Surety[] storage list = suretiesOf[obligations[i]];
            (PartyId[] memory guarantors, uint16[] memory basisPoints, uint64[] memory paidMinor) = guarantees.guaranteesOf(obligations[i]);
            assertEq(guarantors.length, list.length, "2: guarantors");
            for (uint256 j = 0; j < list.length; ++j) {
                assertTrue(guarantors[j] == list[j].guarantor && basisPoints[j] == list[j].basisPoints, "2: who guarantees how much");
                assertEq(paidMinor[j], list[j].paidMinor, "2: paid by a guarantor");
                uint256 coveredMinor = uint256(debts[obligations[i]].faceMinor) * basisPoints[j] / 10_000;
                assertTrue(paidMinor[j] <= coveredMinor, "2: paid within a guarantor's share");
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
