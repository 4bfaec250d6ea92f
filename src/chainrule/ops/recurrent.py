"""Recurrent networks as functions: layers one upon another, in one direction or two, and single steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.ops.dropout import dropout
from chainrule.ops.joining import cat, stack
from chainrule.ops.recurrent_layers import gru_layer, lstm_layer, rnn_layer

__all__ = [
    "gru", "gru_cell", "lstm", "lstm_cell", "rnn_relu", "rnn_relu_cell", "rnn_tanh", "rnn_tanh_cell",
]  # fmt: skip


class _Batch:
    # `steps`: (times, batch, size), or packed: the rows of a matrix step by step (see kernels/recurrent.py).

    def __init__(self, input: Any, batch_sizes: Any, batch_first: bool) -> None:
        self.batch_first = batch_first
        if batch_sizes is not None:
            self.steps = input
            self.sizes = tuple(np.asarray(batch_sizes).tolist())
            return
        if len(input.shape) != 3:
            raise RuntimeError(f"input must have 3 dimensions, got {len(input.shape)}")
        self.steps = input.transpose(0, 1) if batch_first else input
        self.sizes = (self.steps.shape[1],) * self.steps.shape[0]

    def restored(self, output: Any) -> Any:
        return output.transpose(0, 1) if self.batch_first else output


def _in_layers(
    name: str, layer: Any, batch: _Batch, states: tuple[Any, ...], params: Sequence[Any], weights_each: int,
    num_layers: int, dropout_p: float, train: bool, bidirectional: bool,
) -> tuple[Any, ...]:  # fmt: skip
    # `layer(steps, states, weights, reverse)` gives the outputs of all steps and the last states.
    directions = 2 if bidirectional else 1
    if len(params) != num_layers * directions * weights_each:
        raise RuntimeError(
            f"{name}: expected {num_layers * directions * weights_each} weights and biases for {num_layers} layers in "
            f"{directions} directions, {weights_each} for each, but got {len(params)}"
        )
    if not batch.sizes:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    for state in states:
        if len(state.shape) != 3 or state.shape[0] != num_layers * directions:
            raise RuntimeError(
                f"{name}: expected states of shape ({num_layers * directions}, {batch.sizes[0]}, size), got "
                f"{list(state.shape)}"
            )
    steps = batch.steps
    lasts: list[tuple[Any, ...]] = []
    for number in range(num_layers):
        outputs: list[Any] = []
        for direction in range(directions):
            at = number * directions + direction
            weights = params[at * weights_each : (at + 1) * weights_each]
            output, *last = layer(steps, [state[at] for state in states], weights, direction == 1)
            outputs.append(output)
            lasts.append(tuple(last))
        steps = outputs[0] if directions == 1 else cat(outputs, -1)
        if dropout_p and train and number < num_layers - 1:
            steps = dropout(steps, dropout_p, train)
    return (batch.restored(steps), *(stack(each) for each in zip(*lasts, strict=True)))


def _arguments(given: tuple[Any, ...], named: dict[str, Any], function: str) -> dict[str, Any]:
    # PyTorch has two ways of calling: with a batch of one length, and with packed data and the sizes of its steps.
    options = ["has_biases", "num_layers", "dropout", "train", "bidirectional"]
    packed = ["data", "batch_sizes", "hx", "params", *options]
    plain = ["input", "hx", "params", *options, "batch_first"]
    is_packed = "batch_sizes" in named or (len(given) > 2 and hasattr(given[2], "shape") and "params" not in named)
    if function == "lstm" and len(given) > 1:
        is_packed = hasattr(given[1], "shape")
    names = packed if is_packed else plain
    found = {**dict(zip(names, given, strict=False)), **named}
    if len(given) > len(names) or set(found) != set(names):
        missing = [f'"{name}"' for name in names if name not in found]
        if missing:
            raise TypeError(f"{function}() missing {len(missing)} required positional arguments: {', '.join(missing)}")
        raise TypeError(f"{function}() takes the arguments {', '.join(names)}")
    return found


def _called(function: str, given: tuple[Any, ...], named: dict[str, Any], layer_of: Any, most: int) -> tuple[Any, ...]:
    options = _arguments(given, named, function)
    if "data" in options:
        batch = _Batch(options["data"], options["batch_sizes"], batch_first=False)
    else:
        batch = _Batch(options["input"], None, options["batch_first"])
    hx = options["hx"]
    states = tuple(hx) if function == "lstm" else (hx,)
    if function == "lstm" and len(states) != 2:
        raise RuntimeError("lstm expects two hidden states")
    params, each = list(options["params"]), 4 if options["has_biases"] else 2
    layers = options["num_layers"] * (2 if options["bidirectional"] else 1)
    each += most if len(params) == layers * (each + 1) else 0
    return _in_layers(
        function, layer_of(batch.sizes, options["has_biases"]), batch, states, params, each, options["num_layers"],
        options["dropout"], options["train"], options["bidirectional"],
    )  # fmt: skip


def _simple(rectify: bool) -> Any:
    def of(sizes: tuple[int, ...], has_biases: bool) -> Any:
        def layer(steps: Any, states: Any, weights: Any, reverse: bool) -> Any:
            return rnn_layer(steps, states[0], *_with_biases(weights, has_biases), sizes, rectify, reverse)

        return layer

    return of


def _gated(sizes: tuple[int, ...], has_biases: bool) -> Any:
    def layer(steps: Any, states: Any, weights: Any, reverse: bool) -> Any:
        return gru_layer(steps, states[0], *_with_biases(weights, has_biases), sizes, reverse, [])

    return layer


def _long(sizes: tuple[int, ...], has_biases: bool) -> Any:
    def layer(steps: Any, states: Any, weights: Any, reverse: bool) -> Any:
        plain = 4 if has_biases else 2
        projection = weights[plain] if len(weights) > plain else None
        return lstm_layer(steps, *states, *_with_biases(weights[:plain], has_biases), projection, sizes, reverse, [])

    return layer


def _with_biases(weights: Any, has_biases: bool) -> Any:
    return weights if has_biases else [*weights, None, None]


def rnn_tanh(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Layers whose state is `tanh(W x + b + U h + c)` of the input x and the state h before: outputs, last states.

    `rnn_tanh(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first)`, or with packed
    data `rnn_tanh(data, batch_sizes, hx, params, has_biases, num_layers, dropout, train, bidirectional)`.

    - `input`: (times, batch, size), or (batch, times, size) if `batch_first`.
    - `hx`: the first states, (layers * directions, batch, size).
    - `params`: W, U, b, c (or W, U) for each layer and direction.
    - `dropout`: of the outputs of all layers but the last, if `train`.

    >>> weights = [torch.eye(2), torch.zeros(2, 2)]
    >>> hx = torch.zeros(1, 1, 2)
    >>> output, last = torch.rnn_tanh(torch.ones(3, 1, 2), hx, weights, False, 1, 0.0, False, False, False)
    >>> last
    tensor([[[0.7616, 0.7616]]])
    """
    return _called("rnn_tanh", args, kwargs, _simple(rectify=False), 0)


