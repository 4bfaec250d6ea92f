"""One checkpointed call: what stands in for the values that it did not keep, and how they are computed again.

While the function runs, each value that a node would save is replaced by a `Slot`, which only knows its number. The
first slot that a backward pass asks for has the function run again; what its nodes save then, in the same order, are
the values. They belong to that pass, each until it is asked for.

A region within a region saves its arguments as any node saves its tensors: as slots of the region around it. So a value
that is asked for has every region around it run again, from the outside in.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, Self

from chainrule.autograd.function import Function
from chainrule.autograd.function_node import FunctionNode
from chainrule.autograd.saved_hooks import saved_tensors_hooks
from chainrule.devices import CPU
from chainrule.dtypes import from_numpy_dtype
from chainrule.engine.backward import current_pass
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.node import Node, begin
from chainrule.engine.places import NO_FRAME, Place, here
from chainrule.engine.saved import check_version
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import stamp
from chainrule.random import default_generator
from chainrule.size import Size
from chainrule.utils.checkpoint_log import Log

TIP = (
    "\n\nTip: To see a more detailed error message, either pass `debug=True` to\n"
    "`torch.utils.checkpoint.checkpoint(...)` or wrap the code block\n"
    "with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to\n"
    "enable checkpoint-debug mode globally.\n"
)

# Where users find what has a name of its own here.
PUBLIC = "chainrule.utils.checkpoint"

Metadata = Callable[[Any, Any], Any]


class CheckpointError(RuntimeError):
    """The function of a checkpoint did not do the same when it was run again.

    >>> issubclass(CheckpointError, RuntimeError)
    True
    """

    __module__ = PUBLIC


class GraphExecGroup:
    """Backward passes in this context share one recomputation of each checkpointed region that they meet.

    They must not need the same saved value twice, even with `retain_graph`. For `use_reentrant=False` only.

    >>> import chainrule as torch
    >>> from chainrule.utils.checkpoint import GraphExecGroup, checkpoint
    >>> x = torch.ones(2, requires_grad=True)
    >>> one, other = checkpoint(lambda x: (x.sin(), x.exp()), x, use_reentrant=False)
    >>> with GraphExecGroup():
    ...     one.sum().backward()
    ...     other.sum().backward()  # the function does not run again
    """

    __module__ = PUBLIC

    def __enter__(self) -> Self:
        current = _group.get()
        if current is not None:
            raise RuntimeError(f"GraphExecGroup contexts cannot be nested. Already inside group {current}")
        _group.set(self)
        return self

    def __exit__(self, *exception: object) -> None:
        _group.set(None)


_group: ContextVar[GraphExecGroup | None] = ContextVar("graph_exec_group", default=None)


class Arguments(FunctionNode):
    """The arguments of a checkpointed call, the tensors among them saved as a custom Function's; a part of no graph."""

    __slots__ = ("args",)

    def __init__(self, args: tuple[Any, ...]) -> None:
        super().__init__(Function, args)
        self.save_tensors(tuple([arg for arg in args if isinstance(arg, TensorBase)]), outputs={})
        self.args = [None if isinstance(arg, TensorBase) else arg for arg in args]

    def name(self) -> str:
        """As messages call it."""
        return "checkpoint"

    def again(self) -> list[Any]:
        """The arguments as they were; raises RuntimeError where a tensor among them was changed in place since."""
        tensors = iter(self.saved_tensors())
        return [next(tensors) if tensor else arg for tensor, arg in zip(self.are_tensors, self.args, strict=True)]


class _Asking:
    """Stands for a backward pass, which itself cannot be referred to weakly."""


def _this_pass() -> _Asking:
    running = current_pass()
    return _Asking() if running is None else running.notes.setdefault(_Asking, _Asking())


