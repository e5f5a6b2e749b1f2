// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId, lineOf, obligationOf} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {SUPPLIER} from "../types/Roles.sol";
import {World} from "./World.t.sol";

/// @notice Moves that companies make in any order, and thefts that must fail. It keeps its own books, by adding and subtracting what each
/// move should do, so that the ledger is compared with something that shares no code with it.
contract Traders is World {
    Company[] internal traders;
    LineId[] internal lines;
    PieceId[] internal pieces;
    EvidenceId[] internal documents;

    /// What the traders have been told by their own moves.
    mapping(ObligationId => bytes32) public termsOf;
    mapping(PieceId => PartyId) public ownerOfPiece;
    uint256 public paidMinor;
    uint256 public thefts;
    uint256 public moves;
    uint16 public day = START_DAY;
    uint16 private constant TENOR_DAYS = 12;

    constructor() {
        setUp();
        traders.push(supplier);
        traders.push(second);
        traders.push(third);
        traders.push(otherIssuer);
        traders.push(_company("fourth tier", SUPPLIER));
        lines.push(line);
        lines.push(_grant(otherBank, issuer, LIMIT / 2, CNY));
        lines.push(_grant(bank, otherIssuer, LIMIT, CNY));
        _limitFinancing(bank, otherIssuer, LIMIT / 10);
        _limitFinancing(otherBank, issuer, LIMIT / 10);
        _fund(otherBank, money, 10 * uint256(LIMIT));
        _fund(otherIssuer, money, 10 * uint256(LIMIT));
        // The story starts with something to move.
        for (uint256 i = 0; i < 3; ++i) {
            issues(i, i, LIMIT / 5, true, 1);
        }
    }

    function pieceCount() external view returns (uint256) {
        return pieces.length;
    }

    function pieceAt(uint256 place) external view returns (PieceId) {
        return pieces[place];
    }

    function lineAt(uint256 place) external view returns (LineId) {
        return lines[place];
    }

    function world()
        external
        view
        returns (ILedgerReader reader_, ITradeRegistry registry_, address ledger_, address settlement_, address money_)
    {
        return (reader, registry, address(ledger), address(settlement), address(money));
    }

    function parties() external view returns (PartyId bank_, PartyId otherBank_, PartyId issuer_, PartyId otherIssuer_) {
        return (bank.id, otherBank.id, issuer.id, otherIssuer.id);
    }

    // ---------------------------------------------------------------- what companies do

    function issues(uint256 which, uint256 to, uint64 amount, bool signed, uint8 reuse) public {
        LineId id = lines[which % lines.length];
        Company memory payer = id.issuer() == issuer.id ? issuer : otherIssuer;
        Company memory recipient = traders[to % traders.length];
        uint64 amountMinor = uint64(bound(amount, 1, LIMIT / 4));
        ILedgerReader.Line memory known = reader.line(id);
        (, uint32 overdue) = reader.issuer(payer.id);
        if (recipient.id == payer.id || overdue != 0 || amountMinor > known.limitMinor - known.usedMinor) return;
        Leg[] memory legs = _one(_leg(recipient, amountMinor, _document(payer, recipient, amountMinor, reuse)));
        ObligationId made = obligationOf(id, known.obligationCount + 1);
        if (signed) {
            ICreditLedger.Acceptance memory acceptance = _acceptanceOf(PieceId.wrap(0), made, legs[0]);
            acceptance.maturityDay = day + TENOR_DAYS;
            Signature[] memory signatures = _one(_signed(recipient, _acceptanceDigest(acceptance)));
            vm.prank(payer.key);
            ledger.issueAccepted(id, VOUCHER, day + TENOR_DAYS, false, legs, signatures);
        } else {
            vm.prank(payer.key);
            ledger.issue(id, VOUCHER, day + TENOR_DAYS, false, legs);
        }
        termsOf[made] = _terms(made);
        _note(made.piece(1), recipient.id);
    }

    function passesOn(uint256 which, uint256 to, uint64 amount, bool signed, uint8 reuse) external {
        (bool found, PieceId id, ILedgerReader.Piece memory parent) = _find(which, PieceState.Held);
        Company memory payer = _trader(parent.owner);
        Company memory recipient = traders[to % traders.length];
        if (!found || parent.amountMinor == 0 || parent.financed || recipient.id == payer.id || recipient.id == id.issuer()) return;
        if (day >= reader.obligation(id.obligation()).maturityDay || parent.hops >= 16) return;
        uint64 amountMinor = uint64(bound(amount, 1, parent.amountMinor));
        Leg[] memory legs = _one(_leg(recipient, amountMinor, _document(payer, recipient, amountMinor, reuse)));
        if (signed) {
            ICreditLedger.Acceptance memory acceptance = _acceptanceOf(id, id.obligation(), legs[0]);
            acceptance.maturityDay = reader.obligation(id.obligation()).maturityDay;
            Signature[] memory signatures = _one(_signed(recipient, _acceptanceDigest(acceptance)));
            vm.prank(payer.key);
            ledger.transferAccepted(_ref(id), legs, signatures);
            // The same signature once more must not fit.
            vm.prank(payer.key);
            try ledger.transferAccepted(_ref(id), legs, signatures) {
                ++thefts;
            } catch {}
        } else {
            vm.prank(payer.key);
            ledger.transfer(_ref(id), legs);
        }
        _note(_lastPiece(id.obligation()), recipient.id);
    }

    function accepts(uint256 which) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Offered);
        if (!found || block.timestamp > piece.deadline) return;
        _accept(_trader(piece.owner), id);
        ++moves;
    }

    function rejects(uint256 which) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Offered);
        if (!found) return;
        vm.prank(_trader(piece.owner).key);
        ledger.reject(_one(id), "no");
        ++moves;
    }

    function expires(uint256 which) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Offered);
        if (!found || block.timestamp <= piece.deadline) return;
        ledger.expire(_one(id));
        ++moves;
    }

    function sells(uint256 which, uint64 amount, bool toOther) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Held);
        Company memory buyer = toOther ? otherBank : bank;
        if (!found || piece.amountMinor == 0 || piece.owner == buyer.id || piece.hops == 255) return;
        if (day >= reader.obligation(id.obligation()).maturityDay) return;
        (uint64 limitMinor, uint64 financedMinor) = reader.financing(buyer.id, id.issuer(), CNY);
        uint64 amountMinor = uint64(bound(amount, 1, piece.amountMinor));
        IFinancing.FinanceOffer memory offer = _offer(buyer, id, amountMinor);
        Signature memory signature = _signed(buyer, _offerDigest(offer));
        address seller = _holder(piece.owner).key;
        if (amountMinor > limitMinor - financedMinor) {
            vm.prank(seller);
            try financing.finance(offer, signature, _unsigned(), 0) {
                ++thefts;
            } catch {}
            return;
        }
        uint256 before = money.balanceOf(seller);
        vm.prank(seller);
        _note(financing.finance(offer, signature, _unsigned(), 0), buyer.id);
        assertEq(money.balanceOf(seller), before + offer.priceMinor, "piece and cash in one transaction");
        // The same offer once more must not fit.
        vm.prank(seller);
        try financing.finance(offer, signature, _unsigned(), 0) {
            ++thefts;
        } catch {}
    }

    function redeems(uint256 which) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Held);
        if (!found || piece.amountMinor == 0 || piece.openOffers != 0) return;
        if (day < reader.obligation(id.obligation()).maturityDay) return;
        address holder = _holder(piece.owner).key;
        uint256 before = money.balanceOf(holder);
        vm.prank(id.issuer() == issuer.id ? issuer.key : otherIssuer.key);
        ledger.redeem(_one(id), address(money));
        assertEq(money.balanceOf(holder), before + piece.amountMinor, "paid to the owner");
        paidMinor += piece.amountMinor;
        ++moves;
    }

    function marksOverdue(uint256 which) external {
        if (pieces.length == 0) return;
        ObligationId id = pieces[which % pieces.length].obligation();
        ILedgerReader.Obligation memory known = reader.obligation(id);
        if (known.liveMinor == 0 || known.overdue || day <= known.maturityDay + known.graceDays) return;
        maturity.markOverdue(id);
        ++moves;
    }

    function lowersLimits(uint256 which, uint64 limit) external {
        LineId id = lines[which % lines.length];
        Company memory owner = reader.line(id).bank == bank.id ? bank : otherBank;
        vm.prank(owner.key);
        lines.setLineLimit(id, uint64(bound(limit, 0, LIMIT)));
        Company memory of_ = id.issuer() == issuer.id ? issuer : otherIssuer;
        _limitFinancing(owner, of_, uint64(bound(limit, 0, LIMIT / 5)));
        ++moves;
    }

    function daysPass(uint8 count) external {
        uint16 passed = uint16(bound(count, 1, 5));
        // Lines end after a year; what happens beyond is no part of this story.
        if (day + passed > START_DAY + 270) return;
        day += passed;
        vm.warp(block.timestamp + uint256(passed) * 1 days);
    }

    function registrarSuspendsAndReinstates(uint256 which) external {
        // A holder's suspension must not be in the way of its payment; it is lifted again so that the story goes on.
        PartyId id = traders[which % traders.length].id;
        participants.suspend(id);
        participants.reinstate(id);
    }

    // ---------------------------------------------------------------- what thieves try

    /// All is right about what a thief asks for, but that the piece is not its own.
    function steals(uint256 which, uint256 thief, uint64 amount, uint8 way) external {
        bool ofOffers = way % 4 == 1 || way % 4 == 2;
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, ofOffers ? PieceState.Offered : PieceState.Held);
        if (!found || piece.amountMinor == 0) return;
        Company[5] memory thieves = [operator, traders[thief % traders.length], issuer, otherIssuer, bank];
        Company memory by = thieves[thief % 5];
        if (by.id == piece.owner || (way % 4 == 3 && by.id == id.issuer())) return;
        Company memory owner = _holder(piece.owner);
        Company memory recipient = owner.id == second.id ? third : second;
        uint64 amountMinor = uint64(bound(amount, 1, piece.amountMinor));
        Leg[] memory legs = _one(_leg(recipient, amountMinor, _confirm(owner, recipient, amountMinor)));
        // Every fourth thief is the registrar, rules' owner, token approver and administrator at once, which is this contract.
        vm.prank(thief % 4 == 0 ? address(this) : by.key);
        if (way % 4 == 0) {
            try ledger.transfer(_ref(id), legs) {
                ++thefts;
            } catch {}
        } else if (way % 4 == 1) {
            try ledger.accept(_one(id)) {
                ++thefts;
            } catch {}
        } else if (way % 4 == 2) {
            try ledger.reject(_one(id), "mine") {
                ++thefts;
            } catch {}
        } else {
            try ledger.redeem(_one(id), address(money)) {
                ++thefts;
            } catch {}
        }
    }

    function overspends(uint256 which, uint64 more) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Held);
        if (!found || piece.financed) return;
        Company memory payer = _trader(piece.owner);
        Company memory recipient = payer.id == second.id ? third : second;
        uint64 amountMinor = piece.amountMinor + uint64(bound(more, 1, LIMIT));
        Leg[] memory legs = _one(_leg(recipient, amountMinor, _confirm(payer, recipient, amountMinor)));
        vm.prank(payer.key);
        try ledger.transfer(_ref(id), legs) {
            ++thefts;
        } catch {}
    }

    function usesADocumentTwice(uint256 which) external {
        (bool found, PieceId id, ILedgerReader.Piece memory piece) = _find(which, PieceState.Held);
        if (!found || documents.length == 0) return;
        // Whoever holds something tries to back it by all that any document ever had.
        EvidenceId evidence = documents[which % documents.length];
        ITradeRegistry.Evidence memory known = registry.evidence(evidence);
        if (known.usedMinor == 0) return;
        Leg[] memory legs = _one(Leg(known.seller, known.faceMinor, evidence, uint40(block.timestamp + 1 hours)));
        vm.prank(_holder(piece.owner).key);
        try ledger.transfer(_ref(id), legs) {
            ++thefts;
        } catch {}
    }

    function operatorMakesCapacity(uint256 buyer, uint64 face) external {
        Company memory forged = traders[buyer % traders.length];
        ITradeRegistry.Confirmation memory confirmation = _confirmation(forged, supplier.id == forged.id ? second : supplier, face);
        Signature memory signature = _signed(operator, _confirmationDigest(confirmation));
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) = _one(confirmation, signature);
        if (face % 2 == 0) signatures[0].key = forged.key;
        vm.prank(operator.key);
        try registry.register(confirmations, signatures) {
            ++thefts;
        } catch {}
        if (documents.length == 0) return;
        vm.prank(operator.key);
        try registry.release(documents[buyer % documents.length], 1) {
            ++thefts;
        } catch {}
    }

    // ---------------------------------------------------------------- parts

    function _document(Company memory buyer, Company memory seller, uint64 amountMinor, uint8 reuse) private returns (EvidenceId) {
        // Now and then one that has something left is used again.
        if (reuse % 3 == 0) {
            for (uint256 i = documents.length; i > 0; --i) {
                ITradeRegistry.Evidence memory known = registry.evidence(documents[i - 1]);
                if (known.buyer == buyer.id && known.seller == seller.id && known.faceMinor - known.usedMinor >= amountMinor) {
                    return documents[i - 1];
                }
            }
        }
        EvidenceId made = _confirm(buyer, seller, amountMinor + reuse);
        documents.push(made);
        return made;
    }

    function documentCount() external view returns (uint256) {
        return documents.length;
    }

    function _note(PieceId id, PartyId owner) private {
        pieces.push(id);
        ownerOfPiece[id] = owner;
        ++moves;
    }

    /// The terms of an obligation that must never change.
    function _terms(ObligationId id) private view returns (bytes32) {
        ILedgerReader.Obligation memory o = reader.obligation(id);
        return keccak256(
            abi.encode(
                o.faceMinor, o.maturityDay, o.maxPieces, o.maxHops, o.graceDays, o.rulebookVersion, o.instrument, o.currency, o.utcOffsetQuarterHours
            )
        );
    }

    function termsNow(ObligationId id) external view returns (bytes32) {
        return _terms(id);
    }

    function _find(uint256 which, PieceState state)
        private
        view
        returns (bool found, PieceId id, ILedgerReader.Piece memory piece)
    {
        for (uint256 i = 0; i < pieces.length && i < 30; ++i) {
            id = pieces[(which % pieces.length + i) % pieces.length];
            piece = reader.piece(id);
            if (piece.state == state) return (true, id, piece);
        }
    }

    function _trader(PartyId id) private view returns (Company memory) {
        for (uint256 i = 0; i < traders.length; ++i) {
            if (traders[i].id == id) return traders[i];
        }
        return traders[0];
    }

    function _holder(PartyId id) private view returns (Company memory) {
        if (id == bank.id) return bank;
        if (id == otherBank.id) return otherBank;
        return _trader(id);
    }
}

