"""Who asks: from a key, or from what an identity provider says of a person, to the viewer that a request is answered for.

It is asked at every request, so it is one look-up by an index. What the register says of an enterprise is kept until its
version, which the same look-up reads, has changed: also where another process changed it.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, literal, or_, select

from chain.commands.audit import CONSOLE
from chain.commands.duties import Duty, fitting
from chain.commands.permissions import PERMISSIONS, Action
from chain.commands.seen.viewer import Viewer
from chain.commands.workspace import OPERATOR, Home
from chain.errors import NotPermitted, PearlError
from chain.network import Network, Role
from chain.store.kept import must_wait
from chain.store.prepared import Prepared, Row
from chain.store.tables import api_keys, keys, networks, users

#: So many first letters of a key's hash name it.
ID_LETTERS = 16

#: Who has the home's files in its hands acts as the operator.
AT_THE_MACHINE = Viewer(
    OPERATOR, OPERATOR, frozenset({Role.OPERATOR}), None, CONSOLE.actor, frozenset({Duty.OPERATOR}), CONSOLE.actor
)


class CallerUnknown(PearlError):
    """Whoever it is, nobody acts for it."""


class KeyUnknown(CallerUnknown):
    message = "the key is unknown, revoked or expired"
    next_step = "send the header 'Authorization: Bearer KEY' with a key that was made for your enterprise"


class UserUnknown(CallerUnknown):
    message = "the person whom the token names is no user here, or is disabled"
    next_step = "ask the treasurer of your enterprise, or the operator, to be made a user"


class EnterpriseUnnamed(NotPermitted):
    message = "the person acts for several enterprises, and the request does not say for which"
    next_step = "name one in the header 'Pearl-Enterprise: ID'"


class EnterpriseOfAnother(NotPermitted):
    message = "this key does not act for {enterprise}"
    next_step = "leave the header 'Pearl-Enterprise' out, or send a key of that enterprise"


class AccessWithdrawn(NotPermitted):
    message = "{actor} asked for this, and may not act for {enterprise} any more"
    next_step = "let somebody whose key or user is in force ask for it anew, under another Idempotency-Key"


@dataclass(frozen=True)
class _Known:
    """What the register says of an enterprise. ``address``: of its key on the ledger, which is its own for ever."""

    name: str
    roles: frozenset[Role]
    address: str


_OPERATOR = _Known(OPERATOR, frozenset({Role.OPERATOR}), "")
_VERSION = select(networks.c.version).where(networks.c.id == 1).scalar_subquery().label("version")
_PARTY = select(keys.c.party).where(keys.c.address == bindparam("address"))
_BESIDE = _VERSION, _PARTY.scalar_subquery().label("party")
#: What the person that made a key may do now; null where it is disabled, or no person made it.
MAKER_DUTIES = (
    select(users.c.duties)
    .where(users.c.id == func.substr(api_keys.c.made_by, len("user:") + 1), ~users.c.disabled)
    .correlate(api_keys)
    .scalar_subquery()
    .label("maker_duties")
)
_KEY = api_keys.c.enterprise, api_keys.c.duties, api_keys.c.made_by, MAKER_DUTIES
_OF_KEY = Prepared(
    select(*_KEY, api_keys.c.expires_at, *_BESIDE).where(api_keys.c.hash == bindparam("hash"), ~api_keys.c.revoked)
)
_OF_USER = Prepared(
    select(users.c.id, users.c.enterprise, users.c.duties, *_BESIDE).where(
        users.c.issuer == bindparam("issuer"),
        users.c.subject == bindparam("subject"),
        ~users.c.disabled,
        or_(literal("") == bindparam("of"), users.c.enterprise == bindparam("of")),
    )
)
#: Of what gave a command: what ends by itself ended as was foreseen, what was revoked or disabled did not.
_OF_MACHINE = select(*_KEY, *_BESIDE).where(
    api_keys.c.hash >= bindparam("name"), api_keys.c.hash < bindparam("end"), ~api_keys.c.revoked
)
_OF_PERSON = select(users.c.enterprise, users.c.duties, literal(None).label("made_by"), *_BESIDE).where(
    users.c.id == bindparam("name"), ~users.c.disabled
)


class Callers:
    """Finds who asks. May be used by several threads at once."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._register: tuple[int | None, dict[str, _Known]] = (None, {})
        # Caller → the address by which its party is found. A caller's enterprise never changes, nor an enterprise's
        # address; the party's number may, where the chain is undone, so it is read every time.
        self._addresses: dict[tuple[str, ...], str] = {}

    @property
    def are_asked_at_once(self) -> bool:
        """Whether to look a key up waits for no network: it then takes less time than to hand it to a thread."""
        return self._home.store.tells_version_at_once

    def of_key(self, text: str) -> Viewer:
        """Whom a key acts for. Raises KeyUnknown, also where the enterprise is no longer in the register; NotAtHand.

        The look-up is by hash: how long it takes says nothing about any key that exists.
        """
        digest = hash_of(text)
        row, known, party = self._find(_OF_KEY, {"hash": digest}, KeyUnknown)
        ended = row.expires_at is not None and row.expires_at <= time.time()
        if ended or not maker_counts(row, fitting(known.roles)):
            raise KeyUnknown()
        actor = f"key:{digest[:ID_LETTERS]}"
        return _viewer(row, known, party, actor, row.made_by or actor)

    def of_user(self, issuer: str, subject: str, enterprise: str | None = None) -> Viewer:
        """Whom a person acts for: for ``enterprise``, or for the only one that it is a user of.

        Raises UserUnknown, also where the enterprise is no longer in the register; EnterpriseUnnamed.
        """
        asked = {"issuer": issuer, "subject": subject, "of": enterprise or ""}
        row, known, party = self._find(_OF_USER, asked, UserUnknown)
        actor = f"user:{row.id}"
        return _viewer(row, known, party, actor, actor)

    def of_actor(self, enterprise: str, actor: str) -> Viewer:
        """For whom a command is carried out that ``actor`` gave once, with the duties that it has now.

        Raises AccessWithdrawn where its key was revoked since or ended with its maker, its user disabled, or its enterprise left
        the register.
        """
        kind, _, name = actor.partition(":")
        statement = _OF_PERSON if kind == "user" else _OF_MACHINE
        withdrawn = AccessWithdrawn(actor=actor, enterprise=enterprise)
        with self._home.store.read() as connection:
            asked = {"name": name, "address": ""} | ({} if kind == "user" else {"end": f"{name}g"})  # after every digit
            row = connection.execute(statement, asked).first()
            known = None if row is None else self._known(connection, row.version, row.enterprise)
            if row is None or known is None or row.enterprise != enterprise:
                raise withdrawn
            if kind != "user" and not maker_counts(row, fitting(known.roles)):
                raise withdrawn
            party = connection.execute(_PARTY, {"address": known.address}).scalar()
        return _viewer(row, known, party, actor, row.made_by or actor)

    def of_enterprise(self, enterprise: str, actor: str) -> Viewer:
        """What ``actor`` does for an enterprise that nobody of it asks for: with all duties that the enterprise can have.

        Raises KeyUnknown where the enterprise is no longer in the register.
        """
        with self._home.store.read() as connection:
            version = connection.execute(select(_VERSION)).scalar()
            known = self._known(connection, version, enterprise)
            if known is None:
                raise KeyUnknown()
            party = connection.execute(_PARTY, {"address": known.address}).scalar()
        return Viewer(enterprise, known.name, known.roles, party, actor, fitting(known.roles), actor)

    def _find(
        self, question: Prepared, asked: dict[str, str], unknown: type[CallerUnknown]
    ) -> tuple[Row, _Known, int | None]:
        caller = tuple(asked.values())
        address = self._addresses.get(caller, "")
        found = self._home.store.ask(question, asked | {"address": address})
        if not found:
            raise unknown()
        if len(found) > 1:
            raise EnterpriseUnnamed()
        row, (version, enterprises) = found[0], self._register
        known = _OPERATOR if row.enterprise == OPERATOR else enterprises.get(row.enterprise)
        is_as_it_was = known is _OPERATOR or row.version == version
        if known is not None and is_as_it_was and known.address == address:
            return row, known, row.party
        # This caller's first time, or another register.
        with self._home.store.read() as connection:
            row = question.first(connection, asked | {"address": address})
            known = None if row is None else self._known(connection, row.version, row.enterprise)
            if row is None or known is None:
                raise unknown()
            self._addresses[caller] = known.address
            return row, known, connection.execute(_PARTY, {"address": known.address}).scalar()

    def _known(self, connection: Connection, version: int | None, enterprise: str) -> _Known | None:
        if enterprise == OPERATOR:
            return _OPERATOR
        at, known = self._register
        if at != version:
            must_wait()
            body = connection.execute(select(networks.c.body)).scalar()
            addresses = self._home.keyring.addresses()
            known = {
                one.id: _Known(one.name, frozenset(one.roles), addresses.get(one.id, ""))
                for one in (Network.model_validate(body).enterprises if body else ())
            }
            self._register = (version, known)
        return known.get(enterprise)


def maker_counts(row: Row, allowed: frozenset[Duty] = frozenset(Duty)) -> bool:
    """Whether a key still counts for whoever made it: where that was a person, it must be able to make the key today.

    Who was stopped, or may not manage access any more, does not go on as the machine that it made. ``row`` has ``made_by``
    and `MAKER_DUTIES`; ``allowed``: the duties that fit the enterprise.
    """
    if not (row.made_by or "").startswith("user:"):
        return True
    return not allowed.intersection(map(Duty, row.maker_duties or ())).isdisjoint(
        PERMISSIONS[Action.MANAGE_ACCESS].duties
    )


def _viewer(row: Row, known: _Known, party: int | None, actor: str, eyes: str) -> Viewer:
    # What the register allows no more counts no more, whatever was given once.
    duties = frozenset(map(Duty, row.duties)) & fitting(known.roles)
    return Viewer(row.enterprise, known.name, known.roles, party, actor, duties, eyes)


def hash_of(text: str) -> str:
    """What is kept of a key. 256 random bits need no slow hash: guessing them is hopeless at any speed."""
    return hashlib.sha256(text.encode()).hexdigest()
