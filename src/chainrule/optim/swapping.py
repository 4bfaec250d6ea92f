"""Steps of an optimizer on other parameters and another state."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from chainrule.optim.optimizer import Optimizer
from chainrule.tensor import Tensor


@contextmanager
def swap_in_optimizer_params_and_state(
    optimizer: Optimizer, swapin_parameters: dict[str, Tensor], swapin_optim_state: dict[str, Any]
) -> Iterator[None]:
    """Give the optimizer other parameters and another state for a while; `step` and its hooks see these.

    Args:
        optimizer: whose parameters and state are put aside, and put back in the end.
        swapin_parameters: the parameters, in the order of the optimizer's own.
        swapin_optim_state: the state, as `state_dict()` returns it, whose tensors are changed in place.

    >>> w = torch.ones(2, requires_grad=True)
    >>> optimizer = torch.optim.SGD([w], lr=0.5)
    >>> other = torch.zeros(2, requires_grad=True)
    >>> other.grad = torch.ones(2)
    >>> with torch.optim.swap_in_optimizer_params_and_state(optimizer, {"w": other}, optimizer.state_dict()):
    ...     optimizer.step()
    >>> other, w
    (tensor([-0.5000, -0.5000], requires_grad=True), tensor([1., 1.], requires_grad=True))
    """
    saved = swapin_optim_state["param_groups"]
    if len(saved) != len(optimizer.param_groups):
        raise ValueError(
            f"the state has {len(saved)} parameter groups, the optimizer {len(optimizer.param_groups)}: give a state "
            "that state_dict() of such an optimizer returned"
        )
    numbers = [number for group in saved for number in group["params"]]
    if len(numbers) != len(swapin_parameters):
        raise ValueError(f"the state is of {len(numbers)} parameters, but {len(swapin_parameters)} are given")
    param_of = dict(zip(numbers, swapin_parameters.values(), strict=True))
    own_groups, own_state = optimizer.param_groups, optimizer.state
    optimizer.param_groups = [
        {**group, **saved_group, "params": [param_of[number] for number in saved_group["params"]]}
        for group, saved_group in zip(own_groups, saved, strict=True)
    ]
    state: defaultdict[Any, Any] = defaultdict(dict)
    for key, value in swapin_optim_state["state"].items():
        state[param_of.get(key, key)] = dict(value) if isinstance(value, dict) else value
    optimizer.state = state
    try:
        yield
    finally:
        optimizer.param_groups, optimizer.state = own_groups, own_state
