"""Programs put together by chance give the same in PyTorch and in chainrule: values, gradients, errors."""

import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import CODE, Run

import chainrule

torch = pytest.importorskip("torch")

# A part of the programs for each test, so that processes may share them.
PARTS = 10
PROGRAMS = int(os.environ.get("RANDOM_PROGRAMS", "10000"))

# An operand is one of the newest tensors or any.
OPERAND = st.integers(-4, 40)
STEP = st.tuples(st.integers(0, len(CODE) - 1), OPERAND, OPERAND, OPERAND)


@pytest.mark.parametrize("part", range(PARTS))
def test_random_programs(part):
    @settings(
        max_examples=PROGRAMS // PARTS, deadline=None, database=None, derandomize=True,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(st.lists(STEP, min_size=5, max_size=30))
    def same(steps):
        run = Run(torch, chainrule)
        for number, *operands in steps:
            found = run.step((number + part * 37) % len(CODE), *operands)
            assert not found, "\n".join([*run.lines, *found])
        found = run.end()
        assert not found, "\n".join([*run.lines, *found])

    same()
