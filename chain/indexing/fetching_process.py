"""Fetching in a process of its own, for a chain of which much is missing.

Fetching and decoding a range of blocks takes about as long as keeping and folding the one before it. Of two threads one waits
for the other's interpreter; a process of its own does not. It is an interpreter that knows no more than fetching needs, and
ends when nobody asks it any more.
"""

from __future__ import annotations

import gc
import logging
import marshal
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import Lock

from chain.books.named import Named
from chain.errors import PearlError
from chain.indexing.fetching import Fetched, Fetcher

log = logging.getLogger("pearl.indexer")


class FetchingProcess:
    """Does what a `Fetcher` does, in a process that ends with this one."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._answers, theirs = Pipe()
        self.process = subprocess.Popen(
            # '-P': a folder of the name 'chain' where somebody works is not this program.
            [sys.executable, "-P", "-m", "chain.indexing.fetching_process", str(theirs.fileno())],
            stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()],
        )  # fmt: skip
        theirs.close()
        self._asking = Lock()
        self._untold: Fetcher | None = fetcher

    def is_ready(self) -> bool:
        """Whether `fetch` need not wait for it to begin, which takes it most of a second; also where it has ended."""
        return self._untold is None or self._answers.poll()

    def fetch(self, first: int, head: int) -> Fetched | None:
        """As `Fetcher.fetch`; None also where it failed, so that whoever asks again himself is told why."""
        try:
            with self._asking:
                if self._untold is not None:
                    self._answers.recv_bytes()  # that it has begun
                    self._answers.send(self._untold)
                    self._untold = None
                self._answers.send((first, head))
                answer = self._answers.recv_bytes()
        except (OSError, EOFError):
            log.warning("the process that fetches blocks ended")
            return None
        parts = marshal.loads(answer)  # noqa: S302 - of our own process
        if parts is None:
            return None
        start, end, headers, rows, told, named = parts
        return Fetched(start, end, headers, rows, told, Named(*named))

    def close(self) -> None:
        """End it; who waits for an answer waits no longer."""
        self.process.terminate()
        self.process.wait()
        with self._asking:
            self._answers.close()


def _serve(questions: Connection) -> None:
    logging.disable()  # whoever started it asks again himself, and says in his own log why it failed
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # which whoever started it gets, too
    gc.disable()  # Logs are no garbage, and looking through thousands of them for some takes as long as reading them.
    questions.send_bytes(b"")
    fetcher: Fetcher = questions.recv()
    while True:
        first, head = questions.recv()
        try:
            fetched = fetcher.fetch(first, head)
        except PearlError:
            fetched = None
        # What is in it are numbers, texts, bytes, and lists of these; to read it pickled takes five times as long.
        parts = None if fetched is None else (
            fetched.first, fetched.last, fetched.headers, fetched.rows, fetched.told, tuple(fetched.named),
        )  # fmt: skip
        questions.send_bytes(marshal.dumps(parts))


if __name__ == "__main__":
    try:
        _serve(Connection(int(sys.argv[1])))
    except (OSError, EOFError):  # whoever asked is gone, however
        sys.exit()
