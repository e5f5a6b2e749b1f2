"""``python -m tests.openapi``: a long run against a service of its own. Everything that its document allows and does not is
tried by every caller, from a seed that it prints; ``--seed`` tries the same again."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.openapi.conformance import try_out
from tests.openapi.conftest import serving_a_story
from tests.openapi.test_conformance import CALLERS, strangers

PHASES = ("examples", "coverage", "fuzzing", "stateful")


def main() -> int:
    """Returns how many callers were answered wrongly."""
    parser = argparse.ArgumentParser(prog="python -m tests.openapi", description=__doc__)
    parser.add_argument("--examples", type=int, default=50, help="generated requests for an operation, at most")
    parser.add_argument("--seconds", type=int, default=300, help="for a caller, at most")
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = secrets.randbelow(2**32) if given.seed is None else given.seed
    print(f"seed {seed}", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, serving_a_story(Path(folder)) as service:
        address = str(service.client.base_url).rstrip("/")
        for who in CALLERS:
            outcome = try_out(
                address, service.keys[who], examples=given.examples, seed=seed, phases=PHASES, seconds=given.seconds
            )
            failures = sorted(set(outcome.failures)) + [
                f"{label} tells of the other branch"
                for label in outcome.telling(service.world.markers(*strangers(who)))
            ]
            statuses = Counter(status for _, status, _ in outcome.answers)
            print(
                f"{who}: {len(outcome.answers)} answers {dict(sorted(statuses.items()))}, {len(failures)} wrong",
                flush=True,
            )
            for failure in failures:
                print(failure, file=sys.stderr)
            wrong += bool(failures)
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
