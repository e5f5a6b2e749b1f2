"""A backup is one file that a home comes back from.

1. All rows and originals come back as they were, from either database into either.
2. What is not whole is refused, and nothing is written; so is what a newer version made.
3. A home that has anything in it is left alone.
4. The passphrase is never in a backup, and keystores are only where they were asked for.
5. After it, chain = books = documents holds.
"""

import json
import shutil
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, insert, select

from chain.cli import main
from chain.commands.backup import BackupDamaged, BackupNewer, HomeNotEmpty, backup, restore
from chain.commands.verify import verify
from chain.commands.workspace import OperatorKeyMissing, existing_workspace, open_home, open_workspace
from chain.errors import Conflict, NotFound
from chain.issuance.signers import PassphraseMissing
from chain.settings import Settings
from chain.store.tables import files, metadata, networks
from tests.databases import KINDS, Databases
from tests.effort import examples

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | TEXTS,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def values(column):
    """Anything that the column may hold."""
    kind = column.type
    if column.name == "file":
        return st.just(1)
    if isinstance(kind, Boolean):
        found = st.booleans()
    elif isinstance(kind, BigInteger):
        found = st.integers(-(2**63), 2**63 - 1)
    elif isinstance(kind, Integer):
        found = st.integers(-(2**31), 2**31 - 1)
    elif isinstance(kind, LargeBinary):
        found = st.binary(max_size=20)
    elif kind.python_type is str:
        found = TEXTS.map(lambda text: text[: getattr(kind, "length", None) or 12])
    else:
        found = JSONS
    return found | st.none() if column.nullable else found


@st.composite
def contents(draw):
    """Rows for a few tables; what is referred to is there."""
    found = {table.name: [] for table in metadata.sorted_tables}
    chosen = draw(st.sets(st.sampled_from(sorted(found)), max_size=5))
    for table in (table for table in metadata.sorted_tables if table.name in chosen):
        row = st.fixed_dictionaries({column.name: values(column) for column in table.columns})
        unique = [tuple(c.name for c in constraint.columns) for constraint in table.constraints if constraint.columns
                  and type(constraint).__name__ in ("PrimaryKeyConstraint", "UniqueConstraint")]  # fmt: skip
        rows = draw(st.lists(row, min_size=1, max_size=2, unique_by=tuple(
            (lambda one, names=names: tuple(one[name] for name in names)) for names in unique
        )))  # fmt: skip
        if table.autoincrement_column is not None:  # a counter's own numbers
            rows = [{**one, table.autoincrement_column.name: number} for number, one in enumerate(rows, 1)]
        found[table.name] = rows
    found["files"] = [{**one, "sha256": "", "read": False} for one in found["files"][:1]]
    if not found["files"]:
        for name in ("documents", "findings"):
            found[name] = []
    found["transactions"] = [{**one, "operation": 1} for one in found["transactions"] if found["operations"]]
    found["uploads"] = [{**one, "command": 1} for one in found["uploads"][:1] if found["commands"]]
    asked = found["financing_requests"]
    found["loan_offers"] = [{**one, "request": asked[0]["id"]} for one in found["loan_offers"] if asked]
    found["decisions"] = [{**one, "command": 1} for one in found["decisions"] if found["commands"]]
    in_blocks = zip(found["events"], found["blocks"], strict=False)
    found["events"] = [{**one, "block_number": block["number"]} for one, block in in_blocks]
    return found


