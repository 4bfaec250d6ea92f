"""Samples for what goes along sequences: recurrent layers, attention, and connectionist temporal classification."""

import itertools

import numpy as np
import scipy.special

import chainrule as torch
from op_samples import integers, real, refuses, sample, values

# ---- recurrent layers ----


def logistic(x):
    return scipy.special.expit(x)


def rnn_step(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0, bend=np.tanh):
    return (bend(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh),)


def relu_step(*args):
    return rnn_step(*args, bend=lambda x: np.maximum(x, 0))


def lstm_step(x, h, c, w_ih, w_hh, b_ih=0.0, b_hh=0.0, w_hr=None):
    i, f, g, o = np.split(x @ w_ih.T + b_ih + h @ w_hh.T + b_hh, 4, axis=-1)
    c = logistic(f) * c + logistic(i) * np.tanh(g)
    h = logistic(o) * np.tanh(c)
    return h if w_hr is None else h @ w_hr.T, c


def gru_step(x, h, w_ih, w_hh, b_ih=0.0, b_hh=0.0):
    r, z, n = np.split(x @ w_ih.T + b_ih, 3, axis=-1)
    from_r, from_z, from_n = np.split(h @ w_hh.T + b_hh, 3, axis=-1)
    r, z = logistic(r + from_r), logistic(z + from_z)
    n = np.tanh(n + r * from_n)
    return ((1 - z) * n + z * h,)


def in_steps(step, rows, states, weights, sizes, reverse):
    """The outputs of all rows of packed sequences, and the last states."""
    ends = np.cumsum(sizes)
    states = [state.copy() for state in states]
    outputs = [None] * len(sizes)
    for t in reversed(range(len(sizes))) if reverse else range(len(sizes)):
        now = step(rows[ends[t] - sizes[t] : ends[t]], *(state[: sizes[t]] for state in states), *weights)
        outputs[t] = now[0]
        for state, new in zip(states, now, strict=True):
            state[: sizes[t]] = new
    return [np.concatenate(outputs), *states]


def layer(step, state_count):
    def reference(data, *rest):
        states, weights = rest[:state_count], [w for w in rest[state_count:-2] if isinstance(w, np.ndarray)]
        return in_steps(step, data, states, weights, *rest[-2:])

    return reference


def rnn_layer(data, hx, w_ih, w_hh, b_ih, b_hh, sizes, rectify, reverse):
    weights = [w for w in (w_ih, w_hh, b_ih, b_hh) if w is not None]
    return in_steps(relu_step if rectify else rnn_step, data, [hx], weights, sizes, reverse)


def network(step, state_count):
    """The reference of `torch.lstm` and the like, of a batch of one length."""

    def reference(input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first):
        x = input.swapaxes(0, 1) if batch_first else input
        times, batch, _ = x.shape
        states = hx if state_count == 2 else [hx]
        directions = 2 if bidirectional else 1
        each = len(params) // (num_layers * directions)
        rows, lasts = x.reshape(times * batch, -1), []
        for number in range(num_layers):
            outputs = []
            for direction in range(directions):
                at = number * directions + direction
                weights = params[at * each : (at + 1) * each]
                if not has_biases:
                    weights = [*weights[:2], 0.0, 0.0, *weights[2:]]
                found = in_steps(step, rows, [s[at] for s in states], weights, (batch,) * times, direction == 1)
                outputs.append(found[0])
                lasts.append(found[1:])
            rows = np.concatenate(outputs, -1)
        output = rows.reshape(times, batch, -1)
        return [output.swapaxes(0, 1) if batch_first else output, *map(np.stack, zip(*lasts, strict=True))]

    return reference


def weights_of(gates, size, sizes_in, *, biases):
    """Inputs for the weights of layers of `size` that are given inputs of these sizes."""
    found = []
    for size_in in sizes_in:
        found += [real(gates * size, size_in), real(gates * size, size)]
        found += [real(gates * size), real(gates * size)] if biases else []
    return found


