"""The audit log is what was done, and only grows.

1. An entry is there exactly when what it tells of is: both are committed, or neither.
2. However many processes write, and whoever is killed, numbers have no gap and no entry has two after it.
3. The database itself refuses to change, delete or replace an entry.
4. What was asked for is not in it, and can be shown to be what was asked for.
5. Whatever is done by key, alias, plan, netting, register or retention stands in it, with who did it and for whom.
"""

import ast
import hashlib
import json
import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from chain.commands.audit import CONSOLE, NOTHING_BEFORE, Acting, Outcome, all_entries, canonical, digest_of, record
from chain.commands.callers import AT_THE_MACHINE
from chain.commands.keys import make_key, revoke_key
from chain.commands.workspace import OPERATOR, Home
from chain.store.database import Store
from chain.store.tables import audit, files
from chain.verification.audit import AuditEntry, hash_of

ROOT = Path(__file__).parents[2]
PROCESSES, EACH = 4, 12
BY_KEY = Acting("key:0123456789abcdef", "USCC:91350100M000100Y43", "request 1")


@pytest.fixture
def home(databases, tmp_path):
    store = databases.open()
    yield Home(databases.settings(tmp_path / "home"), store)
    store.close()


def add(store, by=CONSOLE, action="test", subject="1", asked=None, **more):
    with store.begin() as connection:
        return record(connection, by, action, subject, asked or {}, **more)


def chained(home):
    """The entries, after it is seen that they are a chain."""
    entries = list(all_entries(home))
    previous = NOTHING_BEFORE
    for number, entry in enumerate(entries, 1):
        assert (entry.number, entry.previous) == (number, previous)
        told = {name: getattr(entry, name) for name in AuditEntry._fields}
        assert entry.hash == hash_of(AuditEntry(**told))
        previous = entry.hash
    return entries


def test_an_entry_says_who_did_what_for_whom_and_how_it_ended(home):
    assert add(home.store) == 1
    assert (
        add(home.store, BY_KEY, "issue", "op7", {"minor": 5}, outcome=Outcome.REFUSED, rule="CreditLimitExceeded") == 2
    )
    _, entry = chained(home)
    assert (entry.actor, entry.enterprise, entry.request_id) == (BY_KEY.actor, BY_KEY.enterprise, "request 1")
    assert (entry.action, entry.subject, entry.outcome, entry.rule) == (
        "issue",
        "op7",
        "refused",
        "CreditLimitExceeded",
    )


def test_what_comes_to_nothing_leaves_no_entry(home):
    add(home.store)

    def fail():
        with home.store.begin() as connection:
            record(connection, CONSOLE, "test", "2", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert add(home.store) == 2
    assert len(chained(home)) == 2


def test_an_entry_is_only_added_where_something_is_written(home):
    with pytest.raises(AssertionError), home.store.read() as connection:
        record(connection, CONSOLE, "test", "1", {})


def test_what_was_asked_for_is_hidden_by_a_salt_and_can_be_shown(home):
    asked = {"recipient": "某供应商", "amount": {"minor": 8_486_800, "currency": "CNY"}}
    add(home.store, asked=asked)
    add(home.store, asked=asked)
    one, other = chained(home)
    assert one.digest != other.digest
    assert digest_of(bytes.fromhex(one.salt), asked) == one.digest
    assert one.salt not in json.dumps(one.as_json())
    assert one.as_json()["salt_digest"] == hashlib.sha256(bytes.fromhex(one.salt)).hexdigest()


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), st.integers() | st.none() | st.booleans()))
def test_what_is_hashed_is_the_same_whatever_the_order(content):
    turned = dict(reversed(content.items()))
    assert canonical(content) == canonical(turned)
    assert json.loads(canonical(content)) == content


def test_what_has_no_canonical_form_is_refused():
    with pytest.raises(TypeError, match="set"):
        canonical({"a": {1}})


@pytest.mark.parametrize("kind", ["update", "delete", "replace", "truncate"])
def test_the_database_refuses_to_change_an_entry(home, databases, kind):
    add(home.store)
    before = chained(home)
    row = {column.name: "x" for column in audit.columns} | {"number": 1, "at": 1}
    on_postgresql = databases.kind == "postgresql"
    statements = {
        "update": update(audit).values(outcome="approved"),
        "delete": delete(audit),
        "replace": insert(audit).values(**row).prefix_with("OR REPLACE") if not on_postgresql else text(
            "INSERT INTO audit SELECT * FROM audit ON CONFLICT (number) DO UPDATE SET outcome = 'approved'"
        ),
        "truncate": text("TRUNCATE audit") if on_postgresql else delete(audit).where(audit.c.number > 0),
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="append-only"), home.store.begin() as connection:
        connection.execute(statements[kind])
    assert chained(home) == before


def write(address, name):
    """A process of its own."""
    store = Store.connect(address)
    for number in range(EACH):
        add(store, Acting(name, OPERATOR), "test", str(number))
    store.close()


def test_processes_that_write_at_once_leave_no_gap_and_no_fork(home, databases):
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=write, args=(databases.address(), f"w{n}")) for n in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    entries = chained(home)
    assert len(entries) == PROCESSES * EACH
    for n in range(PROCESSES):
        assert [e.subject for e in entries if e.actor == f"w{n}"] == [str(number) for number in range(EACH)]


def write_and_die(address):
    store = Store.connect(address)
    with store.begin() as connection:
        connection.execute(insert(files).values(path="/", sha256="", read=False, format="-", ingested_at=0))
        record(connection, CONSOLE, "test", "lost", {})
        os.kill(os.getpid(), signal.SIGKILL)


def test_who_is_killed_before_it_commits_leaves_neither_the_thing_nor_its_entry(home, databases):
    add(home.store)
    process = multiprocessing.get_context("spawn").Process(target=write_and_die, args=(databases.address(),))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert add(home.store) == 2
    assert [entry.subject for entry in chained(home)] == ["1", "1"]
    with home.store.read() as connection:
        assert connection.execute(select(files)).first() is None


def test_keys_are_made_and_revoked_in_somebodys_name(home):
    key, _ = make_key(home, OPERATOR, "first")
    other, _ = make_key(home, OPERATOR, "second")
    revoke_key(home, replace(AT_THE_MACHINE, actor=BY_KEY.actor), key.id)
    revoke_key(home, replace(AT_THE_MACHINE, actor=BY_KEY.actor), key.id)  # changes nothing, and is no second entry
    entries = chained(home)
    assert [(e.action, e.subject, e.actor) for e in entries] == [
        ("key.make", key.id, "operator@cli"), ("key.make", other.id, "operator@cli"),
        ("key.revoke", key.id, BY_KEY.actor),
    ]  # fmt: skip
    made = entries[0]
    asked = {"enterprise": OPERATOR, "label": "first", "duties": ["operator"], "expires_at": None}
    assert digest_of(bytes.fromhex(made.salt), asked) == made.digest


def takes_by(tree):
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(argument.arg == "by" for argument in node.args.kwonlyargs)
    }


def test_no_route_acts_in_the_name_of_the_command_line():
    """Who types commands is the default of what is recorded; a route says who asked."""
    parse = {path: ast.parse(path.read_text()) for path in (ROOT / "chain/commands").rglob("*.py")}
    recorded = set().union(*map(takes_by, parse.values()))
    assert {"make_key", "make_plan", "consent", "withdraw", "enrol", "decide", "dispose"} <= recorded
    for path in (ROOT / "api/routes").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in recorded:
                assert "by" in {keyword.arg for keyword in node.keywords}, f"{path}:{node.lineno}"
