"""Types, values and calls for `test_array_api`: each call takes a namespace, that of tensors or NumPy's."""

import numpy as np

RNG = np.random.default_rng(11)
SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
REAL = ["float32", "float64"]
COMPLEX = ["complex64", "complex128"]
NUMERIC = SIGNED + UNSIGNED + REAL + COMPLEX
KINDS = {
    "all": ["bool", *NUMERIC], "numeric": NUMERIC, "real": SIGNED + UNSIGNED + REAL, "integers": SIGNED + UNSIGNED,
    "bits": ["bool", *SIGNED, *UNSIGNED], "floating": REAL + COMPLEX, "real floating": REAL, "bool": ["bool"],
    "complex": COMPLEX,
}  # fmt: skip


def drawn(dtype, shape=(3, 4)):
    if dtype == "bool":
        return RNG.random(shape) < 0.5
    values = RNG.integers(1, 6, shape).astype(dtype)
    if dtype in REAL + COMPLEX:
        values = (RNG.random(shape) * 0.8 + 0.1).astype(dtype)
    return values + (1j * RNG.random(shape)).astype(dtype) if dtype in COMPLEX else values


X, Y = drawn("float64"), drawn("float64")
N = RNG.permutation(12).reshape(3, 4)
S = X @ X.T + np.eye(3)
VECTOR = RNG.permutation(6).astype(np.float64)

