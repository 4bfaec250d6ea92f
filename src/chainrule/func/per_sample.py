"""Gradients of every sample of a batch, from one backward pass: themselves, their norms, or their squares added up.

While a block is on, every operation is seen (as an interceptor, see engine/modes.py), and what is known of its
arguments says which elements of its result belong to which sample (sample_tracking.py). Where a tensor that all samples
share meets one that they do not, the node gets a hook. In the backward pass the hook sees the gradient of the result
before the row's formula adds up the batch, and makes the gradients of samples of it (sample_rules.py). From there to
the parameter the graph is walked once more with one gradient for each sample; sample_parts.py has what is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, NoReturn, Self, cast

import numpy as np

from chainrule.engine.backward import Pass, current_pass, queue_callback, run_backward
from chainrule.engine.batched import gradients_of_batch
from chainrule.engine.modes import op_interceptors, pushed
from chainrule.engine.node import GradientEdge, Node, OwnNode
from chainrule.engine.tensor_base import LEAF, TensorBase, new_tensor
from chainrule.func import sample_parts
from chainrule.func.sample_parts import Formed, OfOne, Outer, Part
from chainrule.func.sample_rules import Arrival, Use, fitted, nobodys_part, part_of, spread, summed_by_sample, unpack
from chainrule.func.sample_states import Along, Mixed, One, State, States, along, state_of_base
from chainrule.func.sample_tracking import inner_state, letters, state_of_function, state_of_result
from chainrule.nn.modules.module import Module
from chainrule.tensor import Tensor

__all__ = ["PerSample", "per_sample_gradients", "per_sample_norms", "per_sample_second_moments"]

MIXES = "per-sample gradients: {} mixes the samples of the batch, so that no sample has a gradient of its own.{}{}"
BATCH_NORM = (
    " Call model.eval(), or use a normalisation within each sample (GroupNorm, InstanceNorm, LayerNorm) in its place."
)
NAME_SAMPLES = " Where another of its arguments has a sample at each index too, name that as well: samples=(x, y)."
NO_SAMPLE = (
    "per-sample gradients: this backward pass reached {} by a path on which no sample lies. Call the model itself "
    "within the block, or say which tensors are the samples (samples=...); and add what does not depend on the "
    "samples, such as a penalty, to the loss before backward()."
)
NO_BATCH = "{}: tensors of shape {} have no {} samples along dimension {}"
SECOND_BACKWARD = (
    "{} takes one backward pass in a block: the gradients of a second would have to be added before they are squared. "
    "Open a new block for it, or add up the losses."
)


class PerSample:
    """What one of the functions of this module gives: a context, in which a loss is computed and differentiated.

    Afterwards `size` is the number of samples.
    """

    attribute = "grad_sample"
    function = "per_sample_gradients"
    adds_up = True

    def __init__(
        self,
        model: Module | Iterable[Tensor],
        reduction: str = "mean",
        *,
        samples: Tensor | Iterable[Tensor] | None = None,
        batch_dim: int = 0,
    ) -> None:
        if reduction not in {"mean", "sum"}:
            raise ValueError(f"reduction must be 'mean' or 'sum', as the loss has it, but got {reduction!r}")
        self.size = 0
        self._model = model if isinstance(model, Module) else None
        named = model.named_parameters() if isinstance(model, Module) else ((str(i), p) for i, p in enumerate(model))
        self._parameters: dict[str, Any] = {name: p for name, p in named if p.requires_grad}
        for name, parameter in self._parameters.items():
            if not isinstance(parameter, TensorBase) or parameter._edge is not None:
                raise TypeError(
                    f"{self.function}: parameter {name!r} is no leaf tensor, but {type(parameter).__name__}"
                )
        if self._model is None and samples is None:
            raise TypeError(
                f"{self.function}: without a module it must be said which tensors are samples (samples=...)"
            )
        self._leaves = {p: name for name, p in self._parameters.items()}
        self._reduction = reduction
        self._samples = None if samples is None else [samples] if isinstance(samples, TensorBase) else list(samples)
        self._batch_dim = batch_dim
        self._states = States()
        self._on = False
        self._passes = 0
        self._uses: dict[Any, int] = {}  # of each parameter, in nodes where samples meet it
        self._cleanup: list[Callable[[], object]] = []

    # ---- the block ----

    def __enter__(self) -> Self:
        if self._on or self._cleanup:
            raise RuntimeError(f"{self.function}: this block was entered before; make a new one")
        for parameter in self._parameters.values():
            setattr(parameter, self.attribute, None)
        for tensor in self._samples or ():
            self._begin(tensor, required=True)
        if self._samples is None and self._model is not None:
            handle = self._model.register_forward_pre_hook(self._called, prepend=True, with_kwargs=True)
            self._cleanup.append(handle.remove)
        context = pushed(op_interceptors, cast("Callable[..., Any]", self))
        context.__enter__()
        self._cleanup.append(lambda: context.__exit__(None, None, None))
        self._on = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._on = False
        for undo in self._cleanup[::-1]:
            undo()
        self._states = States()

    def _called(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        del module
        tensors = list(_tensors((args, kwargs)))
        for tensor in tensors:
            if self._states.of(tensor) is None and not self._is_made_of_parameters(tensor):
                self._begin(tensor, required=False)
        if tensors and all(self._states.of(tensor) is None for tensor in tensors):
            shapes = ", ".join(str(list(tensor._array.shape)) for tensor in tensors)
            raise ValueError(
                NO_BATCH.format(self.function, shapes, self.size or "", self._batch_dim).replace("  ", " ")
            )

    def _is_made_of_parameters(self, tensor: Any) -> bool:
        return tensor._edge is not None and any(leaf in self._leaves for leaf in _leaves_behind(tensor._edge))

    def _begin(self, tensor: Any, *, required: bool) -> None:
        # Say that the tensor has a sample at each index of the batch's dimension.
        shape = tensor._array.shape
        dim = self._batch_dim + len(shape) if self._batch_dim < 0 else self._batch_dim
        if not 0 <= dim < len(shape) or (self.size and shape[dim] != self.size):
            if required:
                raise ValueError(
                    NO_BATCH.format(self.function, list(shape), self.size or "", self._batch_dim).replace("  ", " ")
                )
            return
        if shape[dim]:
            self.size = shape[dim]
            self._states.set(tensor, along(dim, np.arange(self.size)))

    # ---- what operations do ----

    def __call__(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Run an operation and note what its result is."""
        result = run(op, args)
        states = self._of_arguments(args, picks=op.name == "index") if _has_tensors(result) else None
        if states is not None:
            self._note(op, args, states, result, state_of_result(op, args, states, result))
        elif isinstance(result, TensorBase) and result._requires_grad:
            self._note_beside(op, args, result)
        return result

    def change(self, op: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Run an operation that changes its first argument, and note what that is."""
        states = self._of_arguments(args)
        result = run(op, args)
        if states is None:
            return result
        tensor = args[0]
        (state,) = state_of_result(op, args, states, tensor)[:1]
        base = tensor._base
        if base is not None:
            shared = [a for a, s in zip(args, states, strict=True) if s is None and getattr(a, "_requires_grad", False)]
            whole = state_of_base(base, self._states.of(base), tensor, state)
            if type(whole) is Mixed or (state is not None and shared):
                whole = Mixed(f"{op.inplace_name} on a view")
            self._note(op, args, [], base, [whole])
        self._note(op, args, states if base is None else [], tensor, [state])
        return result

    def apply(self, function: Any, args: tuple[Any, ...], run: Callable[..., Any]) -> Any:
        """Apply a custom function, and note what its outputs are."""
        outputs = run(function, args)
        states = self._of_arguments(args)
        if states is not None:
            results = list(outputs) if isinstance(outputs, tuple) else [outputs]
            self._note(function, args, states, outputs, state_of_function(function, args, states, results))
        return outputs

    def _of_arguments(self, args: tuple[Any, ...], *, picks: bool = False) -> list[Any] | None:
        # `picks`: a sequence of arrays among them is an index.
        kinds = (TensorBase, np.ndarray) if picks else TensorBase
        found = False
        states: list[Any] = []
        of = self._states.of
        for value in args:
            if isinstance(value, (TensorBase, np.ndarray)):
                states.append(of(value))
            elif isinstance(value, (list, tuple)) and any(isinstance(v, kinds) for v in value):
                states.append([self._states.of_index(v) if picks else of(v) for v in value])
                found = found or any(s is not None for s in states[-1])
                continue
            else:
                states.append(None)
            found = found or states[-1] is not None
        return states if found else None

    def _note(self, op: Any, args: tuple[Any, ...], states: list[Any], result: Any, found: list[State]) -> None:
        results = list(result) if isinstance(result, (list, tuple)) else [result]
        for tensor, state in zip(results, found, strict=True):
            if isinstance(tensor, TensorBase):
                self._states.set(tensor, state)
        recorded = [r for r in results if isinstance(r, TensorBase) and r._edge is not None]
        if not recorded:
            return
        made_by: Any = recorded[0]._edge
        node: Node = made_by.node if isinstance(made_by, GradientEdge) else made_by
        mixed = next((state for state in found if type(state) is Mixed), None)
        if mixed is not None:
            refused = mixed if mixed.place else mixed._replace(place=node.place)
            for tensor in recorded:
                self._states.set(tensor, refused)
            self._hook(node, lambda _: _refuse(refused))
            return
        numbers = _shared_edges(node, args, states)
        if numbers and any(state is not None for state in found):
            of_row = not isinstance(node, OwnNode)
            use = Use(
                found,
                states,
                letters(op, args) if of_row else None,
                inner_state(op, args, states) if of_row else None,
                self.size,
            )
            for number in numbers:
                edge = node.next_edges[number]
                if edge in self._leaves:
                    self._uses[edge] = self._uses.get(edge, 0) + 1
            self._hook(node, lambda grads: self._arrived(node, numbers, use, grads))

    def _note_beside(self, op: Any, args: tuple[Any, ...], result: Any) -> None:
        # An operation on parameters alone: its node runs behind those that samples pass.
        del op
        node = result._edge
        leaves = [a for a in _tensors(args) if a in self._leaves]
        if leaves and isinstance(node, Node):
            self._hook(node, lambda _: self._require_samples(leaves[0]))

    def _hook(self, node: Node, hook: Callable[[Any], None]) -> None:
        def guarded(grads: Any) -> None:
            running = current_pass()
            if self._on and running is not None and (running.captures is None or running.captures.accumulates):
                token = op_interceptors.set(tuple([each for each in op_interceptors.get() if each is not self]))
                try:
                    hook(grads)
                finally:
                    op_interceptors.reset(token)

        node.register_prehook(guarded)

    # ---- what a backward pass does ----

    def _require_samples(self, leaf: Any) -> None:
        running = _running()
        if self not in running.notes and self._is_asked(running, leaf):
            raise RuntimeError(NO_SAMPLE.format(self._leaves[leaf]))

    def _is_asked(self, running: Pass, leaf: Any) -> bool:
        return leaf in self._leaves and (running.captures is None or leaf in running.captures.leaves)

    def _arrived(self, node: Node, numbers: list[int], use: Use, grads: Any) -> None:
        running = _running()
        unpack(node)
        parts: dict[Any, list[Part]] | None = running.notes.get(self)
        if parts is None:
            if self._passes and not self.adds_up:
                raise RuntimeError(SECOND_BACKWARD.format(self.function))
            parts = running.notes[self] = {}
            found = parts
            queue_callback(lambda: self._finish(found))
        scale = self.size if self._reduction == "mean" else 1
        arrays = [None if g is None else _scaled(g._array, scale) for g in grads]
        if all(array is None for array in arrays):
            return
        with np.errstate(all="ignore"):
            for number in numbers:
                for leaf, part in self._parts(node, number, use, arrays, running):
                    self._take(parts, leaf, part)

    def _take(self, parts: dict[Any, list[Part]], leaf: Any, part: Part) -> None:
        present = parts.setdefault(leaf, [])
        present.append(part)
        if self.adds_up and self._uses.get(leaf, 0) < 2:
            # Of a parameter that is used again there will be more, which are formed together.
            present[:] = [Formed(sample_parts.formed(present, self.size), own=True)]

    def _parts(self, node: Node, number: int, use: Use, grads: list[Any], running: Pass) -> Iterator[tuple[Any, Part]]:
        # What the gradients of samples are here, carried on to the parameters.
        arrival = Arrival(use, node, number, grads, _shape(node.next_edges[number]))
        for edge, part in _parts_at(arrival, node.next_edges[number]):
            if edge.kind == LEAF:
                if self._is_asked(running, edge):
                    yield edge, _cast(part, edge)
            else:
                leaves = tuple(leaf for leaf in _leaves_behind(edge) if self._is_asked(running, leaf))
                if leaves:
                    yield from _through(edge, sample_parts.formed([part], use.size), leaves)

    def _finish(self, parts: dict[Any, list[Part]]) -> None:
        self._passes += 1
        for leaf, several in parts.items():
            found = self._value(several, leaf)
            before = getattr(leaf, self.attribute)
            if before is not None:
                found += before._array
            setattr(leaf, self.attribute, new_tensor(found))

    def _value(self, parts: list[Part], leaf: Any) -> Any:
        return sample_parts.formed(sample_parts.joined(parts), self.size).astype(leaf._array.dtype, copy=False)

    # ---- what is asked afterwards ----

    def _squared_norms(self) -> Mapping[str, Any]:
        found = {}
        for name, parameter in self._parameters.items():
            gradients = getattr(parameter, self.attribute)
            if gradients is not None:
                found[name] = sample_parts.norms_squared([Formed(gradients._array)], self.size)
        return found

    def norms(self) -> Tensor:
        """The norm of each sample's gradient, of all parameters together: (samples,).

        Raises RuntimeError where there was no backward pass in the block.
        """
        squares = list(self._squared_norms().values())
        if not squares:
            raise RuntimeError(f"{self.function}: no backward pass with samples has been in the block")
        return new_tensor(np.sqrt(np.sum(squares, axis=0)))  # type: ignore[return-value]


class _Norms(PerSample):
    attribute = "grad_sample_norm"
    function = "per_sample_norms"
    adds_up = False

    def _value(self, parts: list[Part], leaf: Any) -> Any:
        del leaf
        return np.sqrt(sample_parts.norms_squared(parts, self.size))

    def _squared_norms(self) -> Mapping[str, Any]:
        norms = {name: getattr(p, self.attribute) for name, p in self._parameters.items()}
        return {name: n._array**2 for name, n in norms.items() if n is not None}


class _SecondMoments(PerSample):
    attribute = "sum_grad_squared"
    function = "per_sample_second_moments"
    adds_up = False

    def _value(self, parts: list[Part], leaf: Any) -> Any:
        del leaf
        return np.ascontiguousarray(sample_parts.sum_of_squares(parts, self.size))

    def norms(self) -> Tensor:
        """Raise RuntimeError: of the sums of squares over samples the norms of samples cannot be told."""
        raise RuntimeError("per_sample_second_moments keeps no norms of samples; per_sample_norms does")


def per_sample_gradients(
    model: Module | Iterable[Tensor],
    reduction: str = "mean",
    *,
    samples: Tensor | Iterable[Tensor] | None = None,
    batch_dim: int = 0,
) -> PerSample:
    """A context in which `loss.backward()` gives each parameter the gradient of every sample, as `.grad_sample`.

    Args:
        model: a module, or parameters: those that require grad.
        reduction: how the loss adds up samples, "mean" or "sum". `grad_sample[i]` is the gradient of sample `i`'s own
            loss either way: its share in the gradient, times the number of samples for "mean".
        samples: the tensors whose index along `batch_dim` says the sample; unless given, the arguments of the model.
        batch_dim: the dimension of the batch in these.

    `.grad_sample` is of shape (samples, *parameter.shape) and of the parameter's dtype; None where no gradient came.
    Several backward passes in one block add up, a new block begins anew; `.grad` is what it always is. The context's
    `norms()` are those of the samples' gradients.

    A backward pass raises RuntimeError, naming operation and line, where samples are mixed on the way to the loss, as
    batch normalisation mixes them in training. Operations without a rule of their own are differentiated once for each
    sample, with a warning that names them.

    >>> import chainrule as torch
    >>> from chainrule.func import per_sample_gradients
    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> with per_sample_gradients(model):
    ...     model(x).mean().backward()
    >>> model.weight.grad_sample
    tensor([[[1., 2.]],
    <BLANKLINE>
            [[3., 4.]]])
    >>> model.weight.grad
    tensor([[2., 3.]])
    """
    return PerSample(model, reduction, samples=samples, batch_dim=batch_dim)


def per_sample_norms(
    model: Module | Iterable[Tensor],
    reduction: str = "mean",
    *,
    samples: Tensor | Iterable[Tensor] | None = None,
    batch_dim: int = 0,
) -> PerSample:
    """As `per_sample_gradients`, but of each gradient only the norm is kept: `.grad_sample_norm`, of shape (samples,).

    The gradients of weights of linear layers, convolutions, recurrent layers and embeddings are not formed where their
    norm can be had for less; of what must be formed, only a few samples are at a time. `norms()` of the context are the
    norms over all parameters together. One backward pass may be in a block: a second raises RuntimeError.

    >>> import chainrule as torch
    >>> from chainrule.func import per_sample_norms
    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> with per_sample_norms(model, "sum") as samples:
    ...     model(torch.tensor([[3.0, 4.0], [0.0, 1.0]])).sum().backward()
    >>> samples.norms()
    tensor([5., 1.])
    """
    return _Norms(model, reduction, samples=samples, batch_dim=batch_dim)


def per_sample_second_moments(
    model: Module | Iterable[Tensor],
    reduction: str = "mean",
    *,
    samples: Tensor | Iterable[Tensor] | None = None,
    batch_dim: int = 0,
) -> PerSample:
    """As `per_sample_gradients`, but only the sum over samples of squares is kept: `.sum_grad_squared`.

    It has the parameter's shape. With the gradient it gives the variance over samples, element by element. For linear
    layers of one row a sample it is one product of matrices, for embeddings a sum of rows; else the gradients are
    formed for a few samples at a time. One backward pass may be in a block: a second raises RuntimeError.

    >>> import chainrule as torch
    >>> from chainrule.func import per_sample_second_moments
    >>> model = torch.nn.Linear(2, 1, bias=False)
    >>> with per_sample_second_moments(model, "sum"):
    ...     model(torch.tensor([[3.0, 4.0], [0.0, 1.0]])).sum().backward()
    >>> model.weight.sum_grad_squared
    tensor([[ 9., 17.]])
    """
    return _SecondMoments(model, reduction, samples=samples, batch_dim=batch_dim)


# ---- the graph between a place and the parameters ----


def _refuse(mixed: Mixed) -> NoReturn:
    place = f" It was called at {mixed.place}." if mixed.place else ""
    advice = BATCH_NORM if mixed.op.startswith("batch_norm") else NAME_SAMPLES
    raise RuntimeError(MIXES.format(mixed.op, place, advice))


def _running() -> Pass:
    running = current_pass()
    if running is None:
        raise RuntimeError("no backward pass is running")
    return running


def _scaled(grad: Any, scale: int) -> Any:
    return grad if scale == 1 else np.asarray(grad * grad.dtype.type(scale))


def _tensors(values: Any) -> Iterator[Any]:
    if isinstance(values, TensorBase):
        yield values
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _tensors(value)
    elif isinstance(values, dict):
        yield from _tensors(list(values.values()))


def _has_tensors(result: Any) -> bool:
    return isinstance(result, TensorBase) or (isinstance(result, (tuple, list)) and any(map(_has_tensors, result)))


def _shape(edge: Any) -> tuple[int, ...]:
    return tuple((edge._array if edge.kind == LEAF else edge).shape)


def _is_expanded(node: Node) -> bool:
    return node.op is not None and node.op.name == "expand"


def _shared_edges(node: Node, args: tuple[Any, ...], states: list[Any]) -> list[int]:
    # The edges of a node that lead to tensors which do not depend on the samples.
    if isinstance(node, OwnNode):
        tensors = [(a, s) for a, s in zip(args, states, strict=False) if isinstance(a, TensorBase)]
        shared = {id(_edge(a)) for a, s in tensors if s is None and a._requires_grad}
        return [k for k, edge in enumerate(node.next_edges) if edge is not None and id(edge) in shared]
    found = []
    for k, (edge, source) in enumerate(zip(node.next_edges, node.edge_sources, strict=True)):
        if edge is not None and states:
            state = states[source[0]][source[1]] if isinstance(source, tuple) else states[source]
            if state is None:
                found.append(k)
    return found


def _parts_at(arrival: Arrival, edge: Any) -> Iterator[tuple[Any, Part]]:
    # The summands at a place, each with the edge that it belongs to.
    use = arrival.use
    first = use.states[0]
    if isinstance(first, One) and all(state == first for state in use.states):
        gradient = arrival.gradient(arrival.grads)
        if gradient is not None:
            yield edge, OfOne(fitted(gradient, arrival.shape), first.sample, use.size)
        return
    part: Part | None
    to = edge
    elements = spread(arrival)
    if elements is None:
        part = part_of(arrival)
    else:
        gradient, state = elements
        while isinstance(state, Along) and isinstance(to, Node) and _is_expanded(to):
            to = to.next_edges[0]
        part = summed_by_sample(gradient, state, _shape(to), use.size)
    if isinstance(part, Outer) and isinstance(to, Node) and to.op is not None and to.op.name == "t":
        part, to = part.turned(), to.next_edges[0]
    if part is not None:
        yield to, part
    part = nobodys_part(arrival)
    if part is not None:
        yield edge, part


def _edge(tensor: Any) -> Any:
    return tensor if tensor._edge is None else tensor._edge


def _leaves_behind(edge: Any) -> list[Any]:
    found: dict[Any, None] = {}
    stack, seen = [edge], set()
    while stack:
        each = stack.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        if each.kind == LEAF:
            found[each] = None
        else:
            stack += (each.node if isinstance(each, GradientEdge) else each).next_edges
    return list(found)


def _through(edge: Any, gradients: Any, leaves: tuple[Any, ...]) -> Iterator[tuple[Any, Part]]:
    # The gradients of samples, carried from `edge` to these leaves.
    dtype = edge.dtype
    arrived = gradients_of_batch(edge, gradients.astype(dtype, copy=False), leaves)
    if arrived is not None:
        for leaf in leaves:
            if arrived.get(leaf) is not None:
                yield leaf, Formed(arrived[leaf])
        return
    found: list[Any] = [None] * len(leaves)
    for sample, gradient in enumerate(gradients):
        each = run_backward([edge], [gradient], keep_graph=True, create_graph=False, inputs=list(leaves))
        for number, value in enumerate(each):
            if value is not None:
                if found[number] is None:
                    found[number] = np.zeros((len(gradients), *value.shape), value.dtype)
                found[number][sample] = value
    for leaf, value in zip(leaves, found, strict=True):
        if value is not None:
            yield leaf, Formed(value)


def _cast(part: Part, leaf: Any) -> Part:
    # A real parameter of a complex result has a real gradient.
    if leaf._array.dtype.kind == "f":
        if isinstance(part, Outer) and "c" in (part.left.dtype.kind, part.right.dtype.kind):
            return Formed(part.formed(slice(None)).real)
        if isinstance(part, Formed) and part.gradients.dtype.kind == "c":
            return Formed(part.gradients.real)
    return part
