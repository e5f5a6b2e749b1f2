"""The main job, end to end, on the default world.

1. Every file is read or refused; what is planted in the world shows up as the finding it is, and backs no credit.
2. Credit reaches tier 4, proven best, and what is issued is live, redeemed or void at the end.
3. What matured before today is paid; the issuer that paid late was stopped until it had.
4. Chain, books and documents agree; each of them bent is caught, and the piece is named.
5. Everything can be stopped and started again; carrying a plan out twice makes nothing twice.
"""

import json
from collections import Counter

import pytest
from lxml import html
from sqlalchemy import insert, select, update

from chain.books.portfolio import all_pieces
from chain.books.velocity import PIECES_A_DAY
from chain.cli import main
from chain.commands.pieces import accept
from chain.commands.plan import load_plan, make_plan
from chain.commands.run import run
from chain.commands.trade import load_trade
from chain.commands.verify import verify
from chain.commands.workspace import open_home, open_workspace
from chain.errors import ContractRefused
from chain.identifiers import ObligationId, PieceId
from chain.indexing.indexer import last_block
from chain.store.tables import files, operations, pieces

NAMED = {  # issue: "report.json has at least"
    "documents": {"found", "read", "refused", "by_type"},
    "plan": {"obligations", "steps", "flow_minor", "optimal", "met_tier2_minor"},
    "pieces": {"issued", "transferred", "financed", "redeemed", "rejected", "live"},
    "gas": {"issue", "transfer_1", "transfer_5", "accept", "finance", "redeem_5"},
    "chain": {"endpoint", "chain_id", "ledger_address", "last_block"},
    "verify": {"ok", "checks"},
}
FIGURES = {"face_minor", "live_minor", "redeemed_minor", "voided_minor", "written_off_minor", "financed_minor"}


def test_the_report_has_what_others_read_from_it(demo):
    report = json.loads(demo.page.with_suffix(".json").read_text())
    for field, parts in NAMED.items():
        assert parts <= report[field].keys(), field
    assert {"enterprises", "max_tier", "lines", "seconds"} | FIGURES <= report.keys()
    assert all({"bank", "issuer", "limit", "used", "financed"} <= line.keys() for line in report["lines"])
    assert all(report["gas"].values())


def test_the_world_is_as_large_as_it_says(demo):
    report = demo.report
    assert report.enterprises >= 60
    assert report.documents.found >= 400
    assert report.max_tier == 4
    assert len({line.bank for line in report.lines}) >= 2
    assert len({line.issuer for line in report.lines}) == 3


def test_files_found_are_files_read_and_files_refused(demo):
    documents = demo.report.documents
    assert documents.found == documents.read + documents.refused
    with open_home(demo.settings) as home, home.store.read() as connection:
        assert len(connection.execute(select(files)).all()) == documents.found


@pytest.mark.parametrize(
    "rule",
    [
        "XmlMalformed", "CurrencyUnknown", "TotalsDoNotAddUp", "DocumentTwice", "IdentityWithAnotherFace",
        "OverInvoicedOrder", "CircularTrade", "NoGoodsBehindMoney", "RelatedParties", "GoodsPledged", "InvoiceRejected",
        "InvoiceDisputed", "ReceivableAssigned", "CompetingAssignment",
    ],
)  # fmt: skip
def test_what_is_planted_is_found(demo, rule):
    assert rule in {notice.rule for notice in demo.report.notices}


def test_nothing_blocked_backs_credit(demo):
    with open_home(demo.settings) as home:
        trade = load_trade(home)
        blocked = {r.document for r in trade.matching.receivables if r.blocked_by} | trade.circular
        planned = {step.document for number in (1, 2) for step in load_plan(home, number).steps}
    assert blocked
    assert not blocked & planned


