"""Finding who asks is one look-up by an index, and right also where another process changed what it rests on.

1. A known caller costs one statement, which searches by an index and reads no register.
2. What another process changes in the register, and what the chain undoes, counts at the next request.
3. A key counts until it expires, is revoked, or its enterprise leaves the register; one that a person made while that
   person may manage access.
4. What the tables say of duties is complete: every role, every action, every duty.
"""

import time

import pytest
from sqlalchemy import insert, update

from chain.commands.callers import AT_THE_MACHINE, AccessWithdrawn, Callers, CallerUnknown, KeyUnknown, UserUnknown
from chain.commands.duties import ACTING, FITTING, Duty, fitting
from chain.commands.keys import LastKey, give_key, make_key, revoke_key
from chain.commands.permissions import PERMISSIONS, Action
from chain.commands.seen.viewer import DutyMissing, Viewer
from chain.commands.users import add_user, change_user
from chain.commands.workspace import OPERATOR, open_home
from chain.errors import NotPermitted
from chain.network import Enterprise, Network, Role
from chain.settings import Settings
from chain.store.tables import api_keys, keys
from tests.statements import asked_of, plan_of

GEAR = Enterprise(id="TAX:1", name="Gear", roles=(Role.SUPPLIER,))
BANK = Enterprise(id="TAX:2", name="Harbour", roles=(Role.BANK,))
ISSUER = "https://login.example"


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home", oidc_issuer=ISSUER, oidc_audience="pearl.example")


@pytest.fixture
def home(settings):
    """Two enterprises with keys on the ledger."""
    with open_home(settings) as home:
        for number, one in enumerate((GEAR, BANK), 1):
            address = home.keyring.create(one.id).address
            with home.store.begin() as connection:
                connection.execute(insert(keys).values(address=address, party=number, removed=False))
        home.save_network(Network(name="n", enterprises=(GEAR, BANK), lines=()))
        yield home


@pytest.fixture
def statements(home):
    with asked_of(home.store) as asked:
        yield asked


def test_a_known_caller_costs_one_statement(home, statements):
    _, key = make_key(home, GEAR.id, "test")
    add_user(home, AT_THE_MACHINE, BANK.id, "wang", "Wang", [Duty.RISK])
    callers = Callers(home)
    _, operators = make_key(home, OPERATOR, "test")
    of_operator = lambda: callers.of_key(operators)  # noqa: E731
    for ask in (of_operator, lambda: callers.of_key(key), lambda: callers.of_user(ISSUER, "wang"), of_operator):
        first = ask()
        statements.clear()
        assert ask() == first
        assert len(statements) == 1
    assert callers.of_key(key).party == 1
    assert callers.of_user(ISSUER, "wang").party == 2


def test_the_look_up_is_by_an_index(home, statements):
    callers = Callers(home)
    for ask in (lambda: callers.of_key("pearl_none"), lambda: callers.of_user(ISSUER, "nobody")):
        statements.clear()
        with pytest.raises(CallerUnknown):
            ask()
        ((sql, values),) = statements
        plan = plan_of(home.store, sql, values)
        assert plan
        assert not [step for step in plan if step.startswith("SCAN")], plan


def test_what_another_process_changes_counts_at_the_next_request(home, settings):
    _, key = make_key(home, GEAR.id, "test")
    callers = Callers(home)
    assert callers.of_key(key).name == "Gear"
    with open_home(settings) as other:
        other.save_network(
            Network(name="n", enterprises=(GEAR.model_copy(update={"name": "Gear & Sons"}), BANK), lines=())
        )
        assert callers.of_key(key).name == "Gear & Sons"
        other.save_network(Network(name="n", enterprises=(BANK,), lines=()))
        with pytest.raises(KeyUnknown):
            callers.of_key(key)


