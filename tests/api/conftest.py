"""The whole service over a real workspace: embedded node, real contracts, real papers, a real server, a key for each."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from fastapi import FastAPI

from api.app import create_app
from api.server import address_of, listen, server_of
from api.worker import Worker
from chain.commands.deposit import deposit
from chain.commands.enrol import enrol
from chain.commands.keys import make_key
from chain.commands.workspace import OPERATOR, Workspace, open_workspace
from chain.issuance.signers import Keyring
from chain.settings import Settings
from tests.api.little_world import CURRENCY, MAX_FILE_BYTES, LittleWorld
from tests.spellings import spellings


@dataclass
class Service:
    """The running service, and a way to ask it as somebody."""

    workspace: Workspace
    world: LittleWorld
    client: httpx.Client
    keys: dict[str, str] = field(default_factory=dict)

    def ask(self, who: str, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        """One request with the key of ``who``; commands get an idempotency key of their own unless one is given."""
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        if method in ("POST", "PUT"):
            headers |= {"Idempotency-Key": key or str(uuid.uuid4()), "Prefer": "wait=30"}
        headers |= more.pop("headers", {})
        answer = self.client.request(method, path, headers=headers, **more)
        self.is_documented(answer)
        return answer

    def get(self, who: str, path: str, **more: Any) -> Any:
        """What a read gives that must succeed."""
        answer = self.ask(who, "GET", path, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, who: str, path: str, body: Any, **more: Any) -> Any:
        """What a command gives that must succeed: the result of its operation, once it has ended."""
        answer = self.ask(who, "POST", path, json=body, **more)
        assert answer.status_code in (200, 201, 202), answer.text
        return self.result(answer)

    def result(self, answer: httpx.Response) -> Any:
        """What came of a command that was answered so."""
        told = answer.json()
        if answer.status_code != 202:
            return told
        assert told["state"] == "succeeded", told
        return told["result"]

    def refused(self, who: str, path: str, body: Any, **more: Any) -> tuple[int, str]:
        """Status and rule of a command that must be refused."""
        answer = self.ask(who, "POST", path, json=body, **more)
        if answer.status_code == 202:
            told = answer.json()
            assert told["state"] == "refused", told
            return told["problem"]["status"], told["problem"]["rule"]
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        return answer.status_code, answer.json()["rule"]

    def signed(
        self, who: str, account: LocalAccount, told: dict[str, Any], less: int = 0
    ) -> tuple[list[str], dict[str, Any]]:
        """A command of somebody that keeps its key, once it has signed all that it was asked for; and what that was."""
        asked = []
        while told["state"] == "awaiting_signature":
            asked.append(told["to_sign"]["primaryType"])
            body = signature_of(account, told, less)
            told = self.ask(who, "POST", f"/v1/operations/{told['id']}/signature", json=body).json()
        return asked, told

    def send_papers(self, deal: str) -> None:
        """Every author sends its own papers of a deal."""
        for author, name, content in self.world.deals[deal].files.values():
            assert all(file["read"] for file in self.send(author, [("files", (name, content, "application/xml"))]))

    def send(self, who: str, files: list[Any]) -> list[dict[str, Any]]:
        """What became of each file that was sent."""
        told: list[dict[str, Any]] = self.result(self.ask(who, "POST", "/v1/documents", files=files))
        return told

    def payment(self, deal: str, recipient: str, minor: int, currency: str = CURRENCY) -> dict[str, Any]:
        """One part against the invoice of a deal."""
        return {
            "recipient": self.world.id(recipient),
            "amount": {"minor": minor, "currency": currency},
            "document": self.world.deals[deal].key,
        }

    def is_documented(self, answer: httpx.Response) -> None:
        """Every status of every route stands in the OpenAPI document, with its media type."""
        path, method = answer.request.url.path, answer.request.method.lower()
        for template, operations in self.openapi["paths"].items():
            if method in operations and re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
                documented = operations[method]["responses"]
                assert str(answer.status_code) in documented, f"{method} {path} gave {answer.status_code}"
                media_type = answer.headers["content-type"].partition(";")[0]
                assert media_type in documented[str(answer.status_code)]["content"], f"{method} {path}: {media_type}"
                return

    @property
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, asked for once, with its answers in place."""
        if not hasattr(self, "_openapi"):
            self._openapi = self.client.get("/openapi.json").json()
            shared = self._openapi["components"]["responses"]
            for operations in self._openapi["paths"].values():
                for operation in operations.values():
                    for status, answer in operation["responses"].items():
                        if "$ref" in answer:
                            operation["responses"][status] = shared[answer["$ref"].rpartition("/")[2]]
        return self._openapi


