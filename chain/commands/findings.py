"""What was noticed on the way: in documents, while planning, and by the ledger; the same for the demo and for asking later."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec import convert, json, to_builtins
from pydantic import TypeAdapter
from sqlalchemy import delete, insert, select

from chain.books.velocity import abnormal_splitting
from chain.commands.names import for_people
from chain.commands.trade import load_trade
from chain.commands.workspace import Home
from chain.documents.model import Finding, Severity
from chain.errors import PearlError
from chain.language import translate
from chain.planning.model import Refusal
from chain.reporting.model import NoticeOrigin
from chain.store.tables import findings, plans

_REFUSALS = TypeAdapter(list[Refusal])
_RULE = re.compile("Rejected|(?:[A-Z][A-Za-z0-9]*[a-z0-9]){1,}[A-Z]\\w+")


class RuleUnknown(PearlError):
    message = "there is no rule {rule}"
    next_step = "name it as it stands in the findings"


def noticed(home: Home, rule: str | None = None) -> list[tuple[NoticeOrigin, Finding]]:
    """All of it, or what one rule says: what reading found, what matching and the graph find now, what plans left out, and
    what the ledger refused or a party rejected. Raises RuleUnknown."""
    trade = load_trade(home)
    with home.store.read() as connection:
        rows = connection.execute(select(findings.c.body, findings.c.file).order_by(findings.c.id)).all()
        of_books = abnormal_splitting(connection)
    of_files = [convert(row.body, Finding) for row in rows if row.file is not None]
    of_files += [*trade.directory.findings, *trade.matching.findings]
    found = [(NoticeOrigin.DOCUMENTS, finding) for finding in of_files]
    found += [(NoticeOrigin.GRAPH, finding) for finding in trade.graph_findings]
    found += [(NoticeOrigin.PLANNING, finding) for finding in _left_out(home)]
    found += [(NoticeOrigin.LEDGER, convert(row.body, Finding)) for row in rows if row.file is None]
    found += [(NoticeOrigin.LEDGER, finding) for finding in of_books]
    if rule is None:
        return found
    chosen = [(origin, finding) for origin, finding in found if finding.rule == rule]
    if not chosen and not _is_rule(rule):
        raise RuleUnknown(rule=rule)
    return chosen


def note(home: Home, noted: Sequence[Finding], place: str | None = None) -> None:
    """Write down what the ledger refused or a party did, each under the place that it names; in place of what was noted of
    ``place`` before. Each once."""
    columns = findings.c
    with home.store.begin() as connection:
        if place is not None:
            connection.execute(delete(findings).where(columns.place == place))
        for finding in noted:
            assert finding.place is not None, "what is noted is looked for by its place"
            there = select(columns.body).where(columns.place == finding.place)
            if finding not in [convert(body, Finding) for body in connection.execute(there).scalars()]:
                connection.execute(
                    insert(findings).values(
                        rule=finding.rule, severity=finding.severity, place=finding.place, body=to_builtins(finding)
                    )
                )


def _left_out(home: Home) -> list[Finding]:
    """What the plans left out; what several plans say alike once."""
    with home.store.read() as connection:
        rows = connection.execute(select(plans.c.currency, plans.c.body).order_by(plans.c.id)).all()
    found: dict[bytes, Finding] = {}
    for row in rows:
        for refusal in _REFUSALS.validate_python(row.body["refusals"]):
            finding = Finding(
                rule=refusal.rule, severity=Severity.FLAGGED, template=refusal.template,
                values=for_people(refusal.values, {}, row.currency), place=refusal.subject,
            )  # fmt: skip
            found[json.encode(finding)] = finding
    return list(found.values())


def _is_rule(name: str) -> bool:
    """Whether it is a rule's name: each has its name in the catalogue."""
    return bool(_RULE.fullmatch(name)) and translate(name, "zh") != name
