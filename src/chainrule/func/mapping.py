"""`vmap`: a function of one example as a function of a batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, ParamSpec, TypeVar

from chainrule.engine.batching import VmapLevel
from chainrule.engine.interpreters import levels
from chainrule.engine.modes import transforming
from chainrule.func.tree_maps import broadcast_to_leaves
from chainrule.func.trees import TreeSpec, tree_flatten, tree_leaves, tree_structure
from chainrule.ops.joining import cat
from chainrule.random import get_rng_state, set_rng_state
from chainrule.tensor import Tensor

P = ParamSpec("P")
R = TypeVar("R")

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[P, R],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[P, R]:
    """A function that runs `func`, written for one example, on all examples of a batch at once.

    Operations are called once for the whole batch. Captured tensors and keyword arguments are the same for all
    examples.

    Args:
        func: takes and gives tensors, in containers or alone.
        in_dims: the dimension of each argument that the examples lie along, None for one that is the same for all: a
            number for all arguments, or a tuple of the structure of the arguments.
        out_dims: where that dimension is in the results: a number, or of the structure of the results. None for one
            that must not depend on the example.
        randomness: what `func` gets when it draws random numbers: `"error"`, `"different"` ones in each example, or
            the `"same"` in all.
        chunk_size: at most so many examples at once, for less memory.

    The function raises ValueError where `in_dims` or `out_dims` do not fit or the sizes of the batch differ.

    >>> import chainrule as torch
    >>> dot = torch.vmap(torch.dot)
    >>> dot(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[1.0, 1.0], [10.0, 10.0]]))
    tensor([ 3., 70.])
    """
    check_randomness(randomness)
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def mapped(*args: P.args, **kwargs: P.kwargs) -> R:
        _check_out_dims(out_dims, func)
        inputs, dims, structure = _inputs(func, in_dims, args)
        size = _batch_size(inputs, dims)
        run = functools.partial(_run, func, structure, dims, out_dims, randomness, kwargs)
        if chunk_size is None or not size:
            outputs, _, out_structure = run(inputs, size)
        else:
            outputs, out_structure = _in_chunks(run, inputs, dims, size, chunk_size, randomness)
        return out_structure.unflatten(outputs)  # type: ignore[no-any-return]

    return mapped


def check_randomness(randomness: str) -> None:
    """Raise RuntimeError for what `randomness` cannot be."""
    if randomness not in RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")


def chunk_sizes(total: int, chunk_size: int) -> list[int]:
    """The sizes of the chunks that `total` rows are cut into."""
    rest = total % chunk_size
    return [chunk_size] * (total // chunk_size) + [rest] * bool(rest)


def new_level(size: int, randomness: str = "error") -> VmapLevel:
    """A level within all that are running, numbered as PyTorch shows it."""
    return VmapLevel(size, randomness, len(levels()) + 1)


def _run(
    func: Callable[..., Any],
    structure: TreeSpec,
    dims: list[Any],
    out_dims: Any,
    randomness: str,
    kwargs: dict[str, Any],
    inputs: list[Any],
    size: int,
) -> tuple[list[Any], list[Any], TreeSpec]:
    # The results for a batch, their dimensions of it, and their structure.
    level = new_level(size, randomness)
    with level.entered(), transforming():
        batched = [each if dim is None else level.wrap(each, dim) for each, dim in zip(inputs, dims, strict=True)]
        result = func(*structure.unflatten(batched), **kwargs)
    outputs, out_structure = tree_flatten(result)
    flat_dims = _flat_out_dims(func, out_dims, result, out_structure)
    return (
        [_unwrapped(func, level, output, dim) for output, dim in zip(outputs, flat_dims, strict=True)],
        flat_dims,
        out_structure,
    )


def _in_chunks(
    run: Callable[..., Any], inputs: list[Any], dims: list[Any], size: int, chunk_size: int, randomness: str
) -> tuple[list[Any], TreeSpec]:
    state = get_rng_state() if randomness == "same" else None
    results = []
    for count, chunk in _chunks(inputs, dims, size, chunk_size):
        if state is not None:
            set_rng_state(state)
        results.append(run(chunk, count))
    columns = list(zip(*[outputs for outputs, _, _ in results], strict=True))
    _, out_dims, out_structure = results[0]
    joined = [column[0] if dim is None else cat(column, dim=dim) for column, dim in zip(columns, out_dims, strict=True)]
    return joined, out_structure


def _chunks(inputs: list[Any], dims: list[Any], size: int, chunk_size: int) -> Iterator[tuple[int, list[Any]]]:
    start = 0
    for count in chunk_sizes(size, chunk_size):
        yield (
            count,
            [each if dim is None else each.narrow(dim, start, count) for each, dim in zip(inputs, dims, strict=True)],
        )
        start += count


def _inputs(func: Callable[..., Any], in_dims: Any, args: tuple[Any, ...]) -> tuple[list[Any], list[Any], TreeSpec]:
    # The arguments' leaves, the dimension of the batch in each, and their structure.
    call = f"vmap({_name(func)}, in_dims={in_dims}, ...)(<inputs>): "
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(  # noqa: TRY004 (PyTorch's)
            f"{call}expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_name(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to vmap "
            "over a function with no inputs. The latter is unsupported."
        )
    inputs, structure = tree_flatten(args)
    dims = broadcast_to_leaves(in_dims, structure)
    if dims is None:
        raise ValueError(
            f"{call}in_dims is not compatible with the structure of `inputs`. in_dims has structure "
            f"{tree_structure(in_dims)} but inputs has structure {structure}."
        )
    return inputs, [_in_dim(call, each, dim) for each, dim in zip(inputs, dims, strict=True)], structure


def _in_dim(call: str, value: Any, dim: Any) -> int | None:
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(  # noqa: TRY004
            f"{call}Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
        )
    if not isinstance(value, Tensor):
        raise ValueError(  # noqa: TRY004
            f"{call}Got in_dim={dim} for an input but the input is of type {type(value)}. We cannot vmap over "
            "non-Tensor arguments, please use None as the respective in_dim"
        )
    ndim: int = value.ndim
    if not -ndim <= dim < ndim:
        raise ValueError(
            f"{call}Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {ndim} so expected "
            f"in_dim to satisfy -{ndim} <= in_dim < {ndim}."
        )
    return dim % ndim


def _batch_size(inputs: list[Any], dims: list[Any]) -> int:
    sizes: list[int] = [each.shape[dim] for each, dim in zip(inputs, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            "vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
            f"{sizes} for the mapped dimension"
        )
    return sizes[0]


def _check_out_dims(out_dims: Any, func: Callable[..., Any]) -> None:
    for dim in tree_leaves(out_dims):
        if not (isinstance(dim, int) or dim is None):
            raise ValueError(
                f"vmap({_name(func)}, ..., out_dims={out_dims}): `out_dims` must be an int, None or a python "
                "collection of ints representing where in the outputs the vmapped dimension should appear."
            )


def _flat_out_dims(func: Callable[..., Any], out_dims: Any, result: Any, structure: TreeSpec) -> list[Any]:
    def refuse() -> NoReturn:
        raise ValueError(
            f"vmap({_name(func)}, ..., out_dims={out_dims})(<inputs>): out_dims is not compatible with the structure "
            f"of `outputs`. out_dims has structure {tree_structure(out_dims)} but outputs has structure {structure}."
        )

    if isinstance(result, Tensor):
        if isinstance(out_dims, int) or out_dims is None:
            return [out_dims]
        if isinstance(out_dims, tuple) and len(out_dims) == 1:
            return list(out_dims)
        refuse()
    found = broadcast_to_leaves(out_dims, structure)
    if found is None:
        refuse()
    return found


def _unwrapped(func: Callable[..., Any], level: VmapLevel, output: Any, dim: int | None) -> Any:
    name = _name(func)
    if dim is None:
        if isinstance(output, Tensor) and level.owns(output):
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return output
    if not isinstance(output, Tensor):
        raise ValueError(  # noqa: TRY004
            f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(output)}. Did you mean to set "
            "out_dims= to None for output?"
        )
    ndim = output.ndim + 1
    if not -ndim <= dim < ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})")
    return level.unwrap(output, dim)


def _name(func: Any) -> str:
    if hasattr(func, "__name__"):
        return str(func.__name__)
    if isinstance(func, functools.partial):
        return f"functools.partial({_name(func.func)}, ...)"
    return repr(func)
