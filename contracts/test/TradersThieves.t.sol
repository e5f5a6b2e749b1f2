// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {IFinancing} from "../interfaces/IFinancing.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {ILoans} from "../interfaces/ILoans.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ISignedOrders} from "../interfaces/ISignedOrders.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {AllotmentId, EvidenceId, LineId, LoanId, ObligationId, PartyId, PieceId, ReceiptId, obligationOf} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {PieceReference, PieceReferences} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";
import {Snapshots} from "./TradersBooks.t.sol";
import {TradersGoods} from "./TradersGoods.t.sol";

/// @notice Money, and at the same time a company's key, that calls back in the middle of a payment and when it is asked for a signature.
contract HostileMoney is ERC20, IERC1271 {
    struct Call {
        address target;
        bytes data;
    }

    Call[] private _calls;
    bool private _inside;
    uint256 public tried;
    uint256 public succeeded;

    constructor() ERC20("hostile", "HOST") {}

    function willCall(address target, bytes calldata data) external {
        _calls.push(Call(target, data));
    }

    function forget() external {
        delete _calls;
        (tried, succeeded) = (0, 0);
    }

    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        for (uint256 i = 0; i < _calls.length; ++i) {
            // Whoever asks for a signature lets nothing be written meanwhile.
            (bool done,) = _asView(_try)(i);
            if (done) return 0xffffffff;
        }
        return IERC1271.isValidSignature.selector;
    }

    function _try(uint256 place) private returns (bool done, bytes memory answer) {
        (done, answer) = _calls[place].target.call(_calls[place].data);
    }

    function _asView(function(uint256) internal returns (bool, bytes memory) writing)
        private
        pure
        returns (function(uint256) internal view returns (bool, bytes memory) same)
    {
        assembly ("memory-safe") {
            same := writing
        }
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (!_inside) {
            _inside = true;
            for (uint256 i = 0; i < _calls.length; ++i) {
                ++tried;
                (bool done,) = _try(i);
                if (done) ++succeeded;
            }
            _inside = false;
        }
        if (balanceOf(from) < amount) _mint(from, amount);
        _transfer(from, to, amount);
        return true;
    }
}

