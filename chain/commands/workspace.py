"""What a command works with: one home directory (store, register, keys), and with it the chain where it acts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from filelock import FileLock
from sqlalchemy import Connection, insert, select, update
from web3 import Web3
from web3.utils.address import get_create_address

from chain.books import portfolio
from chain.errors import Conflict, NotFound, PearlError
from chain.identifiers import PieceId, PieceReference
from chain.indexing.indexer import Indexer
from chain.issuance.compilation import Artifacts, build
from chain.issuance.contracts import Contracts
from chain.issuance.decoding import EventDecoder
from chain.issuance.deployment import ROLES_STEP, deployment_plan
from chain.issuance.node import EmbeddedNode, advance_clock, client, connect
from chain.issuance.outbox import DONE_STATES, Call, Outbox, Sending
from chain.issuance.remote_signer import RemoteKeys
from chain.issuance.signers import Keyring, Signer, passphrase, read_or_make_secret
from chain.network import Network
from chain.settings import Settings
from chain.store.database import Store
from chain.store.facts import Facts, facts
from chain.store.kept import Kept
from chain.store.originals import Originals, open_originals
from chain.store.tables import keys, networks, operations

PROJECT_ROOT = Path(__file__).parents[2]
OPERATOR = "operator"
#: The ledger's calendar where no line says otherwise: UTC+8, minutes east of Greenwich.
UTC_OFFSET_MINUTES = 480

Progress = Callable[[str, int, int], None]
"""``progress(what, done, total)``; ``what`` is an English sentence of the catalogue."""


def no_progress(what: str, done: int, total: int) -> None:
    """For callers that show nothing."""


def counted(progress: Progress, what: str, before: int, total: int) -> Callable[[int], None]:
    """Tells ``progress`` of a part of the work by how much of that part is done, ``before`` of which so much was."""
    return lambda done: progress(what, before + done, total)


class OwnWallet(Signer, Protocol):
    """A signer that sends what it signs as orders (`chain.commands.wallet`)."""

    enterprise: str

    @property
    def began(self) -> int:
        """The ledger's time that what it signs counts from."""
        ...

    def send(self, key: str, call: Call) -> str:
        """The transaction in which the call was made, once for ``key``."""
        ...


class NoNetwork(PearlError):
    message = "no enterprise or bank is enrolled yet"
    next_step = "run 'pearl enrol NETWORK.json' on this home first"


class ContractsChanged(PearlError):
    message = "this home was made with other contracts ({home})"
    next_step = "use the version that made it, or another --home; paper runs off where it was issued"


class OperatorKeyMissing(PearlError):
    message = "the operator's key, with which this home's contracts were deployed, is not in it ({home})"
    next_step = "put keystores/ back, and the passphrase that opens them, from where they are kept"


class Register:
    """The register in force, if there is one, with what is asked of it all the time."""

    def __init__(self, body: dict[str, Any] | None) -> None:
        self.network = None if body is None else Network.model_validate(body)
        enterprises = self.network.enterprises if self.network else ()
        self.names = {enterprise.id: enterprise.name for enterprise in enterprises}


class Parties:
    """Numbers on the ledger and enterprises of the register, both ways."""

    def __init__(self, enterprises: dict[int, str]) -> None:
        self.enterprises = enterprises
        # Of several numbers the first one counts.
        self.numbers = {enterprise: number for number, enterprise in reversed(enterprises.items())}


