"""Recurrent layers, over whole sequences."""

from __future__ import annotations

import numbers
import warnings
from collections.abc import Callable
from typing import Any

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn.modules.linear import uninitialized
from chainrule.nn.modules.module import Module
from chainrule.nn.modules.rnn_cells import GRUCell, LSTMCell, RNNCell, RNNCellBase, reset_weights, zero_state
from chainrule.nn.parameter import Parameter
from chainrule.nn.utils.rnn import PackedSequence
from chainrule.ops import recurrent
from chainrule.tensor import Tensor

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell", "RNNCellBase"]

FUNCTIONS = {
    "RNN_TANH": recurrent.rnn_tanh,
    "RNN_RELU": recurrent.rnn_relu,
    "LSTM": recurrent.lstm,
    "GRU": recurrent.gru,
}
GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "LSTM": 4, "GRU": 3}


class RNNBase(Module):
    """What `RNN`, `LSTM` and `GRU` have in common: weights, options and checks.

    The weights of layer 0 are `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0` and `bias_hh_l0`; those of its other
    direction end with `_reverse`; `weight_hr_l0` is what its outputs are projected by.

    Args:
        mode: `"RNN_TANH"`, `"RNN_RELU"`, `"LSTM"` or `"GRU"`.
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a state.
        num_layers: how many layers there are, each fed with the outputs of the one before.
        bias: whether to add biases.
        batch_first: inputs and outputs are (batch, times, size), not (times, batch, size); states are not.
        dropout: the probability that an output of a layer but the last is dropped, in training.
        bidirectional: each layer goes through the sequence in both directions.
        proj_size: the size to project outputs to, less than `hidden_size`; 0 for none.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
    """

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        _check_options(mode, input_size, hidden_size, num_layers, bias, batch_first, dropout, proj_size)
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        self._all_weights: list[list[str]] = []
        rows, state_size, directions = GATES[mode] * hidden_size, proj_size or hidden_size, 2 if bidirectional else 1
        for layer in range(num_layers):
            columns = state_size * directions if layer else input_size
            for suffix in ("", "_reverse")[:directions]:
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, columns), "weight_hh": (rows, state_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                named = {f"{kind}_l{layer}{suffix}": shape for kind, shape in shapes.items()}
                for name, shape in named.items():
                    self.register_parameter(name, uninitialized(shape, device, dtype))
                self._all_weights.append(list(named))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the initial weights anew."""
        reset_weights(self, self.hidden_size)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights and biases of each layer and direction.

        >>> [weight.shape for weight in torch.nn.GRU(3, 2).all_weights[0]]
        [chainrule.Size([6, 3]), chainrule.Size([6, 2]), chainrule.Size([6]), chainrule.Size([6])]
        """
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Parameter]:
        return [weight for weights in self.all_weights for weight in weights]

    def flatten_parameters(self) -> None:
        """Nothing: on a GPU this moves all weights into one block of memory."""

    # Checks, which a subclass may override

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """Raise an error where the input does not fit the weights; packed input comes with `batch_sizes`."""
        kind = getattr(self, self._all_weights[0][0]).dtype
        if input.dtype != kind:
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({kind}). Convert input: "
                f"input.to({kind}), or convert model: model.to({input.dtype})"
            )
        rank = 3 if batch_sizes is None else 2
        if input.ndim != rank:
            raise RuntimeError(f"input must have {rank} dimensions, got {input.ndim}")
        if self.input_size != input.shape[-1]:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.shape[-1]}"
            )

    def get_expected_hidden_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape that the first states must have."""
        return self._state_shape(input, batch_sizes, self.proj_size or self.hidden_size)

    def _state_shape(self, input: Tensor, batch_sizes: Tensor | None, size: int) -> tuple[int, int, int]:
        batch = int(batch_sizes[0]) if batch_sizes is not None else input.shape[0 if self.batch_first else 1]
        return self.num_layers * (2 if self.bidirectional else 1), batch, size

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int], msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Raise RuntimeError with this message where states have another shape."""
        if tuple(hx.shape) != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise an error where input or first states do not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """States with the sequences of the batch in another order."""
        if permutation is None:
            return hx
        return self._each_state(lambda state: state.index_select(1, permutation), hx)

    # What `forward` is made of: LSTM has a pair of states where the others have one

    def _each_state(self, function: Callable[[Tensor], Tensor], hx: Any) -> Any:
        return function(hx)

    def _check_rank(self, hx: Any, rank: int) -> None:
        if hx.ndim != rank:
            kind = "batched" if rank == 3 else "unbatched"
            raise RuntimeError(f"For {kind} {rank}-D input, hx should also be {rank}-D but got {hx.ndim}-D tensor")

    def _zero_states(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        return zero_state(self.get_expected_hidden_size(input, batch_sizes), input)

    def _forward(self, input: Any, hx: Any) -> tuple[Any, Any]:
        if isinstance(input, PackedSequence):
            data, batch_sizes, sorted_indices, unsorted_indices = input
            hx = self._zero_states(data, batch_sizes) if hx is None else self.permute_hidden(hx, sorted_indices)
            output, hidden = self._through_layers(data, batch_sizes, hx)
            packed = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
            return packed, self.permute_hidden(hidden, unsorted_indices)
        rank = input.ndim
        if rank not in (2, 3):
            word = "D tensor" if self.mode.startswith("RNN") else "D"
            raise ValueError(f"{self.mode.split('_')[0]}: Expected input to be 2D or 3D, got {rank}{word} instead")
        if hx is not None:
            self._check_rank(hx, rank)
        if rank == 3:
            return self._through_layers(input, None, self._zero_states(input, None) if hx is None else hx)
        at = 0 if self.batch_first else 1
        input = input.unsqueeze(at)
        hx = self._zero_states(input, None) if hx is None else self._each_state(lambda state: state.unsqueeze(1), hx)
        output, hidden = self._through_layers(input, None, hx)
        return output.squeeze(at), self._each_state(lambda state: state.squeeze(1), hidden)

    def _through_layers(self, input: Tensor, batch_sizes: Tensor | None, hx: Any) -> tuple[Any, Any]:
        self.check_forward_args(input, hx, batch_sizes)
        weights = self._flat_weights
        options = (self.bias, self.num_layers, self.dropout, self.training, self.bidirectional)
        function = FUNCTIONS[self.mode]
        if batch_sizes is None:
            output, *hidden = function(input, hx, weights, *options, self.batch_first)
        else:
            output, *hidden = function(input, batch_sizes, hx, weights, *options)
        return output, tuple(hidden) if self.mode == "LSTM" else hidden[0]

    def extra_repr(self) -> str:
        """The sizes, and the options that are not the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0, "bidirectional": False,
        }  # fmt: skip
        for name, default in defaults.items():
            if getattr(self, name) != default:
                text += f", {name}={getattr(self, name)}"
        return text


def _check_options(
    mode: str, input_size: int, hidden_size: int, num_layers: int, bias: bool, batch_first: bool, dropout: float,
    proj_size: int,
) -> None:  # fmt: skip
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout > 0 and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers "
            f"greater than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )
    for name, value, kind in (
        ("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int),
        ("hidden_size", hidden_size, int),
    ):  # fmt: skip
        if not isinstance(value, kind):
            raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        if kind is int and value <= 0:
            raise ValueError(f"{name} must be greater than zero")
    if num_layers <= 0:
        raise ValueError("num_layers must be greater than zero")
    if proj_size < 0:
        raise ValueError("proj_size should be a positive integer or zero to disable projections")
    if proj_size >= hidden_size:
        raise ValueError("proj_size has to be smaller than hidden_size")
    if mode not in GATES:
        raise ValueError("Unrecognized RNN mode: " + mode)


def _refuse(name: str, options: dict[str, Any]) -> None:
    if "proj_size" in options:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
    if options:
        raise TypeError(f"{name}.__init__() got an unexpected keyword argument '{next(iter(options))}'")


class RNN(RNNBase):
    """Layers whose state is `tanh(W_ih x + b_ih + W_hh h + b_hh)` of the input x and the state h before.

    Called as `rnn(input, hx)`: gives the outputs of the last layer at all times, and the last states of all layers.
    Input is (times, batch, size), (batch, times, size) if `batch_first`, (times, size) or a packed sequence; states
    are (layers * directions, batch, size), and zeros unless given.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a state.
        num_layers: how many layers there are, each fed with the outputs of the one before.
        nonlinearity: `"tanh"` or `"relu"`.
        bias: whether to add biases.
        batch_first: the batch is the first dimension of inputs and outputs.
        dropout: the probability that an output of a layer but the last is dropped, in training.
        bidirectional: each layer goes through the sequence in both directions.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        unsupported: `proj_size`, which only LSTM has.

    >>> output, last = torch.nn.RNN(3, 4, num_layers=2)(torch.zeros(5, 1, 3))
    >>> output.shape, last.shape
    (chainrule.Size([5, 1, 4]), chainrule.Size([2, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        **unsupported: Any,
    ) -> None:
        _refuse("RNN", unsupported)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        self.nonlinearity = nonlinearity
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first, dropout,
            bidirectional, device=device, dtype=dtype,
        )  # fmt: skip

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Any]:
        """The outputs and the last states."""
        return self._forward(input, hx)


class LSTM(RNNBase):
    """Layers of long short-term memory.

    Called as `lstm(input, (h, c))`: gives the outputs of the last layer at all times, and the pair of the last outputs
    and the last cells of all layers. Shapes are those of `RNN`; the first states are zeros unless given.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a cell.
        num_layers: how many layers there are, each fed with the outputs of the one before.
        bias: whether to add biases.
        batch_first: the batch is the first dimension of inputs and outputs.
        dropout: the probability that an output of a layer but the last is dropped, in training.
        bidirectional: each layer goes through the sequence in both directions.
        proj_size: the size to project outputs to, less than `hidden_size`; 0 for none.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> output, (h, c) = torch.nn.LSTM(3, 4, batch_first=True, bidirectional=True)(torch.zeros(1, 5, 3))
    >>> output.shape, h.shape, c.shape
    (chainrule.Size([1, 5, 8]), chainrule.Size([2, 1, 4]), chainrule.Size([2, 1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, proj_size, device,
            dtype,
        )  # fmt: skip

    def get_expected_cell_size(self, input: Tensor, batch_sizes: Tensor | None) -> tuple[int, int, int]:
        """The shape that the first cells must have."""
        return self._state_shape(input, batch_sizes, self.hidden_size)

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Raise an error where input or first states do not fit."""
        self.check_input(input, batch_sizes)
        shapes = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        for number, shape in enumerate(shapes):
            self.check_hidden_size(hidden[number], shape, f"Expected hidden[{number}] size {{}}, got {{}}")

    def _each_state(self, function: Callable[[Tensor], Tensor], hx: Any) -> Any:
        return function(hx[0]), function(hx[1])

    def _check_rank(self, hx: Any, rank: int) -> None:
        ranks = hx[0].ndim, hx[1].ndim
        if ranks != (rank, rank):
            kind = "batched" if rank == 3 else "unbatched"
            raise RuntimeError(
                f"For {kind} {rank}-D input, hx and cx should also be {rank}-D but got ({ranks[0]}-D, {ranks[1]}-D) "
                "tensors"
            )

    def _zero_states(self, input: Tensor, batch_sizes: Tensor | None) -> Any:
        shapes = self.get_expected_hidden_size(input, batch_sizes), self.get_expected_cell_size(input, batch_sizes)
        return tuple(zero_state(shape, input) for shape in shapes)

    def forward(self, input: Any, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Any, tuple[Any, Any]]:
        """The outputs, and the last outputs and cells."""
        return self._forward(input, hx)


class GRU(RNNBase):
    """Layers of gated recurrent units; called as `RNN` is, with inputs and states of the same shapes.

    Args:
        input_size: the size of the last dimension of the input.
        hidden_size: the size of a state.
        num_layers: how many layers there are, each fed with the outputs of the one before.
        bias: whether to add biases.
        batch_first: the batch is the first dimension of inputs and outputs.
        dropout: the probability that an output of a layer but the last is dropped, in training.
        bidirectional: each layer goes through the sequence in both directions.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.
        unsupported: `proj_size`, which only LSTM has.

    >>> output, last = torch.nn.GRU(3, 4)(torch.zeros(5, 3))
    >>> output.shape, last.shape
    (chainrule.Size([5, 4]), chainrule.Size([1, 4]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
        **unsupported: Any,
    ) -> None:
        _refuse("GRU", unsupported)
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional, device=device,
            dtype=dtype,
        )  # fmt: skip

    def forward(self, input: Any, hx: Tensor | None = None) -> tuple[Any, Any]:
        """The outputs and the last states."""
        return self._forward(input, hx)