def test_a_party_that_the_chain_numbers_anew_is_that_number_at_the_next_request(home):
    """After a re-organisation the register is the same, and the ledger's numbers may be others."""
    _, key = make_key(home, GEAR.id, "test")
    callers = Callers(home)
    assert callers.of_key(key).party == 1
    with home.store.begin() as connection:
        connection.execute(update(keys).where(keys.c.party == 1).values(party=7))
    assert callers.of_key(key).party == 7
    with home.store.begin() as connection:
        connection.execute(keys.delete())
    assert callers.of_key(key).party is None


@pytest.fixture
def demote(home):
    """Gives a person other duties."""

    def demote(user, *duties, disabled=False):
        change_user(home, AT_THE_MACHINE, user.id, None, duties=duties, label="x", disabled=disabled)

    return demote


def test_a_key_counts_while_the_person_that_made_it_may_manage_access(home, demote, statements):
    """Also one that this key made; and with one statement, as any other."""
    callers = Callers(home)
    li = add_user(home, AT_THE_MACHINE, GEAR.id, "li", "Li", [Duty.MAKER, Duty.TREASURER])
    first, text = give_key(home, callers.of_user(ISSUER, "li"), GEAR.id, "first", None, None)
    machine = callers.of_key(text)
    second, of_second = give_key(home, machine, GEAR.id, "second", None, None)
    assert machine.duties == {Duty.MAKER, Duty.TREASURER}
    for duties, disabled in (([Duty.AUDITOR], False), ([Duty.MAKER], False), ([], False), ([Duty.TREASURER], True)):
        demote(li, *duties, disabled=disabled)
        for made, key in ((first, text), (second, of_second)):
            with pytest.raises(KeyUnknown):
                callers.of_key(key)
            with pytest.raises(AccessWithdrawn):
                callers.of_actor(GEAR.id, f"key:{made.id}")
        with pytest.raises(KeyUnknown):  # its request was let in before
            give_key(home, machine, GEAR.id, "late", None, None)
        demote(li, Duty.TREASURER)
        statements.clear()
        assert callers.of_key(of_second).eyes == f"user:{li.id}"
        assert len(statements) == 1
        assert callers.of_actor(GEAR.id, f"key:{first.id}").duties == machine.duties


def test_a_duty_that_fits_its_enterprise_no_more_lets_its_makers_keys_end(home):
    callers = Callers(home)
    both = GEAR.model_copy(update={"roles": (Role.SUPPLIER, Role.REGULATOR)})
    home.save_network(Network(name="n", enterprises=(both, BANK), lines=()))
    add_user(home, AT_THE_MACHINE, GEAR.id, "li", "Li", [Duty.TREASURER])
    made, text = give_key(home, callers.of_user(ISSUER, "li"), GEAR.id, "watches", [Duty.REGULATOR], None)
    assert callers.of_key(text).duties == {Duty.REGULATOR}
    home.save_network(
        Network(name="n", enterprises=(GEAR.model_copy(update={"roles": (Role.REGULATOR,)}), BANK), lines=())
    )
    with pytest.raises(KeyUnknown):
        callers.of_key(text)
    with pytest.raises(AccessWithdrawn):
        callers.of_actor(GEAR.id, f"key:{made.id}")


def test_who_lost_the_duty_while_it_asked_makes_no_key(home, demote):
    li = add_user(home, AT_THE_MACHINE, GEAR.id, "li", "Li", [Duty.TREASURER])
    let_in = Callers(home).of_user(ISSUER, "li")
    demote(li, Duty.AUDITOR)
    with pytest.raises(AccessWithdrawn):
        give_key(home, let_in, GEAR.id, "late", None, None)


