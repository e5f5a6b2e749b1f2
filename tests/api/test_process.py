"""The service as a process of its own.

1. It prints its address; and the first key, once, only when there is none.
2. It ends cleanly on SIGTERM, with the node that it started.
3. No key ever stands in its log.
4. Where its port is taken it says so and opens nothing.
5. Where the embedded node ends, it and the API are started again.
6. The clock of an embedded chain, whose blocks come only with commands, follows the machine's.
7. A worker that was away for a day catches up, and meanwhile the API reads on and says how far it is behind.
8. Whoever holds the service's lifeline ends it by its own end.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.desk import KEPT_SECONDS
from api.worker import Worker
from chain.commands.keys import make_key
from chain.commands.workspace import OPERATOR, open_workspace
from chain.issuance.node import EmbeddedNode
from chain.settings import Settings
from tests.api.conftest import running

ROOT = Path(__file__).parents[2]


@contextmanager
def api(home: Path, log: Path, module: str = "api", **settings: str):
    """``python -m api`` on a free port, or a worker. Gives the process."""
    environment = os.environ | {"PEARL_API_PORT": "0", "LANG": "C", "LC_ALL": "C"} | settings
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "--home", str(home)], cwd=ROOT, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


def ended(process: subprocess.Popen) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(timeout=60)


def running_node(home: Path) -> int | None:
    path = home / "node" / "running.json"
    return int(re.search(r'"process_id": (\d+)', path.read_text())[1]) if path.exists() else None


@pytest.fixture
def log(tmp_path):
    return tmp_path / "log"


def test_the_first_start_prints_a_key_and_the_second_does_not(tmp_path, log):
    home = tmp_path / "home"
    with api(home, log) as process:
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        key = re.search(r"pearl_\S+", process.stdout.readline())[0]
        headers = {"Authorization": f"Bearer {key}", "Accept-Language": "zh"}
        me = httpx.get(f"{address}/v1/me", headers=headers, timeout=60).json()
        assert me["roles"] == ["operator"]
        refused = httpx.get(f"{address}/v1/picture", headers=headers, timeout=60)
        assert (refused.status_code, refused.json()["rule"]) == (409, "NoNetwork")
        wanted = {"enterprise": "USCC:91350100M000100Y43", "label": "treasury system"}
        refused = httpx.post(f"{address}/v1/keys", headers=headers, json=wanted, timeout=60)
        assert (refused.status_code, refused.json()["rule"]) == (409, "NoNetwork")
        assert "pearl enrol" in refused.json()["next_step"]
        assert httpx.get(f"{address}/v1/health", timeout=60).json()["status"] == "ok"
        node = running_node(home)
        assert ended(process) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(node, 0)
    with api(home, log) as process:
        address = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        assert httpx.get(f"{address}/v1/me", headers=headers, timeout=60).status_code == 200
        assert ended(process) == 0
        assert process.stdout.read() == ""
    written = log.read_text()
    assert "GET /v1/me 200" in written
    assert key not in written
    assert "Traceback" not in written


def test_where_the_port_is_taken_it_says_so_and_opens_nothing(tmp_path, log):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with api(tmp_path / "home", log, PEARL_API_PORT=port) as process:
            assert process.wait(timeout=60) == 1
    assert port in log.read_text()
    assert "Traceback" not in log.read_text()
    assert not (tmp_path / "home").exists()


@pytest.mark.deep
def test_a_node_that_ends_under_the_service_is_started_again_whoever_had_started_it(tmp_path, log):
    home = tmp_path / "home"
    others = EmbeddedNode(home / "node")
    others.start()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = os.environ | {"PEARL_API_PORT": port}
    serve = [sys.executable, "-c", "from chain.cli import main; main()", "--home", str(home), "serve"]
    with log.open("ab") as written:
        process = subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=written, stderr=written)
    try:
        answers_over(port, node := running_node(home))
        others.stop()
        answers_over(port, node := running_node_other_than(home, node))
        os.kill(node, signal.SIGKILL)
        answers_over(port, node := running_node_other_than(home, node))
        assert ended(process) == 0
    finally:
        if process.poll() is None:
            ended(process)
        others.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(node, 0)
    assert "started again" in log.read_text()


def test_a_process_ends_with_the_one_that_holds_its_lifeline():
    ours, held = os.pipe()
    lives = f"from chain.ending import end_with; import time; end_with({ours}); print('on', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", lives], cwd=ROOT, pass_fds=(ours,), stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"on\n"
        assert process.poll() is None
        os.close(held)
        assert process.wait(timeout=20) == -signal.SIGTERM
    os.close(ours)


@pytest.mark.deep
def test_where_the_service_is_killed_hard_its_processes_end_and_it_starts_again_on_its_port(tmp_path, log):
    home = tmp_path / "home"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    serve = [sys.executable, "-c", "from chain.cli import main; main()", "--home", str(home), "serve"]

    def started():
        with log.open("ab") as written:
            environment = os.environ | {"PEARL_API_PORT": port}
            return subprocess.Popen(serve, cwd=ROOT, env=environment, stdout=written, stderr=written)

    process = started()
    try:
        while (node := running_node(home)) is None:
            time.sleep(0.05)
        answers_over(port, node)
        process.kill()
        process.wait()
        until = time.monotonic() + 60
        while is_listening(port):
            assert time.monotonic() < until
            time.sleep(0.1)
        process = started()
        answers_over(port, node)  # the one that was left
        assert ended(process) == 0
    finally:
        if process.poll() is None:
            ended(process)
        with suppress(ProcessLookupError):
            os.kill(node, signal.SIGTERM)


def is_listening(port: str) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", int(port)), timeout=5):
        return True
    return False


def running_node_other_than(home: Path, earlier: int) -> int:
    until = time.monotonic() + 60
    while (node := running_node(home)) in (None, earlier):
        assert time.monotonic() < until
        time.sleep(0.05)
    return node


def answers_over(port: str, node: int) -> None:
    """Wait until the service says that all is well, on the node that is running."""
    until = time.monotonic() + 120
    while True:
        os.kill(node, 0)
        with suppress(httpx.HTTPError):
            if httpx.get(f"http://127.0.0.1:{port}/v1/health", timeout=60).status_code == 200:
                return
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.parametrize("missing", [2_000, pytest.param(43_200, marks=pytest.mark.deep)], ids=["an hour", "a day"])
def test_while_it_catches_up_the_service_reads_on_and_says_how_far_it_is_behind(tmp_path, missing):
    """No worker ran, while the chain made a block every two seconds."""
    with open_workspace(Settings(home=tmp_path / "home")) as workspace:
        _, key = make_key(workspace, OPERATOR, "test")
        with (
            running(create_app(workspace)) as address,
            httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client,
        ):

            def behind():
                assert client.get("/v1/exposure").status_code == client.get("/v1/me").status_code == 200
                return client.get("/v1/health").json()["blocks_behind"]

            assert behind() == 0
            workspace.web3.provider.make_request("anvil_mine", [hex(missing), "0x2"])
            time.sleep(KEPT_SECONDS)  # so long what a node said counts
            assert behind() == missing
            with ThreadPoolExecutor(1) as pool:
                following = pool.submit(Worker(workspace).follow)
                while not following.done():
                    assert 0 <= behind() <= missing + 1  # the worker keeps the embedded chain's clock by a block
                following.result()
            time.sleep(KEPT_SECONDS)
            assert behind() == 0


def test_an_idle_ledger_keeps_time(tmp_path):
    with open_workspace(
        Settings(home=tmp_path / "home"), genesis_timestamp=int(time.time()) - 30 * 86_400
    ) as workspace:
        assert time.time() - workspace.now() > 29 * 86_400
        Worker(workspace).follow()
        assert time.time() - workspace.now() < 60
        before = workspace.web3.eth.block_number
        Worker(workspace).follow()
        assert workspace.web3.eth.block_number == before
