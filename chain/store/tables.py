"""All tables. Amounts are integer minor units; times are unix seconds of the chain's clock unless they say otherwise."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# --- documents ---------------------------------------------------------------------------------------------------

files = Table(
    "files",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("path", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("enterprise", Text),
    Column("read", Boolean, nullable=False),
    Column("format", String(64), nullable=False),
    Column("ingested_at", BigInteger, nullable=False),
    Column("mapping", String(64)),
    UniqueConstraint("path", "sha256"),
    comment="Every file ever given, read or refused; the same bytes at the same path are one file. enterprise: who gave it; "
    "mapping: digest of what said what the columns of tables mean.",
)

disposals = Table(
    "disposals",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("kept_until", String(10), nullable=False),
    Column("disposed_at", BigInteger, nullable=False),
    comment="Originals that were deleted after the years of retention: their bytes are gone, what they were stays known.",
)

documents = Table(
    "documents",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, index=True),
    Column("digest", String(64), nullable=False),
    Column("type", String(24), nullable=False),
    Column("file", Integer, ForeignKey("files.id"), nullable=False, index=True),
    Column("body", JSON, nullable=False),
    comment="Canonical documents in the order they came; the same key may stand twice (matching says what that means).",
)

findings = Table(
    "findings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("file", Integer, ForeignKey("files.id"), index=True),
    Column("rule", String(64), nullable=False, index=True),
    Column("severity", String(16), nullable=False),
    Column("body", JSON, nullable=False),
    Column("place", Text, index=True),
    comment="What reading the files found, and what the ledger refused or a party rejected (of no file; place: what it is "
    "about). What matching and the graph find is derived whenever it is asked for.",
)

# --- the network and its plans -------------------------------------------------------------------------------------

networks = Table(
    "networks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("body", JSON, nullable=False),
    Column("version", Integer, nullable=False, default=1),
    comment="The register in force (one row). version: counts its changes, so that who keeps a copy knows whether it is old.",
)

aliases = Table(
    "aliases",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("alias", Text, nullable=False),
    Column("enterprise", Text, nullable=False, index=True),
    Column("belongs", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    comment="What persons decided of aliases; the last row on an alias and an enterprise counts, and none is changed.",
)

plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("currency", String(3), nullable=False),
    Column("day", String(10), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("started_at", BigInteger),
    Column("body", JSON, nullable=False),
    comment="Propagation plans; started_at: the ledger's clock when carrying out began, which its deadlines count from.",
)

netting_consents = Table(
    "netting_consents",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("netting", String(32), nullable=False, index=True),
    Column("enterprise", Text, nullable=False),
    Column("consents", Boolean, nullable=False),
    Column("given_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("given_at", BigInteger, nullable=False),
    Column("body", JSON, nullable=False),
    comment="Consents to nettings with the figures that they are to; the last row of an enterprise counts, none is changed.",
)

# --- the outbox ----------------------------------------------------------------------------------------------------

operations = Table(
    "operations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("input_hash", String(64), nullable=False),
    Column("kind", Text, nullable=False),
    Column("signer", String(42), nullable=False),
    Column("target", String(42)),
    Column("call_data", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("nonce", BigInteger),
    Column("deadline", BigInteger),
    Column("gas_asked", BigInteger),
    Column("gas_limit", BigInteger),
    Column("transaction_hash", String(66), index=True),
    Column("block_number", BigInteger, index=True),
    Column("transaction_index", BigInteger),
    Column("block_hash", String(66)),
    Column("passed_block", BigInteger),
    Column("block_timestamp", BigInteger),
    Column("gas_used", BigInteger),
    Column("error", JSON),
    Column("recorded_at", BigInteger, nullable=False),
    UniqueConstraint("signer", "nonce"),
    Index("ix_operations_signer_state_nonce", "signer", "state", "nonce"),
    comment="Every command to the chain: recorded → signed → submitted → mined → final | refused | replaced | expired. "
    "Nothing is sent that is not here. transaction_hash: the version that was mined, or the newest; passed_block: "
    "the block in which it was first seen that another transaction has its nonce.",
)

transactions = Table(
    "transactions",
    metadata,
    Column("hash", String(66), primary_key=True),
    Column("operation", Integer, ForeignKey("operations.id"), nullable=False, index=True),
    Column("raw", LargeBinary, nullable=False),
    Column("fee_wei", BigInteger, nullable=False),
    Column("tip_wei", BigInteger, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
    comment="Signed versions of operations: same nonce, same call, other fees. fee_wei, tip_wei: at most for a unit of gas.",
)

# --- what the chain said -------------------------------------------------------------------------------------------

blocks = Table(
    "blocks",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(66), nullable=False),
    Column("timestamp", BigInteger, nullable=False),
    Column("final", Boolean, nullable=False),
    comment="Blocks that hold events, and the last one read (the checkpoint). final: what it changed is not undone any more.",
)

_HAS_SUBJECT = text("subject IS NOT NULL")
#: Events that are asked for by their name, with an index; those of every piece are not.
SOUGHT_BY_NAME = (
    "AttestationContested", "CashAttested", "CashConfirmed", "FinancingLimitSet", "LineLimitChanged", "PartyRegrouped",
    "PaymentAttested", "PaymentCompleted", "PaymentConfirmed", "PaymentContested", "PromiseRecounted",
)  # fmt: skip
#: Name by name: in a list SQLite looks as in a table, which takes a fifth of what keeping an event does.
_SOUGHT = text(" OR ".join(f"name = '{name}'" for name in SOUGHT_BY_NAME))

events = Table(
    "events",
    metadata,
    Column("block_number", ForeignKey("blocks.number"), primary_key=True, autoincrement=False),
    Column("log_index", Integer, primary_key=True, autoincrement=False),
    Column("transaction_hash", LargeBinary, nullable=False),
    Column("contract", Text, nullable=False),
    Column("name", String(40), nullable=False),
    Column("subject", LargeBinary),
    Column("topics", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_events_subject", "subject", sqlite_where=_HAS_SUBJECT, postgresql_where=_HAS_SUBJECT),
    Index("ix_events_name", "name", sqlite_where=_SOUGHT, postgresql_where=_SOUGHT),
    comment="Logs as they are on chain; the block's hash, which their key holds by its number, stands once in blocks. "
    "subject: the first indexed argument without leading zeros, where it is the id of a thing; topics: all of them.",
    sqlite_with_rowid=False,
)

undo = Table(
    "undo",
    metadata,
    Column("block_number", BigInteger, primary_key=True, autoincrement=False),
    Column("rows", Text, nullable=False),
    comment="What a block that is not final changed. rows: [table, key, row before it or null] of the books, as JSON.",
)

# --- the books: a fold of the events -------------------------------------------------------------------------------

#: Marks columns that never change once a row is there.
FIXED = "fixed"
_fixed = {FIXED: True}

#: Letters of a currency on chain: ISO 4217, or ``#255`` for a number that has no name here.
CURRENCY = 4

parties = Table(
    "parties",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("account", String(42), nullable=False),
    Column("roles", Integer, nullable=False),
    Column("group", BigInteger, nullable=False),
    Column("kyc_expiry_day", Integer, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("account_bank", BigInteger, nullable=False),
    Column("issuance_stopped", Boolean, nullable=False),
    Column("next_account", String(42)),
    Column("next_account_bank", BigInteger),
    Column("account_changes_at", BigInteger),
    Column("recovery_key", String(42)),
    Column("recovery_at", BigInteger),
    comment="next_…: the account that the party announced; recovery_…: the key that its account bank proposed.",
)

keys = Table(
    "keys",
    metadata,
    Column("address", String(42), primary_key=True),
    Column("party", BigInteger, nullable=False, index=True),
    Column("removed", Boolean, nullable=False),
)

party_groups = Table(
    "party_groups",
    metadata,
    Column("party", BigInteger, primary_key=True),
    Column("since_block", BigInteger, primary_key=True),
    Column("group", BigInteger, nullable=False),
    comment="Which group of related parties somebody belongs to, from which block on.",
)

lines = Table(
    "lines",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("bank", BigInteger, nullable=False, index=True),
    Column("issuer", BigInteger, nullable=False, index=True),
    Column("currency", String(CURRENCY), nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("used_minor", BigInteger, nullable=False),
    Column("expiry_day", Integer, nullable=False),
    Column("utc_offset_quarter_hours", Integer, nullable=False),
    Column("suspended", Boolean, nullable=False),
    Column("allotted_minor", BigInteger, nullable=False),
    Column("calendar", Integer, nullable=False),
    comment="allotted: promised to suppliers and not drawn; bank: who granted the line, with whom its backers share it.",
)

backers = Table(
    "backers",
    metadata,
    Column("line", BigInteger, primary_key=True),
    Column("bank", BigInteger, primary_key=True),
    Column("basis_points", Integer, nullable=False),
    comment="Banks that back a line beside the one that granted it, which keeps the rest of 10,000.",
)

allotments = Table(
    "allotments",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, nullable=False, index=True),
    Column("holder", BigInteger, nullable=False, index=True),
    Column("parent", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("left_minor", BigInteger, nullable=False),
    Column("drawn_minor", BigInteger, nullable=False),
    Column("expiry_day", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("instrument", Integer, nullable=False),
    Column("min_tenor_days", Integer, nullable=False),
    Column("recourse_allowed", Boolean, nullable=False),
    comment="What suppliers may draw on a line, on its issuer's terms; parent 0: by the issuer; state: live, revoked or expired.",
)

financing = Table(
    "financing",
    metadata,
    Column("bank", BigInteger, primary_key=True),
    Column("issuer", BigInteger, primary_key=True),
    Column("currency", String(CURRENCY), primary_key=True),
    Column("limit_minor", BigInteger, nullable=False),
    Column("financed_minor", BigInteger, nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("identity", String(66), nullable=False, unique=True, info=_fixed),
    Column("commitment", String(66), nullable=False),
    Column("buyer", BigInteger, nullable=False),
    Column("seller", BigInteger, nullable=False),
    Column("kind", Integer, nullable=False),
    Column("currency", String(CURRENCY), nullable=False),
    Column("face_minor", BigInteger, nullable=False),
    Column("used_minor", BigInteger, nullable=False),
    Column("delivery_day", Integer, nullable=False),
    Column("credited_minor", BigInteger, nullable=False),
    Column("cancelled", Boolean, nullable=False),
    Column("attestor", BigInteger, nullable=False),
    Column("lot", String(66)),
    comment="Documents that their buyers confirmed. used: by pieces and loans; credited: taken back by both sides' notes.",
)

batches = Table(
    "batches",
    metadata,
    Column("root", String(66), primary_key=True),
    Column("buyer", BigInteger, primary_key=True),
    Column("attestor", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("admitted", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    comment="Documents that a buyer confirmed by their Merkle root; each is evidence once it is admitted.",
)

obligations = Table(
    "obligations",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("line", BigInteger, nullable=False, index=True, info=_fixed),
    Column("issuer", BigInteger, nullable=False, index=True, info=_fixed),
    Column("instrument", Integer, nullable=False),
    Column("maturity_day", Integer, nullable=False),
    Column("rulebook_version", Integer, nullable=False),
    Column("face_minor", BigInteger, nullable=False),
    Column("live_minor", BigInteger, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("recourse", Boolean, nullable=False),
    Column("attested_only", Boolean, nullable=False),
    Column("loss_minor", BigInteger, nullable=False),
    Column("overdue_day", Integer),
    comment="recourse, attested_only: terms; loss: written off and not made good since; overdue_day: when it last was marked.",
)

guarantees = Table(
    "guarantees",
    metadata,
    Column("obligation", BigInteger, primary_key=True),
    Column("guarantor", BigInteger, primary_key=True),
    Column("basis_points", Integer, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    comment="Who answers for which share of an obligation's face, and what it has paid to holders.",
)

claims = Table(
    "claims",
    metadata,
    Column("obligation", BigInteger, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("ancestor", Integer, primary_key=True),
    Column("against", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("claimed_at", BigInteger, nullable=False),
    comment="Recourse that a piece's holder asked for from the owner of an ancestor of it.",
)

payments = Table(
    "payments",
    metadata,
    Column("obligation", BigInteger, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("attestor", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("contestable_until", BigInteger, nullable=False),
    Column("contested", Boolean, nullable=False),
    comment="What a holder's account bank attested of a payment off chain, until somebody completes it.",
)

pieces = Table(
    "pieces",
    metadata,
    Column("obligation", BigInteger, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("parent", Integer, nullable=False),
    Column("owner", BigInteger, nullable=False, info=_fixed),
    Column("giver", BigInteger, nullable=False, info=_fixed),
    Column("amount_minor", BigInteger, nullable=False),
    Column("initial_minor", BigInteger, nullable=False),
    Column("evidence", BigInteger, nullable=False),
    Column("hops", Integer, nullable=False),
    Column("tier", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("deadline", BigInteger, nullable=False),
    Column("price_minor", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("use_index", Integer, nullable=False),
    Column("financed", Boolean, nullable=False),
    Column("payment", Boolean, nullable=False),
    Index("ix_pieces_owner", "owner", "obligation", "index"),
    Index("ix_pieces_giver", "giver", "obligation", "index"),
    comment="giver: the owner of what it was cut from, else its issuer; financed: a bank bought it; payment: cut from its parent "
    "by a payment. State is the piece's own, without holds.",
)

sales = Table(
    "sales",
    metadata,
    Column("obligation", BigInteger, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("fee_payer", BigInteger, nullable=False),
    Column("cash_token", String(42)),
    Column("registration_number", String(66), nullable=False),
    Column("description_hash", String(66), nullable=False),
    Column("attestor", BigInteger),
    Column("contestable_until", BigInteger),
    Column("contested", Boolean, nullable=False),
    comment="How a bank's piece was bought; cash_token is None where the cash moves off chain, and somebody says that it came.",
)

holds = Table(
    "holds",
    metadata,
    Column("obligation", BigInteger, primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("disputant", BigInteger),
    Column("disputed_at", BigInteger),
    Column("returned", Boolean, nullable=False),
    Column("court", BigInteger),
    comment="Holds that rest on a piece, and bind what was cut from it; index 0 is the whole obligation.",
)

# --- exposure, counted while events are folded -------------------------------------------------------------------------

exposures = Table(
    "exposures",
    metadata,
    Column("bank", BigInteger, primary_key=True),
    Column("issuer", BigInteger, primary_key=True),
    Column("currency", String(CURRENCY), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("tier", Integer, primary_key=True),
    Column("maturities", LargeBinary, nullable=False),
    comment="Exposure now. maturities: (maturity day, minor units) as pairs of 8 bytes each, little-endian, by day.",
)

exposure_changes = Table(
    "exposure_changes",
    metadata,
    Column("block_number", BigInteger, primary_key=True, autoincrement=False),
    Column("changes", Text, nullable=False),
    comment="By how much a block changed exposure: [bank, issuer, currency, kind, tier, maturity day, minor units] as JSON.",
)

# --- goods in store, and loans -------------------------------------------------------------------------------------

lots = Table(
    "lots",
    metadata,
    Column("lot", String(66), primary_key=True),
    Column("keeper", BigInteger, nullable=False),
    Column("depositor", BigInteger, nullable=False),
    Column("measured", BigInteger, nullable=False),
    Column("confirmer", BigInteger),
    comment="What keepers found of the goods that they store; confirmer: a second party that found the same.",
)

receipts = Table(
    "receipts",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("lot", String(66), nullable=False, index=True),
    Column("evidence", BigInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("owner", BigInteger, nullable=False, index=True),
    Column("loan", BigInteger),
    Column("withdrawn", Boolean, nullable=False),
    comment="Warehouse receipts; loan: the one that the goods secure.",
)

loans = Table(
    "loans",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("borrower", BigInteger, nullable=False, index=True),
    Column("bank", BigInteger, nullable=False, index=True),
    Column("kind", Integer, nullable=False),
    Column("receipt", BigInteger, nullable=False),
    Column("evidence", BigInteger, nullable=False),
    Column("currency", String(CURRENCY), nullable=False),
    Column("limit_minor", BigInteger, nullable=False),
    Column("principal_minor", BigInteger, nullable=False),
    Column("interest_paid_minor", BigInteger, nullable=False),
    Column("annual_rate_micros", BigInteger, nullable=False),
    Column("day_count_basis", Integer, nullable=False),
    Column("maturity_day", Integer, nullable=False),
    Column("offer_hash", String(66), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sold", Boolean, nullable=False),
    Column("unsecured", Boolean, nullable=False),
    comment="Loans on receipts and orders; evidence: the document that it uses now; state: open, defaulted or closed.",
)

# --- what was held against what ------------------------------------------------------------------------------------

reconciliations = Table(
    "reconciliations",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("made_at", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("block_number", BigInteger, nullable=False),
    Column("compared", JSON, nullable=False),
    Column("found", JSON, nullable=False),
    comment="Every run of the reconciliation. made_at: this machine's clock; found: its differences, each with its rule.",
)

# --- who may ask ---------------------------------------------------------------------------------------------------

api_keys = Table(
    "api_keys",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("enterprise", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked", Boolean, nullable=False),
    Column("duties", JSON, nullable=False),
    Column("expires_at", BigInteger),
    Column("made_by", Text),
    comment="Machines' keys as hashes; times of this machine's clock. made_by: the actor of the same enterprise that made it; "
    "None: the operator did.",
)

users = Table(
    "users",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("enterprise", Text, nullable=False),
    Column("duties", JSON, nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    UniqueConstraint("issuer", "subject", "enterprise"),
    comment="Persons, whom an identity provider (issuer) knows as subject; one may be a user of several "
    "enterprises. version: counts changes, for who changes it next.",
)

commands = Table(
    "commands",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("enterprise", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("eyes", Text, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("subject", Text),
    Column("input_hash", String(64), nullable=False),
    Column("asked", JSON, nullable=False),
    Column("state", String(24), nullable=False),
    Column("not_before", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("worth", JSON),
    Column("decided_by", Text),
    Column("signing", JSON),
    Column("result", JSON),
    Column("problem", JSON),
    Column("traceparent", String(64)),
    Column("request_id", String(64)),
    Column("recorded_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Index("ix_commands_enterprise_sequence", "enterprise", "sequence"),
    Index("ix_commands_enterprise_eyes_recorded_at", "enterprise", "eyes", "recorded_at"),
    Index("ix_commands_state_sequence", "state", "sequence"),
    Index("ix_commands_state_enterprise_sequence", "state", "enterprise", "sequence"),
    comment="Commands that came over the API, each carried out once: accepted → running → succeeded | refused | failed, before "
    "that perhaps awaiting_approval (→ declined) or awaiting_signature. id: of (enterprise, its idempotency key); times in "
    "unix milliseconds of this machine; not_before: while running, until when whoever carries it out has it; attempts: how "
    "often it was taken; failures: how often that came to nothing; worth: what four eyes counted, by currency.",
)

decisions = Table(
    "decisions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("command", Integer, ForeignKey("commands.sequence"), nullable=False),
    Column("input_hash", String(64), nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    comment="What persons decided about commands (approved, declined, signed), each once for its idempotency key. id: of "
    "(enterprise, that key), as a command's.",
)

uploads = Table(
    "uploads",
    metadata,
    Column("command", Integer, ForeignKey("commands.sequence"), primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
    comment="Bytes that came with a command and are not read yet; they go once it has ended.",
)

made_once = Table(
    "made_once",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("input_hash", String(64), nullable=False),
    Column("made", String(32), nullable=False),
    comment="Keys, users and webhooks that were made under an idempotency key. id: of (enterprise, that key); made: the id "
    "of what was made.",
)

four_eyes = Table(
    "four_eyes",
    metadata,
    Column("enterprise", Text, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("above_minor", BigInteger),
    Column("version", Integer, nullable=False),
    Column("day_above_minor", BigInteger),
    comment="Above which amount a second person of the enterprise approves what the first one asks for, by one command "
    "(above_minor) or within a day (day_above_minor); null: never.",
)

# --- who did what --------------------------------------------------------------------------------------------------

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("enterprise", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("rule", Text),
    Column("request_id", Text),
    Column("salt", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ix_audit_enterprise", "enterprise", "number"),
    comment="Who did what, each entry chained to the one before by its hash (docs/audit.md). at: this machine's clock, unix "
    "milliseconds. Triggers of the migration refuse to change or delete a row.",
)

# --- what changed beside the chain, and who is told of it -----------------------------------------------------------

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("enterprise", Text, nullable=False),
    Column("name", String(40), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", Text, nullable=False),
    Column("echo", Boolean, nullable=False),
    Index("ix_changes_enterprise_sequence", "enterprise", "sequence"),
    comment="What changed and stands on no chain, a row for each enterprise that it concerns; rows are only added. at: this "
    "machine's clock; echo: a row before it tells the same to another. Enterprise '': blocks above subject were replaced.",
)

webhooks = Table(
    "webhooks",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("enterprise", Text, nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("names", JSON),
    Column("secret", LargeBinary, nullable=False),
    Column("former_secret", LargeBinary),
    Column("former_until", BigInteger),
    Column("version", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("cursor", String(40), nullable=False),
    Column("stopped", String(16)),
    Column("attempts", Integer, nullable=False),
    Column("failing_since", BigInteger),
    Column("last_failure", String(32)),
    Column("next_attempt_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("lease", String(32)),
    Column("lease_until", BigInteger, nullable=False),
    comment="Receivers of events. Secrets are encrypted; cursor: all up to there was delivered; stopped: why nothing is sent any "
    "more; attempts: how often in a row the next event did not get through; lease: of the process that delivers now.",
)

# --- what banks offered --------------------------------------------------------------------------------------------

quotes = Table(
    "quotes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("obligation", BigInteger, nullable=False),
    Column("index", Integer, nullable=False),
    Column("holder", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("valid_until", BigInteger, nullable=False),
    Column("registration_number", Text, nullable=False),
    Column("order", JSON, nullable=False),
    Column("signer", String(42), nullable=False),
    Column("signature", String(1000), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_quotes_piece", "obligation", "index"),
    comment="Banks' signed offers for pieces. Whether one was taken, the chain says.",
)

financing_requests = Table(
    "financing_requests",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("obligation", BigInteger),
    Column("index", Integer),
    Column("receipt", BigInteger, index=True),
    Column("owner", BigInteger, nullable=False),
    Column("holder", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("ended", String(16)),
    Column("ended_at", BigInteger),
    Column("reason", Text),
    Index("ix_financing_requests_piece", "obligation", "index"),
    Index("ix_financing_requests_bank_asked_at_id", "bank", "asked_at", "id"),
    Index("ix_financing_requests_holder_asked_at_id", "holder", "asked_at", "id"),
    comment="Holders' requests to banks: for a quote for a piece, or for a loan on a warehouse receipt. owner: the holder's "
    "number on the ledger, whose it must still be; ended: declined or withdrawn. What became of others, offers and books say.",
)

loan_offers = Table(
    "loan_offers",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("request", String(32), ForeignKey("financing_requests.id"), nullable=False, index=True),
    Column("receipt", BigInteger, nullable=False),
    Column("borrower", Text, nullable=False),
    Column("bank", Text, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("registration_number", Text, nullable=False),
    Column("order", JSON, nullable=False),
    Column("offer_hash", String(66), nullable=False),
    Column("signer", String(42), nullable=False),
    Column("signature", String(1000), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_loan_offers_bank_created_at_id", "bank", "created_at", "id"),
    Index("ix_loan_offers_borrower_created_at_id", "borrower", "created_at", "id"),
    comment="Banks' signed offers of loans on warehouse receipts. Whether one was taken, the chain says, by offer_hash.",
)
