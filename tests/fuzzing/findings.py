"""A finding: the input that broke something, written down so that one line reads it again."""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path

from tests.fuzzing.families import FAMILIES
from tests.fuzzing.invariants import Broken, hold


def fault_of(error: BaseException) -> str:
    """Which fault it is: the invariant, or the exception with the last place of ours that it passed."""
    if isinstance(error, Broken):
        return error.rule
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "chain" in Path(frame.filename).parts]
    place = f"{Path(frames[-1].filename).name} {frames[-1].name}" if frames else "?"
    return f"{type(error).__name__} in {place}"


def write_down(folder: Path, family: str, content: bytes, error: BaseException) -> Path:
    """The input, and beside it what is wrong."""
    path = folder / f"{family}-{hashlib.sha256(content).hexdigest()[:16]}"
    path.write_bytes(content)
    said = "".join(traceback.format_exception(error))
    path.with_name(path.name + ".txt").write_text(
        f"{fault_of(error)}\n\n{said}", encoding="utf-8", errors="backslashreplace"
    )
    return path


def told(path: Path) -> str:
    """What is wrong with an input that was written down; what stopped the fuzzer it calls by its own word (timeout, oom)."""
    beside = path.with_name(path.name + ".txt")
    return beside.read_text(encoding="utf-8").partition("\n")[0] if beside.exists() else path.name.split("-")[1]


def replay(path: Path) -> None:
    """Hold an input to the invariants of its family, with which its name begins. Raises what does not hold."""
    hold(FAMILIES[path.name.partition("-")[0]], path.read_bytes())
