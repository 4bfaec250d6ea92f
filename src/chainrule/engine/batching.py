"""Batches: a function of one example run on many at once.

A batched tensor looks like one example, and has the values of all in a tensor with a dimension more, the first. The
level sees every operation: the row's kind or rule says how it runs on the batch, and where a row says nothing it runs
once for each entry. What it does is operations on tensors, so it is recorded, has tangents, and may be batched again.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import numpy as np

from chainrule.engine.batching_rules import elementwise, filled, passed, random
from chainrule.engine.entrywise import BatchedValuesError
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.interpreters import Level, Pull, levels
from chainrule.engine.modes import op_interceptors
from chainrule.engine.nesting import batch, entries, inside
from chainrule.engine.op import ELEMENTWISE, TABLE, Op
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import new_counter

F = TypeVar("F", bound=Callable[..., Any])
Run = Callable[[Op, tuple[Any, ...]], Any]

NO_ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, "
    "please try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch "
    "internals, please file a bug report."
)
NO_CONTROL_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that "
    "yet, please file an issue at https://github.com/pytorch/pytorch/issues ."
)
NO_VALUES = "vmap: the values of a batched tensor are asked for, of which there is one for each entry of the batch: {}"
NO_RANDOMNESS = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)
SAME_OF_BATCH = (
    "Vmap does not currently support same randomness with a batched tensor input. Please use "
    "randomness='different', or draw outside of vmap"
)
UNBATCHED_TARGET = (
    "vmap: {}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more "
    "elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a "
    "vmap. Please try to use out-of-place operators instead of {}. If said operator is being called inside the PyTorch "
    "framework, please file a bug report instead."
)


class Outline:
    """In place of the array of a batched tensor: the shape and type of one entry, and no values."""

    __slots__ = ("dtype", "shape")

    __array_priority__ = 2000

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=np.int64))

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self.size * self.itemsize

    @property
    def strides(self) -> tuple[int, ...]:
        """As those of an array whose elements lie one after another."""
        strides: list[int] = []
        step = self.itemsize
        for size in reversed(self.shape):
            strides.append(step)
            step *= max(size, 1)
        return tuple(strides[::-1])

    @property
    def flags(self) -> Any:
        """As those of an array whose elements lie one after another."""
        return np.empty(0, self.dtype).flags

    @property
    def base(self) -> None:
        """Nothing."""
        return

    def _seen(self) -> Any:
        return np.broadcast_to(np.empty((), self.dtype), self.shape)

    def reshape(self, *shape: Any, copy: bool | None = None) -> Outline:
        """The outline in another shape."""
        del copy
        return Outline(self._seen().reshape(*shape).shape, self.dtype)

    def transpose(self, *dims: Any) -> Outline:
        """The outline with its dimensions in another order."""
        return Outline(self._seen().transpose(*dims).shape, self.dtype)

    def __getitem__(self, index: Any) -> Outline:
        return Outline(self._seen()[index].shape, self.dtype)

    def astype(self, dtype: Any, **options: Any) -> Outline:
        """The outline with elements of another type."""
        del options
        return Outline(self.shape, np.dtype(dtype))

    def __len__(self) -> int:
        return len(self._seen())

    def item(self) -> NoReturn:
        """Raise RuntimeError, in PyTorch's words."""
        raise BatchedValuesError(NO_ITEM)

    def __bool__(self) -> bool:
        raise BatchedValuesError(NO_CONTROL_FLOW)

    def __int__(self) -> int:
        raise BatchedValuesError(NO_ITEM)

    __index__ = __int__

    def __float__(self) -> float:
        raise BatchedValuesError(NO_ITEM)

    def __complex__(self) -> complex:
        raise BatchedValuesError(NO_ITEM)

    def tolist(self) -> NoReturn:
        """Raise RuntimeError."""
        raise BatchedValuesError(NO_VALUES.format("tolist()"))

    def copy(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raise RuntimeError."""
        raise BatchedValuesError(NO_VALUES.format("a copy of its array"))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise BatchedValuesError(NO_VALUES.format("as an array of NumPy"))

    def __array_ufunc__(self, function: Any, method: str, *inputs: Any, **options: Any) -> NoReturn:
        raise BatchedValuesError(
            NO_VALUES.format(f"by numpy.{function.__name__}, or outside of the vmap it belongs to")
        )

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> NoReturn:
        raise BatchedValuesError(
            NO_VALUES.format(f"by numpy.{function.__name__}, or outside of the vmap it belongs to")
        )

    def __getattr__(self, name: str) -> NoReturn:
        raise BatchedValuesError(NO_VALUES.format(f"by its array's {name}"))


class _Batched:
    # The class of batched tensors, made known by the module that has it.

    tensor_type: Any = None


_batched = _Batched()


def set_batched_type(tensor_type: Any) -> None:
    """Make `tensor_type` the class of batched tensors; said once."""
    _batched.tensor_type = tensor_type


class VmapLevel(Level):
    """One running `vmap`: over `size` entries. `randomness`: "error", "same" or "different", as `vmap` has it."""

    size: int

    def __init__(self, size: int, randomness: str = "error", number: int = 1) -> None:
        self.size = size
        self.randomness = randomness
        self.number = number

    def wrap(self, tensor: Any, dim: int = 0) -> Any:
        """A batched tensor of the entries of `tensor` along `dim`."""
        return self._wrapped(tensor.movedim(dim, 0) if dim else tensor)

    def unwrap(self, tensor: Any, out_dim: int = 0) -> Any:
        """All entries as one tensor, along `out_dim`; repeated where the tensor is the same for all."""
        value = self.entries(tensor)
        return value.movedim(0, out_dim) if out_dim else value

    def entries(self, tensor: Any) -> Any:
        """All entries of a tensor, the first dimension over the batch."""
        if self.owns(tensor):
            return tensor._value
        return tensor.unsqueeze(0).expand(self.size, *tensor.shape)

    def _wrapped(self, value: Any) -> Any:
        if not isinstance(value, TensorBase):
            return value
        batched = _batched.tensor_type.__new__(_batched.tensor_type)
        array = value._array
        batched._array = Outline(array.shape[1:], array.dtype)
        batched._version_counter = new_counter()
        batched._requires_grad = False
        batched._edge = batched._grad = batched._hooks = batched._base = batched._view = None
        batched._level = self
        batched._value = value
        return batched

    def owns(self, tensor: Any) -> bool:
        """Whether it is a batch at this level."""
        return type(tensor) is _batched.tensor_type and tensor._level is self

    def __call__(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """The operation on every entry."""
        taken = self._taken(args)
        if op.batching is random:
            self._require_randomness()
            if taken is None and self.randomness == "different":
                return self._given(op, np.stack([run(op, args) for _ in range(self.size)]))
            if taken is not None:
                self._require_different()
        if taken is None:
            return run(op, args)
        values, dims = taken
        rule = op.batching
        if rule is None and (op.kind == ELEMENTWISE or isinstance(op.forward, np.ufunc)):
            rule = elementwise
        result = NotImplemented if rule is None else rule(op, values, dims, run)
        if result is NotImplemented:
            result = self._looped(op, values, dims, run)
        return self._given(op, result)

    def change(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """Change the first argument in place, in every entry."""
        taken = self._taken(args)
        if op.batching is random:
            self._require_randomness()
            if taken is not None and self.owns(args[0]):
                self._fill(op, args, taken, run)
                return args[0]
        if taken is None:
            return run(op, args)
        target = args[0]
        if not self.owns(target):
            name = "inplace arithmetic" if op.batching in (None, elementwise) else op.inplace_name
            raise RuntimeError(UNBATCHED_TARGET.format(name, name))
        if not any(isinstance(a, (TensorBase, list, tuple)) for a in args[1:]):
            # Of the target alone: the same change of all entries.
            rule = op.batching or (elementwise if op.kind == ELEMENTWISE else None)
            if rule in (elementwise, passed, filled):
                run(op, tuple(taken[0]))
                return target
        # What is saved of the target is to stay as it is.
        before = self._wrapped(target._value.clone()) if op.formulas and is_grad_enabled() else target
        result = self(op, (before, *args[1:]), lambda op, args: op.function(*args))
        shape = target._array.shape
        if result._array.shape != shape:
            msg = f"output with shape {list(shape)} doesn't match the broadcast shape {list(result._array.shape)}"
            raise RuntimeError(msg)
        target._value.copy_(self.entries(result))
        return target

    def _fill(self, op: Op, args: tuple[Any, ...], taken: tuple[list[Any], list[Any]], run: Run) -> None:
        # With random numbers, of its own for each entry or the same.
        values, dims = taken
        if self.randomness == "different":
            run(op, tuple(values))
            return
        if any(dims[1:]):
            self._require_different()
        entry = args[0]._array
        same = new_tensor(np.empty(entry.shape, entry.dtype))
        run(op, (same, *args[1:]))
        values[0].copy_(same)

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Apply a custom function to every entry."""
        taken = self._taken(args)
        if taken is None:
            return run(function, args)
        return function.apply_to_batches(self, *taken, run)

    def draw(self, tensor: Any, make: Callable[[Any], Any]) -> Any:
        """What `make(tensor)` draws: once for all entries or for each, as `randomness` says."""
        self._require_randomness()
        interceptors = op_interceptors.get()
        token = op_interceptors.set(interceptors[: interceptors.index(self)])
        try:
            if self.owns(tensor):
                self._require_different()
                rows = [drawn_from(tensor._value[i], make) for i in range(self.size)]
            elif self.randomness == "same":
                return drawn_from(tensor, make)
            else:
                rows = [drawn_from(tensor, make) for _ in range(self.size)]
            return self._wrapped(np.stack(rows))
        finally:
            op_interceptors.reset(token)

    def _require_randomness(self) -> None:
        if self.randomness == "error":
            raise RuntimeError(NO_RANDOMNESS)

    def _require_different(self) -> None:
        if self.randomness == "same":
            raise RuntimeError(SAME_OF_BATCH)

    def variable(self, tensor: Any, variable: Callable[[Any], Any]) -> Any:
        """A batched variable: each entry has its own gradient."""
        return self._wrapped(variable(self.entries(tensor)))

    def pull(self, outputs: list[Any], inputs: list[Any], seeds: list[Any], pull: Pull) -> list[Any]:
        """The gradients of every entry."""
        inner = inside(self)
        pairs = [(o, s) for o, s in zip(outputs, seeds, strict=True) if s is not None and self.owns(o)]
        seeds = [entries(self, s, inner) for _, s in pairs]
        gradients = pull([o._value for o, _ in pairs], [i._value for i in inputs], seeds)
        return [None if g is None else batch(self, g, inner) for g in gradients]

    def _taken(self, args: tuple[Any, ...]) -> tuple[list[Any], list[Any]] | None:
        # The arguments with all entries in place of batches, and which were batches: True, or a list for a sequence.
        values = list(args)
        dims: list[Any] = [False] * len(args)
        found = False
        for i, value in enumerate(args):
            if self.owns(value):
                values[i] = value._value
                dims[i] = found = True
            elif isinstance(value, (list, tuple)):
                inside = [self.owns(v) for v in value]
                if True in inside:
                    values[i] = type(value)([v._value if own else v for v, own in zip(value, inside, strict=True)])
                    dims[i] = inside
                    found = True
        return (values, dims) if found else None

    def _given(self, op: Op, result: Any) -> Any:
        if isinstance(result, (list, tuple)):
            wrapped = [self._wrapped(r) for r in result]
            return op.return_type(wrapped) if op.results else tuple(wrapped)
        return self._wrapped(result)

    def _looped(self, op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        # The operation once for each entry: always right, and as slow as that.
        warn_of_loop(op)
        if not self.size:
            msg = f"vmap: {op.name} has no rule for batches and so cannot take one without entries"
            raise RuntimeError(msg)
        results = []
        for number in range(self.size):
            entries = [_entry(v, d, number) for v, d in zip(values, dims, strict=True)]
            for i, entry in enumerate(entries):
                if i != op.sequence and isinstance(dims[i], list):  # an index, whose items are arrays
                    entries[i] = type(entry)([_array_of(item) for item in entry])
            results.append(run(op, tuple(entries)))
        first = results[0]
        if isinstance(first, (list, tuple)):
            return [self._stacked(op, each) for each in zip(*results, strict=True)]
        return self._stacked(op, results)

    def _stacked(self, op: Op, results: Any) -> Any:
        if not isinstance(results[0], TensorBase):
            if all(r == results[0] for r in results):
                return results[0]
            raise RuntimeError(NO_VALUES.format(f"by {op.name}, which gives a number for each entry"))
        shapes = {r._array.shape for r in results}
        if len(shapes) > 1:
            msg = f"vmap: the results of {op.name} for the entries of a batch have different shapes: {sorted(shapes)}"
            raise RuntimeError(msg)
        return np.stack(results)


class RulesOnly(VmapLevel):
    """A batch that gives up, with `BatchedValuesError`, where an operation has no rule for batches."""

    def _looped(self, op: Op, values: list[Any], dims: list[Any], run: Run) -> Any:
        raise BatchedValuesError(op.name)


def _entry(value: Any, dims: Any, number: int) -> Any:
    if isinstance(dims, list):
        return type(value)([v[number] if own else v for v, own in zip(value, dims, strict=True)])
    if isinstance(value, list):
        return value.copy()  # which a forward may fill, and its node keep
    return value[number] if dims else value


def drawn(make: Callable[[], Any]) -> Any:
    """`make()`, which draws random numbers: within `vmap` as often as its `randomness` says."""
    return drawn_from(None, lambda _: make())


def drawn_from(tensor: Any, make: Callable[[Any], Any]) -> Any:
    """`make(tensor)`, which draws random numbers as the tensor says: within `vmap` by what it is for each entry."""
    if op_interceptors.get():
        for level in reversed(levels()):
            if isinstance(level, VmapLevel):
                return level.draw(tensor, make)
    return make(tensor)


def is_batched(tensor: Any) -> bool:
    """Whether a tensor is a batch, which looks like one of its entries."""
    return type(tensor._array) is Outline


def of_all_entries(batched: Any, make: Callable[[Any], Any]) -> Any:
    """A batch of what `make` makes of the tensor of all entries."""
    return batched._level.wrap(make(batched._value))


def draws(function: F) -> F:
    """Decorate a function that draws random numbers, and of no batch: see `drawn`."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if op_interceptors.get():
            return drawn(lambda: function(*args, **kwargs))
        return function(*args, **kwargs)

    return call  # type: ignore[return-value]


def _array_of(item: Any) -> Any:
    return item._array if isinstance(item, TensorBase) and type(item._array) is np.ndarray else item


_warned: set[str] = set()


def warn_of_loop(op: Op) -> None:
    """Say once of each operation that it runs entry by entry."""
    if op.name not in _warned and op.name in TABLE:
        _warned.add(op.name)
        warnings.warn(
            f"There is a performance drop because we have not yet implemented the batching rule for {op.name}: it runs "
            "once for each entry of the batch.",
            UserWarning,
            stacklevel=2,
        )
