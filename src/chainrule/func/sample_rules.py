"""The gradient of each sample, where a tensor that all samples share meets them: rules beside those of the table.

A row's formula gives the gradient of the whole batch. A rule here takes what the formula takes, and gives its summands
(see sample_parts.py). Rows that go element by element need none: their formula gives a gradient of the result's shape,
which is added up sample by sample. For products there is one rule for all, in einsum's letters. Where no rule is, the
row's own formula is run once for each sample, with the gradients of the others zero: always right, as it is linear.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.engine.broadcasting import sum_to_shape
from chainrule.engine.evaluation import as_rules_take_it
from chainrule.engine.node import GROUP, NOTHING, Node, OwnNode
from chainrule.engine.op import ELEMENTWISE
from chainrule.engine.saved import gather, unpacked
from chainrule.func.sample_parts import Formed, OfOne, Outer, Part, Rows, Shared
from chainrule.func.sample_states import NOBODY, Along, Mixed, One, State, Summed, read_paint
from chainrule.func.sample_tracking import SELECTING
from chainrule.kernels import recurrent
from chainrule.kernels.contraction import contract
from chainrule.kernels.windows import padded, windows
from chainrule.ops.embedding_bag import MAX, MEAN

Array = Any
Shape = tuple[int, ...]

NO_SHARES = (
    "per-sample gradients: {} takes a parameter and adds up samples at once, so that the share of each sample in the "
    "gradient cannot be told. Keep the losses of samples apart and add them up last."
)


class Use:
    """A call in which a tensor that samples share met them, and what is known of it.

    - `states`: of the results. `inner`: for a row that reduces what it computed element by element, the state of that.
    - `of_arguments`: the states of the arguments. `letters`: those of a product.
    """

    __slots__ = ("inner", "letters", "of_arguments", "size", "states")

    def __init__(self, states: list[State], of_arguments: list[Any], letters: Any, inner: State, size: int) -> None:
        self.states = states
        self.of_arguments = of_arguments
        self.letters = letters
        self.inner = inner
        self.size = size


def unpack(node: Node) -> None:
    """Have a node hold unpacked what saved-tensor hooks packed, as some of these unpack only once."""
    if node.hooks is not None and node.hooks.packed:
        node.save(unpacked(node) or ())
        node.hooks.packed = False


class Arrival:
    """The gradient that has arrived at a node: what a rule sees."""

    __slots__ = ("_values", "grad", "grads", "node", "number", "shape", "use")

    def __init__(self, use: Use, node: Node, number: int, grads: list[Array | None], shape: Shape) -> None:
        self.use = use
        self.node = node
        self.number = number
        self.grads = grads
        self.grad: Any = grads[0]
        self.shape = shape
        self._values: dict[str, Any] | None = None

    @property
    def position(self) -> Any:
        """Which argument it is, (position, item) for one of a sequence; None for a custom function."""
        return self.node.edge_sources[self.number] if self.node.edge_sources else None

    @property
    def argument(self) -> str:
        """The argument's name."""
        position = self.position
        return str(self.node.op.parameters[position[0] if isinstance(position, tuple) else position])

    @property
    def values(self) -> dict[str, Any]:
        """What the row's formula asks for, by name."""
        if self._values is None:
            position = self.position[0] if isinstance(self.position, tuple) else self.position
            names = next(names for positions, _, names in self.node.op.formulas if position in positions)
            _, code, at = self.node.rules[self.number]
            getters = () if code == NOTHING else at[0] if code == GROUP else at
            self._values = dict(zip(names[1:], gather(self.node, unpacked(self.node), getters), strict=True))
        return self._values

    def gradient(self, grads: Sequence[Array | None]) -> Array | None:
        """What the row's own formula gives for these gradients of the results."""
        node = self.node
        several = isinstance(node.dtype, tuple)
        if isinstance(node, OwnNode):
            given = list(grads) if several else grads[0]
            return node.gradients(given, keep_graph=True, create_graph=False)[self.number]
        grad = as_rules_take_it(node, list(grads), create_graph=False) if several else grads[0]
        formula, code, at = node.rules[self.number]
        saved = unpacked(node)
        with np.errstate(all="ignore"):
            if code == GROUP:
                return formula(grad, *gather(node, saved, at[0]))[at[1]]
            return formula(grad) if code == NOTHING else formula(grad, *gather(node, saved, at))


