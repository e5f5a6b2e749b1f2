"""Whoever reads Chinese reads all of it: every sentence and every word for people has its Chinese in the catalogue.

1. Sentences are found in the sources; a way of saying something that this file does not know would be missed, so errors,
   explanations, differences and reasons are all said in one of the ways below.
2. Words that stand in the data as codes come from their enumerations.
3. What the command line prints, help and mistakes included, is asked for and looked at.
"""

import ast
import json
import re
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from typer import rich_utils
from web3 import HTTPProvider, Web3

import chain
from api import errors as api_errors
from chain import content, usage
from chain.books.exposure import ExposureKind
from chain.books.fold import STATES
from chain.books.portfolio import PASSED_ON
from chain.cli import main
from chain.commands import enrol
from chain.commands.accepted import CommandState
from chain.commands.audit import Outcome
from chain.commands.duties import Duty
from chain.commands.names import for_people
from chain.commands.netting import NettingState
from chain.documents import archive, formats, mapping
from chain.documents.model import DocumentType, Finding, Severity, place_text
from chain.errors import Conflict, PearlError
from chain.graph.supply_chain import Relation
from chain.issuance.advice import ADVICE
from chain.language import fill, language_of_environment, translate
from chain.network import Role
from chain.picture import drawing
from chain.planning.model import StepKind
from chain.reporting import model as reporting
from chain.reporting import writing
from chain.verification.report import figure_label
from chain.verification.words import PieceState

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "chain" / "locale" / "zh.po"

#: Attributes of errors, and keywords, that hold a sentence or a part of one.
FIELDS = {"message", "next_step", "template", "title", "reason"}
KEYWORDS = {"help", "template", "title", "reason", "what", "action", "advice"}
#: Who says something → which of the arguments are sentences.
SAYERS = {
    "say": slice(1), "translate": slice(1), "fill": slice(1), "progress": slice(1), "counted": slice(1, 2), "_progress": slice(1),
    "both": slice(1), "_both": slice(1), "of": slice(1), "_say": slice(1), "_complain": slice(1),
    "table": slice(2), "found": slice(1, 2), "Difference": slice(1, 2), "Check": slice(1, 2), "Refusal": slice(2, 3),
    "must_hold": slice(1), "Permission": slice(1),
}  # fmt: skip
WORD = re.compile("[A-Za-z]{2}")
#: A name, and a word that only its hash is kept of.
NOT_SHOWN = {"Pearlchain", "no reason given"}


def sentences_of(source: Path) -> set[str]:
    """English sentences that the file shows to people."""
    tree = ast.parse(source.read_text())
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                found |= assigned(target, node.value)
        elif isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in SAYERS:
                found |= {text.removeprefix(">") for text in constants(node.args[SAYERS[name]])}
            if name == "Check" and len(node.args) > 2:
                found |= labels(node.args[2])
            found |= {text for k in node.keywords if k.arg in KEYWORDS for text in constants([k.value])}
    if source.name == "cli.py":
        functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.decorator_list]
        found |= {" ".join(doc.split()) for n in functions if (doc := ast.get_docstring(n))}
    return {text for text in found if WORD.search(text)} - NOT_SHOWN


def assigned(target: ast.expr, value: ast.expr | None) -> set[str]:
    """What a variable or attribute that holds a sentence gets, alone or beside others."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return set().union(*(assigned(t, v) for t, v in zip(target.elts, value.elts, strict=False)))
    if isinstance(target, ast.Name) and target.id in FIELDS and value is not None:
        return constants([value])
    if isinstance(target, ast.Name) and target.id == "figures" and value is not None:
        return labels(value)
    return set()


def constants(nodes) -> set[str]:
    """Texts that an expression may be."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
        elif isinstance(node, ast.Tuple | ast.List):
            found |= constants(node.elts)
        elif isinstance(node, ast.IfExp):
            found |= constants([node.body, node.orelse])
        elif isinstance(node, ast.BoolOp):
            found |= constants(node.values)
    return found


def labels(node: ast.expr) -> set[str]:
    """Names of a verification's figures, as people read them."""
    keys = node.keys if isinstance(node, ast.Dict) else []
    return {k.value.replace("_", " ") for k in keys if isinstance(k, ast.Constant) and isinstance(k.value, str)}


@cache
def entries() -> list[tuple[str, str]]:
    with CATALOGUE.open("rb") as file:
        return [(message.id, message.string) for message in read_po(file) if message.id]


