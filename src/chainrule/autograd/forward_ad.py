"""Forward mode, step by step: dual tensors carry a tangent through whatever is computed from them.

    with forward_ad.dual_level():
        dual = forward_ad.make_dual(primal, tangent)
        primal, tangent = forward_ad.unpack_dual(f(dual))

Levels may be nested, which PyTorch refuses: the tangent of a tangent is a second derivative. `func.jvp` does the same
for a function.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple, Self

from chainrule.engine.dual_levels import dual_levels
from chainrule.engine.forward_mode import JvpLevel, forward_mode_enabled
from chainrule.engine.grad_mode import ModeContext
from chainrule.engine.modes import op_interceptors
from chainrule.engine.profiling import close_short_way, reopen_short_way

__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "set_fwd_grad_enabled",
    "unpack_dual",
]

NO_LEVEL = "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
NOT_THE_LAST = "Trying to exit a forward AD level that was not the last one that was created. This is not supported."


class UnpackedDualTensor(NamedTuple):
    """A tensor's values, and its tangent: None where it has none."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Begin a level of forward mode, within which tensors can be made dual; returns its number, from 0.

    >>> import chainrule as torch
    >>> torch.autograd.forward_ad.enter_dual_level()
    0
    >>> torch.autograd.forward_ad.exit_dual_level()
    """
    entered = dual_levels.get()
    level = JvpLevel()
    close_short_way()
    op_interceptors.set((*op_interceptors.get(), level))
    dual_levels.set((*entered, level))
    return len(entered)


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level that was begun last: its tangents are gone. Raises RuntimeError where `level` is another."""
    entered = dual_levels.get()
    if level is None and not entered:
        raise RuntimeError("Dual level must be a positive number.")
    if level is not None and level != len(entered) - 1:
        raise RuntimeError(NOT_THE_LAST)
    ended = entered[-1]
    dual_levels.set(entered[:-1])
    op_interceptors.set(tuple([each for each in op_interceptors.get() if each is not ended]))
    reopen_short_way()


def _level(number: int | None, refusal: str) -> JvpLevel:
    entered = dual_levels.get()
    if number is None:
        number = len(entered) - 1
    if not 0 <= number < len(entered):
        raise RuntimeError(NO_LEVEL if number < 0 else f"Invalid level given to {refusal}")
    found: JvpLevel = entered[number]
    return found


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A view of `tensor` with a tangent of the same shape: the direction in which it moves.

    Raises RuntimeError outside of a level, or where shapes differ or one of the two is dual at this level already;
    ValueError for anything but floating-point or complex numbers.

    >>> import chainrule as torch
    >>> with torch.autograd.forward_ad.dual_level():
    ...     dual = torch.autograd.forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
    ...     dual**3
    tensor([8.], tangent=tensor([12.]))
    """
    found = _level(level, "_make_dual")
    for name, part in (("primal", tensor), ("tangent", tangent)):
        if not (part.is_floating_point() or part.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {part.dtype}")
    number = dual_levels.get().index(found)
    if found.tangent(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level "
            f"{number} is not supported."
        )
    if found.tangent(tangent) is not None:
        raise RuntimeError(
            f"Setting a forward grad that itself has a forward gradient at the same level{number} is not supported."
        )
    if tangent.shape != tensor.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    return found.make_dual(tensor, tangent)


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The values of a tensor and its tangent, None where it has none, or outside of any level.

    >>> import chainrule as torch
    >>> torch.autograd.forward_ad.unpack_dual(torch.tensor([2.0]))
    UnpackedDualTensor(primal=tensor([2.]), tangent=None)
    """
    if level is None and not dual_levels.get():
        return UnpackedDualTensor(tensor, None)
    primal, tangent = _level(level, "_fw_primal").unpack(tensor)
    return UnpackedDualTensor(primal, tangent)


class dual_level:
    """A context within which tensors can be made dual; gives the number of its level.

    >>> import chainrule as torch
    >>> with torch.autograd.forward_ad.dual_level():
    ...     dual = torch.autograd.forward_ad.make_dual(torch.tensor(0.0), torch.tensor(1.0))
    ...     torch.autograd.forward_ad.unpack_dual(dual.sin()).tangent
    tensor(1.)
    """

    def __init__(self) -> None:
        self._entered: list[int] = []

    def __enter__(self) -> int:
        self._entered.append(enter_dual_level())
        return self._entered[-1]

    def __exit__(self, *exception: object) -> None:
        exit_dual_level(level=self._entered.pop())

    def __call__(self, function: Any) -> Any:
        """Decorate a function: each call has a level of its own."""

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with dual_level():
                return function(*args, **kwargs)

        return call


class set_fwd_grad_enabled(ModeContext):
    """Sets whether operations carry tangents: at once, and as a context or decorator.

    >>> import chainrule as torch
    >>> with torch.autograd.forward_ad.dual_level():
    ...     dual = torch.autograd.forward_ad.make_dual(torch.tensor(0.0), torch.tensor(1.0))
    ...     with torch.autograd.forward_ad.set_fwd_grad_enabled(False):
    ...         dual.sin()
    tensor(0.)
    """

    def __init__(self, mode: bool) -> None:
        super().__init__(mode)
        self._found = forward_mode_enabled.get()
        forward_mode_enabled.set(mode)

    def __enter__(self) -> Self:
        self._before.append(self._found)
        forward_mode_enabled.set(self.mode)
        return self

    def __exit__(self, *exception: object) -> None:
        forward_mode_enabled.set(self._before.pop())

    def clone(self) -> set_fwd_grad_enabled:
        """A fresh context of the same mode."""
        return set_fwd_grad_enabled(self.mode)


_set_fwd_grad_enabled = set_fwd_grad_enabled


def _is_fwd_grad_enabled() -> bool:
    return forward_mode_enabled.get()
