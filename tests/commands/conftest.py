"""One demo for all tests that read it, and copies of its home for those that change it."""

import shutil
from types import SimpleNamespace

import pytest
from alembic.config import Config

from chain.commands.demo import run_demo
from chain.settings import Settings


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo")
    report, page = run_demo(Settings(home=home), seed=7)
    return SimpleNamespace(report=report, page=page, settings=Settings(home=home / "demo"))


@pytest.fixture
def copied(demo, tmp_path):
    """Settings of a copy of the demo's home."""
    shutil.copytree(demo.settings.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


@pytest.fixture
def migrated():
    """Brings a home's tables up or down: ``migrated(home, command.downgrade, "0002")``."""

    def migrate(home, act, revision):
        config = Config()
        config.set_main_option("script_location", "chain:store/migrations")
        with home.store.begin() as connection:
            config.attributes["connection"] = connection
            act(config, revision)

    return migrate
