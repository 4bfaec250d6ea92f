"""The place where PyTorch's first `vmap` was, which some programs import from: see `chainrule.func`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.func import vmap

__all__ = ["_vmap", "vmap"]


def _vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, allow_none_pass_through: bool = False
) -> Callable[..., Any]:
    # None among the results stays None, which `vmap` allows anyway where it is told so.
    del allow_none_pass_through
    return vmap(func, in_dims, out_dims)
