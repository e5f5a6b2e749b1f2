"""The rare ways of the ledger, played once on a real node: shared lines, draws, locks, holds, losses, guarantees, loans."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from eth_account import Account

from benchmarks.stage import CNY, DAY, VOUCHER, Actor, Stage
from chain.identifiers import PieceReference
from chain.issuance.messages import NO_SIGNATURE, NOBODY, FeeAgreement, FinanceOffer
from chain.issuance.roles import (
    ATTESTOR,
    BANK,
    CORE_ENTERPRISE,
    GUARANTOR,
    KEEPER,
    REGULATOR,
    SUPPLIER,
)

ORDER, RECEIPT = 2, 3
TENOR = 60
REASON = b"why".ljust(32, b"\0")
REGISTRATION = (b"registration".ljust(32, b"\0"), b"description".ljust(32, b"\0"))
LOT = sha256(b"a heap of copper").digest()


@dataclass
class Whole:
    """The stage after the story, and who was in it."""

    stage: Stage
    parties: dict[str, Actor]
    line: int


def play_whole(stage: Stage) -> Whole:
    """About a hundred transactions over four months."""
    parties = _parties(stage)
    teller = _Teller(stage, parties, _shared_line(stage, parties))
    stage.deposit_money(parties["BANK"], [parties[name] for name in ("BANK", "SECOND", "ISSUER", "GUARANTOR", "ONE", "TWO")],
                        100_000_000)  # fmt: skip
    teller.draw()
    teller.sell()
    teller.hold()
    teller.credit()
    teller.lend()
    teller.fulfil()
    teller.change()
    due = teller.promise()
    stage.let_days_pass(TENOR + 1)
    teller.settle(due)
    return Whole(stage, parties, teller.line)


def _parties(stage: Stage) -> dict[str, Actor]:
    account_bank = stage.party("whole account bank", BANK)
    roles = {
        "BANK": BANK, "SECOND": BANK, "ISSUER": CORE_ENTERPRISE, "ONE": SUPPLIER, "TWO": SUPPLIER, "THREE": SUPPLIER,
        "GUARANTOR": GUARANTOR, "REGULATOR": REGULATOR, "KEEPER": KEEPER, "ATTESTOR": ATTESTOR,
    }  # fmt: skip
    parties = {name: stage.party(f"whole {name}", bits, account_bank.number) for name, bits in roles.items()}
    return parties | {"ACCOUNT BANK": account_bank}


def _shared_line(stage: Stage, parties: dict[str, Actor]) -> int:
    bank, second, issuer = (parties[name] for name in ("BANK", "SECOND", "ISSUER"))
    line = stage.line(bank, issuer, 50_000_000, 10_000_000)
    stage.act(bank, "CreditLedger", "shareLine", line, second.number, 2_500)
    stage.act(second, "CreditLedger", "joinLine", line, 2_500, 50_000_000)
    stage.act(second, "CreditLedger", "setFinancingLimit", issuer.number, CNY, 10_000_000)
    return line


class _Teller:
    """One method a part of the story."""

    def __init__(self, stage: Stage, parties: dict[str, Actor], line: int) -> None:
        self.stage = stage
        self.line = line
        self._parties = parties

    def __getattr__(self, name: str) -> Actor:
        """Parties by their names in lower case: ``self.one``."""
        return self._parties[name.upper().replace("_", " ")]

    def _do(self, actor: Actor, function: str, *arguments: Any) -> Any:
        return self.stage.act(actor, "CreditLedger", function, *arguments)

    def _named(self, piece: int) -> int:
        return self.stage.named(piece)[0]

    def _issued(self, amount: int, holder: Actor | None = None, recourse: bool = False) -> int:
        """A piece that a supplier of the issuer's holds."""
        holder = holder or self.one
        evidence = self.stage.confirm(self.issuer, holder, amount)
        legs = [self.stage.leg(holder, amount, evidence)]
        receipt = self._do(self.issuer, "issue", self.line, VOUCHER, self.stage.today() + TENOR, recourse, legs)
        (piece,) = self.stage.pieces(receipt)
        self._do(holder, "accept", [self._named(piece)])
        return piece

    def _passed(self, giver: Actor, piece: int, recipient: Actor, amount: int) -> int:
        leg = self.stage.leg(recipient, amount, self.stage.confirm(giver, recipient, amount))
        (made,) = self.stage.pieces(self._do(giver, "transfer", self._named(piece), [leg]))
        self._do(recipient, "accept", [self._named(made)])
        return made

    # --- parts of the story ----------------------------------------------------------------------------------------

    def draw(self) -> None:
        """A limit travels two suppliers ahead, and comes back as paper; parts of it are revoked and expire."""
        last = self.stage.today() + 40
        allot = self._do(self.issuer, "allot", self.line, self.one.number, 900_000, last, (VOUCHER, TENOR, False))
        (first,) = self._told(allot, "Allotted", "allotment")
        passed = self._do(self.one, "passAllotment", first, self.two.number, 400_000, last)
        (second,) = self._told(passed, "AllotmentPassed", "allotment")
        again = self._do(self.one, "passAllotment", first, self.three.number, 50_000, last)
        (third,) = self._told(again, "AllotmentPassed", "allotment")
        hops = [self.stage.confirm(self.issuer, self.one, 150_000), self.stage.confirm(self.one, self.two, 150_000)]
        leg = self.stage.leg(self.three, 150_000, self.stage.confirm(self.two, self.three, 150_000))
        maturity = self.stage.today() + TENOR
        drawn = self._do(self.two, "draw", second, VOUCHER, maturity, False, hops, leg)
        *_, piece = self.stage.pieces(drawn)
        self._do(self.three, "accept", [self._named(piece)])
        self._do(self.one, "revoke", third)
        self._do(self.issuer, "revoke", first)

    def sell(self) -> None:
        """For cash with the piece, where another bears the fee; and for cash off chain: confirmed, attested, given up."""
        piece = self._issued(1_000_000)
        offer = self._offer(self.bank, piece, 300_000, 294_000, fee_payer=self.issuer.number)
        by_bank = self._signed_offer(self.bank, offer)
        agreement = FeeAgreement(self.issuer.number, offer)
        by_issuer = self._signature(self.issuer, "FeeAgreement", agreement.message())
        self._do(self.one, "finance", offer.values(), by_bank, by_issuer, 300_000)
        for end in ("confirmed", "attested", "released", "unlocked"):
            offer = self._offer(self.second, piece, 100_000, 99_000, token=NOBODY)
            deadline = self.stage.now() + DAY
            locked = self._do(
                self.one, "lock", offer.values(), self._signed_offer(self.second, offer), NO_SIGNATURE, 99_000, deadline
            )
            (sold,) = self.stage.pieces(locked)
            if end == "confirmed":
                self._do(self.one, "confirmReceipt", self._named(sold))
            elif end == "attested":
                self._do(self.account_bank, "attestReceipt", self._named(sold), REASON)
                self.stage.let_days_pass(3)
                self._do(self.three, "complete", self._named(sold))
            elif end == "released":
                self._do(self.second, "releaseLock", self._named(sold))
            else:
                self.stage.let_days_pass(2)
                self._do(self.three, "unlock", self._named(sold))

    def hold(self) -> None:
        """Disputed and settled; held by a court, a piece of two, and an obligation as a whole."""
        piece, other = self._issued(200_000), self._issued(70_000)
        child = self._passed(self.one, piece, self.two, 80_000)
        self._do(self.two, "dispute", [self._named(child)], REASON)
        self._do(self.two, "endDispute", [self._named(child)])
        self._do(self.one, "dispute", [self._named(child)], REASON)
        self._do(self.regulator, "holdByCourt", [self._named(piece)], REASON)
        maturity = PieceReference.from_chain(self._named(other)).maturity_day
        self._do(self.regulator, "holdObligationByCourt", other >> 16, maturity, REASON)
        third = self._issued(60_000)
        self._do(self.regulator, "holdByCourt", [self._named(third)], REASON)
        self._do(self.regulator, "releaseByCourt", [self._named(third)], REASON)

    def credit(self) -> None:
        """Goods come back: both sides sign a note, and what the invoice no longer backs is held."""
        piece = self._issued(90_000)
        evidence = PieceReference.from_chain(self._named(piece)).evidence
        identity = self._identity(evidence)
        note = (
            sha256(b"note").digest(), sha256(b"note").digest(), evidence, identity, 40_000, CNY, self.issuer.number,
            self.one.number,
        )  # fmt: skip
        message = dict(
            zip(
                ("identity", "digest", "evidence", "evidenceIdentity", "amountMinor", "currency", "buyer", "seller"),
                note, strict=True,
            )
        )  # fmt: skip
        signatures = [self._signature(actor, "CreditNote", message) for actor in (self.issuer, self.one)]
        self.stage.act(self.stage.operator, "TradeRegistry", "credit", note, *signatures)
        self._do(self.three, "holdReturned", evidence, [self._named(piece)])

    def lend(self) -> None:
        """On goods in store: drawn, repaid in part, and resting on the invoice that sells them."""
        act, keeper = self.stage.act, self.keeper
        act(keeper, "Warehouse", "measure", LOT, self.one.number, 1_000)
        act(self.attestor, "Warehouse", "confirmMeasurement", LOT, 1_000)
        document = self._document(keeper, self.one, 500_000, RECEIPT, lot=LOT)
        identity = self._identity(document)
        act(keeper, "Warehouse", "issueReceipt", LOT, identity, 600, self.one.number)
        offer = self._loan_offer(RECEIPT, 1, document, identity, twice=True)
        loan, name = self._opened(offer)
        act(self.one, "Loans", "draw", loan, name, 200_000)
        act(self.one, "Loans", "repay", loan, name, 50_000, document, self.stage.token)
        invoice = self._document(self.two, self.one, 180_000, 1, lot=LOT)
        consent = (loan, name, self._identity(invoice), self.stage.now() + DAY)
        fields = ("loan", "offerHash", "invoiceIdentity", "validUntil")
        signed = self._signature(self.bank, "SaleConsent", dict(zip(fields, consent, strict=True)))
        act(self.one, "Loans", "assignSale", *consent, signed)
        act(self.two, "Loans", "payFromSale", loan, name, 60_000, self.stage.token)

    def fulfil(self) -> None:
        """On an order, which an invoice fulfils; the invoice carries what the order was used for."""
        order = self._document(self.two, self.one, 300_000, ORDER, delivery=False)
        identity = self._identity(order)
        loan, name = self._opened(self._loan_offer(ORDER, 0, order, identity))
        self.stage.act(self.one, "Loans", "draw", loan, name, 120_000)
        invoice = self._document(self.two, self.one, 250_000, 1, order=identity, attestor=self.attestor)
        self.stage.act(self.one, "Loans", "repay", loan, name, 30_000, invoice, self.stage.token)

    def change(self) -> None:
        """An account changes after three days, and a company that lost its keys gets others after seven."""
        act = self.stage.act
        another = Actor("another account", Account.from_key(sha256(b"whole:another account").digest()))
        until = self.stage.now() + 3_600
        _, agreed = self.stage.signed(
            another, "Participants", "AccountJoin", (self.three.number, another.address, until)
        )
        act(self.three, "Participants", "proposeAccount", another.address, self.account_bank.number, until, agreed)
        self.stage.let_days_pass(4)
        act(self.one, "Participants", "applyAccountChange", self.three.number)
        account = Account.from_key(sha256(b"whole:recovered").digest())
        joining = Actor("recovered", account)
        _, proof = self.stage.signed(joining, "Participants", "KeyJoin", (self.three.number, account.address, 1, 0))
        act(self.account_bank, "Participants", "proposeRecovery", self.three.number, account.address, proof)
        act(self.stage.operator, "Participants", "approveRecovery", self.three.number, account.address)
        self.stage.let_days_pass(8)
        act(self.one, "Participants", "finishRecovery", self.three.number)
        self._parties["THREE"] = Actor("three", account, self.three.number)

    def promise(self) -> dict[str, int]:
        """What falls due at the end: guaranteed, with recourse, passed on."""
        plain, backed = self._issued(400_000), self._issued(600_000, recourse=True)
        terms = PieceReference.from_chain(self._named(backed))
        self._do(self.guarantor, "guarantee", backed >> 16, terms.maturity_day, 3_000)
        far = self._passed(self.one, backed, self.two, 500_000)
        early = self._issued(40_000)
        agreement = (
            *_taken_apart(self._named(early)), 40_000, 39_500, self.stage.token, 0, self.stage.now() + DAY,
        )  # fmt: skip
        fields = (
            "piece", "parentIndex", "evidence", "maturityDay", "amountMinor", "priceMinor", "cashToken", "childCount",
            "validUntil",
        )  # fmt: skip
        signed = self._signature(self.one, "EarlyRedemption", dict(zip(fields, agreement, strict=True)))
        self._do(self.issuer, "redeemEarly", (self._named(early), *agreement[4:]), signed)
        return {"plain": plain, "far": far, "backed": backed}

    def settle(self, due: dict[str, int]) -> None:
        """Paid in parts, on chain and off; overdue, paid by others, given up, made good in part."""
        plain, far, backed = (self._named(due[name]) for name in ("plain", "far", "backed"))
        token = self.stage.token
        self._do(self.issuer, "payPart", plain, 100_000, token)
        self._do(self.one, "confirmPayment", plain, 50_000, REASON)
        self._do(self.account_bank, "attestPayment", plain, 70_000, REASON)
        self.stage.let_days_pass(3)
        self._do(self.three, "completePayment", plain)
        self._do(self.three, "markOverdue", due["backed"] >> 16)
        self._do(self.guarantor, "payAsGuarantor", far, 150_000, token, *REGISTRATION)
        self._do(self.two, "claimRecourse", far, due["backed"])
        self._do(self.one, "payRecourse", far, due["backed"], 200_000, token, *REGISTRATION)
        self._do(self.two, "writeOff", far, REASON)
        self._do(self.one, "writeOff", backed, REASON)
        # By orders that the operator sends together; one of them fails, which the other does not mind.
        orders = [
            self.stage.order(self.issuer, "CreditLedger", "makeGood", [backed], token, nonce=1),
            self.stage.order(self.issuer, "CreditLedger", "makeGood", [backed], token, nonce=2),
        ]
        self.stage.act(
            self.stage.operator, "SignedOrders", "executeBatch", [o for o, _ in orders], [s for _, s in orders]
        )

    # --- parts -----------------------------------------------------------------------------------------------------

    def _told(self, receipt: Any, name: str, argument: str) -> list[Any]:
        events = self.stage.contracts.decode_logs(receipt["logs"])
        return [event.arguments[argument] for event in events if event.name == name]

    def _offer(
        self, bank: Actor, piece: int, amount: int, price: int, token: str | None = None, fee_payer: int = 0
    ) -> FinanceOffer:  # fmt: skip
        children = self.stage.fields("LedgerReader", "piece", piece)["childCount"]
        return FinanceOffer(
            piece=PieceReference.from_chain(self._named(piece)), child_count=children, amount_minor=amount,
            price_minor=price, annual_rate_micros=0, day_count_basis=0, fee_payer=fee_payer, bank=bank.number,
            cash_token=token or self.stage.token, valid_until=self.stage.now() + DAY,
            registration_number=REGISTRATION[0], description_hash=REGISTRATION[1],
        )  # fmt: skip

    def _signed_offer(self, bank: Actor, offer: FinanceOffer) -> tuple[str, bytes]:
        return self._signature(bank, "FinanceOffer", offer.message())

    def _signature(self, actor: Actor, struct: str, message: dict[str, Any]) -> tuple[str, bytes]:
        elsewhere = {"CreditNote": "TradeRegistry", "LoanOffer": "Loans", "SaleConsent": "Loans"}
        contract = elsewhere.get(struct, "CreditLedger")
        return self.stage.signed_message(actor, contract, struct, message)

    def _document(
        self, buyer: Actor, seller: Actor, face: int, kind: int, *, lot: bytes = bytes(32), order: bytes = bytes(32),
        attestor: Actor | None = None, delivery: bool = True,
    ) -> int:  # fmt: skip
        paper = sha256(f"whole:{kind}:{face}:{buyer.number}".encode()).digest()
        day = self.stage.today() - 1 if delivery else 0
        confirmation = (
            paper, paper, kind, face, CNY, buyer.number, seller.number, day, lot, order,
            attestor.number if attestor else 0,
        )  # fmt: skip
        signatures = [
            self.stage.signed(actor, "TradeRegistry", "Confirmation", confirmation) if actor else NO_SIGNATURE
            for actor in (buyer, attestor)
        ]
        self.stage.act(
            self.stage.operator, "TradeRegistry", "register", [confirmation], signatures[:1], signatures[1:]
        )  # fmt: skip
        return int(self.stage.read("TradeRegistry", "evidenceCount"))

    def _identity(self, evidence: int) -> bytes:
        logs = self.stage.web3.eth.get_logs(
            {"fromBlock": 0, "address": self.stage.contracts.addresses["TradeRegistry"]}  # type: ignore[typeddict-item]
        )
        told = {
            event.arguments["evidence"]: event.arguments["identity"]
            for event in self.stage.contracts.decode_logs(logs)
            if event.name == "EvidenceRegistered"
        }
        return bytes.fromhex(told[evidence][2:])

    def _loan_offer(
        self, kind: int, receipt: int, document: int, identity: bytes, twice: bool = False
    ) -> tuple[Any, ...]:
        return (
            kind, receipt, document, identity, self.one.number, self.bank.number, 250_000, CNY, self.stage.token, 60_000,
            360, self.stage.today() + 90, 32, self.stage.now() + DAY, twice, *REGISTRATION, kind,
        )  # fmt: skip

    def _opened(self, offer: tuple[Any, ...]) -> tuple[int, bytes]:
        """(loan, hash of its offer)"""
        names = (
            "kind", "receipt", "evidence", "evidenceIdentity", "borrower", "bank", "limitMinor", "currency", "cashToken",
            "annualRateMicros", "dayCountBasis", "maturityDay", "utcOffsetQuarterHours", "validUntil", "twiceMeasured",
            "registrationNumber", "descriptionHash", "nonce",
        )  # fmt: skip
        signature = self._signature(self.bank, "LoanOffer", dict(zip(names, offer, strict=True)))
        receipt = self.stage.act(self.one, "Loans", "open", offer, signature)
        (loan,), (name,) = self._told(receipt, "LoanOpened", "loan"), self._told(receipt, "LoanOpened", "offerHash")
        return loan, bytes.fromhex(name[2:])


def _taken_apart(reference: int) -> tuple[int, int, int, int]:
    named = PieceReference.from_chain(reference)
    return named.piece.chain, named.parent_index, named.evidence, named.maturity_day