def part_of(arrival: Arrival) -> Part | None:
    """What the gradients of samples are at this place, as one summand; None for nothing.

    Raises RuntimeError where it cannot be told.
    """
    use, node = arrival.use, arrival.node
    if not isinstance(node, OwnNode):
        rule = _RULES.get((node.op.name, arrival.argument))
        if rule is not None and (rule is _product or arrival.grads[0] is None or arrival.grad.dtype.kind == "f"):
            found = rule(arrival)
            if found is not None:
                return found
    if any(type(state) is Summed for state in use.states):
        if any(type(state) is not Summed for state in _flat(use.of_arguments)):
            what = node.name() if isinstance(node, OwnNode) else node.op.name
            raise RuntimeError(NO_SHARES.format(what))
        return _shared(arrival, arrival.grads)
    return _one_by_one(arrival)


def nobodys_part(arrival: Arrival) -> Part | None:
    """What comes from elements between those of samples that are no sample's: all samples have a share in it."""
    states = arrival.use.states
    if any(isinstance(state, Along) and bool((state.of == NOBODY).any()) for state in states):
        return _shared(arrival, [_masked(g, s, NOBODY) for g, s in zip(arrival.grads, states, strict=True)])
    return None


def _shared(arrival: Arrival, grads: Sequence[Array | None]) -> Part | None:
    gradient, size = arrival.gradient(grads), arrival.use.size
    return None if gradient is None else Shared(fitted(gradient, arrival.shape) / size, size)


def _flat(states: Sequence[Any]) -> list[Any]:
    return [s for each in states for s in (each if isinstance(each, list) else (each,)) if s is not None]


def fitted(gradient: Array, shape: Shape) -> Array:
    """A gradient as one of this shape, broadcasting undone."""
    return gradient if gradient.shape == shape else sum_to_shape(gradient, shape)


# ---- the samples of an array ----


def by_sample(array: Array, dim: int, of: Array, size: int) -> Array:
    """The array as (samples, entries of each, *rest): what each sample has along `dim`, with zeros behind it."""
    moved = np.moveaxis(array, dim, 0)
    if of.size == size and bool((of == np.arange(size)).all()):
        return moved[:, None]
    counts = np.bincount(of[of != NOBODY], minlength=size)
    most = int(counts.max(initial=0))
    if of.size == size * most and bool((of == np.repeat(np.arange(size), most)).all()):
        return moved.reshape(size, most, *moved.shape[1:])
    order = np.argsort(of, kind="stable")[of.size - int(counts.sum()) :]
    within = np.arange(order.size) - np.repeat(np.cumsum(counts) - counts, counts)
    found = np.zeros((size, most, *moved.shape[1:]), array.dtype)
    found[of[order], within] = moved[order]
    return found


def summed_by_sample(gradient: Array, state: Along | One | None, shape: Shape, size: int) -> Part | None:
    """A gradient whose elements belong to samples, broadcasting undone, for each sample."""
    if state is None:
        return None
    if isinstance(state, One):
        return OfOne(fitted(gradient, shape), state.sample, size)
    dim, of = state.dim, state.of
    rank = gradient.ndim
    target = (1,) * (rank - len(shape)) + shape
    axes = tuple(a for a in range(rank) if target[a] == 1 and gradient.shape[a] != 1 and a != dim)
    summed = gradient.sum(axis=axes, keepdims=True) if axes else gradient
    if target[dim] == 1:
        grouped = by_sample(summed, dim, of, size)
        return Formed((grouped[:, 0] if grouped.shape[1] == 1 else grouped.sum(axis=1)).reshape(size, *shape))
    # The parameter has an element of its own for each sample.
    found = np.zeros((size, *target), gradient.dtype)
    kept = np.flatnonzero(of != NOBODY)
    by_index = np.moveaxis(found, dim + 1, 1)
    by_index[of[kept], kept] = np.moveaxis(summed, dim, 0)[kept]
    return Formed(found.reshape(size, *shape))