/// @notice The ledger's invariants after any series of moves and thefts:
/// 1. per obligation: face = live + redeemed + voided + written off, and live is the sum of its live pieces
/// 2. per line: used = sum of live under it <= limit; per bank and issuer: financed = sum of what the bank holds <= limit
/// 3. per document: used = sum of what it backs <= face
/// 4. every trade hop has its own evidence, whose buyer passes on and whose seller receives; a cash hop has none
/// 5. a piece's path is readable from storage and as long as its hops
/// 6. terms never change, and maturity is within the line
/// 7. nobody but the owner's key moved a piece: owners are those that the traders know, and no theft succeeded
/// 8. contracts hold no cash, and what holders got is what was redeemed
contract InvariantsTest is World {
    Traders private traders;
    ILedgerReader private books;
    ITradeRegistry private papers;

    function setUp() public override {
        traders = new Traders();
        (books, papers,,,) = traders.world();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(traders);
    }

    struct Target {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (Target[] memory targets) {
        // What a story needs most often stands twice.
        bytes4[] memory selectors = new bytes4[](20);
        selectors[0] = traders.issues.selector;
        selectors[1] = traders.passesOn.selector;
        selectors[2] = traders.accepts.selector;
        selectors[3] = traders.rejects.selector;
        selectors[4] = traders.expires.selector;
        selectors[5] = traders.sells.selector;
        selectors[6] = traders.redeems.selector;
        selectors[7] = traders.marksOverdue.selector;
        selectors[8] = traders.lowersLimits.selector;
        selectors[9] = traders.daysPass.selector;
        selectors[10] = traders.registrarSuspendsAndReinstates.selector;
        selectors[11] = traders.steals.selector;
        selectors[12] = traders.overspends.selector;
        selectors[13] = traders.usesADocumentTwice.selector;
        selectors[14] = traders.operatorMakesCapacity.selector;
        selectors[15] = traders.passesOn.selector;
        selectors[16] = traders.accepts.selector;
        selectors[17] = traders.redeems.selector;
        selectors[18] = traders.sells.selector;
        selectors[19] = traders.steals.selector;
        targets = new Target[](1);
        targets[0] = Target(address(traders), selectors);
    }

    function afterInvariant() public view {
        // A story in which nothing happens would prove nothing.
        assertTrue(traders.moves() > 10, "the traders moved");
    }

    function invariant_all_hold() public view {
        _obligationsAndLines();
        _financing();
        _documents();
        _pieces();
        assertEq(traders.thefts(), 0, "7: a theft succeeded");
        (,, address ledgerAddress, address settlementAddress, address moneyAddress) = traders.world();
        assertEq(
            IERC20(moneyAddress).balanceOf(ledgerAddress)
                + IERC20(moneyAddress).balanceOf(settlementAddress),
            0,
            "8: contracts hold no cash"
        );
    }

    /// 1, 2 and 6, and the paid part of 8.
    function _obligationsAndLines() private view {
        uint256 redeemed;
        for (uint256 i = 0; i < 3; ++i) {
            LineId id = traders.lineAt(i);
            ILedgerReader.Line memory known = books.line(id);
            uint256 used;
            for (uint24 n = 1; n <= known.obligationCount; ++n) {
                (uint256 live, uint256 paid) = _obligation(obligationOf(id, n), known.expiryDay);
                used += live;
                redeemed += paid;
            }
            assertEq(known.usedMinor, used, "2: used is what is live");
            assertTrue(known.usedMinor <= known.limitMinor, "2: used within the limit");
        }
        assertEq(redeemed, traders.paidMinor(), "8: redeemed is what was paid");
    }

    function _obligation(ObligationId id, uint16 expiryDay) private view returns (uint256 live, uint256 redeemed) {
        ILedgerReader.Obligation memory known = books.obligation(id);
        ILedgerReader.Piece[] memory all = books.piecesOf(id, 1, known.pieceCount);
        uint256 rest;
        for (uint256 i = 0; i < all.length; ++i) {
            PieceState state = all[i].state;
            if (state == PieceState.Redeemed) redeemed += all[i].amountMinor;
            else if (state == PieceState.Voided || state == PieceState.WrittenOff) rest += all[i].amountMinor;
            else if (state == PieceState.Rejected || state == PieceState.Expired) assertEq(all[i].amountMinor, 0, "1: given back");
            else live += all[i].amountMinor;
        }
        assertEq(known.liveMinor, live, "1: live is the sum of live pieces");
        assertEq(known.faceMinor, live + redeemed + rest, "1: face is the sum of all");
        assertEq(traders.termsNow(id), traders.termsOf(id), "6: terms never change");
        assertTrue(known.maturityDay <= expiryDay, "6: maturity within the line");
    }

    /// The other half of 2.
    function _financing() private view {
        (PartyId bankId, PartyId otherBankId, PartyId issuerId, PartyId otherIssuerId) = traders.parties();
        PartyId[2] memory banks = [bankId, otherBankId];
        PartyId[2] memory issuers = [issuerId, otherIssuerId];
        for (uint256 i = 0; i < 4; ++i) {
            (PartyId by, PartyId of_) = (banks[i % 2], issuers[i / 2]);
            uint256 held;
            for (uint256 n = 0; n < traders.pieceCount(); ++n) {
                ILedgerReader.Piece memory piece = books.piece(traders.pieceAt(n));
                if (piece.owner == by && piece.id.issuer() == of_ && piece.state == PieceState.Held) held += piece.amountMinor;
            }
            (uint64 limitMinor, uint64 financedMinor) = books.financing(by, of_, CNY);
            assertEq(financedMinor, held, "2: financed is what the bank holds");
            assertTrue(financedMinor <= limitMinor, "2: financed within the limit");
        }
    }

    /// 3. What a piece backs is what was passed to it: what is in it, and what it passed on to pieces that kept it.
    function _documents() private view {
        uint40 count = papers.evidenceCount();
        uint256[] memory used = new uint256[](count + 1);
        for (uint256 i = 0; i < 3; ++i) {
            LineId id = traders.lineAt(i);
            uint24 obligations = books.line(id).obligationCount;
            for (uint24 n = 1; n <= obligations; ++n) {
                _addUses(obligationOf(id, n), used);
            }
        }
        for (uint40 n = 1; n <= count; ++n) {
            ITradeRegistry.Evidence memory evidence = papers.evidence(EvidenceId.wrap(n));
            assertEq(evidence.usedMinor, used[n], "3: used is what it backs");
            assertTrue(evidence.usedMinor <= evidence.faceMinor, "3: used within face");
        }
    }

    /// A child comes after its parent, so going backwards each piece knows what its children took when its turn comes.
    function _addUses(ObligationId id, uint256[] memory used) private view {
        ILedgerReader.Piece[] memory all = books.piecesOf(id, 1, NEVER);
        uint256[] memory passedTo = new uint256[](all.length + 1);
        for (uint256 n = all.length; n > 0; --n) {
            ILedgerReader.Piece memory piece = all[n - 1];
            passedTo[n] += piece.amountMinor;
            passedTo[piece.parent.index()] += passedTo[n];
            if (piece.state != PieceState.Voided) used[EvidenceId.unwrap(piece.evidence)] += passedTo[n];
        }
    }

    /// 4, 5 and 7.
    function _pieces() private view {
        for (uint256 n = 0; n < traders.pieceCount(); ++n) {
            PieceId id = traders.pieceAt(n);
            ILedgerReader.Piece memory piece = books.piece(id);
            assertTrue(piece.owner == traders.ownerOfPiece(id), "7: an owner never changes");
            ILedgerReader.PathStep[] memory steps = books.path(id);
            assertEq(steps.length, piece.hops, "5: as long as its hops");
            assertTrue(steps[0].from == id.issuer() && steps[steps.length - 1].to == piece.owner, "5: from issuer to holder");
            uint256 trades;
            for (uint256 i = 0; i < steps.length; ++i) {
                if (i > 0) assertTrue(steps[i].from == steps[i - 1].to, "5: a chain");
                if (EvidenceId.unwrap(steps[i].evidence) == 0) {
                    assertTrue(books.piece(steps[i].piece).financed, "4: a hop without evidence is a sale");
                    continue;
                }
                ++trades;
                ITradeRegistry.Evidence memory evidence = papers.evidence(steps[i].evidence);
                assertTrue(evidence.buyer == steps[i].from && evidence.seller == steps[i].to, "4: evidence of this hop");
            }
            assertEq(piece.tier, trades, "4: tier counts trade hops");
        }
    }
}
