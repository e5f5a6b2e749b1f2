"""A register is put in force again and again: what is new is added, what changed is changed, nothing happens twice.

Deposits are a bank's own money: it alone credits an account, once for its reference.
"""

from datetime import date, timedelta

import pytest

from chain.books.portfolio import all_lines
from chain.commands.deposit import NoDepositMoney, balance, deposit
from chain.commands.enrol import EnterpriseTwice, GroupsAlike, LineParty, enrol, group_number
from chain.commands.workspace import OPERATOR, open_workspace
from chain.errors import NotFound
from chain.money import chain_currency_index
from chain.network import CreditLine, Enterprise, Network, Role
from chain.settings import Settings

ISSUER, BANK, SUPPLIER = "TAX:issuer", "TAX:bank", "TAX:supplier"


def register(limit: int = 1_000, financing: int = 500) -> Network:
    return Network(
        name="small",
        enterprises=(
            Enterprise(id=ISSUER, name="I", roles=(Role.CORE_ENTERPRISE,)),
            Enterprise(id=BANK, name="B", roles=(Role.BANK,)),
            Enterprise(id=SUPPLIER, name="S", roles=(Role.SUPPLIER,)),
        ),
        lines=(
            CreditLine(
                bank=BANK, issuer=ISSUER, currency="CNY", limit_minor=limit, financing_limit_minor=financing,
                expiry=date.today() + timedelta(days=300),
            ),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with open_workspace(Settings(home=tmp_path_factory.mktemp("enrol") / "home")) as workspace:
        enrol(workspace, register())
        yield workspace


def limits(workspace):
    with workspace.store.read() as connection:
        (line,) = all_lines(connection)
    return line.limit_minor, line.financing_limit_minor


def test_the_same_register_again_sends_nothing(workspace):
    before = workspace.web3.eth.block_number
    enrol(workspace, register())
    assert workspace.web3.eth.block_number == before


def test_a_changed_limit_is_changed_on_the_ledger_also_back_to_what_it_was(workspace):
    for change in [(2_000, 700), (1_000, 500), (2_000, 700), (1_000, 500)]:
        enrol(workspace, register(*change))
        assert limits(workspace) == change


def test_an_enterprise_stands_once_in_a_register(workspace):
    network = register()
    with pytest.raises(EnterpriseTwice):
        enrol(workspace, network.model_copy(update={"enterprises": network.enterprises * 2}))


def test_a_line_needs_a_bank_and_a_core_enterprise_of_the_register(workspace):
    network = register()
    swapped = network.lines[0].model_copy(update={"bank": SUPPLIER})
    with pytest.raises(LineParty):
        enrol(workspace, network.model_copy(update={"lines": (swapped,)}))


def test_a_deposit_is_credited_once_for_its_reference(workspace):
    assert deposit(workspace, "payment 1", BANK, SUPPLIER, "CNY", 70) == 70
    assert deposit(workspace, "payment 1", BANK, SUPPLIER, "CNY", 70) == 70
    assert deposit(workspace, "payment 2", BANK, SUPPLIER, "CNY", 5) == 75
    assert balance(workspace, BANK, ISSUER, "CNY") == 0


def test_a_deposit_needs_a_bank_with_that_money_and_an_enrolled_account(workspace):
    with pytest.raises(NoDepositMoney):
        deposit(workspace, "x", BANK, SUPPLIER, "EUR", 1)
    with pytest.raises(NoDepositMoney):
        deposit(workspace, "x", SUPPLIER, SUPPLIER, "CNY", 1)
    with pytest.raises(NotFound):
        deposit(workspace, "x", BANK, "TAX:nobody", "CNY", 1)


def _grouped(**groups: str) -> Network:
    network = register()
    enterprises = tuple(
        one.model_copy(update={"group": groups.get(one.id.removeprefix("TAX:"))}) for one in network.enterprises
    )
    return network.model_copy(update={"enterprises": enterprises})


def _alike() -> tuple[str, str]:
    """Two names of groups with one number, which is 24 bits of a hash: among some thousands there are two."""
    found: dict[int, str] = {}
    for place in range(100_000):
        other = found.setdefault(group_number(f"group {place}"), f"group {place}")
        if other != f"group {place}":
            return other, f"group {place}"
    raise AssertionError("no two alike")


def test_two_groups_with_one_number_are_refused_before_anything_is_sent(workspace):
    one, other = _alike()
    before = workspace.web3.eth.block_number
    with pytest.raises(GroupsAlike):
        enrol(workspace, _grouped(issuer=one, supplier=other))
    assert workspace.web3.eth.block_number == before
    enrol(workspace, _grouped(issuer=one, supplier=one))
    # Who left the register is on the ledger still, with its group.
    network = _grouped(supplier=other)
    without = network.model_copy(update={"enterprises": network.enterprises[1:], "lines": ()})
    with pytest.raises(GroupsAlike):
        enrol(workspace, without)
    enrol(workspace, register())


def test_who_regroups_brings_the_banks_sums_in_order(workspace):
    issuer, bank, cny = workspace.party(ISSUER), workspace.party(BANK), chain_currency_index("CNY")

    def promised(group: str) -> int:
        return workspace.contracts.read("CreditLedger", "groupCapWord", bank, group_number(group), cny) >> 64

    enrol(workspace, _grouped(issuer="north"))
    assert (promised("north"), promised("south")) == (1_500, 0)
    enrol(workspace, _grouped(issuer="south"))
    assert (promised("north"), promised("south")) == (0, 1_500)
    # A regrouping after which the service stopped: the next enrolment makes up for the sums.
    call = workspace.contracts.call("Participants", "regroup", issuer, group_number("north"))
    workspace.send("group:by hand", OPERATOR, call)
    assert (promised("north"), promised("south")) == (0, 1_500)
    enrol(workspace, _grouped(issuer="north"))
    assert (promised("north"), promised("south")) == (1_500, 0)
    enrol(workspace, register())
    assert (promised("north"), promised("south")) == (0, 0)
