"""Calls of NumPy's functions, as NumPy documents them, for `test_numpy_functions`."""

import numpy as np

RNG = np.random.default_rng(3)
V = np.array([0.3, -1.2, 2.5, 0.7, -0.4])
W = np.array([1.1, 0.6, -0.9, 1.7, 2.2])
X = RNG.permutation(np.linspace(-2, 2.1, 12)).reshape(3, 4)
Y = RNG.permutation(np.linspace(0.4, 1.9, 12)).reshape(3, 4)
T = RNG.permutation(np.linspace(-1.0, 1.3, 24)).reshape(2, 3, 4)
S = np.array([[2.0, 0.3, 0.1], [0.2, 1.5, -0.4], [0.5, 0.1, 1.0]])
C = V + 1j * W
MISSING = np.where(X > 1.5, np.nan, X)
KNOTS = np.array([0.0, 0.5, 1.5, 2.0])
MASK = X > 0
PLACES = np.array([[2, 0], [1, 1], [0, 3]])

CALLS = {
    # names of functions: calls that are differentiated in all arrays given
    "append": [(lambda a, b: np.append(a, b), X, V), (lambda a, b: np.append(a, b, axis=0), X, Y)],
    "apply_along_axis": [
        (lambda a: np.apply_along_axis(np.sum, 1, a), X),
        (lambda a: np.apply_along_axis(lambda v: v[:2] * v[2], 0, a), X),
    ],
    "apply_over_axes": [(lambda a: np.apply_over_axes(np.sum, a, [0, 2]), T)],
    "array_split": [(lambda a: np.array_split(a, 3, axis=1), X), (lambda a: np.array_split(a, [1, 4]), V)],
    "astype": [(lambda a: np.astype(a, np.float64, copy=False), X)],
    "atleast_1d": [(lambda a: np.atleast_1d(a), np.float64(2.0)), (lambda a, b: np.atleast_1d(a, b), V, X)],
    "atleast_2d": [(lambda a, b: np.atleast_2d(a, b), V, X)],
    "atleast_3d": [(lambda a, b, c: np.atleast_3d(a, b, c), V, X, T)],
    "average": [
        (lambda a: np.average(a), X),
        (lambda a, w: np.average(a, weights=w), X, Y),
        (lambda a, w: np.average(a, axis=1, weights=w, returned=True), X, np.array([1.0, 2.0, 0.5, 0.1])),
        (lambda a: np.average(a, axis=0, keepdims=True), X),
    ],
    "bincount": [(lambda w: np.bincount([0, 2, 2, 1, 0], w, minlength=5), V)],
    "block": [(lambda a, b, c: np.block([[a, b], [c]]), X, S, np.ones((2, 7))), (lambda a: np.block([a, 2 * a]), V)],
    "broadcast_arrays": [(lambda a, b: np.broadcast_arrays(a, b), X, T)],
    "broadcast_to": [(lambda a: np.broadcast_to(a, (2, 3, 4)), X)],
    "choose": [
        (lambda a, b: np.choose([0, 1, 1, 0, 1], [a, b]), V, W),
        (lambda a: np.choose([2, 5], [a, a * a, 3 * a], mode="clip"), V[:2]),
    ],
    "clip": [
        (lambda a: np.clip(a, -1, 1), X),
        (lambda a, b: np.clip(a, b, None), X, np.full(4, 0.2)),
        (lambda a: np.clip(a, min=-0.5), X),
        (lambda a: np.clip(a, np.zeros((2, 1, 4)), 1.0), X),
    ],
    "column_stack": [(lambda a, b: np.column_stack([a, b]), V, W), (lambda a, b: np.column_stack([a, b]), X, V[:3])],
    "compress": [(lambda a: np.compress([True, False, True], a, axis=0), X), (lambda a: np.compress([0, 1, 1], a), X)],
    "concatenate": [
        (lambda a, b: np.concatenate([a, b]), X, Y),
        (lambda a, b: np.concatenate([a, b], axis=None), X, V),
        (lambda a, b: np.concatenate((a, b), -1, dtype=np.complex128), X, Y),
        (lambda a: np.concatenate(a), X),
    ],
    "convolve": [
        (lambda a, v, m=m: np.convolve(a, v, m), a, v)
        for m in ("full", "same", "valid")
        for a, v in ((V, W[:2]), (V[:2], W), (V, W[:3]), (V[:4], W))
    ],
    "copy": [(lambda a: np.copy(a), X)],
    "corrcoef": [(lambda a: np.corrcoef(a), X)],
    "correlate": [
        (lambda a, v, m=m: np.correlate(a, v, m), a, v)
        for m in ("full", "same", "valid")
        for a, v in ((V, W[:2]), (V[:2], W), (V[:3], W), (V[:4], W), (V, W[:4]), (C, C[:3]))
    ],
    "cov": [(lambda a: np.cov(a), X)],
    "cross": [(lambda a, b: np.cross(a, b), S, S[::-1] + 1), (lambda a, b: np.cross(a, b, axis=0), S, S + S.T)],
    "cumprod": [(lambda a: np.cumprod(a), X), (lambda a: np.cumprod(a, axis=1), X)],
    "cumsum": [(lambda a: np.cumsum(a), X), (lambda a: np.cumsum(a, axis=0, dtype=np.complex128), X)],
    "cumulative_prod": [(lambda a: np.cumulative_prod(a, axis=1, include_initial=True), X)],
    "cumulative_sum": [
        (lambda a: np.cumulative_sum(a), V),
        (lambda a: np.cumulative_sum(a, axis=0, include_initial=True), X),
    ],
    "delete": [
        (lambda a: np.delete(a, 1, axis=0), X),
        (lambda a: np.delete(a, [0, 3]), V),
        (lambda a: np.delete(a, slice(None, None, 2), 1), X),
    ],
    "diag": [(lambda a: np.diag(a), V), (lambda a: np.diag(a, k=1), X)],
    "diagflat": [(lambda a: np.diagflat(a, 1), X)],
    "diagonal": [(lambda a: np.diagonal(a, 1, 1, 2), T)],
    "diff": [
        (lambda a: np.diff(a, axis=0), X),
        (lambda a: np.diff(a, n=2), V),
        (lambda a: np.diff(a, prepend=0), X),
        (lambda a, b: np.diff(a, prepend=b, append=[[1.0]] * 3), X, Y),
    ],
    "dot": [
        (lambda a, b: np.dot(a, b), V, W),
        (lambda a, b: np.dot(a, b), X, X.T),
        (lambda a, b: np.dot(a, b), S, T),
        (lambda a: np.dot(2.0, a), X),
    ],
    "dsplit": [(lambda a: np.dsplit(a, 2), T)],
    "dstack": [(lambda a, b: np.dstack([a, b]), X, Y), (lambda a, b: np.dstack([a, b]), V, W)],
    "ediff1d": [(lambda a: np.ediff1d(a), X), (lambda a, b: np.ediff1d(a, to_begin=b, to_end=[9.0]), V, W)],
    "einsum": [
        (lambda a, b: np.einsum("ij,ij->i", a, b), X, Y),
        (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], optimize=True), X, X.T),
    ],
    "expand_dims": [(lambda a: np.expand_dims(a, (0, -1)), X)],
    "extract": [(lambda a: np.extract(MASK, a), X)],
    "fix": [(lambda a: np.fix(a) * a, Y)],
    "flip": [(lambda a: np.flip(a), X), (lambda a: np.flip(a, 1), X)],
    "fliplr": [(lambda a: np.fliplr(a), X)],
    "flipud": [(lambda a: np.flipud(a), X)],
    "geomspace": [
        (lambda a, b: np.geomspace(a, b, 5), 1.5, 4.0),
        (lambda a, b: np.geomspace(a, b, 3, endpoint=False, axis=-1), Y[0], Y[1]),
        (lambda a: np.geomspace(a, -8.0, 4), -1.0),
    ],
    "gradient": [
        (lambda a: np.gradient(a), X),
        (lambda a: np.gradient(a, 0.5, axis=1), X),
        (lambda a: np.gradient(a, edge_order=2), V),
        (lambda a, h: np.gradient(a, h, edge_order=2), V, np.array([0.0, 0.5, 1.5, 1.8, 3.0])),
        (lambda a, h: np.gradient(a, 2.0, h), X, KNOTS),
        (lambda a: np.gradient(a), V[:2]),
    ],
    "histogram": [
        (lambda w: np.histogram(V, bins=3, weights=w), W),
        (lambda w: np.histogram(V, [-1.0, 0.0, 0.5], weights=w, density=True), Y.ravel()[:5]),
    ],
    "hsplit": [(lambda a: np.hsplit(a, 2), X), (lambda a: np.hsplit(a, [2]), V)],
    "hstack": [(lambda a, b: np.hstack([a, b]), X, Y), (lambda a, b: np.hstack([a, b]), V, 1.5)],
    "i0": [(lambda a: np.i0(a), V)],
    "imag": [(lambda a: np.imag(a), C), (lambda a: np.imag(a) * a, V)],
    "inner": [(lambda a, b: np.inner(a, b), X, T)],
    "insert": [
        (lambda a, b: np.insert(a, [1, 1, 4], b), V, W[:3]),
        (lambda a, b: np.insert(a, 1, b, axis=1), X, V[:3]),
    ],
    "interp": [
        (lambda x, xp, fp: np.interp(x, xp, fp), np.array([0.2, 1.1, -1.0, 2.5, 1.7]), KNOTS, W[:4]),
        (
            lambda x, fp, before: np.interp(x, KNOTS, fp, left=before, right=-1),
            np.array([[0.2, -1.0], [2.5, 1.7]]),
            W[:4],
            7.0,
        ),
        (lambda x, fp: np.interp(x, KNOTS[::-1], fp, period=2.6), np.array([0.2, 9.0, -1.0]), W[:4]),
    ],
    "kron": [(lambda a, b: np.kron(a, b), X, S)],
    "linspace": [
        (lambda a, b: np.linspace(a, b, 5), 1.0, 4.0),
        (lambda a, b: np.linspace(a, b, 4, endpoint=False, retstep=True), V, W),
        (lambda a: np.linspace(0, a, 3, axis=-1), V),
    ],
    "logspace": [(lambda a, b: np.logspace(a, b, 5), 0.1, 1.0), (lambda a: np.logspace(a, 1, 3, base=2.0), V)],
    "matrix_transpose": [(lambda a: np.matrix_transpose(a), T)],
    "max": [
        (lambda a: np.max(a), X),
        (lambda a: np.max(a, axis=(0, 1), keepdims=True), T),
        (lambda a: np.max(a, 0, initial=0.3), X),
        (lambda a: np.max(a, 1, where=MASK, initial=0.01), X),
    ],
    "mean": [
        (lambda a: np.mean(a), X),
        (lambda a: np.mean(a, (0, 2), keepdims=True), T),
        (lambda a: np.mean(a, 1, where=MASK), X),
    ],
    "median": [
        (lambda a: np.median(a), X),
        (lambda a: np.median(a, axis=0, keepdims=True), X),
        (lambda a: np.median(a, axis=(0, 2)), T),
    ],
    "meshgrid": [
        (lambda a, b: np.meshgrid(a, b), V, W[:3]),
        (lambda a, b, c: np.meshgrid(a, b, c, indexing="ij", sparse=True), V, W, KNOTS),
    ],
    "min": [(lambda a: np.min(a, axis=1), X), (lambda a: np.min(a, initial=-5.0, where=MASK), X)],
    "moveaxis": [(lambda a: np.moveaxis(a, 0, -1), T)],
    "nan_to_num": [(lambda a: np.nan_to_num(a, nan=2.0), MISSING)],
    "nancumprod": [(lambda a: np.nancumprod(a, 1), MISSING)],
    "nancumsum": [(lambda a: np.nancumsum(a), MISSING)],
    "nanmax": [(lambda a: np.nanmax(a, axis=0), MISSING)],
    "nanmin": [(lambda a: np.nanmin(a), MISSING)],
    "nanmean": [(lambda a: np.nanmean(a, 1), MISSING), (lambda a: np.nanmean(a, where=X < 1), MISSING)],
    "nanmedian": [(lambda a: np.nanmedian(a, axis=0), MISSING)],
    "nanpercentile": [(lambda a: np.nanpercentile(a, [20, 70], axis=1, keepdims=True), MISSING)],
    "nanprod": [(lambda a: np.nanprod(a, axis=0), MISSING)],
    "nanquantile": [(lambda a: np.nanquantile(a, 0.3, axis=1), MISSING)],
    "nanstd": [(lambda a: np.nanstd(a, axis=1), MISSING)],
    "nansum": [(lambda a: np.nansum(a, axis=1, initial=3.0), MISSING), (lambda a: np.nansum(a, where=MASK), MISSING)],
    "nanvar": [(lambda a: np.nanvar(a, axis=1, ddof=1, keepdims=True), MISSING)],
    "outer": [(lambda a, b: np.outer(a, b), X, V)],
    "pad": [
        (lambda a: np.pad(a, ((1, 2), (0, 3))), X),
        (lambda a: np.pad(a, (2, 1), constant_values=(4.0, 5.0)), V),
        *[
            (lambda a, m=m: np.pad(a, ((1, 2), (2, 0)), m), X)
            for m in ("edge", "reflect", "symmetric", "wrap", "maximum", "minimum", "mean", "median", "linear_ramp")
        ],
        (lambda a: np.pad(a, 2, "mean", stat_length=2), X),
        (lambda a: np.pad(a, 2, "linear_ramp", end_values=(1.0, -1.0)), X),
        (lambda a: np.pad(a, {1: (1, 2)}), X),
    ],
    "partition": [
        (lambda a: np.sort(np.partition(a, 2, axis=1)[:, :2], axis=1), X),
        (lambda a: np.partition(a, 3, axis=None)[3], X),
    ],
    "percentile": [
        (lambda a: np.percentile(a, [10, 55], axis=1), X),
        (lambda a: np.percentile(a, 33, method="midpoint"), X),
    ],
    "piecewise": [
        (lambda a: np.piecewise(a, [a < 0, a >= 0], [lambda v: v * v, lambda v: v**0.5]), X),
        (lambda a: np.piecewise(a, [a > 1], [3.0, lambda v: 2 * v]), X),
    ],
    "poly": [(lambda a: np.poly(a), V), (lambda a: np.poly(a), S)],
    "polyadd": [(lambda a, b: np.polyadd(a, b), V, W[:3])],
    "polyder": [(lambda a: np.polyder(a, 2), V)],
    "polydiv": [(lambda a, b: np.polydiv(a, b), V, W[:2]), (lambda a, b: np.polydiv(a, b), V[:2], W)],
    "polyfit": [
        (lambda x, y: np.polyfit(x, y, 2), V, W),
        (lambda x, y: np.polyfit(x, y, 1, w=[1, 2, 1, 2, 1]), V, X.ravel()[:10].reshape(5, 2)),
    ],
    "polyint": [(lambda a: np.polyint(a), V), (lambda a, k: np.polyint(a, 2, k), V, W[:2])],
    "polymul": [(lambda a, b: np.polymul(a, b), V, W[:3])],
    "polysub": [(lambda a, b: np.polysub(a, b), V[:2], W)],
    "polyval": [(lambda p, x: np.polyval(p, x), V, X)],
    "prod": [
        (lambda a: np.prod(a), X),
        (lambda a: np.prod(a, (0, 2), keepdims=True), T),
        (lambda a: np.prod(a, 1, where=MASK, initial=2.0), X),
        (lambda a: np.prod(a, keepdims=True), X),
    ],
    "ptp": [(lambda a: np.ptp(a, axis=0), X)],
    "quantile": [
        (lambda a, m=m: np.quantile(a, [0.15, 0.5, 0.83], axis=0, method=m), T[0].T)
        for m in (
            "inverted_cdf",
            "averaged_inverted_cdf",
            "closest_observation",
            "interpolated_inverted_cdf",
            "hazen",
            "weibull",
            "linear",
            "median_unbiased",
            "normal_unbiased",
            "lower",
            "higher",
            "midpoint",
            "nearest",
        )
    ],
    "ravel": [(lambda a: np.ravel(a), X), (lambda a: np.ravel(a, order="F"), X)],
    "real": [(lambda a: np.real(a), C)],
    "angle": [(lambda a: np.angle(a), C), (lambda a: np.angle(a, deg=True), C)],
    "real_if_close": [(lambda a: np.real_if_close(a), V), (lambda a: np.real_if_close(a), C)],
    "repeat": [(lambda a: np.repeat(a, 2), X), (lambda a: np.repeat(a, [1, 0, 2], axis=0), X)],
    "reshape": [
        (lambda a: np.reshape(a, (2, -1)), X),
        (lambda a: np.reshape(a, (2, 6), order="F"), X),
        (lambda a: np.reshape(a, 12, copy=True), X),
    ],
    "resize": [(lambda a: np.resize(a, (4, 5)), X)],
    "roll": [(lambda a: np.roll(a, 2), X), (lambda a: np.roll(a, 1, axis=(0, 1)), X)],
    "rollaxis": [(lambda a: np.rollaxis(a, 2), T), (lambda a: np.rollaxis(a, 0, 3), T)],
    "roots": [(lambda a: np.sort_complex(np.roots(a)), V), (lambda a: np.roots(np.append(a, 0.0)), V[:3])],
    "rot90": [(lambda a: np.rot90(a, 3), X), (lambda a: np.rot90(a, axes=(1, 2)), T)],
    "round": [(lambda a: np.round(a) * a, X), (lambda a: np.round(a, 1) * a, X)],
    "select": [(lambda a, b: np.select([MASK, X < -1], [a, b * b], 5.0), X, Y)],
    "sinc": [(lambda a: np.sinc(a), X)],
    "sort": [(lambda a: np.sort(a), X), (lambda a: np.sort(a, axis=None), X), (lambda a: np.sort(a), C)],
    "sort_complex": [(lambda a: np.sort_complex(a), V)],
    "split": [(lambda a: np.split(a, 2, axis=1), X)],
    "squeeze": [(lambda a: np.squeeze(a[None, :, None]), V), (lambda a: np.squeeze(a[None], axis=0), X)],
    "stack": [(lambda a, b: np.stack([a, b], -1), X, Y)],
    "std": [
        (lambda a: np.std(a), X),
        (lambda a: np.std(a, 0, ddof=1, where=X > -1.9), X),
        (lambda a: np.std(a, 1, correction=1), X),
    ],
    "sum": [
        (lambda a: np.sum(a), X),
        (lambda a: np.sum(a, (0, 2), keepdims=True), T),
        (lambda a: np.sum(a, 1, where=MASK, initial=1.5), X),
        (lambda a: np.sum(a, dtype=np.complex128), X),
    ],
    "swapaxes": [(lambda a: np.swapaxes(a, 0, 2), T)],
    "take": [
        (lambda a: np.take(a, [0, 5, 5]), X),
        (lambda a: np.take(a, [[0, 9]], axis=1, mode="wrap"), X),
        (lambda a: np.take(a, 1, axis=0), X),
    ],
    "take_along_axis": [(lambda a: np.take_along_axis(a, PLACES, axis=1), X)],
    "tensordot": [
        (lambda a, b: np.tensordot(a, b, 1), X, X.T),
        (lambda a, b: np.tensordot(a, b, axes=([1, 2], [0, 1])), T, X),
        (lambda a, b: np.tensordot(a, b, (0, 0)), X, S),
    ],
    "tile": [(lambda a: np.tile(a, (2, 1, 3)), X)],
    "trace": [(lambda a: np.trace(a), X), (lambda a: np.trace(a, 1, 1, 2), T)],
    "transpose": [(lambda a: np.transpose(a), T), (lambda a: np.transpose(a, (1, 2, 0)), T)],
    "trapezoid": [
        (lambda y: np.trapezoid(y, dx=0.5, axis=0), X),
        (lambda y, x: np.trapezoid(y, x), X, KNOTS),
        (lambda y, x: np.trapezoid(y, x), X, Y),
    ],
    "tril": [(lambda a: np.tril(a, 1), X), (lambda a: np.tril(a), V)],
    "triu": [(lambda a: np.triu(a, -1), T)],
    "trim_zeros": [
        (lambda a: np.trim_zeros(np.append(a, [0.0, 0.0])), V),
        (lambda a: np.trim_zeros(np.pad(a, 1)), X),
        (lambda a: np.trim_zeros(a * (np.arange(12).reshape(3, 4) % 5 > 1), "f"), X),
        (lambda a: np.trim_zeros(np.pad(a, 1), axis=0), X),
    ],
    "unstack": [(lambda a: np.unstack(a, axis=1), X)],
    "unwrap": [(lambda a: np.unwrap(a * 3), X), (lambda a: np.unwrap(a, period=1.0, axis=0), X)],
    "vander": [(lambda a: np.vander(a, 3), V)],
    "var": [
        (lambda a: np.var(a), X),
        (lambda a: np.var(a, (0, 1), ddof=1, keepdims=True), T),
        (lambda a: np.var(a, where=MASK), X),
        (lambda a: np.var(a), C),
        (lambda a: np.var(a, where=np.array([1, 1, 0, 1, 1], bool)), C),
    ],
    "vdot": [(lambda a, b: np.vdot(a, b), C, C[::-1])],
    "vsplit": [(lambda a: np.vsplit(a, [1]), X)],
    "vstack": [(lambda a, b: np.vstack([a, b]), V, W)],
    "where": [(lambda a, b: np.where(MASK, a, b), X, Y), (lambda a: np.where([1, 0, 2, 0, 1], a, 0), V)],
}
