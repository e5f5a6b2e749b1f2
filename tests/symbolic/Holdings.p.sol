// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PieceWord} from "../../contracts/libraries/PieceWords.sol";
import {LineId, ObligationId, PartyId, PieceId} from "../../contracts/types/Identifiers.sol";
import {Leg, PieceState} from "../../contracts/types/Movements.sol";
import {PieceReference} from "../../contracts/types/PieceReference.sol";
import {Stage} from "./Stage.p.sol";

/// @notice No one but the owner's key lowers a party's holdings: whatever anybody else calls, a held piece is held after it, by the same
/// owner, with at least its amount. Payment is the exception: it turns the piece into cash, all of it, and the issuer alone pays.
contract HoldingsProof is Stage {
    function check_transfer_lowers_only_the_callers_piece(
        address caller,
        uint40 time,
        PieceReference parent,
        Leg calldata first,
        Leg calldata second,
        PieceId other
    ) external {
        PieceWord before = anyHeld(other);
        assumeNothingOnHold(parent.obligation());
        act(caller, time);
        try ledger.transfer(parent, two(first, second)) {
            if (!acts(caller, before.owner())) _assertNotLowered(other, before);
        } catch {}
    }

    /// The owner itself does lower it, so the proof above is about something.
    function refute_transfer_lowers_nothing(address caller, uint40 time, PieceReference parent, Leg calldata leg, PieceId other)
        external
    {
        PieceWord before = anyHeld(other);
        assumeNothingOnHold(parent.obligation());
        act(caller, time);
        try ledger.transfer(parent, one(leg)) {
            _assertNotLowered(other, before);
        } catch {}
    }

    /// Nor does its own key lower any piece but the one that it names.
    function check_transfer_leaves_what_it_does_not_name(
        address caller,
        uint40 time,
        PieceReference parent,
        Leg calldata leg,
        PieceId other
    ) external {
        PieceWord before = anyPiece(other);
        if (PieceId.unwrap(other) == PieceId.unwrap(parent.piece())) return;
        assumeNothingOnHold(parent.obligation());
        act(caller, time);
        try ledger.transfer(parent, one(leg)) {
            assert(PieceWord.unwrap(ledger.pieceWord(other)) == PieceWord.unwrap(before));
        } catch {}
    }

    function check_issue_leaves_all_that_is(address caller, uint40 time, LineId line, uint8 instrument, uint16 day, Leg calldata leg, PieceId other)
        external
    {
        PieceWord before = anyPiece(other);
        act(caller, time);
        try ledger.issue(line, instrument, day, false, one(leg)) {
            assert(PieceWord.unwrap(ledger.pieceWord(other)) == PieceWord.unwrap(before));
        } catch {}
    }

    function check_accept_lowers_nothing(address caller, uint40 time, PieceReference named, PieceId other) external {
        PieceWord before = anyHeld(other);
        PieceWord offer = anyOffer(named);
        assumeNothingOnHold(named.obligation());
        act(caller, time);
        try ledger.accept(one(named)) {
            assert(acts(caller, offer.owner()));
            _assertNotLowered(other, before);
        } catch {}
    }

    function check_reject_lowers_nothing_held(address caller, uint40 time, PieceReference named, PieceId other) external {
        PieceWord before = anyHeld(other);
        PieceWord offer = anyOffer(named);
        act(caller, time);
        try ledger.reject(one(named), 0) {
            assert(acts(caller, offer.owner()));
            _assertNotLowered(other, before);
        } catch {}
    }

    function check_expire_lowers_nothing_held(address caller, uint40 time, PieceReference named, PieceId other) external {
        PieceWord before = anyHeld(other);
        PieceWord offer = anyOffer(named);
        act(caller, time);
        try ledger.expire(one(named)) {
            assert(time > offer.deadline());
            _assertNotLowered(other, before);
        } catch {}
    }

    function check_redeem_is_the_issuers_and_of_the_named_piece(address caller, uint40 time, PieceReference named, address token, PieceId other)
        external
    {
        PieceWord before = anyHeld(other);
        assumeNothingOnHold(named.obligation());
        assumeLive(named.piece());
        act(caller, time);
        try ledger.redeem(one(named), token) {
            PieceWord after_ = ledger.pieceWord(other);
            if (PieceId.unwrap(other) == PieceId.unwrap(named.piece())) {
                assert(acts(caller, other.issuer()));
                assert(PieceWord.unwrap(after_) == PieceWord.unwrap(before.withState(PieceState.Redeemed)));
            } else {
                assert(PieceWord.unwrap(after_) == PieceWord.unwrap(before));
            }
        } catch {}
    }

    function _assertNotLowered(PieceId id, PieceWord before) private view {
        PieceWord after_ = ledger.pieceWord(id);
        assert(after_.state() == PieceState.Held);
        assert(PartyId.unwrap(after_.owner()) == PartyId.unwrap(before.owner()));
        assert(after_.amountMinor() >= before.amountMinor());
    }
}
