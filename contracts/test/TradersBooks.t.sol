// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ICreditLedger} from "../interfaces/ICreditLedger.sol";
import {ILedgerParts} from "../interfaces/ILedgerParts.sol";
import {ILedgerReader} from "../interfaces/ILedgerReader.sol";
import {IParticipants} from "../interfaces/IParticipants.sol";
import {ITradeRegistry} from "../interfaces/ITradeRegistry.sol";
import {AllotmentId, EvidenceId, LineId, ObligationId, PartyId, PieceId} from "../types/Identifiers.sol";
import {Leg, PieceState, Signature} from "../types/Movements.sol";
import {BANK, GUARANTOR, KEEPER, REGULATOR, SUPPLIER} from "../types/Roles.sol";
import {World} from "./World.t.sol";

/// @notice The runner's way back to a state that it has seen.
interface Snapshots {
    function snapshotState() external returns (uint256 id);
    function revertToState(uint256 id) external returns (bool);
}

/// @notice The cast of the invariants' stories, and the books that it keeps: what each move should do, added and subtracted by hand, so
/// that the contracts are compared with something that shares no code with them.
abstract contract TradersBooks is World {
    /// A piece as its owner knows it.
    struct Paper {
        PieceId parent;
        PartyId owner;
        EvidenceId evidence;
        /// What is in it, and what was once passed to it.
        uint64 amountMinor;
        uint64 firstMinor;
        PieceState state;
        uint16 openOffers;
        uint16 childCount;
        uint16 useIndex;
        uint8 hops;
        uint8 tier;
        bool bought;
        bool payment;
        bool served;
        uint40 deadline;
        /// Of a locked piece: its seller's bank by then, and what that said.
        PartyId accountBank;
        uint40 attestedAt;
        bool contested;
        /// Of an attested payment.
        uint64 paymentMinor;
        uint40 paymentUntil;
        bool paymentContested;
        /// Holds.
        PartyId disputant;
        uint16 disputeDay;
        bool payerDisputed;
        bool ownerDisputed;
        bool returned;
        PartyId court;
    }

    struct Debt {
        uint64 faceMinor;
        uint16 maturityDay;
        uint16 pieces;
        bool overdue;
        bool recourse;
        /// Of an order on all of it, and the pieces that it found.
        PartyId court;
        uint16 courtPieces;
        bytes32 terms;
    }

    struct LineBook {
        PartyId bank;
        PartyId issuer;
        uint64 limitMinor;
        uint24 obligations;
        uint16 allotments;
        bool suspended;
        PartyId[] backers;
        uint16[] shares;
    }

    struct AllotmentBook {
        LineId line;
        PartyId holder;
        AllotmentId parent;
        uint64 leftMinor;
        uint16 expiryDay;
        uint8 depth;
        /// 1 live, 2 revoked, 3 expired.
        uint8 status;
    }

    struct Document {
        PartyId buyer;
        PartyId seller;
        uint64 faceMinor;
        uint64 usedMinor;
        uint64 creditedMinor;
        uint64 lentMinor;
        uint16 uses;
        uint8 kind;
        bool cancelled;
        bytes32 identity;
        bytes32 lot;
        EvidenceId order;
    }

    struct Surety {
        PartyId guarantor;
        uint16 basisPoints;
        uint64 paidMinor;
    }

    /// Pieces of one movement before it is sent.
    struct Draft {
        ObligationId obligation;
        PieceId parent;
        uint16 maturityDay;
        uint8 hops;
        bool recourse;
        bool signed;
        Leg[] legs;
        uint16[] useIndexes;
    }

    /// What a move looks for.
    enum Want {
        OpenOffer,
        LateOffer,
        AnyOffer,
        Movable,
        Sellable,
        Lock,
        Due,
        Overdue,
        Lost,
        Live,
        Marked,
        Early,
        Bought,
        HeldBack
    }

    error RefusedForAnotherReason(bytes4 expected, bytes found, bytes call);

    uint8 internal constant INVOICE = 1;
    uint8 internal constant ORDER = 2;
    uint8 internal constant RECEIPT = 3;
    uint16 internal constant LAST_DAY = START_DAY + 270;
    uint16 internal constant GRACE_DAYS = 3;
    uint40 internal constant CONTEST = 48 hours;

    PartyId[] internal traders;
    PartyId[] internal banks;
    PartyId[] internal issuers;
    PartyId[] internal sureties;
    PartyId[] internal everybody;
    Company internal court;
    Company internal keeper;

    mapping(PartyId => Company) internal companyOf;
    mapping(PartyId => PartyId) internal bankOf;
    mapping(PartyId => address) internal accountOf;
    mapping(PartyId => bool) internal isSuspended;
    mapping(PartyId => uint24) internal groupOf;
    mapping(PartyId => int256) internal cash;

    PieceId[] internal pieces;
    ObligationId[] internal obligations;
    LineId[] internal lineIds;
    AllotmentId[] internal allotmentIds;
    EvidenceId[] internal documentIds;
    mapping(PieceId => Paper) internal papers;
    mapping(ObligationId => Debt) internal debts;
    mapping(ObligationId => Surety[]) internal suretiesOf;
    mapping(LineId => LineBook) internal lineBooks;
    mapping(AllotmentId => AllotmentBook) internal allotmentBooks;
    mapping(EvidenceId => Document) internal documents;
    mapping(bytes32 lot => uint256) internal liensOn;
    mapping(PartyId bank_ => mapping(PartyId issuer_ => uint64)) internal financingLimit;
    mapping(PartyId bank_ => mapping(uint24 group => uint64)) internal groupCap;

    /// How much was done, and how much was tried in vain by those who may not.
    uint256 public moves;
    uint256 public refusals;

    constructor() {
        setUp();
        _know(bank);
        _know(otherBank);
        _know(issuer);
        _know(otherIssuer);
        _know(operator);
        Company memory house = _hire("house bank", BANK, PartyId.wrap(0));
        banks.push(bank.id);
        banks.push(otherBank.id);
        banks.push(house.id);
        issuers.push(issuer.id);
        issuers.push(otherIssuer.id);
        // Most keep their cash at a bank that buys little; one at a bank that buys; one nowhere.
        traders.push(_hire("first trader", SUPPLIER, house.id).id);
        traders.push(_hire("second trader", SUPPLIER, house.id).id);
        traders.push(_hire("third trader", SUPPLIER, house.id).id);
        traders.push(_hire("fourth trader", SUPPLIER, bank.id).id);
        traders.push(_hire("fifth trader", SUPPLIER, PartyId.wrap(0)).id);
        traders.push(otherIssuer.id);
        sureties.push(_hire("guarantor", GUARANTOR, house.id).id);
        sureties.push(_hire("other guarantor", GUARANTOR, house.id).id);
        court = _hire("court", REGULATOR, PartyId.wrap(0));
        keeper = _hire("keeper", KEEPER, PartyId.wrap(0));
        _openLine(line, bank, issuer, LIMIT);
        _openLine(_grant(otherBank, issuer, LIMIT / 2, CNY), otherBank, issuer, LIMIT / 2);
        _openLine(_grant(bank, otherIssuer, LIMIT, CNY), bank, otherIssuer, LIMIT);
        financingLimit[bank.id][issuer.id] = LIMIT;
        _willFinance(bank.id, otherIssuer.id, LIMIT / 10);
        _willFinance(otherBank.id, issuer.id, LIMIT / 10);
        _willFinance(otherBank.id, otherIssuer.id, LIMIT / 10);
        _willFinance(house.id, issuer.id, LIMIT / 10);
        for (uint256 i = 0; i < everybody.length; ++i) {
            PartyId id = everybody[i];
            _fund(companyOf[id], money, 100 * uint256(LIMIT));
            cash[id] = int256(money.balanceOf(accountOf[id]));
        }
    }

    // ---------------------------------------------------------------- the cast

    function _hire(string memory name, uint16 roles, PartyId accountBank) internal returns (Company memory company) {
        (company.key, company.secret) = _keyOf(name);
        company.id = participants.register(company.key, company.key, roles, 0, NEVER, accountBank);
        bankOf[company.id] = accountBank;
        _know(company);
    }

    function _know(Company memory company) internal {
        companyOf[company.id] = company;
        accountOf[company.id] = company.key;
        everybody.push(company.id);
    }

    function _openLine(LineId id, Company memory grantor, Company memory of_, uint64 limitMinor) internal {
        lineIds.push(id);
        lineBooks[id].bank = grantor.id;
        lineBooks[id].issuer = of_.id;
        lineBooks[id].limitMinor = limitMinor;
    }

    function _willFinance(PartyId bank_, PartyId issuer_, uint64 limitMinor) internal {
        vm.prank(companyOf[bank_].key);
        lines.setFinancingLimit(issuer_, CNY, limitMinor);
        financingLimit[bank_][issuer_] = limitMinor;
    }

    function _nobody(PartyId id) internal pure returns (bool) {
        return PartyId.unwrap(id) == 0;
    }

    function _related(PartyId a, PartyId b) internal view returns (bool) {
        return a == b || (groupOf[a] != 0 && groupOf[a] == groupOf[b]);
    }

    function _mayTrade(PartyId buyer, PartyId seller) internal view returns (bool) {
        return !_related(buyer, seller) && !isSuspended[buyer] && !isSuspended[seller];
    }

    // ---------------------------------------------------------------- time

    function _day() internal view returns (uint16) {
        return uint16((block.timestamp + 8 hours) / 1 days);
    }

    function _startOf(uint16 day) internal pure returns (uint40) {
        return uint40(uint256(day) * 1 days - 8 hours);
    }

    // ---------------------------------------------------------------- refusals

    /// Somebody tries what must not be.
    /// @param reason the error that says so; 0 where several are right
    function _refused(address by, address target, bytes memory call, bytes4 reason) internal {
        vm.prank(by);
        (bool succeeded, bytes memory answer) = target.call(call);
        assertTrue(!succeeded, "7: a theft succeeded");
        // Who is suspended is refused for that, too.
        bool suspended = bytes4(answer) == IParticipants.ParticipantSuspended.selector && isSuspended[participants.partyOf(by)];
        if (reason != 0 && !suspended && bytes4(answer) != reason) revert RefusedForAnotherReason(reason, answer, call);
        ++refusals;
    }

    // ---------------------------------------------------------------- pieces

    function _isLive(PieceState state) internal pure returns (bool) {
        return state == PieceState.Offered || state == PieceState.Held || state == PieceState.Locked;
    }

    function _nextPiece(ObligationId id) internal view returns (PieceId) {
        return id.piece(debts[id].pieces + 1);
    }

    function _write(PieceId id, Paper memory paper) internal {
        ++debts[id.obligation()].pieces;
        paper.firstMinor = paper.amountMinor;
        papers[id] = paper;
        pieces.push(id);
        ++moves;
    }

    function _isMarked(Paper storage paper) internal view returns (bool) {
        return paper.returned || !_nobody(paper.disputant) || !_nobody(paper.court);
    }

    /// On hold: itself, what it was cut from, or all of the obligation.
    function _isHeldBack(PieceId id) internal view returns (bool) {
        if (!_nobody(debts[id.obligation()].court)) return true;
        for (; id.index() != 0; id = papers[id].parent) {
            if (_isMarked(papers[id])) return true;
        }
        return false;
    }

    /// Who is to be paid: the nearest court, unless who paid before has served it; else the court of the whole; else the owner.
    function _payeeOf(PieceId id) internal view returns (PartyId) {
        PartyId owner = papers[id].owner;
        for (PieceId next = id; next.index() != 0; next = papers[next].parent) {
            if (!_nobody(papers[next].court)) return papers[next].court;
            if (!papers[next].served) continue;
            if (next.index() > debts[id.obligation()].courtPieces) return owner;
            break;
        }
        PartyId ofAll = debts[id.obligation()].court;
        return _nobody(ofAll) ? owner : ofAll;
    }

    function _sums(ObligationId id) internal view returns (uint64 liveMinor, uint64 lostMinor) {
        for (uint16 i = 1; i <= debts[id].pieces; ++i) {
            Paper storage paper = papers[id.piece(i)];
            if (_isLive(paper.state)) liveMinor += paper.amountMinor;
            if (paper.state == PieceState.WrittenOff) lostMinor += paper.amountMinor;
        }
    }

    /// An obligation is overdue until all that is left of it was paid.
    function _cureIfPaid(ObligationId id) internal {
        (uint64 liveMinor, uint64 lostMinor) = _sums(id);
        if (liveMinor + lostMinor == 0) debts[id].overdue = false;
    }

    function _isStopped(PartyId issuer_) internal view returns (bool) {
        for (uint256 i = 0; i < obligations.length; ++i) {
            if (debts[obligations[i]].overdue && obligations[i].issuer() == issuer_) return true;
        }
        return false;
    }

    function _giveBack(PieceId id, PieceState end) internal {
        Paper storage paper = papers[id];
        Paper storage parent = papers[paper.parent];
        if (paper.state == PieceState.Locked && !_nobody(paper.court)) {
            if (_nobody(parent.court)) parent.court = paper.court;
            paper.court = PartyId.wrap(0);
        }
        parent.amountMinor += paper.amountMinor;
        --parent.openOffers;
        paper.amountMinor = 0;
        paper.state = end;
        paper.bought = false;
        ++moves;
    }

    /// The least that is paid of a piece, unless a guarantor's share covers less.
    function _leastOf(PieceId id) internal view returns (uint64) {
        uint64 leastMinor = (debts[id.obligation()].faceMinor + 99) / 100;
        return leastMinor < papers[id].amountMinor ? leastMinor : papers[id].amountMinor;
    }

    /// A crumb is tried first, and is refused.
    function _refusedCrumb(PieceId id, address by, bytes memory call) internal {
        if (_leastOf(id) > 1) _refused(by, address(ledger), call, ILedgerParts.PartTooSmall.selector);
    }

    function _passOn(PieceId id, uint64 amountMinor, uint16 children, bool offered) internal {
        papers[id].amountMinor -= amountMinor;
        papers[id].childCount += children;
        if (offered) papers[id].openOffers += children;
    }

    /// What was paid, or bought from a holder in the issuer's place, becomes a piece of its own.
    function _cutOff(PieceId id, uint64 amountMinor, PartyId owner, PieceState state, bool served) internal returns (PieceId child) {
        child = _nextPiece(id.obligation());
        Paper memory paper;
        paper.parent = id;
        paper.owner = owner;
        paper.amountMinor = amountMinor;
        paper.state = state;
        paper.hops = papers[id].hops + 1;
        paper.tier = papers[id].tier;
        paper.payment = true;
        paper.served = served;
        _passOn(id, amountMinor, 1, false);
        _write(child, paper);
    }

    function _move(PartyId from, PartyId to, uint64 amountMinor) internal {
        cash[from] -= int256(uint256(amountMinor));
        cash[to] += int256(uint256(amountMinor));
    }

    // ---------------------------------------------------------------- sums that bind banks and issuers

    function _usedOf(LineId id) internal view returns (uint64 usedMinor) {
        for (uint256 i = 0; i < obligations.length; ++i) {
            if (LineId.unwrap(obligations[i].line()) != LineId.unwrap(id)) continue;
            (uint64 liveMinor, uint64 lostMinor) = _sums(obligations[i]);
            usedMinor += liveMinor + lostMinor;
        }
    }

    function _allottedOf(LineId id) internal view returns (uint64 allottedMinor) {
        for (uint256 i = 0; i < allotmentIds.length; ++i) {
            AllotmentBook storage book = allotmentBooks[allotmentIds[i]];
            if (LineId.unwrap(book.line) == LineId.unwrap(id) && book.status == 1) allottedMinor += book.leftMinor;
        }
    }

    function _freeOf(LineId id) internal view returns (uint64) {
        return lineBooks[id].limitMinor - _usedOf(id) - _allottedOf(id);
    }

    /// What a bank holds of an issuer, or has a lock on, and what it has sold to somebody who has not yet paid.
    function _financedOf(PartyId bank_, PartyId issuer_) internal view returns (uint64 financedMinor) {
        for (uint256 i = 0; i < pieces.length; ++i) {
            if (pieces[i].issuer() != issuer_) continue;
            Paper storage paper = papers[pieces[i]];
            if (!_isLive(paper.state) || !paper.bought) continue;
            if (paper.owner == bank_) financedMinor += paper.amountMinor;
            Paper storage parent = papers[paper.parent];
            if (paper.state == PieceState.Locked && parent.bought && parent.owner == bank_) financedMinor += paper.amountMinor;
        }
    }

    function _shareOf(LineId id, PartyId bank_) internal view returns (uint256 shareMinor) {
        LineBook storage book = lineBooks[id];
        uint256 restMinor = book.limitMinor;
        for (uint256 i = 0; i < book.backers.length; ++i) {
            uint256 backedMinor = uint256(book.limitMinor) * book.shares[i] / 10_000;
            restMinor -= backedMinor;
            if (book.backers[i] == bank_) shareMinor += backedMinor;
        }
        if (book.bank == bank_) shareMinor += restMinor;
    }

    function _promisedOf(PartyId bank_, PartyId issuer_) internal view returns (uint256 promisedMinor) {
        promisedMinor = financingLimit[bank_][issuer_];
        for (uint256 i = 0; i < lineIds.length; ++i) {
            if (lineBooks[lineIds[i]].issuer == issuer_) promisedMinor += _shareOf(lineIds[i], bank_);
        }
    }

    function _groupPromisedOf(PartyId bank_, uint24 group) internal view returns (uint256 promisedMinor) {
        for (uint256 i = 0; i < issuers.length; ++i) {
            if (groupOf[issuers[i]] == group) promisedMinor += _promisedOf(bank_, issuers[i]);
        }
    }

    // ---------------------------------------------------------------- looking for something to move

    function _pick(uint256 which, Want want) internal view returns (bool, PieceId) {
        uint256 count = pieces.length;
        for (uint256 i = 0; i < count; ++i) {
            PieceId id = pieces[(which % count + i) % count];
            if (_fits(id, want)) return (true, id);
        }
        return (false, PieceId.wrap(0));
    }

    function _fits(PieceId id, Want want) internal view returns (bool) {
        Paper storage paper = papers[id];
        Debt storage debt = debts[id.obligation()];
        if (want == Want.AnyOffer) return paper.state == PieceState.Offered;
        if (want == Want.OpenOffer) return paper.state == PieceState.Offered && block.timestamp <= paper.deadline;
        if (want == Want.LateOffer) return paper.state == PieceState.Offered && block.timestamp > paper.deadline;
        if (want == Want.Lock) return paper.state == PieceState.Locked;
        if (want == Want.Lost) return paper.state == PieceState.WrittenOff;
        if (want == Want.Live) return _isLive(paper.state) && paper.amountMinor != 0;
        if (want == Want.Marked) return _isMarked(paper);
        if (paper.state != PieceState.Held || paper.amountMinor == 0) return false;
        if (want == Want.Due) return _day() >= debt.maturityDay;
        if (want == Want.Overdue) return debt.overdue;
        if (_day() >= debt.maturityDay || isSuspended[paper.owner] || _isHeldBack(id) != (want == Want.HeldBack)) return false;
        if (want == Want.HeldBack) return true;
        if (want == Want.Bought) return paper.bought;
        if (want == Want.Early) return paper.openOffers == 0;
        if (want == Want.Movable) return !paper.bought && paper.hops < 16;
        return paper.bought || !_related(paper.owner, id.issuer());
    }

    // ---------------------------------------------------------------- documents

    function _availableOf(EvidenceId id) internal view returns (uint64) {
        Document storage document = documents[id];
        uint64 gone = document.creditedMinor + document.usedMinor;
        return document.faceMinor > gone ? document.faceMinor - gone : 0;
    }

    function _excessOf(EvidenceId id) internal view returns (uint64) {
        Document storage document = documents[id];
        uint64 face = document.faceMinor > document.creditedMinor ? document.faceMinor - document.creditedMinor : 0;
        return document.usedMinor > face ? document.usedMinor - face : 0;
    }

    /// An invoice that can back this; now and then one that was used before.
    function _document(PartyId buyer, PartyId seller, uint64 amountMinor, uint8 reuse) internal returns (EvidenceId) {
        if (reuse % 3 == 0) {
            for (uint256 i = documentIds.length; i > 0; --i) {
                EvidenceId id = documentIds[i - 1];
                Document storage known = documents[id];
                if (known.kind != INVOICE || known.buyer != buyer || known.seller != seller || known.cancelled) continue;
                if (known.lot != 0 && liensOn[known.lot] != 0) continue;
                if (_availableOf(id) >= amountMinor) return id;
            }
        }
        return _makeDocument(buyer, seller, amountMinor + reuse, INVOICE, 0, 0);
    }

    function _makeDocument(PartyId buyer, PartyId seller, uint64 faceMinor, uint8 kind, bytes32 lot, bytes32 order)
        internal
        returns (EvidenceId id)
    {
        ITradeRegistry.Confirmation memory confirmation = _confirmation(companyOf[buyer], companyOf[seller], faceMinor);
        confirmation.kind = kind;
        confirmation.lot = lot;
        confirmation.order = order;
        id = _register(confirmation, companyOf[buyer]);
        documentIds.push(id);
        Document storage made = documents[id];
        (made.buyer, made.seller, made.faceMinor) = (buyer, seller, faceMinor);
        (made.kind, made.lot, made.identity) = (kind, lot, confirmation.identity);
    }

    /// A leg whose document is used in the books already.
    function _addLeg(Draft memory draft, uint256 place, PartyId payer, PartyId recipient, uint64 amountMinor, uint8 reuse) internal {
        EvidenceId evidence = _document(payer, recipient, amountMinor, reuse);
        uint40 deadline = uint40(block.timestamp + (amountMinor % 2 == 0 ? 1 hours : 40 hours));
        if (deadline >= _startOf(draft.maturityDay)) deadline = _startOf(draft.maturityDay) - 1;
        draft.legs[place] = Leg({recipient: recipient, amountMinor: amountMinor, evidence: evidence, deadline: deadline});
        draft.useIndexes[place] = documents[evidence].uses++;
        documents[evidence].usedMinor += amountMinor;
    }

    /// One leg, or two where there is enough to share.
    function _addLegs(Draft memory draft, PartyId payer, uint256 to, uint64 amountMinor, uint8 reuse) internal {
        PartyId first = traders[to % traders.length];
        PartyId other = traders[(to % traders.length + 1) % traders.length];
        bool two = amountMinor > 1 && to % 3 == 0 && other != draft.obligation.issuer() && _mayTrade(payer, other);
        draft.legs = new Leg[](two ? 2 : 1);
        draft.useIndexes = new uint16[](draft.legs.length);
        uint64 otherMinor = two ? amountMinor / 2 : 0;
        _addLeg(draft, 0, payer, first, amountMinor - otherMinor, reuse);
        if (two) _addLeg(draft, 1, payer, other, otherMinor, reuse);
    }

    function _acceptances(Draft memory draft) internal view returns (Signature[] memory signatures) {
        signatures = new Signature[](draft.legs.length);
        for (uint256 i = 0; i < signatures.length; ++i) {
            Leg memory leg = draft.legs[i];
            signatures[i] = _signed(
                companyOf[leg.recipient],
                _acceptanceDigest(
                    ICreditLedger.Acceptance({
                        obligation: draft.obligation,
                        parent: draft.parent,
                        maturityDay: draft.maturityDay,
                        instrument: VOUCHER,
                        recourse: draft.recourse,
                        evidence: leg.evidence,
                        evidenceUseCount: draft.useIndexes[i],
                        amountMinor: leg.amountMinor,
                        recipient: leg.recipient,
                        deadline: leg.deadline
                    })
                )
            );
        }
    }

    /// The pieces that a movement made.
    function _record(Draft memory draft) internal {
        for (uint256 i = 0; i < draft.legs.length; ++i) {
            Paper memory paper;
            paper.parent = draft.parent;
            paper.owner = draft.legs[i].recipient;
            paper.evidence = draft.legs[i].evidence;
            paper.amountMinor = draft.legs[i].amountMinor;
            paper.deadline = draft.legs[i].deadline;
            paper.useIndex = draft.useIndexes[i];
            paper.state = draft.signed ? PieceState.Held : PieceState.Offered;
            paper.hops = draft.hops;
            paper.tier = draft.hops;
            _write(_nextPiece(draft.obligation), paper);
        }
    }

    /// An obligation that was just issued.
    function _recordDebt(Draft memory draft, LineId id, uint64 faceMinor) internal {
        ++lineBooks[id].obligations;
        obligations.push(draft.obligation);
        debts[draft.obligation].faceMinor = faceMinor;
        debts[draft.obligation].maturityDay = draft.maturityDay;
        debts[draft.obligation].recourse = draft.recourse;
        debts[draft.obligation].terms = _termsNow(draft.obligation);
    }

    /// What must never change.
    function _termsNow(ObligationId id) internal view returns (bytes32) {
        ILedgerReader.Obligation memory o = reader.obligation(id);
        bytes memory amounts = abi.encode(o.issuer, o.line, o.faceMinor, o.maturityDay, o.maxPieces, o.maxHops, o.graceDays);
        return keccak256(
            bytes.concat(
                amounts,
                abi.encode(o.rulebookVersion, o.instrument, o.currency, o.utcOffsetQuarterHours, o.recourse, o.attestedOnly)
            )
        );
    }
}
