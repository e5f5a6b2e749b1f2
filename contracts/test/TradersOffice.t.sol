// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IHolds} from "../interfaces/IHolds.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILines} from "../interfaces/ILines.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId, lineOf} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {TradersCash} from "./TradersCash.t.sol";

/// @notice Moves of the offices: disputes, credit notes, courts; limits, groups, shares; the registrar, keys and the calendar.
abstract contract TradersOffice is TradersCash {
    uint16 internal constant DISPUTE_DAYS = 30;
    uint256 internal constant MOST_LINES = 7;
    uint24[2] internal groups = [5, 6];

    // ---------------------------------------------------------------- the calendar and the registrar

    function daysPass(uint8 count) external {
        uint16 passed = uint16(bound(count, 1, 4));
        // Lines end after a year; what happens beyond is no part of this story.
        if (_day() + passed > LAST_DAY) return;
        vm.warp(block.timestamp + uint256(passed) * 1 days);
        ++moves;
    }

    function registrarSuspends(uint256 which, bool lifts) external {
        PartyId id = traders[which % 5];
        // One at a time, or nobody would be left to trade.
        for (uint256 i = 0; i < 5; ++i) {
            if (isSuspended[traders[i]]) id = traders[i];
        }
        if (isSuspended[id]) participants.reinstate(id);
        else if (!lifts) participants.suspend(id);
        else return;
        isSuspended[id] = !isSuspended[id];
        ++moves;
    }

    /// A company takes another key, and the old one moves nothing more.
    function rotatesKey(uint256 which) external {
        PartyId id = everybody[which % everybody.length];
        if (isSuspended[id]) return;
        Company memory before = companyOf[id];
        Company memory then;
        then.id = id;
        then.secret = uint256(keccak256(abi.encode("next", before.secret)));
        then.key = vm.addr(then.secret);
        IParticipants.Party memory party = participants.party(id);
        bytes32 typeHash = keccak256("KeyJoin(uint32 party,address key,uint8 epoch,uint16 keyChanges)");
        bytes32 structHash = keccak256(abi.encode(typeHash, id, then.key, party.epoch, party.keyChanges));
        bytes memory proof = _signed(then, _digest("Pearlchain Participants", address(participants), structHash)).signature;
        vm.prank(before.key);
        participants.addKey(then.key, proof);
        vm.prank(then.key);
        participants.removeKey(before.key);
        companyOf[id] = then;
        bytes memory call = abi.encodeCall(ledger.accept, (new PieceReference[](0)));
        _refused(before.key, address(ledger), call, IParticipants.NotAParticipant.selector);
        ++moves;
    }

    // ---------------------------------------------------------------- disputes

    function disputes(uint256 which, bool byPayer) external {
        (bool found, PieceId id) = _pick(which, Want.Live);
        if (!found) return;
        Paper storage paper = papers[id];
        PartyId payer = paper.parent.index() == 0 ? id.issuer() : papers[paper.parent].owner;
        bool forCash = paper.bought || paper.payment;
        PartyId by = byPayer ? payer : paper.owner;
        if (isSuspended[by]) return;
        bytes memory call = abi.encodeCall(holds.dispute, (_one(id), "goods"));
        _refused(companyOf[operator.id].key, address(ledger), call, IHolds.NotASide.selector);
        bool isPayer = by == payer && !forCash;
        if (!isPayer && by != paper.owner) {
            // Who was paid for it has nothing to dispute.
            _refused(companyOf[by].key, address(ledger), call, IHolds.NotASide.selector);
            return;
        }
        if (!isPayer && paper.childCount != 0) {
            _refused(companyOf[by].key, address(ledger), call, IHolds.AlreadyPassedOn.selector);
            return;
        }
        if (!_nobody(paper.disputant) || (isPayer ? paper.payerDisputed : paper.ownerDisputed)) {
            _refused(companyOf[by].key, address(ledger), call, IHolds.AlreadyDisputed.selector);
            return;
        }
        _call(companyOf[by].key, address(ledger), call);
        (paper.disputant, paper.disputeDay) = (by, _day());
        if (isPayer) paper.payerDisputed = true;
        else paper.ownerDisputed = true;
        ++moves;
    }

    function endsDispute(uint256 which, bool byDisputant) external {
        PieceId id;
        for (uint256 i = 0; i < pieces.length; ++i) {
            id = pieces[(which % pieces.length + i) % pieces.length];
            if (!_nobody(papers[id].disputant)) break;
        }
        Paper storage paper = papers[id];
        if (_nobody(paper.disputant)) return;
        if (!byDisputant && _day() <= paper.disputeDay + DISPUTE_DAYS) {
            bytes memory call = abi.encodeCall(holds.endDispute, (_one(id)));
            _refused(companyOf[operator.id].key, address(ledger), call, IHolds.DisputeStillOpen.selector);
            return;
        }
        vm.prank(companyOf[byDisputant ? paper.disputant : operator.id].key);
        holds.endDispute(_one(id));
        (paper.disputant, paper.disputeDay) = (PartyId.wrap(0), 0);
        ++moves;
    }

    // ---------------------------------------------------------------- returned goods

    /// Buyer and seller agree that some of a document is not owed any more.
    function credits(uint256 which, uint64 amount) external {
        EvidenceId id = documentIds[which % documentIds.length];
        Document storage document = documents[id];
        if (document.faceMinor <= document.creditedMinor || isSuspended[document.buyer] || isSuspended[document.seller]) return;
        uint64 leftMinor = document.faceMinor - document.creditedMinor;
        ITradeRegistry.CreditNote memory note = ITradeRegistry.CreditNote({
            identity: keccak256(abi.encode("note", id, document.creditedMinor, document.faceMinor, moves)),
            digest: "digest",
            evidence: id,
            evidenceIdentity: document.identity,
            amountMinor: amount % 3 == 0 ? leftMinor : uint64(bound(amount, 1, leftMinor)),
            currency: CNY,
            buyer: document.buyer,
            seller: document.seller
        });
        Signature memory ofBuyer = _notice(note, document.buyer);
        Signature memory ofSeller = _notice(note, document.seller);
        // Neither side alone takes the other's paper away.
        bytes memory call = abi.encodeCall(registry.credit, (note, ofBuyer, Signature(companyOf[document.seller].key, ofBuyer.signature)));
        _refused(address(this), address(registry), call, ITradeRegistry.SignatureInvalid.selector);
        call = abi.encodeCall(registry.credit, (note, ofBuyer, ofSeller));
        _call(address(this), address(registry), call);
        document.creditedMinor += note.amountMinor;
        if (note.amountMinor == leftMinor) document.cancelled = true;
        ++moves;
        _refused(address(this), address(registry), call, ITradeRegistry.IdentityAlreadyRegistered.selector);
    }

    function _notice(ITradeRegistry.CreditNote memory note, PartyId by) private view returns (Signature memory) {
        bytes32 typeHash = keccak256(
            "CreditNote(bytes32 identity,bytes32 digest,uint40 evidence,bytes32 evidenceIdentity,uint64 amountMinor,uint8 currency,uint32 buyer,uint32 seller)"
        );
        return _signed(companyOf[by], _digest("Pearlchain TradeRegistry", address(registry), keccak256(abi.encode(typeHash, note))));
    }

    /// Anyone holds what the returned goods backed, from the latest use on, until enough is held or nothing is left.
    function holdsReturned(uint256 which) external {
        (bool found, EvidenceId id) = _pickReturned(which);
        if (!found) return;
        PieceId[] memory users = _usersOf(id);
        uint64 excessMinor = _excessOf(id);
        uint256 count = 0;
        uint64 heldMinor = 0;
        while (count < users.length && heldMinor < excessMinor) {
            heldMinor += _liveUnder(users[count++]);
        }
        PieceReference[] memory named = new PieceReference[](users.length);
        for (uint256 i = 0; i < named.length; ++i) {
            named[i] = _ref(users[i]);
        }
        // The first call ends what others began, the second looks anew: what was held then may be paid by now.
        holds.holdReturned(id, named);
        holds.holdReturned(id, named);
        if (which % 3 == 0) holds.holdReturned(id, _one(users[0]));
        for (uint256 i = 0; i < count; ++i) {
            if (_liveUnder(users[i]) != 0) papers[users[i]].returned = true;
        }
        ++moves;
        uint64 liveMinor = 0;
        heldMinor = 0;
        for (uint256 i = 0; i < users.length; ++i) {
            liveMinor += _liveUnder(users[i]);
            if (reader.piece(users[i]).state == PieceState.OnHold || papers[users[i]].returned) heldMinor += _liveUnder(users[i]);
        }
        bool enough = heldMinor >= (excessMinor < liveMinor ? excessMinor : liveMinor);
        assertTrue(enough, "3: what is not owed any more is held, as far as it is live");
    }

    function _pickReturned(uint256 which) private view returns (bool, EvidenceId) {
        for (uint256 i = 0; i < documentIds.length; ++i) {
            EvidenceId id = documentIds[(which % documentIds.length + i) % documentIds.length];
            if (documents[id].kind == INVOICE && _excessOf(id) != 0 && _usersOf(id).length != 0) return (true, id);
        }
        return (false, EvidenceId.wrap(0));
    }

    /// The pieces that use a document, the latest first.
    function _usersOf(EvidenceId id) private view returns (PieceId[] memory users) {
        uint256 count = 0;
        for (uint256 i = 0; i < pieces.length; ++i) {
            if (papers[pieces[i]].evidence == id) ++count;
        }
        users = new PieceId[](count);
        uint256 place = 0;
        for (uint256 use = documents[id].uses; use > 0; --use) {
            for (uint256 i = 0; i < pieces.length; ++i) {
                if (papers[pieces[i]].evidence == id && papers[pieces[i]].useIndex == use - 1) users[place++] = pieces[i];
            }
        }
        assertEq(place, count, "3: every use has its own number");
    }

    function _liveUnder(PieceId id) private view returns (uint64 liveMinor) {
        ObligationId obligation = id.obligation();
        for (uint16 i = 1; i <= debts[obligation].pieces; ++i) {
            PieceId below = obligation.piece(i);
            if (!_isLive(papers[below].state)) continue;
            for (PieceId next = below; next.index() != 0; next = papers[next].parent) {
                if (next == id) liveMinor += papers[below].amountMinor;
            }
        }
    }

    function endsReturnHold(uint256 which) external {
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[(which % pieces.length + i) % pieces.length];
            if (!papers[id].returned) continue;
            EvidenceId evidence = papers[id].evidence;
            if (_excessOf(evidence) != 0) {
                bytes memory call = abi.encodeCall(holds.endReturnHold, (evidence, _one(id)));
                _refused(companyOf[papers[id].owner].key, address(ledger), call, IHolds.StillReturned.selector);
                continue;
            }
            holds.endReturnHold(evidence, _one(id));
            papers[id].returned = false;
            ++moves;
            return;
        }
    }

    // ---------------------------------------------------------------- courts

    function courtHolds(uint256 which, bool whole) external {
        (bool found, PieceId id) = _pick(which, Want.Live);
        // Now and then what was given up for lost.
        if (which % 5 == 0) {
            (bool lost, PieceId other) = _pick(which, Want.Lost);
            if (lost) (found, id) = (true, other);
        }
        if (!found) return;
        ObligationId obligation = id.obligation();
        address by = companyOf[court.id].key;
        bytes memory call = whole
            ? abi.encodeCall(holds.holdObligationByCourt, (obligation, debts[obligation].maturityDay, "order"))
            : abi.encodeCall(holds.holdByCourt, (_one(id), "order"));
        _refused(companyOf[operator.id].key, address(ledger), call, ILedgerParts.RoleMissing.selector);
        if (!_nobody(whole ? debts[obligation].court : papers[id].court)) {
            _refused(by, address(ledger), call, IHolds.AlreadyHeldByCourt.selector);
            return;
        }
        if (!whole && papers[id].amountMinor == 0 && papers[id].openOffers == 0) {
            _refused(by, address(ledger), call, IHolds.NothingToHold.selector);
            return;
        }
        _call(by, address(ledger), call);
        if (whole) (debts[obligation].court, debts[obligation].courtPieces) = (court.id, debts[obligation].pieces);
        else papers[id].court = court.id;
        ++moves;
    }

    function courtReleases(uint256 which) external {
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[(which % pieces.length + i) % pieces.length];
            ObligationId obligation = id.obligation();
            bool whole = !_nobody(debts[obligation].court);
            if (!whole && _nobody(papers[id].court)) continue;
            bytes memory call = whole
                ? abi.encodeCall(holds.releaseObligationByCourt, (obligation, "over"))
                : abi.encodeCall(holds.releaseByCourt, (_one(id), "over"));
            // The owner does not free itself.
            _refused(companyOf[banks[0]].key, address(ledger), call, ILedgerParts.RoleMissing.selector);
            _call(companyOf[court.id].key, address(ledger), call);
            if (whole) (debts[obligation].court, debts[obligation].courtPieces) = (PartyId.wrap(0), 0);
            else papers[id].court = PartyId.wrap(0);
            ++moves;
            return;
        }
    }

    // ---------------------------------------------------------------- limits

    function changesLimit(uint256 which, uint64 limit) external {
        LineId id = lineIds[which % lineIds.length];
        LineBook storage book = lineBooks[id];
        uint64 limitMinor = uint64(bound(limit, 0, LIMIT * 3 / 2));
        bytes memory call = abi.encodeCall(lines.setLineLimit, (id, limitMinor));
        _refused(companyOf[book.issuer].key, address(ledger), call, ILedgerParts.NotTheBank.selector);
        address by = companyOf[book.bank].key;
        if (limitMinor > book.limitMinor) {
            if (book.backers.length != 0) {
                _refused(by, address(ledger), call, ILines.LimitShared.selector);
                return;
            }
            if (!_mayPromise(book.bank, book.issuer, limitMinor - book.limitMinor)) {
                _refused(by, address(ledger), call, ILines.GroupCapExceeded.selector);
                return;
            }
        }
        _call(by, address(ledger), call);
        uint64 takenMinor = _usedOf(id) + _allottedOf(id);
        book.limitMinor = limitMinor < takenMinor ? takenMinor : limitMinor;
        ++moves;
    }

    function _mayPromise(PartyId by, PartyId to, uint256 moreMinor) internal view returns (bool) {
        uint24 group = groupOf[to];
        uint256 capMinor = groupCap[by][group];
        return group == 0 || capMinor == 0 || _groupPromisedOf(by, group) + moreMinor <= capMinor;
    }

    function changesFinancingLimit(uint256 who, uint256 whom, uint64 limit) external {
        PartyId by = banks[who % banks.length];
        PartyId to = issuers[whom % issuers.length];
        uint64 limitMinor = uint64(bound(limit, 0, LIMIT / 3));
        uint64 formerMinor = financingLimit[by][to];
        uint64 financedMinor = _financedOf(by, to);
        uint64 newMinor = limitMinor < financedMinor ? financedMinor : limitMinor;
        bytes memory call = abi.encodeCall(lines.setFinancingLimit, (to, CNY, limitMinor));
        if (newMinor > formerMinor && !_mayPromise(by, to, newMinor - formerMinor)) {
            _refused(companyOf[by].key, address(ledger), call, ILines.GroupCapExceeded.selector);
            return;
        }
        _call(companyOf[by].key, address(ledger), call);
        financingLimit[by][to] = newMinor;
        ++moves;
    }

    function suspendsLine(uint256 which, bool resumes) external {
        LineId id = lineIds[which % lineIds.length];
        // One at a time, or nothing would be left to issue under.
        for (uint256 i = 0; i < lineIds.length; ++i) {
            if (lineBooks[lineIds[i]].suspended) id = lineIds[i];
        }
        LineBook storage book = lineBooks[id];
        if (resumes != book.suspended) return;
        vm.prank(companyOf[book.bank].key);
        if (resumes) lines.resumeLine(id);
        else lines.suspendLine(id);
        book.suspended = !resumes;
        ++moves;
    }

    function grantsLine(uint256 who, uint256 whom, uint64 limit) external {
        if (lineIds.length >= MOST_LINES) return;
        PartyId by = banks[who % banks.length];
        PartyId to = issuers[whom % issuers.length];
        uint64 limitMinor = uint64(bound(limit, 0, LIMIT));
        bytes memory call = abi.encodeCall(lines.grantLine, (to, limitMinor, CNY, START_DAY + 365, SHANGHAI, 0));
        if (!_mayPromise(by, to, limitMinor)) {
            _refused(companyOf[by].key, address(ledger), call, ILines.GroupCapExceeded.selector);
            return;
        }
        _call(companyOf[by].key, address(ledger), call);
        (uint8 count,) = reader.issuer(to);
        _openLine(lineOf(to, count), companyOf[by], companyOf[to], limitMinor);
        ++moves;
    }

    // ---------------------------------------------------------------- groups and shares

    function regroups(uint256 which, uint8 to) external {
        PartyId id = issuers[which % issuers.length];
        uint24 group = to % 3 == 2 ? 0 : groups[to % 3];
        participants.regroup(id, group);
        groupOf[id] = group;
        for (uint256 i = 0; i < banks.length; ++i) {
            lines.recount(banks[i], id, CNY);
        }
        ++moves;
    }

    function capsGroup(uint256 who, uint8 which, uint64 cap) external {
        PartyId by = banks[who % banks.length];
        uint64 capMinor = uint64(bound(cap, 0, 3 * LIMIT));
        vm.prank(companyOf[by].key);
        lines.setGroupCap(groups[which % 2], CNY, capMinor);
        groupCap[by][groups[which % 2]] = capMinor;
        ++moves;
    }

    function sharesLine(uint256 which, uint256 to, uint16 share) external {
        LineId id = lineIds[which % lineIds.length];
        LineBook storage book = lineBooks[id];
        PartyId backer = banks[to % banks.length];
        uint16 free = 10_000;
        for (uint256 i = 0; i < book.backers.length; ++i) {
            if (book.backers[i] == backer) return;
            free -= book.shares[i];
        }
        if (backer == book.bank || free == 0) return;
        uint16 basisPoints = uint16(bound(share, 1, free));
        bytes memory offer = abi.encodeCall(lines.shareLine, (id, backer, basisPoints));
        bytes memory join = abi.encodeCall(lines.joinLine, (id, basisPoints, book.limitMinor));
        if (_usedOf(id) + _allottedOf(id) != 0) {
            _refused(companyOf[book.bank].key, address(ledger), offer, ILines.LineInUse.selector);
            return;
        }
        _call(companyOf[book.bank].key, address(ledger), offer);
        if (!_mayPromise(backer, book.issuer, uint256(book.limitMinor) * basisPoints / 10_000)) {
            _refused(companyOf[backer].key, address(ledger), join, ILines.GroupCapExceeded.selector);
            return;
        }
        _call(companyOf[backer].key, address(ledger), join);
        book.backers.push(backer);
        book.shares.push(basisPoints);
        ++moves;
    }
}