CALLS = {
    "arange": [
        lambda xp: xp.arange(5, dtype=xp.int64),
        lambda xp: xp.arange(1.0, 3.0, 0.5, dtype=xp.float64),
        lambda xp: xp.arange(5, 1, -2, dtype=xp.uint8),
    ],
    "empty": [lambda xp: xp.empty((2, 3), dtype=xp.int8).shape, lambda xp: xp.empty_like(xp.asarray(X)).shape],
    "eye": [lambda xp: xp.eye(3, 4, k=-1, dtype=xp.float64), lambda xp: xp.eye(2, dtype=xp.int32)],
    "full": [
        lambda xp: xp.full((2,), 3, dtype=xp.int16),
        lambda xp: xp.full((), True),
        lambda xp: xp.full(2, 1.5, dtype=xp.float64),
        lambda xp: xp.full_like(xp.asarray(N), 7),
    ],
    "linspace": [
        lambda xp: xp.linspace(0, 1, 5, dtype=xp.float64),
        lambda xp: xp.linspace(-2.0, 3.0, 4, endpoint=False, dtype=xp.float64),
    ],
    "ones": [
        lambda xp: xp.ones((2, 1), dtype=xp.bool),
        lambda xp: xp.ones_like(xp.asarray(X), dtype=xp.int32),
        lambda xp: xp.zeros(3, dtype=xp.complex64),
        lambda xp: xp.zeros_like(xp.asarray(N)),
    ],
    "meshgrid": [
        lambda xp: xp.meshgrid(xp.asarray(VECTOR), xp.asarray(N[0])),
        lambda xp: xp.meshgrid(xp.asarray(VECTOR), xp.asarray(VECTOR), indexing="ij"),
    ],
    "tril": [lambda xp: xp.tril(xp.asarray(X), k=1), lambda xp: xp.triu(xp.asarray(N), k=-1)],
    "astype": [
        lambda xp: xp.astype(xp.asarray(N), xp.float32),
        lambda xp: xp.astype(xp.asarray(X) * 3, xp.int8),
        lambda xp: xp.astype(xp.asarray(X), xp.bool),
    ],
    "broadcast": [
        lambda xp: xp.broadcast_to(xp.asarray(VECTOR), (2, 6)),
        lambda xp: list(xp.broadcast_arrays(xp.asarray(VECTOR), xp.ones((2, 1), dtype=xp.float64))),
    ],
    "concat": [
        lambda xp: xp.concat([xp.asarray(X), xp.asarray(Y)], axis=1),
        lambda xp: xp.concat((xp.asarray(X), xp.asarray(VECTOR)), axis=None),
        lambda xp: xp.concat([xp.asarray(X), xp.astype(xp.asarray(Y), xp.float32)]),
    ],
    "expand_dims": [
        lambda xp: xp.expand_dims(xp.asarray(X), axis=-2),
        lambda xp: xp.squeeze(xp.asarray(X)[None], axis=0),
        lambda xp: xp.squeeze(xp.asarray(X)[None, ..., None], axis=(0, -1)),
    ],
    "flip": [
        lambda xp: xp.flip(xp.asarray(X)),
        lambda xp: xp.flip(xp.asarray(X), axis=-1),
        lambda xp: xp.roll(xp.asarray(N), 2),
        lambda xp: xp.roll(xp.asarray(N), (1, -2), axis=(0, 1)),
    ],
    "moveaxis": [
        lambda xp: xp.moveaxis(xp.asarray(X), 0, 1),
        lambda xp: xp.permute_dims(xp.asarray(X), (1, 0)),
        lambda xp: xp.matrix_transpose(xp.asarray(X)),
    ],
    "repeat": [
        lambda xp: xp.repeat(xp.asarray(N), 2),
        lambda xp: xp.repeat(xp.asarray(N), xp.asarray([1, 0, 2]), axis=0),
        lambda xp: xp.repeat(xp.asarray(N), xp.asarray([3], dtype=xp.uint8)),
        lambda xp: xp.repeat(xp.zeros((2, 0), dtype=xp.int8), xp.zeros(0, dtype=xp.int64), axis=1),
        lambda xp: xp.tile(xp.asarray(N), (2, 1, 2)),
    ],
    "reshape": [
        lambda xp: xp.reshape(xp.asarray(X), (4, -1)),
        lambda xp: xp.reshape(xp.asarray(X), (12,), copy=True),
        lambda xp: xp.reshape(xp.asarray(X), (2, 6), copy=False),
    ],
    "stack": [
        lambda xp: xp.stack([xp.asarray(X), xp.asarray(Y)], axis=-1),
        lambda xp: tuple(xp.unstack(xp.asarray(X), axis=1)),
    ],
    "take": [
        lambda xp: xp.take(xp.asarray(X), xp.asarray([2, 0, 0]), axis=1),
        lambda xp: xp.take(xp.asarray(VECTOR), xp.asarray([3])),
        lambda xp: xp.take_along_axis(xp.asarray(X), xp.asarray([[0, 3], [1, 1], [2, 0]]), axis=1),
    ],
    "argmax": [
        lambda xp: xp.argmax(xp.asarray(N)),
        lambda xp: xp.argmax(xp.asarray(X), axis=1, keepdims=True),
        lambda xp: xp.argmin(xp.asarray(N), axis=0),
    ],
    "nonzero": [
        lambda xp: xp.nonzero(xp.asarray(N % 3)),
        lambda xp: xp.count_nonzero(xp.asarray(N % 3), axis=0, keepdims=True),
        lambda xp: xp.count_nonzero(xp.asarray(X > 0.3)),
    ],
    "searchsorted": [
        lambda xp: xp.searchsorted(xp.asarray([1.0, 2.0, 4.0]), xp.asarray(VECTOR), side="right"),
        lambda xp: xp.searchsorted(xp.asarray([4, 1, 2]), xp.asarray([2, 3]), sorter=xp.asarray([1, 2, 0])),
    ],
    "where": [
        lambda xp: xp.where(xp.asarray(X > 0.5), xp.asarray(X), xp.asarray(Y)),
        lambda xp: xp.where(xp.asarray(X > 0.5), xp.asarray(X), 0.0),
        lambda xp: xp.where(
            xp.asarray([True, False]), xp.asarray([1, 2], dtype=xp.int8), xp.asarray([3, 4], dtype=xp.int16)
        ),
    ],
    "unique": [
        lambda xp: tuple(xp.unique_all(xp.asarray(N % 5))),
        lambda xp: tuple(xp.unique_counts(xp.asarray([2.0, 1.0, 2.0], dtype=xp.float64))),
        lambda xp: tuple(xp.unique_inverse(xp.asarray(N % 2))),
        lambda xp: xp.unique_values(xp.asarray([3, 1, 3])),
    ],
    "sort": [
        lambda xp: xp.sort(xp.asarray(X)),
        lambda xp: xp.sort(xp.asarray(N), axis=0),
        lambda xp: xp.argsort(xp.asarray(N % 3), axis=1, stable=True),
    ],
    "cumulative": [
        lambda xp: xp.cumulative_sum(xp.asarray(X), axis=1, include_initial=True),
        lambda xp: xp.cumulative_sum(xp.asarray([1, 2], dtype=xp.int8)),
        lambda xp: xp.cumulative_prod(xp.asarray([1, 2, 3], dtype=xp.uint8)),
        lambda xp: xp.cumulative_prod(xp.asarray(X), axis=0, dtype=xp.float32),
    ],
    "statistics": [
        lambda xp: xp.max(xp.asarray(X), axis=(0, 1)),
        lambda xp: xp.min(xp.asarray(N), axis=1, keepdims=True),
        lambda xp: xp.mean(xp.asarray(X), axis=0),
        lambda xp: xp.std(xp.asarray(X), correction=1),
        lambda xp: xp.var(xp.asarray(X), axis=1, correction=0.5, keepdims=True),
        lambda xp: xp.mean(xp.asarray(X), axis=()),
    ],
    "sum": [lambda xp, d=d: xp.sum(xp.asarray(drawn_of[d])) for d in ["bool", *NUMERIC]]
    + [lambda xp, d=d: xp.prod(xp.asarray(drawn_of[d][:1]), axis=1) for d in NUMERIC]
    + [
        lambda xp: xp.sum(xp.asarray(N), dtype=xp.float64, axis=0),
        lambda xp: xp.sum(xp.zeros((0, 3), dtype=xp.float32), axis=0),
    ],
    "all": [
        lambda xp: xp.all(xp.asarray(N)),
        lambda xp: xp.any(xp.asarray(X > 0.5), axis=1, keepdims=True),
        lambda xp: xp.all(xp.zeros((0, 2), dtype=xp.bool), axis=0),
    ],
    "diff": [
        lambda xp: xp.diff(xp.asarray(X), axis=0),
        lambda xp: xp.diff(xp.asarray(N), n=2, prepend=xp.asarray([[1]] * 3), append=xp.asarray([[1, 2]] * 3)),
    ],
    "clip": [
        lambda xp: xp.clip(xp.asarray(X), 0.3, 0.6),
        lambda xp: xp.clip(xp.asarray(N), max=5),
        lambda xp: xp.clip(xp.asarray(X), xp.asarray(Y), None),
    ],
    "tensordot": [
        lambda xp: xp.tensordot(xp.asarray(X), xp.asarray(Y), axes=((1,), (1,))),
        lambda xp: xp.tensordot(xp.asarray(X), xp.asarray(Y)),
        lambda xp: xp.matmul(xp.asarray(X), xp.asarray(Y.T)),
        lambda xp: xp.vecdot(xp.asarray(X), xp.asarray(Y), axis=0),
    ],
    "linalg": [
        lambda xp: xp.linalg.cholesky(xp.asarray(S)),
        lambda xp: xp.linalg.cholesky(xp.asarray(S), upper=True),
        lambda xp: xp.linalg.cross(xp.asarray(X[:, :3]), xp.asarray(Y[:, :3])),
        lambda xp: xp.linalg.det(xp.asarray(S)),
        lambda xp: xp.linalg.diagonal(xp.asarray(X), offset=1),
        lambda xp: xp.linalg.eigh(xp.asarray(S)).eigenvalues,
        lambda xp: xp.linalg.eigvalsh(xp.asarray(S)),
        lambda xp: xp.linalg.inv(xp.asarray(S)),
        lambda xp: xp.linalg.matrix_norm(xp.asarray(X), ord=2),
        lambda xp: xp.linalg.matrix_power(xp.asarray(S), 3),
        lambda xp: xp.linalg.matrix_rank(xp.asarray(S)),
        lambda xp: xp.linalg.outer(xp.asarray(VECTOR), xp.asarray(VECTOR)),
        lambda xp: xp.linalg.pinv(xp.asarray(X)),
        lambda xp: abs(xp.linalg.qr(xp.asarray(X)).R),
        lambda xp: tuple(xp.linalg.slogdet(xp.asarray(S))),
        lambda xp: xp.linalg.solve(xp.asarray(S), xp.asarray(X)),
        lambda xp: xp.linalg.svd(xp.asarray(X), full_matrices=False).S,
        lambda xp: xp.linalg.svdvals(xp.asarray(X)),
        lambda xp: xp.linalg.trace(xp.asarray(X), offset=1),
        lambda xp: xp.linalg.trace(xp.asarray(N.astype(np.int8)), dtype=xp.int64),
        lambda xp: xp.linalg.vector_norm(xp.asarray(X), axis=0, ord=1),
        lambda xp: xp.linalg.vector_norm(xp.asarray(X), keepdims=True),
        lambda xp: xp.linalg.vector_norm(xp.asarray(X - 0.5), axis=(), ord=3),
        lambda xp: xp.linalg.vector_norm(xp.asarray(X), axis=(), ord=0, keepdims=True),
        lambda xp: xp.linalg.matrix_transpose(xp.asarray(X)),
    ],
    "fft": [
        lambda xp, n=n: getattr(xp.fft, n)(xp.asarray(VECTOR))
        for n in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
    ]
    + [
        lambda xp, n=n: getattr(xp.fft, n)(xp.asarray(X), axes=(0, 1), norm="ortho")
        for n in ("fftn", "ifftn", "rfftn", "irfftn")
    ]
    + [
        lambda xp: xp.fft.fft(xp.asarray(X.astype(np.float32)), n=3, axis=0),
        lambda xp: xp.fft.fftshift(xp.asarray(VECTOR)),
        lambda xp: xp.fft.ifftshift(xp.asarray(X), axes=0),
    ],
}
drawn_of = {d: drawn(d) for d in ["bool", *NUMERIC]}
