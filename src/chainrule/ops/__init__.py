"""The table: one row per operation, its forward and its derivatives. Rows know arrays, never the machinery.

Importing this package makes the table whole. Functions that only combine rows stand beside them, named in their
module's `__all__`, for the namespace that its `SPACE` says (`torch`); those that are Tensor methods in its `METHODS`;
those of another namespace, or with another name there, in its `ELSEWHERE`.
"""

from importlib import import_module

import chainrule.engine.record  # noqa: F401 (makes the recording functions of the rows)

NAMES = (
    "activations",
    "adaptive_pooling",
    "arithmetic",
    "bessel",
    "beta_functions",
    "comparisons",
    "convolution",
    "copies",
    "creation",
    "determinants",
    "diagonals",
    "distances",
    "distinct",
    "eigenvalues",
    "einsum",
    "elementwise",
    "elliptic",
    "expanding",
    "extremes",
    "fold",
    "fourier",
    "fourier_frequencies",
    "fourier_transforms",
    "from_data",
    "gamma_functions",
    "gathering",
    "hypergeometric",
    "indexing",
    "integration",
    "joining",
    "least_squares",
    "losses",
    "low_rank",
    "matrix_functions",
    "modified_bessel",
    "neural",
    "normalization",
    "norms",
    "orthogonal",
    "padding",
    "polynomials",
    "pooling",
    "powers",
    "products",
    "random_creation",
    "random_fills",
    "reductions",
    "removed",
    "scans",
    "scattering",
    "shapes",
    "short_time_fourier",
    "similarity",
    "softmax",
    "solving",
    "sorting",
    "special",
    "statistics",
    "storage",
    "strided",
    "triangular_factors",
    "time_convolution",
    "vector_products",
    "window_functions",
)

MODULES = tuple(import_module(f"{__name__}.{name}") for name in NAMES)
