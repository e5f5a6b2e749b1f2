// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// A party in one storage word, lowest bits first: `account u160 | roles u16 | status u8 | kycExpiryDay u16 | group u24 | epoch u8 |
/// keyCount u8 | keyChanges u16`.
type PartyWord is uint256;

using PartyWords for PartyWord global;

/// @notice Reads and changes a party's word.
library PartyWords {
    uint256 private constant ROLES_SHIFT = 160;
    uint256 private constant ROLES_MASK = uint256(type(uint16).max) << ROLES_SHIFT;
    uint256 private constant STATUS_SHIFT = 176;
    uint256 private constant STATUS_MASK = uint256(type(uint8).max) << STATUS_SHIFT;
    uint256 private constant EXPIRY_SHIFT = 184;
    uint256 private constant EXPIRY_MASK = uint256(type(uint16).max) << EXPIRY_SHIFT;
    uint256 private constant GROUP_SHIFT = 200;
    uint256 private constant GROUP_MASK = uint256(type(uint24).max) << GROUP_SHIFT;
    uint256 private constant EPOCH_SHIFT = 224;
    uint256 private constant KEY_COUNT_SHIFT = 232;
    uint256 private constant KEY_COUNT_MASK = uint256(type(uint8).max) << KEY_COUNT_SHIFT;
    uint256 private constant KEY_CHANGES_SHIFT = 240;
    uint256 private constant BELOW_EPOCH_MASK = (1 << EPOCH_SHIFT) - 1;

    uint8 internal constant ACTIVE = 1;
    uint8 internal constant SUSPENDED = 2;

    function pack(address account_, uint16 roles_, uint16 kycExpiryDay_, uint24 group_) internal pure returns (PartyWord) {
        return PartyWord.wrap(
            uint256(uint160(account_)) | (uint256(roles_) << ROLES_SHIFT) | (uint256(ACTIVE) << STATUS_SHIFT)
                | (uint256(kycExpiryDay_) << EXPIRY_SHIFT) | (uint256(group_) << GROUP_SHIFT) | (uint256(1) << KEY_COUNT_SHIFT)
        );
    }

    // The casts cut off exactly the neighbouring fields.

    function account(PartyWord self) internal pure returns (address) {
        return address(uint160(PartyWord.unwrap(self)));
    }

    /// With the bit ISSUANCE_STOPPED, which is no role.
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

    function group(PartyWord self) internal pure returns (uint24) {
        return uint24(PartyWord.unwrap(self) >> GROUP_SHIFT);
    }

    /// How often the party's keys were all replaced; a key of an earlier epoch is dead.
    function epoch(PartyWord self) internal pure returns (uint8) {
        return uint8(PartyWord.unwrap(self) >> EPOCH_SHIFT);
    }

    function keyCount(PartyWord self) internal pure returns (uint8) {
        return uint8(PartyWord.unwrap(self) >> KEY_COUNT_SHIFT);
    }

    /// Keys added or removed since this epoch began; a proof that names both fits once.
    function keyChanges(PartyWord self) internal pure returns (uint16) {
        return uint16(PartyWord.unwrap(self) >> KEY_CHANGES_SHIFT);
    }

    function withAccount(PartyWord self, address account_) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~uint256(type(uint160).max)) | uint160(account_));
    }

    function withRoles(PartyWord self, uint16 roles_) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~ROLES_MASK) | (uint256(roles_) << ROLES_SHIFT));
    }

    function withStatus(PartyWord self, uint8 status_) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~STATUS_MASK) | (uint256(status_) << STATUS_SHIFT));
    }

    function withKycExpiryDay(PartyWord self, uint16 day) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~EXPIRY_MASK) | (uint256(day) << EXPIRY_SHIFT));
    }

    function withGroup(PartyWord self, uint24 group_) internal pure returns (PartyWord) {
        return PartyWord.wrap((PartyWord.unwrap(self) & ~GROUP_MASK) | (uint256(group_) << GROUP_SHIFT));
    }

    /// With another number of keys and one more change. The count of changes is the highest field: the addition is checked, so
    /// a party that changed its keys 65,535 times in one epoch gets an arithmetic panic instead of a count that starts again.
    function withKeyCount(PartyWord self, uint8 count) internal pure returns (PartyWord) {
        return PartyWord.wrap(
            ((PartyWord.unwrap(self) & ~KEY_COUNT_MASK) | (uint256(count) << KEY_COUNT_SHIFT)) + (1 << KEY_CHANGES_SHIFT)
        );
    }

    /// In the next epoch, with its first key and no changes yet. Nobody comes to the end of 255 recoveries of a week each; who does
    /// gets an arithmetic panic.
    function withNextEpoch(PartyWord self) internal pure returns (PartyWord) {
        return PartyWord.wrap(
            (PartyWord.unwrap(self) & BELOW_EPOCH_MASK) | (uint256(self.epoch() + 1) << EPOCH_SHIFT) | (uint256(1) << KEY_COUNT_SHIFT)
        );
    }
}
