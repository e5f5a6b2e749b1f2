// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {CreditLedger} from "../../contracts/CreditLedger.sol";
import {ILedgerParts} from "../../contracts/interfaces/ILedgerParts.sol";
import {LineWord} from "../../contracts/libraries/LineWords.sol";
import {ObligationWord} from "../../contracts/libraries/ObligationWords.sol";
import {PieceWord} from "../../contracts/libraries/PieceWords.sol";
import {LineId, ObligationId, PartyId, PieceId} from "../../contracts/types/Identifiers.sol";
import {Leg, PieceState} from "../../contracts/types/Movements.sol";
import {PieceReference} from "../../contracts/types/PieceReference.sol";
import {AnyOffice, AnyParticipants, Prover, Vm} from "./Prover.p.sol";

/// @notice What no call of the ledger's entry can do, whatever is stored, whoever calls, at any time. Storage is any storage for which the
/// assumptions of each proof hold; these are invariants that the ledger keeps and its other tests hold it to.
contract LedgerProof {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Prover private constant prover = Prover(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
    address private constant FORWARDER = address(0xF0);

    AnyParticipants private _participants;
    CreditLedger private _ledger;

    function setUp() public {
        _participants = new AnyParticipants();
        AnyOffice office = new AnyOffice();
        _ledger = new CreditLedger(
            ILedgerParts.Wiring({
                participants: address(_participants),
                rulebook: address(office),
                registry: address(office),
                settlement: address(office),
                forwarder: FORWARDER,
                ticksASecond: 1
            }),
            new address[](0)
        );
        prover.enableSymbolicStorage(address(_participants));
        prover.enableSymbolicStorage(address(office));
        prover.enableSymbolicStorage(address(_ledger));
    }

    // ---------------------------------------------------------------- no one but the owner's key lowers a holding

    function check_transfer_lowers_only_the_callers_pieces(address caller, uint40 time, PieceReference parent, Leg calldata leg, PieceId other)
        external
    {
        PieceWord before = _anyHeld(other);
        vm.assume(_ledger.obligationWord(parent.obligation()).heldCount() == 0);
        Leg[] memory legs = new Leg[](1);
        legs[0] = leg;
        _act(caller, time);
        try _ledger.transfer(parent, legs) {
            if (_participants.partyOf(caller) == PartyId.unwrap(before.owner())) return;
            _assertNotLowered(other, before);
        } catch {}
    }

    /// To be refuted, or the proof above holds for want of any transfer.
    function refute_transfer_lowers_no_piece_at_all(address caller, uint40 time, PieceReference parent, Leg calldata leg, PieceId other)
        external
    {
        PieceWord before = _anyHeld(other);
        vm.assume(_ledger.obligationWord(parent.obligation()).heldCount() == 0);
        Leg[] memory legs = new Leg[](1);
        legs[0] = leg;
        _act(caller, time);
        try _ledger.transfer(parent, legs) {
            _assertNotLowered(other, before);
        } catch {}
    }

    /// Any held piece. Pieces beyond an obligation's count, and obligations beyond a line's, do not exist.
    function _anyHeld(PieceId id) private view returns (PieceWord word) {
        word = _ledger.pieceWord(id);
        vm.assume(word.state() == PieceState.Held);
        vm.assume(id.index() != 0 && id.index() <= _ledger.obligationWord(id.obligation()).pieceCount());
        vm.assume(uint24(ObligationId.unwrap(id.obligation())) <= _ledger.lineWord(id.line()).obligationCount());
    }

    function _act(address caller, uint40 time) private {
        vm.assume(caller != FORWARDER);
        vm.warp(time);
        vm.prank(caller);
    }

    function _assertNotLowered(PieceId id, PieceWord before) private view {
        PieceWord after_ = _ledger.pieceWord(id);
        assert(after_.state() == PieceState.Held);
        assert(PartyId.unwrap(after_.owner()) == PartyId.unwrap(before.owner()));
        assert(after_.amountMinor() >= before.amountMinor());
    }
}