@dataclass
class Home:
    """One home directory without the chain: enough to take documents in, and to read the books."""

    settings: Settings
    store: Store
    trade_at_hand: Callable[[], Any] | None = field(default=None, kw_only=True)
    """Where this process keeps the trade as it stands now, what gives it (`chain.commands.trade.load_trade`)."""

    @cached_property
    def keyring(self) -> Keyring:
        """Who signs for whom."""
        settings = self.settings
        secret = passphrase(
            settings.passphrase_file, settings.passphrase, settings.secrets_folder / "keystore.passphrase",
            settings.keystore_folder,
        )  # fmt: skip
        remote = RemoteKeys(settings.remote_signer_url) if settings.remote_signer_url else None
        return Keyring(settings.keystore_folder, secret, remote)

    @cached_property
    def originals(self) -> Originals:
        """Every file that was taken in, by its digest."""
        return open_originals(self.settings.originals)

    @cached_property
    def network_key(self) -> bytes:
        """The network-wide key that blinds documents' identities."""
        own = self.settings.secrets_folder / "network.key"
        return read_or_make_secret(self.settings.network_key_file, own).encode()

    @cached_property
    def webhook_key(self) -> bytes:
        """The key that webhooks' secrets are encrypted with."""
        own = self.settings.secrets_folder / "webhook.key"
        with FileLock(self.settings.home / "webhook-key.lock"):  # two processes would make two
            return read_or_make_secret(self.settings.webhook_key_file, own).encode()

    @cached_property
    def _facts(self) -> Kept[Facts]:
        return Kept(self.store.version, self._read_facts, is_quick=True)

    def _read_facts(self, _: Facts | None) -> Facts:
        return facts(self.store)

    def facts(self) -> Facts:
        """What tells whether that which is kept of the database is still so; whatever is committed, it is one look."""
        return self._facts.get()

    @cached_property
    def _register(self) -> Kept[Register]:
        return Kept(lambda: self.facts().register, self._read_register)

    def _read_register(self, _: Register | None) -> Register:
        with self.store.read() as connection:
            return Register(connection.execute(select(networks.c.body)).scalar())

    def network_or_none(self) -> Network | None:
        """The register in force, if there is one."""
        return self._register.get().network

    def network(self) -> Network:
        """The register in force. Raises NoNetwork."""
        network = self.network_or_none()
        if network is None:
            raise NoNetwork()
        return network

    def save_network(self, network: Network) -> None:
        """Put ``network`` in force, in a unit of work of its own."""
        with self.store.begin() as connection:
            self.put_in_force(connection, network)

    @staticmethod
    def put_in_force(connection: Connection, network: Network) -> None:
        """Put ``network`` in force."""
        body = network.model_dump(mode="json")
        change = update(networks).values(body=body, version=networks.c.version + 1)
        if connection.execute(change).rowcount == 0:
            connection.execute(insert(networks).values(id=1, body=body, version=1))

    @cached_property
    def _parties(self) -> Kept[Parties]:
        # Whose key is whose the ledger says, which is that of the last block.
        return Kept(lambda: (self.facts().checkpoint, self.keyring.version()), self._read_parties)

    def _read_parties(self, _: Parties | None) -> Parties:
        enterprises = {address: party for party, address in self.keyring.addresses().items()}
        with self.store.read() as connection:
            known = connection.execute(select(keys.c.party, keys.c.address)).all()
        return Parties({number: enterprises[address] for number, address in known if address in enterprises})

    def named(self) -> tuple[Parties, Register]:
        """All that tells who a number on the ledger is: the same two as long as nothing of it is another."""
        return self._parties.get(), self._register.get()

    def parties(self) -> dict[int, str]:
        """Party number → enterprise id, for every enterprise that was enrolled here, wherever its key is; not to be changed."""
        return self._parties.get().enterprises

    def party(self, enterprise: str) -> int:
        """The party number of an enrolled enterprise. Raises NotFound; NoNetwork where nobody is enrolled."""
        number = self._parties.get().numbers.get(enterprise)
        if number is None:
            self.network()
            raise NotFound(what="participant", id=enterprise)
        return number

    def references(self, pieces: Iterable[PieceId]) -> list[PieceReference]:
        """The pieces as the books know them, so that the ledger refuses others of these ids. Raises NotFound."""
        with self.store.read() as connection:
            return [row.reference for row in portfolio.named(connection, pieces)]

    def names(self) -> dict[str, str]:
        """Enterprise id → the name that people know it by; not to be changed."""
        return self._register.get().names

    def now(self) -> int:
        """Unix time of the last block read, the ledger's clock (domain.md, 'Clock'); of this machine before the first."""
        known = self.facts()
        return known.timestamp if known.block >= 0 else int(time.time())

    def today(self, utc_offset_minutes: int = UTC_OFFSET_MINUTES) -> int:
        """Day number (days since 1970-01-01) of the ledger's clock in a line's time zone."""
        return (self.now() + utc_offset_minutes * 60) // 86_400

    def date(self) -> date:
        """The same as a date."""
        return datetime.fromtimestamp(self.today() * 86_400, UTC).date()


