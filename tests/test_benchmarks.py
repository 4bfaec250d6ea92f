"""The programs in benchmarks: workloads run, libraries that disagree are caught, results are written. Not timed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chainrule
import fresh_processes
from compare import source_of
from libraries import KNOWN, Library, NotAvailableError, started
from measuring import Effort, differences, in_turn, measured
from report import Report, Row, as_bytes, as_time
from worker import Library as WorkerLibrary
from worker import answer, summary, to_numpy
from workloads import WORKLOADS

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
HERE = {"PYTHONPATH": str(Path(chainrule.__file__).parents[1])}
TIMED = [row for row in WORKLOADS.values() if row.function not in {"imports", "graph_memory", "installed_size"}]


def results_of(row, family, library):
    run = row.set_up(family, library, tiny=True)
    for _ in range(3):
        results = run()
    return [summary(to_numpy(result)) for result in results]


@pytest.mark.parametrize("row", TIMED, ids=lambda row: row.name)
def test_a_workload_gives_the_numbers_that_numpy_gives_by_hand(row):
    results = {"chainrule": results_of(row, "torch", chainrule)}
    assert all(np.isfinite(result["norm"]) and result["norm"] > 0 for result in results["chainrule"])
    try:
        results["numpy"] = results_of(row, "numpy", np)
    except LookupError:
        return
    assert differences(row, results) == {}


def test_a_gradient_that_is_slightly_wrong_is_noticed():
    right = summary(np.linspace(1, 2, 200))
    wrong = summary(np.linspace(1, 2, 200) + np.where(np.arange(200) == 120, 0.05, 0))
    row = WORKLOADS["products"]
    flat = summary(np.linspace(1, 2, 200)[None])
    missing = summary(np.where(np.arange(200) == 0, np.nan, np.linspace(1, 2, 200)))
    assert differences(row, {"torch": [right], "chainrule": [right]}) == {}
    assert differences(row, {"jax": [flat], "torch": [right], "chainrule": [wrong], "mlx": [missing]}) == {
        "jax": "result 0 has shape [1, 200], that of torch [200]",
        "chainrule": "result 0 differs from that of torch by 2.52% of its largest number",
        "mlx": "result 0 differs from that of torch by nan% of its largest number",
    }
    assert differences(row, {}) == {}


def test_a_library_is_asked_in_a_process_of_its_own():
    library = Library("chainrule", "chainrule", HERE)
    library.start()
    assert library.title.startswith(f"chainrule {chainrule.__version__} (")
    steps = []
    row = measured(WORKLOADS["second-derivative"], [library], Effort(2, 10.0), steps.append)
    assert steps == ["second-derivative 1/2", "second-derivative 2/2"]
    assert len(row.values["chainrule"]) == 2
    assert all(0 < seconds < 10 for seconds in row.values["chainrule"])
    library.stop()


def test_what_is_missing_or_fails_is_left_out_and_said():
    worker = WorkerLibrary("numpy")
    assert "not written for numpy" in answer(worker, {"do": "prepare", "workload": "jacobian"})["missing"]
    assert answer(worker, {"do": "time", "number": 1, "processor": False}) == {
        "failed": "RuntimeError: prepare a workload first"
    }
    with pytest.raises(NotAvailableError, match="No module named 'no_such_library'"):
        Library("another", "no_such_library").ask("describe")


def test_a_library_that_fails_halfway_is_left_out_of_the_row():
    def fail():
        raise NotAvailableError("out of memory")

    row = Row(WORKLOADS["mlp"], {})
    in_turn(row, {"torch": lambda: 1.0, "jax": fail, "chainrule": lambda: 2.0}, Effort(3, 10.0), lambda text: None)
    assert row.values == {"torch": [1.0] * 3, "chainrule": [2.0] * 3}
    assert row.left_out == {"jax": "out of memory"}


def test_a_library_that_is_asked_for_by_name_must_be_there(capsys):
    absent = Library("another", "no_such_library")
    assert started([absent], needed=False) == []
    assert "left out: another: ModuleNotFoundError" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="another: ModuleNotFoundError"):
        started([absent], needed=True)


def test_the_pure_engine_is_left_out_where_there_is_no_other(capsys):
    engines = {
        name: Library(name, "chainrule", HERE | {"CHAINRULE_ENGINE": "python"})
        for name in ("chainrule", "chainrule-pure")
    }
    running = started(list(engines.values()), needed=False)
    assert [library.name for library in running] == ["chainrule"]
    assert "not compiled here" in capsys.readouterr().out
    for library in engines.values():
        library.stop()


def test_imports_graphs_and_sizes_are_measured_in_fresh_processes():
    library = Library("chainrule", "chainrule", HERE, {"path": chainrule.__file__})
    assert 0 < fresh_processes.Imports(library, after_numpy=True)() < 60
    assert 100 < fresh_processes.GraphMemory(library, nodes=20_000)() < 5_000
    alone, all_of_it = (
        fresh_processes.InstalledSize(library)(),
        fresh_processes.InstalledSize(library, with_needed=True)(),
    )
    assert 0.5e6 < alone < 10e6
    assert all_of_it > 20e6  # NumPy and SciPy
    with pytest.raises(NotAvailableError, match="No module named 'no_such_library'"):
        fresh_processes.Imports(Library("another", "no_such_library"))


@pytest.fixture
def report():
    libraries = [
        Library(name, "torch" if name == "torch" else "chainrule") for name in ("chainrule", "chainrule-pure", "torch")
    ]
    for library in libraries:
        library.description = {"version": "1.0"}
    rows = [
        Row(
            WORKLOADS["products"],
            {"chainrule": [2e-3, 2e-3, 4e-3], "chainrule-pure": [4e-3] * 3, "torch": [6e-3] * 3},
            {},
        ),
        Row(WORKLOADS["lenet"], {"torch": [3e-3]}, {"chainrule": "there is no nn.Conv2d yet"}),
        Row(WORKLOADS["size"], {"chainrule": [1.5e6], "torch": [750e6]}, {}),
    ]
    return Report(libraries, 2, "torch", rows)


def test_the_table_has_ratios_with_their_spread_times_and_what_is_left_out(report):
    text = report.markdown()
    assert "| **3.00** | 2.25 to 3.00 | 3.00 | 2.40 | **1.50** | 1.50 to 1.50 | 1.50 | 1.40 |" in text
    assert "| 2 us (2 us) | 4 us (4 us) | 6 us (6 us) |" in text
    assert "| 1.5 MB |  | 750 MB |" in text
    assert "- lenet: without chainrule: there is no nn.Conv2d yet" in text


def test_a_comparison_with_an_earlier_chainrule_has_no_aims():
    libraries = [Library(name, "chainrule", description={"version": "1.0"}) for name in ("before", "now")]
    rows = [Row(WORKLOADS["products"], {"before": [3e-3], "now": [2e-3]}, {})]
    text = Report(libraries, 2, "before", rows).markdown()
    assert "| work | before / now |" in text
    assert "| **1.50** | 1.50 to 1.50 | 1.50 |  |" in text


def test_an_earlier_chainrule_may_be_a_folder(tmp_path):
    (tmp_path / "chainrule").mkdir()
    with source_of(str(tmp_path)) as source:
        assert source == tmp_path.resolve()


def test_results_are_written_as_table_numbers_and_chart(report, tmp_path):
    pytest.importorskip("matplotlib")
    report.write(tmp_path / "results")
    assert (tmp_path / "results" / "table.md").read_text(encoding="utf-8").startswith(report.conditions())
    numbers = json.loads((tmp_path / "results" / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["rows"][0]["values"]["chainrule"] == [2e-3, 2e-3, 4e-3]
    assert (tmp_path / "results" / "chart.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib_there_is_just_no_chart(report, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.delitem(sys.modules, "chart", raising=False)
    report.write(tmp_path)
    assert "no chart: Matplotlib is not installed" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["numbers.json", "table.md"]


def test_numbers_are_written_with_their_units():
    assert [as_time(seconds) for seconds in (2.5, 0.0125, 3.456e-6)] == ["2.5 s", "12.5 ms", "3.46 us"]
    assert [as_bytes(number) for number in (480.4, 1.3e6)] == ["480 bytes", "1.3 MB"]


def test_every_library_is_known_by_its_own_name():
    assert all(name == library.name for name, library in KNOWN.items())


@pytest.mark.parametrize("program", ["side_by_side.py --list", "compare.py --help", "where_time_goes.py --help"])
def test_programs_start(program):
    name, option = program.split()
    command = [sys.executable, str(BENCHMARKS / name), option]
    output = subprocess.run(command, env=os.environ | HERE, check=True, capture_output=True, text=True).stdout
    assert "elementwise-1M" in output or "before" in output
