"""What users may read on a node beside what the engine needs: `grad_fn._saved_self` and the like, and calling it.

Nothing of it is stored anywhere: names and values come from the row of the node's operation and what the node saved.
"""

from __future__ import annotations

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from chainrule.engine.evaluation import as_rules_take_it, evaluate, fit
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.hooks import as_tensor
from chainrule.engine.node import Node, OwnNode, hooks_of
from chainrule.engine.op import Op
from chainrule.engine.saved import (
    HOOKS_FOR_WHAT_WAS_FREED,
    Packed,
    check_version,
    freed_error,
    pack_tensor,
    with_history,
)
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.versions import new_counter

SAVED = "_saved_"
RAW_SAVED = "_raw_saved_"


class SavedTensor:
    """One tensor that a node has saved, as it stands there: `grad_fn._raw_saved_self`.

    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> y = x.exp()
    >>> y.grad_fn._raw_saved_result.register_hooks(lambda saved: saved.numpy(), torch.from_numpy)
    >>> y.sum().backward()
    >>> x.grad
    tensor([2.7183, 7.3891])
    """

    __slots__ = ("_node", "_number")

    def __init__(self, node: Node | None, number: int) -> None:
        self._node = node  # None for a tensor that this node did not need to save
        self._number = number

    def _entries(self) -> tuple[Any, Any, Any]:
        if self._node is None:
            return None, None, 0
        saved = self._node.saved
        if saved is None:
            raise freed_error(self._node)
        return saved[3 * self._number : 3 * self._number + 3]

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Put `pack_hook(tensor)` in place of the tensor now; backward then uses `unpack_hook` of that.

        The hook is given the tensor without its history. Raises RuntimeError where nothing is saved, or hooks are set
        already.
        """
        for hook in (pack_hook, unpack_hook):
            if not callable(hook):
                raise TypeError(f"register_hooks(): expected two functions, but got {type(hook).__name__}")
        node = self._node
        if node is not None and node.saved is None:
            raise freed_error(node, HOOKS_FOR_WHAT_WAS_FREED)
        value, counter, _ = self._entries()
        if node is None or value is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden")
        if isinstance(value, Packed):
            raise RuntimeError(  # noqa: TRY004 (as PyTorch)
                "Calling register_hooks on a saved tensor whose hooks have already been set. "
                "Hint: only one pair of hooks is allowed at a time."
            )
        saved: Any = node.saved
        at = 3 * self._number
        check_version(node, saved, at)
        packed = pack_tensor(new_tensor(value, None, counter), (pack_hook, unpack_hook))
        replaced = (*saved[:at], packed, new_counter(), 0, *saved[at + 3 :])
        if node.more_saved is not None:
            node.more_saved = replaced
        else:
            node.save(replaced)
        hooks_of(node).packed = True

    @property
    def data(self) -> Any:
        """What stands in the node: the tensor, or what the pack hook gave for it."""
        value, _, _ = self._entries()
        return value.value if isinstance(value, Packed) else self.unpack()

    @property
    def unpack_hook(self) -> Any:
        """The hook that unpacks it; None where there are no hooks."""
        value, _, _ = self._entries()
        return value.unpack_hook if isinstance(value, Packed) else None

    def unpack(self) -> Any:
        """The tensor; raises RuntimeError where it was freed, or changed in place since."""
        return None if self._node is None else saved_tensor(self._node, self._number)


def saved_tensor(node: Node, number: int) -> TensorBase | None:
    """The node's saved tensor of this number as it was, with its history."""
    saved = node.saved
    check_version(node, saved, 3 * number)
    value, counter, _ = saved[3 * number : 3 * number + 3]  # type: ignore[index]
    if isinstance(value, Packed):
        return with_history(node, number, value.unpack(node, number), new_counter())
    return None if value is None else with_history(node, number, value, counter)


def add_saved_attributes(node_class: type[Node]) -> None:
    """Give a class of nodes its `_saved_self` and the like.

    As properties of each class: a `__getattr__` would slow down every look at every attribute of a node.
    """
    for name, source in _sources(node_class, (None,) * len(node_class.argument_plan)).items():
        setattr(node_class, SAVED + name, property(partial(_saved_attribute, name)))
        if source.is_tensor:
            setattr(node_class, RAW_SAVED + name, property(partial(_raw_saved_attribute, name)))


def _saved_attribute(name: str, node: Node) -> Any:
    found = _sources(type(node), node.arguments)[name]
    if found.value is not None and node.saved is None:
        raise freed_error(node)
    if not found.is_tensor:
        return found.value
    tensors = tuple([saved_tensor(node, number) for number in found.numbers])
    if found.is_sequence:
        return tensors
    return tensors[0] if tensors else found.value


