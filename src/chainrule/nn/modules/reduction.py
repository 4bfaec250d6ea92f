"""What losses have in common: how they sum up, and weights of classes."""

from __future__ import annotations

from chainrule.nn.loss_functions import reduction_of
from chainrule.nn.modules.module import Layer
from chainrule.tensor import Tensor


class _Loss(Layer):
    # size_average and reduce are the old names of what reduction says.
    reduction: str

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction_of(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
