"""Worlds that the tests of this part share; each is made once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chain.world.generator import make_world
from chain.world.model import World
from chain.world.writing import write_world

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def world() -> World:
    """The world that the demo runs on, with a fixed day."""
    return make_world(1, TODAY)


@pytest.fixture(scope="session")
def written(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the world is written to."""
    folder = tmp_path_factory.mktemp("world")
    write_world(world, folder)
    return folder
