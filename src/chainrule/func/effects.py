"""`functionalize` and `debug_unwrap`: what a function changes, and what is inside of the tensors that it sees."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from chainrule.engine.interpreters import Level
from chainrule.func.history import same_without_tangents

INVALID = (
    "functionalize(f, remove='mutations'): received invalid argument for remove={}. Valid options are:\n"
    "     remove='mutations': all inplace and out= operators will be removed from the program, and replaced with "
    "their out-of-place equivalents.\n"
    "     remove='mutations_and_views': In addition to the above, all aliasing operators {{view}} will be replaced "
    "with their non-aliasing counterparts, {{view}}_copy.\n"
)


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """A function that gives what `func` gives, and changes what it changes.

    PyTorch has it for compilers, which cannot have operations in place: there it replaces them by others with the same
    results. Here nothing is compiled, so the function is called as it is. `remove`: "mutations" or
    "mutations_and_views"; RuntimeError for another.

    >>> import chainrule as torch
    >>> torch.func.functionalize(lambda x: x.clone().add_(1))(torch.zeros(2))
    tensor([1., 1.])
    """
    if remove not in {"mutations", "mutations_and_views"}:
        raise RuntimeError(INVALID.format(remove))

    @functools.wraps(func)
    def functional(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return functional


def debug_unwrap(tensor: Any, *, recurse: bool = True) -> Any:
    """The tensor that is within a tensor that `vmap` or `jvp` has made, to look at in a debugger.

    `recurse`: take all wrapping off, not only the innermost transform's. Other tensors are given as they are.

    >>> import chainrule as torch
    >>> seen = []
    >>> result = torch.vmap(lambda x: seen.append(torch.func.debug_unwrap(x)) or x)(torch.arange(3))
    >>> seen
    [tensor([0, 1, 2])]
    """
    if isinstance(getattr(tensor, "_level", None), Level):
        inner = tensor._value
    elif tensor._tangents:
        inner = same_without_tangents(tensor)
    else:
        return tensor
    return debug_unwrap(inner) if recurse else inner
