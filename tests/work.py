"""How much work something is, whatever the machine does meanwhile."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def steps_of(do: Callable[[], object]) -> int:
    """So many steps of Python's byte code it takes."""
    steps = 0

    def step(frame: FrameType, *_: object) -> Callable[..., Any]:
        nonlocal steps
        frame.f_trace_opcodes = True
        steps += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        do()
    finally:
        sys.settrace(before)
    return steps
