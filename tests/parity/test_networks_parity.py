"""Dropout seed for seed, losses and norms as they stand in torch itself, attention of several heads, new modules."""

import warnings

import numpy as np
import pytest

import chainrule

torch = pytest.importorskip("torch")

BOTH = (torch, chainrule)
RNG = np.random.default_rng(5)
X = RNG.standard_normal((2, 4, 3))
WEIGHT = RNG.standard_normal((5, 3))
SIGNS = np.array([1, -1])


def facts(library, function, *arrays):
    """What a call gives, and the gradients of it; or its error."""
    library.manual_seed(3)
    inputs = [library.from_numpy(np.array(a)) for a in arrays]
    for tensor in inputs:
        if tensor.is_floating_point():
            tensor.requires_grad_()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = function(library, *inputs)
        except Exception as error:  # noqa: BLE001 (whatever PyTorch raises)
            return [type(error).__name__, str(error).partition("\n")[0].replace("chainrule.", "torch.")]
    results = [r for r in (result if isinstance(result, tuple) else (result,)) if r is not None]
    outputs = [r for r in results if r.requires_grad]
    weights = [library.from_numpy(np.cos(np.arange(r.numel())).reshape(tuple(r.shape))).to(r.dtype) for r in outputs]
    variables = [t for t in inputs if t.requires_grad]
    grads = library.autograd.grad(outputs, variables, weights, allow_unused=True) if variables else ()
    return [type(results[0].grad_fn).__name__] + [None if t is None else t.detach().numpy() for t in (*results, *grads)]


def assert_the_same(function, *arrays, names=True):
    theirs, ours = (facts(library, function, *arrays) for library in BOTH)
    assert len(theirs) == len(ours)
    for a, b in list(zip(theirs, ours, strict=True))[0 if names else 1 :]:
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(b, a, rtol=1e-6, atol=1e-7, strict=True)
        else:
            assert a == b


DROPOUTS = ["dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"]


@pytest.mark.parametrize("name", DROPOUTS)
@pytest.mark.parametrize("p", [0.0, 0.4, 1.0, 1.5])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_dropout(name, p, dtype):
    x = X.astype(dtype)
    assert_the_same(lambda lib, x: getattr(lib, name)(x, p, True), x, names=False)
    assert_the_same(lambda lib, x: getattr(lib, name + "_")(x * 1, p, True), x, names=False)
    assert_the_same(lambda lib, x: getattr(lib, name)(x.transpose(0, 2), p, True), x, names=False)


RANDOM = [
    lambda lib, x: lib.nn.functional.dropout1d(x, 0.4),
    lambda lib, x: lib.nn.functional.dropout1d(x[0], 0.4),
    lambda lib, x: lib.nn.functional.dropout1d(x * 1, 0.4, inplace=True),
    lambda lib, x: lib.nn.functional.dropout2d(x[None], 0.4),
    lambda lib, x: lib.nn.functional.dropout3d(x[None], 0.4),
    lambda lib, x: lib.nn.functional.dropout3d(x[None] * 1, 0.4, inplace=True),
    lambda lib, x: lib.nn.functional.alpha_dropout(x, 0.4, training=True),
    lambda lib, x: lib.nn.functional.feature_alpha_dropout(x, 0.4, training=True),
    lambda lib, x: lib.nn.functional.rrelu(x, training=True),
    lambda lib, x: lib.nn.functional.rrelu(x * 1, 0.1, 0.3, training=True, inplace=True),
    lambda lib, x: lib.rrelu(x, generator=lib.Generator().manual_seed(7), training=True),
    lambda lib, x: lib.rrelu_(x * 1),
    lambda lib, x: lib.nn.functional.rrelu_(x * 1, training=True),
    lambda lib, x: lib.nn.functional.gumbel_softmax(x, 0.7),
    lambda lib, x: lib.nn.functional.gumbel_softmax(x, 0.7, hard=True, dim=1),
    lambda lib, x: lib.native_dropout(x, 0.3, True)[0],
    lambda lib, x: lib.native_dropout(x, 0.3, False)[0],
    lambda lib, x: lib.nn.functional.scaled_dot_product_attention(x, x, x, dropout_p=0.4),
    lambda lib, x: lib.nn.functional.dropout1d(x[0, 0]),
    lambda lib, x: lib.nn.functional.dropout2d(x, 1.5),
    lambda lib, x: lib.feature_dropout(x[0, 0], 0.5, True),
]


