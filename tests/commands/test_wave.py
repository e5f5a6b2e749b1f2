"""What of a wave goes together, what by itself, and what an invoice that owes less by now still backs."""

from datetime import date
from types import SimpleNamespace

import pytest

from chain.commands import run
from chain.commands.run import RunResult, _Wave
from chain.errors import ContractRefused
from chain.planning.model import PlanStep, StepKind

PAYER, DOCUMENT = "TAX:payer", "the invoice"


def step(number: int, amount_minor: int) -> PlanStep:
    return PlanStep(
        number, 0, StepKind.ISSUE, f"obligation {number}", "TAX:bank", PAYER, PAYER, f"TAX:{number}", amount_minor, "CNY",
        date(2030, 1, 1), DOCUMENT, (), None,
    )  # fmt: skip


class Ledger:
    """Takes and remembers, but for what has one of these steps in it."""

    def __init__(self, refuses):
        self.refuses = refuses
        self.taken = []

    def known(self, keys):
        return set()

    def send_all(self, batches, progress):
        progress(len(batches))
        return [self._send([step.number for step in batch.steps]) for batch in batches]

    def _send(self, numbers):
        if self.refuses & set(numbers):
            return ContractRefused(name="LimitExceeded", arguments="", advice="-")
        self.taken.append(numbers)
        return SimpleNamespace()


@pytest.fixture
def made(monkeypatch):
    """``made(left, refused, steps)``: what of the steps was taken together, and why the others were not."""
    monkeypatch.setattr(run, "_line_numbers", lambda workspace: {})
    monkeypatch.setattr(run, "_references", lambda workspace, pieces: {})
    monkeypatch.setattr(_Wave, "_order", lambda wave, batch: batch)
    monkeypatch.setattr(_Wave, "_read_pieces", lambda wave: None)

    def make(left, refuses, steps):
        ledger, result = Ledger(refuses), RunResult(1)
        workspace = SimpleNamespace(
            outbox=ledger, parties=dict, keyring=SimpleNamespace(signs_for=lambda payer: True),
            indexer=SimpleNamespace(catch_up=lambda: None),
        )  # fmt: skip
        wave = _Wave(workspace, 1, 0, {DOCUMENT: 1}, {}, {DOCUMENT: left}, frozenset(), 0, result)
        wave.make(steps, lambda done: None)
        return ledger.taken, result.refused

    return make


def test_what_fits_goes_together(made):
    assert made(200, set(), [step(1, 100), step(2, 100)]) == ([[1, 2]], {})


def test_where_the_ledger_refuses_one_the_others_go_by_themselves(made):
    assert made(300, {1}, [step(1, 100), step(2, 100), step(3, 100)]) == ([[2], [3]], {1: "LimitExceeded"})


def test_an_invoice_backs_no_more_than_what_is_left_of_it(made):
    assert made(150, set(), [step(1, 100), step(2, 100), step(3, 50)]) == ([[1], [3]], {2: "InvoiceProvesLess"})


def test_what_a_refused_piece_would_have_taken_of_an_invoice_backs_the_next_one_in_the_same_run(made):
    assert made(100, {1, 2}, [step(1, 100), step(2, 100), step(3, 100), step(4, 100)]) == (
        [[3]],
        {1: "LimitExceeded", 2: "LimitExceeded", 4: "InvoiceProvesLess"},
    )
