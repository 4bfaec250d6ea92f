"""The losses that stand in `torch` itself: there a reduction is a number.

0 is none, 1 the mean, 2 the sum; and where it is left out it is none, though PyTorch's schemas say the mean.
"""

from __future__ import annotations

from typing import Any

from chainrule.ops import ctc, likelihood_losses, losses, margin_losses

__all__ = [
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "ctc_loss", "hinge_embedding_loss", "kl_div",
    "margin_ranking_loss", "poisson_nll_loss", "triplet_margin_loss",
]  # fmt: skip
SPACE = "torch"


def _name_of(reduction: int, function: str, position: int) -> str:
    if isinstance(reduction, str):
        msg = f"{function}(): argument 'reduction' (position {position}) must be int, not str"
        raise TypeError(msg)
    return {1: "mean", 2: "sum"}.get(reduction, "none")


def kl_div(input: Any, target: Any, reduction: int = 0, *, log_target: bool = False) -> Any:
    """`nn.functional.kl_div`, with a number for the reduction: 0 for none, 1 for the mean, 2 for the sum.

    >>> torch.kl_div(torch.tensor([0.5]).log(), torch.tensor([0.5]), 2)
    tensor(0.)
    """
    return losses.kl_div(input, target, _name_of(reduction, "kl_div", 3), log_target)


def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: int = 0
) -> Any:
    """`nn.functional.binary_cross_entropy_with_logits`, with a number for the reduction.

    >>> torch.binary_cross_entropy_with_logits(torch.tensor([0.0]), torch.tensor([1.0]), reduction=1)
    tensor(0.6931)
    """
    named = _name_of(reduction, "binary_cross_entropy_with_logits", 5)
    return losses.binary_cross_entropy_with_logits(input, target, weight, pos_weight, named)


def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 0) -> Any:
    """`nn.functional.margin_ranking_loss`, with a number for the reduction.

    >>> torch.margin_ranking_loss(torch.tensor([1.0]), torch.tensor([3.0]), torch.tensor([1]), 0.0, 1)
    tensor(2.)
    """
    named = _name_of(reduction, "margin_ranking_loss", 5)
    return margin_losses.margin_ranking_loss(input1, input2, target, margin, named)


def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: int = 0) -> Any:
    """`nn.functional.hinge_embedding_loss`, with a number for the reduction.

    >>> torch.hinge_embedding_loss(torch.tensor([0.25]), torch.tensor([-1]), 1.0, 1)
    tensor(0.7500)
    """
    return margin_losses.hinge_embedding_loss(input, target, margin, _name_of(reduction, "hinge_embedding_loss", 4))


def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0.0, reduction: int = 0) -> Any:
    """`nn.functional.cosine_embedding_loss`, with a number for the reduction.

    >>> torch.cosine_embedding_loss(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), torch.tensor(1))
    tensor(1.)
    """
    named = _name_of(reduction, "cosine_embedding_loss", 5)
    return margin_losses.cosine_embedding_loss(input1, input2, target, margin, named)


def triplet_margin_loss(
    anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6,
    swap: bool = False, reduction: int = 0,
) -> Any:  # fmt: skip
    """`nn.functional.triplet_margin_loss`, with a number for the reduction.

    >>> torch.triplet_margin_loss(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2), 2.0, reduction=1)
    tensor(0.5858)
    """
    named = _name_of(reduction, "triplet_margin_loss", 8)
    return margin_losses.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, named)


def poisson_nll_loss(input: Any, target: Any, log_input: bool, full: bool, eps: float, reduction: int) -> Any:
    """`nn.functional.poisson_nll_loss`, with a number for the reduction.

    >>> torch.poisson_nll_loss(torch.tensor([0.0]), torch.tensor([3.0]), True, False, 1e-8, 1)
    tensor(1.)
    """
    named = _name_of(reduction, "poisson_nll_loss", 6)
    return likelihood_losses.poisson_nll_loss(input, target, log_input, full, eps, named)


def ctc_loss(
    log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0, reduction: int = 0,
    zero_infinity: bool = False,
) -> Any:  # fmt: skip
    """`nn.functional.ctc_loss`, with a number for the reduction.

    >>> torch.ctc_loss(torch.full((2, 1, 2), 0.5).log(), torch.tensor([[1]]), [2], [1], 0, 2)
    tensor(0.2877)
    """
    named = _name_of(reduction, "ctc_loss", 6)
    return ctc.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, named, zero_infinity)
