"""Recurrent modules and packed sequences beside PyTorch's: weights, outputs, gradients, training, texts, refusals."""

import itertools
import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)


def in_torchs_words(text):
    return text.replace("chainrule.", "torch.")


def outcome(function, library):
    # What a call gives, as text: its result, or the error and its message; and what it warns of.
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = repr(function(library))
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            result = f"{type(error).__name__}: {error}"
    return in_torchs_words(result), [(w.category, in_torchs_words(str(w.message))) for w in caught]


def assert_close(ours, theirs, **tolerance):
    assert tuple(ours.shape) == tuple(theirs.shape)
    assert in_torchs_words(str(ours.dtype)) == str(theirs.dtype)
    ours, theirs = ours.detach().numpy(), theirs.detach().numpy()
    np.testing.assert_allclose(ours, theirs, **{"rtol": 1e-5, "atol": 1e-6, **tolerance})


def flat(result):
    if isinstance(result, (tuple, list)):
        return [part for each in result for part in flat(each)]
    return [] if result is None else [result]


def numbers(library, *shape, dtype="float32", seed=0):
    values = np.random.default_rng(seed).standard_normal(shape)
    return library.tensor(values.tolist(), dtype=getattr(library, dtype)).reshape(shape)


# ---- text and weights ----

MODULES = [
    lambda nn: nn.RNN(3, 4),
    lambda nn: nn.RNN(3, 4, 2, "relu", False, True, 0.5, True),
    lambda nn: nn.RNN(3, 4, nonlinearity="relu"),
    lambda nn: nn.LSTM(3, 4),
    lambda nn: nn.LSTM(3, 4, 2, True, False, 0.1, True, 2),
    lambda nn: nn.LSTM(3, 4, proj_size=2, bias=False, num_layers=2, dropout=1),
    lambda nn: nn.GRU(3, 4),
    lambda nn: nn.GRU(3, 4, 3, batch_first=True, bidirectional=True),
    lambda nn: nn.RNNBase("GRU", 3, 4),
    lambda nn: nn.RNNBase("RNN_RELU", 3, 4, bidirectional=True),
    lambda nn: nn.RNNCell(3, 4),
    lambda nn: nn.RNNCell(3, 4, False, "relu"),
    lambda nn: nn.LSTMCell(3, 4),
    lambda nn: nn.LSTMCell(3, 4, bias=False),
    lambda nn: nn.GRUCell(3, 4),
    lambda nn: nn.RNNCellBase(3, 4, True, 2),
]


@pytest.mark.parametrize("number", range(len(MODULES)))
def test_the_same_text_and_weights(number):
    made = []
    for library in BOTH:
        library.manual_seed(number)
        made.append(MODULES[number](library.nn))
    theirs, ours = made
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, weight in theirs.state_dict().items():
        np.testing.assert_array_equal(ours.state_dict()[name].numpy(), weight.numpy())
    if hasattr(theirs, "all_weights"):
        shapes = [[[tuple(w.shape) for w in layer] for layer in module.all_weights] for module in made]
        assert shapes[0] == shapes[1]


# ---- outputs and gradients ----


def packed(library, x, batch_first):
    return library.nn.utils.rnn.pack_padded_sequence(x, [3, 5, 1], batch_first=batch_first, enforce_sorted=False)


def results_of(library, kind, options, form, given_states, dtype="float64"):
    """Outputs, states, and the gradients of everything that goes in, of a module in one of its forms."""
    library.manual_seed(7)
    module = getattr(library.nn, kind)(3, 4, dtype=getattr(library, dtype), **options)
    batch_first = options.get("batch_first", False)
    shape = {"unbatched": (5, 3)}.get(form, (3, 5, 3) if batch_first else (5, 3, 3))
    x = numbers(library, *shape, dtype=dtype).requires_grad_()
    states = []
    if given_states:
        count = options.get("num_layers", 1) * (2 if options.get("bidirectional") else 1)
        sizes = [options.get("proj_size", 0) or 4, 4] if kind == "LSTM" else [4]
        batch = () if form == "unbatched" else (3,)
        states = [numbers(library, count, *batch, size, dtype=dtype, seed=size) for size in sizes]
        states = [state.requires_grad_() for state in states]
    hx = None if not states else tuple(states) if kind == "LSTM" else states[0]
    output, last = module(packed(library, x, batch_first) if form == "packed" else x, hx)
    if form == "packed":
        assert isinstance(output, library.nn.utils.rnn.PackedSequence)
        output = output.data
    results = flat((output, last))
    sum((result * result.sin()).sum() for result in results).backward()
    return results, [x.grad, *(state.grad for state in states), *(weight.grad for weight in module.parameters())]


