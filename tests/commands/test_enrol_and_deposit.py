"""A register is put in force again and again: what is new is added, what changed is changed and told, nothing happens twice.

Deposits are a bank's own money: it alone credits an account, once for its reference.
"""

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from chain.books.portfolio import all_lines
from chain.cli import main
from chain.commands.deposit import NoDepositMoney, balance, deposit
from chain.commands.enrol import (
    EnterpriseTwice,
    GroupsAlike,
    LineParty,
    RolesFixed,
    enrol,
    group_number,
    read_network,
)
from chain.commands.exposure import NameAmbiguous, party_named
from chain.commands.finance import token_name
from chain.commands.keys import make_key
from chain.commands.seen.refused import as_told
from chain.commands.workspace import OPERATOR, NoNetwork, open_home, open_workspace
from chain.documents.rules import PartyIdInvalid
from chain.errors import ContractRefused, NotFound
from chain.issuance.node import advance_clock
from chain.issuance.signers import AddressOfAnother
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
        before = limits(workspace)
        told = enrol(workspace, register(*change))
        assert limits(workspace) == change
        assert [(one.before, one.after) for one in told] == list(zip(before, change, strict=True))
        assert {one.currency for one in told} == {"CNY"}
    assert enrol(workspace, register(*change)) == []


def test_who_opened_the_home_before_the_enrolment_is_told_errors_of_tokens_by_their_names(tmp_path):
    settings = Settings(home=tmp_path / "home")
    with open_workspace(settings) as before:
        with open_workspace(settings) as other:
            enrol(other, register())
        before.refresh()
        before.indexer.catch_up()
        account = before.keyring.addresses()[SUPPLIER]
        call = before.contracts.call(token_name(BANK, "CNY"), "transfer", account, 5)
        with pytest.raises(ContractRefused) as refused:
            before.send("more than there is", ISSUER, call)
        assert refused.value.rule == "ERC20InsufficientBalance"
        assert refused.value.next_step_text("en") == "pay deposits into the account first"
        assert as_told(before, ISSUER, refused.value) is refused.value  # its own account
        for other_one in (SUPPLIER, "USCC:91350100M000100Y43"):
            told = as_told(before, other_one, refused.value)
            assert (told.rule, told.values["arguments"]) == ("ERC20InsufficientBalance", "")
            assert "0x" not in told.text("en") + told.text("zh")


def test_where_nobody_is_enrolled_that_is_said_of_any_enterprise(tmp_path):
    with open_home(Settings(home=tmp_path / "home")) as home:
        for ask in (lambda: home.party(SUPPLIER), lambda: make_key(home, SUPPLIER, "first")):
            with pytest.raises(NoNetwork) as refused:
                ask()
            assert "pearl enrol" in refused.value.next_step_text("en")


def pearl(workspace, capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["--home", str(workspace.settings.home), *map(str, arguments)])
    shown = capsys.readouterr()
    return end.value.code, shown.out, shown.err


def test_every_change_is_told_in_a_line_of_its_own_and_to_machines(workspace, capsys, tmp_path):
    def file(network):
        path = tmp_path / "network.json"
        path.write_text(network.model_dump_json())
        return path

    network = register(5_000_000_000)
    firms = tuple(e.model_copy(update={"group": "S group"}) if e.id == SUPPLIER else e for e in network.enterprises)
    code, out, _ = pearl(workspace, capsys, "enrol", file(network.model_copy(update={"enterprises": firms})))
    assert code == 0
    assert out.splitlines()[1:] == [
        "S: group none → S group", f"line {line_id(workspace)}: limit 10.00 → 50,000,000.00",
    ]  # fmt: skip
    code, out, _ = pearl(workspace, capsys, "--lang", "zh", "enrol", file(register()), "--json")
    told = json.loads(out)
    assert (told["enterprises"], told["lines"]) == (3, 1)
    assert told["changes"] == [
        {"change": "group", "subject": "S", "before": "S group", "after": None, "currency": None},
        {"change": "limit", "subject": line_id(workspace), "before": 5_000_000_000, "after": 1_000, "currency": "CNY"},
    ]
    code, out, _ = pearl(workspace, capsys, "enrol", file(register()))
    assert out.splitlines() == ["enrolled: enterprises 3, lines 1"]


def line_id(workspace):
    with workspace.store.read() as connection:
        (line,) = all_lines(connection)
    return str(line.line)


def test_roles_never_change(workspace):
    network = register()
    firms = tuple(
        e.model_copy(update={"roles": (Role.SUPPLIER, Role.KEEPER)}) if e.id == SUPPLIER else e
        for e in network.enterprises
    )
    with pytest.raises(RolesFixed):
        enrol(workspace, network.model_copy(update={"enterprises": firms}))


@pytest.mark.parametrize(
    "wrong",
    [
        "USCC:91350100M000100Y44",
        "LEI:5493001KJTIIGC8Y1R13",
        "VAT:DE136695977",
        "uscc:91350100M000100Y43",
        "nothing",
        "TAX:",
    ],
)
def test_an_id_that_fails_its_check_is_not_enrolled_as_checked(tmp_path, wrong):
    network = register()
    one = Enterprise(id=wrong, name="W", roles=(Role.SUPPLIER,))
    path = tmp_path / "network.json"
    path.write_text(network.model_copy(update={"enterprises": (*network.enterprises, one)}).model_dump_json())
    with pytest.raises(PartyIdInvalid):
        read_network(path)


