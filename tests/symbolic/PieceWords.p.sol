// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PieceWord} from "../../contracts/libraries/PieceWords.sol";

/// @notice A movement conserves: what leaves a piece's word is what is named, and nothing else of the word changes.
contract PieceWordsProof {
    /// What is passed on leaves the parent; it counts its children and open offers, and the rest of its word stays as it was.
    function check_passing_on_takes_what_is_named(PieceWord parent, uint64 amountMinor, uint16 children, bool offered) external pure {
        // What the ledger has checked before, and what its bound on an obligation's pieces gives.
        if (amountMinor > parent.amountMinor() || children == 0) return;
        if (uint256(parent.childCount()) + children > type(uint16).max) return;
        if (uint256(parent.openOffers()) + children > type(uint16).max) return;
        PieceWord after_ = parent.passedOn(amountMinor, children, offered);
        assert(after_.amountMinor() == parent.amountMinor() - amountMinor);
        assert(after_.childCount() == parent.childCount() + children);
        assert(after_.openOffers() == parent.openOffers() + (offered ? children : 0));
        _assertSameOtherwise(parent, after_);
    }

    /// Offered to one child and given back, the whole amount is there again.
    function check_what_is_given_back_is_what_was_offered(PieceWord parent, uint64 amountMinor) external pure {
        if (amountMinor > parent.amountMinor() || parent.childCount() == type(uint16).max) return;
        if (parent.openOffers() == type(uint16).max) return;
        PieceWord after_ = parent.passedOn(amountMinor, 1, true).givenBack(amountMinor);
        assert(after_.amountMinor() == parent.amountMinor());
        assert(after_.openOffers() == parent.openOffers());
        _assertSameOtherwise(parent, after_);
    }

    /// To be refuted: what is passed on is gone from the parent.
    function refute_passing_on_takes_nothing(PieceWord parent, uint64 amountMinor) external pure {
        if (amountMinor > parent.amountMinor() || parent.childCount() == type(uint16).max) return;
        assert(parent.passedOn(amountMinor, 1, false).amountMinor() == parent.amountMinor());
    }

    function _assertSameOtherwise(PieceWord before, PieceWord after_) private pure {
        // Between the amount, the lowest 64 bits, and the two counts, the highest 32.
        assert((PieceWord.unwrap(before) << 32) >> 96 == (PieceWord.unwrap(after_) << 32) >> 96);
    }
}