def networks(name, gates, step, states):
    def sample_of(label, hx, weights, *options, batch_first=False):
        x = real(2, 3, 2) if batch_first else real(3, 2, 2)
        given = [real(*hx) for _ in range(states)]
        return sample(
            name, [x, tuple(given) if states == 2 else given[0], weights, *options, batch_first],
            network(step, states), name=f"{name} {label}", covers=(),
        )  # fmt: skip

    twice = weights_of(gates, 3, [2, 2, 6, 6], biases=True)
    return [
        sample_of("of one layer", (1, 2, 3), weights_of(gates, 3, [2], biases=True), True, 1, 0.0, False, False),
        sample_of("without biases", (1, 2, 3), weights_of(gates, 3, [2], biases=False), False, 1, 0.0, False, False),
        sample_of("both ways", (4, 2, 3), twice, True, 2, 0.0, True, True, batch_first=True),
    ]


SIZES = (3, 3, 2, 1)  # of the steps of packed sequences
RECURRENT = [
    *[
        sample(
            "rnn_layer", [real(9, 2), real(3, 4), real(4, 2), real(4, 4), bias, bias, SIZES, rectify, reverse],
            rnn_layer, name=f"rnn_layer({rectify}, {reverse}, {bias is not None})",
        )
        for rectify, reverse, bias in itertools.product((False, True), (False, True), (real(4), None))
    ],
    *[
        sample(
            "gru_layer", [real(9, 2), real(3, 4), real(12, 2), real(12, 4), bias, bias, SIZES, reverse],
            layer(gru_step, 1), name=f"gru_layer({reverse}, {bias is not None})",
        )
        for reverse, bias in itertools.product((False, True), (real(12), None))
    ],
    *[
        sample(
            "lstm_layer",
            [real(9, 2), real(3, 4), real(3, 4), real(16, 2), real(16, 4), bias, bias, None, SIZES, reverse],
            layer(lstm_step, 2), name=f"lstm_layer({reverse}, {bias is not None})",
        )
        for reverse, bias in itertools.product((False, True), (real(16), None))
    ],
    sample(
        "rnn_layer", [real(3, 2, 2), real(2, 4), real(4, 2), real(4, 4), None, None, (2, 2, 2), False, False],
        lambda x, hx, *rest: [
            part.reshape(-1, 2, 4) if number == 0 else part
            for number, part in enumerate(rnn_layer(x.reshape(6, 2), hx, *rest))
        ],
        name="rnn_layer of one length",
        must_raise=[
            refuses(RuntimeError, "mat1 and mat2 shapes cannot be multiplied (6x3 and 2x4)", real(3, 2, 3), real(2, 4),
                    real(4, 2), real(4, 4), None, None, (2, 2, 2), False, False),
            refuses(RuntimeError, "The size of tensor a (3) must match the size of tensor b (2)", real(3, 2, 2),
                    real(3, 4), real(4, 2), real(4, 4), None, None, (2, 2, 2), False, False),
            refuses(RuntimeError, "expected m1 and m2 to have the same dtype, but got: long int != double",
                    integers(3, 2, 2), real(2, 4), real(4, 2), real(4, 4), None, None, (2, 2, 2), False, False),
        ],
    ),
    sample(
        "lstm_layer",
        [real(9, 2), real(3, 2), real(3, 4), real(16, 2), real(16, 2), real(16), real(16), real(2, 4), SIZES, False],
        layer(lstm_step, 2), name="lstm_layer with projection",
    ),
    *networks("rnn_tanh", 1, rnn_step, 1),
    *networks("rnn_relu", 1, relu_step, 1),
    *networks("gru", 3, gru_step, 1),
    *networks("lstm", 4, lstm_step, 2),
    *[
        sample(
            f"{name}_cell", [real(2, 3), real(2, 4), real(gates * 4, 3), real(gates * 4, 4), real(gates * 4),
                             real(gates * 4)],
            lambda *a, step=step: step(*a)[0], covers=(),
            must_raise=[
                refuses(RuntimeError, "input has inconsistent input_size: got 2 expected 3", real(2, 2), real(2, 4),
                        real(gates * 4, 3), real(gates * 4, 4), real(gates * 4), real(gates * 4)),
                refuses(RuntimeError, "Input batch size 3 doesn't match hidden0 batch size 2", real(3, 3), real(2, 4),
                        real(gates * 4, 3), real(gates * 4, 4), real(gates * 4), real(gates * 4)),
                refuses(RuntimeError, "hidden0 has inconsistent hidden_size: got 5, expected 4", real(2, 3), real(2, 5),
                        real(gates * 4, 3), real(gates * 4, 4), real(gates * 4), real(gates * 4)),
            ],
        )
        for name, gates, step in [("rnn_tanh", 1, rnn_step), ("rnn_relu", 1, relu_step), ("gru", 3, gru_step)]
    ],
    sample(
        "lstm_cell", [real(2, 3), (real(2, 4), real(2, 4)), real(16, 3), real(16, 4), real(16), real(16)],
        lambda x, hx, *weights: lstm_step(x, *hx, *weights), covers=(),
        must_raise=[
            refuses(RuntimeError, "lstm_cell expects two hidden states", real(2, 3), (real(2, 4),), real(16, 3),
                    real(16, 4)),
        ],
    ),
    sample(
        "rnn_tanh_cell", [real(2, 3), real(2, 4), real(4, 3), real(4, 4)], lambda *a: rnn_step(*a)[0], covers=(),
        name="rnn_tanh_cell without biases",
    ),
]  # fmt: skip