@cache
def catalogue() -> dict[str, str]:
    return dict(entries())


def missing(sentences) -> str:
    return "\n".join(sorted(set(sentences) - catalogue().keys()))


FOLDERS = [
    *sorted(
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "chain").iterdir()
        if path.suffix == ".py" or (path.is_dir() and path.name not in ("locale", "__pycache__"))
    ),
    "api",
]


# --- sentences -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_sentence_for_people_has_its_chinese(folder):
    place = ROOT / folder
    files = [place] if place.is_file() else sorted(place.rglob("*.py"))
    files = [file for file in files if "migrations" not in file.parts and file.name != "examples.py"]
    assert missing(set().union(*(sentences_of(file) for file in files))) == ""


def test_every_sentence_of_the_report_has_its_chinese():
    page = (ROOT / "chain" / "reporting" / "templates" / "report.html").read_text(encoding="utf-8")
    said = re.findall(r'\bboth\("(.+?)"[,)]', page)
    assert len(said) == len(re.findall(r"\bboth\(", page))
    assert missing(said) == ""


def test_every_advice_after_a_refusal_has_its_chinese():
    assert missing(ADVICE.values()) == ""


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_reason_is_put_together_from_pieces_that_cannot_be_translated(folder):
    place = ROOT / folder
    for file in [place] if place.is_file() else sorted(place.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                for keyword in node.keywords:
                    if keyword.arg in KEYWORDS - {"title"} and isinstance(keyword.value, ast.JoinedStr):
                        pieces = "".join(v.value for v in keyword.value.values if isinstance(v, ast.Constant))
                        assert not WORD.search(pieces), f"{file}:{keyword.value.lineno}: {pieces}"


# --- words ---------------------------------------------------------------------------------------------------------

CODES: dict[str, set[str]] = {
    "documents": set(DocumentType),
    "states of a piece": {PASSED_ON} | set(STATES) | {state.name.lower() for state in PieceState},
    "what a finding does": set(Severity),
    "where it was found": set(reporting.NoticeOrigin),
    "duties": set(Duty),
    "exposure": set(ExposureKind) | set(reporting.ExposureKind) | {"overdue"},
    "why cash moved": set(reporting.CashKind),
    "steps": set(StepKind),
    "relations": set(Relation),
    "pieces in the report": set(reporting.PieceFigures.model_fields),
    "states of a netting": set(NettingState),
    "how an entry of the audit log ended": set(Outcome),
    "states of a command": set(CommandState),
    "proofs": {"minimum cut", "integer programme", "bound"},
    "amounts": {"face", "live", "redeemed", "voided", "written off", "financed by banks now"},
    "what a difference is about": {
        "piece", "obligation", "line", "evidence", "financing", "party", "issuer", "key", "contract", "transaction",
        "entry", "anchor",
    },
}  # fmt: skip


@pytest.mark.parametrize("kind", CODES)
def test_every_word_that_stands_in_the_data_as_a_code_has_its_chinese(kind):
    codes = {code.value if isinstance(code, Enum) else code for code in CODES[kind]}
    assert missing(code.replace("_", " ") for code in codes) == ""


@pytest.mark.parametrize(
    "words",
    [
        writing.WORDS.values(), drawing.ROLE_NAMES.values(), drawing.KIND_NAMES.values(), api_errors._TITLES.values(),
        archive.CONTAINERS.values(), ["not reached", "keepers and others", "Banks"], ["despatch", "receipt"],
    ],
)  # fmt: skip
def test_every_word_of_a_table_has_its_chinese(words):
    assert missing(words) == ""


def test_pictures_and_pages_know_every_role_and_every_code():
    assert drawing.ROLE_NAMES.keys() == set(Role)
    assert {*DocumentType, *Severity, *reporting.NoticeOrigin, *reporting.CashKind} <= writing.WORDS.keys()


def test_formats_that_are_not_read_are_named_in_chinese_unless_they_have_but_one_name():
    said = [name for _, name in (*formats.NAMESPACES_NOT_YET, *formats.SIGNATURES)]
    assert missing(name for name in said if re.search("[a-z]{3}|^an? ", name.replace("gzip", ""))
                   and not re.fullmatch(r"FatturaPA|ZUGFeRD 1 \(CII\)|7-Zip", name)) == ""  # fmt: skip


#: Modules whose errors have Chinese names too.
NAMED = ("chain.documents.rules", "chain.errors", "chain.content", "chain.commands.findings")


def rules() -> set[str]:
    """Names of all rules: errors, the contracts' errors, and what planning, the graph and the report write as a name."""
    for module in walk_packages(chain.__path__, "chain."):
        if ".migrations" not in module.name:
            import_module(module.name)

    def below(error: type[PearlError]) -> set[type[PearlError]]:
        return {error}.union(*map(below, error.__subclasses__()))

    documents = {
        error.__name__
        for error in below(PearlError)
        if error.__module__ in ("chain.documents.rules", "chain.errors", "chain.content", "chain.commands.findings")
        and "message" in vars(error)
    }
    written: set[str] = set()
    for folder in ("planning", "graph"):
        for source in (ROOT / "chain" / folder).glob("*.py"):
            for node in ast.walk(ast.parse(source.read_text())):
                if isinstance(node, ast.Constant) and re.fullmatch("(?:[A-Z][a-z]+){2,}", str(node.value)):
                    written.add(str(node.value))
    of_plans = {"Rejected", "ObligationOverdue", "ParentNotHeld", "InvoiceProvesLess", "ApprovalMissing"}
    return documents | written | ADVICE.keys() | of_plans


def test_every_rule_has_a_chinese_name():
    general = {
        "PearlError",
        "DocumentRefused",
        "ContractRefused",
        "NotFound",
        "NotPermitted",
        "Conflict",
        "Unavailable",
    }
    assert missing(rules() - general) == ""


# --- the catalogue itself ------------------------------------------------------------------------------------------


def test_no_sentence_stands_twice_in_the_catalogue():
    written = re.findall(r"^msgid (\".*\")$", CATALOGUE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted({text for text in written if written.count(text) > 1}) == []


def test_every_placeholder_of_a_sentence_stands_in_its_chinese_and_no_other():
    for english, chinese in entries():
        assert names_in(english) == names_in(chinese), english


def names_in(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


def test_no_chinese_is_left_without_its_sentence_translated():
    assert [english for english, chinese in entries() if not chinese] == []


#: What not to say: what is said instead (design: the field's words).
ONE_TERM = {
    "开立人": "核心企业", "开立方": "核心企业", "贴现": "融资", "保管方": "仓储监管方", "单证": "单据", "承兑": "签收",
    "企业标识": "企业代码", "银行(?!授信|对账单)": "资金方",
}  # fmt: skip


@pytest.mark.parametrize("term", ONE_TERM)
def test_one_thing_has_one_name(term):
    assert [english for english, chinese in entries() if re.search(term, chinese)] == []


@pytest.mark.parametrize("mark", [",", ";", "?", "!", "("])
def test_chinese_sentences_have_chinese_punctuation(mark):
    wide = "[\u4e00-\u9fff]"
    assert [c for _, c in entries() if re.search(f"{wide}\\{mark}|\\{mark} *{wide}", c)] == []


# --- filling in ----------------------------------------------------------------------------------------------------


def test_a_sentence_without_chinese_is_shown_in_english():
    assert translate("a sentence that nobody wrote", "zh") == "a sentence that nobody wrote"


def test_a_value_that_is_a_sentence_is_translated_and_filled_too():
    error = Conflict(what="the operation {key}", key="k{1}")
    assert error.text("en").startswith("the operation k{1} exists already with other content")
    assert error.text("zh").startswith("操作 k{1}已存在")


@pytest.mark.parametrize("text", ["{0}", "{}", "{what.__class__}", "{what!r:>{width}}", "}{"])
def test_what_others_wrote_is_never_filled_in(text):
    for language in ("en", "zh"):
        finding = Finding(
            rule="R", severity=Severity.FLAGGED, template="not supported yet: {what}", values={"what": text}
        )
        assert finding.text(language).endswith(text)
        assert fill("not supported yet: {what}", {"what": text}, language).endswith(text)


@pytest.mark.parametrize(
    ("place", "chinese"),
    [
        ("line 48, column 29", "第 48 行第 29 列"), ("line 9, DocumentCurrencyCode", "第 9 行 DocumentCurrencyCode"),
        ("line 1", "第 1 行"), ("/lines/0/net_minor", "/lines/0/net_minor"), ("", ""),
    ],
)  # fmt: skip
def test_a_place_in_a_file_is_told_in_the_readers_language(place, chinese):
    assert place_text(place, "zh") == chinese
    assert place_text(place, "en") == place


def test_sentences_name_enterprises_and_number_documents():
    names = {"USCC:1": "甲", "USCC:2": "乙"}
    values = {
        "document": "invoice|USCC:1|INV1",
        "seller": "USCC:1",
        "line": "USCC:2 → USCC:1",
        "count": 3,
        "other": "a|b|c",
    }
    told = {"document": "INV1", "seller": "甲", "line": "乙 → 甲", "count": 3, "other": "a|b|c"}
    assert for_people(values, names) == told
    assert for_people({"ticket_minor": 1_234_500}, names, "CNY") == {"ticket_minor": "12,345.00 CNY"}
    assert writing._named("invoice|USCC:1|INV1", names) == "甲 · INV1"
    assert writing._named("USCC:2 → USCC:1", names) == "乙 → 甲"
    assert writing._named("7.1.3.2", names) == "7.1.3.2"


def test_a_figure_of_a_currency_keeps_its_name():
    assert figure_label("CNY_face_minor", "zh") == "CNY 面额（最小单位）"


# --- the command line ----------------------------------------------------------------------------------------------


def said(capsys, *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    shown = capsys.readouterr()
    return int(str(end.value.code)), shown.out + shown.err


@pytest.mark.parametrize("command", [[], ["demo"], ["run"], ["ingest"], ["contracts"], ["contracts", "verify"]])
def test_help_is_chinese_for_who_reads_chinese(capsys, command):
    code, text = said(capsys, "--lang", "zh", *command, "--help")
    assert code == 0
    assert "用法：pearl" in text
    left = re.sub(
        r"pearl.*|[<\[{]\w+[>\]}]|--?\w+|\[默认：\d+\]|NETWORK|JSON|PIECE|PLAN|PATHS\S*|GraphML|API|Ctrl-C|LANG",
        "",
        text,
    )
    assert not re.findall(r"[A-Za-z]{3,} [A-Za-z]{2,}", left), left


def test_help_is_english_again_for_who_reads_english(capsys):
    said(capsys, "--lang", "zh", "--help")
    _, text = said(capsys, "--lang", "en", "demo", "--help")
    assert "Usage: pearl demo" in text
    assert "Show this message and exit." in text
    assert "[default: 7]" in text
    assert not re.search("[\u4e00-\u9fff]", text)


@pytest.mark.parametrize(
    ("arguments", "chinese"),
    [
        (["path"], "缺少参数 piece；详见 pearl path --help"),
        (["paht"], "没有命令 paht"),
        (["graph", "--exprt"], "没有选项 --exprt"),
        (["run", "x"], "'PLAN' 的值无效：应为整数"),
        (["world", "--folder", "x", "--today", "soon"], "'--today' 的值无效：应为日期，例如 2026-03-01"),
        (["path", "1.1.1", "2"], "多余的参数：2"),
        (["graph", "--export"], "选项 --export 需要一个值"),
        (["deposit", "--minor", str(2**64)], "'--minor' 的值无效：应小于或等于 18446744073709551615"),
    ],
)
def test_a_mistake_is_one_chinese_sentence_with_where_to_read_on(capsys, arguments, chinese):
    code, text = said(capsys, "--lang", "zh", *arguments)
    assert code == 2
    assert text.startswith(f"pearl: {chinese}")
    assert text.count("\n") == 1
    assert not re.search(r"[a-z]{3,} [a-z]{3,}", re.sub(r"pearl.*?--help|\[.*?\]", "", text))


def test_what_the_system_refuses_is_said_in_chinese(capsys, tmp_path):
    code, text = said(capsys, "--home", str(tmp_path), "--lang", "zh", "enrol", str(tmp_path / "none.json"))
    assert code == 1
    assert "none.json：没有该文件或目录；" in text
    assert text.endswith("[SystemRefused]\n")


def test_a_node_that_goes_away_while_it_is_asked_is_named_and_no_file(capsys, monkeypatch, tmp_path):
    def gone(*_):
        Web3(HTTPProvider("http://127.0.0.1:1", exception_retry_configuration=None)).eth.get_block("latest")

    monkeypatch.setattr("chain.commands.enrol.read_network", gone)
    code, text = said(capsys, "--home", str(tmp_path), "--lang", "zh", "enrol", str(tmp_path / "network.json"))
    assert (code, text) == (1, "pearl: 无法连接节点；请稍后再试，没有丢失任何内容 [Unavailable]\n")


NETWORK = {"name": "n", "enterprises": [{"id": "TAX:1", "name": "x", "roles": ["bank"]}], "lines": []}
LINE = {"bank": "TAX:1", "issuer": "TAX:1", "currency": "CNY", "limit_minor": 1, "financing_limit_minor": 0,
        "expiry": "2030-01-01"}  # fmt: skip


@pytest.mark.parametrize(
    ("content", "english", "chinese"),
    [
        ("{", "this is no JSON from line 1, column 1 on", "自第 1 行第 1 列起不是 JSON"),
        ({**NETWORK, "x": 1}, "x (there is no such field)", "x（不允许有此字段）"),
        ({"name": "n", "lines": []}, "enterprises (it is missing)", "enterprises（缺失）"),
        ({**NETWORK, "lines": {}}, "lines (it should be a list)", "lines（应为列表）"),
        ({**NETWORK, "lines": [{**LINE, "limit_minor": 0}]}, "lines.0.limit_minor (it should be more than 0)",
         "lines.0.limit_minor（应大于 0）"),
        ({**NETWORK, "lines": [{**LINE, "limit_minor": 1.5}]}, "(it should be a whole number)", "（应为整数）"),
        ({**NETWORK, "lines": [{**LINE, "prices": [{"annual_rate_basis_points": 1, "to_tier": 0, "x": 1}]}]},
         "lines.0.prices.0.x (there is no such field)", "lines.0.prices.0.to_tier（应大于或等于 1）"),
        ({**NETWORK, "lines": [{**LINE, "expiry": "soon"}]}, "(it should be a day, such as 2026-03-01)",
         "（应为日期，例如 2026-03-01）"),
        ({**NETWORK, "lines": [{**LINE, "calendar": 256}]}, "(it should be at most 255)",
         "（应小于或等于 255）"),
        ({**NETWORK, "enterprises": [{"id": "TAX:1", "name": "x", "roles": ["boss"]}]},
         "enterprises.0.roles.0 (it is none of core_enterprise, supplier, bank,", "（应为下列之一：core_enterprise, supplier,"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said_with_file_place_and_rule(capsys, tmp_path, content, english, chinese):
    path = tmp_path / "bad.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    for language, sentence in (("en", english), ("zh", chinese)):
        code, text = said(capsys, "--home", str(tmp_path / "home"), "--lang", language, "enrol", str(path))
        assert code == 1
        assert str(path) in text
        assert sentence in text
        assert text.endswith("[ContentMalformed]\n")
        assert ": :" not in text
        if language == "zh":
            assert not re.search("[a-z]{3,} [a-z]{3,}", text.replace(str(path), ""))
    assert not (tmp_path / "home").exists()


def test_every_reason_that_a_schema_may_have_has_its_chinese():
    assert missing([*content.REASONS.values(), content.OTHERWISE, mapping.CELL]) == ""
    assert missing(enrol.CHANGES.values()) == ""


def test_a_setting_that_is_none_is_refused_like_everything_else(capsys, monkeypatch):
    monkeypatch.setenv("PEARL_NODE_PORT", "many")
    code, text = said(capsys, "--lang", "zh", "graph")
    assert code == 1
    assert "node_port（应为整数）" in text
    assert text.endswith("[ContentMalformed]\n")


def test_help_is_cut_off_nowhere_on_a_narrow_screen(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", 80)
    for command in ([], ["deposit"], ["enrol"], ["contracts"]):
        _, text = said(capsys, "--lang", "zh", *command, "--help")
        assert "…" not in text
    assert "读取敞口" in "".join(said(capsys, "--lang", "zh", "--help")[1].replace("│", "").split())


def test_the_sentences_of_the_frame_are_those_that_the_command_line_uses():
    usage.speak_frame("en")
    assert {name: getattr(rich_utils, name) for name in usage.FRAME} == usage.FRAME
    assert (
        missing([*usage.FRAME.values(), *usage.MISTAKES, *usage.REASONS.values(), usage.USAGE, usage.HELP, usage.TRY])
        == ""
    )


@pytest.mark.parametrize(
    ("value", "language"), [("zh_CN.UTF-8", "zh"), ("zh", "zh"), ("en_US.UTF-8", "en"), ("C", "en")]
)
def test_the_language_is_that_of_the_environment(monkeypatch, value, language):
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", value)
    assert language_of_environment() == language
