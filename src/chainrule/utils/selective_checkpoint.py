"""Selective checkpointing: a policy says which operations of a checkpointed function are not computed again.

Their results are kept in the forward pass and put in the place of the computation in the backward pass; they are
recorded there as ever, so derivatives do not know the difference.
"""

from __future__ import annotations

import copy
import enum
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self

from chainrule.engine.modes import op_interceptors, pushed
from chainrule.engine.op import Op
from chainrule.engine.tensor_base import TensorBase
from chainrule.engine.versions import changes, writes
from chainrule.ops import aten

__all__ = [
    "SAC_IGNORED_OPS",
    "CheckpointPolicy",
    "SelectiveCheckpointContext",
    "create_selective_checkpoint_contexts",
]

Run = Callable[[Op, tuple[Any, ...]], Any]

SAC_IGNORED_OPS = {aten.OpOverload("detach")}

MISMATCH = (
    "This can happen if the operations in the checkpointed region are nondeterministic or depend on global state that "
    "changed between forward and backward."
)
CONSUMED_ALREADY = (
    "Trying to backward an extra time. You are only allowed to backward once on any region computed under selective "
    "activation checkpoint."
)


# Where users find what has a name of its own here.
PUBLIC = "chainrule.utils.checkpoint"


class CheckpointPolicy(enum.Enum):
    """What is done with the result of an operation: saved, or computed again.

    `MUST_` and `PREFER_` mean the same here. Results that would be offloaded to the CPU are there already: they are
    saved.

    >>> torch.utils.checkpoint.CheckpointPolicy.MUST_SAVE
    <CheckpointPolicy.MUST_SAVE: 0>
    """

    __module__ = PUBLIC

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4
    PREFER_CPU_OFFLOAD = 5


SAVING = (
    CheckpointPolicy.MUST_SAVE,
    CheckpointPolicy.PREFER_SAVE,
    CheckpointPolicy.MUST_CPU_OFFLOAD,
    CheckpointPolicy.PREFER_CPU_OFFLOAD,
)


class SelectiveCheckpointContext:
    """What a policy function is told beside the operation and its arguments: `op_output`, the operation's result.

    `is_recompute` is always False: policies are asked in the forward pass only.

    >>> SelectiveCheckpointContext(is_recompute=False, op_output=torch.ones(2)).op_output
    tensor([1., 1.])
    """

    __module__ = PUBLIC

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute = is_recompute
        self.op_output = op_output


class _Kept:
    # The values of a result, and how often they had been changed.
    __slots__ = ("array", "changes", "counter")

    def __init__(self, tensor: TensorBase) -> None:
        self.array = tensor._array
        self.counter = tensor._version_counter
        self.changes = changes(self.counter)

    def values(self, *, may_be_changed: bool) -> Any:
        if not may_be_changed and changes(self.counter) != self.changes:
            since = writes(self.counter)[self.changes - changes(self.counter) :]
            raise RuntimeError(
                "Tensor cached during selective activation checkpoint has been mutated"
                + "".join(f"\n  changed in place by {write}" for write in since)
            )
        return self.array


# What stands in the storage for a result that is not kept, and for one that was taken out.
RECOMPUTE = object()
CONSUMED = object()

Storage = dict[aten.OpOverload, dict[int, Any]]