OPTIONS = [
    {},
    {"bias": False, "batch_first": True},
    {"num_layers": 2, "bidirectional": True},
    {"num_layers": 2, "batch_first": True, "bidirectional": True},
]
FORMS = ["batch", "unbatched", "packed"]
CASES = [
    *itertools.product(["RNN", "GRU", "LSTM"], OPTIONS, FORMS, [False, True]),
    *itertools.product(["RNN"], [{"nonlinearity": "relu", "num_layers": 2}], FORMS, [False]),
    *itertools.product(
        ["LSTM"], [{"proj_size": 2}, {"proj_size": 2, "num_layers": 2, "bidirectional": True}], FORMS, [False, True]
    ),
]


@pytest.mark.parametrize(("kind", "options", "form", "given_states"), CASES)
def test_the_same_outputs_and_gradients(kind, options, form, given_states):
    theirs, ours = (results_of(library, kind, options, form, given_states) for library in BOTH)
    for part_of_theirs, part_of_ours in zip(theirs, ours, strict=True):
        for a, b in zip(part_of_ours, part_of_theirs, strict=True):
            assert_close(a, b, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
@pytest.mark.parametrize("form", FORMS)
def test_the_same_elements_are_dropped_between_layers(kind, form):
    options = {"num_layers": 3, "dropout": 0.4, "bidirectional": True}
    theirs, ours = (results_of(library, kind, options, form, True, "float32") for library in BOTH)
    for part_of_theirs, part_of_ours in zip(theirs, ours, strict=True):
        for a, b in zip(part_of_ours, part_of_theirs, strict=True):
            assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ["RNNCell", "GRUCell", "LSTMCell"])
