"""Which arguments of a function are differentiated, and what functions must be given and give."""

from __future__ import annotations

from typing import Any

from chainrule.func.trees import tree_leaves
from chainrule.tensor import Tensor

Argnums = int | tuple[int, ...]

ALL: Any = object()  # in place of argnums: every argument


def positions(argnums: Any, count: int) -> Any:
    """`argnums` counted from the front; RuntimeError where it is no number of one of `count` arguments, or several."""
    if argnums is ALL:
        return ALL
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")  # noqa: TRY004 (PyTorch's)
    if isinstance(argnums, int):
        return _position(argnums, count)
    found = tuple([_position(each, count) for each in argnums])
    if not found:
        raise RuntimeError("argnums must be non-empty")
    if len(set(found)) != len(found):
        raise RuntimeError(f"argnums elements must be unique, got {found}")
    return found


def _position(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")  # noqa: TRY004 (PyTorch's)
    if not -count <= argnum < count:
        raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")
    return argnum % count


def selected(args: tuple[Any, ...], argnums: Any) -> Any:
    """The argument at `argnums`; a tuple of these for several."""
    if argnums is ALL:
        return args
    return args[argnums] if isinstance(argnums, int) else tuple([args[i] for i in argnums])


def replaced(args: tuple[Any, ...], argnums: Any, new: Any) -> tuple[Any, ...]:
    """The arguments with others at `argnums`, given as `selected` gives them."""
    if argnums is ALL:
        return tuple(new)
    found = list(args)
    for i, value in (
        zip((argnums,), (new,), strict=True) if isinstance(argnums, int) else zip(argnums, new, strict=True)
    ):
        found[i] = value
    return tuple(found)


def refuse_complex(name: str, tree: Any, what: str) -> None:
    """Raise RuntimeError where a leaf is a complex tensor; `what`: "inputs" or "outputs"."""
    for number, leaf in enumerate(tree_leaves(tree)):
        if isinstance(leaf, Tensor) and leaf.is_complex():
            raise RuntimeError(
                f"{name}: Expected all {what} to be real but received complex tensor at flattened input idx: {number}"
            )


def require_tensors(outputs: list[Any], name: str) -> None:
    """Raise RuntimeError where what a function gave is nothing, or not tensors only."""
    if not outputs or (len(outputs) == 1 and outputs[0] is None):
        raise RuntimeError(f"{name}: Expected f to be a function that has non-empty output (got output = {outputs})")
    for output in outputs:
        if not isinstance(output, Tensor):
            kind = type(output)
            raise RuntimeError(  # noqa: TRY004 (PyTorch's)
                f"{name}: expected f(*primals) to return only tensors, got unsupported type {kind}"
            )


def output_and_aux(result: Any, name: str) -> tuple[Any, Any]:
    """The two parts of what a function with `has_aux=True` gave."""
    if not (isinstance(result, tuple) and len(result) == 2):
        raise RuntimeError(f"{name}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def require_tensor_leaves(tree: Any) -> None:
    """Raise RuntimeError where a leaf is no tensor."""
    for leaf in tree_leaves(tree):
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")  # noqa: TRY004 (PyTorch's)
