"""Recurrent modules and packed sequences: what they compute, by other means; and what else a module must bear."""

import copy
import pickle

import numpy as np
import pytest

import chainrule as torch
from chainrule import nn
from chainrule.nn.utils import rnn

KINDS = ["RNN", "GRU", "LSTM"]
LENGTHS = [3, 1, 4, 4, 2]


def module(kind, **options):
    torch.manual_seed(0)
    return getattr(nn, kind)(3, 4, dtype=torch.float64, **options)


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


def parts(states):
    return list(states) if isinstance(states, tuple) else [states]


def sequences():
    torch.manual_seed(1)
    return [randn(length, 3) for length in LENGTHS]


# ---- recurrent modules ----


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_cell_step_by_step(kind):
    layer = module(kind)
    cell = getattr(nn, kind + "Cell")(3, 4, dtype=torch.float64)
    for name, weight in layer.named_parameters():
        setattr(cell, name.removesuffix("_l0"), weight)
    x, state = randn(5, 2, 3), None
    outputs = []
    for step in x:
        state = cell(step, state)
        outputs.append(parts(state)[0])
    output, last = layer(x)
    assert torch.allclose(output, torch.stack(outputs))
    for found, wanted in zip(parts(last), parts(state), strict=True):
        assert torch.allclose(found[0], wanted)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("options", [{}, {"num_layers": 2, "bidirectional": True}])
def test_packed_sequences_give_what_each_gives_alone(kind, options):
    layers = module(kind, **options)
    packed = rnn.pack_sequence(sequences(), enforce_sorted=False)
    output, last = layers(packed)
    found = rnn.unpack_sequence(output)
    for place, sequence in enumerate(sequences()):
        alone, last_alone = layers(sequence)
        assert torch.allclose(found[place], alone)
        for state, state_alone in zip(parts(last), parts(last_alone), strict=True):
            assert torch.allclose(state[:, place], state_alone)


@pytest.mark.parametrize("kind", KINDS)
def test_first_states_of_packed_sequences_are_in_the_order_of_the_sequences(kind):
    layers = module(kind)
    first = [randn(1, 5, 4) for _ in range(2 if kind == "LSTM" else 1)]
    packed = rnn.pack_sequence(sequences(), enforce_sorted=False)
    output, _ = layers(packed, tuple(first) if kind == "LSTM" else first[0])
    for place, sequence in enumerate(sequences()):
        own = [state[:, place] for state in first]
        alone, _ = layers(sequence, tuple(own) if kind == "LSTM" else own[0])
        assert torch.allclose(rnn.unpack_sequence(output)[place], alone)


@pytest.mark.parametrize("kind", KINDS)
def test_both_directions_are_one_and_the_other_of_the_sequence_turned_round(kind):
    both, there, back = module(kind, bidirectional=True), module(kind), module(kind)
    back.load_state_dict({name.removesuffix("_reverse"): w for name, w in both.state_dict().items() if "rev" in name})
    there.load_state_dict({name: w for name, w in both.state_dict().items() if "rev" not in name})
    x = randn(5, 2, 3)
    output, last = both(x)
    assert torch.allclose(output[..., :4], there(x)[0])
    assert torch.allclose(output[..., 4:], back(x.flip(0))[0].flip(0))
    assert torch.allclose(parts(last)[0][1], parts(back(x.flip(0))[1])[0][0])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_gradients_of_first_and_second_order(kind, batch_first):
    layers = module(kind, num_layers=2, batch_first=batch_first)
    x = randn(2, 2, 3).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: layers(x)[0], (x,))
    assert torch.autograd.gradgradcheck(lambda x: layers(x)[0].sin(), (x,))


def test_states_can_be_let_go_between_parts_of_a_sequence():
    layers = module("LSTM")
    x = randn(6, 1, 3)
    whole, _ = layers(x)
    first, states = layers(x[:3])
    second, _ = layers(x[3:], [state.detach() for state in states])
    assert torch.allclose(torch.cat([first, second]), whole)
    second.sum().backward()
    assert layers.weight_hh_l0.grad is not None