def rows_of(home):
    with home.store.read() as connection:
        return {
            table.name: [dict(r) for r in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            for table in metadata.sorted_tables
        }


@pytest.fixture(params=[(a, b) for a in KINDS for b in KINDS], ids=lambda pair: f"{pair[0]} to {pair[1]}")
def pair(request, tmp_path, new_databases):
    """A place to back up, and a place to restore into."""
    return new_databases(request.param[0], tmp_path / "from"), new_databases(request.param[1], tmp_path / "to")


#: An example is two databases; to shrink one that fails would take longer than to read it.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)
@given(content=contents(), originals=st.lists(st.binary(max_size=50), unique=True, max_size=4), number=st.integers(0))
def test_everything_comes_back_from_either_database_into_either(pair, tmp_path, content, originals, number):
    old, new = pair
    name = f"home{number}-{len(list(tmp_path.glob('*.backup')))}"
    file = tmp_path / f"{name}.backup"
    with open_home(old.settings(tmp_path / "old" / name, name=name)) as home:
        with home.store.begin() as connection:
            for table in metadata.sorted_tables:
                if content[table.name]:
                    connection.execute(insert(table), content[table.name])
            for at, original in enumerate(originals, 10):
                row = {"path": str(at), "sha256": home.originals.put(original), "read": True, "format": "-"}
                connection.execute(insert(files).values(**row, id=at, ingested_at=0))
        before = rows_of(home)
        saved = backup(home, file)
    assert saved.rows == sum(map(len, before.values()))
    assert saved.missing == []
    target = new.settings(tmp_path / "new" / name, name=name, bare=True)
    restored = restore(target, file)
    assert (restored.rows, restored.originals) == (saved.rows, len(originals))
    with open_home(target) as home:
        assert rows_of(home) == before
        assert {home.originals.get(digest) for digest in home.originals.digests()} == set(originals)
        with home.store.begin() as connection:  # counters go on behind what came in
            row = {"path": "later", "sha256": "", "read": False, "format": "-", "ingested_at": 0}
            added = connection.execute(insert(files).values(**row)).inserted_primary_key[0]
        assert added > max((row["id"] for row in before["files"]), default=0)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small backup, and its bytes."""
    folder = tmp_path_factory.mktemp("whole")
    with open_home(Settings(home=folder / "home")) as home:
        with home.store.begin() as connection:
            connection.execute(insert(networks).values(id=1, body={"name": "n" * 50}, version=1))
            row = {"path": "p", "sha256": home.originals.put(b"original " * 20), "read": True, "format": "-"}
            connection.execute(insert(files).values(**row, ingested_at=0))
        backup(home, folder / "file")
    return (folder / "file").read_bytes()


@pytest.fixture(scope="module")
def restored_whole(whole, tmp_path_factory):
    folder = tmp_path_factory.mktemp("restored")
    (folder / "file").write_bytes(whole)
    restore(Settings(home=folder / "home"), folder / "file")
    with open_home(Settings(home=folder / "home")) as home:
        return rows_of(home)


@settings(max_examples=examples(150), deadline=None, suppress_health_check=list(HealthCheck))
@given(at=st.integers(0, 10**9), bit=st.integers(0, 7), cut=st.booleans())
@example(at=0, bit=0, cut=True)
def test_a_damaged_backup_is_refused_or_says_what_it_said(whole, restored_whole, tmp_path, at, bit, cut):
    """One bit turned, or the end cut off. Some bits of an archive say nothing: then everything comes back all the same."""
    at %= len(whole)
    turned = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
    shutil.rmtree(tmp_path / "home", ignore_errors=True)
    (tmp_path / "file").write_bytes(turned)
    target = Settings(home=tmp_path / "home")
    try:
        restore(target, tmp_path / "file")
    except (BackupDamaged, BackupNewer):
        assert not target.home.exists()
    else:
        assert not cut
        with open_home(target) as home:
            assert rows_of(home) == restored_whole


def rewritten(whole, file, change):
    """The backup with a manifest, or entries, that somebody changed in order."""
    (file.parent / "source").write_bytes(whole)
    with ZipFile(file.parent / "source") as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        entries = {name: old.read(name) for name in old.namelist()}
        manifest = json.loads(entries["manifest.json"])
        change(manifest, entries)
        entries["manifest.json"] = json.dumps(manifest).encode()
        for name, content in entries.items():
            new.writestr(name, content)


def newer_tables(manifest, entries):
    manifest["revision"] = "9999"


def newer_format(manifest, entries):
    manifest["format"] = "pearlchain/backup/2"
    manifest["more"] = 1


def other_row(manifest, entries):
    entries["tables/networks.jsonl"] = entries["tables/networks.jsonl"].replace(b"n", b"m")


def more(manifest, entries):
    entries["originals/more"] = b""


def less(manifest, entries):
    del entries["tables/networks.jsonl"]


def outside(manifest, entries):
    entries["home/../outside"] = b""
    manifest["entries"]["home/../outside"] = {"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                              "bytes": 0}  # fmt: skip


def misnamed_original(manifest, entries):
    (name,) = [name for name in entries if name.startswith("originals/")]
    wrong = "originals/" + "0" * 64
    entries[wrong], manifest["entries"][wrong] = entries.pop(name), manifest["entries"].pop(name)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (newer_tables, BackupNewer), (newer_format, BackupNewer), (other_row, BackupDamaged), (more, BackupDamaged),
        (less, BackupDamaged), (outside, BackupDamaged), (misnamed_original, BackupDamaged),
    ],
)  # fmt: skip
def test_what_is_not_what_its_manifest_says_is_refused_and_nothing_is_written(whole, tmp_path, change, error):
    rewritten(whole, tmp_path / "file", change)
    with pytest.raises(error):
        restore(Settings(home=tmp_path / "home"), tmp_path / "file")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("databases", KINDS, indirect=True)
def test_what_has_anything_in_it_is_left_alone(databases, whole, tmp_path):
    (tmp_path / "file").write_bytes(whole)
    target = databases.settings(tmp_path / "home")
    with open_home(target) as home:
        before = rows_of(home)
    with pytest.raises(HomeNotEmpty):
        restore(target, tmp_path / "file")
    if databases.kind == "postgresql":  # the home is empty, the database is not
        with pytest.raises(HomeNotEmpty):
            restore(databases.settings(tmp_path / "another"), tmp_path / "file")
    with open_home(target) as home:
        assert rows_of(home) == before


def test_a_backup_replaces_no_file_and_a_file_that_is_not_there_is_said_to_be(tmp_path):
    with open_home(Settings(home=tmp_path / "home")) as home:
        backup(home, tmp_path / "file")
        before = (tmp_path / "file").read_bytes()
        with pytest.raises(Conflict):
            backup(home, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == before
    with pytest.raises(NotFound):
        restore(Settings(home=tmp_path / "other"), tmp_path / "nothing")


def test_an_original_that_is_gone_or_damaged_is_named_and_the_rest_is_saved(copied, tmp_path, capsys):
    with open_home(copied) as home:
        with home.store.read() as connection:
            gone, damaged, *_ = connection.execute(select(files.c.sha256).where(files.c.read)).scalars()
        home.originals.delete(gone)
        (copied.home / "originals" / damaged[:2] / damaged).write_bytes(b"worse")
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "backup", str(tmp_path / "file"), "--json"])
    assert end.value.code == 1
    assert sorted(json.loads(capsys.readouterr().out)["missing"]) == sorted([gone, damaged])


@pytest.mark.parametrize("databases", KINDS, indirect=True)
def test_after_a_restore_chain_books_and_documents_agree(databases: Databases, copied, tmp_path):
    """The embedded chain is made anew from the outbox."""
    secret = (copied.secrets_folder / "keystore.passphrase").read_bytes()
    with open_home(copied) as home:
        saved = backup(home, tmp_path / "file", keystores=True)
        plain = backup(home, tmp_path / "plain")
    assert saved.keystores > 0
    assert plain.keystores == 0
    for name in ("file", "plain"):
        with ZipFile(tmp_path / name) as archive:
            names = archive.namelist()
            assert not any(secret in archive.read(entry) for entry in names)
            assert any("keystores" in entry or "network.key" in entry for entry in names) == (name == "file")
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    keyless = databases.settings(tmp_path / "home1", name="keyless", bare=True)
    restore(keyless, tmp_path / "plain")
    for open_it in (existing_workspace, open_workspace):
        with pytest.raises(OperatorKeyMissing), open_it(keyless):
            pass
    assert not list(keyless.keystore_folder.glob("*"))
    target = databases.settings(tmp_path / "home2", name="restored", bare=True)
    assert restore(target, tmp_path / "file").wanting == ["secrets/keystore.passphrase"]
    with pytest.raises(PassphraseMissing), existing_workspace(target):
        pass
    assert not (target.secrets_folder / "keystore.passphrase").exists()  # a new one would open nothing
    (target.secrets_folder / "keystore.passphrase").write_bytes(secret)
    with existing_workspace(target) as workspace:
        report = verify(workspace)
    assert report.ok, report.differences
