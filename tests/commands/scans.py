"""What the store is asked, and whether an index answers it."""

from contextlib import contextmanager

from tests.statements import asked_of, plan_of


@contextmanager
def no_scan(home, *whole: str):
    """Whatever is asked of the store meanwhile is found by an index, so that it costs the same however much there is.
    ``whole``: tables that are read whole each time, because all of them is wanted."""
    with asked_of(home.store) as asked:
        yield
    for statement, values in asked:
        if statement.startswith(("SELECT", "DELETE", "UPDATE")):
            plan = plan_of(home.store, statement, values)
            scans = [step for step in plan if step.startswith("SCAN") and "LIMIT" not in statement]
            scans = [step for step in scans if step != "SCAN CONSTANT ROW"]  # which is of no table
            scans = [step for step in scans if step.split()[1] not in whole]
            assert not scans, (statement, plan)
    assert asked
