"""The table: one row per operation, its forward and its derivatives. Rows know arrays, never the machinery.

Importing this package makes the table whole. Functions that only combine rows stand beside them, named in their
module's `__all__`, for the namespace that its `SPACE` says (`torch`); those that are Tensor methods in its `METHODS`.
"""

from importlib import import_module

import chainrule.engine.record  # noqa: F401 (makes the recording functions of the rows)

NAMES = (
    "activations",
    "adaptive_pooling",
    "arithmetic",
    "comparisons",
    "convolution",
    "copies",
    "creation",
    "decompositions",
    "diagonals",
    "distinct",
    "einsum",
    "elementwise",
    "expanding",
    "extremes",
    "fold",
    "fourier",
    "fourier_frequencies",
    "fourier_transforms",
    "from_data",
    "gathering",
    "indexing",
    "joining",
    "losses",
    "neural",
    "normalization",
    "norms",
    "padding",
    "pooling",
    "powers",
    "products",
    "random_creation",
    "random_fills",
    "reductions",
    "scans",
    "scattering",
    "shapes",
    "similarity",
    "softmax",
    "sorting",
    "special",
    "statistics",
    "storage",
    "strided",
    "vector_products",
    "window_functions",
)

MODULES = tuple(import_module(f"{__name__}.{name}") for name in NAMES)