# ---- rules ----


def spread(arrival: Arrival) -> tuple[Array, Along | One | None] | None:
    """The gradient by the row's own formula, where its elements belong to samples, and to which; else None."""
    node, use = arrival.node, arrival.use
    if isinstance(node, OwnNode) or isinstance(node.dtype, tuple):
        return None
    name = node.op.name
    if name in _JOINING:
        paint = _painted_like(use.states[0], arrival.grad.shape)
        if paint is None:
            return None
        try:
            of_gradient = read_paint(name, np.asarray(arrival.gradient([paint])))
        except Exception:  # noqa: BLE001 (the formula does more than to move elements)
            return None
        if isinstance(of_gradient, (Summed, Mixed)):
            return None
        gradient = arrival.gradient([arrival.grad])
        return None if gradient is None else (gradient, of_gradient)
    if node.op.kind == ELEMENTWISE or (name, arrival.argument) in _BROADCAST:
        state = use.states[0]
    elif use.inner is not None:
        state = use.inner
    else:
        return None
    if not isinstance(state, Along):
        return None
    gradient = arrival.gradient([arrival.grad])
    return None if gradient is None else (gradient, state)


# Rows of other kinds whose formula gives these arguments a gradient of the result's shape.
_BROADCAST = {("affine", "bias"), ("bilinear", "bias"), ("addmm", "self"), ("addmv", "self"), ("baddbmm", "self")}


# Rows that put tensors among others.
_JOINING = {"cat", "stack", "block_diag", "index_put", "copy"}


def _painted_like(state: State, shape: Shape) -> Array | None:
    if not isinstance(state, Along):
        return None
    line = (state.of + 1).astype(np.int32)
    return np.broadcast_to(line.reshape((-1, *(1,) * (len(shape) - state.dim - 1))), shape)


def _along(arrival: Arrival, dim: int) -> Array | None:
    # The samples along this dimension of the result; None where they do not lie there.
    state = arrival.use.states[0]
    return state.of if type(state) is Along and state.dim == dim else None


def _product(arrival: Arrival) -> Part | None:
    """Any product: the others' product times the gradient, with the sample's letter kept."""
    use, values = arrival.use, arrival.values
    positions, names, output = use.letters
    position = arrival.position
    own = positions.index(position[1] if isinstance(position, tuple) else position)
    if isinstance(position, tuple):
        factors, states = list(values["tensors"]), use.of_arguments[0]
    else:
        parameters = arrival.node.op.parameters
        factors = [None if n == own else values[parameters[p]] for n, p in enumerate(positions)]
        states = [use.of_arguments[p] for p in positions]
    if any(len(set(indices)) < len(indices) for indices in names):
        return None
    named = [(n, f, i, s) for n, (f, i, s) in enumerate(zip(factors, names, states, strict=True)) if n != own]
    labelled = [(i[s.dim], s.of) for _, _, i, s in named if type(s) is Along]
    state = use.states[0]
    if labelled:
        letter, of = labelled[0]
    elif type(state) is Along:
        letter, of = output[state.dim], state.of
    else:
        return None
    if letter in names[own]:
        return None
    alpha = values.get("alpha", 1)
    grad = arrival.grad if alpha == 1 else arrival.grad * alpha
    operands = [(grad, tuple(output)), *[(np.conj(f) if f.dtype.kind == "c" else f, i) for _, f, i, _ in named]]
    grouped = [_by_letter(array, indices, letter, of, use.size) for array, indices in operands]
    sizes = dict(zip(names[own], arrival.shape, strict=True))
    (left, in_left), *others = grouped
    right, in_right = others[0] if len(others) == 1 else _merged(others, {*in_left, *sizes})
    return _outer(left, in_left, right, in_right, sizes, arrival.shape)


_SAMPLE, _ENTRY = -1, -2  # the letters of samples, and of what each of them has


