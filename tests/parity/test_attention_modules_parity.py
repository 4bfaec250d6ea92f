"""`MultiheadAttention` and transformers beside PyTorch's: weights, outputs, gradients, training, texts, refusals."""

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
    library.manual_seed(0)
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


def numbers(library, *shape, dtype="float64", seed=0):
    values = np.random.default_rng(seed).standard_normal(shape)
    return library.tensor(values.tolist(), dtype=getattr(library, dtype)).reshape(shape)


def causal(library, size, dtype=None):
    return library.nn.Transformer.generate_square_subsequent_mask(size, dtype=dtype)


def quietly(function):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function()


# ---- text and weights ----

MODULES = [
    lambda nn: nn.MultiheadAttention(8, 2),
    lambda nn: nn.MultiheadAttention(8, 4, bias=False, add_bias_kv=True, add_zero_attn=True),
    lambda nn: nn.MultiheadAttention(8, 2, 0.1, True, True, kdim=3, vdim=5, batch_first=True),
    lambda nn: nn.TransformerEncoderLayer(8, 2, 16),
    lambda nn: nn.TransformerEncoderLayer(8, 2, 16, 0.0, nn.GELU(), 1e-6, True, True, False),
    lambda nn: nn.TransformerDecoderLayer(8, 2, 16, activation="gelu"),
    lambda nn: nn.TransformerDecoderLayer(8, 2, 16, activation=nn.Tanh(), bias=False),
    lambda nn: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2),
    lambda nn: nn.TransformerDecoder(nn.TransformerDecoderLayer(8, 2, 16), 2, nn.LayerNorm(8)),
    lambda nn: nn.Transformer(8, 2, 2, 1, 16, norm_first=True),
    lambda nn: nn.Transformer(8, 2, 1, 2, 16, custom_encoder=nn.Linear(8, 8), bias=False, batch_first=True),
    lambda nn: nn.Transformer(8, 2, custom_encoder=nn.Linear(8, 8), custom_decoder=nn.Identity()),
]


