"""`functional_call` under the name it had before it moved to `chainrule.func`."""

from __future__ import annotations

import warnings
from typing import Any

from chainrule.names import public_name
from chainrule.nn.modules.module import Module
from chainrule.tensor import Tensor

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: dict[str, Tensor],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """As `func.functional_call`, which takes its place; warns of that.

    >>> import chainrule as torch
    >>> torch.func.functional_call(torch.nn.ReLU(), {}, torch.tensor(-1.0))
    tensor(0.)
    """
    from chainrule.func.stateless import functional_call as call

    name = public_name()
    warnings.warn(
        f"`{name}.nn.utils.stateless.functional_call` is deprecated as of PyTorch 2.0 and will be removed in a future "
        f"version of PyTorch. Please use `{name}.func.functional_call` instead which is a drop-in replacement.",
        FutureWarning,
        stacklevel=2,
    )
    return call(module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)
