"""vmap over operations of every area: each gives what a loop over the batch gives."""

from . import numbers


def _x(torch, *shape, seed=0):
    return numbers(torch, *shape, seed=seed)


def _positive(torch, *shape, seed=0):
    return numbers(torch, *shape, seed=seed).abs() + 0.5


def _regular(torch, batch, n):
    return numbers(torch, batch, n, n) + 4 * torch.eye(n, dtype=torch.float64)


def _definite(torch, batch, n):
    a = numbers(torch, batch, n, n)
    return a @ a.mT + torch.eye(n, dtype=torch.float64)


PROGRAMS = {
    # Elementwise and reductions
    "functions of one": lambda torch: [
        torch.vmap(getattr(torch, name))(_positive(torch, 3, 2))
        for name in ("exp", "log", "sqrt", "sin", "tanh", "sigmoid", "erf", "lgamma", "floor", "sign", "isnan", "neg")
    ],
    "functions of two": lambda torch: [
        torch.vmap(getattr(torch, name))(_x(torch, 3, 2), _positive(torch, 3, 2, seed=1))
        for name in ("add", "mul", "div", "atan2", "maximum", "fmin", "hypot", "copysign", "fmod", "remainder", "gt")
    ],
    "broadcasting": lambda torch: torch.vmap(lambda x, y: x * y + y)(_x(torch, 3, 2), _x(torch, 3, 4, 1, seed=1)),
    "broadcasting of fewer dimensions": lambda torch: torch.vmap(lambda x, y: x - y)(
        _x(torch, 3), _x(torch, 3, 4, 5, seed=1)
    ),
    "powers": lambda torch: torch.vmap(lambda x, y: (x**2, x**y, 2**x, x**0.5))(
        _positive(torch, 3, 2), _x(torch, 3, 2, seed=1)
    ),
    "promotion of types": lambda torch: torch.vmap(lambda x, n: (x + n, n / 2, n * 2, x.float() * n))(
        _x(torch, 3, 2), torch.arange(3)
    ),
    "promotion by a batched number": lambda torch: torch.vmap(lambda x, s: x * s)(
        _x(torch, 3, 2).float(), torch.arange(3, dtype=torch.float64)
    ),
    "sums": lambda torch: torch.vmap(lambda x: (x.sum(), x.sum(0), x.sum(-1, keepdim=True), x.sum((0, 1)), x.mean(1)))(
        _x(torch, 3, 2, 4)
    ),
    "products and moments": lambda torch: torch.vmap(lambda x: (x.prod(), x.prod(0), x.var(), x.std(1), x.var(0)))(
        _x(torch, 3, 2, 4)
    ),
    "extremes": lambda torch: torch.vmap(
        lambda x: (x.max(), x.min(1), x.amax(0), x.argmax(), x.argmin(1), x.aminmax())
    )(_x(torch, 3, 2, 4)),
    "medians and quantiles": lambda torch: torch.vmap(lambda x: (x.median(), x.median(1), x.quantile(0.3)))(
        _x(torch, 3, 2, 5)
    ),
    "cumulated": lambda torch: torch.vmap(lambda x: (x.cumsum(0), x.cumprod(1), x.cummax(1), x.logcumsumexp(0)))(
        _x(torch, 3, 2, 4)
    ),
    "logsumexp and softmax": lambda torch: torch.vmap(lambda x: (x.logsumexp(0), x.softmax(1), x.log_softmax(-1)))(
        _x(torch, 3, 2, 4)
    ),
    "all and any": lambda torch: torch.vmap(lambda x: ((x > 0).all(), (x > 0).any(0), (x > 0).count_nonzero()))(
        _x(torch, 3, 2, 4)
    ),
    "norms": lambda torch: torch.vmap(
        lambda x: (x.norm(), x.norm(1), x.norm(dim=1), torch.linalg.norm(x), torch.linalg.vector_norm(x, 3, dim=0))
    )(_x(torch, 3, 2, 4)),
    "norms of matrices": lambda torch: torch.vmap(
        lambda x: (torch.linalg.matrix_norm(x), torch.linalg.matrix_norm(x, "nuc"), torch.linalg.norm(x, 2))
    )(_x(torch, 3, 2, 4)),
    "clamped and chosen": lambda torch: torch.vmap(
        lambda x, y: (x.clamp(-0.5, 0.5), x.clamp(min=y), torch.where(x > y, x, 0))
    )(_x(torch, 3, 2), _x(torch, 3, 2, seed=1)),
    "lerp and addcmul": lambda torch: torch.vmap(lambda x, y: (torch.lerp(x, y, 0.3), torch.addcmul(x, x, y, value=2)))(
        _x(torch, 3, 2), _x(torch, 3, 2, seed=1)
    ),
    # Shapes
    "joining": lambda torch: torch.vmap(lambda x, y: (torch.cat([x, y]), torch.stack([x, y], 1), torch.hstack([x, y])))(
        _x(torch, 3, 2), _x(torch, 3, 2, seed=1)
    ),
    "joining with what is the same for all": lambda torch: torch.vmap(
        lambda x: torch.cat([x, torch.zeros(2, dtype=x.dtype)])
    )(_x(torch, 3, 2)),
    "splitting": lambda torch: torch.vmap(lambda x: (x.chunk(2), x.split([1, 3]), x.unbind(1), x.tensor_split(3)))(
        _x(torch, 3, 4, 2)
    ),
    "rearranging": lambda torch: torch.vmap(
        lambda x: (x.flip(0), x.roll(1), x.roll(1, 1), x.rot90(), x.movedim(0, 1), x.swapaxes(0, 1), x.repeat(2, 1))
    )(_x(torch, 3, 4, 2)),
    "shapes": lambda torch: torch.vmap(
        lambda x: (
            x.squeeze(),
            x.squeeze(0),
            x.unsqueeze(-1),
            x.expand(3, 2),
            x.tile(2),
            x.repeat_interleave(2, 1),
            x.mT,
        )
    )(_x(torch, 3, 1, 2)),
    "triangles and diagonals": lambda torch: torch.vmap(
        lambda x: (x.tril(), x.triu(1), x.diagonal(), x.diagonal(1), x[0].diag(), x.trace(), torch.diag_embed(x))
    )(_x(torch, 3, 2, 2)),
    "padding": lambda torch: torch.vmap(
        lambda x: (
            torch.nn.functional.pad(x, (1, 2)),
            torch.nn.functional.pad(x[None], (1, 1), mode="reflect"),
            torch.nn.functional.pad(x, (-1, 1), value=3.0),
        )
    )(_x(torch, 3, 2, 4)),
    "unfolding": lambda torch: torch.vmap(lambda x: x.unfold(0, 2, 1))(_x(torch, 3, 4)),
    "a grid": lambda torch: torch.vmap(lambda x, y: torch.meshgrid(x, y, indexing="ij"))(
        _x(torch, 3, 2), _x(torch, 3, 4)
    ),
    "sorting": lambda torch: torch.vmap(lambda x: (x.sort(), x.argsort(0), x.topk(2), x.kthvalue(2), x.msort()))(
        _x(torch, 3, 2, 4)
    ),
    "searching": lambda torch: torch.vmap(lambda x, v: torch.searchsorted(x.sort()[0], v))(
        _x(torch, 3, 5), _x(torch, 3, 2, seed=1)
    ),
    # Indexing
    "indexing": lambda torch: torch.vmap(lambda x: (x[0], x[-1, 1:], x[..., ::2], x[None], x[:, 1], x[1:, :-1]))(
        _x(torch, 3, 2, 4)
    ),
    "indexing by a list": lambda torch: torch.vmap(lambda x: (x[[1, 0, 1]], x[:, [0, 2]], x[[0, 1], [2, 3]]))(
        _x(torch, 3, 2, 4)
    ),
    "indexing by a shared tensor": lambda torch: torch.vmap(lambda x, i: (x[i], x[:, i]), in_dims=(0, None))(
        _x(torch, 3, 2, 4), torch.tensor([1, 0, 1])
    ),
    "indexing by a batched tensor": lambda torch: torch.vmap(lambda x, i: (x[i], x[:, i], x[i, i]))(
        _x(torch, 3, 2, 4), torch.tensor([[0, 1], [1, 1], [0, 0]])
    ),
    "indexing a shared tensor by a batched one": lambda torch: torch.vmap(lambda x, i: x[i], in_dims=(None, 0))(
        _x(torch, 5, 2), torch.tensor([[0, 1], [1, 4], [3, 0]])
    ),
    "indexing by a batched number": lambda torch: torch.vmap(lambda x, i: (x[i], x[i, i], x[:, i]))(
        _x(torch, 3, 2, 4), torch.tensor([0, 1, 1])
    ),
    "indexing by numbers and masks": lambda torch: torch.vmap(lambda x: x[1, torch.tensor([0, 2])])(_x(torch, 3, 2, 4)),
    "gather and index_select": lambda torch: torch.vmap(
        lambda x, i: (x.gather(1, i[:, None]), x.index_select(0, i), x.take(i), x.take_along_dim(i[:, None], 1))
    )(_x(torch, 3, 2, 4), torch.tensor([[0, 1], [1, 1], [0, 0]])),
    "scatter": lambda torch: torch.vmap(
        lambda x, i: (x.scatter(1, i, 5.0), x.scatter_add(1, i, x * 2), x.scatter(0, i, x))
    )(_x(torch, 3, 2, 2), torch.tensor([[[0, 1], [1, 0]]] * 3)),
    "scatter_reduce": lambda torch: torch.vmap(lambda x, i: x.scatter_reduce(0, i, x * 2, "amax"))(
        _x(torch, 3, 4), torch.tensor([[0, 1, 1, 2]] * 3)
    ),
    "index_add, index_copy and index_fill": lambda torch: torch.vmap(
        lambda x, y: (
            x.index_add(0, torch.tensor([1, 0]), y),
            x.index_copy(0, torch.tensor([1, 0]), y),
            x.index_fill(0, torch.tensor([1]), 7.0),
        )
    )(_x(torch, 3, 2, 4), _x(torch, 3, 2, 4, seed=1)),
    "masked_fill": lambda torch: torch.vmap(lambda x: x.masked_fill(x > 0, -1.0))(_x(torch, 3, 2, 4)),
    "select_scatter and its kind": lambda torch: torch.vmap(
        lambda x: (x.select_scatter(x[0] * 2, 0, 1), x.slice_scatter(x[:1], start=1), x.diagonal_scatter(x[:, 0]))
    )(_x(torch, 3, 2, 2)),
    "one_hot": lambda torch: torch.vmap(lambda i: torch.nn.functional.one_hot(i, 4))(torch.tensor([[0, 1], [3, 2]])),
    # Linear algebra
    "dot": lambda torch: torch.vmap(torch.dot)(_x(torch, 3, 4), _x(torch, 3, 4, seed=1)),
    "products of matrices": lambda torch: [
        torch.vmap(torch.matmul, in_dims=dims)(a, b)
        for dims, a, b in [
            ((0, 0), _x(torch, 3, 2, 4), _x(torch, 3, 4, 5, seed=1)),
            ((0, None), _x(torch, 3, 2, 4), _x(torch, 4, 5, seed=1)),
            ((None, 0), _x(torch, 2, 4), _x(torch, 3, 4, 5, seed=1)),
            ((1, 2), _x(torch, 2, 3, 4), _x(torch, 4, 5, 3, seed=1)),
            ((0, 0), _x(torch, 3, 4), _x(torch, 3, 4, 5, seed=1)),
            ((0, 0), _x(torch, 3, 2, 4), _x(torch, 3, 4, seed=1)),
            ((0, 0), _x(torch, 3, 6, 2, 4), _x(torch, 3, 4, 5, seed=1)),
        ]
    ],
    "mm, bmm, mv, outer, addmm and baddbmm": lambda torch: torch.vmap(
        lambda a, b: (
            a.mm(b),
            torch.bmm(a[None], b[None]),
            a.mv(b[:, 0]),
            a[0].outer(b[0]),
            torch.addmm(a @ b, a, b, beta=2),
            torch.addmv(a[:, 0], a, b[:, 0]),
            torch.baddbmm((a @ b)[None], a[None], b[None], alpha=2),
        )
    )(_x(torch, 3, 2, 4), _x(torch, 3, 4, 5, seed=1)),
    "einsum": lambda torch: torch.vmap(lambda a, b: (torch.einsum("ij,jk->ik", a, b), torch.einsum("ij,jk->", a, b)))(
        _x(torch, 3, 2, 4), _x(torch, 3, 4, 5, seed=1)
    ),
    "einsum of one": lambda torch: torch.vmap(
        lambda a: (torch.einsum("ii->i", a), torch.einsum("ii", a), torch.einsum("ij->ji", a))
    )(_x(torch, 3, 2, 2)),
    "tensordot and kron": lambda torch: torch.vmap(lambda a, b: (torch.tensordot(a, b, 1), torch.kron(a, b)))(
        _x(torch, 3, 2, 4), _x(torch, 3, 4, 2, seed=1)
    ),
    "cross": lambda torch: torch.vmap(torch.linalg.cross)(_x(torch, 4, 3), _x(torch, 4, 3, seed=1)),
    "inverse and determinants": lambda torch: torch.vmap(
        lambda a: (torch.linalg.inv(a), torch.linalg.det(a), torch.linalg.slogdet(a), torch.logdet(a @ a.T))
    )(_regular(torch, 3, 3)),
    "solving": lambda torch: torch.vmap(torch.linalg.solve)(_regular(torch, 3, 3), _x(torch, 3, 3, 2, seed=1)),
    "solving for a vector": lambda torch: torch.vmap(torch.linalg.solve)(
        _regular(torch, 3, 3), _x(torch, 3, 3, seed=1)
    ),
    "solving for the same vector": lambda torch: torch.vmap(torch.linalg.solve, in_dims=(0, None))(
        _regular(torch, 3, 3), _x(torch, 3, seed=1)
    ),
    "triangular systems": lambda torch: torch.vmap(lambda a, b: torch.linalg.solve_triangular(a, b, upper=True))(
        _regular(torch, 3, 3), _x(torch, 3, 3, 2, seed=1)
    ),
    "cholesky": lambda torch: torch.vmap(
        lambda a: (torch.linalg.cholesky(a), torch.cholesky_inverse(torch.linalg.cholesky(a)))
    )(_definite(torch, 3, 3)),
    "eigenvalues": lambda torch: torch.vmap(lambda a: (torch.linalg.eigvalsh(a), torch.linalg.eigh(a)[0]))(
        _definite(torch, 3, 3)
    ),
    "singular values": lambda torch: torch.vmap(lambda a: (torch.linalg.svdvals(a), torch.linalg.pinv(a)))(
        _x(torch, 3, 2, 4)
    ),
    "qr": lambda torch: torch.vmap(lambda a: torch.linalg.qr(a)[0].abs())(_x(torch, 3, 4, 2)),
    "matrix_exp and matrix_power": lambda torch: torch.vmap(
        lambda a: (torch.matrix_exp(a), torch.linalg.matrix_power(a, 3))
    )(_x(torch, 3, 2, 2)),
    "distances": lambda torch: torch.vmap(lambda a, b: (torch.cdist(a, b), torch.dist(a[0], b[0])))(
        _x(torch, 3, 2, 4), _x(torch, 3, 5, 4, seed=1)
    ),
    # Layers and losses
    "linear": lambda torch: torch.vmap(torch.nn.functional.linear)(
        _x(torch, 3, 4), _x(torch, 3, 2, 4, seed=1), _x(torch, 3, 2, seed=2)
    ),
    "bilinear": lambda torch: torch.vmap(torch.nn.functional.bilinear)(
        _x(torch, 3, 2, 4), _x(torch, 3, 2, 5, seed=1), _x(torch, 3, 6, 4, 5, seed=2)
    ),
    "convolution of batched images": lambda torch: torch.vmap(
        lambda x, w, b: torch.nn.functional.conv2d(x, w, b, padding=1, stride=2), in_dims=(0, None, None)
    )(_x(torch, 3, 2, 4, 6, 6), _x(torch, 5, 4, 3, 3, seed=1), _x(torch, 5, seed=2)),
    "convolution with batched weights": lambda torch: torch.vmap(
        lambda x, w: torch.nn.functional.conv2d(x, w), in_dims=(None, 0)
    )(_x(torch, 2, 4, 6, 6), _x(torch, 3, 5, 4, 3, 3, seed=1)),
    "convolution with everything batched": lambda torch: torch.vmap(
        lambda x, w, b: torch.nn.functional.conv2d(x, w, b, dilation=2)
    )(_x(torch, 3, 2, 4, 6, 6), _x(torch, 3, 5, 4, 2, 2, seed=1), _x(torch, 3, 5, seed=2)),
    "convolution in groups": lambda torch: torch.vmap(
        lambda x, w: torch.nn.functional.conv2d(x, w, groups=2), in_dims=(0, 0)
    )(_x(torch, 3, 2, 4, 5, 5), _x(torch, 3, 6, 2, 3, 3, seed=1)),
    "convolution of an image alone": lambda torch: torch.vmap(torch.nn.functional.conv2d, in_dims=(0, None))(
        _x(torch, 3, 4, 5, 5), _x(torch, 6, 4, 3, 3, seed=1)
    ),
    "convolution in one dimension, and transposed": lambda torch: torch.vmap(
        lambda x, w: (
            torch.nn.functional.conv1d(x, w),
            torch.nn.functional.conv_transpose1d(x, w.transpose(0, 1), stride=2),
        )
    )(_x(torch, 3, 2, 4, 6), _x(torch, 3, 5, 4, 3, seed=1)),
    "pooling": lambda torch: torch.vmap(
        lambda x: (
            torch.nn.functional.max_pool2d(x, 2),
            torch.nn.functional.avg_pool2d(x, 2, padding=1),
            torch.nn.functional.adaptive_avg_pool2d(x, 2),
            torch.nn.functional.max_pool2d(x, 2, return_indices=True),
        )
    )(_x(torch, 3, 2, 2, 4, 4)),
    "interpolation": lambda torch: torch.vmap(
        lambda x: torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
    )(_x(torch, 3, 1, 2, 4, 4)),
    "activations": lambda torch: [
        torch.vmap(getattr(torch.nn.functional, name))(_x(torch, 3, 2, 4))
        for name in ("relu", "gelu", "silu", "elu", "leaky_relu", "softplus", "selu", "hardtanh", "mish", "logsigmoid")
    ],
    "glu and prelu": lambda torch: torch.vmap(
        lambda x, w: (torch.nn.functional.glu(x), torch.nn.functional.prelu(x, w)), in_dims=(0, None)
    )(_x(torch, 3, 2, 4), _x(torch, 1, seed=1)),
    "layer_norm": lambda torch: torch.vmap(
        lambda x, w, b: torch.nn.functional.layer_norm(x, (4,), w, b), in_dims=(0, None, 0)
    )(_x(torch, 3, 2, 4), _x(torch, 4, seed=1), _x(torch, 3, 4, seed=2)),
    "group_norm and instance_norm": lambda torch: torch.vmap(
        lambda x: (torch.nn.functional.group_norm(x, 2), torch.nn.functional.instance_norm(x))
    )(_x(torch, 3, 2, 4, 5)),
    "batch_norm in training without statistics": lambda torch: torch.vmap(
        lambda x: torch.nn.functional.batch_norm(x, None, None, training=True)
    )(_x(torch, 3, 5, 4)),
    "batch_norm in evaluation": lambda torch: torch.vmap(
        lambda x, m, v: torch.nn.functional.batch_norm(x, m, v), in_dims=(0, None, None)
    )(_x(torch, 3, 5, 4), _x(torch, 4, seed=1), _positive(torch, 4, seed=2)),
    "embedding of batched indices": lambda torch: torch.vmap(torch.nn.functional.embedding, in_dims=(0, None))(
        torch.tensor([[0, 2], [1, 1]]), _x(torch, 3, 4)
    ),
    "embedding with batched weights": lambda torch: torch.vmap(torch.nn.functional.embedding, in_dims=(None, 0))(
        torch.tensor([0, 2, 2]), _x(torch, 2, 3, 4)
    ),
    "losses of real numbers": lambda torch: [
        torch.vmap(getattr(torch.nn.functional, name))(_x(torch, 3, 4), _x(torch, 3, 4, seed=1))
        for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "kl_div", "soft_margin_loss")
    ],
    "losses without reduction": lambda torch: [
        torch.vmap(lambda x, y, name=name, r=r: getattr(torch.nn.functional, name)(x, y, reduction=r))(
            _x(torch, 3, 4), _x(torch, 3, 4, seed=1).sigmoid()
        )
        for name in ("mse_loss", "binary_cross_entropy_with_logits")
        for r in ("none", "sum")
    ],
    "cross_entropy of classes": lambda torch: torch.vmap(torch.nn.functional.cross_entropy)(
        _x(torch, 3, 4, 5), torch.tensor([[0, 1, 2, 3], [4, 0, 0, 1], [2, 2, 2, 2]])
    ),
    "cross_entropy of one sample each": lambda torch: torch.vmap(torch.nn.functional.cross_entropy)(
        _x(torch, 3, 5), torch.tensor([0, 4, 2])
    ),
    "cross_entropy of probabilities and with smoothing": lambda torch: torch.vmap(
        lambda x, p, t: (
            torch.nn.functional.cross_entropy(x, p.softmax(1)),
            torch.nn.functional.cross_entropy(x, t, label_smoothing=0.1),
        )
    )(_x(torch, 3, 4, 5), _x(torch, 3, 4, 5, seed=1), torch.tensor([[0, 1, 2, 3]] * 3)),
    "nll_loss": lambda torch: torch.vmap(lambda x, t: torch.nn.functional.nll_loss(x, t, reduction="none"))(
        _x(torch, 3, 4, 5), torch.tensor([[0, 1, 2, 3]] * 3)
    ),
    "cosine_similarity and normalize": lambda torch: torch.vmap(
        lambda x, y: (torch.nn.functional.cosine_similarity(x, y), torch.nn.functional.normalize(x))
    )(_x(torch, 3, 2, 4), _x(torch, 3, 2, 4, seed=1)),
    "attention": lambda torch: torch.vmap(torch.nn.functional.scaled_dot_product_attention)(
        _x(torch, 3, 2, 4, 5), _x(torch, 3, 2, 6, 5, seed=1), _x(torch, 3, 2, 6, 5, seed=2)
    ),
    "fourier transforms": lambda torch: torch.vmap(
        lambda x: (torch.fft.fft(x), torch.fft.rfft(x, dim=0), torch.fft.irfft(torch.fft.rfft(x)), torch.fft.fft2(x))
    )(_x(torch, 3, 4, 6)),
    "complex numbers from real ones and back": lambda torch: torch.vmap(
        lambda x: (torch.view_as_complex(x), torch.view_as_real(torch.complex(x, x)), torch.polar(x, x))
    )(_x(torch, 3, 4, 2)),
    "casting": lambda torch: torch.vmap(lambda x: (x.float(), x.int(), x.to(torch.complex64), x.bool(), x.type_as(x)))(
        _x(torch, 3, 4)
    ),
    "bits": lambda torch: torch.vmap(lambda a, b: (a & b, a | b, a ^ b, a << 1, ~a))(
        torch.arange(6).reshape(3, 2), torch.arange(6).flip(0).reshape(3, 2)
    ),
    "histograms": lambda torch: torch.vmap(lambda x: torch.bucketize(x, torch.tensor([-1.0, 0.0, 1.0]).double()))(
        _x(torch, 3, 4)
    ),
    "nan handling": lambda torch: torch.vmap(lambda x: (x.log().nan_to_num(), x.log().nansum(), x.log().nanmean(0)))(
        _x(torch, 3, 4)
    ),
    "differences and integrals": lambda torch: torch.vmap(lambda x: (x.diff(), torch.trapezoid(x), x.diff(dim=0)))(
        _x(torch, 3, 2, 4)
    ),
    "isclose, equal values": lambda torch: torch.vmap(lambda x, y: (torch.isclose(x, y), x == y, x.eq(0)))(
        _x(torch, 3, 4), _x(torch, 3, 4)
    ),
    "bucket sums by index_put": lambda torch: torch.vmap(
        lambda x, i: x.index_put((i,), torch.ones(2, dtype=x.dtype), accumulate=True)
    )(_x(torch, 3, 4), torch.tensor([[0, 1], [1, 1], [3, 0]])),
    "a recurrent cell": lambda torch: torch.vmap(
        lambda x, h: torch.nn.functional.linear(x, torch.ones(2, 3).double()).tanh() + h
    )(_x(torch, 4, 3), _x(torch, 4, 2, seed=1)),
    "a dimension of no elements": lambda torch: torch.vmap(lambda x: (x.sum(), x * 2, x.reshape(-1)))(
        torch.zeros(3, 0, 2)
    ),
}
