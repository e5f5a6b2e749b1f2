"""``pearl``: the command line. Puts settings, commands and people's eyes together; holds no rule of its own."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from babel.numbers import format_decimal
from msgspec import to_builtins
from pydantic import ValidationError
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from typer.exceptions import TyperException
from typer.main import get_command

from chain.content import ContentMalformed
from chain.ending import Stopped, ended_by_signals
from chain.errors import PearlError, SystemRefused, Unavailable
from chain.language import LANGUAGES, fill, language_of_environment, translate
from chain.money import Money, exponent
from chain.settings import Settings
from chain.usage import mistake, speak

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Pearlchain: a core enterprise's bank credit, carried down its supplier tiers.",
)
contracts_app = typer.Typer(no_args_is_help=True, help="The contracts: build them, and verify what is deployed.")
app.add_typer(contracts_app, name="contracts")
users_app = typer.Typer(
    no_args_is_help=True, help="Persons who may use the API: whom each acts for, and with which duties."
)
app.add_typer(users_app, name="users")

audit_app = typer.Typer(
    no_args_is_help=True, help="The audit log: who did what, chained by hashes and anchored on chain."
)
app.add_typer(audit_app, name="audit")

EXIT_REFUSED = 1
#: Cells of a table's column up to which nothing in it is broken over two lines: a day, a kind of document.
UNBROKEN = 10
#: So many letters of a netting's id are shown; they name it well enough.
SHORT_ID = 12
#: What a contract's word for an amount holds.
MOST_MINOR = 2**64 - 1

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines instead of tables.")]
AsOfOption = Annotated[str | None, typer.Option(help="As it was after this block, or at the end of this day.")]


@dataclass(frozen=True)
class Desk:
    """Who is asking: settings, language, and a console to answer on."""

    settings: Settings
    language: str
    console: Console

    def say(self, sentence: str, **values: Any) -> None:
        """Print one translated sentence."""
        self.console.print(translate(sentence, self.language).format(**values), highlight=False, markup=False)

    def word(self, code: str) -> str:
        """A word that stands in the data as a code (``despatch_advice``), as people say it."""
        return translate(code.replace("_", " "), self.language)

    def rule(self, name: str) -> str:
        """A rule by the name that commands take, after what the reader's language calls it."""
        said = translate(name, self.language)
        return name if said == name else f"{said} {name}"

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table; columns that start with '>' are right-aligned. Where the screen is too narrow for it, each row is a
        paragraph instead: a figure or a day that is broken over two lines is misread, and a name of two letters a line unread.
        """
        written = [[str(cell) for cell in row] for row in rows]
        names = [translate(column.removeprefix(">"), self.language) for column in columns]
        table = Table(title=translate(title, self.language), title_justify="left", header_style="bold")
        needed = 1
        for place, column in enumerate(columns):
            right = column.startswith(">")
            longest = max((cell_len(row[place]) for row in written), default=0)
            whole = right or longest <= UNBROKEN
            needed += 3 + max(cell_len(names[place]), longest if whole else UNBROKEN)
            justify: Literal["left", "right"] = "right" if right else "left"
            table.add_column(names[place], justify=justify, no_wrap=whole, overflow="fold")
        for row in written:
            table.add_row(*map(escape, row))
        if needed <= self.console.width:
            self.console.print(table)
            return
        self.console.print(translate(title, self.language), style="italic", markup=False)
        for row in written:
            said = " · ".join(f"{name} {cell}" for name, cell in zip(names, row, strict=True) if cell)
            self.console.print(f"- {said}", highlight=False, markup=False)

    def money(self, minor: int, currency: str) -> str:
        """An amount for people."""
        return Money(minor, currency).text(self.language)

    def figure(self, minor: int, currency: str) -> str:
        """The same without the currency's sign, for columns of one currency."""
        return format_decimal(Money(minor, currency).decimal, format=f"#,##0.{'0' * exponent(currency)}", locale="en")

    @staticmethod
    def show_json(value: object) -> None:
        """Print JSON on standard output, one document."""
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str))

    @contextmanager
    def progress(self) -> Iterator[Any]:
        """A function ``(what, done, total)`` that draws bars on standard error while the block runs.

        Where standard error is no terminal it draws none: a log would hold every state that each bar went through.
        """
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        screen = Console(stderr=True)
        with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bars:
            tasks: dict[str, Any] = {}

            def show(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(translate(what, self.language), total=total)
                bars.update(tasks[what], completed=done, total=total)

            yield show


@app.callback()
def _desk(
    context: typer.Context,
    home: Annotated[Path | None, typer.Option(help="Directory that holds all state (default ./var).")] = None,
    lang: Annotated[str | None, typer.Option(help="Language of the answers: en or zh (default: LANG).")] = None,
) -> None:
    try:
        settings = Settings()
    except ValidationError as error:
        raise ContentMalformed("the environment (PEARL_…)", error) from error
    if home is not None:
        settings = settings.model_copy(update={"home": home})
    language = lang or language_of_environment()
    if language not in LANGUAGES:
        raise typer.BadParameter(f"'{language}' is none of {', '.join(LANGUAGES)}", param_hint="--lang")
    context.obj = Desk(settings, language, Console())


# --- the main job --------------------------------------------------------------------------------------------------


@app.command()
def demo(
    context: typer.Context,
    seed: Annotated[int, typer.Option(help="Seed of the generated world.")] = 7,
    as_json: JsonOption = False,
) -> None:
    """Run the main job on a generated world: documents in, credit down the tiers, cash out, exposure read."""
    from chain.commands.demo import run_demo

    desk: Desk = context.obj
    with desk.progress() as progress:
        report, page = run_demo(desk.settings, seed, progress)
    if as_json:
        desk.show_json(report.model_dump(mode="json"))
    else:
        _show_demo(desk, report, page)
    if not report.verify.ok:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def world(
    context: typer.Context,
    folder: Annotated[Path, typer.Option(help="Where it is written; a folder that does not exist yet.")],
    seed: Annotated[int, typer.Option(help="The same seed and numbers give the same world.")] = 7,
    enterprises: Annotated[int, typer.Option(help="How many enterprises, banks and keepers among them.")] = 200,
    documents: Annotated[int, typer.Option(help="How many documents at least.")] = 4_000,
    fraud_rate: Annotated[float, typer.Option(help="Frauds to a document.")] = 0.002,
    error_rate: Annotated[float, typer.Option(help="Honest mistakes to a document.")] = 0.002,
    form: Annotated[str, typer.Option(help="files, or all in one: canonical (JSON lines), parquet.")] = "files",
    today: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The world's last day.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a generated world of trade, and the truth about the errors and frauds in it."""
    from chain.commands.world import Form, make_rates, write_world_of

    desk: Desk = context.obj
    if form not in tuple(Form):
        raise typer.BadParameter(f"'{form}' is none of {', '.join(Form)}", param_hint="--form")
    day = (today or datetime.now(UTC)).date()
    with desk.progress() as progress:
        written = write_world_of(
            folder, seed=seed, enterprises=enterprises, documents=documents,
            rates=make_rates(error_rate, fraud_rate), form=Form(form), today=day, progress=progress,
        )  # fmt: skip
    if as_json:
        desk.show_json(to_builtins(written))
    else:
        sentence = "in {folder}: documents {documents}, enterprises {enterprises}, irregularities {planted} (told in truth.json)"
        desk.say(sentence, **to_builtins(written))


@app.command()
def node(context: typer.Context) -> None:
    """Start the embedded node on this home and keep it until Ctrl-C."""
    from chain.commands.serve import keep_node

    desk: Desk = context.obj
    keep_node(desk.settings, lambda endpoint: desk.say("node at {endpoint}; stop it with Ctrl-C", endpoint=endpoint))


@app.command()
def serve(context: typer.Context) -> None:
    """Start node, indexer and API on this home, and print the address and the first key."""
    from chain.commands.serve import serve_api

    desk: Desk = context.obj
    raise typer.Exit(serve_api(desk.settings))


@app.command()
def enrol(context: typer.Context, network: Path, as_json: JsonOption = False) -> None:
    """Enrol the enterprises, banks and lines of a NETWORK file (JSON); a changed limit or group is changed."""
    from chain.commands.enrol import enrol as enrol_network
    from chain.commands.enrol import read_network
    from chain.commands.workspace import open_workspace

    desk: Desk = context.obj
    register = read_network(network)
    with desk.progress() as progress, open_workspace(desk.settings, progress=progress) as workspace:
        changes = enrol_network(workspace, register, progress)
    counted = {"enterprises": len(register.enterprises), "lines": len(register.lines)}
    if as_json:
        desk.show_json(counted | {"changes": [change.as_json() for change in changes]})
        return
    desk.say("enrolled: enterprises {enterprises}, lines {lines}", **counted)
    for change in changes:
        desk.console.print(change.text(desk.language), highlight=False, markup=False)


@app.command()
def deposit(
    context: typer.Context,
    bank: Annotated[str, typer.Option(help="The bank that credits (enterprise id or name).")],
    to: Annotated[str, typer.Option(help="Whose account (enterprise id or name); the bank itself, to finance from.")],
    minor: Annotated[int, typer.Option(min=1, max=MOST_MINOR, help="How much, in minor units (fen, cents).")],
    reference: Annotated[str, typer.Option(help="The bank's own reference; the same one is credited once.")],
    currency: Annotated[str, typer.Option(help="Currency of the deposit.")] = "CNY",
) -> None:
    """Credit an account with a bank's deposit money, which financing and redemption are paid with."""
    from chain.commands.deposit import deposit as credit
    from chain.commands.exposure import enterprise_named
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    currency = currency.upper()
    with existing_workspace(desk.settings) as workspace:
        creditor, account_of = enterprise_named(workspace, bank), enterprise_named(workspace, to)
        after = credit(workspace, f"deposit:{creditor}:{reference}", creditor, account_of, currency, minor)
    desk.say("{enterprise} has {balance} at {bank} now", enterprise=to, bank=bank, balance=desk.money(after, currency))


@app.command()
def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="Files, folders and archives; - for standard input.")],
    mapping: Annotated[
        Path | None, typer.Option(help="What the columns of tables (CSV, XLSX) mean: a TOML or JSON file.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Read trade documents; what cannot be read becomes a finding. Once stopped, the same command goes on. Exits with 1 where
    nothing could be read."""
    from chain.commands.ingest import ingest as ingest_paths
    from chain.commands.ingest import mapping_of
    from chain.commands.workspace import open_home

    desk: Desk = context.obj
    piped = sys.stdin.buffer if Path("-") in paths else None
    mapped = None if mapping is None else mapping_of(mapping)
    with desk.progress() as progress, open_home(desk.settings) as home:
        result = ingest_paths(home, [path for path in paths if path != Path("-")], progress, piped, mapped)
        names = home.names()
    if as_json:
        desk.show_json(result.as_json(desk.language, names))
    else:
        _show_ingested(desk, result, names)
    if result.all_refused:
        raise typer.Exit(EXIT_REFUSED)


def _show_ingested(desk: Desk, result: Any, names: dict[str, str]) -> None:
    desk.say(
        "files found: {found}; read: {read}, refused: {refused}, known before: {known}",
        found=result.found, read=result.read, refused=result.refused, known=result.known_before,
    )  # fmt: skip
    if result.passed_over:
        desk.say("left by a desktop or an archiver, and passed over: {count}", count=result.passed_over)
    if result.inside_found:
        desk.say(
            "documents inside them: {found}; read: {read}, refused: {refused}",
            found=result.inside_found, read=result.inside_read, refused=result.inside_refused,
        )  # fmt: skip
    if result.by_type:
        desk.table(
            "Documents", ("type", ">documents"), [(desk.word(kind), n) for kind, n in sorted(result.by_type.items())]
        )
    if result.findings:
        _show_findings(desk, result.findings, names)


@app.command()
def graph(
    context: typer.Context,
    export: Annotated[
        Path | None,
        typer.Option(
            help="File to write: .graphml (graph), .parquet (receivables), .svg, .jsonl or .documents.parquet."
        ),
    ] = None,
    around: Annotated[str | None, typer.Option(help="Export only the trade around this enterprise.")] = None,
    hops: Annotated[int, typer.Option(min=0, help="How far around it.")] = 1,
    structure: Annotated[
        bool, typer.Option("--structure", help="Also how deep credit can reach, bottlenecks and single sources.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the supply-chain graph: enterprises, tiers, open trade."""
    from chain.commands.graph import export_graph, graph_structure, graph_summary
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        result = graph_summary(home)
        if structure:
            result["structure"] = graph_structure(home)
        if export is not None:
            result["export"] = to_builtins(export_graph(home, export, around, hops, desk.language))
    if as_json:
        desk.show_json(result)
        return
    desk.say("enterprises: {enterprises}, relations: {edges}, deepest tier: {max_tier}", **result["totals"])
    desk.table(
        "Trade", ("relation", "currency", ">edges", ">open"),
        [(desk.word(r["kind"]), r["currency"], r["edges"], desk.money(r["open_minor"], r["currency"]) if r["currency"] else "")
         for r in result["relations"]],
    )  # fmt: skip
    desk.table(
        "Tiers", ("core enterprise", *(f">{tier}" for tier in range(1, result["totals"]["max_tier"] + 1))),
        [(t["name"], *(t["enterprises"].get(str(n), 0) for n in range(1, result["totals"]["max_tier"] + 1)))
         for t in result["tiers"]],
    )  # fmt: skip
    if structure:
        _show_structure(desk, result["structure"])
    if export is not None:
        desk.say(
            "written to {path}: {what}: {count}", **result["export"] | {"what": desk.word(result["export"]["what"])}
        )


def _show_structure(desk: Desk, found: dict[str, Any], most: int = 20) -> None:
    desk.table(
        "How deep credit can reach", (">tier", ">suppliers", ">reached by evidence"),
        [(row["tier"], row["suppliers"], row["with_evidence"]) for row in found["reach"]],
    )  # fmt: skip
    desk.table(
        "Bottlenecks", ("enterprise", ">suppliers cut off without it"),
        [(row["name"], row["cut_off"]) for row in found["bottlenecks"][:most]],
    )  # fmt: skip
    desk.table(
        "Single sources", ("buyer", "its only seller"),
        [(row["name"], row["seller_name"]) for row in found["single_sources"][:most]],
    )  # fmt: skip
    for listed in (found["bottlenecks"], found["single_sources"]):
        if len(listed) > most:
            desk.say("the first {shown} of {count} are shown; --json lists all", shown=most, count=len(listed))


@app.command()
def findings(
    context: typer.Context,
    rule: Annotated[str | None, typer.Option(help="Only this rule.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what was found in documents, graph and books, what plans left out, and what the ledger refused."""
    from chain.commands.findings import noticed
    from chain.commands.names import finding_as_json
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        found, names = [finding for _, finding in noticed(home, rule)], home.names()
    if as_json:
        desk.show_json([finding_as_json(finding, desk.language, names) for finding in found])
    else:
        _show_findings(desk, found, names, most=len(found))


@app.command()
def aliases(
    context: typer.Context,
    enterprise: Annotated[str | None, typer.Argument(help="Any of its ids, or its registered name.")] = None,
    propose: Annotated[bool, typer.Option("--propose", help="Names that may be one enterprise instead.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show which ids and names enterprises go by, and why."""
    from chain.commands.aliases import alias_as_json, alias_table, proposal_as_json, proposals
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        known = home.names()
        if propose:
            rows = [proposal_as_json(proposal, desk.language) for proposal in proposals(home)]
        else:
            rows = [alias_as_json(alias, desk.language) for alias in alias_table(home, enterprise)]
    if as_json:
        desk.show_json(rows)
    elif propose:
        desk.say("pairs to look at: {pairs}; a name decides nothing", pairs=len(rows))
        desk.table(
            "Proposals", ("one", "other", ">score", "why"),
            [(f"{r['left_name']} {r['left']}", f"{r['right_name']} {r['right']}", r["score"], r["reason"]) for r in rows],
        )  # fmt: skip
    else:
        desk.table(
            "Aliases", ("enterprise", "alias", "why", "source", "since"),
            [(known.get(r["enterprise"], r["enterprise"]), r["alias"], r["reason"], desk.word(r["source"]), r["since"] or "")
             for r in rows],
        )  # fmt: skip


@app.command()
def alias(
    context: typer.Context,
    enterprise: Annotated[str, typer.Argument(help="Any of its ids, or its registered name.")],
    alias: Annotated[str, typer.Argument(help="The id as SCHEME:value.")],
    reason: Annotated[str, typer.Option(help="What the decision rests on.")],
    revoke: Annotated[bool, typer.Option("--revoke", help="It does not belong to the enterprise.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Decide that an id belongs to an enterprise, or (--revoke) that it does not, whatever documents say."""
    from chain.commands.aliases import decide
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        ruling = decide(home, enterprise, alias, reason, belongs=not revoke)
    if as_json:
        desk.show_json(to_builtins(ruling))
    elif ruling.belongs:
        desk.say("{alias} belongs to {enterprise} now", alias=ruling.alias, enterprise=ruling.enterprise)
    else:
        desk.say("{alias} does not belong to {enterprise} now", alias=ruling.alias, enterprise=ruling.enterprise)


@app.command()
def plan(
    context: typer.Context,
    currency: Annotated[str, typer.Option(help="Currency to plan in.")] = "CNY",
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            metavar="CHANGE",
            help="Plan twice, without and with a change, and print what differs; keeps nothing. Several may be given: "
            "line:BANK/ISSUER=+1000000, financing:…, rate:…, price:BANK/ISSUER/TIER/DAYS=…, need:ENTERPRISE=…, net:all, "
            "without:DOCUMENT, rule:max_hops=3.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Decide how credit flows down the tiers, and print the plan with its proof."""
    from chain.commands.names import for_people
    from chain.commands.netting import nettings_of
    from chain.commands.plan import make_plan, plan_as_json
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    if changes:
        _show_what_if(desk, currency.upper(), changes, as_json)
        return
    with existing_home(desk.settings) as home:
        number, made = make_plan(home, currency.upper())
        netted = nettings_of(home, made)
        names = home.names()

    def why(refusal: Any) -> str:
        return fill(refusal.template, for_people(refusal.values, names, made.currency), desk.language)

    if as_json:
        body = plan_as_json(made)
        left_out = [one | {"text": why(r)} for one, r in zip(body["refusals"], made.refusals, strict=True)]
        desk.show_json({"plan": number} | body | {"refusals": left_out, "netting": [one.as_json() for one in netted]})
        return
    desk.say(
        "plan {number}: steps {steps}, waves {waves}; {met} of need met, {deep} of it at tier 2 and below",
        number=number, steps=len(made.steps), waves=max((s.wave for s in made.steps), default=0),
        met=desk.money(made.met_minor, made.currency), deep=desk.money(made.met_tier2_minor, made.currency),
    )  # fmt: skip
    if made.optimal:
        desk.say("no plan meets more (proof: {proof})", proof=desk.word(made.proof))
    else:
        desk.say(
            "not proven best: at most {bound} could be met, {deep} at tier 2 and below",
            bound=desk.money(made.bound_minor, made.currency), deep=desk.money(made.bound_tier2_minor, made.currency),
        )  # fmt: skip
    rows: list[tuple[object, ...]] = [
        (s.number, s.wave, desk.word(s.kind), names.get(s.payer, s.payer),
         names.get(s.recipient, s.recipient), desk.money(s.amount_minor, s.currency), s.maturity,
         s.document.rpartition("|")[2])
        for s in made.steps
    ]  # fmt: skip
    columns = ("step", "wave", "kind", "from", "to", ">amount", "maturity", "invoice")
    desk.table("Steps", columns, rows)
    if made.refusals:
        rows = [(for_people({"": r.subject}, names)[""], r.rule, why(r)) for r in made.refusals]
        desk.table("Left out", ("what", "rule", "why"), rows)
    if netted:
        _show_nettings(desk, "Debts that would cancel, if all in the circle consent", netted, names)
    rows = [
        (
            names.get(o.enterprise, o.enterprise), desk.money(o.need_minor, made.currency),
            desk.money(o.met_minor, made.currency), desk.money(o.passed_minor, made.currency),
            desk.money(sum(n.minor for n in made.netting if o.enterprise in n.parties), made.currency), o.rule or "",
            ", ".join(for_people({"": _bare(name)}, names)[""] for name in o.bound_by),
        )
        for o in made.outcomes
    ]  # fmt: skip
    desk.table(
        "Who gets what", ("enterprise", ">need", ">met", ">passed on", ">could be netted", "rule", "what binds"), rows
    )  # fmt: skip


def _show_nettings(desk: Desk, title: str, known: Sequence[Any], names: dict[str, str]) -> None:
    """Circles of debts with what is taken off which invoice, what binds, and who has consented."""
    rows = [
        (
            one.netting.id[:SHORT_ID], desk.word(one.state),
            " → ".join(names.get(party, party) for party in [*one.netting.parties, one.netting.parties[0]]),
            desk.money(one.netting.minor, one.figures.currency),
            ", ".join(
                f"{i.document.rpartition('|')[2]} {desk.figure(i.minor, one.figures.currency)}"
                for i in one.netting.invoices
            ),
            ", ".join(_known(_bare(name), names) for name in one.netting.bound_by),
            ", ".join(names.get(enterprise, enterprise) for enterprise in one.consents),
        )
        for one in known
    ]  # fmt: skip
    desk.table(title, ("netting", "state", "circle", ">amount", "invoices", "what binds", "consented"), rows)


@app.command()
def nettings(context: typer.Context, as_json: JsonOption = False) -> None:
    """Show circles of debts that would cancel, who has consented, and what is cancelled."""
    from chain.commands.netting import nettings as known_nettings
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        known, names = known_nettings(home), home.names()
    if as_json:
        desk.show_json([one.as_json() for one in known])
    else:
        _show_nettings(desk, "Nettings", known, names)


@app.command()
def consent(
    context: typer.Context,
    netting: Annotated[str, typer.Argument(help="The netting's id, or its first letters.")],
    enterprise: Annotated[str, typer.Argument(help="Who consents (enterprise id or name).")],
    reason: Annotated[str, typer.Option(help="What it rests on, such as the signed agreement.")],
    withdraw: Annotated[bool, typer.Option("--withdraw", help="It takes its consent back.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write down that an enterprise consents to a netting of debts; once all in the circle have, they are cancelled."""
    from chain.commands.exposure import registered_named
    from chain.commands.netting import ConsentWithoutReason, NettingState
    from chain.commands.netting import consent as give
    from chain.commands.netting import withdraw as take_back
    from chain.commands.workspace import OPERATOR, existing_home

    desk: Desk = context.obj
    if not reason.strip():
        raise ConsentWithoutReason()
    with existing_home(desk.settings) as home:
        act = take_back if withdraw else give
        known = act(home, netting, registered_named(home, enterprise), OPERATOR, reason.strip())
    if as_json:
        desk.show_json(known.as_json())
    elif known.state is NettingState.AGREED:
        desk.say("all have consented to {netting}: its debts are cancelled", netting=known.netting.id[:SHORT_ID])
    else:
        desk.say(
            "consented to {netting}: {count} of {parties}",
            count=len(known.consents), parties=len(known.netting.parties), netting=known.netting.id[:SHORT_ID],
        )  # fmt: skip


def _show_what_if(desk: Desk, currency: str, changes: list[str], as_json: bool) -> None:
    from chain.commands.plan import what_if
    from chain.commands.workspace import existing_home
    from chain.planning.pricing import COST_OF_ONE_MINOR

    with existing_home(desk.settings) as home:
        before, after, found = what_if(home, currency, changes)
        names = home.names()
    if as_json:
        desk.show_json(
            {
                "changes": changes,
                "optimal": {"before": before.optimal, "after": after.optimal},
                "differences": [to_builtins(difference) for difference in found],
            }
        )
        return

    def said(what: str, figure: int) -> str:
        if what == "steps":
            return str(figure)
        return desk.money(round(figure / COST_OF_ONE_MINOR) if what == "cost" else figure, currency)

    called = {
        "met_tier2_minor": "need met at tier 2 and below", "met_minor": "need met",
        "netting_minor": "debts that would cancel", "met": "need met",
    }  # fmt: skip
    rows = [
        (
            desk.word(called.get(d.what, d.what)), _known(d.name, names),
            *(said(d.what, figure) for figure in (d.before, d.after, d.after - d.before)),
        )
        for d in found
    ]  # fmt: skip
    desk.table("What would differ; nothing was changed", ("what", "of", ">before", ">after", ">difference"), rows)


def _bare(name: str) -> str:
    """Something on the minimum cut without the kind of thing that it is; lines and invoices are told apart by sight."""
    for kind in ("line ", "document ", "financing limit "):
        name = name.removeprefix(kind)
    return name


def _known(name: str, names: dict[str, str]) -> str:
    """An enterprise, a line of two, or an invoice, as people call them."""
    parts = [names.get(part, part.rpartition("|")[2]) for part in name.split(" → ")]
    return " → ".join(parts)


@app.command()
def run(
    context: typer.Context,
    plan_number: Annotated[
        int | None, typer.Argument(metavar="PLAN", help="Number of the plan; newest if none.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Carry a plan out on chain; repeating it resumes and makes nothing twice."""
    from chain.commands.plan import latest_plan
    from chain.commands.run import run as carry_out
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    with desk.progress() as progress, existing_workspace(desk.settings, progress=progress) as workspace:
        number = latest_plan(workspace) if plan_number is None else plan_number
        result = carry_out(workspace, number, progress)
    if as_json:
        desk.show_json(result.as_json())
        return
    desk.say(
        "plan {number}: pieces offered {made}, accepted {accepted}, rejected {rejected}; steps refused {refused}",
        number=number, made=len(result.pieces), accepted=len(result.accepted), rejected=len(result.rejected),
        refused=len(result.refused),
    )  # fmt: skip
    if result.refused:
        desk.table(
            "Refused", (">step", "rule"), [(step, desk.rule(rule)) for step, rule in sorted(result.refused.items())]
        )


# --- what is known -------------------------------------------------------------------------------------------------


@app.command()
def exposure(
    context: typer.Context,
    bank: Annotated[str | None, typer.Option(help="Only this bank (enterprise id or name).")] = None,
    as_of: AsOfOption = None,
    pieces: Annotated[bool, typer.Option("--pieces", help="With the pieces behind each figure of now.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What banks are exposed to: committed, contingent and funded, per issuer, tier and maturity."""
    from chain.commands.exposure import exposure_cells, party_named
    from chain.commands.workspace import existing_home
    from chain.network import Role

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        wanted = None if bank is None else party_named(home, bank, Role.BANK)
        cells = exposure_cells(home, wanted, as_of, with_pieces=pieces and as_of is None)
    if as_json:
        desk.show_json(cells)
        return
    rows = [
        (c["bank_name"], c["issuer_name"], desk.word(c["kind"]), c["tier"] or "",
         desk.word(c["bucket"]), desk.money(c["minor"], c["currency"]))
        for c in cells
    ]  # fmt: skip
    desk.table("Exposure", ("bank", "issuer", "kind", ">tier", "days to maturity", ">amount"), rows)
    if pieces and as_of is None:
        behind = [
            (c["bank_name"], desk.word(c["kind"]), one["piece"], desk.money(one["minor"], c["currency"]))
            for c in cells for one in c["pieces"]
        ]  # fmt: skip
        desk.table("Pieces", ("bank", "kind", "piece", ">amount"), behind)


@app.command()
def export(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(help="portfolio, exposure, maturities, lines, financings, documents or findings."),
    ],
    form: Annotated[
        str, typer.Option("--format", help="csv (spreadsheets), parquet (machines) or pdf (paper).")
    ] = "csv",
    reader: Annotated[
        str | None,
        typer.Option("--as", help="Whose report (enterprise id or name): what it may see; the operator's if none."),
    ] = None,
    as_of: AsOfOption = None,
    to: Annotated[
        Path | None, typer.Option(help="File to write; one here that is named after the report if none.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a report into a file that is not there yet, with what an enterprise may see; only exposure can be of the past."""
    from chain.commands.callers import AT_THE_MACHINE, Callers
    from chain.commands.exposure import registered_named
    from chain.commands.reports import Format, ReportName, report, write
    from chain.commands.seen.current import CurrentTrade
    from chain.commands.workspace import OPERATOR, existing_home

    desk: Desk = context.obj
    if name not in tuple(ReportName):
        raise typer.BadParameter(f"'{name}' is none of {', '.join(ReportName)}", param_hint="NAME")
    if form not in tuple(Format):
        raise typer.BadParameter(f"'{form}' is none of {', '.join(Format)}", param_hint="--format")
    with existing_home(desk.settings) as home:
        enterprise = OPERATOR if reader is None else registered_named(home, reader)
        viewer = Callers(home).of_enterprise(enterprise, AT_THE_MACHINE.actor)
        sheet = report(home, CurrentTrade(home), viewer, ReportName(name), desk.language, as_of)
        written = write(sheet, Format(form), desk.language)
    file = to or Path(f"{written.stem_of_reader}.{form}")
    with file.open("xb") as out:
        out.writelines(written.parts())
    if as_json:
        desk.show_json({"file": str(file), "bytes": written.size, "sha256": written.sha256})
        return
    desk.say("written to {path}: {count} bytes", path=file, count=written.size)
    desk.say("SHA-256 of the file: {sha256}", sha256=written.sha256)


@app.command()
def order(
    context: typer.Context,
    enterprise: str,
    contract: str,
    function: str,
    arguments: Annotated[str, typer.Argument(help="The function's arguments as a JSON list; numbers may be text.")],
    hours: Annotated[int, typer.Option(min=1, help="How long it can be executed.")] = 24,
    nonce: Annotated[int | None, typer.Option(min=0, help="Any number that the key did not use yet.")] = None,
) -> None:
    """An order that an ENTERPRISE signs with its own key (EIP-712), to call FUNCTION of CONTRACT; JSON for its wallet."""
    from chain.commands.relay import order_as_json, order_to_sign
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    try:
        given = json.loads(arguments)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="ARGUMENTS") from error
    if not isinstance(given, list):
        raise typer.BadParameter("no JSON list", param_hint="ARGUMENTS")
    with existing_workspace(desk.settings) as workspace:
        deadline = workspace.now() + hours * 3_600
        made, typed = order_to_sign(workspace, enterprise, contract, function, given, deadline, nonce)
    desk.show_json({"order": order_as_json(made), "typed_data": typed})


@app.command()
def relay(context: typer.Context, file: Path, as_json: JsonOption = False) -> None:
    """Bring the signed orders of a FILE onto the chain, together, and tell what became of each; repeating sends nothing again."""
    from chain.commands.relay import read_orders
    from chain.commands.relay import relay as send_on
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    signed = read_orders(file)
    with existing_workspace(desk.settings) as workspace:
        outcomes = send_on(workspace, f"relay:{sha256(file.read_bytes()).hexdigest()}", signed)
    if as_json:
        desk.show_json([outcome.as_json(desk.language) for outcome in outcomes])
    else:
        rows = [
            (
                "✓" if o.is_done else "✗",
                o.order.key,
                o.transaction or "",
                o.error.text(desk.language) if o.error else "",
            )
            for o in outcomes
        ]
        desk.table("Orders", ("", "key", "transaction", "result"), rows)
    if not all(outcome.is_done for outcome in outcomes):
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def path(context: typer.Context, piece: str, as_json: JsonOption = False) -> None:
    """The way of a PIECE (such as 7.1.3.2) from its issuer to its holder, read from the contract's storage."""
    from chain.commands.path import path_of
    from chain.commands.workspace import existing_workspace
    from chain.identifiers import PieceId

    desk: Desk = context.obj
    wanted = PieceId.parse(piece)
    with existing_workspace(desk.settings) as workspace:
        steps = path_of(workspace, wanted)
    if as_json:
        desk.show_json(steps)
        return
    desk.table(
        "Path", ("piece", "from", "to", ">amount", ">tier", "state", "document"),
        [(s["piece"], s["from_name"], s["to_name"], desk.money(s["amount_minor"], s["currency"]), s["tier"],
          desk.word(s["state"]), (s["document"] or "").rpartition("|")[2])
         for s in steps],
    )  # fmt: skip


@app.command()
def history(context: typer.Context, piece: str, as_json: JsonOption = False) -> None:
    """Everything that happened to a PIECE and to what it was cut from: blocks, transactions, and the documents behind it."""
    from chain.commands.history import history_of
    from chain.commands.workspace import existing_home
    from chain.identifiers import PieceId

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        told = history_of(home, PieceId.parse(piece))
    if as_json:
        desk.show_json(told)
        return
    desk.table(
        "History", (">block", "time", "piece", "event", "transaction", "document"),
        [(f"{e['block']}.{e['log_index']}", e["time"], e["piece"], e["event"], e["transaction"],
          (e["document"] or "").rpartition("|")[2])
         for e in told],
    )  # fmt: skip


@app.command()
def pieces(
    context: typer.Context,
    owner: Annotated[str | None, typer.Option(help="Only this holder (enterprise id or name).")] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """List pieces with their holders, amounts and states."""
    from chain.commands.exposure import pieces_listed
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        listed = pieces_listed(home, owner, as_of)
    if as_json:
        desk.show_json(listed)
        return
    desk.table(
        "Pieces", ("piece", "issuer", "holder", ">amount", ">tier", "maturity", "state"),
        [(p["piece"], p["issuer_name"], p["owner_name"], desk.money(p["amount_minor"], p["currency"]), p["tier"],
          p["maturity"], desk.word(p["state"]))
         for p in listed],
    )  # fmt: skip


@app.command()
def verify(context: typer.Context, as_json: JsonOption = False) -> None:
    """Rebuild every total from contract storage and the documents' files, and compare with the books."""
    from chain.commands.verify import verify as verify_home
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    with desk.progress() as progress, existing_workspace(desk.settings, progress=progress) as workspace:
        report = verify_home(workspace)
    if as_json:
        desk.show_json(report.as_json(desk.language))
    else:
        show_verification(desk, report)
    if not report.ok:
        raise typer.Exit(EXIT_REFUSED)


def show_verification(desk: Desk, report: Any) -> None:
    """Every check with its figures; what differs is named below."""
    rows = [
        ("✓" if check.ok else "✗", translate(check.title, desk.language), check.figures_text(desk.language))
        for check in report.checks
    ]
    desk.table("Verification", ("", "check", "figures"), rows)
    for difference in report.differences:
        desk.console.print(f"[red]✗[/red] {difference.text(desk.language)}", highlight=False)


@app.command()
def proof(context: typer.Context, piece: str, file: Path) -> None:
    """Write a FILE with which its holder proves that it owns a PIECE, against any node and without this program."""
    from chain.commands.proof import proof_of
    from chain.commands.workspace import existing_workspace
    from chain.identifiers import PieceId

    desk: Desk = context.obj
    wanted = PieceId.parse(piece)
    with existing_workspace(desk.settings) as workspace:
        written = proof_of(workspace, wanted)
    with file.open("x", encoding="utf-8") as out:
        json.dump(written, out, ensure_ascii=False, indent=1)
    desk.say("the proof for {piece} is in {file}; docs/examples/check_holding.py checks it", piece=wanted, file=file)


# --- keeping it -----------------------------------------------------------------------------------------------------


@app.command()
def backup(
    context: typer.Context,
    file: Path,
    keystores: Annotated[
        bool,
        typer.Option("--keystores", help="Also the encrypted keystores and the network's key; never the passphrase."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Save database and originals to one FILE that a home comes back from, while others go on working."""
    from chain.commands.backup import backup as save
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with desk.progress() as progress, existing_home(desk.settings) as home:
        saved = save(home, file, keystores=keystores, progress=progress)
    if as_json:
        desk.show_json(asdict(saved))
    else:
        desk.say("saved: rows {rows}, originals {originals}, keystores {keystores}", **asdict(saved))
        desk.say("SHA-256 of the file: {sha256}", sha256=saved.sha256)
        for digest in saved.missing:
            desk.say("the original {digest} was gone or damaged, and is not in it", digest=digest)
    if saved.missing:
        raise typer.Exit(EXIT_REFUSED)


@app.command()
def restore(context: typer.Context, file: Path, as_json: JsonOption = False) -> None:
    """Make an empty home anew from a backup FILE, in whichever database the settings name."""
    from chain.commands.backup import restore as take_back

    desk: Desk = context.obj
    with desk.progress() as progress:
        restored = take_back(desk.settings, file, progress)
    if as_json:
        desk.show_json(asdict(restored))
        return
    desk.say("restored: rows {rows}, originals {originals}, keystores {keystores}", **asdict(restored))
    for name in restored.wanting:
        desk.say("put {name} back into the home before you go on; it was not in the backup", name=name)


@app.command()
def reconcile(
    context: typer.Context,
    every: Annotated[int | None, typer.Option(min=1, help="Go on until Ctrl-C, once in so many seconds.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Hold chain, books, documents and bank statements against each other; each difference says what to do."""
    from chain.commands.reconcile import reconcile as reconcile_home
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    with desk.progress() as progress, existing_workspace(desk.settings, progress=progress) as workspace:
        while True:
            result = reconcile_home(workspace, progress)
            if as_json:
                desk.show_json(result.as_json(desk.language))
            else:
                _show_reconciliation(desk, result)
            if every is None:
                break
            time.sleep(every)
    if not result.ok:
        raise typer.Exit(EXIT_REFUSED)


def _show_reconciliation(desk: Desk, result: Any) -> None:
    sentence = (
        "block {block}: {pieces} pieces, {documents} documents, {payments} payments off chain and {statement_entries} "
        "entries of statements are held against each other"
    )
    desk.say(sentence, block=result.block_number, **result.compared)
    for one in result.found:
        said, (kind, _, name) = one.as_json(desk.language), one.subject.partition(" ")
        desk.console.print(f"[red]✗[/red] {desk.word(kind)} {name}: {said['text']}", highlight=False)
        desk.console.print(f"  → {said['next_step']} \\[{said['rule']}]", highlight=False)
    if result.ok:
        desk.say("no difference")


@app.command()
def retention(
    context: typer.Context,
    delete: Annotated[bool, typer.Option("--delete", help="Delete them; without it they are only listed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the originals whose years are over and on which nothing live rests; --delete deletes them."""
    from chain.commands.retention import dispose, may_go
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with desk.progress() as progress, existing_home(desk.settings) as home:
        going = dispose(home, home.date(), progress) if delete else may_go(home, home.date())
    if as_json:
        desk.show_json([asdict(one) for one in going])
        return
    if going:
        rows = [(one.kept_until, one.sha256, Path(one.path).name) for one in going]
        desk.table("Originals whose years are over", ("kept until", "digest", "file"), rows)
    sentence = "{count} originals are deleted" if delete else "{count} originals may be deleted; --delete does it"
    desk.say(sentence, count=len(going))


# --- users ---------------------------------------------------------------------------------------------------------

DutyOption = Annotated[list[str] | None, typer.Option("--duty", help="One of its duties; may be given several times.")]


@users_app.command("list")
def users_list(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the users of all enterprises."""
    from chain.commands.callers import AT_THE_MACHINE
    from chain.commands.users import users_seen
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    found: list[Any] = []
    with existing_home(desk.settings) as home:
        names, after = home.names(), ""  # type: tuple[dict[str, str], str | None]
        while after is not None:
            page, after = users_seen(home, AT_THE_MACHINE, after=after)
            found += page
    _show_users(desk, found, names, as_json=as_json)


@users_app.command("add")
def users_add(
    context: typer.Context,
    enterprise: Annotated[str, typer.Argument(help="Whom it acts for: an id of the register, or 'operator'.")],
    subject: Annotated[str, typer.Argument(help="Who the identity provider says it is (the claim 'sub').")],
    label: Annotated[str, typer.Option(help="A name by which people know whom it is.")],
    duties: DutyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let a person act for an enterprise, with the duties that are given."""
    from chain.commands.callers import AT_THE_MACHINE
    from chain.commands.users import add_user
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        made = add_user(home, AT_THE_MACHINE, enterprise, subject, label, _duties(duties or []))
        _show_users(desk, [made], home.names(), as_json=as_json)


@users_app.command("change")
def users_change(
    context: typer.Context,
    user: Annotated[str, typer.Argument(help="The user's id, as 'pearl users list' shows it.")],
    label: Annotated[str | None, typer.Option(help="Another name by which people know whom it is.")] = None,
    duties: DutyOption = None,
    disabled: Annotated[
        bool | None, typer.Option("--disable/--enable", help="Whether its tokens are refused from now on.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Give a user other duties or another name, disable or enable it; what is not named stays."""
    from chain.commands.callers import AT_THE_MACHINE
    from chain.commands.users import change_user, user_seen
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        known = user_seen(home, AT_THE_MACHINE, user)
        changed = change_user(
            home, AT_THE_MACHINE, user, known.version, label=known.label if label is None else label,
            duties=known.duties if duties is None else _duties(duties),
            disabled=known.disabled if disabled is None else disabled,
        )  # fmt: skip
        _show_users(desk, [changed], home.names(), as_json=as_json)


def _duties(named: list[str]) -> list[Any]:
    from chain.commands.duties import Duty

    if not named or not set(named) <= set(Duty):
        raise typer.BadParameter(f"'{', '.join(named)}' is none of {', '.join(Duty)}", param_hint="--duty")
    return [Duty(name) for name in named]


def _show_users(desk: Desk, users: Sequence[Any], names: dict[str, str], *, as_json: bool) -> None:
    if as_json:
        made = {user.id: datetime.fromtimestamp(user.created_at, UTC).isoformat() for user in users}
        desk.show_json([asdict(user) | {"created_at": made[user.id]} for user in users])
        return
    desk.table(
        "Users", ("id", "enterprise", "name", "subject", "duties", "state"),
        [(u.id, names.get(u.enterprise, u.enterprise), u.label, u.subject, ", ".join(map(desk.word, u.duties)),
          desk.word("disabled" if u.disabled else "enabled")) for u in users],
    )  # fmt: skip


# --- the audit log ----------------------------------------------------------------------------------------------------


@audit_app.command("list")
def audit_list(
    context: typer.Context,
    most: Annotated[int, typer.Option("--most", min=1, help="So many of the newest entries.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List the newest entries: who did what, for whom, and how it ended."""
    from chain.commands.audit import newest_entries
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        entries, names = newest_entries(home, most), home.names()
    if as_json:
        desk.show_json([entry.as_json() for entry in entries])
        return
    rows = [
        (
            e.number, datetime.fromtimestamp(e.at / 1_000, UTC).strftime("%Y-%m-%d %H:%M:%S"), e.actor,
            desk.word(e.enterprise) if e.enterprise == "operator" else names.get(e.enterprise, e.enterprise), e.action,
            e.subject[:SHORT_ID], desk.word(e.outcome), "" if e.rule is None else desk.rule(e.rule),
        )
        for e in entries
    ]  # fmt: skip
    columns = (">number", "time", "who", "for whom", "action", "about", "outcome", "rule")
    desk.table("Audit log", columns, rows)


@audit_app.command("check")
def audit_check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Make the whole log anew and hold it against what was anchored on chain; names the first entry that is wrong or missing."""
    from chain.commands.anchors import check
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    with existing_workspace(desk.settings) as workspace:
        found = check(workspace)
    if as_json:
        desk.show_json(found.as_json(desk.language))
    else:
        sentence = "entries: {entries}; anchors on chain: {anchors}, the last one of entry {anchored_entries}"
        desk.say(sentence, **found.figures)
        for difference in found.differences:
            desk.console.print(f"[red]✗[/red] {difference.text(desk.language)}", highlight=False)
        if found.ok:
            desk.say("no difference")
    if not found.ok:
        raise typer.Exit(EXIT_REFUSED)


@audit_app.command("anchor")
def audit_anchor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Put the newest entry's number and hash on chain now; the service does so once a day by itself."""
    from chain.commands.anchors import anchor_now
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    with existing_workspace(desk.settings) as workspace:
        made = anchor_now(workspace)
    if as_json:
        desk.show_json(asdict(made))
    else:
        desk.say("entry {number} is anchored in block {block_number}, transaction {transaction}", **asdict(made))


@audit_app.command("export")
def audit_export(context: typer.Context, file: Path) -> None:
    """Write the log to a FILE that others check without this program; what was asked for cannot be guessed from it."""
    from chain.commands.anchors import export
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        count = export(home, file)
    desk.say("{count} entries are in {file}; docs/examples/check_audit.py checks them", count=count, file=file)


# --- contracts -----------------------------------------------------------------------------------------------------


@contracts_app.command("build")
def contracts_build(context: typer.Context, as_json: JsonOption = False) -> None:
    """Compile the contracts, unless what is built is of the same sources and settings."""
    from chain.commands.workspace import PROJECT_ROOT
    from chain.issuance.compilation import build

    desk: Desk = context.obj
    artifacts = build(PROJECT_ROOT)
    sizes = {name: len(artifacts[name].deployed_bytecode) for name in sorted(artifacts)}
    if as_json:
        desk.show_json(sizes)
    else:
        desk.table("Contracts", ("contract", ">bytes"), list(sizes.items()))


@contracts_app.command("addresses")
def contracts_addresses(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print where this home's contracts are; who calls them from outside starts here."""
    from chain.commands.outside import addresses
    from chain.commands.workspace import existing_home

    desk: Desk = context.obj
    with existing_home(desk.settings) as home:
        found = addresses(home)
    if as_json:
        desk.show_json(found)
    else:
        desk.table("Deployed contracts", ("contract", "address"), list(found.items()))


@contracts_app.command("abi")
def contracts_abi(
    contract: Annotated[
        str | None, typer.Argument(help="Only this contract's, such as CreditLedger; all of them if none.")
    ] = None,
) -> None:
    """Print the contracts' ABIs as JSON; the ledger's holds those of its modules."""
    from chain.commands.outside import abis

    Desk.show_json(abis(contract))


@contracts_app.command("verify")
def contracts_verify(context: typer.Context, as_json: JsonOption = False) -> None:
    """Recompile the contracts and compare them with what is deployed."""
    from chain.commands.verify import verify_contracts
    from chain.commands.workspace import existing_workspace

    desk: Desk = context.obj
    with existing_workspace(desk.settings) as workspace:
        found = verify_contracts(workspace)
    if as_json:
        desk.show_json([entry.as_json() for entry in found])
    else:
        rows = [("✓" if e.ok else "✗", e.contract, e.address, e.text(desk.language)) for e in found]
        desk.table("Deployed contracts", ("", "contract", "address", "result"), rows)
    if not all(entry.ok for entry in found):
        raise typer.Exit(EXIT_REFUSED)


# --- shown alike by several ----------------------------------------------------------------------------------------


def _show_demo(desk: Desk, report: Any, page: Path) -> None:
    """What happened, from documents to exposure, and the line that opens the report."""

    def money(minor: int) -> str:
        return desk.money(minor, report.currency)

    def figure(minor: int) -> str:
        return desk.figure(minor, report.currency)

    def name(enterprise: str) -> str:
        known: dict[str, str] = report.names
        return known.get(enterprise, enterprise)

    desk.say(
        "{found} files: {read} read, {refused} refused; {enterprises} enterprises in {tiers} tiers",
        found=report.documents.found, read=report.documents.read, refused=report.documents.refused,
        enterprises=report.enterprises, tiers=report.max_tier,
    )  # fmt: skip
    documents = [(desk.word(kind), count) for kind, count in report.documents.by_type.items()]
    desk.table("Documents", ("type", ">documents"), documents)
    found = Counter((desk.word(n.origin), desk.word(n.severity), desk.rule(n.rule)) for n in report.notices)
    rows: list[tuple[object, ...]] = [(*place, count) for place, count in sorted(found.items())]
    desk.table("Findings by rule", ("step", "effect", "rule", ">findings"), rows)
    desk.say(
        "the plans: {steps} steps for {obligations} obligations, {flow} issued, {deep} of need met at tier 2 and below",
        steps=report.plan.steps, obligations=report.plan.obligations, flow=money(report.plan.flow_minor),
        deep=money(report.plan.met_tier2_minor),
    )  # fmt: skip
    if report.plan.optimal:
        desk.say("no plan meets more (proof: {proof})", proof=", ".join(map(desk.word, report.plan.proof.split(", "))))
    pieces = [(desk.word(kind), count) for kind, count in report.pieces.model_dump().items()]
    desk.table("Pieces", ("kind", ">pieces"), pieces)
    figures = ("face_minor", "live_minor", "redeemed_minor", "voided_minor", "written_off_minor", "financed_minor")
    words = ("face", "live", "redeemed", "voided", "written off", "financed by banks now")
    amounts = [(desk.word(word), figure(getattr(report, key))) for key, word in zip(figures, words, strict=True)]
    desk.table("Amounts", ("what", ">amount"), amounts)
    by_payee: dict[tuple[str, str], list[Any]] = {}
    for event in report.cash:
        by_payee.setdefault((event.payee, event.kind), []).append(event)
    ranked = sorted(by_payee.items(), key=lambda entry: -sum(event.amount_minor for event in entry[1]))
    rows = [
        (name(payee), desk.word(kind), len(events), min(e.day for e in events), max(e.day for e in events),
         figure(sum(event.amount_minor for event in events)))
        for (payee, kind), events in ranked[:12]
    ]  # fmt: skip
    desk.table("Who got cash, and when", ("who", "kind", ">payments", "first", "last", ">amount"), rows)
    if len(ranked) > len(rows):
        desk.say("… and {more} more in the report", more=len(ranked) - len(rows))
    cells: dict[tuple[str, str], dict[str, int]] = {}
    for cell in report.exposure:
        kinds = cells.setdefault((cell.bank, cell.issuer), {})
        kinds[cell.kind] = kinds.get(cell.kind, 0) + cell.minor
    rows = [
        (name(bank), name(issuer), *(figure(kinds.get(kind, 0)) for kind in ("committed", "contingent", "funded")))
        for (bank, issuer), kinds in sorted(cells.items())
    ]
    desk.table("Exposure", ("bank", "issuer", ">committed", ">contingent", ">funded"), rows)
    checks = [("✓" if check.ok else "✗", getattr(check.title, desk.language)) for check in report.verify.checks]
    desk.table("Verification", ("", "check"), checks)
    for check in report.verify.checks:
        for difference in check.differences:
            desk.console.print(f"[red]✗[/red] {getattr(difference, desk.language)}", highlight=False)
    desk.say("done in {seconds} s; figures in {figures}", seconds=report.seconds, figures=page.with_suffix(".json"))
    desk.console.print(f"python3 -m webbrowser -t {page}", highlight=False, soft_wrap=True)


def _show_findings(desk: Desk, found: Sequence[Any], names: dict[str, str], most: int = 20) -> None:
    from chain.commands.names import for_people

    counts: dict[tuple[str, str], int] = {}
    for finding in found:
        counts[finding.severity, finding.rule] = counts.get((finding.severity, finding.rule), 0) + 1
    rows = [(desk.word(severity), desk.rule(rule), count) for (severity, rule), count in sorted(counts.items())]
    desk.table("Findings by rule", ("effect", "rule", ">findings"), rows)
    shown = [
        (f.rule, f.case or "–", _place(desk, f), fill(f.template, for_people(f.values, names), desk.language))
        for f in list(found)[:most]
    ]
    desk.table("Findings", ("rule", "case", "where", "why"), shown)
    if len(found) > most:
        desk.say("… and {more} more: 'pearl findings' lists all", more=len(found) - most)


def _place(desk: Desk, finding: Any) -> str:
    if finding.path:
        parts = [Path(finding.path).name, finding.member, finding.place_text(desk.language)]
        return " · ".join(part for part in parts if part)
    return ", ".join(key.rpartition("|")[2] for key in finding.documents or (finding.place or "",))


def _asked_language(arguments: Sequence[str]) -> str:
    """The language of --lang, before the arguments are parsed: help is printed while parsing."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return language_of_environment()


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry of the ``pearl`` script. Errors are one sentence on standard error with what to do next."""
    arguments = sys.argv[1:] if arguments is None else arguments
    language = _asked_language(arguments)
    command = get_command(app)
    speak(command, language)
    try:
        with ended_by_signals():
            code = command(args=list(arguments), prog_name="pearl", standalone_mode=False)
        raise SystemExit(code if isinstance(code, int) else 0)
    except Stopped:
        _complain(translate("stopped", language))
        raise
    except PearlError as error:
        _complain(f"{error.text(language)} [{error.rule}]")
    except TyperException as error:
        if said := error.format_message().strip():  # nothing is said where the help stands already
            context = getattr(error, "ctx", None)
            _complain(mistake(said, context.command_path if context else "pearl", language))
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        refused = _refused_by_system(error)
        _complain(f"{refused.text(language)} [{refused.rule}]")
    except typer.Abort:
        _complain(translate("stopped", language))
    raise SystemExit(EXIT_REFUSED)


def _refused_by_system(error: OSError) -> PearlError:
    from requests import RequestException  # an OSError too, of a node that went away while it was asked

    if isinstance(error, RequestException):
        return Unavailable(what="the node")
    return SystemRefused(what=error.filename or type(error).__name__, reason=error.strerror or str(error))


def _complain(sentence: str) -> None:
    print(f"pearl: {sentence}", file=sys.stderr)