@pytest.mark.parametrize("number", range(len(MODULES)))
def test_the_same_text_and_weights(number):
    made = []
    for library in BOTH:
        library.manual_seed(number)
        made.append(quietly(lambda library=library: MODULES[number](library.nn)))
    theirs, ours = made
    assert repr(ours) == repr(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    for name, weight in theirs.state_dict().items():
        assert_close(ours.state_dict()[name], weight, rtol=0, atol=3e-7)


# ---- MultiheadAttention ----

ATTENTIONS = [
    {},
    {"bias": False},
    {"batch_first": True},
    {"add_bias_kv": True},
    {"add_zero_attn": True, "batch_first": True},
    {"kdim": 3, "vdim": 5},
    {"kdim": 3, "vdim": 5, "add_bias_kv": True, "add_zero_attn": True, "batch_first": True},
]
MASKS = {
    "none": lambda lib: {},
    "padding": lambda lib: {"key_padding_mask": lib.tensor([[False, False, False, True, True], [False] * 5])},
    "causal": lambda lib: {"attn_mask": causal(lib, 5, lib.float64)[1:], "need_weights": False},
    "booleans": lambda lib: {"attn_mask": lib.ones(4, 5, dtype=lib.bool).triu(2), "average_attn_weights": False},
    "for each head": lambda lib: {"attn_mask": numbers(lib, 4, 4, 5, seed=9)},
    "both": lambda lib: {
        "key_padding_mask": lib.tensor([[0.0, 0, 0, 0, -float("inf")], [0.5] * 5], dtype=lib.float64),
        "attn_mask": numbers(lib, 4, 5, seed=9),
    },
}


def attention_results(library, options, mask, same):
    library.manual_seed(3)
    module = library.nn.MultiheadAttention(8, 2, dtype=library.float64, **options)
    with library.no_grad():
        for parameter in module.parameters():
            parameter.add_(0.1)
    first = options.get("batch_first", False)
    sizes = [8, options.get("kdim", 8), options.get("vdim", 8)]
    inputs = [
        numbers(library, *((2, length, size) if first else (length, 2, size)), seed=n).requires_grad_()
        for n, (length, size) in enumerate(zip((4, 5, 5), sizes, strict=True))
    ]
    if same == "key and value":
        inputs[2] = inputs[1]
    output, weights = module(*inputs, **MASKS[mask](library))
    loss = (output * output.sin()).sum()
    if weights is not None:
        loss = loss + (weights * weights).sum()
    loss.backward()
    grads = [x.grad for x in inputs] + [parameter.grad for parameter in module.parameters()]
    return [output, *([] if weights is None else [weights]), *grads]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("options", ATTENTIONS)
@pytest.mark.parametrize("same", ["nothing", "key and value"])
def test_attention(options, mask, same):
    if same == "key and value" and "kdim" in options:
        return
    theirs, ours = (attention_results(library, options, mask, same) for library in BOTH)
    for a, b in zip(ours, theirs, strict=True):
        assert_close(a, b, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_attention_to_oneself(batch_first, need_weights, training):
    found = []
    for library in BOTH:
        library.manual_seed(4)
        module = library.nn.MultiheadAttention(8, 2, dropout=0.3, batch_first=batch_first).train(training)
        x = numbers(library, 3, 4, 8, dtype="float32").requires_grad_()
        output, weights = module(x, x, x, need_weights=need_weights)
        assert (weights is None) is not need_weights
        output.square().sum().backward()
        with library.no_grad():
            again = module(x, x, x)[0] if not training else output
        unbatched = module(x[0], x[0], x[0], key_padding_mask=library.tensor([False] * 2 + [True] * 2))
        found.append([output, x.grad, module.in_proj_weight.grad, again, *unbatched])
    for theirs, ours in zip(*found, strict=True):
        assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


# ---- layers and stacks ----

ENCODERS = [
    {},
    {"batch_first": True},
    {"norm_first": True, "bias": False},
    {"activation": "gelu", "batch_first": True, "norm_first": True},
    {"activation": lambda x: x.sin()},
]
KEYWORDS = {
    "none": lambda lib: {},
    "padding": lambda lib: {"src_key_padding_mask": lib.tensor([[False] * 2 + [True] * 2, [False] * 4])},
    "mask": lambda lib: {"mask": causal(lib, 4)},
    "mask of booleans": lambda lib: {"mask": lib.ones(4, 4, dtype=lib.bool).triu(1)},
    "both": lambda lib: {
        "mask": lib.ones(4, 4, dtype=lib.bool).triu(1),
        "src_key_padding_mask": lib.tensor([[False] * 3 + [True], [False] * 4]),
        "is_causal": True,
    },
}


@pytest.mark.parametrize("options", ENCODERS)
@pytest.mark.parametrize("given", KEYWORDS)
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_encoder(options, given, dropout):
    found = []
    for library in BOTH:
        library.manual_seed(5)
        layer = library.nn.TransformerEncoderLayer(8, 2, 16, dropout, **options)
        encoder = quietly(
            lambda library=library, layer=layer: library.nn.TransformerEncoder(layer, 2, library.nn.LayerNorm(8))
        )
        shape = (2, 4, 8) if options.get("batch_first") else (4, 2, 8)
        x = numbers(library, *shape, dtype="float32").requires_grad_()
        output = encoder(x, **KEYWORDS[given](library))
        (output * output.sin()).sum().backward()
        found.append([output, x.grad, *(parameter.grad for parameter in encoder.parameters())])
    for theirs, ours in zip(*found, strict=True):
        assert_close(ours, theirs, rtol=1e-4, atol=2e-5)


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("padding", ["behind", "before", "none"])
def test_padding_comes_out_of_an_encoder_in_use_as_it_does_of_pytorchs(nested, check, padding):
    found = []
    for library in BOTH:
        library.manual_seed(6)
        layer = library.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        encoder = library.nn.TransformerEncoder(layer, 2, library.nn.LayerNorm(8), nested, check).eval()
        x = numbers(library, 2, 4, 8, dtype="float32")
        masks = {
            "behind": library.tensor([[False, False, True, True], [False] * 4]),
            "before": library.tensor([[True, False, False, False], [False] * 4]),
            "none": None,
        }
        if padding == "before" and nested and not check:
            return  # PyTorch mixes the rows up
        graph = encoder(x, src_key_padding_mask=masks[padding])
        with library.no_grad():
            found.append([graph, encoder(x, src_key_padding_mask=masks[padding]), encoder(x, mask=causal(library, 4))])
    for theirs, ours in zip(*found, strict=True):
        assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


TRANSFORMERS = [
    {},
    {"batch_first": True, "norm_first": True, "activation": "gelu"},
    {"bias": False, "dropout": 0.0},
]


@pytest.mark.parametrize("options", TRANSFORMERS)
@pytest.mark.parametrize("masked", [False, True])
def test_transformer(options, masked):
    found = []
    for library in BOTH:
        library.manual_seed(8)
        model = quietly(lambda library=library: library.nn.Transformer(8, 2, 1, 2, 16, **options))
        first = options.get("batch_first")
        src, tgt = (
            numbers(library, *((2, n, 8) if first else (n, 2, 8)), dtype="float32", seed=n).requires_grad_()
            for n in (4, 5)
        )
        padding = library.tensor([[False] * 3 + [True], [False] * 4])
        kwargs = {}
        if masked:
            kwargs = {
                "src_mask": library.zeros(4, 4), "tgt_mask": causal(library, 5), "tgt_is_causal": True,
                "src_key_padding_mask": padding.float().masked_fill(padding, float("-inf")),
                "memory_key_padding_mask": padding, "memory_mask": library.zeros(5, 4, dtype=library.bool),
            }  # fmt: skip
        output = model(src, tgt, **kwargs)
        (output * output.sin()).sum().backward()
        found.append([output, src.grad, tgt.grad, *(parameter.grad for parameter in model.parameters())])
    for theirs, ours in zip(*found, strict=True):
        assert_close(ours, theirs, rtol=1e-4, atol=2e-5)


# ---- training ----


def trained(library, steps=5):
    library.manual_seed(9)
    nn = library.nn
    layer = nn.TransformerEncoderLayer(16, 4, 32, 0.1, batch_first=True, norm_first=True)
    encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    model = nn.ModuleList([nn.Embedding(11, 16), encoder, nn.Linear(16, 11)])
    # Not Adam: the loss does not hang on biases of keys, and it would take steps along what rounding leaves of zero.
    optimizer = library.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    tokens = library.randint(0, 11, (4, 13))
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        output = encoder(model[0](tokens[:, :-1]), causal(library, 12), is_causal=True)
        loss = nn.functional.cross_entropy(model[2](output).reshape(-1, 11), tokens[:, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model.state_dict()


def test_five_steps_of_training():
    (theirs, their_state), (ours, our_state) = (trained(library) for library in BOTH)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    for name, weight in their_state.items():
        assert_close(our_state[name], weight, rtol=1e-3, atol=1e-4)


def test_weights_go_both_ways():
    theirs, ours = (quietly(lambda lib=library: lib.nn.Transformer(8, 2, 1, 1, 16)).eval() for library in BOTH)
    x = np.random.default_rng(0).standard_normal((5, 2, 8)).astype(np.float32)
    ours.load_state_dict({name: chainrule.tensor(w.numpy()) for name, w in theirs.state_dict().items()})
    assert_close(ours(*[chainrule.tensor(x)] * 2), theirs(*[torch.tensor(x)] * 2))
    ours._reset_parameters()
    theirs.load_state_dict({name: torch.tensor(w.numpy()) for name, w in ours.state_dict().items()})
    assert_close(ours(*[chainrule.tensor(x)] * 2), theirs(*[torch.tensor(x)] * 2))


# ---- refusals, warnings, masks ----


def attention(lib, *shapes, **kwargs):
    return lib.nn.MultiheadAttention(8, 2)(*(lib.zeros(*shape) for shape in shapes), **kwargs)


def encoder_layer(lib, **options):
    return lib.nn.TransformerEncoderLayer(8, options.pop("nhead", 2), 16, **options)


X = (3, 1, 8)
SAID = [
    lambda lib: lib.nn.MultiheadAttention(8, 3),
    lambda lib: lib.nn.MultiheadAttention(0, 3),
    lambda lib: lib.nn.MultiheadAttention(8, -1),
    lambda lib: attention(lib, (8,), (8,), (8,)),
    lambda lib: attention(lib, X, (3, 8), (3, 8)),
    lambda lib: attention(lib, X, X, (4, 1, 8)),
    lambda lib: attention(lib, (3, 1, 6), (3, 1, 6), (3, 1, 6)),
    lambda lib: attention(lib, X, X, X, attn_mask=lib.zeros(3, 2)),
    lambda lib: attention(lib, X, X, X, attn_mask=lib.zeros(3, 3, dtype=lib.int64)),
    lambda lib: attention(lib, X, X, X, key_padding_mask=lib.zeros(1, 3, dtype=lib.int64)),
    lambda lib: attention(lib, X, X, X, key_padding_mask=lib.zeros(1, 2)),
    lambda lib: attention(lib, X, X, X, key_padding_mask=lib.zeros(3)),
    lambda lib: attention(lib, X, X, X, is_causal=True),
    lambda lib: (
        attention(lib, X, X, X, key_padding_mask=lib.zeros(1, 3), attn_mask=lib.zeros(3, 3, dtype=lib.bool))[0].shape
    ),
    lambda lib: encoder_layer(lib, activation="tanh"),
    lambda lib: (
        encoder_layer(lib)(lib.zeros(*X), lib.zeros(3, 3), src_key_padding_mask=lib.zeros(1, 3, dtype=lib.bool)).shape
    ),
    lambda lib: encoder_layer(lib)(lib.zeros(*X), is_causal=True),
    lambda lib: encoder_layer(lib)(lib.zeros(*X), lib.zeros(3, 3, dtype=lib.int64)),
    lambda lib: lib.nn.TransformerEncoder(encoder_layer(lib), 1),
    lambda lib: lib.nn.TransformerEncoder(encoder_layer(lib, batch_first=True, norm_first=True), 1),
    lambda lib: lib.nn.TransformerEncoder(encoder_layer(lib, batch_first=True, bias=False), 1),
    lambda lib: lib.nn.TransformerEncoder(encoder_layer(lib, batch_first=True, activation=lib.nn.SiLU()), 1),
    lambda lib: lib.nn.TransformerEncoder(encoder_layer(lib, batch_first=True, nhead=1), 1),
    lambda lib: lib.nn.TransformerEncoder(encoder_layer(lib), 1, enable_nested_tensor=False),
    lambda lib: lib.nn.TransformerEncoder(lib.nn.TransformerDecoderLayer(8, 2, 16), 1),
    lambda lib: (
        lib.nn.TransformerEncoder(encoder_layer(lib, batch_first=True), 1)(
            lib.zeros(1, 3, 8), lib.zeros(3, 3), lib.zeros(1, 3, dtype=lib.bool)
        ).shape
    ),
    lambda lib: lib.nn.Transformer(8, 2, 1, 1, 16)(lib.zeros(3, 1, 8), lib.zeros(3, 2, 8)),
    lambda lib: lib.nn.Transformer(8, 2, 1, 1, 16)(lib.zeros(3, 1, 6), lib.zeros(3, 1, 6)),
    lambda lib: lib.nn.Transformer(8, 2, 1, 1, 16, batch_first=True)(lib.zeros(3, 1, 8), lib.zeros(2, 1, 8)),
    lambda lib: lib.nn.Transformer(8, 2, 1, 1, 16, batch_first=True)(lib.zeros(3, 8), lib.zeros(2, 8)).shape,
    lambda lib: lib.nn.Transformer.generate_square_subsequent_mask(3),
    lambda lib: lib.nn.Transformer.generate_square_subsequent_mask(2, "cpu", lib.float64),
    lambda lib: lib.nn.Transformer.generate_square_subsequent_mask(0),
]


@pytest.mark.parametrize("number", range(len(SAID)))
def test_the_same_refusals_and_warnings(number):
    theirs, ours = (outcome(SAID[number], library) for library in BOTH)
    assert ours == theirs
