// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";

import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {ITokenViews} from "../interfaces/ITokenViews.sol";
import {Days} from "../libraries/Days.sol";
import {ObligationWord} from "../libraries/ObligationWords.sol";
import {PieceWord} from "../libraries/PieceWords.sol";
import {EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {PieceState} from "../types/Movements.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice See `ITokenViews`.
contract TokenViews is ITokenViews, LedgerModule {
    using Strings for uint256;

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](8);
        list[0] = ITokenViews.supportsInterface.selector;
        list[1] = ITokenViews.ownerOf.selector;
        list[2] = ITokenViews.balanceOf.selector;
        list[3] = ITokenViews.slotOf.selector;
        list[4] = ITokenViews.name.selector;
        list[5] = ITokenViews.symbol.selector;
        list[6] = ITokenViews.valueDecimals.selector;
        list[7] = ITokenViews.tokenURI.selector;
    }

    /// @inheritdoc ITokenViews
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId;
    }

    /// @inheritdoc ITokenViews
    function ownerOf(uint256 tokenId) external view returns (address) {
        (PieceId id, PieceWord word) = _token(tokenId);
        if (!_isToken(word)) revert PieceNotInState(id, word.state());
        return _participants.party(word.owner()).account;
    }

    /// @inheritdoc ITokenViews
    function balanceOf(uint256 tokenId) external view returns (uint256) {
        (, PieceWord word) = _token(tokenId);
        return _isToken(word) ? word.amountMinor() : 0;
    }

    /// @inheritdoc ITokenViews
    function slotOf(uint256 tokenId) external view returns (uint256) {
        (PieceId id,) = _token(tokenId);
        return ObligationId.unwrap(id.obligation());
    }

    /// @inheritdoc ITokenViews
    function name() external pure returns (string memory) {
        return "Pearlchain credit";
    }

    /// @inheritdoc ITokenViews
    function symbol() external pure returns (string memory) {
        return "PEARL";
    }

    /// @inheritdoc ITokenViews
    function valueDecimals() external pure returns (uint8) {
        return 0;
    }

    // ---------------------------------------------------------------- description

    /// @inheritdoc ITokenViews
    function tokenURI(uint256 tokenId) external view returns (string memory) {
        (PieceId id, PieceWord word) = _token(tokenId);
        ObligationWord terms = _obligations[id.obligation()].word;
        bytes memory json = abi.encodePacked(
            '{"name":"Pearlchain credit ',
            _dotted(id),
            '","description":"A piece of a core enterprise\'s credit, in minor units of its currency.","attributes":[',
            _ofPiece(id, word),
            ",",
            _ofObligation(id, terms),
            "]}"
        );
        return string.concat("data:application/json;base64,", Base64.encode(json));
    }

    function _ofPiece(PieceId id, PieceWord word) private view returns (bytes memory) {
        // What is paid, given back or lost is on hold no more, whatever it was marked with.
        bool held = word.isLive() && (_isHeld(id, word, _obligations[id.obligation()].word) || word.isContested(_sales[id]));
        return abi.encodePacked(
            _number("amountMinor", word.amountMinor()),
            ",",
            _number("owner", PartyId.unwrap(word.owner())),
            ",",
            _number("evidence", EvidenceId.unwrap(word.evidence())),
            ",",
            _number("hops", word.hops()),
            ",",
            _number("tier", word.tier()),
            ',{"trait_type":"state","value":"',
            held ? "on hold" : _stateName(word.state()),
            '"}'
        );
    }

    function _ofObligation(PieceId id, ObligationWord terms) private pure returns (bytes memory) {
        uint256 maturity = Days.startOf(terms.maturityDay(), terms.utcOffsetQuarterHours());
        return abi.encodePacked(
            _number("issuer", PartyId.unwrap(id.issuer())),
            ",",
            _number("line", uint8(LineId.unwrap(id.line()))),
            ",",
            _number("instrument", terms.instrument()),
            ",",
            _number("currency", terms.currency()),
            ',{"trait_type":"overdue","value":',
            terms.isOverdue() ? "true" : "false",
            '},{"display_type":"date","trait_type":"maturity","value":',
            maturity.toString(),
            "}"
        );
    }

    function _number(string memory trait, uint256 value) private pure returns (bytes memory) {
        return abi.encodePacked('{"trait_type":"', trait, '","value":', value.toString(), "}");
    }

    /// Issuer, line, obligation and piece as people read them: `7.1.3.2`.
    function _dotted(PieceId id) private pure returns (string memory) {
        // Casts to 8 and 24 bits leave a line's and an obligation's own number.
        string memory line = string.concat(
            uint256(PartyId.unwrap(id.issuer())).toString(), ".", uint256(uint8(LineId.unwrap(id.line()))).toString()
        );
        uint256 sequence = uint24(ObligationId.unwrap(id.obligation()));
        return string.concat(line, ".", sequence.toString(), ".", uint256(id.index()).toString());
    }

    function _stateName(PieceState state) private pure returns (string memory) {
        if (state == PieceState.Offered) return "offered";
        if (state == PieceState.Held) return "held";
        if (state == PieceState.Locked) return "locked";
        if (state == PieceState.Redeemed) return "redeemed";
        if (state == PieceState.Rejected) return "rejected";
        if (state == PieceState.Expired) return "expired";
        if (state == PieceState.Voided) return "voided";
        return "written off";
    }

    // ---------------------------------------------------------------- parts

    /// A number that is no piece's id is no piece.
    function _token(uint256 tokenId) private view returns (PieceId id, PieceWord word) {
        id = tokenId > type(uint80).max ? PieceId.wrap(0) : PieceId.wrap(uint80(tokenId));
        word = _pieces[id].word;
        if (word.state() == PieceState.None) revert PieceUnknown(id);
    }

    /// A piece whose value its owner has accepted, and nobody paid.
    function _isToken(PieceWord word) private pure returns (bool) {
        return word.state() == PieceState.Held;
    }
}
