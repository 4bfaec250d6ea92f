"""Ufuncs of `scipy.special` on tensors: each is answered by the function that `chainrule.special` has under its name.

SciPy is not imported here: who calls one of its ufuncs has imported it.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.op import TABLE
from chainrule.namespaces import functions_in

# The rows for those behind functions of `scipy.special` that are no ufuncs: `zeta` and `lambertw`.
_HIDDEN = {"_zeta": "special_zeta", "_riemann_zeta": "_riemann_zeta", "_lambertw": "lambertw"}


def is_scipys(ufunc: np.ufunc) -> bool:
    """Whether it is one of `scipy.special`."""
    name = ufunc.__name__
    modules = (sys.modules.get("scipy.special"), sys.modules.get("scipy.special._ufuncs"))
    return any(getattr(module, name, None) is ufunc for module in modules)


def answering(ufunc: np.ufunc) -> Callable[..., Any] | None:
    """The function of tensors that a ufunc of `scipy.special` is; None for others, and where there is none."""
    if not is_scipys(ufunc):
        return None
    hidden = _HIDDEN.get(ufunc.__name__)
    return _public().get(ufunc.__name__) if hidden is None else TABLE[hidden].function


@functools.cache
def _public() -> dict[str, Callable[..., Any]]:
    return functions_in("special")
