"""A project of one small contract, on which the tools that prove the real ones are proven."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOY = Path(__file__).with_name("toy")


def lay(folder: Path) -> Path:
    """A copy of the toy project, with this project's compiler, settings and packages."""
    shutil.copytree(TOY, folder, dirs_exist_ok=True)
    shutil.copy(ROOT / "contracts" / "compiler.json", folder / "contracts" / "compiler.json")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "node_modules").symlink_to((ROOT / "node_modules").resolve())
    return folder
