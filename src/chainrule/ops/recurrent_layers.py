"""Recurrent layers as rows: one layer in one direction over whole sequences, of which kernels/recurrent.py says more.

The derivative of a layer goes back through the steps once; what all steps share, such as the gradients of weights, is
one product of matrices for the whole sequence. On Tensors the formulas differentiate the layer step by step.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from chainrule.dtypes import c_type_name, scalar_type_name
from chainrule.engine import batching_rules as batches
from chainrule.engine.op import op
from chainrule.kernels import recurrent as kernels
from chainrule.ops.activations import sigmoid
from chainrule.ops.elementwise import relu
from chainrule.ops.recorded_derivatives import is_recorded, through


def _steps(batch_sizes: tuple[int, ...], reverse: bool) -> list[slice]:
    ends = np.cumsum(batch_sizes).tolist()
    steps = [slice(end - count, end) for count, end in zip(batch_sizes, ends, strict=True)]
    return steps[::-1] if reverse else steps


def _rows(data: Any) -> Any:
    # Of a batch of one length: (times, batch, size) as rows.
    return data if data.ndim == 2 else data.reshape(data.shape[0] * data.shape[1], data.shape[2])


def _restored(rows: Any, data: Any) -> Any:
    return rows if data.ndim == 2 else rows.reshape(*data.shape[:2], rows.shape[-1])


def _check(data: Any, hx: Any, sizes: tuple[int, ...], w_ih: Any, w_hh: Any, *others: Any) -> None:
    for x, weight in ((data, w_ih), (hx, w_hh)):
        if x.dtype != weight.dtype:
            raise RuntimeError(
                f"expected m1 and m2 to have the same dtype, but got: {c_type_name(x.dtype)} != "
                f"{c_type_name(weight.dtype)}"
            )
        if x.shape[-1] != weight.shape[-1]:
            rows = math.prod(x.shape[:-1])
            raise RuntimeError(
                f"mat1 and mat2 shapes cannot be multiplied ({rows}x{x.shape[-1]} and "
                f"{weight.shape[-1]}x{weight.shape[0]})"
            )
    for other in others:
        if other is not None and other.dtype != data.dtype:
            raise RuntimeError(
                f"expected scalar type {scalar_type_name(data.dtype)} but found {scalar_type_name(other.dtype)}"
            )
    most = max(sizes)
    if hx.shape[0] != most:
        raise RuntimeError(
            f"The size of tensor a ({hx.shape[0]}) must match the size of tensor b ({most}) "
            "at non-singleton dimension 0"
        )


def _node_name(of_step: str) -> Any:
    # PyTorch's names: of all steps together, of packed ones, and of a single step.
    def name(data: Any, *rest: Any) -> str:
        sizes = next(value for value in rest if isinstance(value, tuple))
        return "StackBackward0" if len(data.shape) == 3 else of_step if len(sizes) == 1 else "CatBackward0"

    return name


def _lstm_name(data: Any, *rest: Any) -> str:
    # In single precision PyTorch leaves sequences without projection to oneDNN.
    name: str = _node_name("MulBackward0")(data, *rest)
    is_single = getattr(data, "_array", data).dtype == np.float32
    return "MkldnnRnnLayerBackward0" if name == "StackBackward0" and is_single and rest[6] is None else name


def _last(grad: Any, like: Any) -> Any:
    return np.zeros_like(like) if grad is None else grad


def _product(matrix: Any, weight: Any, bias: Any) -> Any:
    product = matrix @ weight.T
    return product if bias is None else product + bias


def _along(grad: Any) -> Any:
    return None if grad is None else _rows(grad)


def _of_weights(sums: Any, inputs: Any, weight: Any, needs: tuple[bool, ...]) -> tuple[Any, Any, Any]:
    # The gradients of inputs, weights and biases that make `sums = inputs @ weight.T + bias`, for its gradient.
    return (
        (sums @ weight).reshape(inputs.shape) if needs[0] else None,
        sums.T @ _rows(inputs) if needs[1] else None,
        sums.sum(axis=0) if needs[2] else None,
    )


def _in_steps(cell: Any, data: Any, states: tuple[Any, ...], batch_sizes: tuple[int, ...], reverse: bool) -> Any:
    # The outputs of all rows and the last states of a layer that is computed step by step, in recorded operations.
    outputs: dict[int, Any] = {}
    shape = tuple(data.shape)
    data = data.reshape((-1, shape[-1]))
    for at in _steps(batch_sizes, reverse):
        count = at.stop - at.start
        now = cell(data[at], *(state[:count] for state in states))
        outputs[at.start] = now[0]
        done = count == states[0].shape[0]
        states = now if done else tuple(np.concatenate([n, s[count:]]) for n, s in zip(now, states, strict=True))
    rows = np.concatenate([outputs[start] for start in sorted(outputs)])
    return (rows.reshape((*shape[:-1], rows.shape[-1])), *states)


def _of_batch(op: Any, values: list[Any], dims: list[Any], run: Any) -> Any:
    # Entries that share their weights are further sequences of one batch; packed ones of several lengths are not.
    sizes_at, first_weight = (op.parameters.index(name) for name in ("batch_sizes", "w_ih"))
    sizes = values[sizes_at]
    rank = batches.rank_of(values[0], dims[0])
    if any(dims[first_weight:]) or (rank == 2 and len(sizes) > 1):
        return NotImplemented
    count = batches.size_of(values, dims)
    data, *states = (
        batches.as_batch(value, own, count) for value, own in zip(values, dims[:first_weight], strict=False)
    )
    if rank == 3:
        data = data.movedim(0, 1)
    states = [state.reshape((count * sizes[0], state.shape[-1])) for state in states]
    data = data.reshape((*data.shape[: rank - 2], count * sizes[0], data.shape[-1]))
    args = [data, *states, *values[first_weight:]]
    args[sizes_at] = tuple(count * size for size in sizes)
    if op.parameters[-1] == "found":
        args[-1] = []
    output, *last = run(op, tuple(args))
    output = output.reshape((*output.shape[: rank - 2], count, sizes[0], output.shape[-1]))
    return (
        output.movedim(1, 0) if rank == 3 else output,
        *(state.reshape((count, sizes[0], state.shape[-1])) for state in last),
    )


# ---- tanh and relu ----


def _rnn_backward(
    grads: Any, data: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, batch_sizes: Any, rectify: bool,
    reverse: bool, output: Any, needs: Any,
) -> Any:  # fmt: skip
    inputs = (data, hx, w_ih, w_hh, b_ih, b_hh)
    if is_recorded(*grads, *inputs):
        return through(
            lambda *inputs: _rnn_in_steps(inputs, batch_sizes, rectify, reverse),
            inputs, needs, grads,
        )  # fmt: skip
    steps = _steps(batch_sizes, reverse)
    states = _rows(output)
    sums, first = kernels.rnn_backward(_along(grads[0]), _last(grads[1], hx), states, w_hh, steps, rectify=rectify)
    by_data, by_w_ih, by_b_ih = _of_weights(sums, data, w_ih, (needs[0], needs[2], needs[4]))
    before = _states_before(states, hx, steps) if needs[3] else None
    by_w_hh, by_b_hh = _of_weights(sums, before, w_hh, (False, needs[3], needs[5]))[1:]
    return by_data, first, by_w_ih, by_w_hh, by_b_ih, by_b_hh


def _states_before(states: Any, hx: Any, steps: list[slice]) -> Any:
    # A step may have fewer rows than the one before it or, in reverse, more: those begin with the first states.
    before = np.empty_like(states)
    known = np.empty((0, *hx.shape[1:]), hx.dtype)
    for at in steps:
        count = at.stop - at.start
        before[at] = known[:count] if len(known) >= count else np.concatenate([known, hx[len(known) : count]])
        known = states[at]
    return before


def _rnn_in_steps(inputs: tuple[Any, ...], batch_sizes: Any, rectify: bool, reverse: bool) -> Any:
    data, hx, w_ih, w_hh, b_ih, b_hh = inputs

    def cell(x: Any, h: Any) -> tuple[Any]:
        total = _product(x, w_ih, b_ih) + _product(h, w_hh, b_hh)
        return (relu(total) if rectify else np.tanh(total),)

    return _in_steps(cell, data, (hx,), batch_sizes, reverse)


@op(
    spaces="", node_name=_node_name("TanhBackward0"), results=("output", "last"),
    derivatives={"data, hx, w_ih, w_hh, b_ih, b_hh": _rnn_backward},
    batching=_of_batch,
)  # fmt: skip
def rnn_layer(
    data: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, batch_sizes: tuple[int, ...], rectify: bool,
    reverse: bool,
) -> Any:  # fmt: skip
    """One layer of `tanh` or, to `rectify`, `relu`: the states of all rows, and the last ones."""
    _check(data, hx, batch_sizes, w_ih, w_hh, b_ih, b_hh)
    projected = _product(_rows(data), w_ih, b_ih)
    if b_hh is not None:
        projected += b_hh
    states, last = kernels.rnn(projected, hx, w_hh, _steps(batch_sizes, reverse), rectify=rectify)
    return _restored(states, data), last


# ---- long short-term memory ----


def _lstm_backward(
    grads: Any, data: Any, hx: Any, cx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any, batch_sizes: Any,
    reverse: bool, found: Any, needs: Any,
) -> Any:  # fmt: skip
    inputs = (data, hx, cx, w_ih, w_hh, b_ih, b_hh, w_hr)
    if is_recorded(*grads, *inputs):
        return through(
            lambda *inputs: _lstm_in_steps(inputs, batch_sizes, reverse), inputs, needs, grads,
        )  # fmt: skip
    steps = _steps(batch_sizes, reverse)
    kept = found[0] if found else kernels.lstm(_rows(data), hx, cx, w_ih, w_hh, _sum(b_ih, b_hh), w_hr, steps)[-1]
    sums, first, first_cell, by_w_hr = kernels.lstm_backward(
        _along(grads[0]), _last(grads[1], hx), _last(grads[2], cx), kept, w_hh, w_hr, steps
    )
    by_data, by_w_ih, by_b_ih = _of_weights(sums, data, w_ih, (needs[0], needs[3], needs[5] or needs[6]))
    by_w_hh = _of_weights(sums, kept[3], w_hh, (False, needs[4], False))[1]
    return by_data, first, first_cell, by_w_ih, by_w_hh, by_b_ih, by_b_ih, by_w_hr


def _sum(a: Any, b: Any) -> Any:
    return a if b is None else b if a is None else a + b


def _lstm_in_steps(inputs: tuple[Any, ...], batch_sizes: Any, reverse: bool) -> Any:
    data, hx, cx, w_ih, w_hh, b_ih, b_hh, w_hr = inputs

    def cell(x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        total = _product(x, w_ih, b_ih) + _product(h, w_hh, b_hh)
        size = w_hh.shape[0] // 4
        i, f, g, o = (total[:, n * size : (n + 1) * size] for n in range(4))
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
        return (h if w_hr is None else h @ w_hr.T), c

    return _in_steps(cell, data, (hx, cx), batch_sizes, reverse)


@op(
    spaces="", node_name=_lstm_name, results=("output", "last", "last_cell"),
    derivatives={"data, hx, cx, w_ih, w_hh, b_ih, b_hh, w_hr": _lstm_backward},
    batching=_of_batch,
)  # fmt: skip
def lstm_layer(
    data: Any, hx: Any, cx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, w_hr: Any, batch_sizes: tuple[int, ...],
    reverse: bool, found: list[Any] | None = None,
) -> Any:  # fmt: skip
    """One layer: the outputs of all rows, the last ones, and the last cells; `found` is what the derivative needs."""
    _check(data, hx, batch_sizes, w_ih, w_hh, cx, b_ih, b_hh, w_hr)
    if cx.shape != (hx.shape[0], w_hh.shape[0] // 4):
        raise RuntimeError(f"Expected cells of shape {(hx.shape[0], w_hh.shape[0] // 4)}, got {tuple(cx.shape)}")
    steps = _steps(batch_sizes, reverse)
    output, last, last_cell, kept = kernels.lstm(_rows(data), hx, cx, w_ih, w_hh, _sum(b_ih, b_hh), w_hr, steps)
    if found is not None:
        found[:] = [kept]
    return _restored(output, data), last, last_cell


# ---- gated recurrent units ----


def _gru_backward(
    grads: Any, data: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, batch_sizes: Any, reverse: bool,
    found: Any, needs: Any,
) -> Any:  # fmt: skip
    inputs = (data, hx, w_ih, w_hh, b_ih, b_hh)
    if is_recorded(*grads, *inputs):
        return through(lambda *inputs: _gru_in_steps(inputs, batch_sizes, reverse), inputs, needs, grads)
    steps = _steps(batch_sizes, reverse)
    kept = found[0] if found else kernels.gru(_rows(data), hx, w_ih, w_hh, b_ih, b_hh, steps)[-1]
    sums, from_state, first = kernels.gru_backward(_along(grads[0]), _last(grads[1], hx), kept, w_hh, steps)
    by_data, by_w_ih, by_b_ih = _of_weights(sums, data, w_ih, (needs[0], needs[2], needs[4]))
    by_w_hh, by_b_hh = _of_weights(from_state, kept[2], w_hh, (False, needs[3], needs[5]))[1:]
    return by_data, first, by_w_ih, by_w_hh, by_b_ih, by_b_hh


def _gru_in_steps(inputs: tuple[Any, ...], batch_sizes: Any, reverse: bool) -> Any:
    data, hx, w_ih, w_hh, b_ih, b_hh = inputs

    def cell(x: Any, h: Any) -> tuple[Any]:
        size = w_hh.shape[0] // 3
        of_input, of_state = _product(x, w_ih, b_ih), _product(h, w_hh, b_hh)
        r, z = (
            sigmoid(of_input[:, n * size : (n + 1) * size] + of_state[:, n * size : (n + 1) * size]) for n in range(2)
        )
        new = np.tanh(of_input[:, 2 * size :] + r * of_state[:, 2 * size :])
        return (new + z * (h - new),)

    return _in_steps(cell, data, (hx,), batch_sizes, reverse)


@op(
    spaces="", node_name=_node_name("AddBackward0"), results=("output", "last"),
    derivatives={"data, hx, w_ih, w_hh, b_ih, b_hh": _gru_backward},
    batching=_of_batch,
)  # fmt: skip
def gru_layer(
    data: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any, b_hh: Any, batch_sizes: tuple[int, ...], reverse: bool,
    found: list[Any] | None = None,
) -> Any:  # fmt: skip
    """One layer: the states of all rows, and the last ones; `found` is filled with what the derivative needs."""
    _check(data, hx, batch_sizes, w_ih, w_hh, b_ih, b_hh)
    states, last, kept = kernels.gru(_rows(data), hx, w_ih, w_hh, b_ih, b_hh, _steps(batch_sizes, reverse))
    if found is not None:
        found[:] = [kept]
    return _restored(states, data), last
