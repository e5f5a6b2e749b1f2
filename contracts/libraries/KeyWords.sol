// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {PartyId} from "../types/Identifiers.sol";

/// Whose a key is in one storage word, lowest bits first: `party u32 | epoch u8`. It counts only in that epoch of the party, so that a
/// recovery ends all keys of a party with one write.
type KeyWord is uint256;

using KeyWords for KeyWord global;

/// @notice Reads a key's word.
library KeyWords {
    uint256 private constant EPOCH_SHIFT = 32;

    function pack(PartyId party_, uint8 epoch_) internal pure returns (KeyWord) {
        return KeyWord.wrap(uint256(PartyId.unwrap(party_)) | (uint256(epoch_) << EPOCH_SHIFT));
    }

    // The casts cut off exactly the neighbouring field.

    function party(KeyWord self) internal pure returns (PartyId) {
        return PartyId.wrap(uint32(KeyWord.unwrap(self)));
    }

    function epoch(KeyWord self) internal pure returns (uint8) {
        return uint8(KeyWord.unwrap(self) >> EPOCH_SHIFT);
    }
}
