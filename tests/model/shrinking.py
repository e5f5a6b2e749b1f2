"""Fewer steps that still part model and contracts: for who has to read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from chain.issuance.compilation import Artifacts
from tests.model.chain import Difference
from tests.model.driver import Run
from tests.model.histories import Action


def difference_of(seed: int | str, actions: list[Action], artifacts: Artifacts) -> tuple[list[Action], str] | None:
    """The actions up to the one after which both differ, and how; None if they agree to the end.

    Any history is a fair one: what a step needs and does not find is refused, which the model foretells.
    """
    run = Run(seed, artifacts)
    begun = len(run.actions)
    try:
        for action in actions:
            run.step(action)
        run.compare_all()
    except Difference as difference:
        return run.actions[begun:], str(difference)
    return None


def shrunk(
    seed: int | str,
    actions: list[Action],
    artifacts: Artifacts,
    attempts: int = 400,
    tell: Callable[[int], None] = lambda left: None,
) -> tuple[list[Action], str] | None:
    """The shortest history found by leaving stretches of steps out, long ones first; None if it agrees this time.

    A step that is left out lends its time to the next one, so that days pass as before.
    """
    best = difference_of(seed, actions, artifacts)
    if best is None:
        return None
    size = max(1, len(best[0]) // 2)
    while attempts > 0:
        begin = 0
        while begin < len(best[0]) - 1 and attempts > 0:
            attempts -= 1
            tried = _without(best[0], begin, min(begin + size, len(best[0]) - 1))
            found = difference_of(seed, tried, artifacts)
            if found is None:
                begin += size
            else:
                best = found
                tell(len(best[0]))
        if size == 1:
            break
        size = max(1, size // 2)
    return best


def _without(actions: list[Action], begin: int, end: int) -> list[Action]:
    passed = sum(action.wait for action in actions[begin:end])
    follower = actions[end]
    return [*actions[:begin], replace(follower, wait=follower.wait + passed), *actions[end + 1 :]]