def test_a_key_whose_maker_may_not_manage_access_is_no_other_key_of_the_operator(home, demote, monkeypatch):
    wu = add_user(home, AT_THE_MACHINE, OPERATOR, "wu", "Wu", [Duty.OPERATOR])
    last, _ = make_key(home, OPERATOR, "last")
    give_key(home, Callers(home).of_user(ISSUER, "wu"), OPERATOR, "of Wu", None, None)
    monkeypatch.setattr(home, "settings", home.settings.model_copy(update={"oidc_issuer": None}))
    demote(wu)
    with pytest.raises(LastKey):
        revoke_key(home, AT_THE_MACHINE, last.id)
    demote(wu, Duty.OPERATOR)
    assert revoke_key(home, AT_THE_MACHINE, last.id).revoked


def test_a_key_counts_until_it_expires_or_is_revoked(home):
    made, key = make_key(home, GEAR.id, "test", expires_at=int(time.time()) + 100)
    callers = Callers(home)
    assert callers.of_key(key).actor == f"key:{made.id}"
    with home.store.begin() as connection:
        connection.execute(update(api_keys).values(expires_at=int(time.time())))
    with pytest.raises(KeyUnknown):
        callers.of_key(key)
    with home.store.begin() as connection:
        connection.execute(update(api_keys).values(expires_at=None))
    assert callers.of_key(key).party == 1
    revoke_key(home, AT_THE_MACHINE, made.id)
    with pytest.raises(KeyUnknown):
        callers.of_key(key)
    with pytest.raises(KeyUnknown):
        callers.of_key("")


def test_a_person_is_known_by_provider_and_subject_together(home):
    add_user(home, AT_THE_MACHINE, GEAR.id, "wang", "Wang", [Duty.CHECKER])
    callers = Callers(home)
    assert callers.of_user(ISSUER, "wang").enterprise == GEAR.id
    for issuer, subject in (("https://other.example", "wang"), (ISSUER, "Wang"), (ISSUER, "")):
        with pytest.raises(UserUnknown):
            callers.of_user(issuer, subject)


# --- the tables ------------------------------------------------------------------------------------------------------


def test_every_role_and_every_action_has_its_duties():
    assert FITTING.keys() == set(Role)
    assert PERMISSIONS.keys() == set(Action)
    assert all(permission.duties for permission in PERMISSIONS.values())
    assert all(fitting(frozenset({role})) & ACTING for role in Role)


def viewer(role: Role, *duties: Duty) -> Viewer:
    return Viewer("TAX:1", "Gear", frozenset({role}), 1, "key:1", frozenset(duties), "key:1")


def test_who_lacks_a_duty_is_told_of_it_and_whose_enterprise_may_not_is_told_that():
    viewer(Role.SUPPLIER, Duty.MAKER).must(Action.ACCEPT)
    with pytest.raises(DutyMissing) as missing:
        viewer(Role.SUPPLIER, Duty.RISK).must(Action.ACCEPT)
    assert "only one with the duty of maker does that" in missing.value.text("en")
    assert "经办" in missing.value.text("zh")
    for role, action in (
        (Role.REGULATOR, Action.ACCEPT),
        (Role.SUPPLIER, Action.QUOTE),
        (Role.SUPPLIER, Action.REDEEM),
    ):
        with pytest.raises(NotPermitted) as refused:
            viewer(role, *Duty).must(action)
        assert refused.value.rule == "NotPermitted"


@pytest.mark.parametrize("role", [Role.REGULATOR, Role.OPERATOR])
def test_operator_and_regulator_move_nothing_whatever_duties_they_were_given(role):
    for action in (
        Action.ISSUE,
        Action.ACCEPT,
        Action.TRANSFER,
        Action.FINANCE,
        Action.REDEEM,
        Action.CONSENT,
    ):
        with pytest.raises(NotPermitted):
            viewer(role, *Duty).must(action)


def test_a_regulator_approves_nothing_and_the_operator_what_another_of_it_asked_for():
    with pytest.raises(NotPermitted):
        viewer(Role.REGULATOR, *Duty).must(Action.APPROVE)
    viewer(Role.OPERATOR, Duty.OPERATOR).must(Action.APPROVE)
