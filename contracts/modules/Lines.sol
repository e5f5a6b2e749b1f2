// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ILedgerModule} from "../interfaces/ILedgerParts.sol";
import {ILines} from "../interfaces/ILines.sol";
import {BackerWord, BackerWords} from "../libraries/BackerWords.sol";
import {FinancingWord} from "../libraries/FinancingWords.sol";
import {GroupCapWord} from "../libraries/GroupCapWords.sol";
import {IssuerWord} from "../libraries/IssuerWords.sol";
import {LineTermsWord, LineTermsWords} from "../libraries/LineTermsWords.sol";
import {LineWord, LineWords} from "../libraries/LineWords.sol";
import {PromiseWord} from "../libraries/PromiseWords.sol";
import {LineId, PartyId, lineOf} from "../types/Identifiers.sol";
import {BANK, CORE_ENTERPRISE} from "../types/Roles.sol";
import {WHOLE_BASIS_POINTS, WIDEST_UTC_OFFSET} from "../types/Units.sol";
import {LedgerModule} from "./LedgerModule.sol";

/// @notice See `ILines`.
contract Lines is ILines, LedgerModule {
    uint8 private constant LINES_A_BANK = 32;
    uint8 private constant BACKERS_A_LINE = 16;

    constructor(Wiring memory wiring) LedgerModule(wiring) {}

    /// @inheritdoc ILedgerModule
    function selectors() external pure returns (bytes4[] memory list) {
        list = new bytes4[](17);
        list[0] = ILines.grantLine.selector;
        list[1] = ILines.setLineLimit.selector;
        list[2] = ILines.freeExpiredLine.selector;
        list[3] = ILines.suspendLine.selector;
        list[4] = ILines.resumeLine.selector;
        list[5] = ILines.setFinancingLimit.selector;
        list[6] = ILines.reviewTenor.selector;
        list[7] = ILines.setGroupCap.selector;
        list[8] = ILines.recount.selector;
        list[9] = ILines.shareLine.selector;
        list[10] = ILines.joinLine.selector;
        list[11] = ILines.backersOf.selector;
        list[12] = ILines.shareOf.selector;
        list[13] = ILines.shareOfferOf.selector;
        list[14] = ILines.groupCapWord.selector;
        list[15] = ILines.promiseWord.selector;
        list[16] = ILines.tenorReviewOf.selector;
    }

    // ---------------------------------------------------------------- lines

    /// @inheritdoc ILines
    function grantLine(
        PartyId issuer,
        uint64 limitMinor,
        uint8 currency,
        uint16 expiryDay,
        int8 utcOffsetQuarterHours,
        uint8 calendar
    ) external returns (LineId id) {
        PartyId bank = _requireBank();
        (, uint16 roles) = _participants.active(issuer);
        if (roles & CORE_ENTERPRISE == 0) revert RoleMissing(issuer, CORE_ENTERPRISE);
        if (currency == 0) revert CurrencyMissing();
        if (utcOffsetQuarterHours > WIDEST_UTC_OFFSET || utcOffsetQuarterHours < -WIDEST_UTC_OFFSET) {
            revert TimeZoneUnknown(utcOffsetQuarterHours);
        }
        id = _nextLine(bank, issuer);
        uint16 today = _today(utcOffsetQuarterHours);
        if (today > expiryDay) revert LineExpired(id, expiryDay, today);

        _raisePromise(bank, issuer, currency, 0, limitMinor);
        _lines[id].word = LineWords.pack(limitMinor, expiryDay, currency, utcOffsetQuarterHours);
        _lineTerms[id] = LineTermsWords.pack(bank, calendar);
        emit LineGranted(id, bank, issuer, limitMinor, currency, expiryDay, utcOffsetQuarterHours, calendar);
    }

    /// Counts one more line of the issuer, and of the bank with it: no bank may use an issuer's number up against the others.
    function _nextLine(PartyId bank, PartyId issuer) private returns (LineId) {
        IssuerWord record = _issuers[issuer];
        uint8 lineCount = record.lineCount();
        uint8 bankLineCount = _lineCounts[bank][issuer];
        if (lineCount == type(uint8).max || bankLineCount == LINES_A_BANK) revert TooManyLines(issuer);
        _issuers[issuer] = record.withLine();
        _lineCounts[bank][issuer] = bankLineCount + 1;
        return lineOf(issuer, lineCount + 1);
    }

    /// @inheritdoc ILines
    function setLineLimit(LineId id, uint64 limitMinor) external {
        LineWord word = _requireOwnLine(id);
        uint64 formerMinor = word.limitMinor();
        if (limitMinor <= formerMinor) {
            _lowerLimit(id, word, limitMinor);
            return;
        }
        LineTermsWord terms = _lineTerms[id];
        if (terms.backerCount() != 0) revert LimitShared(id, formerMinor, limitMinor);
        _raisePromise(terms.bank(), id.issuer(), word.currency(), formerMinor, limitMinor);
        _lines[id].word = word.withLimit(limitMinor);
        emit LineLimitChanged(id, limitMinor);
    }

    /// @inheritdoc ILines
    function freeExpiredLine(LineId id) external {
        LineWord word = _knownLine(id);
        uint16 today = _today(word.utcOffsetQuarterHours());
        if (today <= word.expiryDay()) revert LineNotExpired(id, word.expiryDay(), today);
        _lowerLimit(id, word, 0);
    }

    /// Lowers a limit to what is asked or what is used and allotted, whichever is more, and with it what each of the line's banks promised.
    function _lowerLimit(LineId id, LineWord word, uint64 requestedMinor) private {
        // Both are under the limit together, so the sum fits 64 bits.
        uint64 takenMinor = word.usedMinor() + word.allottedMinor();
        uint64 newMinor = requestedMinor < takenMinor ? takenMinor : requestedMinor;
        _changeShares(id, word.currency(), word.limitMinor(), newMinor);
        _lines[id].word = word.withLimit(newMinor);
        emit LineLimitChanged(id, newMinor);
    }

    /// Each of a line's banks promises its share of another limit.
    function _changeShares(LineId id, uint8 currency, uint64 formerMinor, uint64 newMinor) private {
        LineTermsWord terms = _lineTerms[id];
        uint64 formerRestMinor = formerMinor;
        uint64 newRestMinor = newMinor;
        for (uint256 i = 0; i < terms.backerCount(); ++i) {
            BackerWord backer = _backers[id][i];
            uint64 formerShareMinor = backer.shareDown(formerMinor);
            uint64 newShareMinor = backer.shareDown(newMinor);
            formerRestMinor -= formerShareMinor;
            newRestMinor -= newShareMinor;
            _changePromise(backer.bank(), id.issuer(), currency, formerShareMinor, newShareMinor);
        }
        // What rounding leaves to the granting bank may be a few minor units more than before, which must not keep a limit up.
        _changePromise(terms.bank(), id.issuer(), currency, formerRestMinor, newRestMinor);
    }

    /// @inheritdoc ILines
    function suspendLine(LineId id) external {
        LineWord word = _knownLine(id);
        // A suspended or expired bank as well: somebody else's suspension must not keep its line open.
        PartyId caller = _participants.identified(_msgSender());
        PartyId bank = _lineTerms[id].bank();
        if (caller != bank) revert NotTheBank(id, bank, caller);
        if (word.status() != LineWords.OPEN) revert LineNotOpen(id);
        _lines[id].word = word.withStatus(LineWords.SUSPENDED);
        emit LineSuspended(id);
    }

    /// @inheritdoc ILines
    function resumeLine(LineId id) external {
        LineWord word = _requireOwnLine(id);
        if (word.status() != LineWords.SUSPENDED) revert LineNotSuspended(id);
        _lines[id].word = word.withStatus(LineWords.OPEN);
        emit LineResumed(id);
    }

    /// @inheritdoc ILines
    function setFinancingLimit(PartyId issuer, uint8 currency, uint64 limitMinor) external {
        PartyId bank = _requireBank();
        // A suspended issuer counts as well: its bank must be able to lower the limit.
        if (_participants.party(issuer).roles & CORE_ENTERPRISE == 0) revert RoleMissing(issuer, CORE_ENTERPRISE);
        if (currency == 0) revert CurrencyMissing();
        FinancingWord word = _financing[bank][issuer][currency];
        uint64 financedMinor = word.financedMinor();
        uint64 newMinor = limitMinor < financedMinor ? financedMinor : limitMinor;
        uint64 formerMinor = word.limitMinor();
        if (newMinor > formerMinor) _raisePromise(bank, issuer, currency, formerMinor, newMinor);
        else _changePromise(bank, issuer, currency, formerMinor, newMinor);
        _financing[bank][issuer][currency] = word.withLimit(newMinor);
        emit FinancingLimitSet(bank, issuer, currency, newMinor);
    }

    /// @inheritdoc ILines
    function reviewTenor(LineId id, uint16 maturityDay, bytes32 justification) external {
        _requireOwnLine(id);
        if (justification == bytes32(0)) revert JustificationMissing(id, maturityDay);
        _tenorReviews[id][maturityDay] = justification;
        emit TenorReviewed(id, maturityDay, justification);
    }

    function _requireOwnLine(LineId id) private view returns (LineWord word) {
        word = _knownLine(id);
        (PartyId caller,,) = _participants.actor(_msgSender());
        PartyId bank = _lineTerms[id].bank();
        if (caller != bank) revert NotTheBank(id, bank, caller);
    }

    // ---------------------------------------------------------------- group caps

    /// @inheritdoc ILines
    function setGroupCap(uint24 group, uint8 currency, uint64 capMinor) external {
        PartyId bank = _requireBank();
        if (group == 0) revert GroupMissing();
        if (currency == 0) revert CurrencyMissing();
        _groupCaps[bank][group][currency] = _groupCaps[bank][group][currency].withCap(capMinor);
        emit GroupCapSet(bank, group, currency, capMinor);
    }

    /// @inheritdoc ILines
    function recount(PartyId bank, PartyId issuer, uint8 currency) external {
        _recounted(bank, issuer, currency);
    }

    /// What a bank promised to an issuer, counted under the issuer's present group.
    function _recounted(PartyId bank, PartyId issuer, uint8 currency) private returns (PromiseWord word) {
        word = _promises[bank][issuer][currency];
        uint24 former = word.group();
        uint24 present = _participants.groupOf(issuer);
        if (present == former) return word;
        uint128 promisedMinor = word.promisedMinor();
        if (former != 0) _groupCaps[bank][former][currency] = _groupCaps[bank][former][currency].withLess(promisedMinor);
        if (present != 0) _groupCaps[bank][present][currency] = _groupCaps[bank][present][currency].withMore(promisedMinor);
        word = word.withGroup(present);
        _promises[bank][issuer][currency] = word;
        emit PromiseRecounted(bank, issuer, currency, present, promisedMinor);
    }

    /// A bank promises more to an issuer, within its cap on the issuer's group.
    function _raisePromise(PartyId bank, PartyId issuer, uint8 currency, uint64 formerMinor, uint64 newMinor) private {
        uint24 group = _recounted(bank, issuer, currency).group();
        GroupCapWord cap = _groupCaps[bank][group][currency];
        uint64 moreMinor = newMinor - formerMinor;
        if (cap.capMinor() != 0 && moreMinor > cap.availableMinor()) {
            revert GroupCapExceeded(bank, group, moreMinor, cap.availableMinor());
        }
        _changePromise(bank, issuer, currency, formerMinor, newMinor);
    }

    /// One part of what a bank promised to an issuer changes, whatever its cap.
    function _changePromise(PartyId bank, PartyId issuer, uint8 currency, uint64 formerMinor, uint64 newMinor) private {
        PromiseWord word = _recounted(bank, issuer, currency);
        _promises[bank][issuer][currency] = word.withChange(formerMinor, newMinor);
        uint24 group = word.group();
        if (group != 0) {
            _groupCaps[bank][group][currency] = _groupCaps[bank][group][currency].withLess(formerMinor).withMore(newMinor);
        }
    }

    // ---------------------------------------------------------------- sharing

    /// @inheritdoc ILines
    function shareLine(LineId id, PartyId bank, uint16 basisPoints) external {
        LineWord word = _requireOwnLine(id);
        (, uint16 roles) = _participants.active(bank);
        if (roles & BANK == 0) revert RoleMissing(bank, BANK);
        _requireShareable(id, word, bank, basisPoints);
        _shareOffers[id][bank] = basisPoints;
        emit LineShareOffered(id, bank, basisPoints);
    }

    /// @inheritdoc ILines
    function joinLine(LineId id, uint16 basisPoints, uint64 limitMinor) external {
        LineWord word = _knownLine(id);
        PartyId bank = _requireBank();
        uint16 offered = _shareOffers[id][bank];
        if (offered == 0 || offered != basisPoints) revert ShareNotOffered(id, bank, offered, basisPoints);
        if (word.limitMinor() != limitMinor) revert LimitMismatch(id, word.limitMinor(), limitMinor);
        LineTermsWord terms = _requireShareable(id, word, bank, basisPoints);

        BackerWord backer = BackerWords.pack(bank, basisPoints);
        uint64 shareMinor = backer.shareDown(limitMinor);
        _raisePromise(bank, id.issuer(), word.currency(), 0, shareMinor);
        _changePromise(terms.bank(), id.issuer(), word.currency(), shareMinor, 0);
        _shareOffers[id][bank] = 0;
        _backers[id][terms.backerCount()] = backer;
        _lineTerms[id] = terms.withBacker(basisPoints);
        emit LineShared(id, bank, basisPoints);
    }

    /// A bank may back a share of the line: nothing is used under it, so that nobody's exposure to what exists changes.
    function _requireShareable(LineId id, LineWord word, PartyId bank, uint16 basisPoints) private view returns (LineTermsWord terms) {
        if (word.usedMinor() != 0 || word.allottedMinor() != 0) revert LineInUse(id, word.usedMinor(), word.allottedMinor());
        terms = _lineTerms[id];
        if (bank == terms.bank()) revert AlreadyBacks(id, bank);
        for (uint256 i = 0; i < terms.backerCount(); ++i) {
            if (bank == _backers[id][i].bank()) revert AlreadyBacks(id, bank);
        }
        if (terms.backerCount() == BACKERS_A_LINE) revert TooManyBackers(id);
        uint16 availableBasisPoints = WHOLE_BASIS_POINTS - terms.sharedBasisPoints();
        if (basisPoints > availableBasisPoints) revert SharesExceeded(id, basisPoints, availableBasisPoints);
    }

    // ---------------------------------------------------------------- read

    /// @inheritdoc ILines
    function backersOf(LineId id) external view returns (PartyId[] memory banks, uint16[] memory basisPoints) {
        uint256 count = _lineTerms[id].backerCount();
        banks = new PartyId[](count);
        basisPoints = new uint16[](count);
        for (uint256 i = 0; i < count; ++i) {
            BackerWord backer = _backers[id][i];
            (banks[i], basisPoints[i]) = (backer.bank(), backer.basisPoints());
        }
    }

    /// @inheritdoc ILines
    function shareOf(LineId id, PartyId bank, uint64 amountMinor) external view returns (uint64) {
        LineTermsWord terms = _lineTerms[id];
        uint64 restMinor = amountMinor;
        for (uint256 i = 0; i < terms.backerCount(); ++i) {
            BackerWord backer = _backers[id][i];
            uint64 shareMinor = backer.shareDown(amountMinor);
            if (backer.bank() == bank) return shareMinor;
            restMinor -= shareMinor;
        }
        return terms.bank() == bank ? restMinor : 0;
    }

    /// @inheritdoc ILines
    function shareOfferOf(LineId id, PartyId bank) external view returns (uint16) {
        return _shareOffers[id][bank];
    }

    /// @inheritdoc ILines
    function groupCapWord(PartyId bank, uint24 group, uint8 currency) external view returns (GroupCapWord) {
        return _groupCaps[bank][group][currency];
    }

    /// @inheritdoc ILines
    function promiseWord(PartyId bank, PartyId issuer, uint8 currency) external view returns (PromiseWord) {
        return _promises[bank][issuer][currency];
    }

    /// @inheritdoc ILines
    function tenorReviewOf(LineId id, uint16 maturityDay) external view returns (bytes32) {
        return _tenorReviews[id][maturityDay];
    }
}
