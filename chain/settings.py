"""Every setting, read in one place: from the environment (PEARL_…) and the command line, never at import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, IPvAnyNetwork, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from chain.content import Unusable

#: Where an identity provider is: nobody on the way may change what it says, unless the way is inside this machine.
PROVIDER = r"^(https://[^\s/@?#]+|http://(localhost|127\.0\.0\.1|\[::1\])(:[0-9]+)?)(/[^\s@?#]*)?$"

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
"""Signatures with a key pair (RFC 7518, 3.1; RFC 8037; RFC 9864): who checks one could not have made it."""


class Settings(BaseSettings):
    """What an installation may set. Each is an environment variable with the prefix PEARL_ (PEARL_HOME, …)."""

    model_config = SettingsConfigDict(env_prefix="PEARL_", extra="forbid", frozen=True)

    home: Path = Path("var")
    """The directory that holds all state: database, keystores, node, originals."""
    database_url: SecretStr | None = None
    """PostgreSQL's address, ``postgresql://USER:PASSWORD@HOST:PORT/NAME``; None keeps an SQLite file in ``home``."""
    database_url_file: Path | None = None
    """File that holds it, where it must not stand in the environment; it comes before ``database_url``."""
    originals_url: str | None = None
    """Bucket of an S3-compatible store for documents' originals, ``s3://BUCKET/PREFIX``; None keeps them in ``home``."""
    node_url: str | None = None
    """JSON-RPC address of an EVM node; None starts the embedded one."""
    node_fallback_urls: tuple[str, ...] = ()
    """Further nodes of the same chain, for when the first fails, lags or makes no block, as a JSON list."""
    node_websocket_url: str | None = None
    """Where the node announces new blocks (web socket); the embedded node's is known. Without it the node is asked."""
    finality_blocks: int = Field(default=1_024, ge=0)
    """So many of the newest blocks may be replaced by others; a deeper re-organisation stops the indexer. 0: none may."""
    fee_cap_wei: int = Field(default=0, ge=0)
    """The most that a unit of gas may cost, on a chain with fees (EIP-1559); 0: the chain has none."""
    fee_bump_seconds: int = Field(default=60, gt=0)
    """A transaction that is in no block after so long is replaced by one that pays an eighth more, up to the cap."""
    open_transactions: int = Field(default=64, gt=0)
    """So many transactions of one signer may wait for their block; a further one waits before it is signed."""
    sending_seconds: int = Field(default=120, gt=0)
    """How long a command waits for its block; after that it is told so, and the transaction goes on."""
    node_port: int = Field(default=0, ge=0, le=65535)
    """Port of the embedded node on loopback; 0 takes a free one."""
    passphrase_file: Path | None = None
    """File with the keystores' passphrase; None keeps a random one under ``home``/secrets."""
    passphrase: SecretStr | None = Field(default=None, min_length=1)
    """The passphrase itself; ``passphrase_file`` comes before it."""
    remote_signer_url: str | None = Field(default=None, pattern=r"^https?://[^\s@]+$")
    """JSON-RPC address of a Web3Signer, which signs for the parties whose address it has a key of."""
    operator_address: str | None = Field(default=None, pattern=r"^0x[0-9a-fA-F]{40}$")
    """Of the operator's own key, where the remote signer has it; None makes a keystore."""
    network_key_file: Path | None = None
    """File with the network-wide key that blinds documents' identities; None keeps a random one under secrets."""
    webhook_key_file: Path | None = None
    """File with the key that webhooks' secrets are encrypted with; None keeps a random one under secrets."""
    webhook_private_networks: bool = False
    """Whether webhooks may lead to loopback (there also without TLS) and to private networks."""
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8571, ge=0, le=65535)
    """Where the API listens; 0 takes a free port."""
    api_allowed_hosts: tuple[str, ...] = ()
    """Host names that the API answers to besides those of loopback and ``api_host``, as a JSON list."""
    oidc_issuer: str | None = Field(default=None, pattern=PROVIDER)
    """The identity provider whose tokens are taken, as it names itself; None: only API keys are."""
    oidc_audience: str | None = Field(default=None, min_length=1)
    """What tokens for this service have as their audience."""
    oidc_clock_skew_seconds: int = Field(default=60, ge=0, le=300)
    """So far the provider's clock may be from this machine's."""
    oidc_algorithms: tuple[Algorithm, ...] = Field(default=("RS256", "PS256", "ES256", "Ed25519"), min_length=1)
    """Signatures that are taken, as a JSON list."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Addresses or networks of the proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, as a JSON list."""
    requests_per_minute: int = Field(default=6_000, gt=0)
    """So many requests an enterprise may make of one process of the API."""
    unauthenticated_per_minute: int = Field(default=300, gt=0)
    """So many requests without a valid key may come from one address; then it is not answered until the minute is over."""
    log_format: Literal["json", "text"] | None = None
    """How log lines are written; None: as text where standard error is a terminal, else as JSON."""
    otlp_endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s@]+$")
    """Base address of an OpenTelemetry collector that takes OTLP over HTTP; None: no traces are made."""
    otlp_headers_file: Path | None = None
    """File with headers for the collector, such as its key: one ``Name: value`` a line."""
    max_file_bytes: int = Field(default=20_000_000, gt=0)
    """Larger documents are refused unread."""
    retention_years: int = Field(default=30, ge=10)
    """How many whole years documents' originals are kept after all that rests on them has ended."""
    offer_days: int = Field(default=7, ge=1, le=60)
    """How long an offered piece waits for its acceptance."""

    @model_validator(mode="after")
    def _a_provider_is_asked_for_an_audience(self) -> Self:
        if self.oidc_issuer is not None and self.oidc_audience is None:
            raise Unusable(
                reason="PEARL_OIDC_ISSUER needs PEARL_OIDC_AUDIENCE: tokens for others are none for this service"
            )
        return self

    @property
    def database(self) -> Path | str:
        """Where the database is: a file, or PostgreSQL's URL, which is a secret."""
        if self.database_url_file is not None:
            return self.database_url_file.read_text().strip()
        return self.home / "pearl.sqlite3" if self.database_url is None else self.database_url.get_secret_value()

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
    def originals(self) -> Path | str:
        """Where documents' originals are: a folder, or a bucket's address."""
        return self.home / "originals" if self.originals_url is None else self.originals_url
