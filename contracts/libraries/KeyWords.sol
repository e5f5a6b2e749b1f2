// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// Whose a key is in one storage word, lowest bits first: `party u32 | epoch u8 | formerParty u32 | formerEpoch u8 | cancelsUntil u40`. It
/// counts only in that epoch of the party, so that a recovery ends all keys of a party with one write. The first two are 0 once the key is
/// removed; the others are what is left to it then, and 0 before.
type KeyWord is uint256;

using KeyWords for KeyWord global;

/// @notice Reads a key's word.
library KeyWords {
    uint256 private constant EPOCH_SHIFT = 32;
    uint256 private constant FORMER_PARTY_SHIFT = 40;
    uint256 private constant FORMER_EPOCH_SHIFT = 72;
    uint256 private constant CANCELS_UNTIL_SHIFT = 80;

    function pack(PartyId party_, uint8 epoch_) internal pure returns (KeyWord) {
        return KeyWord.wrap(uint256(PartyId.unwrap(party_)) | (uint256(epoch_) << EPOCH_SHIFT));
    }

    /// Of a key that was removed.
    function packRemoved(PartyId formerParty_, uint8 formerEpoch_, uint40 cancelsUntil_) internal pure returns (KeyWord) {
        return KeyWord.wrap(
            (uint256(PartyId.unwrap(formerParty_)) << FORMER_PARTY_SHIFT) | (uint256(formerEpoch_) << FORMER_EPOCH_SHIFT)
                | (uint256(cancelsUntil_) << CANCELS_UNTIL_SHIFT)
        );
    }

    // The casts cut off exactly the neighbouring field.

    function party(KeyWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(KeyWord.unwrap(self)));
    }

    function epoch(KeyWord self) internal pure returns (uint8) {
        return uint8(KeyWord.unwrap(self) >> EPOCH_SHIFT);
    }

    /// The party that it was removed from.
    function formerParty(KeyWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(KeyWord.unwrap(self) >> FORMER_PARTY_SHIFT));
    }

    function formerEpoch(KeyWord self) internal pure returns (uint8) {
        return uint8(KeyWord.unwrap(self) >> FORMER_EPOCH_SHIFT);
    }

    /// The last unix second in which it may take an announcement of that party back.
    function cancelsUntil(KeyWord self) internal pure returns (uint40) {
        return uint40(KeyWord.unwrap(self) >> CANCELS_UNTIL_SHIFT);
    }
}