def test_the_network_of_the_documentation_can_be_enrolled(tmp_path):
    text = (Path(__file__).parents[2] / "docs" / "network.md").read_text()
    path = tmp_path / "network.json"
    path.write_text(re.search(r"```json\n(.*?)```", text, re.S).group(1))
    assert len(read_network(path).enterprises) == 3


@pytest.mark.parametrize(
    "command",
    [
        ["verify"], ["path", "1.1.1.1"], ["contracts", "verify"], ["contracts", "addresses"], ["run"], ["pieces"],
        ["exposure"], ["graph"], ["findings"], ["plan"], ["plan", "--what-if", "line:A/B=+1"], ["aliases"],
        ["alias", "TAX:one", "TAX:two", "--reason", "they are one"],
        ["deposit", "--bank", "B", "--to", "I", "--minor", "1", "--reference", "r"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_a_home_that_holds_nothing_is_refused_and_stays_nothing(tmp_path, capsys, command):
    home = tmp_path / "typo"
    with pytest.raises(SystemExit) as end:
        main(["--home", str(home), *command])
    assert end.value.code == 1
    assert capsys.readouterr().err.endswith("[NoNetwork]\n")
    assert not home.exists()


def test_a_home_with_documents_alone_has_no_ledger_to_verify(tmp_path, capsys):
    with open_home(Settings(home=tmp_path / "home")):
        pass
    with pytest.raises(SystemExit) as end:
        main(["--home", str(tmp_path / "home"), "verify"])
    assert end.value.code == 1
    assert capsys.readouterr().err.endswith("[NoNetwork]\n")
    assert not (tmp_path / "home" / "node").exists()


def test_a_name_of_two_enterprises_names_neither(workspace):
    network = workspace.network()
    workspace.save_network(
        network.model_copy(
            update={"enterprises": tuple(e.model_copy(update={"name": "Same"}) for e in network.enterprises)}
        )
    )
    try:
        with pytest.raises(NameAmbiguous):
            party_named(workspace, "Same")
        assert party_named(workspace, "Same", Role.BANK) == workspace.party(BANK)
    finally:
        workspace.save_network(network)


@pytest.mark.parametrize("who", ["S", "nobody"])
def test_exposure_is_asked_of_a_bank(workspace, capsys, who):
    code, out, err = pearl(workspace, capsys, "exposure", "--bank", who)
    assert (code, out) == (1, "")
    assert err.startswith(f"pearl: there is no bank {who} ")
    assert err.endswith("[NotFound]\n")


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


def test_a_bank_and_an_account_are_named_by_id_or_by_name(workspace, capsys):
    code, out, _ = pearl(
        workspace, capsys, "deposit", "--bank", "B", "--to", ISSUER, "--minor", 500, "--reference", "by name"
    )
    assert (code, out) == (0, f"{ISSUER} has CN¥5.00 at B now\n")
    code, out, _ = pearl(
        workspace, capsys, "deposit", "--bank", BANK, "--to", "I", "--minor", 500, "--reference", "by name",
        "--currency", "cny",
    )  # fmt: skip
    assert (code, out) == (0, f"I has CN¥5.00 at {BANK} now\n")


def test_two_enterprises_have_no_address_in_common(tmp_path):
    with open_workspace(Settings(home=tmp_path / "home")) as workspace:
        enrol(workspace, register())
        taken = workspace.keyring.addresses()[SUPPLIER]
        twin = Enterprise(id="TAX:twin", name="T", roles=(Role.SUPPLIER,), address=taken)
        with pytest.raises(AddressOfAnother):
            enrol(workspace, register().model_copy(update={"enterprises": (*register().enterprises, twin)}))
        assert SUPPLIER in workspace.parties().values()
        assert not workspace.keyring.holds("TAX:twin")


def test_a_registration_that_was_refused_is_tried_again_on_another_day_and_as_it_was_corrected(tmp_path):
    with open_workspace(Settings(home=tmp_path / "home")) as workspace:
        enrol(workspace, register())
        nothing = Enterprise.model_construct(
            id="TAX:none", name="N", roles=(), group=None, account_bank=None, address=None
        )
        network = register().model_copy(update={"enterprises": (*register().enterprises, nothing)})
        for _ in range(2):
            with pytest.raises(ContractRefused, match="RoleUnknown"):
                enrol(workspace, network)
            advance_clock(workspace.web3, workspace.now() + 2 * 86_400)
            workspace.indexer.catch_up()
        useful = nothing.model_copy(update={"roles": (Role.SUPPLIER,)})
        enrol(workspace, register().model_copy(update={"enterprises": (*register().enterprises, useful)}))
        assert "TAX:none" in workspace.parties().values()


def test_what_deposits_refuse_has_its_name_after_a_new_start(workspace):
    """A transfer of what is not there, asked of a workspace that was opened on the same home once more."""
    with open_workspace(workspace.settings) as again:
        call = again.contracts.call(token_name(BANK, "CNY"), "transfer", again.signer(ISSUER).address, 10**12)
        with pytest.raises(ContractRefused) as refused:
            again.outbox.try_out(again.signer(SUPPLIER).address, call)
        assert refused.value.rule == "ERC20InsufficientBalance"
