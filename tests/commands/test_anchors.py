"""What stands on chain of the audit log nobody takes back.

1. Once a day of the ledger's clock the head is anchored, exactly once, however many ask and whoever dies meanwhile.
2. Anchoring moves nothing; all else of the product goes on as if it had not been.
3. Whoever may write to the database and changes, removes, swaps or cuts off entries is found, and the first of them is named;
   unless everything after the last anchor was written anew.
4. An anchor that is not on chain, or was taken out of the outbox, is found.
5. A block that is turned back takes its anchor with it, and the outbox brings it back.
6. Others check all this with a file, a node, and a program that imports nothing of this one.
"""

import importlib.util
import json
import secrets
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from chain.cli import main
from chain.commands.anchors import NothingToAnchor, anchor_due, anchor_now, anchors, check, export
from chain.commands.audit import CONSOLE, Acting, all_entries, record
from chain.commands.backup import backup, restore
from chain.commands.verify import verify
from chain.commands.workspace import OPERATOR, open_home, open_workspace
from chain.issuance.node import advance_clock
from chain.store.tables import audit, operations, transactions
from chain.verification.audit import PREFIX, AuditEntry, hash_of

PROGRAM = Path(__file__).parents[2] / "docs" / "examples" / "check_audit.py"
DAY = 86_400
TRIGGERS = {
    "sqlite": [f"DROP TRIGGER audit_refuses_{kind}" for kind in ("update", "delete", "replace")],
    "postgresql": ["DROP TRIGGER audit_is_append_only ON audit"],
}


@pytest.fixture
def workspace(databases, tmp_path):
    with open_workspace(databases.settings(tmp_path / "home")) as workspace:
        yield workspace


@pytest.fixture
def administrator(workspace, databases):
    """Who may do what the triggers refuse: a workspace whose database has none."""
    with workspace.store.begin() as connection:
        for statement in TRIGGERS[databases.kind]:
            connection.execute(text(statement))
    return workspace


def add(workspace, count=1):
    for number in range(count):
        with workspace.store.begin() as connection:
            record(connection, CONSOLE, "test", str(number), {"minor": number})


def days_pass(workspace, count=1):
    advance_clock(workspace.web3, workspace.web3.eth.get_block("latest")["timestamp"] + count * DAY)
    workspace.indexer.catch_up()


def found(workspace):
    return [str(difference) for difference in check(workspace).differences]


def sent_by_operator(workspace):
    return workspace.web3.eth.get_transaction_count(workspace.keyring.addresses()[OPERATOR])


#: What has nothing to do with which database it is.
on_one_database = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


# --- once a day ----------------------------------------------------------------------------------------------------


@on_one_database
def test_a_log_without_entries_is_not_anchored(workspace):
    assert anchor_due(workspace) is None
    with pytest.raises(NothingToAnchor):
        anchor_now(workspace)
    assert check(workspace).ok


def test_the_head_is_anchored_once_a_day_and_again_when_asked(workspace):
    add(workspace, 2)
    first = anchor_due(workspace)
    assert (first.name, first.number) == (f"audit:{workspace.date()}", 2)
    add(workspace)
    assert anchor_due(workspace) is None
    asked = anchor_now(workspace)
    assert (asked.name, asked.number) == ("audit:head:3", 3)
    assert anchor_now(workspace) == asked
    days_pass(workspace)
    second = anchor_due(workspace)
    assert (second.name, second.number) == (f"audit:{workspace.date()}", 3)
    assert anchors(workspace) == [first, asked, second]
    told = check(workspace)
    assert told.ok
    assert told.figures == {"entries": 3, "anchors": 3, "anchored_entries": 3}


@on_one_database
def test_an_anchor_is_the_operators_own_and_moves_nothing(workspace):
    add(workspace)
    made = anchor_due(workspace)
    sent = workspace.web3.eth.get_transaction(made.transaction)
    assert sent["from"] == sent["to"] == workspace.keyring.addresses()[OPERATOR]
    assert sent["value"] == 0
    assert bytes(sent["input"]) == PREFIX + (1).to_bytes(8, "big") + bytes.fromhex(made.hash)
    report = verify(workspace)
    assert report.ok
    assert report.checks[-1].name == "audit_log"


def test_two_workers_anchor_a_day_once(workspace, databases, tmp_path):
    add(workspace)
    before = sent_by_operator(workspace)
    ready = threading.Barrier(2)
    with open_workspace(databases.settings(tmp_path / "home")) as other:

        def work(own):
            ready.wait(30)
            anchor_due(own)

        threads = [threading.Thread(target=work, args=(own,)) for own in (workspace, other)]
        for thread in threads:
            thread.start()
            add(workspace)  # so that they see other heads
        for thread in threads:
            thread.join(60)
    assert sent_by_operator(workspace) == before + 1
    assert len(anchors(workspace)) == 1
    assert check(workspace).ok