@pytest.mark.parametrize("number", range(len(RANDOM)))
def test_random_numbers(number):
    assert_the_same(RANDOM[number], X, names=False)


IN_TORCH = [
    lambda lib, x, *r: lib.kl_div(x, x.exp(), *r),
    lambda lib, x, *r: lib.binary_cross_entropy_with_logits(x, x.sigmoid(), None, None, *r),
    lambda lib, x, *r: lib.margin_ranking_loss(x, x[:1], lib.tensor(SIGNS)[:, None, None], 0.3, *r),
    lambda lib, x, *r: lib.hinge_embedding_loss(x, lib.tensor(SIGNS)[:, None, None], 0.3, *r),
    lambda lib, x, *r: lib.cosine_embedding_loss(x[0, :2], x[1, :2], lib.tensor(SIGNS), 0.3, *r),
    lambda lib, x, *r: lib.triplet_margin_loss(x[0], x[1], x[0] * 2, 1.0, 2.0, 1e-6, False, *r),
    lambda lib, x, *r: lib.ctc_loss(x.log_softmax(-1), lib.tensor([[1], [2], [1], [2]]), [2] * 4, [1] * 4, 0, *r),
]


@pytest.mark.parametrize("reduction", [(), (0,), (1,), (2,)])
@pytest.mark.parametrize("number", range(len(IN_TORCH)))
def test_losses_by_number(number, reduction):
    assert_the_same(lambda lib, x: IN_TORCH[number](lib, x, *reduction), X, names=False)


def test_a_reduction_by_name_is_refused_in_torch():
    assert_the_same(lambda lib, x: lib.margin_ranking_loss(x, x, x, 0.0, "mean"), X)


def moved(library, x, *options):
    mean, var = library.zeros(4).double(), library.ones(4).double()
    return library.nn.functional.instance_norm(x, mean, var, *options), mean, var


NORMS = [
    lambda lib, x: lib.layer_norm(x, (3,)),
    lambda lib, x: lib.group_norm(x, 2),
    lambda lib, x: lib.batch_norm(x, None, None, None, None, True, 0.1, 1e-5, True),
    lambda lib, x: lib.instance_norm(x, None, None, None, None, True, 0.1, 1e-5, True),
    lambda lib, x: moved(lib, x),
    lambda lib, x: moved(lib, x, None, None, False),
    lambda lib, x: lib.nn.functional.instance_norm(x[:, :, :1]),
    lambda lib, x: lib.nn.functional.instance_norm(x, lib.zeros(3), lib.ones(3)),
    lambda lib, x: lib.rms_norm(x, (3,)),
    lambda lib, x: lib.rms_norm(x.float(), (3,), x[0, 0]),
    lambda lib, x: lib.nn.functional.local_response_norm(x, 2),
    lambda lib, x: lib.nn.functional.local_response_norm(x[0], 2),
]


@pytest.mark.parametrize("number", range(len(NORMS)))
def test_norms(number):
    assert_the_same(NORMS[number], X, names=number not in {4, 5, 7, 9})


def renormed(library, weight, *options):
    weight = weight.detach().clone()
    return library.embedding_renorm_(weight, library.tensor([0, 2, 0]), *options) + 0 * weight.requires_grad_()