@pytest.mark.parametrize("batch", [(), (2,)])
@pytest.mark.parametrize("given_state", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_cells(kind, batch, given_state, bias):
    found = []
    for library in BOTH:
        library.manual_seed(1)
        cell = getattr(library.nn, kind)(3, 4, bias)
        x = numbers(library, *batch, 3).requires_grad_()
        states = [numbers(library, *batch, 4, seed=n).requires_grad_() for n in (1, 2)]
        hx = (states if kind == "LSTMCell" else states[0]) if given_state else None
        results = flat(cell(x, hx))
        results += flat(cell(x, results if kind == "LSTMCell" else results[0]))
        sum((result * result).sum() for result in results).backward()
        grads = [x.grad, *(state.grad for state in states), *(weight.grad for weight in cell.parameters())]
        found.append([results, [grad for grad in grads if grad is not None]])
    for theirs, ours in zip(*found, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            assert_close(a, b)


# ---- training, and weights from one library to the other ----


def trained(library, kind, steps=5):
    library.manual_seed(2)
    embedding = library.nn.Embedding(11, 6)
    layers = getattr(library.nn, kind)(6, 8, num_layers=2, dropout=0.2, batch_first=True)
    model = library.nn.ModuleList([embedding, layers, library.nn.Linear(8, 11)])
    optimizer = library.optim.Adam(model.parameters(), lr=0.01)
    tokens = library.randint(0, 11, (4, 13))
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        output, _ = layers(embedding(tokens[:, :-1]))
        loss = library.nn.functional.cross_entropy(model[2](output).reshape(-1, 11), tokens[:, 1:].reshape(-1))
        loss.backward()
        library.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses, model.state_dict()


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_five_steps_of_training(kind):
    (theirs, their_state), (ours, our_state) = (trained(library, kind) for library in BOTH)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    for name, weight in their_state.items():
        assert_close(our_state[name], weight, rtol=1e-3, atol=1e-4)


@pytest.mark.filterwarnings("ignore:LSTM with projections is not supported with oneDNN")
def test_weights_go_both_ways():
    theirs, ours = (library.nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2) for library in BOTH)
    x = np.random.default_rng(0).standard_normal((5, 2, 3)).astype(np.float32)
    ours.load_state_dict({name: chainrule.tensor(w.numpy()) for name, w in theirs.state_dict().items()})
    assert_close(ours(chainrule.tensor(x))[0], theirs(torch.tensor(x))[0])
    ours.reset_parameters()
    theirs.load_state_dict({name: torch.tensor(w.numpy()) for name, w in ours.state_dict().items()})
    assert_close(ours(chainrule.tensor(x))[0], theirs(torch.tensor(x))[0])


# ---- refusals ----


def lstm(lib, *args, **kwargs):
    return lib.nn.LSTM(3, 4, *args, **kwargs)


WRONG = [
    lambda lib: lib.nn.RNN(3, 4, nonlinearity="sin"),
    lambda lib: lib.nn.RNN(3, 4, proj_size=2),
    lambda lib: lib.nn.GRU(3, 4, proj_size=2),
    lambda lib: lstm(lib, proj_size=4),
    lambda lib: lstm(lib, proj_size=-1),
    lambda lib: lstm(lib, dropout=2),
    lambda lib: lstm(lib, dropout=True),
    lambda lib: lstm(lib, dropout=0.5),
    lambda lib: lstm(lib, bias=1),
    lambda lib: lstm(lib, batch_first=0),
    lambda lib: lstm(lib, 0),
    lambda lib: lib.nn.LSTM(3.0, 4),
    lambda lib: lib.nn.LSTM(3, 4.0),
    lambda lib: lib.nn.LSTM(0, 4),
    lambda lib: lib.nn.LSTM(3, 0),
    lambda lib: lib.nn.RNNBase("LTSM", 3, 4),
    lambda lib: lib.nn.RNNBase("LSTM", 3, 4)(lib.zeros(1, 1, 3)),
    lambda lib: lstm(lib)(lib.zeros(3)),
    lambda lib: lib.nn.RNN(3, 4)(lib.zeros(3)),
    lambda lib: lib.nn.GRU(3, 4)(lib.zeros(3)),
    lambda lib: lstm(lib)(lib.zeros(2, 5)),
    lambda lib: lstm(lib)(lib.zeros(2, 1, 5)),
    lambda lib: lstm(lib)(lib.zeros(2, 1, 3, dtype=lib.float64)),
    lambda lib: lstm(lib)(lib.zeros(2, 1, 3), (lib.zeros(1, 4), lib.zeros(1, 4))),
    lambda lib: lstm(lib)(lib.zeros(2, 3), (lib.zeros(1, 1, 4), lib.zeros(1, 4))),
    lambda lib: lstm(lib)(lib.zeros(2, 1, 3), (lib.zeros(1, 1, 5), lib.zeros(1, 1, 4))),
    lambda lib: lstm(lib)(lib.zeros(2, 1, 3), (lib.zeros(1, 1, 4), lib.zeros(1, 2, 4))),
    lambda lib: lib.nn.GRU(3, 4)(lib.zeros(2, 1, 3), lib.zeros(1, 4)),
    lambda lib: lib.nn.GRU(3, 4)(lib.zeros(2, 3), lib.zeros(1, 1, 4)),
    lambda lib: lib.nn.GRU(3, 4)(lib.zeros(2, 1, 3), lib.zeros(2, 1, 4)),
    lambda lib: lib.nn.GRU(3, 4)(lib.nn.utils.rnn.pack_sequence([lib.zeros(2, 5)])),
    lambda lib: lib.nn.RNN(3, 4)(lib.nn.utils.rnn.pack_sequence([lib.zeros(2, 3)]), lib.zeros(2, 1, 4)),
    lambda lib: lib.nn.RNNCell(3, 4, nonlinearity="sin")(lib.zeros(1, 3)),
    lambda lib: lib.nn.RNNCell(3, 4)(lib.zeros(1, 1, 3)),
    lambda lib: lib.nn.GRUCell(3, 4)(lib.zeros(1, 3), lib.zeros(1, 1, 4)),
    lambda lib: lib.nn.LSTMCell(3, 4)(lib.zeros(1, 1, 3)),
    lambda lib: lib.nn.LSTMCell(3, 4)(lib.zeros(1, 3), (lib.zeros(1, 4), lib.zeros(1, 1, 4))),
    lambda lib: lib.nn.GRUCell(3, 4)(lib.zeros(1, 5)),
    lambda lib: lib.nn.GRUCell(3, 4)(lib.zeros(1, 3), lib.zeros(2, 4)),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_the_same_refusals(number):
    theirs, ours = (outcome(WRONG[number], library) for library in BOTH)
    assert ours == theirs


# ---- nn.utils.rnn ----


def rnn(lib):
    return lib.nn.utils.rnn


def batch(lib):
    return lib.arange(24.0).reshape(3, 4, 2)


def what_it_is(packed, lib):
    return packed.to(lib.float32) is packed, packed.cpu() is packed, packed.is_pinned(), packed.is_cuda


SEQUENCES = [
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), [4, 2, 1], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib).requires_grad_(), [4, 2, 1], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), lib.tensor([3, 3, 2, 2])),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), [1, 4, 1], True, False),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), lib.tensor([1.0, 3, 2]), True, False),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), [2, 2, 1], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(lib.arange(6).view(3, 2), [3, 1]),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), [1, 4, 2], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), [4, 4, 0], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), [4, 4], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib), lib.ones(3, 1), batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib)[:0], [], batch_first=True),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib)[0, 0], [1]),
    lambda lib: rnn(lib).pack_padded_sequence(batch(lib)[0, 0], [1], enforce_sorted=False),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2), lib.ones(3)]),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2), lib.ones(3).long()], batch_first=True, padding_value=-1),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2).long(), lib.ones(3) * 1.5], padding_value=2.5),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2, 1), lib.ones(3, 1)], True, 7.0, "left"),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2, 2), lib.ones(3, 1)]),
    lambda lib: rnn(lib).pad_sequence(lib.ones(2, 3)),
    lambda lib: rnn(lib).pad_sequence(lib.ones(n) for n in (1, 2)),
    lambda lib: rnn(lib).pad_sequence([lib.ones(0), lib.ones(0)]),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2), lib.ones(0)], padding_side="left"),
    lambda lib: rnn(lib).pad_sequence([lib.ones(1, dtype=lib.bool), lib.ones(2, dtype=lib.bool)], padding_value=True),
    lambda lib: rnn(lib).pad_sequence([]),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2)], padding_side="up"),
    lambda lib: rnn(lib).pad_sequence(3),
    lambda lib: rnn(lib).pad_sequence([1, 2]),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2, 3), lib.ones(2, 4)]),
    lambda lib: rnn(lib).pad_sequence([lib.ones(2, 3), lib.ones(2)]),
    lambda lib: rnn(lib).pack_sequence([lib.ones(2), lib.ones(1)]),
    lambda lib: rnn(lib).pack_sequence([lib.ones(1), lib.ones(2)], enforce_sorted=False),
    lambda lib: rnn(lib).pack_sequence([lib.ones(1), lib.ones(2)]),
    lambda lib: rnn(lib).pack_sequence([]),
    lambda lib: rnn(lib).pad_packed_sequence(rnn(lib).pack_sequence([lib.ones(2), lib.ones(1)])),
    lambda lib: rnn(lib).pad_packed_sequence(rnn(lib).pack_sequence([lib.ones(2), lib.ones(1)]), True, -1.0, 4),
    lambda lib: rnn(lib).pad_packed_sequence(rnn(lib).pack_sequence([lib.ones(1, 2), lib.ones(2, 2)], False), True),
    lambda lib: rnn(lib).pad_packed_sequence(rnn(lib).pack_sequence([lib.ones(2), lib.ones(1)]), total_length=1),
    lambda lib: rnn(lib).unpack_sequence(rnn(lib).pack_sequence([lib.ones(1), lib.ones(2)], enforce_sorted=False)),
    lambda lib: rnn(lib).unpad_sequence(lib.ones(3, 2, 2), lib.tensor([3, 1])),
    lambda lib: rnn(lib).unpad_sequence(lib.ones(2, 3), lib.tensor([9, 0]), batch_first=True),
    lambda lib: rnn(lib).PackedSequence((lib.ones(2), lib.tensor([1, 1]))),
    lambda lib: rnn(lib).PackedSequence(lib.ones(2), lib.tensor([2]), lib.tensor([1, 0])),
    lambda lib: rnn(lib).PackedSequence(lib.ones(2)),
    lambda lib: rnn(lib).pack_sequence([lib.ones(2)]).double(),
    lambda lib: rnn(lib).pack_sequence([lib.ones(2)]).to(dtype=lib.int16).long(),
    lambda lib: [getattr(rnn(lib).pack_sequence([lib.ones(2)]), n)().data for n in ("half", "int", "short", "char")],
    lambda lib: rnn(lib).pack_sequence([lib.ones(2)]).byte().float().cpu(),
    lambda lib: [what_it_is(p, lib) for p in [rnn(lib).pack_sequence([lib.ones(2)])]],
    lambda lib: rnn(lib).invert_permutation(lib.tensor([2, 0, 1])),
    lambda lib: rnn(lib).invert_permutation(None),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SEQUENCES)))