@pytest.mark.parametrize("step", ["_sign", "_submit"])
def test_who_dies_while_anchoring_leaves_one_anchor(workspace, monkeypatch, step):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    add(workspace)
    before = sent_by_operator(workspace)
    with monkeypatch.context() as patched:
        patched.setattr(workspace.outbox, step, die)
        with pytest.raises(Killed):
            anchor_due(workspace)
    add(workspace)
    assert anchor_due(workspace) is None  # the outbox has it
    workspace.outbox.resume(workspace.keyring.signer_at)
    workspace.indexer.catch_up()
    assert anchor_due(workspace) is None
    assert sent_by_operator(workspace) == before + 1
    assert [anchor.number for anchor in anchors(workspace)] == [1]
    assert check(workspace).ok


@on_one_database
def test_a_block_that_is_turned_back_gives_its_anchor_back(workspace):
    add(workspace)
    snapshot = workspace.web3.provider.make_request("evm_snapshot", [])["result"]
    made = anchor_due(workspace)
    workspace.web3.provider.make_request("evm_revert", [snapshot])
    for _ in range(3):
        workspace.web3.provider.make_request("evm_mine", [])
    assert found(workspace) == [
        f"anchor {made.name}: stands in the outbox, and on the chain there is none in its transaction"
    ]
    workspace.outbox.resume(workspace.keyring.signer_at)
    workspace.indexer.catch_up()
    assert check(workspace).ok
    (again,) = anchors(workspace)
    assert (again.transaction, again.number) == (made.transaction, made.number)
    assert again.block_number != made.block_number
    assert anchor_due(workspace) is None


# --- whoever may write to the database -----------------------------------------------------------------------------


def rows_of(workspace):
    with workspace.store.read() as connection:
        return [dict(row) for row in connection.execute(select(audit).order_by(audit.c.number)).mappings()]


def put(workspace, rows):
    with workspace.store.begin() as connection:
        connection.execute(delete(audit))
        if rows:
            connection.execute(insert(audit), rows)


def rehashed(row):
    return row | {"hash": hash_of(AuditEntry(**row))}


def other(column, value):
    if column == "at":
        return value + 1
    if column in ("salt", "digest", "previous", "hash"):
        return secrets.token_hex(32)
    return f"{value}x"


COLUMNS = [column.name for column in audit.columns if column.name != "number"]
KINDS = ("changed", "rehashed", "rewritten", "removed", "cut off", "swapped")


def tampered(rows, kind, place, with_, column):
    """The rows as the administrator leaves them."""
    rows = [dict(row) for row in rows]
    at = place - 1
    match kind:
        case "changed":
            rows[at][column] = other(column, rows[at][column])
        case "rehashed":
            rows[at][column] = other(column, rows[at][column])
            rows[at] = rehashed(rows[at])
        case "rewritten":
            rows[at]["subject"] += "x"
            for number in range(at, len(rows)):
                if number > at:
                    rows[number]["previous"] = rows[number - 1]["hash"]
                rows[number] = rehashed(rows[number])
        case "removed":
            del rows[at]
        case "cut off":
            del rows[at:]
        case "swapped":
            rows[at], rows[with_ - 1] = rows[with_ - 1], rows[at]
            for number in (at, with_ - 1):
                rows[number]["number"] = number + 1
    return rows


def place_found(kind, place, with_, column, count, anchored):
    """The entry that has to be named; None where nobody can tell."""
    above = min((number for number in anchored if number >= place), default=None)
    below = max((number for number in anchored if number < place), default=0)
    match kind:
        case "changed":
            return place
        case "rehashed" if column == "previous":
            # It fits to none before it. Of the last two, which of them was changed only an anchor tells.
            is_told = place < count or place == 1 or place - 1 in anchored or place in anchored
            return place if is_told else place - 1
        case "rehashed":
            return place if place < count else below + 1 if above else None
        case "rewritten":
            return below + 1 if above else None
        case "removed":
            return place if place < count or above else None
        case "cut off":
            return place if above else None
        case "swapped":
            return min(place, with_)


#: An example takes a second; to shrink one that fails would take longer than to read it.
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=10, suppress_health_check=list(HealthCheck), phases=UNSHRUNK)
@given(data=st.data(), steps=st.lists(st.sampled_from(["add", "add", "anchor"]), min_size=4, max_size=9))
def test_whatever_a_log_was_bent_to_is_found_at_its_place(administrator, data, steps):
    snapshot = administrator.web3.provider.make_request("evm_snapshot", [])["result"]
    try:
        bend(administrator, data, steps)
    finally:
        forget(administrator, snapshot)