@dataclass
class Workspace(Home):
    """A home together with its chain."""

    contracts: Contracts
    outbox: Outbox
    indexer: Indexer
    embedded: bool = False
    """The node is the one in this home, which makes a block only when somebody acts."""
    wallet: OwnWallet | None = None
    """What signs for an enterprise that keeps its key, while a command of its is carried out."""

    @property
    def web3(self) -> Web3:
        return self.contracts.web3

    @property
    def endpoint(self) -> str:
        """JSON-RPC address of the node."""
        return str(self.web3.provider.endpoint_uri)  # type: ignore[attr-defined]

    @property
    def websocket(self) -> str | None:
        """Where the node announces new blocks; None where it is only asked."""
        return self.endpoint.replace("http", "ws", 1) if self.embedded else self.settings.node_websocket_url

    def signer(self, enterprise: str) -> Signer:
        """Who signs for an enterprise. Raises NotFound, KeyElsewhere where it keeps its key itself, Unavailable."""
        return self._wallet_of(enterprise) or self.keyring.signer(enterprise)

    def _wallet_of(self, enterprise: str) -> OwnWallet | None:
        own = self.wallet is not None and self.wallet.enterprise == enterprise
        return self.wallet if own and not self.keyring.signs_for(enterprise) else None

    def began(self, enterprise: str) -> int:
        """The ledger's time that what an enterprise signs counts from: now, unless a wallet was asked before."""
        wallet = self._wallet_of(enterprise)
        return self.now() if wallet is None else wallet.began

    def was_sent(self, key: str) -> bool:
        """Whether anything was ever recorded in the outbox of what `send` does under ``key``."""
        return bool(self.outbox.known([key, f"{key}:0"]))  # the second by a wallet: the relay names the orders' places

    def adopt(self, contracts: Contracts) -> None:
        """Work on with ``contracts``, which know more addresses than before (a bank's new deposit token)."""
        self.contracts = contracts
        self.outbox.decode_error = contracts.decode_error
        self.indexer = _indexer(self, contracts)

    def refresh(self) -> None:
        """Learn what another process deployed since this one opened the home: banks' deposit tokens."""
        found = _deposit_tokens(self.store)
        if not found.keys() <= self.contracts.addresses.keys():
            known = self.contracts
            self.adopt(Contracts(known.web3, known.artifacts, known.addresses | found))

    def keep_time(self, slack_seconds: int) -> None:
        """Bring the embedded chain's clock to this machine's, where nobody acted for ``slack_seconds``.

        The ledger's now is its latest block: without this an idle service would count deadlines from long ago.
        """
        if self.embedded and time.time() - self.web3.eth.get_block("latest")["timestamp"] > slack_seconds:
            advance_clock(self.web3, int(time.time()))

    def send(self, key: str, enterprise: str, call: Call) -> str:
        """Sign with the enterprise's key, bring it onto the chain once, read the events. Returns the transaction."""
        wallet = self._wallet_of(enterprise)
        if wallet is not None:
            return wallet.send(key, call)
        outcome = self.outbox.send(key, self.keyring.signer(enterprise), call)
        self.indexer.catch_up()
        return outcome.transaction_hash


@contextmanager
def open_home(settings: Settings) -> Iterator[Home]:
    """Open the home directory without its chain."""
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store.open(settings.database)
    try:
        yield Home(settings, store)
    finally:
        store.close()


@contextmanager
def existing_home(settings: Settings) -> Iterator[Home]:
    """Open a home that is there already, without its chain. Raises NoNetwork, and makes nothing then."""
    if not Store.exists(settings.database):
        raise NoNetwork()
    with open_home(settings) as home:
        yield home


@contextmanager
def existing_workspace(settings: Settings, *, progress: Progress = no_progress) -> Iterator[Workspace]:
    """Open a home with the ledger that was deployed for it. Raises NoNetwork, and makes nothing then.

    Raises Unavailable, ContractsChanged, OperatorKeyMissing.
    """
    with existing_home(settings) as home:
        _must_be_deployed(home)
    with open_workspace(settings, progress=progress, deploys=False) as workspace:
        yield workspace


@contextmanager
def open_workspace(
    settings: Settings,
    *,
    genesis_timestamp: int | None = None,
    progress: Progress = no_progress,
    deploys: bool = True,
    catches_up: bool = True,
) -> Iterator[Workspace]:
    """Open the home with its chain: start or find the node, deploy what is missing, finish what a crash left, read events.

    Only a command that starts a ledger ``deploys``; others open what is there (`existing_workspace`). Who follows the chain
    anyhow, and shows the books meanwhile, need not have them caught up first (``catches_up``).
    Raises Unavailable, ContractsChanged, OperatorKeyMissing.
    """
    with open_home(settings) as home:
        node = None
        try:
            endpoint = settings.node_url
            if endpoint is None:
                node = EmbeddedNode(settings.node_folder, port=settings.node_port, genesis_timestamp=genesis_timestamp)
                endpoint = node.start()
            # One process at a time finishes what another left open and deploys; later ones find it done.
            with FileLock(settings.home / "opening.lock"):
                web3 = connect(endpoint)
                contracts, outbox = _deployed(home, web3, progress, deploys, embedded=node is not None)
                if node is not None and node.owned and genesis_timestamp is None:
                    # The embedded chain stood still while nobody used it: its clock is that of its latest block.
                    advance_clock(web3, int(time.time()))
            indexer = _indexer(home, contracts)
            if catches_up:
                indexer.catch_up(lambda done, total: progress("reading the chain", done, total))
            yield Workspace(settings, home.store, contracts, outbox, indexer, embedded=node is not None)
        finally:
            if node is not None:
                node.stop()


