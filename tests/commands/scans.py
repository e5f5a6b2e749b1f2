"""What the store is asked, and whether an index answers it."""

from contextlib import contextmanager

from sqlalchemy.event import listen


@contextmanager
def no_scan(home, *whole: str):
    """Whatever is asked of the store meanwhile is found by an index, so that it costs the same however much there is.
    ``whole``: tables that are read whole each time, because all of them is wanted."""
    asked = []
    listen(home.store.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
    yield
    with home.store.read() as connection:
        for statement, values in asked:
            if statement.startswith(("SELECT", "DELETE", "UPDATE")):
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
                scans = [step for *_, step in plan if step.startswith("SCAN") and "LIMIT" not in statement]
                scans = [step for step in scans if step != "SCAN CONSTANT ROW"]  # which is of no table
                scans = [step for step in scans if step.split()[1] not in whole]
                assert not scans, (statement, plan)
    assert asked
