"""Logarithms of the probabilities of very many classes, the rarer ones by smaller layers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from chainrule.devices import device
from chainrule.dtypes import dtype
from chainrule.nn import functional as F
from chainrule.nn.modules.container import ModuleList, Sequential
from chainrule.nn.modules.linear import Linear
from chainrule.nn.modules.module import Module
from chainrule.ops.joining import cat
from chainrule.tensor import Tensor

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class _ASMoutput(NamedTuple):
    output: Any
    loss: Any


class AdaptiveLogSoftmaxWithLoss(Module):
    """The logarithm of a softmax over very many classes of which few are frequent, as the words of a language.

    Classes are numbered by frequency, the most frequent first. Those before the first cutoff are in the head; the
    others are in clusters, each of which is one entry of the head and has layers of its own, the narrower the rarer.

    Args:
        in_features: the size of inputs.
        n_classes: how many classes there are.
        cutoffs: where clusters begin: increasing numbers from 1 to `n_classes - 1`.
        div_value: how much narrower each cluster's layer is than the one before.
        head_bias: whether the head learns biases.
        device: only the CPU.
        dtype: of the parameters; the default dtype unless given.

    >>> softmax = torch.nn.AdaptiveLogSoftmaxWithLoss(16, 20, cutoffs=[4, 10])
    >>> output, loss = softmax(torch.zeros(3, 16), torch.tensor([0, 5, 19]))
    >>> output.shape, loss.shape
    (chainrule.Size([3]), chainrule.Size([]))
    >>> softmax.log_prob(torch.zeros(3, 16)).exp().sum(1).detach()
    tensor([1., 1., 1.])
    """

    head: Linear
    tail: ModuleList

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: device | str | int | None = None,
        dtype: dtype | None = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if any(int(n) != n for n in cutoffs) or any(a >= b for a, b in pairwise([0, *cutoffs, n_classes])):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where "
                "each value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = cutoffs[0]
        self.n_clusters = len(cutoffs)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for number, (start, stop) in enumerate(pairwise(self.cutoffs), 1):
            hidden = int(in_features // div_value**number)
            narrow = Linear(in_features, hidden, False, device, dtype)
            self.tail.append(Sequential(narrow, Linear(hidden, stop - start, False, device, dtype)))

    def reset_parameters(self) -> None:
        """Draw the initial weights anew."""
        self.head.reset_parameters()
        for layers in self.tail:
            for layer in layers.children():
                layer.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """The logarithm of the probability of each target, and minus their mean.

        Args:
            input_: of shape `(N, in_features)` or `(in_features,)`.
            target_: the classes, of shape `(N,)` or `()`.
        """
        _check_shapes(input_, target_)
        batched = target_.ndim > 0
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        output: Any = input.new_zeros(len(target))
        places: Any = target.clone()
        found = 0
        for number, (start, stop) in enumerate(pairwise([0, *self.cutoffs])):
            inside: Any = (target >= start) & (target < stop)
            rows = inside.nonzero().squeeze(1)
            found += len(rows)
            if number and len(rows):
                logits = self.tail[number - 1](input.index_select(0, rows))
                own = (target[inside] - start).unsqueeze(1)
                output = output.index_copy(0, rows, F.log_softmax(logits, dim=1).gather(1, own).squeeze(1))
                places.index_fill_(0, rows, self.shortlist_size + number - 1)
        if found != len(target):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], "
                f"but values in range [{target.min().item()}, {target.max().item()}] were found. "
            )
        head = F.log_softmax(self.head(input), dim=1)
        output = output + head.gather(1, places.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def _get_full_log_prob(self, input: Any, head_output: Any) -> Any:
        head = F.log_softmax(head_output, dim=1)
        parts = [head[:, : self.shortlist_size]]
        for number, layers in enumerate(self.tail):
            of_cluster = head[:, self.shortlist_size + number].unsqueeze(1)
            parts.append(F.log_softmax(layers(input), dim=1) + of_cluster)
        return cat(parts, dim=1)

    def log_prob(self, input: Tensor) -> Any:
        """The logarithms of the probabilities of all classes, of shape `(N, n_classes)`, for `(N, in_features)`."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Tensor) -> Any:
        """The most probable class of each row of `input`."""
        head = self.head(input)
        output = head.argmax(dim=1)
        rare = output >= self.shortlist_size
        if rare.any():
            output[rare] = self._get_full_log_prob(input[rare], head[rare]).argmax(dim=1)
        return output


def _check_shapes(input: Tensor, target: Tensor) -> None:
    if target.ndim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.ndim == 1 and input.shape[0] != target.shape[0]:
        raise RuntimeError("Input and target should have the same size in the batch dimension.")
    if input.ndim != target.ndim + 1:
        raise RuntimeError(
            f"{target.ndim}D target tensor expects {target.ndim + 1}D input tensors, "
            f"but found inputs with size {input.shape}"
        )
