"""Benchmarks: rows are kept in one form, runs do not disturb each other's rows, and gas stays within its limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks import registry, snapshot
from benchmarks.rows import Row, append_history, merge, read_rows, table, write_rows

ROOT = Path(__file__).parents[2]

names = st.from_regex(r"(gas|read|plan)\.[a-z_]{1,8}", fullmatch=True)
rows = st.builds(
    Row,
    name=names,
    value=st.integers(0, 10**9),
    unit=st.just("gas"),
    reference_value=st.none() | st.integers(1, 10**9),
    limit=st.none() | st.floats(0, 2),
)


@given(st.lists(rows), st.lists(rows))
def test_a_run_renews_its_own_rows_and_leaves_the_others(earlier: list[Row], new: list[Row]) -> None:
    own = [row for row in new if row.name.startswith("gas.")]
    merged = merge([row.as_dict() for row in earlier], "gas", own)
    kept = [row for row in merged if not str(row["name"]).startswith("gas.")]
    key = lambda row: json.dumps(row, sort_keys=True)  # noqa: E731
    assert sorted(kept, key=key) == sorted(
        (row.as_dict() for row in earlier if not row.name.startswith("gas.")), key=key
    )
    assert sorted((row for row in merged if str(row["name"]).startswith("gas.")), key=key) == sorted(
        (row.as_dict() for row in own), key=key
    )
    assert [row["name"] for row in merged] == sorted(str(row["name"]) for row in merged)


@given(rows)
def test_a_limit_bounds_the_ratio_or_else_the_value(row: Row) -> None:
    measured = row.value / row.reference_value if row.reference_value else row.value
    if row.limit is None:
        assert row.within_limit
    elif abs(measured - row.limit) > 1e-3:
        assert row.within_limit == (measured <= row.limit)


def test_rows_survive_being_written(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "latest.json"
    assert read_rows(path) == []
    row = Row("gas.issue", 110_000, "gas", "a mint", 200_000, 0.55)
    write_rows(path, merge([], "gas", [row]))
    assert read_rows(path) == [
        {"name": "gas.issue", "value": 110_000, "unit": "gas", "reference": "a mint", "reference_value": 200_000,
         "limit": 0.55, "ratio": 0.55}
    ]  # fmt: skip
    append_history(tmp_path / "history.jsonl", "gas", [row], 1.5)
    append_history(tmp_path / "history.jsonl", "gas", [row], 1.5)
    lines = (tmp_path / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["rows"][0]["name"] for line in lines] == ["gas.issue", "gas.issue"]
    assert json.loads(lines[0])["machine"]["processors"]
    assert table([row]).row_count == 1


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, value: float, *arguments: str) -> tuple[int, str]:
    import typer

    monkeypatch.setattr(registry, "BENCHMARKS", {"one": "benchmarks.gas"})
    monkeypatch.setattr(command, "BENCHMARKS", {"one": "benchmarks.gas"})
    monkeypatch.setattr(command, "measure", lambda name: [Row(f"{name}.thing", value, "ms", "that", 100, 0.5)])
    app = typer.Typer()
    app.command()(command.run)
    files = ["--output", str(folder / "latest.json"), "--history", str(folder / "history.jsonl")]
    result = CliRunner().invoke(app, [*arguments, *files])
    return result.exit_code, result.output


def test_a_run_prints_and_keeps_its_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, output = run(monkeypatch, tmp_path, 40, "one")
    assert code == 0
    assert "one.thing" in output
    assert read_rows(tmp_path / "latest.json")[0]["ratio"] == 0.4


def test_a_row_above_its_limit_fails_the_run_and_is_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, output = run(monkeypatch, tmp_path, 51)
    assert code == 1
    assert "Above the limit: one.thing" in output
    assert read_rows(tmp_path / "latest.json")[0]["ratio"] == 0.51


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    code, output = run(monkeypatch, tmp_path, 40, "speed")
    assert code == 2
    assert "There is no benchmark 'speed'; there are: one" in output
    assert not (tmp_path / "latest.json").exists()


def test_every_benchmark_is_described() -> None:
    described = (Path(registry.__file__).parent / "README.md").read_text("utf-8")
    for name in registry.BENCHMARKS:
        assert f"## {name}: " in described


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    """Gas is no matter of the machine, so it is held here and not only printed.

    Measured in a process of its own: the EVM in process tells its steps on the standard output, which pytest takes.
    """
    file = tmp_path_factory.mktemp("gas") / "rows.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.snapshot", str(file)], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return {row["name"]: Row(**row) for row in json.loads(file.read_text("utf-8"))}


def test_what_movements_cost_is_what_the_snapshot_says(measured: dict[str, Row]) -> None:
    """`python -m benchmarks.snapshot` renews it, where a change of the contracts is meant to change their gas."""
    assert snapshot.differences(measured.values(), snapshot.kept()) == []


def test_a_difference_from_the_snapshot_is_named() -> None:
    rows = [Row("gas.one", 1_000, "gas"), Row("gas.two", 1_004, "gas"), Row("gas.new", 5, "gas")]
    found = snapshot.differences(rows, {"gas.one": 900, "gas.two": 1_000, "gas.old": 7})
    assert found == [
        "gas.new: nothing in the snapshot, 5 measured", "gas.old: 7 in the snapshot, nothing measured",
        "gas.one: 900 in the snapshot, 1000 measured",
    ]  # fmt: skip


def test_an_evm_in_process_measures_what_a_node_does(measured: dict[str, Row]) -> None:
    """`gas.growth` is measured in process; its first figure is the transfer that the node measures too."""
    in_process, node = measured["gas.growth"].reference_value, measured["gas.transfer_1"].value
    assert in_process is not None
    assert abs(in_process - node) < 200


def test_a_movement_costs_no_more_gas_than_its_limit(measured: dict[str, Row]) -> None:
    described = (Path(registry.__file__).parent / "README.md").read_text("utf-8")
    assert all(f"`{name}`" in described for name in measured)
    assert [row for row in measured.values() if not row.within_limit] == []
    assert {row.name: row.limit for row in measured.values() if row.limit} == {
        "gas.issue": 0.50, "gas.transfer_1": 0.40, "gas.transfer_5": 0.22, "gas.relayed_transfer_1": 0.48,
        "gas.transfer_1_accepted": 0.48, "gas.redeem_5": 0.28, "gas.finance_part": 0.65, "gas.batch_piece": 75_000,
        "gas.growth": 1.01,
    }  # fmt: skip
