"""One story for the whole folder, and a snapshot around every test, so that what a test breaks is whole again after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from story import NETWORK_KEY, Story, books_of, play, set_word
from whole_story import Whole, play_whole

from benchmarks.stage import open_stage
from chain.commands.verify import LEDGER_CONTRACTS
from chain.commands.workspace import Home
from chain.indexing.indexer import Indexer
from chain.issuance.interfaces import interface
from chain.settings import Settings
from chain.store.database import Store
from chain.verification import BookFigures, VerificationReport, verify
from chain.verification.layout import StorageLayout, mapping_slot
from chain.verification.ledger import Mapped


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("story")
    (folder / "documents").mkdir()
    with open_stage(folder / "node", genesis_timestamp=1_760_000_000) as stage:
        yield play(stage, folder / "documents")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    with open_stage(folder / "node", genesis_timestamp=1_760_000_000) as stage:
        yield play_whole(stage)


@pytest.fixture(scope="module")
def home(whole: Whole, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """The books, folded from the story's events."""
    folder = tmp_path_factory.mktemp("books")
    store = Store.open(folder / "pearl.sqlite3")
    Indexer(store, whole.stage.contracts).catch_up()
    yield Home(Settings(home=folder), store)
    store.close()


@pytest.fixture(scope="session")
def true_books(played: Story) -> BookFigures:
    return books_of(played)


@pytest.fixture
def story(played: Story) -> Iterator[Story]:
    provider = played.stage.web3.provider
    snapshot = provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
    files = {path: path.read_bytes() for path in played.folder.iterdir()}
    yield played
    provider.make_request("evm_revert", [snapshot])  # type: ignore[arg-type]
    for path in played.folder.iterdir():
        path.unlink()
    for path, content in files.items():
        path.write_bytes(content)


@pytest.fixture
def doubt(story: Story, true_books: BookFigures) -> Callable[..., VerificationReport]:
    """Verify the story as it stands now; ``books`` and ``documents`` take the place of the true ones."""

    def run(books: BookFigures | None = true_books, documents: list[Path] | None = None) -> VerificationReport:
        contracts = story.stage.contracts
        core = [name for name in LEDGER_CONTRACTS if name in contracts.addresses]
        return verify(
            endpoint=story.stage.endpoint,
            addresses=contracts.addresses,
            interfaces={name: interface(contracts.artifacts, name) for name in core},
            layouts={name: contracts.artifacts[name].storage_layout for name in core},
            documents=documents or [story.folder],
            network=None,
            network_key=NETWORK_KEY,
            books=books,
        )

    return run


@pytest.fixture
def overwrite(story: Story) -> Callable[..., None]:
    """Write a storage word past the contracts: ``overwrite(mapping, keys, lambda word: …)``."""

    def write(mapping: Mapped, keys: tuple[int, ...], change: Callable[[int], int]) -> None:
        contracts = story.stage.contracts
        layout = StorageLayout(contracts.artifacts[mapping.contract].storage_layout)
        slot = mapping_slot(layout.mapping(*mapping.types, variable=mapping.variable), *keys)
        set_word(story, contracts.addresses[mapping.contract], slot, change)

    return write
