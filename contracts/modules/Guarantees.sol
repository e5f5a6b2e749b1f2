// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IGuarantees} from "../interfaces/IGuarantees.sol";
import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {GuaranteeWord, GuaranteeWords} from "../libraries/GuaranteeWords.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {GUARANTOR} from "../types/Roles.sol";
import {RULE_REGISTERED} from "../types/RuleIds.sol";
import {WHOLE_BASIS_POINTS} from "../types/Units.sol";
import {LedgerModule} from "./LedgerModule.sol";
import {Payments} from "./Payments.sol";

/// @notice See `IGuarantees`.
contract Guarantees is IGuarantees, Payments {
    uint256 private constant GUARANTORS_AN_OBLIGATION = 16;

    /// The registered claim that passes to whoever pays in the issuer's place.
    struct Registration {
        bytes32 number;
        bytes32 descriptionHash;
    }

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](5);
        (list[0], list[1]) = (IGuarantees.guarantee.selector, IGuarantees.payAsGuarantor.selector);
        (list[2], list[3]) = (IGuarantees.claimRecourse.selector, IGuarantees.payRecourse.selector);
        list[4] = IGuarantees.guaranteesOf.selector;
    }

    // ---------------------------------------------------------------- guarantees

    /// @inheritdoc IGuarantees
    function guarantee(ObligationId id, uint16 maturityDay, uint16 basisPoints) external {
        (PartyId caller,, uint16 roles) = _participants.actor(_msgSender());
        if (roles & GUARANTOR == 0) revert RoleMissing(caller, GUARANTOR);
        ObligationWord terms = _obligations[id].word;
        if (terms.pieceCount() == 0 || terms.maturityDay() != maturityDay) revert ObligationUnknown(id, maturityDay);
        _requireBeforeMaturity(id, terms);
        _participants.requireUnrelated(caller, id.issuer());
        if (basisPoints == 0) revert ZeroAmount();
        _requireRoom(id, caller, basisPoints);

        _guarantees[id].push(GuaranteeWords.pack(caller, basisPoints));
        emit ObligationGuaranteed(id, caller, basisPoints);
    }

    function _requireRoom(ObligationId id, PartyId caller, uint16 basisPoints) private view {
        GuaranteeWord[] storage words = _guarantees[id];
        uint256 count = words.length;
        if (count == GUARANTORS_AN_OBLIGATION) revert TooManyGuarantors(id);
        uint256 availableBasisPoints = WHOLE_BASIS_POINTS;
        for (uint256 i = 0; i < count; ++i) {
            GuaranteeWord word = words[i];
            if (word.guarantor() == caller) revert AlreadyGuaranteed(id, caller);
            availableBasisPoints -= word.basisPoints();
        }
        if (basisPoints > availableBasisPoints) revert SharesExceeded(id, basisPoints, availableBasisPoints);
    }

    /// @inheritdoc IGuarantees
    function payAsGuarantor(
        PieceReference named,
        uint64 amountMinor,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    ) external returns (PieceId child) {
        Payment memory paid = _overdue(named, amountMinor);
        Registration memory registration = _registered(paid.piece, registrationNumber, descriptionHash);
        Cash memory cash = _cashTo(paid.payee);
        _useCover(paid, cash.payer);

        child = _subrogate(paid, cash.payer);
        _emitGuarantorPaid(child, paid, cash.payer, cashToken, registration);
        _emitMinted(child, paid.piece, cash.payerAccount, amountMinor);

        _pay(cash, cashToken, paid.terms.currency(), amountMinor);
    }

    /// Takes what is paid from what the payer's share still covers.
    function _useCover(Payment memory paid, PartyId payer) private {
        (PieceId id, PartyId owner) = (paid.piece, paid.word.owner());
        GuaranteeWord[] storage words = _guarantees[id.obligation()];
        uint256 place = _placeOf(words, payer);
        if (place == 0) revert NotAGuarantor(id.obligation(), payer);
        if (payer == owner) revert AlreadyTheHolder(id, payer);
        if (paid.word.isPayment() && _placeOf(words, owner) != 0) revert GuarantorNotCovered(id, owner);
        GuaranteeWord word = words[place - 1];
        uint64 coveredMinor = word.coveredMinorDown(paid.terms.faceMinor());
        if (paid.amountMinor > coveredMinor) revert CoverExceeded(id.obligation(), payer, paid.amountMinor, coveredMinor);
        uint64 leftMinor = paid.word.amountMinor();
        _requirePart(paid, coveredMinor < leftMinor ? coveredMinor : leftMinor);

        words[place - 1] = word.withMorePaid(paid.amountMinor);
    }

    function _emitGuarantorPaid(
        PieceId child,
        Payment memory paid,
        PartyId payer,
        address cashToken,
        Registration memory registration
    ) private {
        emit GuarantorPaid(
            child, paid.piece, payer, paid.amountMinor, paid.payee, cashToken, registration.number, registration.descriptionHash
        );
    }

    /// A guarantor's place in the obligation's list, from 1; 0 if it is none of them.
    function _placeOf(GuaranteeWord[] storage words, PartyId party) private view returns (uint256) {
        for (uint256 place = words.length; place > 0; --place) {
            if (words[place - 1].guarantor() == party) return place;
        }
        return 0;
    }

    // ---------------------------------------------------------------- recourse

    /// @inheritdoc IGuarantees
    function claimRecourse(PieceReference named, PieceId ancestor) external {
        (, PieceWord word) = _pieceOf(named);
        Payment memory claimed = _overdue(named, word.amountMinor());
        PartyId caller = _participants.identified(_msgSender());
        if (caller != word.owner()) revert NotTheOwner(claimed.piece, word.owner(), caller);
        PartyId against = _predecessor(claimed, ancestor);

        emit RecourseClaimed(claimed.piece, ancestor, against, claimed.amountMinor);
    }

    /// @inheritdoc IGuarantees
    function payRecourse(
        PieceReference named,
        PieceId ancestor,
        uint64 amountMinor,
        address cashToken,
        bytes32 registrationNumber,
        bytes32 descriptionHash
    ) external returns (PieceId child) {
        Payment memory paid = _overdue(named, amountMinor);
        _requirePart(paid, paid.word.amountMinor());
        Registration memory registration = _registered(paid.piece, registrationNumber, descriptionHash);
        PartyId against = _predecessor(paid, ancestor);
        Cash memory cash = _cashTo(paid.payee);
        if (cash.payer != against) revert NotTheOwner(ancestor, against, cash.payer);

        child = _subrogate(paid, against);
        _emitRecoursePaid(child, paid, ancestor, cashToken, registration);
        _emitMinted(child, paid.piece, cash.payerAccount, amountMinor);

        _pay(cash, cashToken, paid.terms.currency(), amountMinor);
    }

    function _emitRecoursePaid(
        PieceId child,
        Payment memory paid,
        PieceId ancestor,
        address cashToken,
        Registration memory registration
    ) private {
        emit RecoursePaid(
            child,
            paid.piece,
            ancestor,
            _pieces[ancestor].word.owner(),
            paid.amountMinor,
            paid.payee,
            cashToken,
            registration.number,
            registration.descriptionHash
        );
    }

    /// The owner of an ancestor to whom the holder may go back. Who is a place further from the issuer than the holder's first one got
    /// the piece through the holder, and would come back to it. Who paid in the issuer's place has the place that it had before: none
    /// if it is a guarantor.
    function _predecessor(Payment memory claimed, PieceId ancestor) private view returns (PartyId against) {
        (PieceId id, PieceWord word) = (claimed.piece, claimed.word);
        if (!claimed.terms.hasRecourse()) revert RecourseExcluded(id.obligation());
        PartyId holder = word.owner();
        bool hasPlace = !word.isPayment();
        bool passed = false;
        bool comesBack = false;
        while (word.parentIndex() != 0) {
            id = _parentOf(id, word);
            word = _pieces[id].word;
            if (id == ancestor) (passed, against) = (true, word.owner());
            if (word.owner() != holder) continue;
            if (passed) comesBack = true;
            else hasPlace = true;
        }
        if (!passed) revert NotOnPath(claimed.piece, ancestor);
        if (comesBack || !hasPlace) revert NotAPredecessor(claimed.piece, ancestor);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc IGuarantees
    function guaranteesOf(ObligationId id)
        external
        view
        returns (PartyId[] memory guarantors, uint16[] memory basisPoints, uint64[] memory paidMinor)
    {
        GuaranteeWord[] memory words = _guarantees[id];
        guarantors = new PartyId[](words.length);
        basisPoints = new uint16[](words.length);
        paidMinor = new uint64[](words.length);
        for (uint256 i = 0; i < words.length; ++i) {
            (guarantors[i], basisPoints[i], paidMinor[i]) = (words[i].guarantor(), words[i].basisPoints(), words[i].paidMinor());
        }
    }

    // ---------------------------------------------------------------- what both share

    /// A payment in the issuer's place: once the obligation is overdue.
    function _overdue(PieceReference named, uint64 amountMinor) private view returns (Payment memory paid) {
        paid = _payable(named, amountMinor);
        if (!paid.terms.isOverdue()) revert NotOverdue(paid.piece.obligation());
    }

    function _registered(PieceId id, bytes32 number, bytes32 descriptionHash) private pure returns (Registration memory) {
        if (number == bytes32(0) || descriptionHash == bytes32(0)) revert RegistrationMissing(id, RULE_REGISTERED);
        return Registration({number: number, descriptionHash: descriptionHash});
    }

    /// Makes the piece of who paid. The issuer owes it as it owed the holder.
    function _subrogate(Payment memory paid, PartyId payer) private returns (PieceId child) {
        bool toCourt = paid.payee != paid.word.owner();
        child = _cut(paid, payer, PieceState.Held, toCourt ? PieceWords.PAYMENT | PieceWords.COURT_SERVED : PieceWords.PAYMENT);
        _obligations[child.obligation()].word = paid.terms;
    }
}
