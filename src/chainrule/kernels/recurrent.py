"""Recurrent layers over whole sequences: what does not wait for the step before is done for all steps at once.

A sequence is a matrix: the rows of its first step, those of the second, and so on. A step has a row for each sequence
of the batch that is so long; the longest come first. `steps`: a slice of that matrix for each step, in the order in
which they are gone through. Inputs come multiplied by their weights; a step adds the previous state times its weights.

The logistic function of x is (1 + tanh(x / 2)) / 2: so one call of tanh serves all gates of a step.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["gru", "gru_backward", "lstm", "lstm_backward", "rnn", "rnn_backward"]

Steps = list[slice]


def rnn(projected: Any, hx: Any, w_hh: Any, steps: Steps, *, rectify: bool) -> tuple[Any, Any]:
    """The states of all rows, written into `projected`, and the last ones.

    >>> rnn(np.ones((3, 1)), np.zeros((1, 1)), np.eye(1), [slice(0, 1), slice(1, 2), slice(2, 3)], rectify=True)
    (array([[1.],
           [2.],
           [3.]]), array([[3.]]))
    """
    h, turned = hx.copy(), np.ascontiguousarray(w_hh.T)
    for at in steps:
        state, last = projected[at], h[: at.stop - at.start]
        state += last @ turned
        if rectify:
            np.maximum(state, 0, out=state)
        else:
            np.tanh(state, out=state)
        last[...] = state
    return projected, h


def rnn_backward(grad: Any, last: Any, states: Any, w_hh: Any, steps: Steps, *, rectify: bool) -> tuple[Any, Any]:
    """The gradients of the sums within the steps, and of the first states."""
    slopes = (states > 0).astype(states.dtype) if rectify else 1 - states * states
    dh = last.copy()
    for at in reversed(steps):
        slope, d = slopes[at], dh[: at.stop - at.start]
        if grad is not None:
            d += grad[at]
        slope *= d
        np.matmul(slope, w_hh, out=d)
    return slopes, dh


# ---- long short-term memory: gates i, f, g, o, which stand here in the order g, i, f, o ----

_INNER = (2, 0, 1, 3)
_OUTER = (1, 2, 0, 3)


def _reordered(matrix: Any, order: tuple[int, ...]) -> Any:
    # The gates, which stand one after another in the first dimension, in another order.
    size = matrix.shape[0] // 4
    return np.concatenate([matrix[gate * size : (gate + 1) * size] for gate in order])


def _halved(matrix: Any, size: int) -> Any:
    # For the logistic function of all gates but the first.
    matrix[size:] *= 0.5
    return matrix


def lstm(
    data: Any, hx: Any, cx: Any, w_ih: Any, w_hh: Any, bias: Any, w_hr: Any, steps: Steps
) -> tuple[Any, Any, Any, tuple[Any, ...]]:
    """The outputs of all rows, the last outputs and cells, and what `lstm_backward` needs.

    >>> zero = np.zeros((1, 1))
    >>> weights = np.ones((4, 1))
    >>> lstm(np.ones((2, 1)), zero, zero, weights, weights, None, None, [slice(0, 1), slice(1, 2)])[0].round(4)
    array([[0.3696],
           [0.6505]])
    """
    rows, size = data.shape[0], w_hh.shape[0] // 4
    gates = data @ _halved(_reordered(w_ih, _INNER), size).T
    if bias is not None:
        gates += _halved(_reordered(bias, _INNER), size)
    turned = np.ascontiguousarray(_halved(_reordered(w_hh, _INNER), size).T)
    curved, output = np.empty((rows, size), gates.dtype), np.empty((rows, size), gates.dtype)
    outputs = output if w_hr is None else np.empty((rows, w_hr.shape[0]), gates.dtype)
    before, cells_before = np.empty((rows, hx.shape[1]), gates.dtype), np.empty((rows, size), gates.dtype)
    h, c = hx.copy(), cx.copy()
    from_state, entered = np.empty((len(h), 4 * size), gates.dtype), np.empty_like(c)
    last, kept = h, c
    for at in steps:
        count = at.stop - at.start
        if count != len(last):
            last, kept = h[:count], c[:count]
        gate, curve, out = gates[at], curved[at], output[at]
        before[at], cells_before[at] = last, kept
        gate += np.matmul(last, turned, out=from_state[:count])
        np.tanh(gate, out=gate)
        switches = gate[:, size:]
        switches *= 0.5
        switches += 0.5
        kept *= switches[:, size : 2 * size]
        kept += np.multiply(gate[:, :size], switches[:, :size], out=entered[:count])
        np.tanh(kept, out=curve)
        np.multiply(switches[:, 2 * size :], curve, out=out)
        if w_hr is not None:
            np.matmul(out, w_hr.T, out=outputs[at])
        last[...] = outputs[at]
    return outputs, h, c, (gates, curved, output, before, cells_before)


def lstm_backward(
    grad: Any, last: Any, last_cell: Any, kept: tuple[Any, ...], w_hh: Any, w_hr: Any, steps: Steps
) -> tuple[Any, Any, Any, Any]:
    """The gradients of the sums within the steps (gates in PyTorch's order), the first states, cells, and `w_hr`."""
    gates, curved, output, _, cells_before = kept
    rows, size = curved.shape
    w_hh = _reordered(w_hh, _INNER)
    g, i, f, o = (gates[:, n * size : (n + 1) * size] for n in range(4))
    # The derivative of the cell, and of the output, by what goes into each gate.
    slopes = np.empty((rows, 4, size), gates.dtype)
    np.multiply(i, 1 - g * g, out=slopes[:, 0])
    np.multiply(g, i * (1 - i), out=slopes[:, 1])
    np.multiply(cells_before, f * (1 - f), out=slopes[:, 2])
    np.multiply(curved, o * (1 - o), out=slopes[:, 3])
    by_cell = o * (1 - curved * curved)
    dh, dc = last.copy(), last_cell.copy()
    of_outputs = None if w_hr is None else np.empty((rows, w_hr.shape[0]), gates.dtype)
    flat = slopes.reshape(rows, 4 * size)
    for at in reversed(steps):
        count = at.stop - at.start
        d, cell, slope = dh[:count], dc[:count], slopes[at]
        if grad is not None:
            d += grad[at]
        along = d
        if of_outputs is not None:
            of_outputs[at] = d
            along = d @ w_hr
        passed = by_cell[at]
        passed *= along
        cell += passed
        slope[:, :3] *= cell[:, None]
        slope[:, 3] *= along
        cell *= f[at]
        np.matmul(flat[at], w_hh, out=d)
    by_w_hr = None if of_outputs is None else of_outputs.T @ output
    return slopes[:, _OUTER].reshape(rows, 4 * size), dh, dc, by_w_hr


# ---- gated recurrent units: r, z, n ----


def gru(
    data: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, steps: Steps
) -> tuple[Any, Any, tuple[Any, ...]]:
    """The states of all rows, the last ones, and what `gru_backward` needs.

    >>> weights = np.ones((3, 1))
    >>> gru(np.ones((1, 1)), np.zeros((1, 1)), weights, weights, None, None, [slice(0, 1)])[1].round(4)
    array([[0.2048]])
    """
    rows, size = data.shape[0], w_hh.shape[0] // 3
    half = np.ones((3 * size, 1), w_ih.dtype)
    half[: 2 * size] = 0.5
    gates = data @ (w_ih * half).T
    turned = np.ascontiguousarray((w_hh * half).T)
    if b_ih is not None:
        gates += b_ih * half[:, 0]
    from_state = np.empty((rows, 3 * size), gates.dtype)
    states, before = np.empty((rows, size), gates.dtype), np.empty((rows, size), gates.dtype)
    of_bias = None if b_hh is None else b_hh * half[:, 0]
    h = hx.copy()
    for at in steps:
        last, gate, added, state = h[: at.stop - at.start], gates[at], from_state[at], states[at]
        before[at] = last
        np.matmul(last, turned, out=added)
        if of_bias is not None:
            added += of_bias
        switches, new = gate[:, : 2 * size], gate[:, 2 * size :]
        switches += added[:, : 2 * size]
        np.tanh(switches, out=switches)
        switches *= 0.5
        switches += 0.5
        new += gate[:, :size] * added[:, 2 * size :]
        np.tanh(new, out=new)
        np.subtract(last, new, out=state)
        state *= gate[:, size : 2 * size]
        state += new
        last[...] = state
    return states, h, (gates, from_state[:, 2 * size :], before)


def gru_backward(grad: Any, last: Any, kept: tuple[Any, ...], w_hh: Any, steps: Steps) -> tuple[Any, Any, Any]:
    """The gradients of what inputs add to the steps, of what states add, and of the first states."""
    gates, reset_from, before = kept
    rows, size = before.shape
    r, z, n = (gates[:, k * size : (k + 1) * size] for k in range(3))
    # The derivatives of the state by what goes into r, z, what the state adds to n, and n.
    slopes = np.empty((rows, 4, size), gates.dtype)
    of_new = np.multiply(1 - z, 1 - n * n, out=slopes[:, 3])
    np.multiply(of_new, r, out=slopes[:, 2])
    np.multiply(of_new * reset_from, r * (1 - r), out=slopes[:, 0])
    np.multiply(before - n, z * (1 - z), out=slopes[:, 1])
    flat = slopes.reshape(rows, 4 * size)
    dh = last.copy()
    for at in reversed(steps):
        d, slope = dh[: at.stop - at.start], slopes[at]
        if grad is not None:
            d += grad[at]
        slope *= d[:, None]
        d *= z[at]
        d += flat[at, : 3 * size] @ w_hh
    return slopes[:, (0, 1, 3)].reshape(rows, 3 * size), flat[:, : 3 * size], dh