def bend(workspace, data, steps):
    """Make a log, bend it in several ways, and see what is said of each."""
    add(workspace, 2)
    for step in steps:
        add(workspace) if step == "add" else anchor_now(workspace)
    rows, anchored = rows_of(workspace), {anchor.number for anchor in anchors(workspace)}
    assert check(workspace).ok
    count = len(rows)
    for _ in range(8):
        kind = data.draw(st.sampled_from(KINDS))
        column = data.draw(st.sampled_from([c for c in COLUMNS if c != "hash" or kind == "changed"]))
        place = data.draw(st.integers(1, count))
        with_ = data.draw(st.integers(1, count).filter(lambda number, place=place: number != place))
        put(workspace, tampered(rows, kind, place, with_, column))
        expected = place_found(kind, place, with_, column, count, anchored)
        named = [difference.subject for difference in check(workspace).differences]
        said = f"{kind} {place} {with_} {column} of {count}, anchored {anchored}"
        assert named == ([] if expected is None else [f"entry {expected}"]), said
        put(workspace, rows)


def forget(workspace, snapshot):
    """The next example begins with an empty log, and a chain that knows of no anchor."""
    put(workspace, [])
    is_anchor = operations.c.key.startswith("audit:")
    with workspace.store.begin() as connection:
        ours = select(operations.c.id).where(is_anchor)
        connection.execute(delete(transactions).where(transactions.c.operation.in_(ours)))
        connection.execute(delete(operations).where(is_anchor))
    workspace.web3.provider.make_request("evm_revert", [snapshot])
    workspace.indexer.catch_up()


def test_who_rewrites_all_and_takes_the_anchor_out_of_the_outbox_is_found(administrator):
    workspace = administrator
    add(workspace, 3)
    made = anchor_due(workspace)
    put(workspace, tampered(rows_of(workspace), "rewritten", 2, 0, ""))
    with workspace.store.begin() as connection:
        connection.execute(delete(transactions).where(transactions.c.hash == made.transaction))
        connection.execute(delete(operations).where(operations.c.key == made.name))
    assert anchors(workspace) == []
    assert found(workspace) == [
        f"entry 1: or a later one up to 3 is not what was anchored in transaction {made.transaction}"
    ]


@on_one_database
@pytest.mark.parametrize("forged", ["call_data", "transaction_hash", "a new one"])
def test_an_anchor_that_is_only_in_the_outbox_is_found(administrator, forged):
    workspace = administrator
    add(workspace, 2)
    made = anchor_due(workspace)
    data = PREFIX + (2).to_bytes(8, "big") + secrets.token_bytes(32)
    with workspace.store.begin() as connection:
        row = dict(connection.execute(select(operations).where(operations.c.key == made.name)).mappings().one())
        if forged == "call_data":
            connection.execute(update(operations).where(operations.c.id == row["id"]).values(call_data=data))
        elif forged == "transaction_hash":
            fake = "0x" + secrets.token_hex(32)
            connection.execute(update(operations).where(operations.c.id == row["id"]).values(transaction_hash=fake))
        else:
            row |= {"id": 10_000, "nonce": 10_000, "key": "audit:1999-01-01", "transaction_hash": "0x" + "ab" * 32}
            connection.execute(insert(operations).values(**row))
    (said,) = found(workspace)
    name = "audit:1999-01-01" if forged == "a new one" else made.name
    assert said.startswith(f"anchor {name}: ")


def signed_elsewhere(workspace, data):
    """A transaction of the operator to itself that this service knows nothing of."""
    signer = workspace.signer(OPERATOR)
    web3 = workspace.web3
    raw = signer.sign_transaction(
        {"to": signer.address, "value": 0, "gas": 100_000, "gasPrice": 0, "chainId": web3.eth.chain_id, "data": data,
         "nonce": web3.eth.get_transaction_count(signer.address)}
    )  # fmt: skip
    return web3.to_hex(web3.eth.send_raw_transaction(raw))


@on_one_database
def test_a_transaction_that_the_operator_signed_elsewhere_is_no_difference_unless_it_is_an_anchor(workspace):
    add(workspace, 2)
    signed_elsewhere(workspace, b"something else")
    anchor_due(workspace)
    assert check(workspace).ok
    forged = signed_elsewhere(workspace, PREFIX + (7).to_bytes(8, "big") + bytes(32))
    assert found(workspace) == [f"entry 3: is missing: entry 7 was anchored in transaction {forged}"]


