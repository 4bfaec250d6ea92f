"""Whether a first gradient is brought into the layout of the tensor it belongs to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from chainrule.engine.accumulation import layout_enforced

F = TypeVar("F", bound=Callable[..., Any])


class enforce_grad_layout_policy:
    """Say whether the first gradient of a leaf gets the leaf's strides; as a function, in a `with` block or decorating.

    It does unless told otherwise. With `enable=False` a gradient that nobody else holds is kept as it is, which saves
    a copy where the layouts differ. Holds for this thread.

    >>> import chainrule as torch
    >>> x = torch.ones(2, 3).t().requires_grad_()
    >>> with torch.autograd.enforce_grad_layout_policy(False):
    ...     (x.exp() * 2).sum().backward()
    >>> x.grad.shape
    chainrule.Size([3, 2])
    """

    def __init__(self, enable: bool = True) -> None:
        self.enable = enable
        self._before = layout_enforced.get()
        layout_enforced.set(enable)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *exception: object) -> None:
        layout_enforced.set(self._before)

    def __call__(self, function: F) -> F:
        """Decorate a function, which then runs so; the policy of the code around it is left alone."""
        layout_enforced.set(self._before)

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self.enable):
                return function(*args, **kwargs)

        return call  # type: ignore[return-value]