def test_dropout_is_between_layers_alone():
    layers = module("GRU", num_layers=2, dropout=1.0)
    x = randn(4, 1, 3)
    first = module("GRU", num_layers=2, dropout=1.0).eval()(x)[0]
    nothing = layers(x)[0]
    assert not torch.allclose(nothing, first)
    assert torch.equal(nothing, layers(x * 2)[0])
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        nn.GRU(3, 4, dropout=0.5)


@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_and_a_pickled_one_give_the_same(kind):
    layers, x = module(kind, num_layers=2), randn(5, 2, 3)
    wanted = layers(x)[0]
    assert torch.equal(copy.deepcopy(layers)(x)[0], wanted)
    assert torch.equal(pickle.loads(pickle.dumps(layers))(x)[0], wanted)
    other = getattr(nn, kind)(3, 4, 2, dtype=torch.float64)
    other.load_state_dict(layers.state_dict())
    assert torch.equal(other(x)[0], wanted)


def test_weights_may_be_others_than_those_of_the_beginning():
    layers, x = module("GRU"), randn(5, 2, 3)
    nothing = {name: torch.zeros_like(weight) for name, weight in layers.named_parameters()}
    assert not torch.func.functional_call(layers, nothing, (x,))[0].any()
    assert layers(x)[0].any()
    layers.float()
    assert layers(x.float())[0].dtype == torch.float32
    # As weights that are computed from others stand in a module: an attribute, no parameter.
    del layers.weight_ih_l0
    layers.weight_ih_l0 = torch.zeros(12, 3, requires_grad=True)
    layers(x.float())[0].sum().backward()
    assert layers.weight_ih_l0.grad is not None
    layers.flatten_parameters()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_first", [False, True])
