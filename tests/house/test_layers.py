"""The house stands as its plan says: dependencies run one way.

1. ``chain`` imports nothing of ``api``.
2. Documents, graph and planning are pure: no chain, database, clock or environment.
3. Verification shares no code with books or planning.
4. Only commands, the command line and the API put things together.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PURE = {"chain.documents", "chain.graph", "chain.planning", "chain.picture"}
IMPURE_PACKAGES = (
    "web3", "sqlalchemy", "os", "subprocess", "socket", "requests", "httpx", "chain.store", "chain.issuance",
    "chain.indexing", "chain.books", "chain.commands", "chain.settings", "api",
)  # fmt: skip
#: Reading files is what documents' reader is for; it takes paths, and uses both cores.
ALLOWED = {"chain.documents.reading": {"os"}}


def modules(folder: str) -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "migrations" not in path.parts
    }


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def under(name: str, packages) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("module", modules("chain"))
def test_the_chain_package_knows_nothing_of_the_api(module):
    assert not {name for name in imports(modules("chain")[module]) if under(name, ["api"])}


@pytest.mark.parametrize("module", [name for name in modules("chain") if under(name, PURE)])
def test_documents_graph_and_planning_are_pure(module):
    allowed = ALLOWED.get(module, set())
    assert not {name for name in imports(modules("chain")[module]) if under(name, IMPURE_PACKAGES)} - allowed


@pytest.mark.parametrize("module", [name for name in modules("chain") if under(name, ["chain.verification"])])
def test_verification_shares_no_code_with_what_it_doubts(module):
    doubted = ("chain.books", "chain.planning", "chain.indexing", "chain.store", "chain.commands", "chain.graph")
    assert not {name for name in imports(modules("chain")[module]) if under(name, doubted)}


@pytest.mark.parametrize("module", [n for n in modules("chain") if not under(n, ["chain.commands", "chain.cli"])])
def test_only_the_edges_put_things_together(module):
    assert not {name for name in imports(modules("chain")[module]) if under(name, ["chain.commands", "chain.cli"])}


@pytest.mark.parametrize(
    "module", [n for n in modules("chain") if n not in ("chain.settings", "chain.language", "chain.commands.serve")]
)
def test_the_environment_is_read_in_one_place(module):
    source = modules("chain")[module].read_text()
    assert "os.environ" not in source
    assert "getenv" not in source


@pytest.mark.parametrize("module", modules("api"))
def test_routes_reach_the_product_through_commands(module):
    if ".routes" in module:
        inner = ["chain.issuance", "chain.indexing", "chain.planning", "chain.graph"]
        reached = {name for name in imports(modules("api")[module]) if under(name, inner)}
        assert not {name for name in reached if not name.endswith(".model")}