def _outbox(home: Home, contracts: Contracts, *, embedded: bool) -> Outbox:
    settings = home.settings
    sending = Sending(
        settings.fee_cap_wei, settings.fee_bump_seconds, settings.open_transactions, settings.sending_seconds,
        settings.finality_blocks, embedded=embedded,
    )  # fmt: skip
    others = [] if embedded else [client(url) for url in settings.node_fallback_urls]
    return Outbox(home.store, contracts.web3, contracts.decode_error, sending, others)


def _indexer(home: Home, contracts: Contracts) -> Indexer:
    settings = home.settings
    return Indexer(
        home.store, contracts, settings.node_fallback_urls, settings.finality_blocks, embedded=settings.node_url is None
    )  # fmt: skip


def event_decoder(home: Home) -> EventDecoder:
    """What reads the events that a home keeps; it needs no node. Raises NoNetwork."""
    artifacts = build(PROJECT_ROOT)
    return Contracts(Web3(), artifacts, ledger_addresses(home, artifacts)).decoder


def ledger_addresses(home: Home, artifacts: Artifacts) -> dict[str, str]:
    """Where the contracts of a deployed home are, by name; it needs no node. Raises NoNetwork."""
    _must_be_deployed(home)
    plan = deployment_plan(artifacts, home.keyring.addresses()[OPERATOR], 0)
    return plan.addresses | _deposit_tokens(home.store)


def _must_be_deployed(home: Home) -> None:
    last = select(operations.c.key).where(operations.c.key == f"deploy:{ROLES_STEP}")
    with home.store.read() as connection:
        if connection.execute(last).first() is None:
            raise NoNetwork()
    _know_operator(home)


def _know_operator(home: Home) -> None:
    """See that there is the key, or the address, with which the ledger was deployed, or else will be."""
    if home.settings.operator_address is not None:
        home.keyring.know(OPERATOR, home.settings.operator_address)
    elif not home.keyring.holds(OPERATOR):
        started = select(operations.c.key).where(operations.c.key.startswith("deploy:", autoescape=True)).limit(1)
        with home.store.read() as connection:
            if connection.execute(started).first() is not None:
                raise OperatorKeyMissing(home=home.settings.home)
        home.keyring.create(OPERATOR)


def _deployed(
    home: Home, web3: Web3, progress: Progress, deploys: bool, *, embedded: bool
) -> tuple[Contracts, Outbox]:  # fmt: skip
    """The contracts of this home, deployed through the outbox like every other transaction."""
    artifacts = build(PROJECT_ROOT)
    _know_operator(home)
    operator = home.keyring.signer(OPERATOR)
    plan = deployment_plan(artifacts, operator.address, 0)
    outbox = _outbox(home, Contracts(web3, artifacts, plan.addresses), embedded=embedded)
    outbox.resume(home.keyring.signer_at)
    for number, step in enumerate(plan.steps):
        progress("deploying the contracts", number + 1, len(plan.steps))
        key = f"deploy:{step.name}"
        if not deploys and not outbox.knows(key):
            raise ContractsChanged(home=home.settings.home)
        try:
            outbox.send(key, operator, Call("deploy", step.target, step.data))
        except Conflict as error:
            raise ContractsChanged(home=home.settings.home) from error
    contracts = Contracts(web3, artifacts, plan.addresses | _deposit_tokens(home.store))
    outbox.decode_error = contracts.decode_error  # the first ones knew no bank's deposits
    return contracts, outbox


def _deposit_tokens(store: Store) -> dict[str, str]:
    """Banks' deposit tokens by name (``DepositToken:<bank>:<currency>``), where their creations in the outbox put them."""
    created = select(operations.c.key, operations.c.signer, operations.c.nonce).where(
        operations.c.key.like("token:%"), operations.c.state.in_(DONE_STATES)
    )
    with store.read() as connection:
        return {
            f"DepositToken:{row.key.removeprefix('token:')}": get_create_address(row.signer, row.nonce)
            for row in connection.execute(created)
        }