def test_a_batch_of_batches(kind, batch_first):
    layers = module(kind, num_layers=2, bidirectional=True, batch_first=batch_first)
    x = randn(3, 5, 2, 3)
    each = torch.vmap(lambda x: layers(x)[0])(x)
    assert torch.allclose(each, torch.stack([layers(part)[0] for part in x]))
    batch = 5 if batch_first else 2
    first = [randn(3, 4, batch, 4) for _ in range(2 if kind == "LSTM" else 1)]

    def last(*states):
        return parts(layers(x[0], states if kind == "LSTM" else states[0])[1])[-1]

    each = torch.vmap(last)(*first)
    assert torch.allclose(each, torch.stack([last(*states) for states in zip(*first, strict=True)]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_single_steps(kind):
    cell = module(kind + "Cell")
    x = randn(3, 2, 3)
    each = torch.vmap(lambda x: parts(cell(x))[-1])(x)
    assert torch.allclose(each, torch.stack([parts(cell(part))[-1] for part in x]))


@pytest.mark.filterwarnings("ignore:There is a performance drop")  # where each entry has weights of its own
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_by_transforms(kind):
    layers, x = module(kind), randn(3, 5, 2, 3)

    def loss(weights, x):
        return torch.func.functional_call(layers, weights, (x,))[0].sum()

    weights = dict(layers.named_parameters())
    grads = torch.func.grad(loss)(weights, x[0])
    of_each = torch.vmap(torch.func.grad(loss), (None, 0))(weights, x)
    layers(x[0])[0].sum().backward()
    for name, weight in weights.items():
        assert torch.allclose(grads[name], weight.grad)
        assert torch.allclose(of_each[name][0], weight.grad)


def test_a_subclass_may_change_what_forward_gives():
    class Outputs(nn.LSTM):
        def forward(self, x):
            return super().forward(x)[0]

    assert Outputs(3, 4)(torch.zeros(2, 1, 3)).shape == (2, 1, 4)
    assert repr(Outputs(3, 4, 2)) == "Outputs(3, 4, num_layers=2)"


def test_what_does_not_fit_is_refused():
    layers = nn.LSTM(3, 4)
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size. Expected 3, got 5"):
        layers(torch.zeros(2, 1, 5))
    with pytest.raises(ValueError, match="does not match weight dtype"):
        layers(torch.zeros(2, 1, 3, dtype=torch.float64))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[1\] size \(1, 1, 4\), got \[1, 2, 4\]"):
        layers(torch.zeros(2, 1, 3), (torch.zeros(1, 1, 4), torch.zeros(1, 2, 4)))
    with pytest.raises(RuntimeError, match="Expected sequence length to be larger than 0 in RNN"):
        layers(torch.zeros(0, 1, 3))
    with pytest.raises(TypeError, match=r"RNN.__init__\(\) got an unexpected keyword argument 'hidden'"):
        nn.RNN(3, 4, hidden=3)
    with pytest.raises(RuntimeError, match="input must have 2 dimensions, got 1"):
        layers(rnn.pack_sequence([torch.zeros(3)]))


# ---- sequences ----


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("side", ["left", "right"])
def test_padded_sequences(batch_first, side):
    padded = rnn.pad_sequence(sequences(), batch_first, -1.0, side)
    assert padded.shape == ((5, 4, 3) if batch_first else (4, 5, 3))
    for place, sequence in enumerate(sequences()):
        row = padded[place] if batch_first else padded[:, place]
        padding = -torch.ones(4 - len(sequence), 3, dtype=torch.float64)
        assert torch.equal(row, torch.cat([sequence, padding] if side == "right" else [padding, sequence]))


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("is_sorted", [False, True])
def test_packing_and_back(batch_first, is_sorted):
    given = sorted(sequences(), key=len, reverse=True) if is_sorted else sequences()
    lengths = [len(sequence) for sequence in given]
    padded = rnn.pad_sequence(given, batch_first)
    packed = rnn.pack_padded_sequence(padded, lengths, batch_first, enforce_sorted=is_sorted)
    assert packed.batch_sizes.tolist() == [5, 4, 3, 2]
    again, found = rnn.pad_packed_sequence(packed, batch_first)
    assert torch.equal(again, padded)
    assert found.tolist() == lengths
    for one, other in zip(rnn.unpack_sequence(packed), given, strict=True):
        assert torch.equal(one, other)


def test_gradients_of_packing():
    given = [sequence.requires_grad_() for sequence in sequences()]

    def there_and_back(*sequences):
        packed = rnn.pack_sequence(sequences, enforce_sorted=False)
        return packed.data.sin(), rnn.pad_packed_sequence(packed, padding_value=3.0, total_length=6)[0].cos()

    assert torch.autograd.gradcheck(there_and_back, given, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(there_and_back, given)


def test_numbers_of_any_kind_are_padded():
    for dtype in (torch.int64, torch.bool, torch.complex64, torch.float16):
        tensors = [torch.ones(n, dtype=dtype) for n in (1, 2)]
        padded = rnn.pad_sequence(tensors, batch_first=True)
        assert padded.dtype == dtype
        assert padded.tolist() == torch.tensor([[1, 0], [1, 1]], dtype=dtype).tolist()


def test_what_cannot_be_packed_is_refused():
    padded = torch.zeros(3, 2)
    with pytest.raises(RuntimeError, match="`lengths` array must be sorted in decreasing order"):
        rnn.pack_padded_sequence(padded, [1, 3])
    with pytest.raises(RuntimeError, match=r"Expected `len\(lengths\)` to be equal to batch_size, but got 3"):
        rnn.pack_padded_sequence(padded, [3, 2, 1])
    with pytest.raises(RuntimeError, match="a sequence cannot be longer than the batch: got a length of 4 for 3 times"):
        rnn.pack_padded_sequence(padded, [4, 1])
    with pytest.raises(RuntimeError, match="received an empty list of sequences"):
        rnn.pad_sequence([])
    with pytest.raises(RuntimeError, match="sequences must have a first dimension, but one is a single number"):
        rnn.pad_sequence([torch.tensor(1.0)])
    with pytest.raises(RuntimeError, match=r"The size of tensor a \(3\) must match the size of tensor b \(4\)"):
        rnn.pad_sequence([torch.ones(2, 3), torch.ones(2, 4)])


def test_a_packed_sequence_is_a_tuple():
    packed = rnn.pack_sequence([torch.ones(2), torch.zeros(1)])
    data, batch_sizes, sorted_indices, unsorted_indices = packed
    assert data is packed.data
    assert batch_sizes is packed.batch_sizes
    assert sorted_indices is unsorted_indices is None
    assert pickle.loads(pickle.dumps(packed)).batch_sizes.tolist() == [2, 1]
    assert packed.to(torch.float32) is packed
    assert packed.double().data.dtype == torch.float64
    np.testing.assert_array_equal(rnn.invert_permutation(torch.tensor([2, 0, 1])), [1, 2, 0])
