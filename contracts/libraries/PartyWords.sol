// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// A party in one storage word, lowest bits first: `account u160 | roles u16 | status u8 | kycExpiryDay u16 | group u32 | keyCount u8 |
/// keyChanges u16`.
type PartyWord is uint256;

using PartyWords for PartyWord global;

/// @notice Reads and changes a party's word.
library PartyWords {
    uint256 private constant ROLES_SHIFT = 160;
    uint256 private constant STATUS_SHIFT = 176;
    uint256 private constant STATUS_MASK = uint256(type(uint8).max) << STATUS_SHIFT;
    uint256 private constant EXPIRY_SHIFT = 184;
    uint256 private constant EXPIRY_MASK = uint256(type(uint16).max) << EXPIRY_SHIFT;
    uint256 private constant GROUP_SHIFT = 200;
    uint256 private constant KEY_COUNT_SHIFT = 232;
    uint256 private constant KEY_COUNT_MASK = uint256(type(uint8).max) << KEY_COUNT_SHIFT;
    uint256 private constant KEY_CHANGES_SHIFT = 240;

    uint8 internal constant ACTIVE = 1;
    uint8 internal constant SUSPENDED = 2;

    function pack(address account_, uint16 roles_, uint16 kycExpiryDay_, uint32 group_) internal pure returns (PartyWord) {
        return PartyWord.wrap(
            uint256(uint160(account_)) | (uint256(roles_) << ROLES_SHIFT) | (uint256(ACTIVE) << STATUS_SHIFT)
                | (uint256(kycExpiryDay_) << EXPIRY_SHIFT) | (uint256(group_) << GROUP_SHIFT) | (uint256(1) << KEY_COUNT_SHIFT)
        );
    }

    function account(PartyWord self) internal pure returns (address) {
        return address(uint160(PartyWord.unwrap(self)));
    }

    function roles(PartyWord self) internal pure returns (uint16) {
        return uint16(PartyWord.unwrap(self) >> ROLES_SHIFT);
    }

    /// 0 no such party, 1 active, 2 suspended.
    function status(PartyWord self) internal pure returns (uint8) {
        return uint8(PartyWord.unwrap(self) >> STATUS_SHIFT);
    }

    function kycExpiryDay(PartyWord self) internal pure returns (uint16) {
        return uint16(PartyWord.unwrap(self) >> EXPIRY_SHIFT);
    }

    function group(PartyWord self) internal pure returns (uint32) {
        return uint32(PartyWord.unwrap(self) >> GROUP_SHIFT);
    }

    function keyCount(PartyWord self) internal pure returns (uint8) {
        return uint8(PartyWord.unwrap(self) >> KEY_COUNT_SHIFT);
    }

    /// Keys ever added or removed since registration; a proof that names it fits once.
    function keyChanges(PartyWord self) internal pure returns (uint16) {
        return uint16(PartyWord.unwrap(self) >> KEY_CHANGES_SHIFT);
    }

    function withStatus(PartyWord self, uint8 status_) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~STATUS_MASK) | (uint256(status_) << STATUS_SHIFT));
    }

    function withKycExpiryDay(PartyWord self, uint16 day) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~EXPIRY_MASK) | (uint256(day) << EXPIRY_SHIFT));
    }

    /// With another number of keys and one more change. The count of changes is the highest field: the addition is checked, so
    /// a party that changed its keys 65,535 times gets an arithmetic panic instead of a count that starts again.
    function withKeyCount(PartyWord self, uint8 count) internal pure returns (PartyWord) {
        return PartyWord.wrap(
            ((PartyWord.unwrap(self) & ~KEY_COUNT_MASK) | (uint256(count) << KEY_COUNT_SHIFT)) + (1 << KEY_CHANGES_SHIFT)
        );
    }
}
