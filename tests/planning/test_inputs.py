"""What the planner is given: open payables that may back credit, and what each supplier still needs."""

from __future__ import annotations

from datetime import timedelta

from plan_checks import TODAY, line

from chain.documents.matching import Receivable, ReceivableState
from chain.graph.frame import frame_with_circles
from chain.network import Enterprise, Need, Network, Role
from chain.planning.inputs import Backed, planning_input
from chain.planning.model import PlanningInput


def receivable(
    number: int, seller: str, buyer: str, minor: int, due: int = 60, evidence: int | None = None
) -> Receivable:
    return Receivable(
        document=f"invoice|{seller}|{number}", number=str(number), seller=seller, buyer=buyer, currency="CNY",
        payable_minor=minor, credited_minor=0, open_minor=minor, evidence_minor=minor if evidence is None else evidence,
        blocked_by=None, rules=(), state=ReceivableState.OPEN, issue_date=TODAY, delivery_date=TODAY,
        due_date=TODAY + timedelta(days=due), orders=("order|1",), despatches=(), receipts=(), warehouse_receipts=(),
        credit_notes=(),
    )  # fmt: skip


def enterprise(name: str, role: Role = Role.SUPPLIER, need: int | None = None, **more: object) -> Enterprise:
    wanted = None if need is None else Need(currency="CNY", minor=need)
    return Enterprise(id=name, name=name, roles=(role,), need=wanted, **more)  # type: ignore[arg-type]


def given(
    receivables: list[Receivable],
    enterprises: list[Enterprise],
    backed: dict[str, Backed] | None = None,
    credit: dict[str, int] | None = None,
    circular: frozenset[str] = frozenset(),
) -> PlanningInput:
    return planning_input(
        frame_with_circles(receivables, circular), Network(name="test", enterprises=tuple(enterprises), lines=()),
        [line("C", 100)], backed or {}, credit or {},
        TODAY, "CNY",
    )  # fmt: skip


CORE = enterprise("C", Role.CORE_ENTERPRISE, need=77)


def test_a_payable_is_what_may_back_credit_less_what_it_backs_already() -> None:
    receivables = [receivable(1, "S", "C", 100, evidence=80), receivable(2, "S", "C", 100)]
    inputs = given(receivables, [CORE, enterprise("S")], backed={"invoice|S|2": Backed(face_minor=60, used_minor=25)})
    assert {item.document: item.open_minor for item in inputs.payables} == {"invoice|S|1": 80, "invoice|S|2": 35}
    assert inputs.payables[0].proofs == ("order|1",)
    assert (inputs.payables[0].debtor, inputs.payables[0].creditor) == ("C", "S")


def test_circular_trade_strangers_and_what_backs_nothing_are_left_out() -> None:
    receivables = [
        receivable(1, "S", "C", 100),
        receivable(2, "S", "X", 100),
        receivable(3, "S", "C", 100, evidence=0),
        receivable(4, "S", "C", 100),
    ]
    inputs = given(receivables, [CORE, enterprise("S")], circular=frozenset({"invoice|S|1"}))
    assert [item.document for item in inputs.payables] == ["invoice|S|4"]


def test_a_declared_need_counts_less_the_credit_that_came_already_and_an_issuer_has_none() -> None:
    inputs = given([], [CORE, enterprise("S", need=50), enterprise("T", need=50)], credit={"S": 20, "T": 60})
    assert inputs.needs == {"S": 30}


def test_without_a_declared_need_it_is_what_falls_due_before_the_own_receivables() -> None:
    receivables = [
        receivable(1, "S", "C", 100, due=60),
        receivable(2, "T", "S", 30, due=20),
        receivable(3, "T", "S", 50, due=60),
        receivable(4, "T", "S", 40, due=90),
    ]
    inputs = given(receivables, [CORE, enterprise("S"), enterprise("T")])
    assert inputs.needs == {"S": 30}


def test_those_who_discount_use_the_financing_limit_and_groups_are_passed_on() -> None:
    inputs = given([], [CORE, enterprise("S", discounts=True), enterprise("T", group="house")])
    assert inputs.finances == {"S"}
    assert inputs.groups == {"T": "house"}


def test_who_keeps_its_key_is_told_of_those_in_the_register_and_its_debts_stay() -> None:
    inputs = planning_input(
        frame_with_circles([receivable(1, "S", "C", 100)], frozenset()),
        Network(name="test", enterprises=(CORE, enterprise("S")), lines=()), [], {}, {}, TODAY, "CNY",
        keys_elsewhere={"C", "operator"},
    )  # fmt: skip
    assert inputs.keys_elsewhere == {"C"}
    assert [item.debtor for item in inputs.payables] == ["C"]
