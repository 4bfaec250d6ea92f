"""`skip_init`: a module whose weights are yet to be set."""

from __future__ import annotations

import inspect
from typing import Any

from chainrule.devices import require_cpu
from chainrule.nn.modules.module import Module
from chainrule.random import get_rng_state, set_rng_state

__all__ = ["skip_init"]


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Any:
    """Make a module as if its initial weights had not been drawn: later random numbers are what they would be then.

    What the weights are is left open. RuntimeError for a class whose constructor takes no `device`.

    >>> import chainrule as torch
    >>> torch.nn.utils.skip_init(torch.nn.Linear, 5, 1)
    Linear(in_features=5, out_features=1, bias=True)
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"Expected a Module; got {module_cls}")  # noqa: TRY004 (PyTorch's class)
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    require_cpu(kwargs.get("device"))
    state = get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(state)
