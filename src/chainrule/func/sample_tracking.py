"""Which elements of a result belong to which sample, by which elements of the arguments do.

The rules here say for an operation of what state its result is (see sample_states.py). Where there is no rule the
operation is run again on some of the samples, and what comes out says it: the results of these must be what they were.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.op import ELEMENTWISE, LINEAR, Op
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.func.sample_states import (
    NOBODY,
    SUMMED,
    Along,
    Array,
    Mixed,
    One,
    State,
    Summed,
    along,
    paint_of,
    read_paint,
    same,
)

# ---- what an operation makes of the states of its arguments ----

# Sums, differences and the like, beside those rows that are linear as a whole.
_ADDING = frozenset({"add", "sub", "rsub", "neg", "positive", "to_copy", "clone"})
_SCALING = frozenset({"mul", "div", "true_divide"})  # linear in the first, or in either, while the others are constants


def state_of_result(op: Op, args: tuple[Any, ...], states: list[Any], result: Any) -> list[State]:
    """The states of an operation's results; `states` has those of the arguments, a list for a sequence of tensors."""
    flat = [s for each in states for s in (each if isinstance(each, list) else (each,)) if s is not None]
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    args = tuple([new_tensor(a) if isinstance(a, np.ndarray) else a for a in args])
    for state in flat:
        if type(state) is Mixed:
            return [state] * len(results)
    first = flat[0]
    if type(first) is One and all(state == first for state in flat):
        return [first] * len(results)
    if any(type(state) is Summed for state in flat) or all(type(state) is One for state in flat):
        return [_of_sum(op, args, states, flat)] * len(results)
    rule = _RULES.get(op.name)
    if rule in _OF_THE_FIRST and not (type(states[0]) is Along and len(flat) == 1):
        rule = None
    if rule is not None:
        found = rule(op, args, states, results)
    elif op.kind == ELEMENTWISE or op.name in _SAME_SHAPE:
        found = _broadcast(op, args, states, results[0])
    elif op.name in SELECTING and any(type(state) is Along for state in flat):
        found = _selected(op, args, states)
    elif is_moving(op):
        found = _painted(op, args, states)
    else:
        found = _probed(op.name, op.function, args, states, results)
    return found if isinstance(found, list) else [found] * len(results)


def _mixed(op: Op) -> Mixed:
    return Mixed(op.name)


def _of_sum(op: Op, args: tuple[Any, ...], states: list[Any], flat: list[Any]) -> State:
    # Sums over samples, and whole samples beside one another.
    if any(type(state) is Along for state in flat):
        return _mixed(op)
    if op.name in _MOVING and not any(type(state) is Summed for state in flat):
        return _painted(op, args, states)[0]
    if op.name in _SCALING:
        # By what does not require grad, even if it depends on samples: as a mean over what a mask leaves.
        factors = [n for n, a in enumerate(args) if isinstance(a, TensorBase) and a._requires_grad]
        linear = len(factors) <= 1 and (not factors or states[factors[0]] is not None)
        linear = linear and (op.name == "mul" or factors in ([], [0]))
    else:
        linear = op.kind == LINEAR or op.name in _ADDING
    return SUMMED if linear else _mixed(op)


def _broadcast(op: Op, args: tuple[Any, ...], states: list[Any], result: Any) -> State:
    # Element by element, of arguments that are broadcast.
    found: Along | None = None
    shape = result._array.shape
    rank = len(shape)
    for value, state in zip(args, states, strict=True):
        if type(state) is One:
            return _mixed(op)
        if type(state) is Along:
            dim = rank - len(value._array.shape) + state.dim
            if dim < 0 or shape[dim] != state.of.size:
                return _mixed(op)
            if found is None:
                found = Along(dim, state.of)
            elif found.dim != dim or not same(found, state):
                return _mixed(op)
    return found


