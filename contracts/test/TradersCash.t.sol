// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IFinancing} from "../interfaces/IFinancing.sol";
import {IGuarantees} from "../interfaces/IGuarantees.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {IMaturity} from "../interfaces/IMaturity.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState, Signature} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {TradersTrade} from "./TradersTrade.t.sol";

/// @notice Moves of cash: sales to banks and between them, on chain and off; payment in every way, and what follows when nobody pays.
abstract contract TradersCash is TradersTrade {
    bytes32 internal constant NUMBER = "0123456789";
    bytes32 internal constant DESCRIPTION = keccak256("description");

    // ---------------------------------------------------------------- sales to banks

    function sells(uint256 which, uint64 amount, uint256 to, bool feePaid) external {
        (bool found, PieceId id) = _pick(which, Want.Sellable);
        if (!found) return;
        Paper storage paper = papers[id];
        Company memory buyer = companyOf[banks[to % banks.length]];
        if (_related(buyer.id, paper.owner)) return;
        address by = companyOf[paper.owner].key;
        uint64 amountMinor = uint64(bound(amount, 1, paper.amountMinor));
        PartyId feePayer = feePaid ? id.issuer() : PartyId.wrap(0);
        if (feePayer == paper.owner) feePayer = PartyId.wrap(0);
        IFinancing.FinanceOffer memory offer = _priced(buyer, id, amountMinor, feePayer, address(money));
        bytes memory call = abi.encodeCall(financing.finance, (offer, _signed(buyer, _offerDigest(offer)), _feeAgreement(offer), 1));
        if (_refusedSale(buyer.id, id, amountMinor, call)) return;
        _call(by, address(ledger), call);
        _recordSale(offer, PieceState.Held, 0);
        _move(buyer.id, paper.owner, _nobody(feePayer) ? offer.priceMinor : amountMinor);
        if (!_nobody(feePayer)) _move(feePayer, buyer.id, amountMinor - offer.priceMinor);
        // The same offer once more fits nothing.
        _refused(by, address(ledger), call, 0);
    }

    function _call(address by, address target, bytes memory call) internal {
        vm.prank(by);
        (bool succeeded, bytes memory answer) = target.call(call);
        if (succeeded) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    /// What a cancelled document backs is not sold, nor more than the bank takes on.
    function _refusedSale(PartyId buyer, PieceId id, uint64 amountMinor, bytes memory call) private returns (bool) {
        bool cancelled = documents[papers[id].evidence].cancelled;
        if (!cancelled && _mayFinance(buyer, id, amountMinor)) return false;
        bytes4 reason = cancelled ? ITradeRegistry.EvidenceCancelled.selector : IFinancing.FinancingLimitExceeded.selector;
        _refused(companyOf[papers[id].owner].key, address(ledger), call, reason);
        return true;
    }

    function _mayFinance(PartyId buyer, PieceId id, uint64 amountMinor) internal view returns (bool) {
        return _financedOf(buyer, id.issuer()) + amountMinor <= financingLimit[buyer][id.issuer()];
    }

    function _priced(Company memory buyer, PieceId id, uint64 amountMinor, PartyId feePayer, address cashToken)
        internal
        view
        returns (IFinancing.FinanceOffer memory offer)
    {
        offer = _offer(buyer, id, amountMinor);
        offer.childCount = papers[id].childCount;
        offer.cashToken = cashToken;
        offer.feePayer = feePayer;
    }

    function _feeAgreement(IFinancing.FinanceOffer memory offer) internal view returns (Signature memory) {
        if (_nobody(offer.feePayer)) return _unsigned();
        bytes32 typeHash = keccak256(
            "FeeAgreement(uint32 payer,FinanceOffer offer)FinanceOffer(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint16 childCount,uint64 amountMinor,uint64 priceMinor,uint32 annualRateMicros,uint16 dayCountBasis,uint32 feePayer,uint32 bank,address cashToken,uint40 validUntil,bytes32 registrationNumber,bytes32 descriptionHash)"
        );
        bytes32 structHash = keccak256(abi.encode(typeHash, offer.feePayer, _offerHash(offer)));
        return _signed(companyOf[offer.feePayer], _digest("Pearlchain CreditLedger", address(ledger), structHash));
    }

    function _recordSale(IFinancing.FinanceOffer memory offer, PieceState state, uint40 deadline) internal returns (PieceId child) {
        PieceId id = offer.piece.piece();
        child = _nextPiece(id.obligation());
        Paper memory paper;
        (paper.parent, paper.owner, paper.amountMinor) = (id, offer.bank, offer.amountMinor);
        (paper.state, paper.deadline, paper.bought) = (state, deadline, true);
        paper.hops = papers[id].hops + 1;
        paper.tier = papers[id].tier;
        _passOn(id, offer.amountMinor, 1, state == PieceState.Locked);
        _write(child, paper);
    }

    // ---------------------------------------------------------------- sales whose cash moves off chain

    function locks(uint256 which, uint64 amount, uint256 to) external {
        (bool found, PieceId id) = _pick(which, Want.Sellable);
        if (found) _locks(id, amount, to);
    }

    /// A bank sells on what it bought, and says at once that its cash came, or waits.
    function resells(uint256 which, uint64 amount, uint256 to, bool paid) external {
        (bool found, PieceId id) = _pick(which, Want.Bought);
        if (!found) return;
        uint256 before = pieces.length;
        _locks(id, amount, to);
        if (!paid || pieces.length == before) return;
        PieceId child = pieces[before];
        vm.prank(companyOf[papers[id].owner].key);
        financing.confirmReceipt(_ref(child));
        _completed(child);
    }

    function _locks(PieceId id, uint64 amount, uint256 to) private {
        PartyId seller = papers[id].owner;
        Company memory buyer = companyOf[banks[to % banks.length]];
        uint40 deadline = uint40(block.timestamp + 1 days);
        if (_related(buyer.id, seller) || deadline + CONTEST >= _startOf(debts[id.obligation()].maturityDay)) return;
        uint64 amountMinor = uint64(bound(amount, 1, papers[id].amountMinor));
        IFinancing.FinanceOffer memory offer = _priced(buyer, id, amountMinor, PartyId.wrap(0), address(0));
        Signature memory signature = _signed(buyer, _offerDigest(offer));
        bytes memory call = abi.encodeCall(financing.lock, (offer, signature, _unsigned(), 1, deadline));
        if (_refusedSale(buyer.id, id, amountMinor, call)) return;
        _call(companyOf[seller].key, address(ledger), call);
        PieceId child = _recordSale(offer, PieceState.Locked, deadline);
        papers[child].accountBank = bankOf[seller];
        // The bank that is to pay does not say that it has paid, nor does the lock's end come early.
        _refused(buyer.key, address(ledger), abi.encodeCall(financing.confirmReceipt, (_ref(child))), ILedgerParts.NotTheOwner.selector);
        _refused(
            buyer.key, address(ledger), abi.encodeCall(financing.attestReceipt, (_ref(child), "paid")), bankOf[seller] == buyer.id
                ? IFinancing.AttestorIsFunder.selector
                : IFinancing.NotTheAccountBank.selector
        );
        _refused(address(this), address(ledger), abi.encodeCall(financing.unlock, (_ref(child))), ILedgerParts.OfferStillOpen.selector);
        _refused(address(this), address(ledger), abi.encodeCall(financing.complete, (_ref(child))), IFinancing.CashNotAttested.selector);
    }

    /// One of the ways on from a lock: confirmed, attested, contested, completed, unlocked, given up.
    function endsLock(uint256 which, uint8 way) external {
        (bool found, PieceId id) = _pick(which, Want.Lock);
        if (!found) return;
        Paper storage lock = papers[id];
        PartyId seller = papers[lock.parent].owner;
        if (way % 8 == 0) {
            if (isSuspended[seller]) return;
            vm.prank(companyOf[seller].key);
            financing.confirmReceipt(_ref(id));
            _completed(id);
        } else if (way % 8 < 4) {
            _attests(id);
        } else if (way % 8 == 4) {
            _contests(id, seller);
        } else if (way % 8 < 7) {
            _closesLock(id);
        } else {
            vm.prank(companyOf[lock.owner].key);
            financing.releaseLock(_ref(id));
            _giveBack(id, PieceState.Rejected);
        }
    }

    function _completed(PieceId id) internal {
        papers[id].state = PieceState.Held;
        (papers[id].attestedAt, papers[id].contested) = (0, false);
        --papers[papers[id].parent].openOffers;
        ++moves;
    }

    function _attests(PieceId id) private {
        Paper storage lock = papers[id];
        PartyId by = lock.accountBank;
        if (_nobody(by) || _related(by, lock.owner) || lock.attestedAt != 0 || block.timestamp > lock.deadline) return;
        vm.prank(companyOf[by].key);
        financing.attestReceipt(_ref(id), "came");
        lock.attestedAt = uint40(block.timestamp);
        ++moves;
        // The seller has its time.
        _refused(address(this), address(ledger), abi.encodeCall(financing.complete, (_ref(id))), IFinancing.ContestStillOpen.selector);
        _refused(address(this), address(ledger), abi.encodeCall(financing.unlock, (_ref(id))), IFinancing.CashAlreadyAttested.selector);
    }

    function _contests(PieceId id, PartyId seller) private {
        Paper storage lock = papers[id];
        if (lock.attestedAt == 0 || lock.contested) return;
        bytes memory call = abi.encodeCall(financing.contest, (_ref(id), "nothing came"));
        if (block.timestamp > lock.attestedAt + CONTEST) {
            _refused(companyOf[seller].key, address(ledger), call, IFinancing.ContestOver.selector);
            return;
        }
        _refused(companyOf[lock.owner].key, address(ledger), call, ILedgerParts.NotTheOwner.selector);
        vm.prank(companyOf[seller].key);
        financing.contest(_ref(id), "nothing came");
        lock.contested = true;
        ++moves;
    }

    /// What anyone may do once its time has come.
    function _closesLock(PieceId id) internal returns (bool) {
        Paper storage lock = papers[id];
        PieceReference named = _ref(id);
        if (lock.attestedAt != 0 && !lock.contested) {
            if (block.timestamp <= lock.attestedAt + CONTEST) return false;
            financing.complete(named);
            _completed(id);
            return true;
        }
        bool mayUnlock = lock.contested ? _day() >= debts[id.obligation()].maturityDay : block.timestamp > lock.deadline;
        if (!mayUnlock) {
            // A contested attestation gives the bank nothing.
            if (lock.contested) {
                bytes4 reason = IFinancing.AttestationInDispute.selector;
                _refused(companyOf[lock.owner].key, address(ledger), abi.encodeCall(financing.complete, (named)), reason);
            }
            return false;
        }
        financing.unlock(named);
        (lock.attestedAt, lock.contested) = (0, false);
        _giveBack(id, PieceState.Expired);
        return true;
    }

    // ---------------------------------------------------------------- the issuer pays

    function redeems(uint256 which, uint8 more) external {
        (bool found, PieceId id) = _pick(which, Want.Due);
        if (!found) return;
        uint256 count = 0;
        PieceId[] memory chosen = new PieceId[](3);
        for (uint256 i = 0; i < pieces.length && count <= more % 3; ++i) {
            PieceId next = pieces[(which % pieces.length + i) % pieces.length];
            if (next.issuer() == id.issuer() && _fits(next, Want.Due) && papers[next].openOffers == 0) chosen[count++] = next;
        }
        if (count == 0) return;
        PieceReference[] memory named = new PieceReference[](count);
        for (uint256 i = 0; i < count; ++i) {
            named[i] = _ref(chosen[i]);
        }
        vm.prank(companyOf[id.issuer()].key);
        ledger.redeem(named, address(money));
        for (uint256 i = 0; i < count; ++i) {
            _move(id.issuer(), _payeeOf(chosen[i]), papers[chosen[i]].amountMinor);
            papers[chosen[i]].state = PieceState.Redeemed;
            _cureIfPaid(chosen[i].obligation());
        }
        moves += count;
    }

    function paysPart(uint256 which, uint64 amount) external {
        (bool found, PieceId id) = _pick(which, Want.Due);
        if (!found) return;
        uint64 amountMinor = uint64(bound(amount, _leastOf(id), papers[id].amountMinor));
        address by = companyOf[id.issuer()].key;
        bytes memory call = abi.encodeCall(maturity.payPart, (_ref(id), papers[id].amountMinor + 1, address(money)));
        _refused(by, address(ledger), call, ILedgerParts.AmountExceedsPiece.selector);
        _refusedCrumb(id, by, abi.encodeCall(maturity.payPart, (_ref(id), _leastOf(id) - 1, address(money))));
        vm.prank(by);
        maturity.payPart(_ref(id), amountMinor, address(money));
        _move(id.issuer(), _payeeOf(id), amountMinor);
        _paid(id, amountMinor);
    }

    /// All of it is redeemed itself, unless an offer may still give something back; a part is cut off.
    function _paid(PieceId id, uint64 amountMinor) internal {
        Paper storage paper = papers[id];
        if (amountMinor == paper.amountMinor && paper.openOffers == 0) paper.state = PieceState.Redeemed;
        else _cutOff(id, amountMinor, paper.owner, PieceState.Redeemed, false);
        _cureIfPaid(id.obligation());
        ++moves;
    }

    function redeemsEarly(uint256 which, bool again) external {
        (bool found, PieceId id) = _pick(which, Want.Early);
        if (!found) return;
        Paper storage paper = papers[id];
        IMaturity.EarlyRedemption memory agreement = IMaturity.EarlyRedemption({
            piece: _ref(id),
            amountMinor: paper.amountMinor,
            priceMinor: paper.amountMinor - paper.amountMinor / 50,
            cashToken: address(money),
            childCount: paper.childCount,
            validUntil: uint40(block.timestamp + 1 hours)
        });
        address by = companyOf[id.issuer()].key;
        bytes memory call = abi.encodeCall(maturity.redeemEarly, (agreement, _agreed(companyOf[id.issuer()], agreement)));
        _refused(by, address(ledger), call, 0);
        // Most holders would rather wait, or the story ended early.
        if (!again || which % 3 != 0) return;
        call = abi.encodeCall(maturity.redeemEarly, (agreement, _agreed(companyOf[paper.owner], agreement)));
        _call(by, address(ledger), call);
        _move(id.issuer(), paper.owner, agreement.priceMinor);
        paper.state = PieceState.Redeemed;
        _cureIfPaid(id.obligation());
        ++moves;
        _refused(by, address(ledger), call, ILedgerParts.PieceNotInState.selector);
    }

    function _agreed(Company memory by, IMaturity.EarlyRedemption memory agreement) internal view returns (Signature memory) {
        bytes32 typeHash = keccak256(
            "EarlyRedemption(uint80 piece,uint16 parentIndex,uint40 evidence,uint16 maturityDay,uint64 amountMinor,uint64 priceMinor,address cashToken,uint16 childCount,uint40 validUntil)"
        );
        PieceReference named = agreement.piece;
        bytes memory ofPiece = abi.encode(typeHash, named.piece(), named.parentIndex(), named.evidence(), named.maturityDay());
        bytes memory rest = abi.encode(
            agreement.amountMinor, agreement.priceMinor, agreement.cashToken, agreement.childCount, agreement.validUntil
        );
        return _signed(by, _digest("Pearlchain CreditLedger", address(ledger), keccak256(bytes.concat(ofPiece, rest))));
    }

    // ---------------------------------------------------------------- payments off chain

    function confirmsPayment(uint256 which, uint64 amount) external {
        (bool found, PieceId id) = _pick(which, Want.Due);
        if (!found) return;
        PartyId payee = _payeeOf(id);
        uint64 amountMinor = uint64(bound(amount, _leastOf(id), papers[id].amountMinor));
        bytes memory call = abi.encodeCall(maturity.confirmPayment, (_ref(id), _leastOf(id) - 1, "wired"));
        _refusedCrumb(id, companyOf[payee].key, call);
        call = abi.encodeCall(maturity.confirmPayment, (_ref(id), amountMinor, "wired"));
        // Who owes does not say that it has paid, nor does an owner where a court is to be paid.
        _refused(companyOf[id.issuer()].key, address(ledger), call, IMaturity.NotThePayee.selector);
        if (payee != papers[id].owner) {
            _refused(companyOf[papers[id].owner].key, address(ledger), call, IMaturity.NotThePayee.selector);
        }
        _call(companyOf[payee].key, address(ledger), call);
        // What the bank said stands for the rest, unless the owner had contested it.
        if (papers[id].paymentContested || papers[id].paymentMinor <= amountMinor) _forgetPayment(id);
        else papers[id].paymentMinor -= amountMinor;
        _paid(id, amountMinor);
    }

    function _forgetPayment(PieceId id) private {
        (papers[id].paymentMinor, papers[id].paymentUntil, papers[id].paymentContested) = (0, 0, false);
    }

    function attestsPayment(uint256 which, uint64 amount) external {
        (bool found, PieceId id) = _pick(which, Want.Due);
        if (!found) return;
        Paper storage paper = papers[id];
        PartyId by = bankOf[paper.owner];
        if (_nobody(by) || _payeeOf(id) != paper.owner || paper.paymentContested) return;
        if (paper.paymentMinor != 0) return;
        uint64 amountMinor = uint64(bound(amount, _leastOf(id), paper.amountMinor));
        for (uint256 i = 0; i < banks.length; ++i) {
            if (banks[i] == by) continue;
            bytes memory call = abi.encodeCall(maturity.attestPayment, (_ref(id), amountMinor, "wired"));
            _refused(companyOf[banks[i]].key, address(ledger), call, IMaturity.NotTheAccountBank.selector);
        }
        vm.prank(companyOf[by].key);
        maturity.attestPayment(_ref(id), amountMinor, "wired");
        (paper.paymentMinor, paper.paymentUntil) = (amountMinor, uint40(block.timestamp) + CONTEST);
        ++moves;
    }

    function endsPayment(uint256 which, bool contested) external {
        PieceId id;
        for (uint256 i = 0; i < pieces.length; ++i) {
            id = pieces[(which % pieces.length + i) % pieces.length];
            if (papers[id].paymentMinor != 0) break;
        }
        Paper storage paper = papers[id];
        if (paper.paymentMinor == 0 || paper.paymentContested) return;
        if (block.timestamp <= paper.paymentUntil) {
            if (!contested) return;
            vm.prank(companyOf[paper.owner].key);
            maturity.contestPayment(_ref(id), "nothing came");
            paper.paymentContested = true;
            ++moves;
            return;
        }
        if (paper.state != PieceState.Held || paper.amountMinor == 0 || _payeeOf(id) != paper.owner) return;
        maturity.completePayment(_ref(id));
        uint64 amountMinor = paper.paymentMinor < paper.amountMinor ? paper.paymentMinor : paper.amountMinor;
        _forgetPayment(id);
        _paid(id, amountMinor);
    }

    // ---------------------------------------------------------------- nobody pays

    function marksOverdue(uint256 which) external {
        ObligationId id = obligations[which % obligations.length];
        Debt storage debt = debts[id];
        if (debt.overdue || _day() <= debt.maturityDay + GRACE_DAYS) return;
        bool owed = false;
        for (uint16 i = 1; i <= debt.pieces; ++i) {
            Paper storage paper = papers[id.piece(i)];
            if (paper.state == PieceState.Held && (paper.amountMinor != 0 || paper.openOffers != 0)) owed = true;
        }
        if (!owed) return;
        maturity.markOverdue(id);
        debt.overdue = true;
        ++moves;
    }

    function writesOff(uint256 which) external {
        (bool found, PieceId id) = _pick(which, Want.Overdue);
        if (!found) return;
        Paper storage paper = papers[id];
        if (paper.openOffers != 0 || _payeeOf(id) != paper.owner || isSuspended[paper.owner]) return;
        vm.prank(companyOf[paper.owner].key);
        maturity.writeOff(_ref(id), "lost");
        paper.state = PieceState.WrittenOff;
        ++moves;
    }

    function makesGood(uint256 which, bool offChain) external {
        (bool found, PieceId id) = _pick(which, Want.Lost);
        if (!found) return;
        PartyId payee = _payeeOf(id);
        if (offChain) {
            vm.prank(companyOf[payee].key);
            maturity.confirmMadeGood(_ref(id), "wired");
        } else {
            vm.prank(companyOf[id.issuer()].key);
            maturity.makeGood(_one(id), address(money));
            _move(id.issuer(), payee, papers[id].amountMinor);
        }
        if (offChain) _forgetPayment(id);
        papers[id].state = PieceState.Redeemed;
        _cureIfPaid(id.obligation());
        ++moves;
    }

    /// An issuer pays all that is left of an obligation, so that it may issue again.
    function settles(uint256 which) external {
        ObligationId id = obligations[which % obligations.length];
        for (uint256 i = 0; i < obligations.length && !debts[id].overdue; ++i) {
            id = obligations[(which % obligations.length + i) % obligations.length];
        }
        if (!debts[id].overdue) return;
        for (uint16 i = debts[id].pieces; i > 0; --i) {
            _settle(id.piece(i));
        }
        assertTrue(!debts[id].overdue, "an obligation is cured when all of it is paid");
    }

    /// Children come before their parents here, so that what comes back to a parent is paid with it.
    function _settle(PieceId id) private {
        Paper storage paper = papers[id];
        if (paper.state == PieceState.Offered) {
            ledger.expire(_one(id));
            _endOffer(id, PieceState.Expired);
        }
        if (paper.state == PieceState.Locked) _closesLock(id);
        bool lost = paper.state == PieceState.WrittenOff;
        if (!lost && !_fits(id, Want.Due)) return;
        vm.prank(companyOf[id.issuer()].key);
        if (lost) maturity.makeGood(_one(id), address(money));
        else ledger.redeem(_one(id), address(money));
        _move(id.issuer(), _payeeOf(id), paper.amountMinor);
        paper.state = PieceState.Redeemed;
        _cureIfPaid(id.obligation());
        ++moves;
    }

    // ---------------------------------------------------------------- in the issuer's place

    function guarantees_(uint256 which, uint256 who, uint16 share) external {
        ObligationId id = obligations[which % obligations.length];
        if (_day() >= debts[id].maturityDay) return;
        PartyId by = sureties[who % sureties.length];
        uint16 free = 10_000;
        for (uint256 i = 0; i < suretiesOf[id].length; ++i) {
            if (suretiesOf[id][i].guarantor == by) return;
            free -= suretiesOf[id][i].basisPoints;
        }
        bytes memory call = abi.encodeCall(guarantees.guarantee, (id, debts[id].maturityDay, free + 1));
        _refused(companyOf[by].key, address(ledger), call, IGuarantees.SharesExceeded.selector);
        if (free == 0) return;
        uint16 basisPoints = uint16(bound(share, 1, free));
        vm.prank(companyOf[by].key);
        guarantees.guarantee(id, debts[id].maturityDay, basisPoints);
        suretiesOf[id].push(Surety(by, basisPoints, 0));
        ++moves;
    }

    function guarantorPays(uint256 which, uint64 amount) external {
        (bool found, PieceId id) = _pick(which, Want.Overdue);
        if (!found || suretiesOf[id.obligation()].length == 0) return;
        Paper storage paper = papers[id];
        Surety storage surety = suretiesOf[id.obligation()][which % suretiesOf[id.obligation()].length];
        if (paper.hops == 255) return;
        uint256 coverMinor = uint256(debts[id.obligation()].faceMinor) * surety.basisPoints / 10_000 - surety.paidMinor;
        address by = companyOf[surety.guarantor].key;
        if (_isOfGuarantor(id)) {
            // What a guarantor holds because it has paid is covered by no other.
            bool own = surety.guarantor == paper.owner;
            bytes memory call = abi.encodeCall(guarantees.payAsGuarantor, (_ref(id), 1, address(money), NUMBER, DESCRIPTION));
            bytes4 reason = own ? IGuarantees.AlreadyTheHolder.selector : IGuarantees.GuarantorNotCovered.selector;
            _refused(by, address(ledger), call, reason);
            return;
        }
        if (coverMinor < paper.amountMinor) {
            bytes memory call =
                abi.encodeCall(guarantees.payAsGuarantor, (_ref(id), uint64(coverMinor) + 1, address(money), NUMBER, DESCRIPTION));
            _refused(by, address(ledger), call, IGuarantees.CoverExceeded.selector);
        }
        if (coverMinor == 0) return;
        uint64 leastMinor = coverMinor < _leastOf(id) ? uint64(coverMinor) : _leastOf(id);
        uint64 amountMinor =
            uint64(bound(amount, leastMinor, coverMinor < paper.amountMinor ? coverMinor : paper.amountMinor));
        vm.prank(by);
        guarantees.payAsGuarantor(_ref(id), amountMinor, address(money), NUMBER, DESCRIPTION);
        surety.paidMinor += amountMinor;
        _inIssuersPlace(id, surety.guarantor, amountMinor);
    }

    function _isOfGuarantor(PieceId id) private view returns (bool) {
        if (!papers[id].payment) return false;
        Surety[] storage list = suretiesOf[id.obligation()];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].guarantor == papers[id].owner) return true;
        }
        return false;
    }

    function _inIssuersPlace(PieceId id, PartyId by, uint64 amountMinor) private {
        PartyId payee = _payeeOf(id);
        _move(by, payee, amountMinor);
        _cutOff(id, amountMinor, by, PieceState.Held, payee != papers[id].owner);
    }

    function paysRecourse(uint256 which, uint256 steps, uint64 amount) external {
        (bool found, PieceId id) = _pick(which, Want.Overdue);
        if (!found || papers[id].hops == 255) return;
        bool recourse = debts[id.obligation()].recourse;
        uint64 amountMinor = uint64(bound(amount, _leastOf(id), papers[id].amountMinor));
        PieceId chosen = PieceId.wrap(0);
        uint256 place = 0;
        for (PieceId next = papers[id].parent; next.index() != 0; next = papers[next].parent) {
            address by = companyOf[papers[next].owner].key;
            bytes memory call = abi.encodeCall(
                guarantees.payRecourse, (_ref(id), next, amountMinor, address(money), NUMBER, DESCRIPTION)
            );
            // Who came after the holder, or has no part in it, does not pay its way in.
            if (!recourse) _refused(by, address(ledger), call, IGuarantees.RecourseExcluded.selector);
            else if (!_isBefore(next, id)) _refused(by, address(ledger), call, IGuarantees.NotAPredecessor.selector);
            else if (place++ <= steps % 3) chosen = next;
        }
        if (chosen.index() == 0) return;
        PartyId payer = papers[chosen].owner;
        vm.prank(companyOf[payer].key);
        guarantees.payRecourse(_ref(id), chosen, amountMinor, address(money), NUMBER, DESCRIPTION);
        _inIssuersPlace(id, payer, amountMinor);
    }

    /// Whether the ancestor's place is nearer to the issuer than the first that the piece's owner ever had.
    function _isBefore(PieceId ancestor, PieceId id) private view returns (bool) {
        PartyId owner = papers[id].owner;
        PieceId first = PieceId.wrap(0);
        for (PieceId next = id; next.index() != 0; next = papers[next].parent) {
            // Who paid in the issuer's place got no place by that.
            if (papers[next].owner == owner && (next != id || !papers[next].payment)) first = next;
        }
        return first.index() != 0 && papers[ancestor].hops < papers[first].hops;
    }
}
