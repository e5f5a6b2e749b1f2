"""Who goes by which ids: the alias table, what persons decide of it, and names for them to look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import convert, to_builtins
from sqlalchemy import insert, select

from chain.commands.audit import CONSOLE, Acting, record
from chain.commands.workspace import Home
from chain.documents.aliases import Alias, Ruling
from chain.documents.directory import Directory, identifier_of
from chain.documents.identity import is_valid
from chain.documents.model import TradeDocument
from chain.documents.proposals import Proposal, propose
from chain.errors import NotFound, PearlError, RuleBroken
from chain.language import fill
from chain.store.tables import aliases
from chain.store.tables import documents as document_table


class AliasMalformed(PearlError):
    message = "{alias} is no id that passes the check of its scheme"
    next_step = "write SCHEME:value, such as IBAN:DE89370400440532013000 or ICD:0088:7300010000001"


class ReasonMissing(PearlError):
    message = "a decision about an alias needs a reason"
    next_step = "say what it rests on, such as the extract of the register"


class AliasOfAnother(RuleBroken):
    message = "{alias} and {enterprise} each have a registration of their own; nobody joins two registered enterprises"
    next_step = "look at both in the alias table"


class AliasIsTheEnterprise(RuleBroken):
    message = "{alias} is the id that {enterprise} is registered or known by; it cannot be taken from it"
    next_step = "look at its other ids in the alias table"


def rulings(home: Home) -> tuple[Ruling, ...]:
    """What persons decided, in the order in which they did."""
    with home.store.read() as connection:
        rows = connection.execute(select(aliases).order_by(aliases.c.id)).all()
    return tuple(
        Ruling(
            row.alias, row.enterprise, row.belongs, row.reason, datetime.fromtimestamp(row.given_at, UTC).date()
        )
        for row in rows
    )  # fmt: skip


def directory_of(home: Home, further: tuple[Ruling, ...] = ()) -> Directory:
    """The directory of all stored documents, the register and the rulings, and ``further`` ones."""
    with home.store.read() as connection:
        bodies = connection.execute(select(document_table.c.body).order_by(document_table.c.sequence)).scalars().all()
    documents = convert(bodies, list[TradeDocument])
    return Directory.from_documents(documents, home.network_or_none(), (*rulings(home), *further))


def alias_table(home: Home, enterprise: str | None = None) -> tuple[Alias, ...]:
    """The alias table of one enterprise (any of its ids, or its registered name) or all. Raises NotFound."""
    found = directory_of(home).alias_table(None if enterprise is None else written_id(home, enterprise))
    if enterprise is not None and not found:
        raise NotFound(what="enterprise", id=enterprise)
    return found


def proposals(home: Home) -> tuple[Proposal, ...]:
    """Enterprises whose names are so alike that a person should look. Nothing is decided."""
    directory = directory_of(home)
    return propose(directory.names(), directory.may_be_one)


def decide(
    home: Home, enterprise: str, alias: str, reason: str, *, belongs: bool, by: Acting = CONSOLE
) -> Ruling:  # fmt: skip
    """Write down that an alias belongs to an enterprise, or that it does not; the newest decision counts. Saying it again
    writes nothing.

    Raises AliasMalformed, ReasonMissing, NotFound (the enterprise), AliasOfAnother, AliasIsTheEnterprise; then nothing is
    written.
    """
    if not reason.strip():
        raise ReasonMissing()
    identifier = identifier_of(alias)
    if not identifier.value or not is_valid(identifier):
        raise AliasMalformed(alias=alias)
    before, now = directory_of(home), home.now()
    whose = before.enterprise(written_id(home, enterprise))
    if not before.alias_table(whose):
        raise NotFound(what="enterprise", id=enterprise)
    ruling = Ruling(str(identifier), whose, belongs, reason.strip(), datetime.fromtimestamp(now, UTC).date())
    after = directory_of(home, (ruling,))
    if (after.enterprise(ruling.alias) == after.enterprise(whose)) != belongs:
        raise (AliasOfAnother if belongs else AliasIsTheEnterprise)(alias=ruling.alias, enterprise=whose)
    if _is_newest(home, ruling):
        return ruling
    with home.store.begin() as connection:
        asked = {"alias": ruling.alias, "enterprise": whose, "belongs": belongs, "reason": ruling.reason}
        made = connection.execute(insert(aliases).values(**asked, given_at=now)).inserted_primary_key
        assert made is not None
        record(connection, by, "alias.rule", str(made[0]), asked)
    return ruling


def _is_newest(home: Home, ruling: Ruling) -> bool:
    """Whether the same was decided of it last, for the same reason."""
    same = [one for one in rulings(home) if (one.alias, one.enterprise) == (ruling.alias, ruling.enterprise)]
    return bool(same) and (same[-1].belongs, same[-1].reason) == (ruling.belongs, ruling.reason)


def alias_as_json(alias: Alias, language: str) -> dict[str, Any]:
    """JSON-able, with the reason as a sentence."""
    return {
        "alias": alias.alias, "enterprise": alias.enterprise, "reason": alias.reason(language), "source": alias.source,
        "since": None if alias.since is None else alias.since.isoformat(),
    }  # fmt: skip


def proposal_as_json(proposal: Proposal, language: str) -> dict[str, Any]:
    """JSON-able, with the reason as a sentence."""
    body = to_builtins(proposal)
    return {
        name: body[name] for name in ("left", "right", "left_name", "right_name", "score")
    } | {"reason": fill(proposal.template, proposal.values, language)}  # fmt: skip


def written_id(home: Home, text: str) -> str:
    """The id in its normal form; of a registered name, the id that is registered."""
    named = next((one for one, name in home.names().items() if text == name), text)
    return str(identifier_of(named)) if ":" in named else named
