"""FlatProblem that are several tensors, in dicts, lists and tuples: what solves for them sees one vector."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.engine.tensor_base import TensorBase
from chainrule.func.trees import tree_flatten, tree_unflatten
from chainrule.ops.from_data import as_tensor
from chainrule.ops.joining import cat


class Unknown:
    """What is solved for, as users give and get it, and as one tensor: `whole`."""

    def __init__(self, what: str, given: Any, batch_dims: int = 0) -> None:
        self.what = what
        self.structure: Any = None
        leaves, structure = tree_flatten(given)
        if isinstance(given, TensorBase) or not any(isinstance(leaf, TensorBase) for leaf in leaves):
            self.whole = as_tensor(given)
            return
        self.structure = structure
        self.shapes = [tuple(leaf.shape) for leaf in self._tensors(leaves)]
        self.sizes = [leaf.numel() for leaf in leaves]
        if len({leaf.dtype for leaf in leaves}) > 1:
            raise TypeError(
                f"{what}: expected tensors of one type, got {', '.join(str(leaf.dtype) for leaf in leaves)}"
            )
        if batch_dims:
            raise ValueError(f"{what}: batch_dims={batch_dims}, which is for one tensor, but several were given")
        self.whole = self._joined(leaves)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to solve for."""
        return self.whole.numel() == 0  # type: ignore[no-any-return]

    def apart(self, whole: Any, *behind: int) -> Any:
        """A vector, or a matrix of which `behind` is the second dimension, as users gave what is solved for."""
        if self.structure is None:
            return whole
        parts = whole.split(self.sizes)
        shaped = [part.reshape((*shape, *behind)) for part, shape in zip(parts, self.shapes, strict=True)]
        return tree_unflatten(shaped, self.structure)

    def together(self, given: Any) -> Any:
        """What a function returned, as one tensor; raises TypeError or ValueError where it is not as it must be."""
        if self.structure is None:
            return given
        try:
            leaves = self.structure.flatten_up_to(given)
        except ValueError as error:
            raise ValueError(
                f"{self.what}: the function must return the containers that it is given: {error}"
            ) from None
        shapes = [tuple(leaf.shape) for leaf in self._tensors(leaves)]
        if shapes != self.shapes:
            raise ValueError(f"{self.what}: the function must return tensors of shapes {self.shapes}, got {shapes}")
        return self._joined(leaves)

    def function(self, fun: Callable[..., Any], args: Any) -> Callable[[Any], Any]:
        """`fun` of the one tensor alone, `args` given; what it returns is left as it is."""
        others = args if isinstance(args, tuple) else (args,)
        return lambda whole: fun(self.apart(whole), *others)

    def equations(self, fun: Callable[..., Any], args: Any) -> Callable[[Any], Any]:
        """The same of a function that returns what it is given: one tensor is returned, too."""
        function = self.function(fun, args)
        return lambda whole: self.together(function(whole))

    def _tensors(self, leaves: list[Any]) -> list[Any]:
        for leaf in leaves:
            if not isinstance(leaf, TensorBase):
                raise TypeError(f"{self.what}: expected tensors, got {type(leaf).__name__} among them")
        return leaves

    def _joined(self, leaves: list[Any]) -> Any:
        return cat([leaf.reshape((-1,)) for leaf in leaves])
