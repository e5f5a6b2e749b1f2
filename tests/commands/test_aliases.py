"""The alias table on the command line. Rules held here:

1. What a person decides is kept, shown with its reason, and counts at once; the last decision counts, none is erased.
2. Nobody joins two registered enterprises, gives an id that fails its check, or decides without a reason; then nothing is
   written.
3. Both languages, people and machines read the same table.
4. Migration 0003 goes up and down with documents and decisions in the tables.
"""

import json

import pytest
from alembic import command
from msgspec import to_builtins
from sqlalchemy import func, insert, inspect, select
from stdnum.cn import uscc

from chain.cli import main
from chain.commands.aliases import (
    AliasIsTheEnterprise,
    AliasMalformed,
    AliasOfAnother,
    ReasonMissing,
    alias_table,
    decide,
    proposals,
)
from chain.commands.trade import load_trade
from chain.commands.workspace import open_home
from chain.documents.model import DocumentType, Party, PartyIdentifier, Source, TradeDocument
from chain.errors import NotFound
from chain.settings import Settings
from chain.store.tables import aliases, documents, files

GLN = "ICD:0088:7300010000001"
REASON = "extract of the register of 2026-06-01"


def code(serial: int) -> str:
    stem = f"91350100M{serial:08d}"
    return stem + uscc.calc_check_digit(stem)


ONE, OTHER = f"USCC:{code(1)}", f"USCC:{code(2)}"


def paper(number: str, *ids: str, name: str = "示例（广东）有限公司") -> TradeDocument:
    identifiers = tuple(PartyIdentifier(*one.rsplit(":", 1)) for one in ids)
    seller = Party(name=name, identifiers=identifiers)
    return TradeDocument(type=DocumentType.DESPATCH_ADVICE, number=number, seller=seller, source=Source(path=number))


@pytest.fixture
def home(tmp_path):
    with open_home(Settings(home=tmp_path)) as home:
        with home.store.begin() as connection:
            connection.execute(insert(files).values(id=1, path="p", sha256="0", read=True, format="t", ingested_at=0))
            for document in (paper("A", ONE), paper("B", OTHER), paper("C", GLN, name="示例(广东)有限责任公司")):
                row = {"key": document.number, "digest": "d", "type": document.type, "file": 1}
                connection.execute(insert(documents).values(**row, body=to_builtins(document)))
        yield home


def kept(home) -> int:
    with home.store.read() as connection:
        return connection.execute(select(func.count()).select_from(aliases)).scalar_one()


def said(capsys, home, *arguments: str) -> str:
    with pytest.raises(SystemExit):
        main(["--home", str(home.settings.home), *arguments])
    shown = capsys.readouterr()
    return shown.out + shown.err


def test_a_decision_counts_at_once_and_the_last_one_counts(home):
    party = Party(identifiers=(PartyIdentifier("ICD:0088", "7300010000001"),))
    decide(home, ONE, "ICD:0088:7300 0100 00001", REASON, belongs=True)
    assert load_trade(home).directory.resolve(party) == ONE
    assert REASON in next(row for row in alias_table(home, ONE) if row.alias == GLN).reason()
    decide(home, ONE, GLN, "it was a mistake", belongs=False)
    assert load_trade(home).directory.resolve(party) == GLN
    decide(home, ONE, GLN, REASON, belongs=True)
    assert load_trade(home).directory.resolve(party) == ONE
    assert kept(home) == 3


@pytest.mark.parametrize(
    ("enterprise", "alias", "reason", "belongs", "error"),
    [
        (ONE, OTHER, REASON, True, AliasOfAnother), (ONE, ONE, REASON, False, AliasIsTheEnterprise),
        (ONE, "IBAN:DE00370400440532013000", REASON, True, AliasMalformed), (ONE, "7300010000001", REASON, True, AliasMalformed),
        (ONE, "ICD:0088:", REASON, True, AliasMalformed), (ONE, "GLN:123", REASON, True, AliasMalformed),
        (ONE, GLN, "  ", True, ReasonMissing),
        (f"USCC:{code(9)}", GLN, REASON, True, NotFound),
    ],
)  # fmt: skip
def test_what_may_not_be_is_refused_and_nothing_is_written(home, enterprise, alias, reason, belongs, error):
    with pytest.raises(error):
        decide(home, enterprise, alias, reason, belongs=belongs)
    assert kept(home) == 0


def test_names_are_proposed_and_nothing_is_decided(home):
    assert {(one.left, one.right) for one in proposals(home)} == {(GLN, ONE), (GLN, OTHER)}
    assert kept(home) == 0


def test_people_and_machines_read_the_table_in_both_languages(home, capsys):
    assert "belongs to" in said(capsys, home, "--lang", "en", "alias", ONE, GLN, "--reason", REASON)
    english = json.loads(said(capsys, home, "--lang", "en", "aliases", "--json"))
    chinese = json.loads(said(capsys, home, "--lang", "zh", "aliases", "--json"))
    assert [row["alias"] for row in english] == [row["alias"] for row in chinese]
    assert [row["reason"] for row in english if row["alias"] == GLN] == [f"a person said so: {REASON}"]
    assert [row["reason"] for row in chinese if row["alias"] == GLN] == [f"经人工确认：{REASON}"]
    assert "别名" in said(capsys, home, "--lang", "zh", "aliases", GLN)
    assert "a name decides nothing" in said(capsys, home, "--lang", "en", "aliases", "--propose")
    assert json.loads(said(capsys, home, "aliases", "--propose", "--json")) == []
    assert "AliasOfAnother" in said(capsys, home, "alias", ONE, OTHER, "--reason", REASON)
    assert "NotFound" in said(capsys, home, "aliases", "USCC:nobody")
    assert "不属于" in said(capsys, home, "--lang", "zh", "alias", ONE, GLN, "--reason", REASON, "--revoke")


def test_the_migration_goes_down_and_up_again_with_data_in_the_tables(home, migrated):
    decide(home, ONE, GLN, REASON, belongs=True)

    migrated(home, command.downgrade, "0002")
    assert "aliases" not in inspect(home.store.engine).get_table_names()
    with home.store.read() as connection:
        assert connection.execute(select(func.count()).select_from(documents)).scalar_one() == 3
    migrated(home, command.upgrade, "head")
    assert kept(home) == 0
    decide(home, ONE, GLN, REASON, belongs=True)
    assert kept(home) == 1


def test_a_register_has_one_scheme_whatever_word_is_written_for_it(home):
    ruling = decide(home, ONE, GLN.replace("ICD:0088", "GLN"), REASON, belongs=True)
    assert ruling.alias == GLN
