"""The service as a process of its own.

1. It prints its address; and the first key, once, only when there is none.
2. It ends cleanly on SIGTERM, with the node that it started.
3. No key ever stands in its log.
4. Where its port is taken it says so and opens nothing.
5. The clock of an embedded chain, whose blocks come only with commands, follows the machine's.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from api.desk import Desk
from chain.commands.workspace import open_workspace
from chain.settings import Settings

ROOT = Path(__file__).parents[2]


@contextmanager
def api(home: Path, log: Path, **settings: str):
    """``python -m api`` on a free port. Gives the process."""
    environment = os.environ | {"PEARL_API_PORT": "0", "LANG": "C", "LC_ALL": "C"} | settings
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "api", "--home", str(home)], cwd=ROOT, env=environment, text=True,
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
    assert "GET /v1/me" in written
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


def test_an_idle_ledger_keeps_time(tmp_path):
    with open_workspace(
        Settings(home=tmp_path / "home"), genesis_timestamp=int(time.time()) - 30 * 86_400
    ) as workspace:
        assert time.time() - workspace.now() > 29 * 86_400
        Desk(workspace).follow()
        assert time.time() - workspace.now() < 60
        before = workspace.web3.eth.block_number
        Desk(workspace).follow()
        assert workspace.web3.eth.block_number == before
