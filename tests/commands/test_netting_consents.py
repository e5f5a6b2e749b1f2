"""Nettings need everybody's consent, to exact figures. Rules held here:

1. Nothing is cancelled before everybody in the circle has consented; then each invoice owes so much less, once and for good.
2. A consent is void when a figure changes: when an invoice is paid, credited, disputed or gone, or its parties become related.
3. Who is not in the circle consents to nothing; what was agreed is not taken back; silence and repetition change nothing.
4. What is cancelled is planned no more, and no need is made of it.
5. Migration 0004 goes up and down with consents in the table.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from alembic import command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import to_builtins
from sqlalchemy import func, insert, inspect, select
from stdnum.cn import uscc

from chain.cli import main
from chain.commands.consents import consents, netted_minor
from chain.commands.netting import (
    TRIES,
    ConsentNotGiven,
    NettingAgreed,
    NettingState,
    NettingVoid,
    NoPartyOfNetting,
    consent,
    nettings,
    withdraw,
)
from chain.commands.plan import make_plan, plan_input
from chain.commands.trade import load_graph, load_trade
from chain.commands.workspace import Home, open_home
from chain.documents.model import (
    Answer,
    DocumentLine,
    DocumentReference,
    DocumentType,
    Party,
    PartyIdentifier,
    Source,
    TradeDocument,
)
from chain.errors import NotFound
from chain.network import Enterprise, Network, Role
from chain.settings import Settings
from chain.store.tables import documents, files, netting_consents

TODAY = date.today()
REASON = "agreement of 2026-06-01, signed by both"


def code(serial: int) -> str:
    stem = f"91350100M{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


IDS = {letter: code(number) for number, letter in enumerate("ABCD", start=1)}
ENTERPRISE = {letter: f"USCC:{code}" for letter, code in IDS.items()}
#: Buyer, seller, amount, how many days ago it was delivered, and in how many it is due: a circle of three, whose trade is no
#: circular one, since it lies more than 30 days apart, and one debt beside it.
DEBTS = (
    ("A", "B", 100_00, 20, 60), ("B", "C", 80_00, 60, 60), ("C", "A", 50_00, 100, 40), ("C", "D", 30_00, 20, 60),
)  # fmt: skip


def party(letter: str) -> Party:
    return Party(name=letter, identifiers=(PartyIdentifier("USCC", IDS[letter]),))


def paper(kind: DocumentType, number: str, seller: str, buyer: str, **facts: object) -> TradeDocument:
    return TradeDocument(
        type=kind, number=number, seller=party(seller), buyer=party(buyer), source=Source(path=number), **facts
    )  # fmt: skip


def to(number: str) -> tuple[DocumentReference, ...]:
    return (DocumentReference(number=number),)


def trade(buyer: str, seller: str, minor: int, days_ago: int, due: int) -> list[TradeDocument]:
    day = TODAY - timedelta(days=days_ago)
    lines = (DocumentLine(number="1", quantity=Decimal(1), unit="EA", net_minor=minor, order_line="1", item="X"),)
    amounts = {"currency": "CNY", "net_minor": minor, "tax_minor": 0, "payable_minor": minor, "lines": lines}
    name = f"{buyer}{seller}"
    return [
        paper(DocumentType.ORDER, f"PO{name}", seller, buyer, issue_date=day - timedelta(days=5), **amounts),
        paper(
            DocumentType.DESPATCH_ADVICE, f"DN{name}", seller, buyer, issue_date=day, orders=to(f"PO{name}"), lines=lines
        ),
        paper(
            DocumentType.RECEIPT_ADVICE, f"RA{name}", seller, buyer, issue_date=day, delivery_date=day,
            orders=to(f"PO{name}"), despatches=to(f"DN{name}"), lines=lines,
        ),
        paper(
            DocumentType.INVOICE, f"INV{name}", seller, buyer, issue_date=day, due_date=TODAY + timedelta(days=due),
            orders=to(f"PO{name}"), despatches=to(f"DN{name}"), receipts=to(f"RA{name}"), **amounts,
        ),
    ]  # fmt: skip


def key(buyer: str, seller: str) -> str:
    return f"invoice|{ENTERPRISE[seller]}|INV{buyer}{seller}"


def credit_note(buyer: str, seller: str, minor: int, number: str = "CN1") -> TradeDocument:
    return paper(
        DocumentType.CREDIT_NOTE, number, seller, buyer, issue_date=TODAY, currency="CNY", net_minor=minor, tax_minor=0,
        payable_minor=minor, invoices=to(f"INV{buyer}{seller}"),
    )  # fmt: skip


def payment(buyer: str, seller: str, minor: int) -> TradeDocument:
    return paper(
        DocumentType.PAYMENT, "PAY1", seller, buyer, issue_date=TODAY, currency="CNY", payable_minor=minor,
        invoices=to(f"INV{buyer}{seller}"),
    )  # fmt: skip


def dispute(buyer: str, seller: str) -> TradeDocument:
    return paper(
        DocumentType.INVOICE_RESPONSE, "IR1", seller, buyer, issue_date=TODAY, answer=Answer.DISPUTED,
        invoices=to(f"INV{buyer}{seller}"),
    )  # fmt: skip


def take_in(home: Home, *papers: TradeDocument) -> None:
    with home.store.begin() as connection:
        for document in papers:
            row = {"key": document.number, "digest": "d", "type": document.type, "file": 1}
            connection.execute(insert(documents).values(**row, body=to_builtins(document)))


def register(home: Home, groups: dict[str, str] | None = None) -> None:
    groups = groups or {}
    roles = {"A": (Role.CORE_ENTERPRISE, Role.SUPPLIER)}
    home.save_network(
        Network(
            name="circle",
            enterprises=tuple(
                Enterprise(id=name, name=f"Firm {letter}", roles=roles.get(letter, (Role.SUPPLIER,)), group=groups.get(letter))
                for letter, name in ENTERPRISE.items()
            ),
            lines=(),
        )
    )  # fmt: skip


@pytest.fixture
def home(tmp_path):
    with open_home(Settings(home=tmp_path)) as home:
        with home.store.begin() as connection:
            connection.execute(insert(files).values(id=1, path="p", sha256="0", read=True, format="t", ingested_at=0))
        take_in(home, *(document for debt in DEBTS for document in trade(*debt)))
        register(home)
        make_plan(home, "CNY")
        yield home


def the_netting(home: Home):
    (known,) = nettings(home)
    return known


def agree(home: Home, *letters: str) -> None:
    for letter in letters:
        consent(home, the_netting(home).netting.id, ENTERPRISE[letter], ENTERPRISE[letter])


def owed(home: Home) -> dict[str, int]:
    return {one.document: one.open_minor for one in load_trade(home).matching.receivables}


@pytest.mark.parametrize("act", [consent, withdraw])
def test_documents_are_matched_while_others_may_write(home, monkeypatch, act):
    """Who waits for the matching of all documents is the one who consents, and no other writer."""
    if act is withdraw:
        agree(home, "A")
    matched = []

    def match(of):
        with closing(sqlite3.connect(home.settings.database, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        matched.append(True)
        return load_trade(of)

    monkeypatch.setattr("chain.commands.netting.load_trade", match)
    act(home, the_netting(home).netting.id, ENTERPRISE["A"], ENTERPRISE["A"])
    assert matched


def test_figures_that_change_between_reading_and_consenting_are_read_again(home, monkeypatch):
    name, late = the_netting(home).netting.id, [credit_note("A", "B", 60_00)]

    def match(of):
        found = load_trade(of)
        if late:
            take_in(home, late.pop())
        return found

    monkeypatch.setattr("chain.commands.netting.load_trade", match)
    with pytest.raises(NettingVoid):
        consent(home, name, ENTERPRISE["A"], ENTERPRISE["A"])
    assert consents(home) == []


def test_where_something_is_always_written_meanwhile_a_consent_is_given_still(home, monkeypatch):
    name, times = the_netting(home).netting.id, []

    def match(of):
        found = load_trade(of)
        times.append(True)
        if len(times) <= TRIES:
            take_in(home, credit_note("C", "D", 1, f"CN-{len(times)}"))
        return found

    monkeypatch.setattr("chain.commands.netting.load_trade", match)
    consent(home, name, ENTERPRISE["A"], ENTERPRISE["A"])
    assert [entry.enterprise for entry in consents(home)] == [ENTERPRISE["A"]]
    assert len(times) == TRIES + 1


def test_a_circle_is_cancelled_once_everybody_consented_and_not_before(home):
    before = owed(home)
    assert before[key("A", "B")] == 100_00
    known = the_netting(home)
    assert (known.state, known.netting.minor) == (NettingState.PROPOSED, 50_00)
    assert set(known.netting.parties) == {ENTERPRISE[letter] for letter in "ABC"}
    agree(home, "A", "C")
    assert owed(home) == before
    assert netted_minor(home) == {}
    agree(home, "B")
    assert the_netting(home).state is NettingState.AGREED
    after = owed(home)
    circle = {key("A", "B"), key("B", "C"), key("C", "A")}
    assert {name: before[name] - after[name] for name in before} == {
        name: 50_00 if name in circle else 0 for name in before
    }
    receivables = {one.document: one for one in load_trade(home).matching.receivables}
    assert (receivables[key("C", "A")].state, receivables[key("C", "A")].netted_minor) == ("paid", 50_00)
    assert receivables[key("A", "B")].state == "partly_paid"
    frame = load_graph(home).receivables
    assert dict(frame.select("document", "open_minor").iter_rows()) == after


def test_what_is_cancelled_is_planned_no_more_and_makes_no_need(home):
    before = plan_input(home, "CNY")
    agree(home, "A", "B", "C")
    after = plan_input(home, "CNY")
    assert {p.document: p.open_minor for p in after.payables} == {
        key("A", "B"): 50_00, key("B", "C"): 30_00, key("C", "D"): 30_00,
    }  # fmt: skip
    assert before.needs == {ENTERPRISE["A"]: 50_00, ENTERPRISE["C"]: 50_00}
    assert after.needs == {ENTERPRISE["A"]: 50_00}
    number, made = make_plan(home, "CNY")
    assert made.netting == ()
    assert number == 2
    assert [known.state for known in nettings(home)] == [NettingState.AGREED]


CHANGES = {
    "paid in part": lambda home: take_in(home, payment("A", "B", 1_00)),
    "credited in part": lambda home: take_in(home, credit_note("B", "C", 10_00)),
    "credited below": lambda home: take_in(home, credit_note("C", "A", 10_00)),
    "disputed": lambda home: take_in(home, dispute("C", "A")),
    "related": lambda home: register(home, {"A": "g", "B": "g"}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_consent_is_void_when_a_figure_changes(home, change):
    agree(home, "A", "C")
    CHANGES[change](home)
    known = the_netting(home)
    assert known.consents == {}
    before = owed(home)
    if known.state is NettingState.VOID:
        with pytest.raises(NettingVoid):
            agree(home, "B")
    else:
        agree(home, "B")
        assert the_netting(home).state is NettingState.PROPOSED
    assert owed(home) == before


def test_after_a_change_the_next_plan_proposes_anew_and_everybody_consents_again(home):
    agree(home, "A", "B")
    take_in(home, credit_note("C", "A", 10_00))
    make_plan(home, "CNY")
    states = {known.state: known for known in nettings(home)}
    assert states.keys() == {NettingState.VOID, NettingState.PROPOSED}
    assert states[NettingState.PROPOSED].netting.minor == 40_00
    for letter in "ABC":
        consent(home, states[NettingState.PROPOSED].netting.id, ENTERPRISE[letter], "operator", REASON)
    assert netted_minor(home) == {key("A", "B"): 40_00, key("B", "C"): 40_00, key("C", "A"): 40_00}


def test_what_is_agreed_stays_whatever_comes(home):
    agree(home, "A", "B", "C")
    before = netted_minor(home)
    for change in CHANGES.values():
        change(home)
        assert netted_minor(home) == before
        assert the_netting(home).state is NettingState.AGREED
    assert min(owed(home).values()) >= 0


def test_refusals_leave_the_record_as_it_was(home):
    name = the_netting(home).netting.id
    with pytest.raises(NoPartyOfNetting):
        consent(home, name, ENTERPRISE["D"], ENTERPRISE["D"])
    with pytest.raises(ConsentNotGiven):
        withdraw(home, name, ENTERPRISE["A"], ENTERPRISE["A"])
    for other in ("", "0" * 32, "x"):
        with pytest.raises(NotFound):
            consent(home, other, ENTERPRISE["A"], ENTERPRISE["A"])
    assert consents(home) == []
    agree(home, "A", "A")
    assert len(consents(home)) == 1
    assert withdraw(home, name, ENTERPRISE["A"], ENTERPRISE["A"]).consents == {}
    agree(home, "A", "B", "C")
    written = len(consents(home))
    with pytest.raises(NettingAgreed):
        withdraw(home, name, ENTERPRISE["A"], ENTERPRISE["A"])
    agree(home, "B")
    assert len(consents(home)) == written == 5


words = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from(["consent", "consent", "withdraw", "change"])), max_size=7
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words)
def test_a_netting_counts_when_the_last_word_of_everybody_is_consent_to_the_figures_of_now(tmp_path_factory, said):
    with open_home(Settings(home=tmp_path_factory.mktemp("home"))) as home:
        with home.store.begin() as connection:
            connection.execute(insert(files).values(id=1, path="p", sha256="0", read=True, format="t", ingested_at=0))
        take_in(home, *(document for debt in DEBTS[:3] for document in trade(*debt)))
        register(home)
        make_plan(home, "CNY")
        name, consenting, changes = the_netting(home).netting.id, set(), 0
        for letter, word in said:
            if word == "change" and len(consenting) < 3:
                changes += 1
                take_in(home, credit_note("A", "B", 1_00, f"CN{changes}"))
                consenting.clear()
            elif word == "consent":
                consent(home, name, ENTERPRISE[letter], ENTERPRISE[letter])
                consenting.add(letter)
            elif word == "withdraw" and letter in consenting and len(consenting) < 3:
                withdraw(home, name, ENTERPRISE[letter], ENTERPRISE[letter])
                consenting.remove(letter)
            known = the_netting(home)
            assert set(known.consents) == {ENTERPRISE[letter] for letter in consenting}
            assert (known.state is NettingState.AGREED) == (len(consenting) == 3)
            assert bool(netted_minor(home)) == (len(consenting) == 3)


def said(capsys, home, *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(["--home", str(home.settings.home), *arguments])
    shown = capsys.readouterr()
    return shown.out + shown.err


def test_what_a_plan_leaves_out_has_its_sentence_for_machines_as_for_people(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    for language in ("en", "zh"):
        people = said(capsys, home, "--lang", language, "plan")
        refusals = json.loads(said(capsys, home, "--lang", language, "plan", "--json"))["refusals"]
        assert refusals
        for refusal in refusals:
            assert refusal["rule"]
            assert refusal["text"] in people
            assert refusal["text"].isascii() == (language == "en")


def test_people_and_machines_follow_a_netting_in_both_languages(home, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    name = the_netting(home).netting.id[:12]
    english, chinese = (said(capsys, home, "--lang", language, "plan") for language in ("en", "zh"))
    for shown in (english, chinese, said(capsys, home, "nettings")):
        assert name in shown
        assert "INVCA 50.00" in shown
    assert "proposed" in english
    assert "待各方同意" in chinese
    body = json.loads(said(capsys, home, "plan", "--json"))
    assert [(one["state"], one["consents"]) for one in body["netting"]] == [("proposed", [])]
    assert {o["enterprise"] for o in body["outcomes"]} >= {ENTERPRISE["C"]}
    assert "1 of 3" in said(capsys, home, "--lang", "en", "consent", name, "Firm A", "--reason", REASON)
    assert "Firm A" in said(capsys, home, "nettings")
    assert "0 of 3" in said(capsys, home, "--lang", "en", "consent", name, "Firm A", "--withdraw", "--reason", REASON)
    assert "ConsentWithoutReason" in said(capsys, home, "consent", name, "Firm A", "--reason", " ")
    assert "NoPartyOfNetting" in said(capsys, home, "consent", name, "Firm D", "--reason", REASON)
    assert "NotFound" in said(capsys, home, "consent", name, "Firm E", "--reason", REASON)
    for letter in "ABC":
        told = json.loads(said(capsys, home, "consent", name, ENTERPRISE[letter], "--reason", REASON, "--json"))
    assert told["state"] == "agreed"
    assert {(one["given_by"], one["reason"]) for one in told["consents"]} == {("operator", REASON)}
    assert "已抵销" in said(capsys, home, "--lang", "zh", "nettings")
    assert "各方均已同意" in said(capsys, home, "--lang", "zh", "consent", name, "Firm A", "--reason", REASON)


def test_a_what_if_nets_without_anybodys_consent_and_keeps_nothing(home, capsys):
    name = the_netting(home).netting.id[:12]
    for change in ("net:all", f"net:{name}"):
        body = json.loads(said(capsys, home, "plan", "--what-if", change, "--json"))
        netting = next(d for d in body["differences"] if d["what"] == "netting_minor")
        assert (netting["before"], netting["after"]) == (150_00, 0)
    assert consents(home) == []


def test_the_migration_goes_down_and_up_again_with_data_in_the_table(home, migrated):
    agree(home, "A")

    migrated(home, command.downgrade, "0003")
    assert "netting_consents" not in inspect(home.store.engine).get_table_names()
    migrated(home, command.upgrade, "head")
    with home.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(netting_consents)).scalar_one() == 0
    agree(home, "A", "B", "C")
    assert the_netting(home).state is NettingState.AGREED


def test_a_receivable_is_never_netted_below_nothing(home):
    (one,) = [one for one in load_trade(home).matching.receivables if one.document == key("C", "A")]
    assert one.less_netted(0) is one
    assert one.less_netted(60_00) == one.less_netted(50_00)
    capped = replace(one, evidence_minor=20_00, rules=("InvoiceAboveOrder",))
    assert (capped.less_netted(30_00).evidence_minor, capped.less_netted(30_00).blocked_by) == (0, "InvoiceAboveOrder")
    assert capped.less_netted(5_00).blocked_by is None
