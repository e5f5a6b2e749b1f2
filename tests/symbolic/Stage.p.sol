// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {CreditLedger} from "../../contracts/CreditLedger.sol";
import {ILedgerParts} from "../../contracts/interfaces/ILedgerParts.sol";
import {RuleWord} from "../../contracts/libraries/RuleWords.sol";
import {PieceWord} from "../../contracts/libraries/PieceWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../../contracts/types/Identifiers.sol";
import {Leg, PieceState} from "../../contracts/types/Movements.sol";
import {RuleId} from "../../contracts/types/RuleIds.sol";
import {PieceReference} from "../../contracts/types/PieceReference.sol";

interface Vm {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
}

/// @notice The prover's own functions.
interface Prover {
    function enableSymbolicStorage(address account) external;
}

/// @notice Participants of whom nothing is known: any key may be anybody's, or nobody's, with any roles.
contract AnyParticipants {
    mapping(address key => uint32 party) private _partyOf;
    mapping(address key => uint16 roles) private _rolesOf;
    mapping(uint32 party => uint24 group) private _groupOf;

    error NotAParticipant();

    function partyOf(address key) external view returns (PartyId) {
        return PartyId.wrap(_partyOf[key]);
    }

    function identified(address key) public view returns (PartyId) {
        if (_partyOf[key] == 0) revert NotAParticipant();
        return PartyId.wrap(_partyOf[key]);
    }

    function actor(address key) external view returns (PartyId, address, uint16) {
        return (identified(key), key, _rolesOf[key]);
    }

    function active(PartyId party) external view returns (address, uint16) {
        return (address(0), uint16(_groupOf[PartyId.unwrap(party)]));
    }

    function groupOf(PartyId party) external view returns (uint24) {
        return _groupOf[PartyId.unwrap(party)];
    }

    function payment(address key, PartyId[] calldata payees) external view returns (PartyId, address, address[] memory) {
        return (identified(key), key, new address[](payees.length));
    }

    function setIssuanceStopped(PartyId, bool) external {}
}

/// @notice Rules, documents and cash of which nothing is known but that they are asked.
contract AnyOffice {
    uint16 private _useIndex;
    RuleWord private _rules;

    function ledger() external view returns (address) {
        return msg.sender;
    }

    function consume(PartyId, uint8, uint16, RuleId, Leg calldata) external view returns (uint16) {
        return _useIndex;
    }

    function release(EvidenceId, uint64) external {}

    function ruleWord(uint8, uint16) external view returns (RuleWord) {
        return _rules;
    }

    function pay(address, uint8, address, address[] calldata, uint64[] calldata) external {}
}

/// @notice The deployed ledger in any state: what is stored, who calls and what time it is are whatever makes a proof fail, if anything
/// does. Each proof says what it takes for granted: invariants of the stored state that other proofs and the tests hold.
abstract contract Stage {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Prover private constant prover = Prover(0xF3993A62377BCd56AE39D773740A5390411E8BC9);
    address private constant FORWARDER = address(0xF0);

    AnyParticipants internal participants;
    CreditLedger internal ledger;
    ILedgerParts.Wiring internal wiring;

    function setUp() public virtual {
        participants = new AnyParticipants();
        AnyOffice office = new AnyOffice();
        wiring = ILedgerParts.Wiring({
            participants: address(participants),
            rulebook: address(office),
            registry: address(office),
            settlement: address(office),
            forwarder: FORWARDER,
            ticksASecond: 1
        });
        ledger = new CreditLedger(wiring, new address[](0));
        prover.enableSymbolicStorage(address(participants));
        prover.enableSymbolicStorage(address(office));
        prover.enableSymbolicStorage(address(ledger));
    }

    /// The next call is this caller's, at this time.
    function act(address caller, uint40 time) internal {
        vm.assume(caller != FORWARDER);
        vm.warp(time);
        vm.prank(caller);
    }

    function acts(address caller, PartyId party) internal view returns (bool) {
        return PartyId.unwrap(participants.partyOf(caller)) == PartyId.unwrap(party);
    }

    /// Any piece that exists: pieces beyond an obligation's count, and obligations beyond a line's, do not.
    function anyPiece(PieceId id) internal view returns (PieceWord word) {
        word = ledger.pieceWord(id);
        vm.assume(word.state() != PieceState.None);
        vm.assume(id.index() != 0 && id.index() <= ledger.obligationWord(id.obligation()).pieceCount());
        vm.assume(uint24(ObligationId.unwrap(id.obligation())) <= ledger.lineWord(id.line()).obligationCount());
        vm.assume(word.parentIndex() < id.index());
    }

    function anyHeld(PieceId id) internal view returns (PieceWord word) {
        word = anyPiece(id);
        vm.assume(word.state() == PieceState.Held);
    }

    /// What is offered was cut from its parent, which counts it: parent and offer are part of one amount. What an issue offers is part of
    /// what is live, and used of the line.
    function anyOffer(PieceReference named) internal view returns (PieceWord word) {
        PieceId id = named.piece();
        word = anyPiece(id);
        vm.assume(word.state() == PieceState.Offered);
        if (word.parentIndex() != 0) {
            PieceWord parent = ledger.pieceWord(id.obligation().piece(word.parentIndex()));
            vm.assume(parent.openOffers() != 0);
            vm.assume(uint256(parent.amountMinor()) + word.amountMinor() <= type(uint64).max);
        } else {
            assumeLive(id);
        }
    }

    /// A live amount is part of what is live under its obligation, which is part of what its line has used.
    function assumeLive(PieceId id) internal view {
        uint64 amountMinor = ledger.pieceWord(id).amountMinor();
        vm.assume(amountMinor <= ledger.obligationWord(id.obligation()).liveMinor());
        vm.assume(amountMinor <= ledger.lineWord(id.line()).usedMinor());
    }

    /// Nobody holds anything under the obligation; with holds, a movement is only refused more often.
    function assumeNothingOnHold(ObligationId id) internal view {
        vm.assume(ledger.obligationWord(id).heldCount() == 0);
    }

    function one(PieceReference named) internal pure returns (PieceReference[] memory list) {
        list = new PieceReference[](1);
        list[0] = named;
    }

    function one(Leg memory leg) internal pure returns (Leg[] memory list) {
        list = new Leg[](1);
        list[0] = leg;
    }

    function two(Leg memory first, Leg memory second) internal pure returns (Leg[] memory list) {
        list = new Leg[](2);
        (list[0], list[1]) = (first, second);
    }
}