/// @notice What thieves, forgers and hostile contracts try, and what must work against all of them: redemption.
abstract contract TradersThieves is TradersGoods {
    HostileMoney internal hostile;
    uint256 private _nonce;

    constructor() {
        // The second issuer is a crook: one of its keys is a contract that is money, too.
        hostile = new HostileMoney();
        vm.prank(otherIssuer.key);
        participants.addKey(address(hostile), "");
        settlement.approveToken(address(hostile), CNY);
        (bytes32 typeHash,) = orders.form(address(ledger), ledger.redeem.selector);
        assertTrue(typeHash != 0, "redemption can be ordered");
    }

    function _orderForms() internal view override returns (bytes memory) {
        // SignedOrders is the second of the set; the ledger is the last, behind its modules.
        address at_ = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 7 + uint64(_moduleNames().length));
        string memory tail =
            "address key,address target,uint256 nonce,uint40 deadline)PieceReference(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay)";
        ISignedOrders.Form[] memory forms = new ISignedOrders.Form[](2);
        forms[0] = ISignedOrders.Form(
            at_, ICreditLedger.accept.selector, keccak256(abi.encodePacked("Accept(PieceReference[] pieces,", tail)), hex"e1000160"
        );
        forms[1] = ISignedOrders.Form(
            at_,
            ICreditLedger.redeem.selector,
            keccak256(abi.encodePacked("Redeem(PieceReference[] pieces,address cashToken,", tail)),
            hex"e100016021"
        );
        return abi.encode(_ticksASecond(), new bytes32[](0), forms);
    }

    // ---------------------------------------------------------------- thefts

    /// Somebody who is neither its owner nor its issuer does to a piece what its owner could.
    function steals(uint256 which, uint256 thief, uint64 amount, uint8 way) external {
        PieceId id = pieces[which % pieces.length];
        PartyId owner = papers[id].owner;
        PartyId by = everybody[thief % everybody.length];
        PartyId payer = papers[id].parent.index() == 0 ? id.issuer() : papers[papers[id].parent].owner;
        if (by == owner || by == id.issuer() || by == payer || by == court.id) return;
        // Now and then the administrator, who is nobody's company.
        address from = way % 7 == 0 ? address(this) : companyOf[by].key;
        uint64 amountMinor = uint64(bound(amount, 1, LIMIT));
        _steals(id, from, by, amountMinor, way % 16);
    }

    function _steals(PieceId id, address from, PartyId by, uint64 amountMinor, uint256 way) private {
        PieceReference[] memory named = _one(id);
        address at_ = address(ledger);
        if (way == 0) _refused(from, at_, abi.encodeCall(ledger.accept, (named)), 0);
        if (way == 1) _refused(from, at_, abi.encodeCall(ledger.reject, (named, "mine")), 0);
        if (way == 2) _refused(from, at_, abi.encodeCall(ledger.redeem, (named, address(money))), 0);
        if (way == 3) _refused(from, at_, abi.encodeCall(ledger.transfer, (named[0], _stolenLegs(id, by, amountMinor))), 0);
        if (way == 4) _refused(from, at_, abi.encodeCall(maturity.payPart, (named[0], 1, address(money))), 0);
        if (way == 5) _refused(from, at_, abi.encodeCall(maturity.writeOff, (named[0], "lost")), 0);
        if (way == 6 && by != _payeeOf(id)) _refused(from, at_, abi.encodeCall(maturity.confirmPayment, (named[0], 1, "paid")), 0);
        if (way == 7) _refused(from, at_, abi.encodeCall(holds.dispute, (named, "mine")), 0);
        if (way == 8) _refused(from, at_, abi.encodeCall(financing.releaseLock, (named[0])), 0);
        if (way == 9) _refused(from, at_, abi.encodeCall(financing.confirmReceipt, (named[0])), 0);
        if (way == 10) _refused(from, at_, abi.encodeCall(holds.holdByCourt, (named, "order")), 0);
        if (way == 11 && by != _payeeOf(id)) _refused(from, at_, abi.encodeCall(maturity.confirmMadeGood, (named[0], "paid")), 0);
        if (way == 12) _refused(from, at_, abi.encodeCall(maturity.contestPayment, (named[0], "no")), 0);
        if (way == 13) _refused(from, at_, _forgedSale(id, by), 0);
        if (way == 14) _refused(from, at_, _forgedAcceptance(id, by), 0);
        if (way == 15) _reachesInside(id, from);
    }

    function _stolenLegs(PieceId id, PartyId by, uint64 amountMinor) private view returns (Leg[] memory) {
        EvidenceId evidence = papers[id].evidence;
        return _one(Leg({recipient: by, amountMinor: amountMinor, evidence: evidence, deadline: uint40(block.timestamp + 1 hours)}));
    }

    /// A sale to a bank that did not sign it, or by who does not own it.
    function _forgedSale(PieceId id, PartyId by) private view returns (bytes memory) {
        IFinancing.FinanceOffer memory offer = _priced(companyOf[banks[0]], id, 1, PartyId.wrap(0), address(money));
        Signature memory signature = _signed(companyOf[by], _offerDigest(offer));
        signature.key = companyOf[banks[0]].key;
        return abi.encodeCall(financing.finance, (offer, signature, _unsigned(), 0));
    }

    /// A movement whose recipient did not sign.
    function _forgedAcceptance(PieceId id, PartyId by) private view returns (bytes memory) {
        Draft memory draft;
        (draft.obligation, draft.parent, draft.signed) = (id.obligation(), id, true);
        draft.legs = _stolenLegs(id, by, 1);
        draft.useIndexes = new uint16[](1);
        return abi.encodeCall(ledger.transferAccepted, (_ref(id), draft.legs, _acceptances(draft)));
    }

    /// What contracts ask of one another, nobody else may ask.
    function _reachesInside(PieceId id, address from) private {
        address[] memory payees = new address[](1);
        uint64[] memory amountsMinor = new uint64[](1);
        (payees[0], amountsMinor[0]) = (from, 1);
        bytes memory call = abi.encodeCall(settlement.pay, (address(money), CNY, companyOf[banks[0]].key, payees, amountsMinor));
        _refused(from, address(settlement), call, 0);
        EvidenceId evidence = papers[id].evidence;
        Document storage document = documents[evidence];
        _refused(from, address(registry), abi.encodeCall(registry.release, (evidence, 1)), 0);
        Leg memory leg = Leg(document.seller, 1, evidence, 0);
        _refused(from, address(registry), abi.encodeCall(registry.consume, (document.buyer, CNY, _day(), RuleId.wrap(0), leg)), 0);
        _refused(from, address(registry), abi.encodeCall(registry.consumeForLoan, (document.buyer, CNY, _day(), INVOICE, leg)), 0);
        call = abi.encodeCall(warehouse.pledge, (ReceiptId.wrap(1), LoanId.wrap(1), papers[id].owner, false));
        _refused(from, address(warehouse), call, 0);
        _refused(from, address(warehouse), abi.encodeCall(warehouse.release, (ReceiptId.wrap(1))), 0);
        call = abi.encodeCall(participants.setIssuanceStopped, (id.issuer(), false));
        _refused(from, address(participants), call, IParticipants.NotTheLedger.selector);
        _refused(from, address(ledger), abi.encodeCall(ledger.forgetRules, (VOUCHER)), 0);
    }

    /// The administrator, the registrar and whoever approves money: they look after who and what, and move nothing.
    function administratorTakesOver(uint256 which, uint8 way) external {
        PartyId id = everybody[which % everybody.length];
        if (way % 4 == 0) {
            // Another's account or key is given to nobody.
            bytes memory call =
                abi.encodeCall(participants.register, (address(77), accountOf[id], 2, 0, NEVER, PartyId.wrap(0)));
            _refused(address(this), address(participants), call, 0);
        } else if (way % 4 == 1) {
            bytes memory call = abi.encodeCall(participants.approveRecovery, (id, address(this)));
            _refused(address(this), address(participants), call, IParticipants.RecoveryUnknown.selector);
        } else if (way % 4 == 2) {
            bytes memory call = abi.encodeCall(settlement.approveToken, (address(money), EUR));
            _refused(address(this), address(settlement), call, 0);
        } else {
            LineId line_ = lineIds[which % lineIds.length];
            bytes memory call = abi.encodeCall(lines.setLineLimit, (line_, type(uint64).max));
            _refused(way % 8 < 4 ? address(this) : companyOf[operator.id].key, address(ledger), call, 0);
        }
    }

    // ---------------------------------------------------------------- overspending

    function overspends(uint256 which, uint64 more) external {
        (bool found, PieceId id) = _pick(which, Want.Movable);
        if (!found) return;
        PartyId owner = papers[id].owner;
        PartyId to = owner == traders[0] ? traders[1] : traders[0];
        if (!_mayTrade(owner, to)) return;
        uint64 amountMinor = papers[id].amountMinor + uint64(bound(more, 1, LIMIT));
        EvidenceId evidence = _makeDocument(owner, to, amountMinor, INVOICE, 0, 0);
        Leg[] memory legs = _one(_leg(companyOf[to], amountMinor, evidence));
        bytes memory call = abi.encodeCall(ledger.transfer, (_ref(id), legs));
        _refused(companyOf[owner].key, address(ledger), call, ILedgerParts.AmountExceedsPiece.selector);
    }

    function overspendsLine(uint256 which, uint64 more) external {
        LineId id = lineIds[which % lineIds.length];
        PartyId payer = lineBooks[id].issuer;
        if (!_mayTrade(payer, traders[which % 5])) return;
        uint64 amountMinor = _freeOf(id) + uint64(bound(more, 1, LIMIT));
        EvidenceId evidence = _makeDocument(payer, traders[which % 5], amountMinor, INVOICE, 0, 0);
        Leg[] memory legs = _one(_leg(companyOf[traders[which % 5]], amountMinor, evidence));
        bytes memory call = abi.encodeCall(ledger.issue, (id, VOUCHER, _day() + 5, false, legs));
        bytes4 reason = _mayIssue(id) ? ILedgerParts.CreditLimitExceeded.selector : bytes4(0);
        _refused(companyOf[payer].key, address(ledger), call, reason);
    }

    /// Whoever holds a piece tries to back it by more than its document has left.
    function usesADocumentTwice(uint256 which, uint256 other) external {
        EvidenceId evidence = documentIds[which % documentIds.length];
        Document storage document = documents[evidence];
        if (document.kind != INVOICE || document.usedMinor == 0) return;
        uint64 amountMinor = _availableOf(evidence) + 1;
        Leg[] memory legs = _one(_leg(companyOf[document.seller], amountMinor, evidence));
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[(other % pieces.length + i) % pieces.length];
            if (papers[id].owner != document.buyer || papers[id].amountMinor < amountMinor || !_fits(id, Want.Movable)) continue;
            if (legs[0].recipient == id.issuer()) continue;
            _refused(companyOf[document.buyer].key, address(ledger), abi.encodeCall(ledger.transfer, (_ref(id), legs)), 0);
            return;
        }
        for (uint256 i = 0; i < lineIds.length; ++i) {
            LineId id = lineIds[(other % lineIds.length + i) % lineIds.length];
            if (lineBooks[id].issuer != document.buyer || !_mayIssue(id) || _freeOf(id) < amountMinor) continue;
            bytes memory call = abi.encodeCall(ledger.issue, (id, VOUCHER, _day() + 5, false, legs));
            bytes4 reason = document.cancelled ? ITradeRegistry.EvidenceCancelled.selector : ITradeRegistry.EvidenceExhausted.selector;
            _refused(companyOf[document.buyer].key, address(ledger), call, document.lot == 0 ? reason : bytes4(0));
            return;
        }
    }

    /// The same document with another face; one that its buyer did not sign; one that the operator signed.
    function forgesDocument(uint256 which, uint64 face, uint8 way) external {
        PartyId buyer = traders[which % 5];
        PartyId seller = traders[(which % 5 + 1) % 5];
        ITradeRegistry.Confirmation memory confirmation =
            _confirmation(companyOf[buyer], companyOf[seller], uint64(bound(face, 1, LIMIT)));
        Company memory signer = way % 3 == 0 ? companyOf[buyer] : companyOf[way % 3 == 1 ? operator.id : seller];
        if (way % 3 == 0) confirmation.identity = documents[documentIds[which % documentIds.length]].identity;
        (ITradeRegistry.Confirmation[] memory confirmations, Signature[] memory signatures) =
            _one(confirmation, _signed(signer, _confirmationDigest(confirmation)));
        if (way % 2 == 0) signatures[0].key = companyOf[buyer].key;
        bytes memory call = abi.encodeCall(registry.register, (confirmations, signatures, new Signature[](1)));
        _refused(signer.key, address(registry), call, 0);
    }

    // ---------------------------------------------------------------- not yet, not any more, not while it is held

    /// Those who may, at a time at which they may not.
    function comesAtTheWrongTime(uint256 which, uint256 to) external {
        PieceId id = pieces[which % pieces.length];
        (bool found, PieceId held) = _pick(which, Want.HeldBack);
        if (found && to % 2 == 0) id = held;
        Paper storage paper = papers[id];
        Debt storage debt = debts[id.obligation()];
        address by = companyOf[paper.owner].key;
        address debtor = companyOf[id.issuer()].key;
        PieceReference[] memory named = _one(id);
        if (paper.state == PieceState.Offered) {
            bool open = block.timestamp <= paper.deadline;
            bytes memory call = open ? abi.encodeCall(ledger.expire, (named)) : abi.encodeCall(ledger.accept, (named));
            _refused(by, address(ledger), call, open ? ILedgerParts.OfferStillOpen.selector : ILedgerParts.OfferExpired.selector);
        }
        if (paper.state == PieceState.Locked && paper.attestedAt != 0 && !paper.contested) {
            if (block.timestamp > paper.attestedAt + CONTEST) {
                bytes memory call = abi.encodeCall(financing.contest, (named[0], "late"));
                _refused(companyOf[papers[paper.parent].owner].key, address(ledger), call, IFinancing.ContestOver.selector);
            }
        }
        if (paper.state != PieceState.Held || paper.amountMinor == 0) {
            // What has ended moves no more, and what waits is not paid.
            _refused(debtor, address(ledger), abi.encodeCall(ledger.redeem, (named, address(money))), 0);
            _refused(by, address(ledger), abi.encodeCall(ledger.transfer, (named[0], _stolenLegs(id, paper.owner, 1))), 0);
            return;
        }
        if (!debt.overdue) _refused(by, address(ledger), abi.encodeCall(maturity.writeOff, (named[0], "no")), NOT_OVERDUE);
        bytes memory redeem = abi.encodeCall(ledger.redeem, (named, address(money)));
        if (_day() >= debt.maturityDay) {
            if (paper.openOffers != 0) _refused(debtor, address(ledger), redeem, ILedgerParts.OffersOpen.selector);
            _refused(by, address(ledger), _saleOf(id, to), 0);
            return;
        }
        _refused(debtor, address(ledger), redeem, ILedgerParts.NotMature.selector);
        bytes memory pay = abi.encodeCall(maturity.payPart, (named[0], 1, address(money)));
        _refused(debtor, address(ledger), pay, ILedgerParts.NotMature.selector);
        pay = abi.encodeCall(maturity.confirmPayment, (named[0], 1, "paid"));
        _refused(companyOf[_payeeOf(id)].key, address(ledger), pay, ILedgerParts.NotMature.selector);
        pay = abi.encodeCall(maturity.markOverdue, (id.obligation()));
        _refused(by, address(ledger), pay, IMaturity.NotOverdueYet.selector);
        if (_isHeldBack(id)) _movesWhatIsHeld(id, to);
        else if (paper.bought) _passesOnWhatWasBought(id, to);
    }

    bytes4 private constant NOT_OVERDUE = ILedgerParts.NotOverdue.selector;

    function _saleOf(PieceId id, uint256 to) private view returns (bytes memory) {
        Company memory buyer = companyOf[banks[to % banks.length]];
        IFinancing.FinanceOffer memory offer = _priced(buyer, id, 1, PartyId.wrap(0), address(money));
        return abi.encodeCall(financing.finance, (offer, _signed(buyer, _offerDigest(offer)), _unsigned(), 0));
    }

    /// With a document of its own, and everything else in order.
    function _passingOn(PieceId id, uint256 to) private returns (bytes memory) {
        PartyId owner = papers[id].owner;
        PartyId recipient = traders[to % 5] == owner ? traders[(to % 5 + 1) % 5] : traders[to % 5];
        if (!_mayTrade(owner, recipient)) return "";
        EvidenceId evidence = _makeDocument(owner, recipient, 1, INVOICE, 0, 0);
        Leg memory leg = _leg(companyOf[recipient], 1, evidence);
        if (leg.deadline >= _startOf(debts[id.obligation()].maturityDay)) return "";
        return abi.encodeCall(ledger.transfer, (_ref(id), _one(leg)));
    }

    function _movesWhatIsHeld(PieceId id, uint256 to) private {
        Paper storage paper = papers[id];
        address by = companyOf[paper.owner].key;
        PartyId buyer = banks[to % banks.length];
        bool mayBuy = !_related(buyer, paper.owner) && _mayFinance(buyer, id, 1) && (paper.bought || !_related(paper.owner, id.issuer()));
        if (mayBuy) _refused(by, address(ledger), _saleOf(id, to), ILedgerParts.PieceOnHold.selector);
        bytes memory call = paper.bought ? bytes("") : _passingOn(id, to);
        if (call.length != 0) _refused(by, address(ledger), call, ILedgerParts.PieceOnHold.selector);
    }

    /// What a bank bought for cash goes on by trade no more, so that the bank's count stays right.
    function _passesOnWhatWasBought(PieceId id, uint256 to) private {
        bytes memory call = _passingOn(id, to);
        if (call.length != 0) _refused(companyOf[papers[id].owner].key, address(ledger), call, ICreditLedger.PieceBoughtForCash.selector);
    }

    // ---------------------------------------------------------------- re-organisations

    /// A reference that names another parent, evidence or maturity than the piece has moves nothing, whoever sends it.
    function namesAnotherPiece(uint256 which, uint8 way, uint16 other) external {
        PieceId id = pieces[which % pieces.length];
        PieceReference right = _ref(id);
        uint16 parentIndex = right.parentIndex() + (way % 3 == 0 ? 1 + other % 100 : 0);
        EvidenceId evidence = EvidenceId.wrap(EvidenceId.unwrap(right.evidence()) + (way % 3 == 1 ? 1 + other % 100 : 0));
        uint16 maturityDay = right.maturityDay() + (way % 3 == 2 ? 1 + other % 100 : 0);
        PieceReference[] memory wrong = new PieceReference[](1);
        wrong[0] = PieceReferences.pack(id, parentIndex, evidence, maturityDay);
        Paper storage paper = papers[id];
        address owner = companyOf[paper.owner].key;
        bytes4 reason = ILedgerParts.PieceMismatch.selector;
        if (paper.state == PieceState.Offered && block.timestamp <= paper.deadline) {
            _refused(owner, address(ledger), abi.encodeCall(ledger.accept, (wrong)), reason);
            _refused(owner, address(ledger), abi.encodeCall(ledger.reject, (wrong, "no")), reason);
        }
        if (_fits(id, Want.Due) && paper.openOffers == 0) {
            bytes memory call = abi.encodeCall(ledger.redeem, (wrong, address(money)));
            _refused(companyOf[id.issuer()].key, address(ledger), call, reason);
            call = abi.encodeCall(maturity.payPart, (wrong[0], 1, address(money)));
            _refused(companyOf[id.issuer()].key, address(ledger), call, reason);
        }
        if (_fits(id, Want.Movable)) {
            bytes memory call = abi.encodeCall(ledger.transfer, (wrong[0], _stolenLegs(id, paper.owner, 1)));
            _refused(owner, address(ledger), call, reason);
        }
    }

    /// The same two issues, mined in the other order: their numbers are exchanged, and what was ordered for one hits not the other.
    function reorganises(uint256 which, uint256 to, uint64 amount) external {
        LineId id = lineIds[which % lineIds.length];
        PartyId payer = lineBooks[id].issuer;
        PartyId recipient = traders[to % traders.length];
        if (!_mayIssue(id) || !_mayTrade(payer, recipient) || _freeOf(id) < 5) return;
        uint64 amountMinor = uint64(bound(amount, 1, _freeOf(id) < LIMIT / 10 ? _freeOf(id) / 3 : LIMIT / 30));
        Draft memory first = _draftIssue(id, 0, false);
        Draft memory other = _draftIssue(id, 0, false);
        for (uint256 i = 0; i < 2; ++i) {
            Draft memory draft = i == 0 ? first : other;
            (draft.legs, draft.useIndexes) = (new Leg[](1), new uint16[](1));
            _addLeg(draft, 0, payer, recipient, amountMinor * uint64(i + 1), 1);
        }
        uint256 snapshot = Snapshots(address(vm)).snapshotState();
        _sendIssue(id, first);
        _sendIssue(id, other);
        PieceReference[] memory named = _one(first.obligation.piece(1));
        ISignedOrders.Order memory order = _order(companyOf[recipient], abi.encodeCall(ledger.accept, (named)));
        bytes memory signature = _signed(companyOf[recipient], orders.digestOf(order)).signature;
        assertTrue(Snapshots(address(vm)).revertToState(snapshot), "the chain goes back");

        _sendIssue(id, other);
        _sendIssue(id, first);
        bytes memory call = abi.encodeCall(orders.execute, (order, signature));
        _refused(address(this), address(orders), call, ILedgerParts.PieceMismatch.selector);
        _refused(companyOf[recipient].key, address(ledger), order.call, ILedgerParts.PieceMismatch.selector);

        _recordDebt(other, id, other.legs[0].amountMinor);
        _record(other);
        first.obligation = obligationOf(id, lineBooks[id].obligations + 1);
        _recordDebt(first, id, first.legs[0].amountMinor);
        _record(first);
        // For the piece that it means the same company's order works, once.
        order = _order(companyOf[recipient], abi.encodeCall(ledger.accept, (_one(first.obligation.piece(1)))));
        signature = _signed(companyOf[recipient], orders.digestOf(order)).signature;
        orders.execute(order, signature);
        papers[first.obligation.piece(1)].state = PieceState.Held;
        call = abi.encodeCall(orders.execute, (order, signature));
        _refused(address(this), address(orders), call, ISignedOrders.NonceUsed.selector);
    }

    function _sendIssue(LineId id, Draft memory draft) private {
        vm.prank(companyOf[lineBooks[id].issuer].key);
        ledger.issue(id, VOUCHER, draft.maturityDay, draft.recourse, draft.legs);
    }

    function _order(Company memory by, bytes memory call) private returns (ISignedOrders.Order memory) {
        return ISignedOrders.Order({
            key: by.key,
            target: address(ledger),
            nonce: ++_nonce,
            deadline: uint40(block.timestamp + 1 hours),
            call: call
        });
    }

    // ---------------------------------------------------------------- hostile contracts

    function _callsBack(address target, bytes memory call) private {
        hostile.willCall(target, call);
    }

    /// Nothing that was called in the middle of a payment had any effect.
    function _nothingCameOfIt() private {
        assertTrue(hostile.tried() != 0, "7: it was called back");
        assertEq(hostile.succeeded(), 0, "7: a payment was used twice");
        hostile.forget();
        ++refusals;
    }

    /// The crook redeems with money that redeems, pays and sells the same piece again, by its own key and by signed orders.
    function redeemsHostile(uint256 which, bool part) external {
        PieceId id = _crooked(which);
        if (id.index() == 0) return;
        Paper storage paper = papers[id];
        PieceReference[] memory named = _one(id);
        bytes memory redeem = abi.encodeCall(ledger.redeem, (named, address(money)));
        _callsBack(address(ledger), redeem);
        _callsBack(address(ledger), abi.encodeCall(ledger.redeem, (named, address(hostile))));
        _callsBack(address(ledger), abi.encodeCall(maturity.payPart, (named[0], paper.amountMinor, address(hostile))));
        _callsBack(address(ledger), abi.encodeCall(ledger.expire, (named)));
        ISignedOrders.Order memory order = _order(companyOf[otherIssuer.id], redeem);
        bytes memory signature = _signed(companyOf[otherIssuer.id], orders.digestOf(order)).signature;
        _callsBack(address(orders), abi.encodeCall(orders.execute, (order, signature)));
        ISignedOrders.Order[] memory both = new ISignedOrders.Order[](1);
        bytes[] memory signatures = new bytes[](1);
        (both[0], signatures[0]) = (order, signature);
        bytes memory call = part
            ? abi.encodeCall(maturity.payPart, (named[0], paper.amountMinor, address(hostile)))
            : abi.encodeCall(ledger.redeem, (named, address(hostile)));
        _call(companyOf[otherIssuer.id].key, address(ledger), call);
        _nothingCameOfIt();
        assertEq(hostile.balanceOf(accountOf[_payeeOf(id)]) == 0 ? 0 : 1, 1, "8: paid");
        paper.state = PieceState.Redeemed;
        _cureIfPaid(id.obligation());
        // In a batch it fails, and leaves its number unused.
        assertTrue(!orders.executeBatch(both, signatures)[0], "7: a batch redeemed it again");
        assertTrue(!orders.isUsed(order.key, order.nonce), "what failed can be sent again");
        ++moves;
    }

    /// A due piece of the crook with no open offer.
    function _crooked(uint256 which) private view returns (PieceId) {
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[(which % pieces.length + i) % pieces.length];
            if (id.issuer() == otherIssuer.id && _fits(id, Want.Due) && papers[id].openOffers == 0) return id;
        }
        return PieceId.wrap(0);
    }

    /// A bank pays the crook with money that sells the same paper again; the offer is taken by the contract that is the crook's key.
    function sellsHostile(uint256 which, uint64 amount, uint256 to) external {
        for (uint256 i = 0; i < pieces.length; ++i) {
            PieceId id = pieces[(which % pieces.length + i) % pieces.length];
            if (papers[id].owner != otherIssuer.id || !_fits(id, Want.Sellable) || documents[papers[id].evidence].cancelled) continue;
            Company memory buyer = companyOf[banks[to % banks.length]];
            uint64 amountMinor = uint64(bound(amount, 1, papers[id].amountMinor));
            if (_related(buyer.id, otherIssuer.id) || !_mayFinance(buyer.id, id, amountMinor)) return;
            IFinancing.FinanceOffer memory offer = _priced(buyer, id, amountMinor, PartyId.wrap(0), address(hostile));
            bytes memory call =
                abi.encodeCall(financing.finance, (offer, _signed(buyer, _offerDigest(offer)), _unsigned(), 0));
            _callsBack(address(ledger), call);
            _call(address(hostile), address(ledger), call);
            _nothingCameOfIt();
            _recordSale(offer, PieceState.Held, 0);
            return;
        }
    }

    /// The crook repays with money that repays, draws and closes.
    function repaysHostile(uint256 who, uint64 limit) external {
        if (_related(issuer.id, otherIssuer.id)) return;
        uint64 limitMinor = uint64(bound(limit, 2, LIMIT / 10));
        EvidenceId order = _makeDocument(issuer.id, otherIssuer.id, limitMinor, ORDER, 0, 0);
        ILoans.LoanOffer memory offer = _loanOffer(banks[who % banks.length], otherIssuer.id, order, limitMinor);
        offer.cashToken = address(hostile);
        LoanId id = _open(offer, _takes(offer));
        LoanBook storage book = loanBooks[id];
        bytes memory draw = abi.encodeCall(loans.draw, (id, book.offerHash, limitMinor));
        _callsBack(address(loans), draw);
        _callsBack(address(loans), abi.encodeCall(loans.close, (id, book.offerHash)));
        _call(address(hostile), address(loans), draw);
        _nothingCameOfIt();

        bytes memory repay = abi.encodeCall(loans.repay, (id, book.offerHash, limitMinor, order, address(hostile)));
        _callsBack(address(loans), repay);
        _callsBack(address(loans), draw);
        _callsBack(address(loans), abi.encodeCall(loans.close, (id, book.offerHash)));
        _call(address(hostile), address(loans), repay);
        _nothingCameOfIt();
        book.status = 3;
    }

    /// A company's contract that is asked for its signature tries to use the moment; then it signs, and the movement is made once.
    function signsHostile(uint256 which, uint64 amount) external {
        LineId id = lineIds[which % lineIds.length];
        PartyId payer = lineBooks[id].issuer;
        if (payer != issuer.id || !_mayTrade(payer, otherIssuer.id) || !_mayIssue(id) || _freeOf(id) == 0) return;
        uint64 freeMinor = _freeOf(id);
        Draft memory draft = _draftIssue(id, amount, true);
        (draft.legs, draft.useIndexes) = (new Leg[](1), new uint16[](1));
        _addLeg(draft, 0, payer, otherIssuer.id, uint64(bound(amount, 1, freeMinor < LIMIT / 10 ? freeMinor : LIMIT / 10)), 1);
        PieceReference[] memory named = new PieceReference[](1);
        named[0] = PieceReferences.pack(draft.obligation.piece(1), 0, draft.legs[0].evidence, draft.maturityDay);
        Signature[] memory signatures = _one(Signature({key: address(hostile), signature: "whatever"}));
        _callsBack(address(ledger), abi.encodeCall(ledger.accept, (named)));
        _callsBack(address(ledger), abi.encodeCall(ledger.reject, (named, "no")));
        _callsBack(address(participants), abi.encodeCall(participants.cancelAccountChange, ()));
        _callsBack(address(participants), abi.encodeCall(participants.removeKey, (address(hostile))));
        vm.prank(companyOf[payer].key);
        ledger.issueAccepted(id, VOUCHER, draft.maturityDay, draft.recourse, draft.legs, signatures);
        hostile.forget();
        _recordDebt(draft, id, draft.legs[0].amountMinor);
        _record(draft);
    }

    // ---------------------------------------------------------------- redemption cannot be stopped

    /// A held piece is paid at maturity whatever happened before: disputes, courts, suspensions of everybody, a line that is stopped,
    /// offers that nobody ended, sales that wait or are contested. Then the story goes on as if nothing of this had been.
    function redeemsInSpiteOfAll(uint256 which, uint8 how) external {
        PieceId id = PieceId.wrap(0);
        for (uint256 i = 0; i < pieces.length && id.index() == 0; ++i) {
            PieceId next = pieces[(which % pieces.length + i) % pieces.length];
            if (papers[next].state == PieceState.Held && (papers[next].amountMinor != 0 || papers[next].openOffers != 0)) id = next;
        }
        if (id.index() == 0) return;
        uint256 snapshot = Snapshots(address(vm)).snapshotState();
        _stopAll(id, how);
        uint16 maturityDay = debts[id.obligation()].maturityDay;
        if (_day() < maturityDay) vm.warp(_startOf(maturityDay));
        bytes[] memory calls = _endingsOf(id);
        uint64 dueMinor = papers[id].amountMinor;
        for (uint256 i = 0; i + 1 < calls.length; ++i) {
            dueMinor += _comesBack(id, i);
        }
        if (dueMinor != 0) {
            PartyId payee = _payeeAfterEndings(id);
            uint256 before = money.balanceOf(accountOf[payee]);
            calls[calls.length - 1] = abi.encodeCall(ledger.redeem, (_one(id), address(money)));
            vm.prank(companyOf[id.issuer()].key);
            ledger.multicall(calls);
            assertEq(uint256(reader.piece(id).state), uint256(PieceState.Redeemed), "10: redeemed");
            assertEq(money.balanceOf(accountOf[payee]), before + dueMinor, "10: paid, to the owner or to the court's account");
        }
        assertTrue(Snapshots(address(vm)).revertToState(snapshot), "the story goes on");
        ++refusals;
    }

    /// All that could be in the way of a payment, by those who may.
    function _stopAll(PieceId id, uint8 how) private {
        Paper storage paper = papers[id];
        // With nothing in it there is nothing for a court to have paid.
        if (paper.amountMinor == 0) how &= ~uint8(2);
        if (how & 1 != 0 && _nobody(paper.disputant) && !paper.ownerDisputed && paper.childCount == 0 && !isSuspended[paper.owner] && paper.owner != id.issuer()) {
            vm.prank(companyOf[paper.owner].key);
            holds.dispute(_one(id), "goods");
        }
        if (how & 2 != 0 && _nobody(paper.court)) {
            vm.prank(companyOf[court.id].key);
            holds.holdByCourt(_one(id), "order");
            paper.court = court.id;
        }
        if (how & 4 != 0 && _nobody(debts[id.obligation()].court)) {
            vm.prank(companyOf[court.id].key);
            holds.holdObligationByCourt(id.obligation(), debts[id.obligation()].maturityDay, "order");
            (debts[id.obligation()].court, debts[id.obligation()].courtPieces) = (court.id, debts[id.obligation()].pieces);
        }
        LineBook storage book = lineBooks[id.line()];
        if (how & 8 != 0 && !book.suspended) {
            vm.prank(companyOf[book.bank].key);
            lines.suspendLine(id.line());
        }
        for (uint256 i = 0; how & 16 != 0 && i < everybody.length; ++i) {
            participants.suspend(everybody[i]);
        }
        if (how & 32 != 0) settlement.approveToken(address(money), 0);
    }

    /// The calls by which anyone ends what is open under a piece, with room for one more.
    function _endingsOf(PieceId id) private view returns (bytes[] memory calls) {
        calls = new bytes[](papers[id].openOffers + 1);
        for (uint256 i = 0; i + 1 < calls.length; ++i) {
            PieceId child = _openChild(id, i);
            Paper storage paper = papers[child];
            if (paper.state == PieceState.Offered) calls[i] = abi.encodeCall(ledger.expire, (_one(child)));
            else if (_completes(paper)) calls[i] = abi.encodeCall(financing.complete, (_ref(child)));
            else calls[i] = abi.encodeCall(financing.unlock, (_ref(child)));
        }
    }

    /// What a court holds of a locked piece it holds where that goes back to.
    function _payeeAfterEndings(PieceId id) private view returns (PartyId) {
        if (!_nobody(papers[id].court)) return papers[id].court;
        for (uint256 i = 0; i < papers[id].openOffers; ++i) {
            Paper storage child = papers[_openChild(id, i)];
            if (child.state == PieceState.Locked && !_completes(child) && !_nobody(child.court)) return child.court;
        }
        return _payeeOf(id);
    }

    function _completes(Paper storage paper) private view returns (bool) {
        return paper.state == PieceState.Locked && paper.attestedAt != 0 && !paper.contested;
    }

    function _comesBack(PieceId id, uint256 place) private view returns (uint64) {
        Paper storage paper = papers[_openChild(id, place)];
        return _completes(paper) ? 0 : paper.amountMinor;
    }

    function _openChild(PieceId id, uint256 place) private view returns (PieceId child) {
        ObligationId obligation = id.obligation();
        for (uint16 i = id.index() + 1; i <= debts[obligation].pieces; ++i) {
            child = obligation.piece(i);
            Paper storage paper = papers[child];
            if (paper.parent != id || (paper.state != PieceState.Offered && paper.state != PieceState.Locked)) continue;
            if (place == 0) return child;
            --place;
        }
    }
}