def test_credit_reaches_the_last_tier_and_the_plan_is_proven_best(demo):
    with open_home(demo.settings) as home, home.store.read() as connection:
        assert {piece.tier for piece in all_pieces(connection)} == {1, 2, 3, 4}
    assert demo.report.plan.optimal
    assert demo.report.plan.met_tier2_minor == demo.report.plan.bound_tier2_minor > 0


def test_face_is_live_and_redeemed_and_voided_and_written_off(demo):
    report = demo.report
    ended = report.redeemed_minor + report.voided_minor + report.written_off_minor
    assert report.face_minor == report.live_minor + ended
    assert min(report.live_minor, report.redeemed_minor, report.financed_minor) > 0


def test_some_reject_some_discount_some_are_paid_at_maturity(demo):
    pieces = demo.report.pieces
    assert min(pieces.issued, pieces.transferred, pieces.financed, pieces.redeemed, pieces.rejected, pieces.live) > 0
    assert {event.kind for event in demo.report.cash} == {"financed", "redeemed"}


def test_who_sells_before_maturity_gets_less_than_the_amount(demo):
    sold = [event for event in demo.report.cash if event.kind == "financed"]
    assert all(0 < event.amount_minor < event.face_minor for event in sold)


def test_nothing_that_matured_is_unpaid_and_one_issuer_was_late(demo):
    with open_home(demo.settings) as home, home.store.read() as connection:
        live = [piece for piece in all_pieces(connection) if piece.live]
        assert all(piece.maturity_day > home.today() for piece in live)
    assert "ObligationOverdue" in {notice.rule for notice in demo.report.notices}


def test_chain_books_and_documents_agree(demo):
    assert demo.report.verify.ok
    assert len(demo.report.verify.checks) >= 10
    with open_workspace(demo.settings) as workspace:
        assert verify(workspace).ok


def test_carrying_a_plan_out_again_makes_nothing_twice(copied):
    with open_workspace(copied) as workspace:
        with workspace.store.read() as connection:
            before = connection.execute(select(operations.c.key)).scalars().all()
        again = run(workspace, 1)
        with workspace.store.read() as connection:
            after = connection.execute(select(operations.c.key)).scalars().all()
        assert before == after
        assert again.pieces
        assert verify(workspace).ok


def test_the_same_input_makes_the_same_plan(copied):
    with open_workspace(copied) as workspace:
        assert make_plan(workspace, "CNY") == make_plan(workspace, "CNY")


def test_a_book_that_was_bent_is_caught_and_the_piece_is_named(copied, capsys):
    with open_home(copied) as home:
        with home.store.read() as connection:
            victim = next(piece for piece in all_pieces(connection) if piece.live)
        with home.store.begin() as connection:
            connection.execute(
                update(pieces)
                .where(pieces.c.obligation == victim.piece.obligation.chain, pieces.c.index == victim.piece.index)
                .values(amount_minor=victim.amount_minor + 1)
            )
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "verify"])
    assert end.value.code == 1
    assert f"piece {victim.piece}" in capsys.readouterr().out


def test_an_original_that_is_gone_is_caught(copied, capsys):
    with open_home(copied) as home:
        trade, used = load_trade(home), [step.document for step in load_plan(home, 1).steps]
        digests = [trade.document(key).source.sha256 for key in used]
        home.originals.delete(next(digest for digest in digests if home.originals.has(digest)))
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "verify", "--json"])
    assert end.value.code == 1
    assert not json.loads(capsys.readouterr().out)["ok"]


def test_the_page_needs_nothing_from_anywhere_else(demo):
    page = html.fromstring(demo.page.read_text())
    assert not page.xpath("//*[@src and not(starts-with(@src, 'data:'))] | //link[@href]")
    assert page.xpath("//*[local-name()='svg']")


@pytest.mark.parametrize("command", [["exposure"], ["pieces"], ["graph"], ["findings"], ["ingest"]])
def test_every_command_that_reports_does_so_in_json(copied, capsys, command):
    if command == ["ingest"]:
        command = ["ingest", str(copied.home / "documents")]
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), *command, "--json"])
    assert end.value.code == 0
    assert json.loads(capsys.readouterr().out)