BAGS = [
    lambda lib, w: lib.embedding(w, lib.tensor([0, 2, 0]), 2, True),
    lambda lib, w: lib.embedding(w[0], lib.tensor([0])),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([[0, 1], [2, 2]]), w.detach() + 0 * w, max_norm=0.5),
    lambda lib, w: lib.embedding_renorm_(w[0].detach(), lib.tensor([0]), 0.5, 2.0),
    lambda lib, w: lib.embedding_renorm_(w.detach(), lib.tensor([0.0]), 0.5, 2.0),
    lambda lib, w: lib.embedding_renorm_(w.detach(), lib.tensor([9]), 0.5, 2.0),
    lambda lib, w: lib.embedding_bag(w, lib.tensor([0, 1]), lib.tensor([0]), False, 3),
    lambda lib, w: lib.embedding_bag(w, lib.tensor([0, 1]), lib.tensor([], dtype=lib.int64), include_last_offset=True),
    *[
        lambda lib, w, mode=mode, padding=padding: tuple(
            part if part.requires_grad else part + 0 * w.sum()
            for part in lib.embedding_bag(
                w, lib.tensor([0, 1, 2, 2, 4]), lib.tensor([0, 2, 2]), False, mode, False, None, False, padding
            )
        )
        for mode in (0, 1, 2)
        for padding in (None, 2, -1)
    ],
]


@pytest.mark.parametrize("number", range(len(BAGS)))
def test_bags(number):
    assert_the_same(BAGS[number], WEIGHT, names=number != 2)


@pytest.mark.parametrize("norm", [1.0, 2.0])
def test_rows_scaled_down(norm):
    scaled = []
    for library in BOTH:
        weight = library.from_numpy(WEIGHT.copy())
        assert library.embedding_renorm_(weight, library.tensor([0, 2, 0]), 0.5, norm) is weight
        scaled.append(weight.numpy())
    np.testing.assert_allclose(scaled[1], scaled[0], rtol=1e-6)


# ---- attention of several heads ----

Q, K = RNG.standard_normal((3, 2, 6)), RNG.standard_normal((4, 2, 6))
W, B, OUT, OUT_B = (RNG.standard_normal(shape) for shape in ((18, 6), (18,), (6, 6), (6,)))
ONE = RNG.standard_normal((1, 1, 6))


def masks(library):
    """Masks of keys that are not there, and of what is not seen, by name."""
    boolean = np.triu(np.ones((3, 4)), 2).astype(bool)
    return {
        "none": None,
        "keys": library.tensor([[False, False, False, True], [False] * 4]),
        "keys in numbers": library.tensor([[0.0, 0.0, 0.0, -1.0], [0.0] * 4]).double(),
        "booleans": library.from_numpy(boolean),
        "numbers": library.arange(12.0).reshape(3, 4).double(),
        "for each head": library.arange(48.0).reshape(4, 3, 4).double(),
    }


@pytest.mark.parametrize("need_weights", [True, False])
@pytest.mark.parametrize("padding", ["none", "keys", "keys in numbers"])
@pytest.mark.parametrize("mask", ["none", "booleans", "numbers", "for each head"])
def test_heads(need_weights, padding, mask):
    def attend(library, q, k, w, b, out, out_b, one):
        given = masks(library)
        return library.nn.functional.multi_head_attention_forward(
            q, k, k, 6, 2, w, b, one, one, mask == "numbers", 0.0, out, out_b, key_padding_mask=given[padding],
            need_weights=need_weights, attn_mask=given[mask], average_attn_weights=mask != "booleans",
        )  # fmt: skip

    assert_the_same(attend, Q, K, W, B, OUT, OUT_B, ONE, names=False)


def self_attention(library, q, w, b, out, out_b, **options):
    heads = options.pop("heads", 2)
    size = options.pop("size", 6)
    attend = library.nn.functional.multi_head_attention_forward
    return attend(q, q, q, size, heads, w, b, None, None, False, 0.3, out, out_b, **options)


@pytest.mark.parametrize(
    "options",
    [
        {}, {"training": False}, {"need_weights": False, "training": False}, {"heads": 4}, {"size": 5},
        {"is_causal": True},
    ],
    ids=str,
)  # fmt: skip
def test_self_attention(options):
    assert_the_same(lambda lib, *given: self_attention(lib, *given, **options), Q, W, B, OUT, OUT_B, names=False)
    # Without a batch.
    assert_the_same(lambda lib, *given: self_attention(lib, *given, **options), Q[:, 0], W, B, OUT, OUT_B, names=False)


# ---- modules ----