# --- the command line ----------------------------------------------------------------------------------------------


@on_one_database
def test_the_command_line_lists_anchors_checks_and_exports(administrator, tmp_path, capsys, monkeypatch):
    workspace = administrator
    monkeypatch.setenv("COLUMNS", "80")
    add(workspace, 2)

    def said(*arguments, language="en"):
        with pytest.raises(SystemExit) as end:
            main(["--home", str(workspace.settings.home), "--lang", language, "audit", *arguments])
        shown = capsys.readouterr()
        assert max(map(len, shown.out.splitlines()), default=0) <= 80 or "--json" in arguments
        return end.value.code, shown.out

    code, listed = said("list", language="zh")
    assert (code, "审计日志" in listed, listed.count("已受理")) == (0, True, 2)
    code, listed = said("list", "--most", "1", "--json")
    assert (code, [entry["number"] for entry in json.loads(listed)]) == (0, [2])
    code, anchored = said("anchor", "--json")
    assert (code, json.loads(anchored)["number"]) == (0, 2)
    assert said("check") == (0, "entries: 2; anchors on chain: 1, the last one of entry 2\nno difference\n")
    code, _ = said("export", str(tmp_path / "log.jsonl"))
    assert (code, len((tmp_path / "log.jsonl").read_text().splitlines())) == (0, 3)
    put(workspace, tampered(rows_of(workspace), "changed", 2, 0, "actor"))
    code, told = said("check", language="zh")
    assert (code, "条目 2: 与当初记录的内容不符" in told) == (1, True)
    code, told = said("check", "--json")
    assert (code, json.loads(told)["differences"][0]["subject"]) == (1, "entry 2")


# --- others --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def program():
    spec = importlib.util.spec_from_file_location("check_audit", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def exported(workspace, tmp_path):
    with workspace.store.begin() as connection:
        record(connection, Acting("key:0123", "USCC:1"), "issue", "凭证 \"é\"\n", {"minor": 8_486_800})  # fmt: skip
    add(workspace, 2)
    anchor_due(workspace)
    add(workspace)
    file = tmp_path / "audit.jsonl"
    assert export(workspace, file) == 4
    return file


@on_one_database
def test_others_check_an_exported_log(workspace, exported, program, capsys):
    assert program.main([str(exported), workspace.endpoint]) == 0
    assert program.main([str(exported)]) == 0
    assert "✗" not in capsys.readouterr().out
    salts = {entry.salt for entry in all_entries(workspace)}
    assert not any(salt in exported.read_text() for salt in salts)


@on_one_database
@pytest.mark.parametrize("bent", ["an entry", "an order", "a tail", "an anchor", "all of it"])
def test_others_find_what_was_bent(workspace, exported, program, bent, capsys):
    first, *entries = [json.loads(line) for line in exported.read_text().splitlines()]
    if bent == "an entry":
        entries[1]["outcome"] = "refused"
    elif bent == "an order":
        entries[0], entries[1] = entries[1], entries[0]
    elif bent == "a tail":
        del entries[2:]
    elif bent == "an anchor":
        first["anchors"][0]["transaction"] = signed_elsewhere(workspace, b"something else")
    else:
        previous = "0" * 64
        for entry in entries:
            entry |= {"actor": "worker", "previous": previous}
            entry["hash"] = previous = program.hash_of(entry)
        first["anchors"][0]["hash"] = entries[2]["hash"]
    exported.write_text("\n".join(json.dumps(one) for one in (first, *entries)))
    assert program.main([str(exported), workspace.endpoint]) == 1
    assert "✗" in capsys.readouterr().out


def test_what_is_no_log_cannot_be_checked(tmp_path, program):
    file = tmp_path / "no.jsonl"
    file.write_text("")
    assert program.main([str(file)]) == 2
    assert program.main([]) == 2


def test_a_backup_carries_the_log_and_it_goes_on_where_it_comes_back(workspace, databases, tmp_path):
    add(workspace, 3)
    anchor_due(workspace)
    before = rows_of(workspace)
    backup(workspace, tmp_path / "backup.zip")
    target = replace_home(databases, tmp_path)
    restore(target, tmp_path / "backup.zip")
    with open_home(target) as home:
        assert rows_of(home) == before
        assert len(anchors(home)) == 1
        add(home)
        with pytest.raises(Exception, match="append-only"), home.store.begin() as connection:
            connection.execute(delete(audit))
        assert [row["number"] for row in rows_of(home)] == [1, 2, 3, 4]


def replace_home(databases, tmp_path):
    return databases.settings(tmp_path / "restored", name="restored", bare=True)