def _by_letter(array: Array, indices: Sequence[int], letter: int, of: Array, size: int) -> tuple[Array, list[int]]:
    # With the samples first, where they are in it; what is of size 1 is left out, as it may be broadcast.
    found, left = array, list(indices)
    if letter in left and array.shape[left.index(letter)] == of.size:
        found = by_sample(array, left.index(letter), of, size)
        left = [_SAMPLE, _ENTRY, *[i for i in left if i != letter]]
    thin = tuple(a for a, i in enumerate(left) if found.shape[a] == 1 and i != _SAMPLE)
    return found.squeeze(thin), [i for a, i in enumerate(left) if a not in thin]


def _merged(operands: list[tuple[Array, list[int]]], wanted: set[int]) -> tuple[Array, list[int]]:
    present = [i for _, indices in operands for i in indices]
    output = [i for n, i in enumerate(present) if i not in present[:n] and i in wanted | {_SAMPLE, _ENTRY}]
    code = {letter: number for number, letter in enumerate(dict.fromkeys(present))}
    arrays = [array for array, _ in operands]
    inputs = [tuple(code[i] for i in indices) for _, indices in operands]
    return contract(arrays, inputs, tuple(code[i] for i in output)), output


def _outer(
    left: Array, in_left: list[int], right: Array, in_right: list[int], sizes: dict[int, int], shape: Shape
) -> Part | None:
    # A sum of products, with letters: those of both and the parameter are groups, those of both alone are summed.
    own = [i for i, size in sizes.items() if size != 1]
    if any(i not in in_left and i not in in_right for i in own):
        return None
    groups = [i for i in own if i in in_left and i in in_right]
    rows = [i for i in own if i in in_left and i not in groups]
    columns = [i for i in own if i in in_right and i not in groups]
    terms = [i for i in in_left if i in in_right and i not in own and i != _SAMPLE]
    a = _arranged(left, in_left, groups, terms, rows)
    b = _arranged(right, in_right, groups, terms, columns)
    count = max(len(a), len(b))
    a, b = (np.broadcast_to(x, (count, *x.shape[1:])) for x in (a, b))
    if own == [*groups, *rows, *columns]:
        return Outer(a, b, shape)
    if own == [*groups, *columns, *rows]:
        return Outer(b, a, shape)
    found = Outer(a, b, tuple(sizes[i] for i in (*groups, *rows, *columns))).formed(slice(0, count))
    order = [1 + [*groups, *rows, *columns].index(i) for i in own]
    return Formed(found.transpose(0, *order).reshape(count, *shape))


def _arranged(array: Array, indices: list[int], groups: list[int], terms: list[int], rest: list[int]) -> Array:
    # As (samples, groups, terms, rest), what is in none of these summed.
    kept = {_SAMPLE, *groups, *terms, *rest}
    summed = tuple(a for a, i in enumerate(indices) if i not in kept)
    if summed:
        array = array.sum(axis=summed)
        indices = [i for i in indices if i in kept]
    if _SAMPLE not in indices:
        array, indices = array[None], [_SAMPLE, *indices]
    array = array.transpose([indices.index(i) for i in (_SAMPLE, *groups, *terms, *rest)])
    sizes = [array.shape[0]]
    start = 1
    for several in (groups, terms, rest):
        sizes.append(math.prod(array.shape[start : start + len(several)]))
        start += len(several)
    return array.reshape(sizes)


