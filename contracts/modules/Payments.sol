// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {OnePayee} from "../libraries/OnePayee.sol";
import {PieceWord, PieceWords} from "../libraries/PieceWords.sol";
import {EvidenceId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {PieceReference} from "../types/PieceReference.sol";
import {RuleId} from "../types/RuleIds.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice What all payments for a held piece share, whoever pays.
abstract contract Payments is LedgerModule {
    using OnePayee for ISettlement;

    /// A part that is cut off is at least this part of the obligation's face.
    uint256 private constant PARTS_OF_FACE = 100;

    /// A payment of all or a part of what is in a piece.
    struct Payment {
        PieceId piece;
        PieceWord word;
        ObligationWord terms;
        PartyId payee;
        uint64 amountMinor;
    }

    /// From whom to whom the cash of one payment moves.
    struct Cash {
        PartyId payer;
        address payerAccount;
        address[] payeeAccounts;
    }

    /// The piece that is paid for. Neither holds nor anybody's suspension are asked for: they stop no payment.
    function _payable(PieceReference named, uint64 amountMinor) internal view returns (Payment memory paid) {
        (PieceId id, PieceWord word) = _pieceOf(named);
        _requireState(id, word, PieceState.Held);
        if (amountMinor == 0) revert ZeroAmount();
        if (amountMinor > word.amountMinor()) revert AmountExceedsPiece(id, amountMinor, word.amountMinor());
        ObligationWord terms = _termsOf(named, word);
        (paid.piece, paid.word, paid.terms, paid.amountMinor) = (id, word, terms, amountMinor);
        paid.payee = _payeeOf(id, word, terms);
    }

    /// An obligation's pieces are counted with 16 bits, and crumbs of one payer must not use them up against the others: what is paid is at
    /// least a hundredth of the face, rounded up, or all of the rest that there is to pay.
    function _requirePart(Payment memory paid, uint64 restMinor) internal pure {
        // A hundredth of 64 bits fits them.
        uint64 leastMinor = uint64((uint256(paid.terms.faceMinor()) + PARTS_OF_FACE - 1) / PARTS_OF_FACE);
        if (restMinor < leastMinor) leastMinor = restMinor;
        if (paid.amountMinor < leastMinor) revert PartTooSmall(paid.piece, paid.amountMinor, leastMinor);
    }

    /// Cuts what is paid out of its piece, as a new one. The rules' maximum of pieces stops no payment. The caller stores `paid.terms`,
    /// which count the new piece. What a bank bought counts no more as far as it is paid.
    function _cut(Payment memory paid, PartyId owner, PieceState state, uint8 flags) internal returns (PieceId child) {
        (PieceId id, PieceWord word, ObligationWord terms) = (paid.piece, paid.word, paid.terms);
        ObligationId obligation = id.obligation();
        if (terms.pieceCount() == type(uint16).max) revert PiecesUsedUp(obligation);
        if (word.hops() == type(uint8).max) revert HopsExceeded(id, type(uint8).max, RuleId.wrap(0));
        _lowerIfFinanced(paid);
        paid.terms = terms.withMorePieces(1);
        _pieces[id].word = word.paidOff(paid.amountMinor);
        child = obligation.piece(paid.terms.pieceCount());
        _pieces[child].word = PieceWords.pack(
            PieceWords.Fields({
                amountMinor: paid.amountMinor,
                owner: owner,
                parentIndex: id.index(),
                evidence: EvidenceId.wrap(0),
                useIndex: 0,
                hops: word.hops() + 1,
                tier: word.tier(),
                state: state,
                flags: flags,
                deadline: 0
            })
        );
    }

    function _lowerIfFinanced(Payment memory paid) internal {
        if (!paid.word.isFinanced()) return;
        _lowerFinanced(paid.word.owner(), paid.piece.issuer(), paid.terms.currency(), paid.amountMinor);
    }

    /// The caller and who is paid, with their accounts, whether or not they may act otherwise.
    function _cashTo(PartyId payee) internal view returns (Cash memory cash) {
        PartyId[] memory payees = new PartyId[](1);
        payees[0] = payee;
        (cash.payer, cash.payerAccount, cash.payeeAccounts) = _participants.payment(_msgSender(), payees);
    }

    function _pay(Cash memory cash, address cashToken, uint8 currency, uint64 amountMinor) internal {
        _settlement.payOne(cashToken, currency, cash.payerAccount, cash.payeeAccounts[0], amountMinor);
    }

    function _accountOf(PartyId party) internal view returns (address) {
        return _participants.party(party).account;
    }
}