def signature_of(account: LocalAccount, told: dict[str, Any], less: int = 0) -> dict[str, str]:
    """What the wallet answers to an operation that waits for its signature; ``less``: by so much its last byte is less than what
    contracts read, as some wallets write it."""
    signed = bytes(account.sign_message(encode_typed_data(full_message=told["to_sign"])).signature)
    return {"signature": "0x" + (signed[:-1] + bytes([signed[-1] - less])).hex()}


@contextmanager
def own_wallet_of(service: Service, who: str) -> Iterator[LocalAccount]:
    """``who`` keeps its key: it is taken out of the home, and only its address stays."""
    workspace, enterprise = service.workspace, service.world.id(who)
    keyring = workspace.keyring
    account: LocalAccount = keyring.signer(enterprise)._account
    path = keyring._path(enterprise)
    kept = path.read_bytes()
    path.unlink()
    workspace.__dict__["keyring"] = Keyring(keyring._folder, keyring._passphrase)
    workspace.keyring.know(enterprise, account.address)
    yield account
    path.write_bytes(kept)
    workspace.__dict__["keyring"] = keyring


@contextmanager
def running(app: FastAPI) -> Iterator[str]:
    """Serve ``app`` on a free port of loopback. Gives its address."""
    with listen("127.0.0.1", 0) as listener:
        server = server_of(app, grace_seconds=2)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive()
                time.sleep(0.02)
            yield address_of(listener)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def working(workspace: Workspace) -> Iterator[None]:
    """A worker beside the service, on the same workspace."""
    loop, worker = asyncio.new_event_loop(), Worker(workspace)
    work = loop.create_task(worker.run(follow_seconds=0.2))

    def run() -> None:
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(work)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(work.cancel)
        thread.join()
        loop.close()


def secrets_of(workspace: Workspace) -> list[bytes]:
    """All that opens something here, however it may be written: no answer holds any of it."""
    folder = workspace.settings.home / "secrets"
    texts = [path.read_text().strip() for path in folder.iterdir()]
    keys = [
        bytes(Account.decrypt(json.loads(path.read_text()), (folder / "keystore.passphrase").read_text().strip()))
        for path in (workspace.settings.home / "keystores").glob("*.json")
    ]
    return [text.encode() for text in texts] + [one for key in keys for one in spellings(key)]


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the little world in it, of which every file of tests has a copy: to make one takes seconds."""
    home = tmp_path_factory.mktemp("enrolled") / "home"
    with open_workspace(Settings(home=home)) as workspace:
        settle(workspace)
    return home


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, enrolled: Path) -> Iterator[Service]:
    """Enrolled, with money at the bank, and without any paper yet."""
    home = tmp_path_factory.mktemp("service") / "home"
    shutil.copytree(enrolled, home)
    with serving(home) as service:
        yield service


def settle(workspace: Workspace) -> LittleWorld:
    """Enrol the little world, with money; where it is there already, nothing is done."""
    world = LittleWorld(workspace.date())
    enrol(workspace, world.network())
    bank = world.id("harbour")
    deposit(workspace, "bank's own money", bank, bank, CURRENCY, 200_000_00)
    deposit(workspace, "issuer's money", bank, world.id("crane"), CURRENCY, 200_000_00)
    return world


@contextmanager
def serving(home: Path, **more: Any) -> Iterator[Service]:
    """The service on a home of its own, with further settings."""
    settings = Settings(home=home, max_file_bytes=MAX_FILE_BYTES, webhook_private_networks=True, **more)
    with open_workspace(settings) as workspace:
        world = settle(workspace)
        app = create_app(workspace)
        secrets = secrets_of(workspace)

        def holds_no_secret(answer: httpx.Response) -> None:
            if answer.headers.get("content-type", "").startswith("text/event-stream"):
                return  # which has no end
            told = answer.read() + str(answer.headers).encode()
            assert not any(secret in told for secret in secrets), f"{answer.request.url} tells a secret"

        # One id for all requests, since answers that must be the same are compared.
        asking = {"event_hooks": {"response": [holds_no_secret]}, "headers": {"X-Request-ID": "of-these-tests"}}
        with (
            working(workspace),
            running(app) as address,
            httpx.Client(base_url=address, timeout=60, **asking) as client,
        ):
            service = Service(workspace, world, client)
            for short in (*world.firms, OPERATOR):
                enterprise = OPERATOR if short == OPERATOR else world.id(short)
                _, service.keys[short] = make_key(workspace, enterprise, "test")
            yield service