# ---- packed sequences ----

PLACES = (np.array([0, 0, 1, 2]), np.array([0, 1, 1, 1]))  # of the rows in a batch of three times and two sequences


def amid_zeros(rows, shape, indices):
    padded = np.zeros(shape)
    padded[indices] = rows
    return padded


PACKED = [
    sample("_pack_padded_sequence", [real(3, 2, 4), PLACES], lambda padded, indices: padded[indices]),
    sample("_pad_packed_sequence", [real(4, 4), (3, 2, 4), PLACES], amid_zeros),
]

# ---- attention ----


def attention(query, key, value, mask=None, noise=None, scale=None, is_causal=False):
    scores = query @ key.swapaxes(-1, -2) * (query.shape[-1] ** -0.5 if scale is None else scale)
    seen = np.ones(scores.shape, bool)
    if is_causal:
        seen = np.tril(seen)
    if mask is not None:
        seen = seen & mask if mask.dtype == bool else seen
        scores = scores if mask.dtype == bool else scores + mask
    powers = np.where(seen, np.exp(scores), 0)
    totals = powers.sum(-1, keepdims=True)
    weights = powers / np.where(totals == 0, 1, totals)
    return (weights if noise is None else weights * noise) @ value


def sdpa(query, key, value, attn_mask=None, **options):
    return attention(query, key, value, attn_mask, **options)


def grouped(query, key, value, enable_gqa):
    times = query.shape[-3] // key.shape[-3]
    return attention(query, key.repeat(times, -3), value.repeat(times, -3))


