"""Recurrent cells: single steps, of sequences that a program goes through itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import init
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Module
from chainrule.nn.parameter import Parameter
from chainrule.ops import recurrent
from chainrule.tensor import Tensor, wrap


def reset_weights(module: Module, hidden_size: int) -> None:
    """Draw the initial weights of a recurrent module."""
    bound = 1 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


def zero_state(shape: tuple[int, ...], like: Tensor) -> Tensor:
    """Zeros of the dtype of `like`."""
    return wrap(np.zeros(shape, like._array.dtype))


class RNNCellBase(Module):
    """What `RNNCell`, `LSTMCell` and `GRUCell` have in common: weights and sizes.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a state.
        bias: whether to add biases.
        num_chunks: the number of gates.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
    """

    weight_ih: Parameter
    weight_hh: Parameter
    bias_ih: Parameter | None
    bias_hh: Parameter | None

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        num_chunks: int,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = num_chunks * hidden_size
        self.weight_ih = uninitialized((rows, input_size), device, dtype)
        self.weight_hh = uninitialized((rows, hidden_size), device, dtype)
        self.register_parameter("bias_ih", uninitialized((rows,), device, dtype) if bias else None)
        self.register_parameter("bias_hh", uninitialized((rows,), device, dtype) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial weights anew."""
        reset_weights(self, self.hidden_size)

    def _step(self, function: Callable[..., Any], input: Tensor, hx: Tensor | None) -> Any:
        self._check_rank("input", input)
        if hx is not None:
            self._check_rank("hidden", hx)
        if input.ndim == 1:
            return self._computed(function, input.unsqueeze(0), None if hx is None else hx.unsqueeze(0)).squeeze(0)
        return self._computed(function, input, hx)

    def _computed(self, function: Callable[..., Any], input: Tensor, hx: Any) -> Any:
        if hx is None:
            hx = self._zero_state(input)
        return function(input, hx, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)

    def _zero_state(self, input: Tensor) -> Any:
        return zero_state((input.shape[0], self.hidden_size), input)

    def _check_rank(self, what: str, x: Tensor) -> None:
        if x.ndim not in (1, 2):
            raise ValueError(f"{self._kind}: Expected {what} to be 1D or 2D, got {x.ndim}D instead")

    _kind = "RNNCell"

    def extra_repr(self) -> str:
        """The sizes, and the options that are not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        if self.bias is not True:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"


class RNNCell(RNNCellBase):
    """One step: `tanh(W_ih x + b_ih + W_hh h + b_hh)`; called as `cell(x, h)`, with or without a batch dimension.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a state.
        bias: whether to add biases.
        nonlinearity: `"tanh"` or `"relu"`.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.RNNCell(3, 4)(torch.zeros(5, 3)).shape
    chainrule.Size([5, 4])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Any:
        """The next state; the one before is zeros unless given."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(
            recurrent.rnn_tanh_cell if self.nonlinearity == "tanh" else recurrent.rnn_relu_cell, input, hx
        )


class LSTMCell(RNNCellBase):
    """One step of long short-term memory; called as `cell(x, (h, c))`, gives the next output and cell.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a cell.
        bias: whether to add biases.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> h, c = torch.nn.LSTMCell(3, 4)(torch.zeros(5, 3))
    >>> h.shape, c.shape
    (chainrule.Size([5, 4]), chainrule.Size([5, 4]))
    """

    _kind = "LSTMCell"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def _zero_state(self, input: Tensor) -> Any:
        zeros = super()._zero_state(input)
        return zeros, zeros

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, Any]:
        """The next output and cell; those before are zeros unless given."""
        self._check_rank("input", input)
        for number, state in enumerate(hx or ()):
            self._check_rank(f"hx[{number}]", state)
        if input.ndim == 2:
            output, cell = self._computed(recurrent.lstm_cell, input, hx)
            return output, cell
        states = None if hx is None else (hx[0].unsqueeze(0), hx[1].unsqueeze(0))
        output, cell = self._computed(recurrent.lstm_cell, input.unsqueeze(0), states)
        return output.squeeze(0), cell.squeeze(0)


class GRUCell(RNNCellBase):
    """One step of gated recurrent units; called as `cell(x, h)`, with or without a batch dimension.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a state.
        bias: whether to add biases.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> torch.nn.GRUCell(3, 4)(torch.zeros(3)).shape
    chainrule.Size([4])
    """

    _kind = "GRUCell"

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Any:
        """The next state; the one before is zeros unless given."""
        return self._step(recurrent.gru_cell, input, hx)
