"""Rules of Taylor mode for single rows: where a recurrence, or the row's own forward, takes fewer steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.engine.op import TABLE, Op
from chainrule.engine.power_series import More, divided, formula_argument, fitting, results_of, scaled, sum_of
from chainrule.engine.taylor import RULES, TaylorLevel, products
from chainrule.engine.tensor_base import TensorBase

# Linear in each of their arguments; of those named here, which are added to the product.
PRODUCTS = {
    "mul": (), "mm": (), "bmm": (), "matmul": (), "mv": (), "dot": (), "vdot": (), "inner": (), "kron": (),
    "linalg_cross": (), "contraction": (), "convolution_weight": (), "affine": ("bias",), "convolution": ("bias",),
    "conv_tbc": ("bias",), "bilinear": ("bias",), "addmm": ("self",), "addmv": ("self",), "addr": ("self",),
    "addbmm": ("self",), "baddbmm": ("self",),
}  # fmt: skip

# Their forward is an array expression that is run as such: gradients of other rows, which their derivatives need.
EXPRESSIONS = ("tanh_backward", "sigmoid_backward", "addcmul", "lerp", "addcdiv")


def _products(added: tuple[str, ...]) -> Any:
    def rule(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
        del result
        return products(level, op, args, [op.parameters.index(name) for name in added])

    return rule


def _expression(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    del result
    with level.running():
        again = op.forward(*args)
    return lambda order: level.coefficient(again, order)


def _quotient(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # Of q b = a: the coefficients of a, less the products with those of q that are known.
    del op
    dividend, divisor = args
    denominator = level.plain(divisor)

    def more(order: int) -> Any:
        rest = level.coefficient(dividend, order)
        for k in range(1, order + 1):
            b, q = level.coefficient(divisor, k), level.coefficient(result, order - k)
            if b is not None and q is not None:
                rest = -(b * q) if rest is None else rest - b * q
        return None if rest is None else rest / denominator

    return more


for _name, _added in PRODUCTS.items():
    RULES[_name] = _products(_added)
for _name in EXPRESSIONS:
    RULES[_name] = _expression
RULES["div"] = _quotient
