"""The workloads of benchmarks/ compute the same under PyTorch and under chainrule."""

import pytest

import chainrule
from measuring import differences
from test_benchmarks import TIMED, results_of

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("row", TIMED, ids=lambda row: row.name)
def test_a_workload_gives_the_same_numbers(row):
    results = {"torch": results_of(row, "torch", torch), "chainrule": results_of(row, "torch", chainrule)}
    assert differences(row, results) == {}