def _raw_saved_attribute(name: str, node: Node) -> Any:
    found = _sources(type(node), node.arguments)[name]
    if not found.is_tensor:
        raise AttributeError(f"{type(node).__name__!r} object has no attribute {RAW_SAVED + name!r}")
    raw = tuple([SavedTensor(node, number) for number in found.numbers]) or (SavedTensor(None, 0),)
    return raw if found.is_sequence else raw[0]


class _Source(NamedTuple):
    # Where a saved value is: tensors by their numbers among the saved ones, or the value itself.
    is_tensor: bool
    numbers: tuple[int, ...] = ()
    is_sequence: bool = False
    value: Any = None


def _sources(node_class: type[Node], arguments: tuple[Any, ...]) -> dict[str, _Source]:
    # By PyTorch's name for it, everything that formulas of this operation ask for; None for what this call did without.
    op: Op = node_class.op
    sources: dict[str, _Source] = {}
    asked_for = {name for _, _, names in op.formulas for name in names[1:]}
    for name in asked_for:
        if name in {"result", *op.results, *[op.parameters[at] for at in op.tensor_positions]}:
            sources[name] = _Source(is_tensor=True)
    for number, source in enumerate(node_class.save_plan):
        if isinstance(source, tuple):
            name = op.parameters[source[0]]
            before = sources[name].numbers if name in sources else ()
            sources[name] = _Source(is_tensor=True, numbers=(*before, number), is_sequence=True)
            continue
        name = op.parameters[source] if source >= 0 else op.results[~source] if op.results else "result"
        sources[name] = _Source(is_tensor=True, numbers=(number,))
    for (what, position), value in zip(node_class.argument_plan, arguments, strict=True):
        name = op.parameters[position]
        if what != "value":
            sources[f"{name}_sym_sizes"] = _Source(is_tensor=False, value=value)
        elif position in op.tensor_positions and (value is None or isinstance(op.node_name, str)):
            # Where PyTorch has no node of its own for a number, it makes a tensor of it.
            made = None if value is None else new_tensor(np.asarray(value))
            sources[name] = _Source(is_tensor=True, value=made)
        else:
            sources[name] = _Source(is_tensor=False, value=value)
    return {_public_name(op, node_class.__name__, name): source for name, source in sources.items()}


def _public_name(op: Op, node_name: str, name: str) -> str:
    named = op.saved_names.get(name, name)
    return named if isinstance(named, str) else named.get(node_name, name)


class InputMetadata(NamedTuple):
    """What a node knows of one of its outputs, which is what its gradient must look like."""

    shape: Any
    dtype: Any
    device: Any
    is_nested_tensor: bool = False


def input_metadata(shape: Any, dtype: Any) -> tuple[Any, ...]:
    """`grad_fn._input_metadata`: an entry for each output, None for one that is no tensor."""
    from chainrule.devices import CPU
    from chainrule.dtypes import from_numpy_dtype

    shapes, dtypes = (shape, dtype) if isinstance(dtype, tuple) else ((shape,), (dtype,))
    return tuple(
        None if s is None else InputMetadata(list(s), from_numpy_dtype(d), CPU)
        for s, d in zip(shapes[: _output_count(dtype)], dtypes, strict=False)
    )


def _output_count(dtype: Any) -> int:
    # As PyTorch counts: integer results at the end, such as indices, have no gradient.
    if not isinstance(dtype, tuple):
        return 1
    return max((number for number, d in enumerate(dtype, 1) if d is None or d.kind in "fc"), default=0)


def applied(node: Node, grads: tuple[Any, ...]) -> Any:
    """What a node computes from these gradients of its outputs; what it saved stays."""
    expected = _output_count(node.dtype)
    if len(grads) != expected:
        raise TypeError(f"expected {expected} arguments, got {len(grads)} instead")
    for position, grad in enumerate(grads):
        if grad is not None and not isinstance(grad, TensorBase):
            raise TypeError(f"argument {position} is not a Variable")
    create_graph = is_grad_enabled()
    arrived: list[Any] = [grad if create_graph or grad is None else grad._array for grad in grads]
    if isinstance(node.dtype, tuple):
        arrived += [None] * (len(node.dtype) - expected)
    if all(grad is None for grad in grads):
        computed: list[Any] = [None] * len(node.next_edges)
    else:
        given: Any = arrived if isinstance(node.dtype, tuple) else arrived[0]
        if isinstance(node.dtype, tuple) and not isinstance(node, OwnNode):
            given = as_rules_take_it(node, arrived, create_graph=create_graph)
        computed = evaluate(node, given, keep_graph=True, create_graph=create_graph)
    gradients = tuple(
        [
            None if edge is None else as_tensor(fit(gradient, edge, node, create_graph=create_graph))
            for gradient, edge in zip(computed, node.next_edges, strict=True)
        ]
    )
    return gradients[0] if len(gradients) == 1 else gradients
