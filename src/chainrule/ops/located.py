"""Where elements are: among other elements (`isin`), and by number or by place (`unravel_index`, `nonzero_static`)."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from chainrule.dtypes import result_dtype, scalar_type_name
from chainrule.engine.op import NOT_DIFFERENTIABLE, op
from chainrule.engine.tensor_base import TensorBase, new_tensor

METHODS = ("nonzero_static",)
__all__ = ["isin", "nonzero_static", "unravel_index"]


@op(name="isin", spaces="", elements=NOT_DIFFERENTIABLE, test_elements=NOT_DIFFERENTIABLE)
def is_among(elements: Any, test_elements: Any, assume_unique: bool, invert: bool) -> Any:
    common = result_dtype((elements, test_elements))
    first, second = (np.asarray(a).astype(common, copy=False) for a in (elements, test_elements))
    return np.asarray(np.isin(first, second, assume_unique=assume_unique, invert=invert))


def isin(
    elements: Any = None,
    test_elements: Any = None,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    element: Any = None,
    test_element: Any = None,
    out: Any = None,
) -> Any:
    """Whether each of `elements` is one of `test_elements`; the other way round with `invert`. Either may be a number.

    `assume_unique` says that no element is there twice, which changes nothing here.

    >>> torch.isin(torch.tensor([1, 2, 3]), torch.tensor([3, 1]))
    tensor([ True, False,  True])
    """
    given = elements if element is None else element
    tested = test_elements if test_element is None else test_element
    for operand in (given, tested):
        if not isinstance(operand, (TensorBase, np.ndarray, int, float, complex)):
            raise TypeError(f"isin(): expected tensors, or a tensor and a number, but got {type(operand).__name__}")
        dtype = getattr(operand, "_array", np.empty(0)).dtype
        if dtype.kind in "bc":
            raise RuntimeError(f"Unsupported input type encountered for isin(): {scalar_type_name(dtype)}")
    if not isinstance(given, (TensorBase, np.ndarray)) and not isinstance(tested, (TensorBase, np.ndarray)):
        raise TypeError("isin(): expected at least one tensor, but got two numbers")
    # Sorting, with which NumPy finds elements that are there once, would find what is there twice in two places.
    kwargs = {} if out is None else {"out": out}
    return is_among(given, tested, False, invert, **kwargs)


def unravel_index(indices: Any, shape: Any) -> tuple[Any, ...]:
    """The places, a tensor for each dimension of a tensor of this shape, of elements counted in order.

    >>> torch.unravel_index(torch.tensor([1, 5]), (2, 3))
    (tensor([0, 1]), tensor([1, 2]))
    """
    if not isinstance(indices, TensorBase):
        raise TypeError(f"unravel_index(): argument 'indices' must be Tensor, not {type(indices).__name__}")
    places = indices._array
    if places.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")  # type: ignore[attr-defined]
    sizes = _sizes(shape)
    if places.dtype.kind == "i":
        places = places.astype(np.int64, copy=False)
    found: list[Any] = []
    for size in reversed(sizes):
        found.append(new_tensor(np.asarray(places % size if size else places, np.int64)))
        places = places // size if size else places
    return tuple(found[::-1])


def _sizes(shape: Any) -> tuple[int, ...]:
    if isinstance(shape, (int, np.integer)) and not isinstance(shape, bool):
        shape = (shape,)
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"expected 'shape' to be int or sequence of ints, but got {type(shape)}")
    for size in shape:
        if not hasattr(size, "__index__"):
            raise TypeError(f"expected 'shape' sequence to only contain ints, but got {type(size)}")
    sizes = tuple([operator.index(size) for size in shape])
    if min(sizes, default=0) < 0:
        raise ValueError(f"'shape' cannot have negative values, but got {sizes}")
    return sizes


@op(name="nonzero_static", spaces="", self=NOT_DIFFERENTIABLE)
def first_nonzero(self: Any, size: int, fill_value: int) -> Any:
    found = np.argwhere(self)[:size]
    places = np.full((size, self.ndim), fill_value, np.int64)
    places[: len(found)] = found
    return places


def nonzero_static(input: Any, *, size: int, fill_value: int = -1, out: Any = None) -> Any:
    """The indices of the first `size` elements that are not zero, one in each row; then rows of `fill_value`.

    >>> torch.nonzero_static(torch.tensor([0, 5, 6]), size=3)
    tensor([[ 1],
            [ 2],
            [-1]])
    """
    if size < 0:
        raise RuntimeError("nonzero_static: 'size' must be an non-negative integer")
    kwargs = {} if out is None else {"out": out}
    return first_nonzero(input, size, fill_value, **kwargs)