MODULES = [
    "CTCLoss()", "CosineEmbeddingLoss(0.2)", "CosineSimilarity()", "GaussianNLLLoss(full=True)",
    "HingeEmbeddingLoss()", "LinearCrossEntropyLoss(3, 4, bias=True)", "MarginRankingLoss(0.1)",
    "MultiLabelMarginLoss()", "MultiLabelSoftMarginLoss()", "MultiMarginLoss(2)", "PairwiseDistance()",
    "PoissonNLLLoss(False)", "SoftMarginLoss()", "TripletMarginLoss(p=1)", "TripletMarginWithDistanceLoss(swap=True)",
    "RReLU()", "RReLU(0.1, 0.2, True)", "AlphaDropout()", "Dropout1d(0.2)", "Dropout2d()", "Dropout3d(inplace=True)",
    "FeatureAlphaDropout()", "InstanceNorm1d(3)", "InstanceNorm2d(3, affine=True, track_running_stats=True)",
    "InstanceNorm3d(3, affine=True, bias=False)", "LocalResponseNorm(2)", "RMSNorm(4)", "RMSNorm((3, 4), 1e-3, False)",
    "EmbeddingBag(5, 3)", "EmbeddingBag(5, 3, max_norm=1.0, mode='sum', padding_idx=1, norm_type=1.0)",
    "TripletMarginLoss(0)", "MultiMarginLoss(3)", "EmbeddingBag(5, 3, padding_idx=7)", "Dropout2d(1.2)",
]  # fmt: skip


@pytest.mark.parametrize("text", MODULES)
def test_modules_are_made_and_shown_alike(text):
    made = []
    for library in BOTH:
        library.manual_seed(0)
        try:
            module = eval(f"nn.{text}", {"nn": library.nn})
        except (ValueError, AssertionError) as error:
            made.append(f"{type(error).__name__}: {error}")
        else:
            made.append((repr(module), {name: t.tolist() for name, t in module.state_dict().items()}))
    assert made[0] == made[1]


def running(library, x):
    layer = library.nn.InstanceNorm1d(4, track_running_stats=True).double()
    first = layer(x)
    return first, layer.eval()(x), layer.running_mean + 0 * x.sum()


CALLS = [
    lambda lib, x: lib.nn.InstanceNorm1d(4)(x),
    lambda lib, x: lib.nn.InstanceNorm1d(4)(x[0]),
    lambda lib, x: lib.nn.InstanceNorm1d(4)(x[0, 0]),
    lambda lib, x: lib.nn.InstanceNorm1d(3, affine=True)(x),
    lambda lib, x: lib.nn.InstanceNorm2d(2, affine=True).double()(x),
    running,
    lambda lib, x: lib.nn.RMSNorm(3).double()(x),
    lambda lib, x: lib.nn.LocalResponseNorm(2)(x),
    lambda lib, x: lib.nn.AlphaDropout()(x),
    lambda lib, x: lib.nn.Dropout1d()(x),
    lambda lib, x: lib.nn.RReLU()(x),
    lambda lib, x: lib.nn.RReLU().eval()(x),
    lambda lib, x: lib.nn.EmbeddingBag(4, 3, mode="max").double()(lib.tensor([[1, 2], [0, 1]])) + 0 * x.sum(),
    lambda lib, x: (
        lib.nn.EmbeddingBag.from_pretrained(x[0], False, mode="sum")(lib.tensor([0, 1]), lib.tensor([0])) + 0 * x.sum()
    ),
    lambda lib, x: lib.nn.CTCLoss()(x.log_softmax(2), lib.tensor([[1], [2], [1], [2]]), (2,) * 4, (1,) * 4),
    lambda lib, x: lib.nn.GaussianNLLLoss()(x, x * 2, x**2),
    lambda lib, x: lib.nn.LinearCrossEntropyLoss(3, 5).double()(x[0], lib.tensor([0, 3, 4, 1])),
    lambda lib, x: lib.nn.MultiMarginLoss(weight=lib.ones(3).double())(x[0], lib.tensor([0, 2, 1, 1])),
    lambda lib, x: lib.nn.TripletMarginWithDistanceLoss()(x[0], x[1], x[0] * 2),
    lambda lib, x: lib.nn.CosineSimilarity()(x[0], x[1]),
]


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_modules(number):
    assert_the_same(CALLS[number], X, names=False)
