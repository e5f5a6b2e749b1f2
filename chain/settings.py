"""Every setting, read in one place: from the environment (PEARL_…) and the command line, never at import."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation may set. Each is an environment variable with the prefix PEARL_ (PEARL_HOME, …)."""

    model_config = SettingsConfigDict(env_prefix="PEARL_", extra="forbid", frozen=True)

    home: Path = Path("var")
    """The directory that holds all state: database, keystores, node, originals."""
    node_url: str | None = None
    """JSON-RPC address of an EVM node; None starts the embedded one."""
    node_fallback_urls: tuple[str, ...] = ()
    """Further nodes of the same chain that blocks are read from when the first fails or lags, as a JSON list."""
    node_websocket_url: str | None = None
    """Where the node announces new blocks (web socket); the embedded node's is known. Without it the node is asked."""
    finality_blocks: int = Field(default=1_024, ge=0)
    """So many of the newest blocks may be replaced by others; a deeper re-organisation stops the indexer. 0: none may."""
    node_port: int = Field(default=0, ge=0, le=65535)
    """Port of the embedded node on loopback; 0 takes a free one."""
    passphrase_file: Path | None = None
    """File with the keystores' passphrase; None keeps a random one under ``home``/secrets."""
    network_key_file: Path | None = None
    """File with the network-wide key that blinds documents' identities; None keeps a random one under secrets."""
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8571, ge=0, le=65535)
    """Where the API listens; 0 takes a free port."""
    api_allowed_hosts: tuple[str, ...] = ()
    """Host names that the API answers to besides those of loopback and ``api_host``, as a JSON list."""
    max_file_bytes: int = Field(default=20_000_000, gt=0)
    """Larger documents are refused unread."""
    offer_days: int = Field(default=7, ge=1, le=60)
    """How long an offered piece waits for its acceptance."""

    @property
    def database_path(self) -> Path:
        return self.home / "pearl.sqlite3"

    @property
    def keystore_folder(self) -> Path:
        return self.home / "keystores"

    @property
    def secrets_folder(self) -> Path:
        return self.home / "secrets"

    @property
    def node_folder(self) -> Path:
        return self.home / "node"

    @property
    def originals_folder(self) -> Path:
        return self.home / "originals"
