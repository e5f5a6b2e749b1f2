// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IAllotments} from "../../contracts/interfaces/IAllotments.sol";
import {ILines} from "../../contracts/interfaces/ILines.sol";
import {LineWord} from "../../contracts/libraries/LineWords.sol";
import {Allotments} from "../../contracts/modules/Allotments.sol";
import {Lines} from "../../contracts/modules/Lines.sol";
import {AllotmentId, LineId, PartyId} from "../../contracts/types/Identifiers.sol";
import {AllotmentTerms, Leg} from "../../contracts/types/Movements.sol";
import {PieceReference} from "../../contracts/types/PieceReference.sol";
import {Stage} from "./Stage.p.sol";

/// @notice The line's bound: what is used and allotted under any line is never more than its limit, whatever is called.
contract LineBoundProof is Stage {
    Lines private _lines;
    Allotments private _allotments;

    function setUp() public override {
        super.setUp();
        _lines = new Lines(wiring);
        _allotments = new Allotments(wiring);
    }

    function check_issue_keeps_the_bound(
        address caller,
        uint40 time,
        LineId line,
        uint8 instrument,
        uint16 day,
        Leg calldata first,
        Leg calldata second,
        LineId any
    ) external {
        _assumeBound(any);
        _assumeBound(line);
        act(caller, time);
        try ledger.issue(line, instrument, day, false, two(first, second)) {
            _assertBound(any);
        } catch {}
    }

    function check_transfer_leaves_every_line(address caller, uint40 time, PieceReference parent, Leg calldata leg, LineId any) external {
        LineWord before = ledger.lineWord(any);
        assumeNothingOnHold(parent.obligation());
        act(caller, time);
        try ledger.transfer(parent, one(leg)) {
            assert(LineWord.unwrap(ledger.lineWord(any)) == LineWord.unwrap(before));
        } catch {}
    }

    function check_reject_keeps_the_bound(address caller, uint40 time, PieceReference named, LineId any) external {
        _assumeBound(any);
        anyOffer(named);
        act(caller, time);
        try ledger.reject(one(named), 0) {
            _assertBound(any);
        } catch {}
    }

    function check_redeem_keeps_the_bound(address caller, uint40 time, PieceReference named, address token, LineId any) external {
        _assumeBound(any);
        assumeLive(named.piece());
        assumeNothingOnHold(named.obligation());
        act(caller, time);
        try ledger.redeem(one(named), token) {
            _assertBound(any);
        } catch {}
    }

    /// A line that no other bank backs; with backers, only what each of them promised is counted beside it.
    function check_a_limit_is_never_set_below_what_is_used(address caller, uint40 time, LineId line, uint64 limitMinor, LineId any)
        external
    {
        _assumeBound(any);
        _assumeBound(line);
        vm.assume(ledger.lineTermsWord(line).backerCount() == 0);
        _hands(ILines.setLineLimit.selector, address(_lines));
        act(caller, time);
        try ILines(address(ledger)).setLineLimit(line, limitMinor) {
            _assertBound(any);
        } catch {}
    }

    function check_allot_keeps_the_bound(
        address caller,
        uint40 time,
        LineId line,
        PartyId supplier,
        uint64 amountMinor,
        uint16 day,
        AllotmentTerms calldata terms,
        LineId any
    ) external {
        _assumeBound(any);
        _assumeBound(line);
        _hands(IAllotments.allot.selector, address(_allotments));
        act(caller, time);
        try IAllotments(address(ledger)).allot(line, supplier, amountMinor, day, terms) {
            _assertBound(any);
        } catch {}
    }

    function _hands(bytes4 selector, address module) private view {
        vm.assume(ledger.moduleOf(selector) == module);
    }

    function _assumeBound(LineId line) private view {
        LineWord word = ledger.lineWord(line);
        vm.assume(uint256(word.usedMinor()) + word.allottedMinor() <= word.limitMinor());
    }

    function _assertBound(LineId line) private view {
        LineWord word = ledger.lineWord(line);
        assert(uint256(word.usedMinor()) + word.allottedMinor() <= word.limitMinor());
    }
}