# Not of the kind that goes element by element, and yet of one result for each element.
_SAME_SHAPE = frozenset(
    [
        "prelu", "signbit", "heaviside", "eq", "ne", "isnan", "isinf", "isfinite", "isreal", "isposinf", "isneginf",
        "isclose", "logical_and", "logical_or", "logical_xor", "logical_not", "bitwise_not", "bernoulli", "poisson",
        "nextafter", "masked_fill",
    ]
)  # fmt: skip

# Rows that move elements about, and fill up with constants.
_MOVING = frozenset(
    [
        "unsafe_view", "contiguous_copy", "flip", "roll", "rot90", "take_along", "moved", "diagonal_copy",
        "diag_embed", "tril", "triu", "repeat", "index", "cat", "stack", "select_backward", "index_select", "gather",
        "take", "masked_select", "elements_at_taps", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
        "basic_index_backward", "alias_copy", "expand_copy", "permute_copy", "transpose_copy", "t_copy",
        "squeeze_copy", "unsqueeze_copy", "select_copy", "unfold_copy", "slice_copy", "narrow_copy", "view_copy",
        "unbind_copy", "split_copy", "split_with_sizes_copy", "unsafe_split_evenly", "unsafe_split_with_sizes",
        "block_diag", "copy", "clone", "to_copy", "in_corner", "zero", "fill", "index_put",
    ]
)  # fmt: skip


def is_moving(op: Op) -> bool:
    """Whether the operation does no more than to move elements about, and to put constants among them."""
    return (op.view and op.name not in _OF_LAYOUT) or op.name in _MOVING


def _painted(op: Op, args: tuple[Any, ...], states: list[Any]) -> list[State]:
    values = list(args)
    if op.name == "index_put" and args[op.parameters.index("accumulate")]:
        return [_mixed(op)]
    if op.name in _SAME_ROWS and type(states[0]) is Along and states[0].dim == 0:
        # Rows stay rows: the first dimension is as long as before.
        lengths = [a for a in args[1:2] if isinstance(a, (tuple, list)) and a]
        if lengths and lengths[0][0] == args[0]._array.shape[0]:
            return [states[0]]
    for i in op.tensor_positions:
        if isinstance(values[i], (tuple, list)):
            values[i] = [paint_of(s, v) for s, v in zip(states[i], values[i], strict=True)]
        elif isinstance(values[i], TensorBase):
            moves = any(i in positions for positions, _, _ in op.formulas)
            values[i] = paint_of(states[i], values[i]) if moves else values[i]._array
    # The paint has not the layout of the tensor, which a view asks about.
    results = values[0].reshape(args[1]) if op.name in _SAME_ROWS else op.forward(*values)
    results = results if isinstance(results, (tuple, list)) else (results,)
    return [read_paint(op.name, np.asarray(result)) for result in results]


_OF_LAYOUT = frozenset({"as_strided", "view_dtype"})  # views that depend on where elements lie in memory
_SAME_ROWS = frozenset({"view", "unsafe_view", "view_copy"})


# ---- operations that pick elements by an index ----

# Where the index stands among the arguments.
SELECTING = {"index": 1, "gather": 2, "take_along": 1, "take": 1, "index_select": 2, "masked_select": 1}


def _selected(op: Op, args: tuple[Any, ...], states: list[Any]) -> State:
    # What is picked belongs to its own sample, and to that of the index.
    of_index = states[SELECTING[op.name]]
    of_all = [s for s in (of_index if isinstance(of_index, list) else [of_index]) if s is not None]
    own = None if states[0] is None else _painted(op, args, states)[0]
    if not of_all:
        return own
    for state, index, places in _indices(op, args, of_index):
        if state is None:
            continue
        if type(state) is not Along:
            return _mixed(op)
        if index.dtype.kind == "b":
            mine = states[0]
            if not (type(own) is Along and type(mine) is Along and mine.dim == state.dim and same(mine, state)):
                return _mixed(op)
            continue
        placed = Along(state.dim + places, state.of)
        if own is None:
            own = placed
        elif type(own) is not Along or own.dim != placed.dim or not same(own, placed):
            return _mixed(op)
    return own


