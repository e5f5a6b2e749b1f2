// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAllotments} from "../interfaces/IAllotments.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {AllotmentId, EvidenceId, LineId, ObligationId, PartyId, PieceId, allotmentOf, obligationOf} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {TradersBooks} from "./TradersBooks.t.sol";

/// @notice Moves of trade: issue, pass on, accept, reject, expire, allot and draw.
abstract contract TradersTrade is TradersBooks {
    // ---------------------------------------------------------------- issue and pass on

    function issues(uint256 which, uint256 to, uint64 amount, bool signed, uint8 reuse) public {
        LineId id = lineIds[which % lineIds.length];
        PartyId payer = lineBooks[id].issuer;
        if (!_mayTrade(payer, traders[to % traders.length]) || !_mayIssue(id)) return;
        uint64 freeMinor = _freeOf(id);
        if (freeMinor == 0) return;
        uint64 amountMinor = uint64(bound(amount, 1, freeMinor < LIMIT / 4 ? freeMinor : LIMIT / 4));

        Draft memory draft = _draftIssue(id, amount, signed);
        _addLegs(draft, payer, to, amountMinor, reuse);
        Signature[] memory signatures = _acceptances(draft);
        vm.prank(companyOf[payer].key);
        ObligationId made;
        if (signed) made = ledger.issueAccepted(id, VOUCHER, draft.maturityDay, draft.recourse, draft.legs, signatures);
        else made = ledger.issue(id, VOUCHER, draft.maturityDay, draft.recourse, draft.legs);
        assertEq(ObligationId.unwrap(made), ObligationId.unwrap(draft.obligation), "the line's next obligation");
        _recordDebt(draft, id, amountMinor);
        _record(draft);
    }

    function _mayIssue(LineId id) internal view returns (bool) {
        return !lineBooks[id].suspended && !_isStopped(lineBooks[id].issuer);
    }

    function _draftIssue(LineId id, uint64 salt, bool signed) internal view returns (Draft memory draft) {
        draft.obligation = obligationOf(id, lineBooks[id].obligations + 1);
        draft.maturityDay = _day() + 5 + uint16(salt % 10);
        draft.recourse = salt % 2 == 0;
        draft.signed = signed;
        draft.hops = 1;
    }

    function passesOn(uint256 which, uint256 to, uint64 amount, bool signed, uint8 reuse) external {
        (bool found, PieceId id) = _pick(which, Want.Movable);
        if (!found) return;
        Paper storage parent = papers[id];
        PartyId recipient = traders[to % traders.length];
        if (!_mayTrade(parent.owner, recipient) || recipient == id.issuer()) return;
        uint64 amountMinor = uint64(bound(amount, 1, parent.amountMinor));

        Draft memory draft;
        (draft.obligation, draft.parent, draft.signed) = (id.obligation(), id, signed);
        draft.maturityDay = debts[draft.obligation].maturityDay;
        draft.recourse = debts[draft.obligation].recourse;
        draft.hops = parent.hops + 1;
        _addLegs(draft, parent.owner, to, amountMinor, reuse);
        _sendTransfer(draft, companyOf[parent.owner].key);
        _passOn(id, amountMinor, uint16(draft.legs.length), !signed);
        _record(draft);
    }

    function _sendTransfer(Draft memory draft, address by) private {
        if (!draft.signed) {
            Leg[] memory legs = draft.legs;
            vm.prank(by);
            ledger.transfer(_ref(draft.parent), legs);
            return;
        }
        Signature[] memory signatures = _acceptances(draft);
        vm.prank(by);
        ledger.transferAccepted(_ref(draft.parent), draft.legs, signatures);
        // The same signatures once more fit nothing.
        _refused(by, address(ledger), abi.encodeCall(ledger.transferAccepted, (_ref(draft.parent), draft.legs, signatures)), 0);
    }

    // ---------------------------------------------------------------- accept, reject, expire

    function accepts(uint256 which) external {
        (bool found, PieceId id) = _pick(which, Want.OpenOffer);
        if (!found || isSuspended[papers[id].owner]) return;
        if (_isHeldBack(id)) {
            bytes memory call = abi.encodeCall(ledger.accept, (_one(id)));
            _refused(companyOf[papers[id].owner].key, address(ledger), call, ILedgerParts.PieceOnHold.selector);
            return;
        }
        _accept(companyOf[papers[id].owner], id);
        papers[id].state = PieceState.Held;
        if (id.index() != 0 && papers[id].parent.index() != 0) --papers[papers[id].parent].openOffers;
        ++moves;
    }

    function rejects(uint256 which) external {
        (bool found, PieceId id) = _pick(which, Want.AnyOffer);
        if (!found || isSuspended[papers[id].owner]) return;
        vm.prank(companyOf[papers[id].owner].key);
        ledger.reject(_one(id), "no");
        _endOffer(id, PieceState.Rejected);
    }

    function expires(uint256 which) external {
        (bool found, PieceId id) = _pick(which, Want.LateOffer);
        if (!found) return;
        ledger.expire(_one(id));
        _endOffer(id, PieceState.Expired);
    }

    function _endOffer(PieceId id, PieceState end) internal {
        documents[papers[id].evidence].usedMinor -= papers[id].amountMinor;
        if (papers[id].parent.index() != 0) {
            _giveBack(id, end);
        } else {
            papers[id].state = PieceState.Voided;
            _cureIfPaid(id.obligation());
            ++moves;
        }
    }

    // ---------------------------------------------------------------- allotments

    function allots(uint256 which, uint256 to, uint64 amount, uint256 over) external {
        LineId id = lineIds[which % lineIds.length];
        PartyId holder = traders[to % traders.length];
        uint64 freeMinor = _freeOf(id);
        if (holder == lineBooks[id].issuer || isSuspended[holder] || lineBooks[id].suspended) return;
        address by = companyOf[lineBooks[id].issuer].key;
        uint16 expiryDay = _day() + 3 + uint16(over % 10);
        if (over % 4 == 0 || freeMinor == 0) {
            bytes memory call = abi.encodeCall(allotments.allot, (id, holder, freeMinor + 1 + uint64(over % 1000), expiryDay, _anyTerms()));
            _refused(by, address(ledger), call, ILedgerParts.CreditLimitExceeded.selector);
            return;
        }
        uint64 amountMinor = uint64(bound(amount, 1, freeMinor < LIMIT / 5 ? freeMinor : LIMIT / 5));
        vm.prank(by);
        AllotmentId made = allotments.allot(id, holder, amountMinor, expiryDay, _anyTerms());
        _recordAllotment(made, id, AllotmentId.wrap(0), holder, amountMinor, expiryDay);
    }

    function _recordAllotment(
        AllotmentId made,
        LineId id,
        AllotmentId parent,
        PartyId holder,
        uint64 amountMinor,
        uint16 expiryDay
    ) private {
        AllotmentId expected = allotmentOf(id, ++lineBooks[id].allotments);
        assertEq(AllotmentId.unwrap(made), AllotmentId.unwrap(expected), "the line's next allotment");
        allotmentIds.push(made);
        AllotmentBook storage book = allotmentBooks[made];
        (book.line, book.parent, book.holder) = (id, parent, holder);
        (book.leftMinor, book.expiryDay, book.status) = (amountMinor, expiryDay, 1);
        book.depth = allotmentBooks[parent].depth + 1;
        ++moves;
    }

    function _pickAllotment(uint256 which, bool usable) internal view returns (bool, AllotmentId) {
        uint256 count = allotmentIds.length;
        for (uint256 i = 0; i < count; ++i) {
            AllotmentId id = allotmentIds[(which % count + i) % count];
            AllotmentBook storage book = allotmentBooks[id];
            bool over = _day() > book.expiryDay;
            if (book.status == 1 && (usable ? !over && book.leftMinor != 0 && !isSuspended[book.holder] : over)) return (true, id);
        }
        return (false, AllotmentId.wrap(0));
    }

    function passesAllotment(uint256 which, uint256 to, uint64 amount, bool tooMuch) external {
        (bool found, AllotmentId id) = _pickAllotment(which, true);
        if (!found) return;
        AllotmentBook storage book = allotmentBooks[id];
        PartyId holder = traders[to % traders.length];
        if (holder == book.holder || holder == lineBooks[book.line].issuer || isSuspended[holder] || book.depth > 13) return;
        address by = companyOf[book.holder].key;
        if (tooMuch) {
            bytes memory call = abi.encodeCall(allotments.passAllotment, (id, holder, book.leftMinor + 1, book.expiryDay));
            _refused(by, address(ledger), call, IAllotments.AmountExceedsAllotment.selector);
            return;
        }
        uint64 amountMinor = uint64(bound(amount, 1, book.leftMinor));
        // At times for a day only, so that parts end while what they were cut from goes on.
        uint16 expiryDay = amount % 3 == 0 ? _day() : book.expiryDay;
        vm.prank(by);
        AllotmentId made = allotments.passAllotment(id, holder, amountMinor, expiryDay);
        book.leftMinor -= amountMinor;
        _recordAllotment(made, book.line, id, holder, amountMinor, expiryDay);
    }

    function revokes(uint256 which, bool byIssuer) external {
        (bool found, AllotmentId id) = _pickAllotment(which, true);
        if (!found) return;
        AllotmentBook storage book = allotmentBooks[id];
        AllotmentBook storage parent = allotmentBooks[book.parent];
        PartyId issuer_ = lineBooks[book.line].issuer;
        bool isFirst = book.parent.index() == 0;
        PartyId by = byIssuer || isFirst ? issuer_ : parent.holder;
        if (isSuspended[by]) return;
        // The holder itself may not: it draws, or leaves it.
        if (by != book.holder) {
            bytes memory call = abi.encodeCall(allotments.revoke, (id));
            _refused(companyOf[book.holder].key, address(ledger), call, IAllotments.NotTheGiver.selector);
        }
        vm.prank(companyOf[by].key);
        allotments.revoke(id);
        // What the issuer takes back is free; what a supplier takes back is in its own allotment again, while that can be drawn.
        if (by != issuer_ && parent.status == 1 && _day() <= parent.expiryDay) parent.leftMinor += book.leftMinor;
        book.leftMinor = 0;
        book.status = 2;
        ++moves;
    }

    function expiresAllotment(uint256 which) external {
        (bool found, AllotmentId id) = _pickAllotment(which, false);
        if (!found) return;
        AllotmentBook storage book = allotmentBooks[id];
        AllotmentBook storage parent = allotmentBooks[book.parent];
        allotments.expireAllotment(id);
        if (parent.status == 1 && _day() <= parent.expiryDay) parent.leftMinor += book.leftMinor;
        book.leftMinor = 0;
        book.status = 3;
        ++moves;
    }

    function draws(uint256 which, uint256 to, uint64 amount, bool signed, uint8 reuse) external {
        (bool found, AllotmentId id) = _pickAllotment(which, true);
        if (!found || !_mayIssue(allotmentBooks[id].line)) return;
        AllotmentBook storage book = allotmentBooks[id];
        PartyId recipient = traders[to % traders.length];
        if (!_mayTrade(book.holder, recipient) || recipient == lineBooks[book.line].issuer || !_isChainSound(id)) return;
        uint64 amountMinor = uint64(bound(amount, 1, book.leftMinor));

        Draft memory draft = _draftIssue(book.line, amount, signed);
        Draft memory way = _wayOf(draft, id, amountMinor, reuse);
        EvidenceId[] memory hops = new EvidenceId[](way.legs.length);
        for (uint256 i = 0; i < hops.length; ++i) {
            hops[i] = way.legs[i].evidence;
        }
        draft.legs = new Leg[](1);
        draft.useIndexes = new uint16[](1);
        draft.parent = draft.obligation.piece(uint16(hops.length));
        draft.hops = uint8(hops.length + 1);
        _addLeg(draft, 0, book.holder, recipient, amountMinor, reuse);
        _sendDraw(id, draft, hops, way);
        book.leftMinor -= amountMinor;
        _recordDebt(draft, book.line, amountMinor);
        _recordWay(way, draft);
        _record(draft);
    }

    /// Documents of the way need companies that trade with each other.
    function _isChainSound(AllotmentId id) private view returns (bool) {
        for (; id.index() != 0; id = allotmentBooks[id].parent) {
            AllotmentBook storage book = allotmentBooks[id];
            PartyId payer = book.parent.index() == 0 ? lineBooks[book.line].issuer : allotmentBooks[book.parent].holder;
            if (!_mayTrade(payer, book.holder)) return false;
        }
        return true;
    }

    /// The hops from the issuer to the drawer.
    function _wayOf(Draft memory draft, AllotmentId id, uint64 amountMinor, uint8 reuse) private returns (Draft memory way) {
        uint256 depth = allotmentBooks[id].depth;
        way.obligation = draft.obligation;
        way.maturityDay = draft.maturityDay;
        way.legs = new Leg[](depth);
        way.useIndexes = new uint16[](depth);
        PartyId[] memory holders = new PartyId[](depth + 1);
        holders[0] = lineBooks[allotmentBooks[id].line].issuer;
        for (uint256 i = depth; i > 0; --i) {
            holders[i] = allotmentBooks[id].holder;
            id = allotmentBooks[id].parent;
        }
        for (uint256 i = 0; i < depth; ++i) {
            _addLeg(way, i, holders[i], holders[i + 1], amountMinor, reuse);
        }
    }

    function _sendDraw(AllotmentId id, Draft memory draft, EvidenceId[] memory hops, Draft memory way) private {
        address by = companyOf[allotmentBooks[id].holder].key;
        Leg memory leg = draft.legs[0];
        // More than is left draws nothing, whatever the document says.
        uint64 rightMinor = leg.amountMinor;
        leg.amountMinor = allotmentBooks[id].leftMinor + 1;
        bytes memory call = abi.encodeCall(allotments.draw, (id, VOUCHER, draft.maturityDay, draft.recourse, hops, leg));
        _refused(by, address(ledger), call, IAllotments.AmountExceedsAllotment.selector);
        leg.amountMinor = rightMinor;
        call = abi.encodeCall(allotments.draw, (id, BILL, draft.maturityDay, draft.recourse, hops, leg));
        _refused(by, address(ledger), call, IAllotments.InstrumentNotAllotted.selector);
        // No hop without its own document: the issuer's does not do for the next one.
        if (hops.length > 1) {
            EvidenceId right = hops[1];
            hops[1] = hops[0];
            call = abi.encodeCall(allotments.draw, (id, VOUCHER, draft.maturityDay, draft.recourse, hops, leg));
            _refused(by, address(ledger), call, 0);
            hops[1] = right;
        }
        // All hops end when the recipient's does.
        for (uint256 i = 0; i < way.legs.length; ++i) {
            way.legs[i].deadline = leg.deadline;
        }
        if (draft.signed) {
            Signature memory signature = _acceptances(draft)[0];
            vm.prank(by);
            allotments.drawAccepted(id, VOUCHER, draft.maturityDay, draft.recourse, hops, leg, signature);
        } else {
            vm.prank(by);
            allotments.draw(id, VOUCHER, draft.maturityDay, draft.recourse, hops, leg);
        }
    }

    /// Pieces of the way, each emptied into the next.
    function _recordWay(Draft memory way, Draft memory draft) private {
        for (uint16 i = 0; i < way.legs.length; ++i) {
            Paper memory paper;
            paper.parent = i == 0 ? PieceId.wrap(0) : way.obligation.piece(i);
            paper.owner = way.legs[i].recipient;
            paper.evidence = way.legs[i].evidence;
            paper.amountMinor = way.legs[i].amountMinor;
            paper.deadline = way.legs[i].deadline;
            paper.useIndex = way.useIndexes[i];
            paper.state = PieceState.Held;
            paper.hops = uint8(i + 1);
            paper.tier = uint8(i + 1);
            PieceId id = _nextPiece(way.obligation);
            _write(id, paper);
            _passOn(id, paper.amountMinor, 1, i + 1 == way.legs.length && !draft.signed);
        }
    }
}