class _Intercepting:
    # A context in which `intercept` sees every operation; it may be entered again once it was left.

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self._calls: Counter[aten.OpOverload] = Counter()
        self._entered: list[AbstractContextManager[None]] = []

    def __enter__(self) -> Self:
        self._calls.clear()
        context = pushed(op_interceptors, self.intercept)
        context.__enter__()
        self._entered.append(context)
        return self

    def __exit__(self, *exception: object) -> None:
        self._entered.pop().__exit__(*exception)  # type: ignore[arg-type]

    def number_of_call(self, overload: aten.OpOverload) -> int:
        number = self._calls[overload]
        self._calls[overload] += 1
        return number

    def intercept(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        raise NotImplementedError


class Saving(_Intercepting):
    """The context of the forward pass: keeps what the policy says."""

    def __init__(self, policy: Callable[..., Any], storage: Storage) -> None:
        super().__init__(storage)
        self._policy = policy

    def intercept(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """Run the operation, ask the policy, and keep the result or a note that it is not kept."""
        result = run(op, args)
        overload = aten.overload_of(op, args)
        if overload in SAC_IGNORED_OPS:
            return result
        number = self.number_of_call(overload)
        choice = self._policy(SelectiveCheckpointContext(is_recompute=False, op_output=result), overload, *args)
        if isinstance(choice, bool):
            choice = CheckpointPolicy.MUST_SAVE if choice else CheckpointPolicy.PREFER_RECOMPUTE
        keep = choice in SAVING and not op.view
        self.storage.setdefault(overload, {})[number] = _kept(result) if keep else RECOMPUTE
        return result


class Reusing(_Intercepting):
    """The context of the recomputation: what was kept stands in for its computation."""

    def __init__(self, storage: Storage, *, may_be_changed: bool) -> None:
        super().__init__(storage)
        self._may_be_changed = may_be_changed

    def intercept(self, op: Op, args: tuple[Any, ...], run: Run) -> Any:
        """Record the operation with the result that was kept, or run it where none was."""
        overload = aten.overload_of(op, args)
        if overload in SAC_IGNORED_OPS:
            return run(op, args)
        number = self.number_of_call(overload)
        calls = self.storage.get(overload)
        if calls is None:
            raise RuntimeError(f"{overload} encountered during backward but not found in storage. {MISMATCH}")
        kept = calls.get(number)
        if kept is None:
            raise RuntimeError(
                f"{overload} invocation index {number} encountered during backward but not found in storage. {MISMATCH}"
            )
        if kept is CONSUMED:
            raise RuntimeError(CONSUMED_ALREADY)
        if kept is RECOMPUTE:
            return run(op, args)
        calls[number] = CONSUMED
        values: Any = [each.values(may_be_changed=self._may_be_changed) for each in kept]
        if not op.results:
            values = values[0]
        known = copy.copy(op)
        known.compute = known.forward_of_large = lambda *arrays: values
        return run(known, args)


def _kept(result: Any) -> Any:
    results = result if isinstance(result, tuple) else (result,)
    return [_Kept(each) for each in results] if all(isinstance(each, TensorBase) for each in results) else RECOMPUTE


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Callable[..., Any] | list[aten.OpOverload], allow_cache_entry_mutation: bool = False
) -> tuple[Saving, Reusing]:
    """The two contexts of `context_fn` with which `checkpoint` does not compute everything again.

    `policy_fn_or_list`: a function of a `SelectiveCheckpointContext`, an operation such as `ops.aten.mm.default`, and
    the operation's arguments, that returns a `CheckpointPolicy` (or a bool: whether to save); or a list of operations
    that are saved. It is asked once for each operation of the forward pass, as chainrule runs them: what is one step
    here and several in PyTorch is asked for once. Views, and operations in place, are always done again.

    With `allow_cache_entry_mutation` it is no error that a saved result was changed in place since.

    >>> from functools import partial
    >>> from chainrule.utils.checkpoint import checkpoint, create_selective_checkpoint_contexts
    >>> x = torch.ones(2, 2, requires_grad=True)
    >>> contexts = partial(create_selective_checkpoint_contexts, [torch.ops.aten.mm.default])
    >>> y = checkpoint(lambda x: (x @ x).tanh().sum(), x, use_reentrant=False, context_fn=contexts)
    >>> y.backward()
    """
    if isinstance(policy_fn_or_list, list):
        saved = policy_fn_or_list
        for op in saved:
            if not isinstance(op, aten.OpOverload):
                raise ValueError(_not_an_overload(op))  # noqa: TRY004 (PyTorch's class)

        def policy(_: SelectiveCheckpointContext, op: aten.OpOverload, *args: Any) -> CheckpointPolicy:
            return CheckpointPolicy.MUST_SAVE if op in saved else CheckpointPolicy.PREFER_RECOMPUTE

    elif callable(policy_fn_or_list):
        policy = policy_fn_or_list
    else:
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    storage: Storage = {}
    return Saving(policy, storage), Reusing(storage, may_be_changed=allow_cache_entry_mutation)


def _not_an_overload(op: Any) -> str:
    hint = (
        "Please update the OpOverloadPacket to a specific OpOverload."
        f"For example, if you have `torch.ops.{op}`, change it to `torch.ops.{op}.default`."
        if isinstance(op, aten.OpOverloadPacket)
        else ""
    )
    return f"Expected op in `op_list` to be an OpOverload but got: {op} of type {type(op)}. {hint}"
