"""Nettings as a viewer may see them: who reads everything all of each, a party its own two legs."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from chain.commands.netting import KnownNetting, netting_named, nettings
from chain.commands.seen.current import CurrentTrade
from chain.commands.seen.viewer import Participant, Viewer
from chain.commands.seen.vouchers import moment
from chain.commands.workspace import Home
from chain.documents.model import Frozen
from chain.errors import NotFound
from chain.money import Money


class NettingLeg(Frozen):
    """What is taken off one invoice."""

    document: str
    debtor: Participant
    creditor: Participant
    amount: Money
    owed: Money
    """What the invoice owes by its papers, before any netting."""


class ConsentSeen(Frozen):
    """A consent that counts."""

    enterprise: Participant
    given_at: datetime


class Netting(Frozen):
    """Debts in a circle that cancel once everybody in it has consented. A party sees the legs in which it owes or is owed."""

    id: str
    """A hash of the figures; other figures are another netting."""
    state: str
    """``proposed``, ``agreed``, or ``void``: the figures are others by now."""
    amount: Money
    """What everybody in the circle owes less, and is owed less."""
    parties: int
    """How many have to consent."""
    consented: int
    """How many have."""
    legs: tuple[NettingLeg, ...]
    consents: tuple[ConsentSeen, ...] = Field(description="Of those whom the legs name.")
    bound_by: tuple[str, ...] = Field(description="Invoices of the legs that would have to be larger.")


def nettings_seen(home: Home, current: CurrentTrade, viewer: Viewer) -> list[Netting]:
    """The nettings that the viewer is in; all of them for who reads everything."""
    known = nettings(home, current.get().trade)
    return [netting_seen(home, viewer, one) for one in known if in_circle(viewer, one)]


def must_see_netting(home: Home, current: CurrentTrade, viewer: Viewer, name: str) -> KnownNetting:
    """The netting of that name. Raises NotFound, also where the viewer is not in it."""
    known = netting_named(nettings(home, current.get().trade), name)
    if not in_circle(viewer, known):
        raise NotFound(what="netting", id=name)
    return known


def netting_seen(home: Home, viewer: Viewer, known: KnownNetting) -> Netting:
    """A netting in which the viewer is, in the words of the API."""
    names, currency = home.names(), known.figures.currency

    def named(enterprise: str) -> Participant:
        return Participant(id=enterprise, name=names.get(enterprise, enterprise))

    own = [i for i in known.netting.invoices if viewer.sees_all or viewer.enterprise in (i.debtor, i.creditor)]
    met = {end for invoice in own for end in (invoice.debtor, invoice.creditor)}
    documents = {f"document {invoice.document}": invoice.document for invoice in own}
    return Netting(
        id=known.netting.id, state=known.state.value, amount=Money(known.netting.minor, currency),
        parties=len(known.netting.parties), consented=len(known.consents),
        legs=tuple(
            NettingLeg(
                document=i.document, debtor=named(i.debtor), creditor=named(i.creditor), amount=Money(i.minor, currency),
                owed=Money(known.figures.owed_minor[i.document], currency),
            )
            for i in own
        ),
        consents=tuple(
            ConsentSeen(enterprise=named(entry.enterprise), given_at=moment(entry.given_at))
            for entry in known.consents.values()
            if entry.enterprise in met
        ),
        bound_by=tuple(documents[name] for name in known.netting.bound_by if name in documents),
    )  # fmt: skip


def in_circle(viewer: Viewer, known: KnownNetting) -> bool:
    """Whether the viewer sees anything of it."""
    return viewer.sees_all or viewer.enterprise in known.netting.parties