DOT = "nn.functional.scaled_dot_product_attention"
SEEN = values([[True, False, True], [False, False, False], [True, True, False], [True, True, True]])
INF = float("inf")
HIDDEN = values([[0.3, -INF, 0.1], [-INF, -INF, -INF], [0.5, 0.2, -INF], [0.0, 0.0, -0.4]], differentiate=False)
QUERIES, KEYS, VALUES = real(2, 4, 3), real(2, 3, 3), real(2, 3, 2)
ATTENTION = [
    sample(
        "attention", [real(2, 2, 4, 3), real(2, 2, 3, 3), real(2, 2, 3, 2), real(2, 1, 4, 3), None, 0.7, False],
        attention,
    ),
    sample("attention", [QUERIES, KEYS, VALUES, real(4, 3), real(2, 4, 3, differentiate=False), 0.7, True], attention),
    sample("attention", [QUERIES, KEYS, VALUES, SEEN, None, 1.0, False], attention, name="attention to what is seen"),
    sample("attention", [QUERIES, KEYS, VALUES, HIDDEN, None, 0.5, True], attention, name="attention with infinities"),
    # Several blocks, of heads and of queries.
    sample(
        "attention", [real(3, 300, 2), real(3, 310, 2), real(3, 310, 2), None, None, 0.5, True], attention,
        name="attention in blocks", tolerance=1e-10,
    ),
    sample(
        DOT, [real(2, 3, 4, 3), real(2, 3, 5, 3), real(2, 3, 5, 2)], sdpa, covers=(),
        must_raise=[
            refuses(RuntimeError, "Expected query, key, and value to all be  at least 2 dimensional, but got query.dim:"
                    " 1 key.dim: 2 and value.dim: 2 instead.", real(3), real(2, 3), real(2, 3)),
            refuses(RuntimeError, "Expected query, key, and value to have the same dtype, but got query.dtype: double "
                    "key.dtype: long int and value.dtype: double instead.", real(2, 3), integers(2, 3), real(2, 3)),
            refuses(RuntimeError, "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
                    "attn_mask.dtype: long int and  query.dtype: double instead.", QUERIES, KEYS, VALUES,
                    integers(4, 3)),
            refuses(RuntimeError, "expected scalar type Float but found Long", integers(1, 1, 2, 3),
                    integers(1, 1, 2, 3), integers(1, 1, 2, 3)),
            refuses(RuntimeError, "dropout probability has to be between 0 and 1, but got 1.5", QUERIES, KEYS, VALUES,
                    dropout_p=1.5),
            refuses(RuntimeError, "The size of tensor a (3) must match the size of tensor b (5) at non-singleton "
                    "dimension 2", QUERIES, KEYS, VALUES, real(4, 5)),
            refuses(RuntimeError, "Number of heads in key and value must divide the number of heads in ",
                    real(1, 3, 2, 2), real(1, 2, 2, 2), real(1, 2, 2, 2), enable_gqa=True),
        ],
    ),
    sample(DOT, [QUERIES, KEYS, VALUES], sdpa, scale=0.3, is_causal=True, covers=()),
    sample(DOT, [real(4, 3), real(3, 3), real(3, 2), real(4, 3)], sdpa, covers=(), name="attention of one head"),
    sample(DOT, [QUERIES, KEYS, VALUES, SEEN], sdpa, covers=(), name="attention with a mask"),
    sample(DOT, [QUERIES, real(1, 3, 3), VALUES], sdpa, covers=(), name="attention that broadcasts"),
    sample(DOT, [real(2, 4, 3, 2), real(2, 2, 3, 2), real(2, 2, 3, 2)], grouped, enable_gqa=True, covers=()),
    sample(DOT, [real(2, 0, 3), KEYS, VALUES], sdpa, covers=(), name="attention of no queries"),
]  # fmt: skip

# ---- connectionist temporal classification ----


def is_read(path, blank):
    return [label for label, _ in itertools.groupby(path) if label != blank]


def ctc(logs, targets, input_lengths, target_lengths, blank, zero_infinity):
    """The losses by going through every path."""
    found = []
    for n, (length, wanted) in enumerate(zip(input_lengths, target_lengths, strict=True)):
        right = list(targets[n, :wanted])
        paths = itertools.product(range(logs.shape[2]), repeat=int(length))
        total = [sum(logs[t, n, c] for t, c in enumerate(path)) for path in paths if is_read(path, blank) == right]
        found.append(-scipy.special.logsumexp(total) if total else np.inf)
    found = np.array(found)
    return np.where(np.isinf(found), 0, found) if zero_infinity else found


