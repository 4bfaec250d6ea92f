"""Where in the graph the tensors of a transformed function stand, however many transforms have wrapped them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from chainrule.engine.forward_mode import same_tensor
from chainrule.engine.interpreters import Level, make_private, reaches_a_leaf, variable_of
from chainrule.engine.modes import leaves_in_transform
from chainrule.engine.tensor_base import new_tensor
from chainrule.tensor import Tensor


def variables(leaves: Iterable[Any], around: Sequence[Level], *, apart: bool) -> list[Any]:
    """Equal tensors that gradients can be asked for; `apart`: without the history that the others have.

    Raises ValueError for what is no tensor, RuntimeError for tensors of a type that has no gradients.
    """
    found = []
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(leaf)}")  # noqa: TRY004
        if leaf._array.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if apart or leaf.is_inference():
            leaf = without_history(leaf)  # noqa: PLW2901
        found.append(variable_of(leaf, around))
    return found


def without_history(value: Any) -> Any:
    """The same tensor, and its tangents, as constants in the graph; anything else as it is."""
    if not isinstance(value, Tensor):
        return value
    if isinstance(getattr(value, "_level", None), Level):
        inner = value._value  # type: ignore[attr-defined]
        plain = without_history(inner)
        if plain is inner and not value._tangents:
            return value
        constant = value._level.wrap(plain)  # type: ignore[attr-defined]
    elif value.is_inference():
        constant = new_tensor(value._array)  # which may be saved, as the other may not
    elif value.requires_grad:
        constant = new_tensor(value._array)
        constant._version_counter = value._version_counter
    elif value._tangents:
        constant = value.detach()
    else:
        return value
    if value._tangents:
        constant._tangents = {level: without_history(tangent) for level, tangent in value._tangents.items()}
    return constant


def are_followed(outputs: Iterable[Any]) -> bool:
    """Whether gradients of these may be wanted: through a tensor that requires grad and is no transform's own."""
    return reaches_a_leaf(_recorded(outputs))


def are_followed_outside(outputs: Iterable[Any], made: list[Any]) -> bool:
    """The same for what a function has given that made leaves itself, of which nobody outside may want gradients."""
    make_private(made)
    followed = are_followed(outputs)
    around = leaves_in_transform.get()
    if around is None:
        for leaf in made:
            leaf._is_private = False  # one that escapes is a leaf like any other
    else:
        around += made
    return followed


def _recorded(tensors: Iterable[Any]) -> list[Any]:
    # The tensors that the graph knows: what is wrapped, and the tangents.
    found: list[Any] = []
    stack = list(tensors)
    while stack:
        tensor = stack.pop()
        if isinstance(tensor, Tensor):
            if tensor._tangents:
                stack += tensor._tangents.values()
            if isinstance(getattr(tensor, "_level", None), Level):
                stack.append(tensor._value)  # type: ignore[attr-defined]
            else:
                found.append(tensor)
    return found


def same_without_tangents(tensor: Any) -> Any:
    """The same tensor at the same place in the graph, without any tangents."""
    same = same_tensor(tensor)
    same._tangents = None
    return same


def zeros(tensor: Any) -> Any:
    """Zeros of the shape and type of a tensor."""
    return new_tensor(np.zeros(tensor._array.shape, tensor._array.dtype))