def rnn_relu(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Layers whose state is `relu(W x + b + U h + c)`: as `rnn_tanh`.

    >>> weights = [torch.eye(2), torch.eye(2)]
    >>> hx = torch.zeros(1, 1, 2)
    >>> output, last = torch.rnn_relu(torch.ones(3, 1, 2), hx, weights, False, 1, 0.0, False, False, False)
    >>> last
    tensor([[[3., 3.]]])
    """
    return _called("rnn_relu", args, kwargs, _simple(rectify=True), 0)


def lstm(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Layers of long short-term memory: outputs, last outputs, last cells; the arguments are those of `rnn_tanh`.

    `hx` is a pair: the first outputs and the first cells. `params`: weights and biases of the gates i, f, g and o
    together, and behind them the matrix that outputs are projected by, if they are.

    >>> hx = (torch.zeros(1, 1, 2), torch.zeros(1, 1, 2))
    >>> weights = [torch.ones(8, 2), torch.zeros(8, 2)]
    >>> output, last, cell = torch.lstm(torch.ones(3, 1, 2), hx, weights, False, 1, 0.0, False, False, False)
    >>> output.shape, cell
    (chainrule.Size([3, 1, 2]), tensor([[[2.2558, 2.2558]]]))
    """
    return _called("lstm", args, kwargs, _long, 1)


def gru(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    """Layers of gated recurrent units: outputs and last states; the arguments are those of `rnn_tanh`.

    `params`: weights and biases of the gates r and z and of the new state together.

    >>> weights = [torch.ones(6, 2), torch.zeros(6, 2)]
    >>> hx = torch.zeros(1, 1, 2)
    >>> output, last = torch.gru(torch.ones(3, 1, 2), hx, weights, False, 1, 0.0, False, False, False)
    >>> last
    tensor([[[0.3053, 0.3053]]])
    """
    return _called("gru", args, kwargs, _gated, 0)


# ---- single steps ----


def _check_step(input: Any, hx: Any, w_ih: Any, w_hh: Any) -> None:
    if len(input.shape) != 2 or input.shape[1] != w_ih.shape[1]:
        size = input.shape[1] if len(input.shape) > 1 else 1
        raise RuntimeError(f"input has inconsistent input_size: got {size} expected {w_ih.shape[1]}")
    if hx.shape[0] != input.shape[0]:
        raise RuntimeError(f"Input batch size {input.shape[0]} doesn't match hidden0 batch size {hx.shape[0]}")
    if hx.shape[1] != w_hh.shape[1]:
        raise RuntimeError(f"hidden0 has inconsistent hidden_size: got {hx.shape[1]}, expected {w_hh.shape[1]}")


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next state: `tanh(w_ih x + b_ih + w_hh h + b_hh)`, of inputs and states in the rows of matrices.

    >>> torch.rnn_tanh_cell(torch.ones(1, 2), torch.zeros(1, 2), torch.eye(2), torch.zeros(2, 2))
    tensor([[0.7616, 0.7616]])
    """
    _check_step(input, hx, w_ih, w_hh)
    return rnn_layer(input, hx, w_ih, w_hh, b_ih, b_hh, (input.shape[0],), False, False)[0]


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next state: `relu(w_ih x + b_ih + w_hh h + b_hh)`.

    >>> torch.rnn_relu_cell(torch.ones(1, 2), torch.ones(1, 2), torch.eye(2), torch.eye(2))
    tensor([[2., 2.]])
    """
    _check_step(input, hx, w_ih, w_hh)
    return rnn_layer(input, hx, w_ih, w_hh, b_ih, b_hh, (input.shape[0],), True, False)[0]


def lstm_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> tuple[Any, Any]:
    """The next output and cell of long short-term memory; `hx` is the pair before.

    >>> zeros = torch.zeros(1, 2)
    >>> torch.lstm_cell(torch.ones(1, 2), (zeros, zeros), torch.ones(8, 2), torch.zeros(8, 2))
    (tensor([[0.6083, 0.6083]]), tensor([[0.8491, 0.8491]]))
    """
    if len(hx) != 2:
        raise RuntimeError("lstm_cell expects two hidden states")
    _check_step(input, hx[0], w_ih, w_hh)
    output, _, cell = lstm_layer(input, *hx, w_ih, w_hh, b_ih, b_hh, None, (input.shape[0],), False, [])
    return output, cell


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next state of gated recurrent units.

    >>> torch.gru_cell(torch.ones(1, 2), torch.zeros(1, 2), torch.ones(6, 2), torch.zeros(6, 2))
    tensor([[0.1149, 0.1149]])
    """
    _check_step(input, hx, w_ih, w_hh)
    return gru_layer(input, hx, w_ih, w_hh, b_ih, b_hh, (input.shape[0],), False, [])[0]