class Saver(Node):
    """What an error calls the operation that saved a value."""

    __slots__ = ()

    def __init__(self, place: Place | None) -> None:
        code, lasti = (NO_FRAME.f_code, -1) if place is None else (place.code, place.lasti)
        begin(self, None, None, None, 0, (), None, code, lasti)

    def name(self) -> str:
        """As messages call it."""
        return "an operation in the checkpoint"


class Slot:
    """What a node of a checkpointed function holds in place of a saved value: the value's number."""

    __slots__ = ("__weakref__", "number")

    def __init__(self, number: int) -> None:
        self.number = number


class Recomputation:
    """One run of the function for one backward pass: the values that it saved, until they are asked for.

    Each stands beside the stamp of its version counter, because the function may change it in place afterwards.
    """

    __slots__ = ("__weakref__", "count", "places", "values")

    def __init__(self) -> None:
        self.values: dict[int, tuple[TensorBase, int]] = {}
        self.count = 0
        self.places: list[Place | None] = []


class Enough(BaseException):
    """Ends a recomputation that has saved all that the forward pass did. No `except Exception` of the user stops it."""

    def __init__(self, recomputation: Recomputation) -> None:
        self.recomputation = recomputation


class Region:
    """One checkpointed call.

    - `arguments`, `kwargs`, `random_state`: what it started from; `random_state` is None where it is not preserved.
    - `slots`, `places`, `metadata`: for each value that forward saved, its slot while a node holds it, the line that
      saved it, and what the determinism check compares.
    - `recomputed`: for each backward pass that is not over, what it has had computed.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        *,
        preserve_rng_state: bool,
        context: AbstractContextManager[Any],
        metadata_of: Metadata,
        early_stop: bool,
        log: Log | None,
    ) -> None:
        self.function = function
        self.arguments = Arguments(args)
        self.kwargs = kwargs
        self.random_state = default_generator._stream.snapshot() if preserve_rng_state else None
        self.context = context
        self.metadata_of = metadata_of
        self.early_stop = early_stop
        self.log = log
        self.slots: list[weakref.ref[Slot]] = []
        self.places: list[Place | None] = []
        self.metadata: list[Any] = []
        self.forward_completed = False
        # Set where a backward pass within the function had it run again beyond the point that forward had reached.
        self.ran_ahead = False
        self.recomputed: weakref.WeakKeyDictionary[Any, Recomputation] = weakref.WeakKeyDictionary()

    def hooks(self) -> AbstractContextManager[None]:
        """The context in which the function runs: what is saved becomes slots."""
        return saved_tensors_hooks(self.pack, self.unpack)

    def held_by_graph(self) -> tuple[Any, ...]:
        """What the nodes keep alive with this region; `autograd.graph.report` asks for it."""
        return self.arguments, self.kwargs

    def pack(self, tensor: TensorBase) -> Slot:
        """A new slot in place of the value."""
        slot = Slot(len(self.slots))
        self.slots.append(weakref.ref(slot))
        self.places.append(here())
        self.metadata.append(self.metadata_of(tensor._array.shape, tensor._array.dtype))
        return slot

    def unpack(self, slot: Slot) -> Any:
        """The value that belongs in the slot, computed again unless the backward pass has had that done."""
        try:
            return self._value_of(slot)
        except CheckpointError as error:
            if self.log is None:
                raise
            raise CheckpointError(self.log.explain(error)) from error

    def _value_of(self, slot: Slot) -> TensorBase:
        group = _group.get()
        asking: Any = group or _this_pass()
        recomputation = self.recomputed.get(asking)
        if recomputation is None:
            recomputation = self.recompute()
            self.recomputed[asking] = recomputation
        if slot.number not in recomputation.values:
            overlap = "" if group is None else (
                "Performing two backward calls that overlap (i.e. require the same saved activation in order to "
                "compute gradients) is not allowed while under the torch.utils.checkpoint.GraphExecGroup context. "
            )  # fmt: skip
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. "
                f"{overlap}If you are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise "
                "please open an issue with details on your use case."
            )
        value, stamped = recomputation.values.pop(slot.number)
        if value._version_counter[0] != stamped:
            saver = Saver(self.places[slot.number])
            check_version(saver, (value._array, value._version_counter, stamped), 0)
        return value

    def recompute(self) -> Recomputation:
        """Run the function again from what it started from, and check that it did the same."""
        recomputation = Recomputation()

        def pack(tensor: TensorBase) -> TensorBase:
            return self._save_again(recomputation, tensor)

        args = self.arguments.again()
        try:
            with (
                saved_tensors_hooks(pack, _itself),
                enable_grad(),
                drawing_from(self.random_state),
                self.context,
            ):
                self.function(*args, **self.kwargs)
        except Enough as enough:
            if enough.recomputation is not recomputation:
                raise
        if not self.ran_ahead:
            self._check(recomputation)
        return recomputation

    def _save_again(self, recomputation: Recomputation, tensor: TensorBase) -> TensorBase:
        if tensor._requires_grad:
            tensor = new_tensor(tensor._array, None, tensor._version_counter)
        number = recomputation.count
        recomputation.count += 1
        recomputation.places.append(here())
        if number < len(self.slots):
            if self.slots[number]() is not None:
                recomputation.values[number] = (tensor, stamp(tensor._version_counter, tensor._array))
        elif not self.forward_completed:
            self.ran_ahead = True
        elif not self.early_stop:
            raise CheckpointError(
                "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                f"forward pass.{self._where_it_differs(recomputation)}{TIP}"
            )
        if self.early_stop and recomputation.count >= len(self.slots):
            raise Enough(recomputation)
        # The function may run a backward pass itself, through nodes that are new.
        return tensor

    def _check(self, recomputation: Recomputation) -> None:
        if recomputation.count != len(self.slots):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self.slots)}\n"
                f"Number of tensors saved during recomputation: {recomputation.count}."
                f"{self._where_it_differs(recomputation)}{TIP}"
            )
        different = ""
        for number, (value, _) in recomputation.values.items():
            now = self.metadata_of(value._array.shape, value._array.dtype)
            if now != self.metadata[number]:
                different += (
                    f"tensor at position {number}:\nsaved metadata: {self.metadata[number]}\n"
                    f"recomputed metadata: {now}\n{self._lines(recomputation, number)}"
                )
        if different:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                f"during the forward pass.\n{different}.{TIP}"
            )

    def _where_it_differs(self, recomputation: Recomputation) -> str:
        # The first values that different lines saved.
        for number in range(max(len(self.places), len(recomputation.places))):
            lines = [
                str(places[number]) if number < len(places) else "" for places in (self.places, recomputation.places)
            ]
            if lines[0] != lines[1]:
                told = self._lines(recomputation, number)
                return f"\nThe first that differs is the tensor at position {number}:\n{told}"
        return ""

    def _lines(self, recomputation: Recomputation, number: int) -> str:
        told = ""
        for when, places in (("the original forward", self.places), ("recomputation", recomputation.places)):
            place = f"saved at {places[number]}" if number < len(places) else "nothing was saved"
            told += f"  in {when}: {place}\n"
        return told


def shape_and_dtype(shape: tuple[int, ...], dtype: Any) -> dict[str, Any]:
    """What the determinism check compares by default."""
    return {"shape": Size(shape), "dtype": from_numpy_dtype(dtype), "device": CPU}


def nothing(shape: tuple[int, ...], dtype: Any) -> None:
    """What the determinism check compares where it is off."""
    del shape, dtype


def _itself(tensor: Any) -> Any:
    return tensor


@contextmanager
def drawing_from(state: Any) -> Iterator[None]:
    """The default generator in a state of before, within a `with` block; in None it is left alone."""
    if state is None:
        yield
        return
    stream = default_generator._stream
    found = stream.snapshot()
    stream.restore(state)
    try:
        yield
    finally:
        stream.restore(found)