def ctc_after_softmax(scores, targets, input_lengths, target_lengths, blank=0, reduction="mean", zero_infinity=False):
    return torch.nn.functional.ctc_loss(
        scores.log_softmax(-1), targets, input_lengths, target_lengths, blank, reduction, zero_infinity
    )


def ctc_reference(scores, targets, *lengths, blank=0, reduction="mean", zero_infinity=False):
    targets = np.asarray(targets)
    if targets.ndim == 1:
        ends = np.cumsum(lengths[1])
        rows = [targets[end - n : end] for n, end in zip(lengths[1], ends, strict=True)]
        targets = np.array([[*row, *[0] * (max(lengths[1]) - len(row))] for row in rows])
    losses = ctc(scipy.special.log_softmax(scores, -1), targets, *lengths, blank, zero_infinity)
    if reduction == "mean":
        return (losses / np.maximum(lengths[1], 1)).mean()
    return losses.sum() if reduction == "sum" else losses


TARGETS = values([[1, 2, 2], [2, 0, 0], [1, 1, 0]])
CTC = [
    *[
        sample(
            "ctc_loss", [real(6, 3, 3), TARGETS, values([6, 5, 4]), values([3, 1, 2]), blank, zero_infinity], ctc,
            name=f"ctc_loss({blank}, {zero_infinity})",
        )
        for blank, zero_infinity in [(0, False), (0, True)]
    ],
    sample(
        "ctc_loss", [real(5, 2, 3), values([[0, 1], [1, 0]]), values([5, 4]), values([2, 0]), 2, False], ctc,
        name="ctc_loss, nothing to read",
    ),
    sample(
        "ctc_loss", [real(5, 2, 3), values([[1, 1], [1, 2]]), values([2, 4]), values([2, 2]), 0, True], ctc,
        name="ctc_loss that cannot be",
    ),
    *[
        sample(
            ctc_after_softmax, [real(6, 3, 3), TARGETS, (6, 5, 4), (3, 1, 2)], ctc_reference, reduction=reduction,
            covers=(),
        )
        for reduction in ("mean", "sum", "none")
    ],
    sample(
        ctc_after_softmax, [real(6, 2, 3), values([0, 1, 1]), (6, 5), (2, 1)], ctc_reference, blank=2, covers=(),
        must_raise=[
            refuses(RuntimeError, "blank must be in label range", real(6, 1, 3), values([[1]]), (6,), (1,), blank=3),
            refuses(RuntimeError, "Expected input_lengths to have value at most 6, but got value 7", real(6, 1, 3),
                    values([[1]]), (7,), (1,)),
            refuses(RuntimeError, "input_lengths must be of size batch_size", real(6, 1, 3), values([[1]]), (6, 6),
                    (1,)),
            refuses(RuntimeError, "target_lengths must be of size batch_size", real(6, 1, 3), values([[1]]), (6,), ()),
            refuses(RuntimeError, "Expected tensor to have size at least 2 at dimension 1, but got size 1 for argument "
                    "#2 'targets'", real(6, 1, 3), values([[1]]), (6,), (2,)),
            refuses(RuntimeError, "Expected tensor to have size 2 at dimension 0, but got size 1 for argument #2 "
                    "'targets'", real(6, 1, 3), values([1]), (6,), (2,)),
            refuses(RuntimeError, "Expected target_lengths to have value at least 0, but got value -1", real(6, 1, 3),
                    values([[1]]), (6,), (-1,)),
            refuses(RuntimeError, "log_probs tensor must not be empty", real(6, 0, 3), integers(0, 1), (), ()),
        ],
    ),
]  # fmt: skip

SAMPLES = RECURRENT + PACKED + ATTENTION + CTC
