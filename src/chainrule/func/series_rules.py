"""Rules of Taylor mode for single rows: where a recurrence, or the row's own forward, takes fewer steps."""

from __future__ import annotations

from typing import Any

from chainrule.engine import second_order
from chainrule.engine.op import Op
from chainrule.engine.power_series import More
from chainrule.engine.taylor import EXPRESSIONS, RULES, TaylorLevel
from chainrule.engine.taylor_products import products
from chainrule.func import matrix_series

# Linear in each of their arguments; named behind them, those that are added to the product.
PRODUCTS: dict[str, tuple[str, ...]] = {
    "mul": (), "mm": (), "bmm": (), "matmul": (), "mv": (), "dot": (), "vdot": (), "inner": (), "kron": (),
    "linalg_cross": (), "contraction": (), "convolution_weight": (), "affine": ("bias",), "convolution": ("bias",),
    "conv_tbc": ("bias",), "bilinear": ("bias",), "addmm": ("self",), "addmv": ("self",), "addr": ("self",),
    "addbmm": ("self",), "baddbmm": ("self",),
}  # fmt: skip

# Their forward is an array expression, run as such: what the derivatives of other rows are made of.
EXPRESSIONS_OF_FORMULAS = ("tanh_backward", "sigmoid_backward", "addcmul", "addcdiv", "lerp")


def _product(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    del result
    return products(level, op, args, [op.parameters.index(name) for name in PRODUCTS[op.name]])


def _expression(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    del result
    with level.running():
        again = op.forward(*args)
    return lambda order: level.coefficient(again, order)


def _quotient(level: TaylorLevel, op: Op, args: tuple[Any, ...], result: Any) -> More:
    # Of q b = a: the coefficients of a, less the products of b's with those of q that are known.
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


def install() -> None:
    """Make these rules known."""
    RULES.update(dict.fromkeys(PRODUCTS, _product))
    RULES.update(dict.fromkeys(EXPRESSIONS_OF_FORMULAS, _expression))
    EXPRESSIONS.update(EXPRESSIONS_OF_FORMULAS)
    RULES["div"] = _quotient
    matrix_series.install()
    second_order.PRODUCTS.update(PRODUCTS)
