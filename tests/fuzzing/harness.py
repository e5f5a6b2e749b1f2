"""The process that atheris drives: one family, until its time is over or something does not come back.

`python -m tests.fuzzing.harness FAMILY FOLDER OPTIONS…`, options as of libFuzzer. A finding is written down and the run goes
on; a hang and memory without end stop the process, and libFuzzer writes these down itself.
"""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import atheris

#: Where branches are counted; what is compiled cannot be looked into.
INSTRUMENTED = ["chain", "pypdf", "stdnum"]

#: An input's length, as of libFuzzer's -max_len. Seeds are shorter.
MOST_BYTES = 65_536

#: Different faults of one family that are written down.
MOST_FINDINGS = 25


def main(name: str, folder: Path, options: list[str]) -> None:
    """Fuzz; does not return."""
    with atheris.instrument_imports(include=INSTRUMENTED):
        from tests.fuzzing.families import FAMILIES
        from tests.fuzzing.findings import fault_of, write_down
        from tests.fuzzing.invariants import hold
        from tests.fuzzing.mutation import mutated
    family, known = FAMILIES[name], set[str]()

    def one(content: bytes) -> None:
        try:
            hold(family, content)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # whatever it is, it is a finding; a panic of Rust is no Exception
            fault = fault_of(error)
            if fault not in known and len(known) < MOST_FINDINGS:
                known.add(fault)
                write_down(folder, name, content, error)

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.4:
            return atheris.Mutate(content, most)
        return mutated(bytes(content), random)[:most]

    atheris.Setup([sys.argv[0], *options], one, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
