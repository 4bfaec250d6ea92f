"""Tensors that further levels have wrapped, seen by a level further out.

The innermost level wraps last. Gradients that are asked for within a `vmap` or `jvp` come wrapped by it, although the
function that they go back through was recorded outside of it. Here a level takes its part of them, and leaves the
wrapping of the inner levels around what it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.engine.interpreters import Level, levels

Inner = tuple[Any, ...]  # of levels


def inside(level: Level) -> Inner:
    """The running levels within this one, the innermost last; all where it has been left out."""
    running = levels()
    return running[running.index(level) + 1 :] if level in running else running


def entries(outer: Any, tensor: Any, inner: Inner) -> Any:
    """All entries that a tensor has at the batch `outer`, along its first dimension, within the wrapping of `inner`."""
    if not inner:
        return outer.entries(tensor)
    *others, level = inner
    rest = tuple(others)
    if not level.owns(tensor):
        return entries(outer, tensor, rest)
    if hasattr(level, "entries"):
        return level.wrap(entries(outer, tensor._value, rest), 1)
    return _on_both(level, tensor, lambda part: entries(outer, part, rest))


def batch(outer: Any, value: Any, inner: Inner) -> Any:
    """A batch at `outer` of the entries along the first dimension of a tensor, within the wrapping of `inner`."""
    if not inner:
        return outer.wrap(value)
    *others, level = inner
    rest = tuple(others)
    if not level.owns(value):
        return batch(outer, value, rest)
    if hasattr(level, "entries"):
        return level.wrap(batch(outer, value._value.movedim(1, 0), rest))
    return _on_both(level, value, lambda part: batch(outer, part, rest))


def _on_both(level: Any, dual: Any, function: Callable[[Any], Any]) -> Any:
    primal, tangent = level.unpack(dual)
    return level.dual(function(primal), function(tangent))


def unpacked(outer: Any, tensor: Any, inner: Inner) -> tuple[Any, Any]:
    """A tensor without its tangent at `outer`, and the tangent (or None), both within the wrapping of `inner`."""
    if not inner:
        return outer.unpack(tensor)
    *others, level = inner
    rest = tuple(others)
    if not level.owns(tensor):
        return unpacked(outer, tensor, rest)
    if hasattr(level, "entries"):
        primal, tangent = unpacked(outer, tensor._value, rest)
        return level.wrap(primal), None if tangent is None else level.wrap(tangent)
    primal, direction = level.unpack(tensor)
    primal, tangent = unpacked(outer, primal, rest)
    direction, mixed = unpacked(outer, direction, rest)
    if mixed is not None:
        tangent = level.dual(_or_zeros(tangent, mixed), mixed)
    return level.dual(primal, direction), tangent


def dual(outer: Any, primal: Any, tangent: Any, inner: Inner) -> Any:
    """A tensor with a tangent at `outer`, from the two, which may be wrapped by `inner`."""
    if not inner:
        return outer.dual(primal, tangent)
    *others, level = inner
    rest = tuple(others)
    if not (level.owns(primal) or level.owns(tangent)):
        return dual(outer, primal, tangent, rest)
    if hasattr(level, "entries"):
        return level.wrap(dual(outer, level.entries(primal), level.entries(tangent), rest))
    primal, direction = level.unpack(primal)
    tangent, mixed = level.unpack(tangent)
    moved = _or_zeros(direction, mixed)
    if mixed is not None:
        moved = dual(outer, moved, mixed, rest)
    return level.dual(dual(outer, primal, tangent, rest), moved)


def _or_zeros(tensor: Any, like: Any) -> Any:
    return like * 0 if tensor is None else tensor
