// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerParts} from "./ILedgerParts.sol";

/// @title Pieces as explorers and wallets see them
/// @notice Read functions of ERC-721 and ERC-3525, with an on-chain JSON description. A token is a piece that is accepted and unpaid; its number is the
/// piece's id, its slot the obligation's.
///
/// Pieces do not move by these standards' functions: every movement needs a trade document, or a bank's offer. Neither standard holds in
/// full, so neither's ERC-165 id is claimed; ERC-165 itself is.
interface ITokenViews is ILedgerParts {
    /// @notice ERC-165: true for ERC-165 alone.
    function supportsInterface(bytes4 interfaceId) external view returns (bool);

    /// @notice ERC-721: the account of the piece's owner. Reverts unless the piece is accepted and unpaid.
    function ownerOf(uint256 tokenId) external view returns (address);

    /// @notice ERC-3525: what is in an accepted, unpaid piece; else 0.
    function balanceOf(uint256 tokenId) external view returns (uint256);

    /// @notice ERC-3525: the piece's obligation.
    function slotOf(uint256 tokenId) external view returns (uint256);

    /// @notice ERC-721: the collection's name.
    function name() external view returns (string memory);

    /// @notice ERC-721: its short name.
    function symbol() external view returns (string memory);

    /// @notice ERC-3525. Values are whole minor units of each line's own currency, so there are none.
    function valueDecimals() external view returns (uint8);

    /// @notice ERC-721: JSON as a data address, made from storage alone. Names no enterprise, only numbers of the ledger.
    function tokenURI(uint256 tokenId) external view returns (string memory);
}
