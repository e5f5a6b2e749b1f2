"""The report of a story: what came in, what was decided, what moved, who got cash, what banks are exposed to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from chain.books.exposure import exposure
from chain.books.fold import LIVE
from chain.books.portfolio import PieceRow, all_lines, all_pieces, totals
from chain.commands.findings import noticed
from chain.commands.gas import measure_gas
from chain.commands.ingest import Ingested
from chain.commands.names import for_people
from chain.commands.picture import make_picture
from chain.commands.trade import load_trade
from chain.commands.workspace import UTC_OFFSET_MINUTES, Workspace
from chain.language import LANGUAGES
from chain.picture.model import Picture
from chain.planning.model import PropagationPlan
from chain.reporting.model import (
    CashEvent,
    CashKind,
    ChainPlace,
    DocumentFigures,
    ExposureCell,
    ExposureKind,
    LineUse,
    Notice,
    NoticeOrigin,
    PieceFigures,
    PlanFigures,
    Report,
    Said,
    Verification,
    VerificationCheck,
)
from chain.verification.report import VerificationReport


@dataclass
class Story:
    """What happened on the way, which the books do not keep."""

    currency: str
    ingested: list[Ingested] = field(default_factory=list)
    plans: list[PropagationPlan] = field(default_factory=list)
    verification: VerificationReport | None = None


def make_report(workspace: Workspace, story: Story, seconds: float) -> tuple[Report, dict[str, Picture]]:
    """The report, and its picture in each language."""
    names = workspace.parties()
    trade = load_trade(workspace)
    with workspace.store.read() as connection:
        pieces = [piece for piece in all_pieces(connection) if piece.currency == story.currency]
        lines = [line for line in all_lines(connection) if line.currency == story.currency]
        cells = [cell for cell in exposure(connection, workspace.today()) if cell.currency == story.currency]
        (total,) = [total for total in totals(connection) if total.currency == story.currency]
    pictures = {language: make_picture(workspace, story.currency, language) for language in LANGUAGES}
    report = Report(
        title=workspace.network().name,
        day=workspace.date(),
        currency=story.currency,
        names=workspace.names(),
        documents=_documents(story.ingested),
        enterprises=len(workspace.network().enterprises),
        max_tier=trade.graph.max_tier,
        plan=_plan(story.plans),
        pieces=_pieces(pieces),
        face_minor=total.face_minor,
        live_minor=total.live_minor,
        redeemed_minor=total.redeemed_minor,
        voided_minor=total.voided_minor,
        written_off_minor=total.written_off_minor,
        financed_minor=total.financed_minor,
        lines=tuple(
            LineUse(
                bank=names[line.bank], issuer=names[line.issuer], limit=line.limit_minor, used=line.used_minor,
                financed=line.financed_minor,
            )
            for line in lines
        ),
        gas=measure_gas(workspace),
        chain=ChainPlace(
            endpoint=workspace.endpoint,
            chain_id=workspace.web3.eth.chain_id,
            ledger_address=workspace.contracts.addresses["CreditLedger"],
            last_block=workspace.web3.eth.block_number,
        ),
        verify=_verification(story.verification),
        seconds=round(seconds, 1),
        notices=tuple(_notices(workspace)),
        cash=tuple(_cash(pieces, names)),
        exposure=tuple(
            ExposureCell(
                bank=names[cell.bank], issuer=names[cell.issuer], kind=ExposureKind(cell.kind.value), tier=cell.tier,
                bucket=cell.bucket, minor=cell.minor,
            )
            for cell in cells
        ),
    )  # fmt: skip
    return report, pictures


def _documents(ingested: Iterable[Ingested]) -> DocumentFigures:
    by_type: Counter[str] = Counter()
    for batch in ingested:
        by_type.update(batch.by_type)
    return DocumentFigures(
        found=sum(batch.found for batch in ingested),
        read=sum(batch.read for batch in ingested),
        refused=sum(batch.refused for batch in ingested),
        by_type=dict(sorted(by_type.items())),
    )


def _plan(plans: list[PropagationPlan]) -> PlanFigures:
    first_hops = [step for plan in plans for step in plan.steps if step.parent is None]
    return PlanFigures(
        obligations=sum(len({step.obligation for step in plan.steps}) for plan in plans),
        steps=sum(len(plan.steps) for plan in plans),
        flow_minor=sum(step.amount_minor for step in first_hops),
        optimal=all(plan.optimal for plan in plans),
        met_tier2_minor=sum(plan.met_tier2_minor for plan in plans),
        met_minor=sum(plan.met_minor for plan in plans),
        bound_tier2_minor=sum(plan.bound_tier2_minor for plan in plans),
        proof=", ".join(dict.fromkeys(plan.proof for plan in plans)),
    )


def _pieces(pieces: list[PieceRow]) -> PieceFigures:
    return PieceFigures(
        issued=sum(piece.parent is None for piece in pieces),
        transferred=sum(piece.parent is not None and not piece.financed for piece in pieces),
        financed=sum(piece.financed for piece in pieces),
        redeemed=sum(piece.state == "redeemed" for piece in pieces),
        # A rejected issue is void; nothing else makes one void here, since every offer is answered.
        rejected=sum(piece.state in ("rejected", "voided") for piece in pieces),
        live=sum(piece.state in LIVE and piece.amount_minor > 0 for piece in pieces),
    )


def _cash(pieces: list[PieceRow], names: dict[int, str]) -> Iterable[CashEvent]:
    """Who got cash when: for a piece sold, and for a piece paid at maturity."""
    by_id = {piece.piece: piece for piece in pieces}
    events = []
    for piece in pieces:
        event_of = partial(CashEvent, issuer=names[piece.issuer], tier=piece.tier, piece=str(piece.piece))
        if piece.financed and piece.parent is not None:
            events.append(
                event_of(
                    day=_day(piece.created_at), kind=CashKind.FINANCED, payer=names[piece.owner],
                    payee=names[by_id[piece.parent].owner], amount_minor=piece.price_minor or 0,
                    face_minor=piece.initial_minor,
                )
            )  # fmt: skip
        if piece.state == "redeemed" and piece.closed_at is not None:
            events.append(
                event_of(
                    day=_day(piece.closed_at), kind=CashKind.REDEEMED, payer=names[piece.issuer],
                    payee=names[piece.owner], amount_minor=piece.amount_minor,
                )
            )  # fmt: skip
    return sorted(events, key=lambda event: (event.day, event.kind, event.piece or ""))


def _notices(workspace: Workspace) -> Iterable[Notice]:
    names = workspace.names()
    for origin, finding in noticed(workspace):
        told = replace(finding, values=for_people(finding.values, names))
        if origin in (NoticeOrigin.DOCUMENTS, NoticeOrigin.GRAPH):
            yield Notice.of_finding(told, origin)
        else:  # these are about what stands as their place, and no place inside a file
            yield Notice.of_finding(told, origin).model_copy(update={"subject": told.place or "", "place": None})


def _verification(verified: VerificationReport | None) -> Verification:
    if verified is None:
        return Verification(ok=False)
    checks = [
        VerificationCheck(
            name=check.name, title=Said.of(check.title), ok=check.ok, figures=check.figures,
            differences=tuple(Said(en=d.text("en"), zh=d.text("zh")) for d in check.differences),
        )
        for check in verified.checks
    ]  # fmt: skip
    return Verification(ok=verified.ok, checks=tuple(checks))


def _day(timestamp: int) -> date:
    return (datetime.fromtimestamp(timestamp, UTC) + timedelta(minutes=UTC_OFFSET_MINUTES)).date()