def test_sequences(number):
    theirs, ours = (outcome(SEQUENCES[number], library) for library in BOTH)
    assert ours == theirs


@pytest.mark.parametrize(("batch_first", "padding_value"), [(False, 0.0), (True, 3.0)])
def test_gradients_of_sequences(batch_first, padding_value):
    found = []
    for library in BOTH:
        sequences = [numbers(library, length, 2, seed=length).requires_grad_() for length in (2, 4, 3)]
        padded = rnn(library).pad_sequence(sequences, batch_first, padding_value)
        lengths = library.tensor([2, 4, 3])
        packed = rnn(library).pack_padded_sequence(padded * padded, lengths, batch_first, enforce_sorted=False)
        again, _ = rnn(library).pad_packed_sequence(packed._replace(data=packed.data.sigmoid()), batch_first, 2.0, 5)
        (again.sin().sum() + padded.pow(3).sum()).backward()
        found.append([again, *(sequence.grad for sequence in sequences)])
    for theirs, ours in zip(*found, strict=True):
        assert_close(ours, theirs)


@pytest.mark.parametrize(
    "make",
    [
        lambda nn: nn.RNN(2, 2),
        lambda nn: nn.GRU(2, 2, 2, bidirectional=True),
        lambda nn: nn.LSTM(2, 2),
        lambda nn: nn.LSTM(2, 2, batch_first=True),
        lambda nn: nn.LSTM(2, 2, 2, bidirectional=True),
        lambda nn: nn.LSTM(2, 2).double(),
        lambda nn: nn.GRUCell(2, 2),
        lambda nn: nn.RNNCell(2, 2),
    ],
)
def test_outputs_print_as_pytorchs(make):
    texts = []
    for library in BOTH:
        library.manual_seed(0)
        made = make(library.nn)
        rank = 2 if "Cell" in type(made).__name__ else 3
        x = library.ones(*(2,) * rank, dtype=next(made.parameters()).dtype)
        packed = [library.nn.utils.rnn.pack_sequence([library.ones(3, 2), library.ones(1, 2)])]
        texts.append([repr(made(x)), *(repr(made(p)) for p in packed if rank == 3 and x.dtype == library.float32)])
    theirs, ours = texts
    # The longer name of the package may break lines elsewhere.
    assert [in_torchs_words(text).split() for text in ours] == [text.split() for text in theirs]