def _convolution_weight(arrival: Arrival) -> Part | None:
    of = _along(arrival, 0)
    if of is None:
        return None
    values = arrival.values
    x, grad = values["self"], arrival.grad
    small, large = (x, grad) if values["transposed"] else (grad, x)
    kernel = arrival.shape[2:]
    rank, groups, size = len(kernel), values["groups"], arrival.use.size
    stride, padding, dilation = (_each(values[name], rank) for name in ("stride", "padding", "dilation"))
    places = windows(padded(large, [(n, n) for n in padding]), kernel, stride, dilation)
    places = places[(slice(None), slice(None), *[slice(n) for n in small.shape[2:]])]
    # (samples, images of each, groups, what is under a window, places): the places are last, as they are in memory.
    images, channels = large.shape[:2]
    order = (0, 1, *range(2 + rank, 2 + 2 * rank), *range(2, 2 + rank))
    count = math.prod(small.shape[2:])
    patches = places.transpose(order).reshape(images, groups, channels // groups * math.prod(kernel), count)
    results = small.reshape(images, groups, small.shape[1] // groups, count)
    left, right = (_terms(by_sample(part, 0, of, size)) for part in (results, patches))
    return Outer(left, right, arrival.shape)


def _each(value: Any, rank: int) -> tuple[int, ...]:
    return tuple(value) * rank if len(value) == 1 else tuple(value)


def _terms(array: Array) -> Array:
    # (samples, images, groups, rows, places) as (samples, groups, images and places, rows).
    size, images, groups, rows, places = array.shape
    if images == 1:
        return array[:, 0].swapaxes(-1, -2)
    return array.transpose(0, 2, 1, 4, 3).reshape(size, groups, images * places, rows)


def _convolution_bias(arrival: Arrival) -> Part | None:
    state = arrival.use.states[0]
    if not isinstance(state, Along):
        return None
    grad = arrival.grad
    target = (1, *arrival.shape, *(1,) * (grad.ndim - 2))
    return _reshaped(summed_by_sample(grad, state, target, arrival.use.size), arrival.shape)


def _reshaped(part: Part | None, shape: Shape) -> Part | None:
    return Formed(part.gradients.reshape(-1, *shape)) if isinstance(part, Formed) else part


def _embedding(arrival: Arrival) -> Part | None:
    values, state = arrival.values, arrival.use.states[0]
    if not isinstance(state, Along):
        return None
    indices, shape = values["indices"], arrival.shape
    of = np.broadcast_to(state.of.reshape((-1, *(1,) * (indices.ndim - state.dim - 1))), indices.shape).reshape(-1)
    rows = indices.reshape(-1).astype(np.intp, copy=False)
    kept = (rows != values["padding_idx"]) & (of != NOBODY)
    grads = arrival.grad.reshape(rows.size, math.prod(shape[1:]))
    return Rows(grads[kept], rows[kept], of[kept], shape, arrival.use.size)


def _embedding_bag(arrival: Arrival) -> Part | None:
    values, state = arrival.values, arrival.use.states[0]
    if not isinstance(state, Along) or values["padding_idx"] >= 0:
        return None
    if values["mode"] == MAX:
        if not values["found"]:
            return None
        largest, filled = values["found"]
        width = arrival.shape[1]
        places = largest * width + np.arange(width)
        flat, bags = arrival.grad * filled[:, None], state.of != NOBODY
        of = np.repeat(state.of[bags], width)
        return Rows(flat[bags].reshape(-1, 1), places[bags].reshape(-1), of, arrival.shape, arrival.use.size)
    indices, starts = np.asarray(values["indices"]), np.asarray(values["offsets"])
    counts = np.diff(starts, append=indices.size)
    bags = np.repeat(np.arange(starts.size), counts)
    grads = arrival.grad[bags]
    if values["mode"] == MEAN:
        grads /= counts[bags, None]
    if values["per_sample_weights"] is not None:
        grads *= values["per_sample_weights"][:, None]
    of = state.of[bags]
    kept = of != NOBODY
    return Rows(grads[kept], indices.astype(np.intp)[kept], of[kept], arrival.shape, arrival.use.size)


def _selected(arrival: Arrival) -> Part | None:
    """What an index picks from a parameter: each element picked is a number that one element of it gets."""
    values, state, op, shape = arrival.values, arrival.use.states[0], arrival.node.op, arrival.shape
    if not isinstance(state, Along):
        return None
    size, grad = arrival.use.size, arrival.grad
    of = np.broadcast_to(state.of.reshape((-1, *(1,) * (grad.ndim - state.dim - 1))), grad.shape)
    if op.name == "index" and len(values["indices"]) == 1 and values["indices"][0].dtype.kind in "iu":
        (index,) = values["indices"]
        if state.dim < index.ndim:
            rows = index.reshape(-1) % shape[0]
            of_rows = of.reshape(rows.size, -1)[:, 0]
            return Rows(grad.reshape(rows.size, -1), rows, of_rows, shape, size)
    count = math.prod(shape)
    given = [values.get(name, default) for name, default in zip(op.parameters[1:], op.defaults[1:], strict=True)]
    places = op.forward(np.arange(count).reshape(shape), *given)
    return Rows(grad.reshape(-1, 1), places.reshape(-1), of.reshape(-1), shape, size)


def _normalized(arrival: Arrival) -> Array:
    # What the weight of a normalisation multiplies.
    name, values = arrival.node.op.name, arrival.values
    x = values["self"]
    x = x.astype(np.float32) if x.dtype == np.float16 else x
    if name == "native_batch_norm":
        along = (-1, *(1,) * (x.ndim - 2))
        if values["mean"] is None:
            axes = (0, *range(2, x.ndim))
            centred = x - x.mean(axis=axes, keepdims=True)
            return centred / np.sqrt((centred * centred).mean(axis=axes, keepdims=True) + values["eps"])
        return (x - values["mean"].reshape(along)) / np.sqrt(values["variance"].reshape(along) + values["eps"])
    if name == "native_group_norm":
        rows = x.reshape(x.shape[0] * values["num_groups"], -1)
    else:
        rows = x.reshape(-1, math.prod(values["normalized_shape"]))
    if name == "rms_norm":
        return (rows / np.sqrt((rows * rows).mean(axis=1, keepdims=True) + values["eps"])).reshape(x.shape)
    centred = rows - rows.mean(axis=1, keepdims=True)
    return (centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + values["eps"])).reshape(x.shape)


def _normalization(arrival: Arrival) -> Part | None:
    grad, shape = arrival.grad, arrival.shape
    state = arrival.use.states[0]
    if not isinstance(state, Along):
        return None
    gradient = grad * _normalized(arrival) if arrival.argument == "weight" else grad
    of_channels = arrival.node.op.name in {"native_batch_norm", "native_group_norm"}
    target = (1, shape[0], *(1,) * (grad.ndim - 2)) if of_channels else shape
    return _reshaped(summed_by_sample(gradient, state, target, arrival.use.size), shape)


def _prelu(arrival: Arrival) -> Part | None:
    x = arrival.values["self"]
    state = arrival.use.states[0]
    if not isinstance(state, Along):
        return None
    gradient = np.where(x > 0, 0, arrival.grad * x).astype(arrival.grad.dtype, copy=False)
    count = math.prod(arrival.shape)
    target = (1,) * x.ndim if count == 1 else (1, count, *(1,) * (x.ndim - 2))
    return _reshaped(summed_by_sample(gradient, state, target, arrival.use.size), arrival.shape)


def _recurrent(arrival: Arrival) -> Part | None:
    """Weights of a recurrent layer: of all steps together one product, as in the layer's own derivative."""
    values, name, argument = arrival.values, arrival.node.op.name, arrival.argument
    state = arrival.use.of_arguments[0]
    if not isinstance(state, Along) or argument == "w_hr":
        return None
    data, hx, sizes = values["data"], values["hx"], values["batch_sizes"]
    ends = np.cumsum(sizes).tolist()
    steps = [slice(end - count, end) for count, end in zip(sizes, ends, strict=True)][:: -1 if values["reverse"] else 1]
    rows = data.reshape(-1, data.shape[-1])
    grad = None if arrival.grad is None else arrival.grad.reshape(-1, arrival.grad.shape[-1])
    last, last_cell = (
        g if g is not None or like is None else np.zeros_like(like)
        for g, like in zip((*arrival.grads[1:], None)[:2], (hx, values.get("cx")), strict=True)
    )
    if name == "rnn_layer":
        states = values["output"].reshape(-1, hx.shape[-1])
        sums = recurrent.rnn_backward(grad, last, states, values["w_hh"], steps, rectify=values["rectify"])[0]
        of_states, before = sums, _before(states, hx, steps)
    elif not values["found"]:
        return None
    else:
        kept = values["found"][0]
        if name == "lstm_layer":
            sums = recurrent.lstm_backward(grad, last, last_cell, kept, values["w_hh"], values["w_hr"], steps)[0]
            of_states, before = sums, kept[3]
        else:
            sums, of_states, _ = recurrent.gru_backward(grad, last, kept, values["w_hh"], steps)
            before = kept[2]
    of = np.tile(state.of, len(sizes)) if data.ndim == 3 else state.of
    size = arrival.use.size
    left = by_sample(sums if argument in {"w_ih", "b_ih"} else of_states, 0, of, size)
    if argument in {"b_ih", "b_hh"}:
        return Formed(left.sum(axis=1))
    right = by_sample(rows if argument == "w_ih" else before, 0, of, size)
    return Outer(left[:, None], right[:, None], arrival.shape)


def _before(states: Array, hx: Array, steps: list[slice]) -> Array:
    # The state that each row was computed from.
    before = np.empty_like(states)
    known = hx[:0]
    for at in steps:
        count = at.stop - at.start
        before[at] = known[:count] if len(known) >= count else np.concatenate([known, hx[len(known) : count]])
        known = states[at]
    return before


_RULES: dict[tuple[str, str], Callable[[Arrival], Part | None]] = {
    **dict.fromkeys(
        [
            ("affine", "weight"), ("matmul", "self"), ("matmul", "other"), ("mm", "self"), ("mm", "mat2"),
            ("bmm", "self"), ("bmm", "mat2"), ("mv", "self"), ("mv", "vec"), ("dot", "self"), ("dot", "tensor"),
            ("inner", "self"), ("inner", "other"), ("addmm", "mat1"), ("addmm", "mat2"), ("addmv", "mat"),
            ("addmv", "vec"), ("bilinear", "weight"), ("contraction", "tensors"),
        ],
        _product,
    ),
    ("convolution", "weight"): _convolution_weight,
    ("convolution", "bias"): _convolution_bias,
    ("embedding", "weight"): _embedding,
    ("embedding_bag", "weight"): _embedding_bag,
    **{
        (op, argument): _normalization
        for op in ("native_layer_norm", "rms_norm", "native_group_norm", "native_batch_norm")
        for argument in ("weight", "bias")
    },
    ("prelu", "weight"): _prelu,
    **{(op, "self"): _selected for op in SELECTING},
    **{
        (op, argument): _recurrent
        for op in ("rnn_layer", "lstm_layer", "gru_layer")
        for argument in ("w_ih", "w_hh", "b_ih", "b_hh")
    },
}  # fmt: skip


# ---- where there is no rule ----

_warned: set[str] = set()


def _one_by_one(arrival: Arrival) -> Part | None:
    """The formula once for each sample, with zeros in place of the others' gradients."""
    node, use = arrival.node, arrival.use
    name = node.name() if isinstance(node, OwnNode) else node.op.name
    if name not in _warned:
        _warned.add(name)
        warnings.warn(
            f"per-sample gradients: there is no rule for {name}, so its derivative is computed once for each sample, "
            "which is slow.",
            UserWarning,
            stacklevel=2,
        )
    found: Array | None = None
    for sample in range(use.size):
        grads = [_masked(g, s, sample) for g, s in zip(arrival.grads, use.states, strict=True)]
        gradient = arrival.gradient(grads)
        if gradient is not None:
            if found is None:
                found = np.zeros((use.size, *arrival.shape), gradient.dtype)
            found[sample] = fitted(gradient, arrival.shape)
    return None if found is None else Formed(found)


def _masked(grad: Array | None, state: State, sample: int) -> Array | None:
    if grad is None or (type(state) is One and state.sample == sample):
        return grad
    masked = np.zeros_like(grad)
    if type(state) is Along:
        at = (*(slice(None),) * state.dim, state.of == sample)
        masked[at] = grad[at]
    return masked