def _indices(op: Op, args: tuple[Any, ...], states: Any) -> list[tuple[State, Array, int]]:
    # Each index with its state, and how many dimensions of the result stand before its own.
    given = args[SELECTING[op.name]]
    if op.name != "index":
        index = given._array
        return [(states, index, int(args[1]) % max(args[0]._array.ndim, 1) if op.name == "index_select" else 0)]
    arrays = [n for n, item in enumerate(given) if isinstance(item, np.ndarray)]
    together = arrays == list(range(arrays[0], arrays[-1] + 1))
    rank = max(given[n].ndim for n in arrays)
    before = arrays[0] if together else 0
    return [(states[n], given[n], before + rank - given[n].ndim) for n in arrays]


# ---- rules for operations that are often met ----


def _dims(value: Any, rank: int) -> tuple[int, ...]:
    if value is None or (isinstance(value, (tuple, list)) and not value):
        return tuple(range(rank))
    return tuple([int(d) % rank for d in (value if isinstance(value, (tuple, list)) else (value,))]) if rank else ()


def _reduction(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del results
    state = states[0]
    rank = args[0]._array.ndim
    dims = _dims(args[op.parameters.index("dim")], rank)
    keep = "keepdim" in op.parameters and args[op.parameters.index("keepdim")]
    if state.dim in dims:
        return SUMMED if op.kind == LINEAR or op.name == "nansum" else _mixed(op)
    return state if keep else Along(state.dim - sum(d < state.dim for d in dims), state.of)


def _in_place(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    # Of one shape with the first argument, and along one dimension every element depends on every other.
    del results
    dims = _dims(args[op.parameters.index("dim")], args[0]._array.ndim)
    return _mixed(op) if states[0].dim in dims else states[0]


def _batch_first(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    # Images one after another: nothing passes from one to another.
    state, rank = states[0], _RANKS.get(op.name)
    size = state.of.size
    alone = state.dim == 0 and (rank is None or args[0]._array.ndim == rank)
    if not alone or any(r._array.shape[:1] != (size,) for r in results if isinstance(r, TensorBase)):
        return _probed(op.name, op.function, args, states, results)
    return state


_RANKS = {"im2col": 4, "col2im": 3}  # of a batch, where a single image may be meant


def _attention(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    # Heads of samples: the last two dimensions are queries or keys, and what each of them is.
    found = next(state for state in states if state is not None)
    rank = results[0]._array.ndim
    for value, state in zip(args, states, strict=True):
        if state is not None and not (
            type(state) is Along
            and value._array.ndim == rank
            and state.dim < rank - 2
            and state.dim == found.dim
            and same(state, found)
        ):
            return _mixed(op)
    return found


def _complex_view(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del results
    return _mixed(op) if op.name == "view_as_complex" and states[0].dim == args[0]._array.ndim - 1 else states[0]


def _layer_norm(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del results
    others = args[0]._array.ndim - len(args[op.parameters.index("normalized_shape")])
    return states[0] if states[0].dim < others else _mixed(op)


MEAN = 3  # the position of `mean` among the arguments of the row: None where the batch's own is taken


def _batch_norm(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del op, results
    if args[MEAN] is None and states[0].dim != 1:
        return Mixed("batch_norm in training mode")
    return states[0]


def _loss(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    # One loss for each element of the broadcast arguments, which are then added up, or not.
    if args[op.parameters.index("reduction")] == "none":
        return _broadcast(op, args, states, results[0])
    found = _before_reduction(op, args, states)
    return found if type(found) is Mixed else SUMMED


def _nll(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del results
    state = states[0]
    rank = args[0]._array.ndim
    channel = 1 if rank > 1 else 0
    if type(state) is not Along or state.dim == channel:
        return _mixed(op)
    if states[1] is not None:
        of_target = states[1]
        if type(of_target) is not Along or not same(of_target, state) or of_target.dim != max(state.dim - 1, 0):
            return _mixed(op)
    if args[op.parameters.index("reduction")] != "none":
        return SUMMED
    return Along(state.dim if state.dim < channel else state.dim - 1, state.of)


def _loss_of_rows(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    # One loss for each row of a matrix, its target beside it.
    state, target = states[:2]
    if type(state) is not Along or state.dim or args[0]._array.ndim < 2 or any(s is not None for s in states[2:]):
        return _mixed(op)
    if target is not None and not (type(target) is Along and target.dim == 0 and same(target, state)):
        return _mixed(op)
    return state if args[op.parameters.index("reduction")] == "none" else SUMMED


def _ctc(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    # A loss for each sequence: (times, sequences, classes).
    state = states[0]
    if type(state) is not Along or args[0]._array.ndim != 3 or state.dim != 1 or results[0]._array.ndim != 1:
        return _mixed(op)
    others = [s for s in states[1:] if s is not None]
    beside = all(type(s) is Along and s.dim == 0 and same(s, state) for s in others)
    return Along(0, state.of) if beside else _mixed(op)


def _embedding(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del results
    if args[op.parameters.index("by_frequency")]:
        return Mixed("embedding with scale_grad_by_freq")
    return states[1] if states[0] is None else _mixed(op)


def _embedding_bag(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    del results
    state, starts = states[1], args[2]._array
    if args[op.parameters.index("by_frequency")]:
        return Mixed("embedding_bag with scale_grad_by_freq")
    if states[0] is not None or type(state) is not Along or not starts.size:
        return _mixed(op)
    counts = np.diff(starts, append=state.of.size)
    bags = np.where(counts > 0, state.of[np.minimum(starts, state.of.size - 1)], NOBODY)
    return along(0, bags) if np.array_equal(np.repeat(bags, counts), state.of) else _mixed(op)


def _recurrent(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    data, state = args[0]._array, states[0]
    if type(state) is not Along:
        return _mixed(op)
    count = args[op.parameters.index("batch_sizes")][0]
    if data.ndim == 3:
        outputs: State = state
        last: State = Along(0, state.of)
        if state.dim != 1:
            return _mixed(op)
    else:
        outputs = state
        last = along(0, state.of[:count])
        if state.dim != 0 or not _rows_agree(state.of, args[op.parameters.index("batch_sizes")]):
            return _mixed(op)
    for position in range(1, 3):
        other = states[position]
        if other is not None and not (type(other) is Along and other.dim == 0 and np.array_equal(other.of, last.of)):  # type: ignore[union-attr]
            return _mixed(op)
    return [outputs, *[last] * (len(results) - 1)]


def _rows_agree(of: Array, sizes: Sequence[int]) -> bool:
    # Whether the rows of each time of packed sequences are of the samples that those of the first are.
    start = 0
    for size in sizes:
        if not np.array_equal(of[start : start + size], of[:size]):
            return False
        start += size
    return True


def inner_state(op: Op, args: tuple[Any, ...], states: list[Any]) -> State:
    """Of a row that computes element by element and then adds up, the state before it does; None for another."""
    if _RULES.get(op.name) is not _loss:
        return None
    return _before_reduction(op, args, states)


def _before_reduction(op: Op, args: tuple[Any, ...], states: list[Any]) -> State:
    shape = np.broadcast_shapes(*[tuple(a._array.shape) for a in args[:2] if isinstance(a, TensorBase)])
    return _broadcast(op, args, states, new_tensor(np.broadcast_to(np.zeros(()), shape)))


# ---- products, by the letters of einsum ----


def letters(op: Op, args: tuple[Any, ...]) -> tuple[list[int], list[tuple[int, ...]], tuple[int, ...]] | None:
    """A product as a contraction: the positions of the factors, a letter for each of their dimensions, the result's.

    For a row with a sequence of tensors the positions are those within the sequence. None for what is no product.
    """
    if op.name == "contraction":
        return list(range(len(args[0]))), [tuple(i) for i in args[1]], tuple(args[2])
    if op.name == "bilinear":
        lead = tuple(range(3, 2 + args[0]._array.ndim))
        return [0, 1, 2], [(*lead, 0), (*lead, 1), (2, 0, 1)], (*lead, 2)
    positions = _FACTORS.get(op.name)
    if positions is None:
        return None
    a, b = (args[p]._array.ndim for p in positions)
    if op.name in {"affine", "inner"}:
        lead = tuple(range(3, 2 + a))
        more = tuple(range(100, 99 + b))
        return list(positions), [(*lead, 0), (*more, 0)], (*lead, *more)
    if op.name in {"dot", "vdot"}:
        return list(positions), [(0,), (0,)], ()
    # The dimensions of a batch stand one below another, from behind.
    of_a = [*range(9 + a, 11, -1), 1, 0] if a > 1 else [0]
    of_b = [*range(9 + b, 11, -1), 0, 2] if b > 1 else [0]
    output = of_a[:-2] if len(of_a) >= len(of_b) else of_b[:-2]
    return list(positions), [tuple(of_a), tuple(of_b)], (*output, *([1] if a > 1 else []), *([2] if b > 1 else []))


_FACTORS = {
    "affine": (1, 2), "matmul": (0, 1), "mm": (0, 1), "bmm": (0, 1), "mv": (0, 1), "dot": (0, 1), "vdot": (0, 1),
    "inner": (0, 1), "addmm": (1, 2), "addmv": (1, 2), "baddbmm": (1, 2),
}  # fmt: skip


def _product(op: Op, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> Any:
    positions, names, output = letters(op, args) or ([], [], ())
    of_factors = states[0] if op.name == "contraction" else [states[p] for p in positions]
    found: Any = None
    letter = -1
    for state, indices in zip(of_factors, names, strict=True):
        if state is None:
            continue
        if type(state) is not Along or (
            found is not None and not (indices[state.dim] == letter and same(state, found))
        ):
            return _mixed(op)
        found, letter = state, indices[state.dim]
    if found is not None and letter in output:
        found = Along(output.index(letter), found.of)
    elif found is not None:
        found = SUMMED
    beside = [s for p, s in enumerate(states) if s is not None and op.name != "contraction" and p not in positions]
    for state in beside:  # what is added to the product, and broadcast
        place = op.parameters.index("bias" if "bias" in op.parameters else "self")
        own = _broadcast(op, (args[place],), [state], results[0])
        if type(own) is not Along or (found is not None and (type(found) is not Along or own.dim != found.dim)):
            return _mixed(op)
        found = own
    return found


_Rule = Callable[[Op, "tuple[Any, ...]", "list[Any]", "list[Any]"], Any]

_RULES: dict[str, _Rule] = {
    **dict.fromkeys(
        [
            "sum", "mean", "nansum", "nanmean", "prod", "logsumexp", "amax", "amin", "max_dim", "min_dim",
            "median_dim", "std", "var", "var_mean", "std_mean", "linalg_vector_norm", "all", "any", "argmax",
            "argmin",
        ],
        _reduction,
    ),
    **dict.fromkeys(
        [
            "softmax_along", "log_softmax_along", "cumsum", "cumprod", "logcumsumexp", "cummax", "cummin", "sort",
            "glu",
        ],
        _in_place,
    ),
    **dict.fromkeys(
        [
            "convolution", "native_group_norm", "max_pool1d_with_indices", "max_pool2d_with_indices",
            "max_pool3d_with_indices", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
            "adaptive_max_pool2d", "adaptive_max_pool3d", "resampled", "constant_pad_nd", "im2col", "pad_with_itself",
            "fractional_max_pool2d", "fractional_max_pool3d", "grid_sampler_samples", "col2im",
        ],
        _batch_first,
    ),
    **dict.fromkeys(
        [
            "mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits",
            "soft_margin_loss",
        ],
        _loss,
    ),
    **dict.fromkeys(_FACTORS, _product),
    "contraction": _product,
    "bilinear": _product,
    "attention": _attention,
    "native_layer_norm": _layer_norm,
    "rms_norm": _layer_norm,
    "native_batch_norm": _batch_norm,
    "nll_loss_rows": _nll,
    "ctc_loss": _ctc,
    "multi_margin_loss": _loss_of_rows,
    "multilabel_margin_loss": _loss_of_rows,
    "embedding": _embedding,
    "embedding_bag": _embedding_bag,
    "view_as_real": _complex_view,
    "view_as_complex": _complex_view,
    **dict.fromkeys(("rnn_layer", "lstm_layer", "gru_layer"), _recurrent),
}  # fmt: skip


# Rules that are about the first argument alone: the others must not depend on samples.
_OF_THE_FIRST = {_reduction, _in_place, _batch_first, _complex_view, _layer_norm, _batch_norm}


# ---- where there is no rule ----


def _probed(
    name: str, function: Callable[..., Any], args: tuple[Any, ...], states: list[Any], results: list[Any]
) -> list[State]:
    # The operation again, on some of the samples: its results must be those that these samples had.
    labelled = [s for each in states for s in (each if isinstance(each, list) else (each,)) if type(s) is Along]
    numbers = sorted({int(i) for s in labelled for i in s.of if i != NOBODY})
    found: list[State] | None = None
    # The last alone, as what runs along the samples changes it most; and the first, beside it where there are others.
    for some in ([numbers[-1]], [numbers[0], numbers[-1]] if len(numbers) > 2 else numbers[:1]):
        taken = [
            type(value)([_some(v, s, some) for v, s in zip(value, state, strict=True)])
            if isinstance(state, list)
            else _some(value, state, some)
            for value, state in zip(args, states, strict=True)
        ]
        try:
            with no_grad(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                again = function(*taken)
        except Exception:  # noqa: BLE001 (whatever it says: it takes no part of a batch)
            return [Mixed(name)] * len(results)
        again = again if isinstance(again, (tuple, list)) else (again,)
        of = labelled[0].of
        kept = np.flatnonzero(np.isin(of, some))
        states_now = [_compared(name, r, a, of, kept) for r, a in zip(results, again, strict=True)]
        if any(type(state) is Mixed for state in states_now) or (
            found is not None and _dims_of(found) != _dims_of(states_now)
        ):
            return [Mixed(name)] * len(results)
        found = states_now
    return found or [Mixed(name)] * len(results)


def _dims_of(states: list[State]) -> list[int | None]:
    return [state.dim if isinstance(state, Along) else None for state in states]


def _some(value: Any, state: State, numbers: list[int]) -> Any:
    if type(state) is not Along:
        return value
    return new_tensor(
        np.ascontiguousarray(value._array.take(np.flatnonzero(np.isin(state.of, numbers)), axis=state.dim))
    )


def _compared(name: str, result: Any, again: Any, of: Array, kept: Array) -> State:
    if not (isinstance(result, TensorBase) and isinstance(again, TensorBase)):
        return None
    whole, part = result._array, again._array
    if whole.ndim == part.ndim and not math.isclose(of.size, kept.size):
        for dim in range(whole.ndim):
            if whole.shape[dim] == of.size and part.shape[dim] == kept.size:
                expected = whole.take(kept, axis=dim)
                if expected.shape == part.shape and _is_close(expected, part):
                    return Along(dim, of)
    return Mixed(name)


def _is_close(a: Array, b: Array) -> bool:
    if a.dtype.kind not in "fc":
        return bool(np.array_equal(a, b))
    tolerance = 1e-3 if a.dtype.itemsize <= 4 else 1e-8
    return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * float(np.abs(a).max(initial=0.0)), equal_nan=True))


def state_of_function(function: Any, args: tuple[Any, ...], states: list[Any], results: list[Any]) -> list[State]:
    """The states of the outputs of a custom function."""
    flat = [state for state in states if state is not None]
    if any(type(state) is Mixed for state in flat):
        return [next(state for state in flat if type(state) is Mixed)] * len(results)
    if all(state == flat[0] for state in flat) and type(flat[0]) is One:
        return [flat[0]] * len(results)
    if not all(type(state) is Along for state in flat):
        return [Mixed(function.__name__)] * len(results)
    return _probed(function.__name__, function.apply, args, states, results)
