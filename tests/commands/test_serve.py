"""What `pearl serve` keeps running beside the node.

1. A worker that ends is started again after a pause, and the log says which process ended and with which code.
2. One that ends again and again ends all, with its exit code.
3. Where the API ends, all end, with its exit code.
"""

from __future__ import annotations

import logging
import os
import time

import pytest

from chain.commands import serve

#: Writes that it was started, and the rest of it.
STARTED = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); "
STAYS = "time.sleep(60)"


@pytest.fixture
def run(monkeypatch, tmp_path):
    """``run(api, worker)``, the two as programs; ``until`` gets how often each was started. Gives the exit code, and that."""
    monkeypatch.setattr(serve, "RESTART_SECONDS", 0.01)

    def started(name):
        path = tmp_path / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def run(api, worker, until=lambda api, worker: False):
        names = {"api": api, "worker": worker}
        monkeypatch.setattr(
            serve, "PROCESSES", tuple(("-c", STARTED + what, str(tmp_path / name)) for name, what in names.items())
        )
        ends = time.monotonic() + 30

        def looked():
            time.sleep(0.02)
            assert time.monotonic() < ends
            return until(len(started("api")), len(started("worker")))

        code = serve._run(dict(os.environ), looked)
        for name in names:
            for process in started(name):
                with pytest.raises(ProcessLookupError):
                    os.kill(process, 0)
        return code, len(started("api")), len(started("worker"))

    return run


def test_a_worker_that_ends_is_started_again_and_the_log_says_which_and_why(run, caplog):
    with caplog.at_level(logging.WARNING):
        code, api, worker = run(STAYS, "sys.exit(3)", lambda _api, worker: worker == 3)
    assert (code, api, worker) == (0, 1, 3)
    told = [record.getMessage() for record in caplog.records]
    assert len(told) >= 2
    assert all("worker" in line and "with code 3" in line for line in told)


def test_a_worker_that_ends_again_and_again_ends_all(run, caplog):
    with caplog.at_level(logging.WARNING):
        code, api, worker = run(STAYS, "sys.exit(3)")
    assert (code, api, worker) == (3, 1, serve.MOST_RESTARTS + 1)
    assert len(caplog.records) == serve.MOST_RESTARTS + 1


def test_a_worker_waits_longer_each_time_before_it_is_started_again(run, monkeypatch):
    monkeypatch.setattr(serve, "RESTART_SECONDS", 0.2)
    began = time.monotonic()
    run(STAYS, "sys.exit(3)", lambda _api, worker: worker == 3)
    assert time.monotonic() - began >= 0.2 + 0.4


def test_where_the_api_ends_all_end(run, caplog):
    with caplog.at_level(logging.WARNING):
        code, api, worker = run("time.sleep(0.3); sys.exit(5)", STAYS)
    assert (code, api, worker) == (5, 1, 1)
    assert "with code 5" in caplog.text