def printed(settings, capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["--home", str(settings.home), *arguments])
    shown = capsys.readouterr()
    return end.value.code, shown.out, shown.err


def test_every_rule_that_the_demo_tells_of_is_found_again(demo, copied, capsys):
    told = Counter(notice.rule for notice in demo.report.notices)
    assert "ParentNotHeld" in told
    code, out, _ = printed(copied, capsys, "findings", "--json")
    assert code == 0
    assert Counter(finding["rule"] for finding in json.loads(out)) == told
    for rule in told:
        code, out, _ = printed(copied, capsys, "findings", "--rule", rule, "--json")
        assert (code, {finding["rule"] for finding in json.loads(out)}) == (0, {rule})
    assert "of the plan were not taken" in printed(copied, capsys, "findings", "--rule", "ParentNotHeld")[1]


def test_a_rule_that_there_is_not_is_refused_and_one_that_nothing_broke_finds_nothing(copied, capsys):
    code, out, err = printed(copied, capsys, "findings", "--rule", "Nope")
    assert (code, out) == (1, "")
    assert err.endswith("[RuleUnknown]\n")
    assert printed(copied, capsys, "findings", "--rule", "KeeperNotIndependent", "--json")[:2] == (0, "[]\n")


def test_a_graph_that_cannot_be_written_is_refused_with_its_rule(copied, capsys):
    place = copied.home / "none" / "graph.graphml"
    code, _, err = printed(copied, capsys, "graph", "--export", str(place))
    assert code == 1
    assert str(place) in err
    assert err.endswith("[SystemRefused]\n")


def test_what_was_passed_on_whole_is_shown_so_and_not_as_held(copied, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    with open_home(copied) as home, home.store.read() as connection:
        empty = {str(p.piece): p.hops for p in all_pieces(connection) if p.state == "held" and not p.amount_minor}
    shown = {piece["piece"]: piece for piece in json.loads(printed(copied, capsys, "pieces", "--json")[1])}
    assert empty
    assert {piece for piece, row in shown.items() if row["state"] == "passed_on"} == empty.keys()
    assert all(row["amount_minor"] for row in shown.values() if row["state"] == "held")
    deepest = max(empty, key=lambda piece: empty[piece])
    assert json.loads(printed(copied, capsys, "path", deepest, "--json")[1])[-1]["state"] == "passed_on"
    assert "passed on" in printed(copied, capsys, "path", deepest)[1]
    assert "已流转" in printed(copied, capsys, "--lang", "zh", "pieces")[1]


def test_a_state_in_a_refusal_is_said_by_its_word(copied):
    with open_workspace(copied) as workspace:
        with workspace.store.read() as connection:
            held = next(piece for piece in all_pieces(connection) if piece.live)
        with pytest.raises(ContractRefused) as refusal:
            accept(workspace, "again", workspace.parties()[held.owner], [held.piece])
    assert refusal.value.text().startswith(f"the ledger refuses: PieceNotInState (piece {held.piece}, state held)")


def test_bars_are_drawn_on_a_terminal_alone(copied, capsys):
    code, _, err = printed(copied, capsys, "verify")
    assert (code, err) == (0, "")


def test_findings_are_those_of_the_books_too(copied, capsys):
    with open_home(copied) as home, home.store.begin() as connection:
        row = dict(connection.execute(select(pieces).where(pieces.c.parent != 0, ~pieces.c.payment)).mappings().first())
        row |= {"amount_minor": 0, "state": "rejected"}
        connection.execute(insert(pieces), [row | {"index": 1_000 + place} for place in range(PIECES_A_DAY)])
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "findings", "--rule", "AbnormalSplitting", "--json"])
    assert end.value.code == 0
    (finding,) = json.loads(capsys.readouterr().out)
    assert finding["values"]["obligation"] == str(ObligationId.from_chain(row["obligation"]))


