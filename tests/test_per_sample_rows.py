"""Every row of the table within a block of per-sample gradients: what is said of its results is so.

One argument is taken for the samples, along each of its dimensions in turn; the others are parameters. Then elements of
a result that are said to belong to a sample must not change when the values of another sample do, and the gradients of
samples must add up to the gradient.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import chainrule as torch
from chainrule.func import per_sample_gradients
from chainrule.func.sample_states import Along
from op_samples import all_samples
from test_every_op import prepare, run, values_of, weights_for

ROWS = [row for row in all_samples() if row.orders >= 1]


@dataclass
class Case:
    """A row with one of its tensors taken for samples along `dim`."""

    row: object
    number: int
    dim: int

    def called(self, change=None):
        """A call, with what another sample has in the place of sample `change`."""
        call = prepare(self.row, track=False)
        tensor = call.variables[self.number]
        if change is not None:
            array = np.moveaxis(tensor._array, self.dim, 0)
            array[change] = array[change - 1]
        return call

    def states(self, context, results):
        return [context._states.of(r) if isinstance(r, torch.Tensor) else None for r in results]


def cases(row):
    for number, tensor in enumerate(prepare(row, track=False).variables):
        for dim in range(tensor.ndim):
            if tensor.shape[dim] > 1:
                yield Case(row, number, dim)


def check_states(case):
    call = case.called()
    samples = call.variables[case.number]
    with per_sample_gradients([], samples=samples, batch_dim=case.dim) as context:
        torch.manual_seed(0)
        results = run(case.row, call)
        states = case.states(context, results)
    if not any(isinstance(state, Along) for state in states):
        return
    for change in (0, samples.shape[case.dim] - 1):
        torch.manual_seed(0)
        try:
            again = run(case.row, case.called(change))
        except Exception:  # noqa: BLE001 (the values do not suit the operation)
            continue
        for result, other, state in zip(values_of(results), values_of(again), states, strict=True):
            if isinstance(state, Along):
                kept = np.flatnonzero(state.of != change)
                message = f"{case}: sample {change} is seen in results of others"
                np.testing.assert_allclose(
                    other.take(kept, state.dim), result.take(kept, state.dim), rtol=1e-9, atol=1e-9, err_msg=message
                )


def check_sums(case):
    call = case.called()
    samples = call.variables[case.number]
    parameters = [v for v in call.variables if v is not samples]
    for p in parameters:
        p.requires_grad_()
    if not parameters:
        return False
    try:
        with per_sample_gradients(parameters, "sum", samples=samples, batch_dim=case.dim):
            torch.manual_seed(0)
            results = run(case.row, call)
            kept = [(r, w) for r, w in zip(results, weights_for(results, case.row.rng()), strict=True) if w is not None]
            kept = [(r, w) for r, w in kept if r.requires_grad]
            if not kept:
                return False
            torch.autograd.backward([r for r, _ in kept], [w for _, w in kept])
    except RuntimeError as error:
        assert "per-sample" in str(error), case  # noqa: PT017
        return False
    for p in parameters:
        if p.grad is not None:
            message = f"{case}: the gradients of samples do not add up to the gradient"
            np.testing.assert_allclose(p.grad_sample.sum(0), p.grad, rtol=1e-6, atol=1e-8, err_msg=message)
    return True


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_states_and_sums(row):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for case in cases(row):
            check_states(case)
            check_sums(case)
