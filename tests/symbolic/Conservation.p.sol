// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ObligationWord} from "../../contracts/libraries/ObligationWords.sol";
import {LineWord} from "../../contracts/libraries/LineWords.sol";
import {PieceWord} from "../../contracts/libraries/PieceWords.sol";
import {LineId, ObligationId, PieceId, obligationOf} from "../../contracts/types/Identifiers.sol";
import {Leg, PieceState} from "../../contracts/types/Movements.sol";
import {PieceReference} from "../../contracts/types/PieceReference.sol";
import {Stage} from "./Stage.p.sol";

/// @notice A movement conserves: what leaves one piece is in those that come of it, to the minor unit, and the other way round.
contract ConservationProof is Stage {
    function check_transfer_moves_what_its_legs_name(
        address caller,
        uint40 time,
        PieceReference parent,
        Leg calldata first,
        Leg calldata second
    ) external {
        PieceId id = parent.piece();
        ObligationId obligation = parent.obligation();
        PieceWord before = anyHeld(id);
        ObligationWord terms = ledger.obligationWord(obligation);
        // One obligation's pieces are fewer than its rules' 16-bit maximum, so they can be counted.
        vm.assume(uint256(before.openOffers()) + 2 <= type(uint16).max && uint256(before.childCount()) + 2 <= type(uint16).max);
        assumeNothingOnHold(obligation);
        act(caller, time);
        try ledger.transfer(parent, two(first, second)) {
            PieceWord made = ledger.pieceWord(obligation.piece(terms.pieceCount() + 1));
            PieceWord next = ledger.pieceWord(obligation.piece(terms.pieceCount() + 2));
            PieceWord left = ledger.pieceWord(id);
            assert(made.amountMinor() == first.amountMinor && next.amountMinor() == second.amountMinor);
            assert(uint256(left.amountMinor()) + made.amountMinor() + next.amountMinor() == before.amountMinor());
            assert(made.parentIndex() == id.index() && next.parentIndex() == id.index());
            assert(ledger.obligationWord(obligation).pieceCount() == terms.pieceCount() + 2);
            assert(ledger.obligationWord(obligation).liveMinor() == terms.liveMinor());
            assert(ledger.obligationWord(obligation).faceMinor() == terms.faceMinor());
        } catch {}
    }

    function check_issue_owes_what_its_legs_name(
        address caller,
        uint40 time,
        LineId line,
        uint8 instrument,
        uint16 day,
        Leg calldata first,
        Leg calldata second
    ) external {
        ObligationId obligation = obligationOf(line, ledger.lineWord(line).obligationCount() + 1);
        act(caller, time);
        try ledger.issue(line, instrument, day, false, two(first, second)) {
            uint256 sumMinor = uint256(first.amountMinor) + second.amountMinor;
            ObligationWord terms = ledger.obligationWord(obligation);
            assert(terms.faceMinor() == sumMinor && terms.liveMinor() == sumMinor);
            assert(ledger.pieceWord(obligation.piece(1)).amountMinor() == first.amountMinor);
            assert(ledger.pieceWord(obligation.piece(2)).amountMinor() == second.amountMinor);
        } catch {}
    }

    function check_what_is_offered_and_refused_goes_back(address caller, uint40 time, PieceReference named) external {
        PieceId id = named.piece();
        PieceWord offer = anyOffer(named);
        vm.assume(offer.parentIndex() != 0);
        PieceId parent = id.obligation().piece(offer.parentIndex());
        PieceWord before = ledger.pieceWord(parent);
        act(caller, time);
        try ledger.reject(one(named), 0) {
            assert(ledger.pieceWord(id).amountMinor() == 0);
            assert(ledger.pieceWord(id).state() == PieceState.Rejected);
            assert(ledger.pieceWord(parent).amountMinor() == uint256(before.amountMinor()) + offer.amountMinor());
            assert(ledger.pieceWord(parent).state() == before.state());
        } catch {}
    }

    function check_a_refused_issue_frees_its_line(address caller, uint40 time, PieceReference named) external {
        PieceId id = named.piece();
        PieceWord offer = anyOffer(named);
        vm.assume(offer.parentIndex() == 0);
        LineWord line = ledger.lineWord(id.line());
        ObligationWord terms = ledger.obligationWord(id.obligation());
        act(caller, time);
        try ledger.reject(one(named), 0) {
            assert(ledger.pieceWord(id).state() == PieceState.Voided);
            assert(ledger.obligationWord(id.obligation()).liveMinor() == terms.liveMinor() - offer.amountMinor());
            assert(ledger.lineWord(id.line()).usedMinor() == line.usedMinor() - offer.amountMinor());
        } catch {}
    }

    function check_what_is_paid_is_no_longer_owed(address caller, uint40 time, PieceReference named, address token) external {
        PieceId id = named.piece();
        PieceWord piece = anyHeld(id);
        assumeLive(id);
        assumeNothingOnHold(id.obligation());
        LineWord line = ledger.lineWord(id.line());
        ObligationWord terms = ledger.obligationWord(id.obligation());
        act(caller, time);
        try ledger.redeem(one(named), token) {
            assert(ledger.obligationWord(id.obligation()).liveMinor() == terms.liveMinor() - piece.amountMinor());
            assert(ledger.lineWord(id.line()).usedMinor() == line.usedMinor() - piece.amountMinor());
        } catch {}
    }
}