def test_exposure_adds_up_to_lines_and_live_pieces(copied, capsys):
    with pytest.raises(SystemExit):
        main(["--home", str(copied.home), "exposure", "--json"])
    cells = json.loads(capsys.readouterr().out)
    with open_home(copied) as home, home.store.read() as connection:
        live = sum(piece.amount_minor for piece in all_pieces(connection) if piece.live)
        funded = sum(piece.amount_minor for piece in all_pieces(connection) if piece.live and piece.financed)
    sums = {kind: sum(c["minor"] for c in cells if c["kind"] == kind) for kind in ("contingent", "funded")}
    assert sums == {"contingent": live - funded, "funded": funded}


def test_the_past_is_told_by_block_and_by_day(copied, capsys):
    now = json.loads(printed(copied, capsys, "pieces", "--json")[1])
    with open_home(copied) as home, home.store.read() as connection:
        last, _ = last_block(connection)
        today = home.date().isoformat()
    for moment in (str(last), today):
        assert json.loads(printed(copied, capsys, "pieces", "--as-of", moment, "--json")[1]) == now
        then = json.loads(printed(copied, capsys, "exposure", "--as-of", moment, "--json")[1])
        assert then == json.loads(printed(copied, capsys, "exposure", "--json")[1])
    earlier = json.loads(printed(copied, capsys, "pieces", "--as-of", str(last // 2), "--json")[1])
    assert {piece["piece"] for piece in earlier} < {piece["piece"] for piece in now}
    code, _, err = printed(copied, capsys, "pieces", "--as-of", "2020-01-01")
    assert code == 1
    assert "MomentUnknown" in err


def test_every_figure_is_followed_down_to_its_events_and_documents(copied, capsys):
    cells = json.loads(printed(copied, capsys, "exposure", "--pieces", "--json")[1])
    behind = {one["piece"]: one["minor"] for cell in cells for one in cell["pieces"]}
    assert sum(behind.values()) == sum(cell["minor"] for cell in cells if cell["kind"] != "committed")
    piece = max(behind, key=lambda piece: int(piece.rpartition(".")[2]))
    told = json.loads(printed(copied, capsys, "history", piece, "--json")[1])
    assert {"EvidenceRegistered", "PieceOffered", "PieceAccepted"} <= {event["event"] for event in told}
    assert all(event["document"] for event in told if event["event"] == "PieceOffered")
    assert piece in {event["piece"] for event in told}
    assert piece in printed(copied, capsys, "exposure", "--pieces")[1]
    assert told[0]["transaction"][:10] in printed(copied, capsys, "history", piece)[1]


def test_the_path_of_the_deepest_piece_is_read_from_the_contract(copied, capsys):
    with open_home(copied) as home, home.store.read() as connection:
        deepest = max(all_pieces(connection), key=lambda piece: piece.hops)
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "path", str(deepest.piece), "--json"])
    assert end.value.code == 0
    steps = json.loads(capsys.readouterr().out)
    assert len(steps) == deepest.hops
    assert [step["to"] for step in steps[:-1]] == [step["from"] for step in steps[1:]]
    assert all(step["document"] or step["cash"] for step in steps)


def test_a_piece_that_does_not_exist_is_one_sentence_with_what_to_do(copied, capsys):
    nobody = PieceId(ObligationId.from_chain(1 << 32 | 1 << 24 | 1), 9)
    with pytest.raises(SystemExit) as end:
        main(["--home", str(copied.home), "path", str(nobody)])
    assert end.value.code == 1
    error = capsys.readouterr().err
    assert error.startswith("pearl: ")
    assert error.count("\n") == 1


def test_errors_speak_chinese_when_asked(copied, capsys):
    with pytest.raises(SystemExit):
        main(["--home", str(copied.home), "--lang", "zh", "path", "nonsense"])
    assert any("\u4e00" <= letter <= "\u9fff" for letter in capsys.readouterr().err)
