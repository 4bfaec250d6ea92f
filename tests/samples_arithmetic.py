"""Samples for arithmetic, powers and comparisons (ops/arithmetic.py, powers.py and comparisons.py)."""

import numpy as np
import scipy.special

from op_samples import (
    between_integers,
    booleans,
    complexes,
    integers,
    nonzero,
    positive,
    real,
    refuses,
    sample,
    values,
)

MISMATCH = "The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0"
ZERO_DIVISION = refuses(RuntimeError, "ZeroDivisionError", integers(3), values([1, 0, 2]))
NO_BOUND = "torch.clamp: At least one of 'min' or 'max' must not be None"
NEGATIVE_POWER = "Integers to negative integer powers are not allowed."


def no_float(name):
    return refuses(NotImplementedError, f"\"{name}_cpu\" not implemented for 'Double'", real(3), real(3))


SAMPLES = [
    # arithmetic
    sample("add", [real(3, 4), real(3, 4)], np.add, must_raise=[refuses(RuntimeError, MISMATCH, real(3), real(4))]),
    sample("add", [real(3, 1), real(4)], np.add),
    sample("add", [real(3), 2], np.add),
    sample("add", [real(3), real(3)], lambda a, b, alpha: a + alpha * b, alpha=0.5),
    sample("sub", [real(3, 4), real(4)], np.subtract, must_raise=[refuses(RuntimeError, MISMATCH, real(3), real(4))]),
    sample("sub", [1.5, real(3)], np.subtract),
    sample("sub", [real(3), real(3)], lambda a, b, alpha: a - alpha * b, alpha=3),
    sample("rsub", [real(3, 4), real(4)], lambda a, b: b - a),
    sample(lambda a: 1.5 - a, [real(3, 4)], lambda a: 1.5 - a, name="number minus tensor", covers=("rsub_scalar",)),
    sample("rsub", [real(3), 1.5], lambda a, b, alpha: b - alpha * a, alpha=3),
    sample("mul", [real(3, 4), real(4)], np.multiply, must_raise=[refuses(RuntimeError, MISMATCH, real(3), real(4))]),
    sample("mul", [real(3), 2.5], np.multiply),
    sample("mul", [complexes(3), complexes(2, 3)], np.multiply),
    sample("mul", [real(3), complexes(2, 3)], np.multiply),
    sample("div", [real(3, 4), nonzero(4)], np.divide, must_raise=[refuses(RuntimeError, MISMATCH, real(3), real(4))]),
    sample("div", [real(3), 2.5], np.divide),
    sample("div", [1.5, nonzero(3)], np.divide),
    sample("div", [complexes(3), complexes(3)], np.divide),
    sample(
        "div", [values([3.7, -3.7, 2.6]), values([1.0, 1.0, -2.0])], lambda a, b, rounding_mode: np.trunc(a / b),
        rounding_mode="trunc", covers=("div_trunc",),
        must_raise=[refuses(RuntimeError, "div expected rounding_mode", real(3), real(3), rounding_mode="up")],
    ),
    sample(
        "div", [values([7, -7, 7, -7]), values([2, 2, -2, -2])],
        lambda a, b, rounding_mode: np.trunc(a / b).astype(int), rounding_mode="trunc", covers=("div_trunc",),
    ),
    sample(
        "div", [values([3.7, -3.7]), values([1.0, -2.0])], lambda a, b, rounding_mode: np.floor(a / b),
        rounding_mode="floor", covers=("div_floor",),
    ),
    sample("floor_divide", [between_integers(3, 4), 1.0], np.floor_divide, orders=0),
    sample("floor_divide", [integers(3, 4), integers(4, low=1)], np.floor_divide, must_raise=[ZERO_DIVISION]),
    sample("remainder", [between_integers(3, 4), 1.0], np.remainder),
    sample("remainder", [values([5.3, -5.3]), values([2.0, -2.0])], np.remainder),
    sample("remainder", [integers(3, 4), integers(4, low=1)], np.remainder, must_raise=[ZERO_DIVISION]),
    sample("fmod", [between_integers(3, 4), 1.0], np.fmod),
    sample("fmod", [values([5.3, -5.3]), values([2.0, -2.0])], np.fmod),
    sample("fmod", [integers(3, 4), integers(4, low=1)], np.fmod, must_raise=[ZERO_DIVISION]),
    sample("neg", [real(3, 4)], np.negative),
    sample("reciprocal", [nonzero(3, 4)], np.reciprocal),
    sample("reciprocal", [complexes(3)], np.reciprocal),
    sample("square", [real(3, 4)], np.square),
    # powers
    sample("pow", [real(3, 4), 3], np.power, covers=("pow_scalar",)),
    sample("pow", [positive(3, 4), -1.5], np.power, covers=("pow_scalar",)),
    sample("pow", [complexes(3), 2], np.power, covers=("pow_scalar",)),
    sample(
        "pow", [integers(3), 2], np.power, covers=("pow_scalar",),
        must_raise=[refuses(RuntimeError, NEGATIVE_POWER, integers(3), -1)],
    ),
    sample("pow", [positive(3, 4), real(4)], np.power, covers=("pow_tensor",)),
    sample("pow", [complexes(3), complexes(3)], np.power, covers=("pow_tensor",)),
    sample(
        "pow", [values([2, 1, -1, -1, 0]), values([-1, -3, -2, -3, 2])], lambda a, b: np.array([0, 1, 1, -1, 0]),
        covers=("pow_tensor",),
    ),
    sample("pow", [2.5, real(3, 4)], np.power, covers=("pow_of_scalar",)),
    sample("pow", [-1, values([-3, -2, 2])], lambda a, b: np.array([-1, 1, 1]), covers=("pow_of_scalar",)),
    # comparisons
    sample("eq", [integers(3, 4), integers(4)], np.equal),
    sample("ne", [integers(3, 4), integers(4)], np.not_equal),
    sample("lt", [real(3, 4), real(4)], np.less, orders=0),
    sample("le", [integers(3, 4), integers(4)], np.less_equal),
    sample("gt", [real(3, 4), 0.5], np.greater, orders=0),
    sample("ge", [integers(3, 4), integers(4)], np.greater_equal),
    sample("isnan", [values([1.0, np.nan, np.inf])], np.isnan, orders=0),
    sample("isinf", [values([1.0, np.nan, -np.inf])], np.isinf, orders=0),
    sample("isfinite", [values([1.0, np.nan, np.inf])], np.isfinite, orders=0),
    sample("isposinf", [values([1.0, np.inf, -np.inf])], np.isposinf, orders=0),
    sample("isneginf", [values([1.0, np.inf, -np.inf])], np.isneginf, orders=0),
    sample("isreal", [values([1.0 + 0j, 2j])], np.isreal, orders=0),
    sample("isclose", [real(3), real(3)], lambda a, b, atol: np.isclose(a, b, atol=atol), atol=1.0, orders=0),
    sample("isclose", [values([np.nan]), values([np.nan])], np.isclose, equal_nan=True, orders=0),
    # logic
    sample("logical_and", [booleans(3, 4), booleans(4)], np.logical_and),
    sample("logical_or", [booleans(3, 4), booleans(4)], np.logical_or),
    sample("logical_xor", [booleans(3, 4), integers(4, low=0, high=2)], np.logical_xor),
    sample("logical_not", [booleans(3, 4)], np.logical_not),
    sample("bitwise_and", [integers(3, 4), integers(4)], np.bitwise_and, must_raise=[no_float("bitwise_and")]),
    sample("bitwise_or", [booleans(3, 4), booleans(4)], np.bitwise_or, must_raise=[no_float("bitwise_or")]),
    sample("bitwise_xor", [integers(3, 4), integers(4)], np.bitwise_xor, must_raise=[no_float("bitwise_xor")]),
    sample("bitwise_not", [integers(3, 4)], np.invert),
    sample("bitwise_not", [booleans(3, 4)], np.invert),
    sample("bitwise_left_shift", [integers(3), integers(3, low=0)], np.left_shift, must_raise=[no_float("lshift")]),
    sample("bitwise_right_shift", [integers(3), integers(3, low=0)], np.right_shift, must_raise=[no_float("rshift")]),
    # choosing
    sample(
        "where", [booleans(3, 4), real(3, 4), real(4)], np.where,
        must_raise=[refuses(RuntimeError, "expected condition to be a boolean tensor", real(3), real(3), real(3))],
    ),
    sample("where", [booleans(3, 4), real(3, 1), 1.5], np.where),
    sample("maximum", [nonzero(3, 4), nonzero(4)], np.maximum),
    sample("minimum", [nonzero(3, 4), nonzero(4)], np.minimum),
    sample("fmax", [nonzero(3, 4), nonzero(4)], np.fmax),
    sample("fmin", [nonzero(3, 4), nonzero(4)], np.fmin),
    sample("fmax", [values([1.0, np.nan]), values([np.nan, 2.0])], np.fmax, orders=0),
    sample("clamp", [between_integers(3, 4), -1, 2], np.clip),
    sample("clamp", [between_integers(3, 4), -1.0, None], np.clip),
    sample(
        "clamp", [between_integers(3, 4), None, 0.5], np.clip,
        must_raise=[refuses(RuntimeError, NO_BOUND, real(3))],
    ),
    sample("clamp", [real(3, 4), real(4, low=-1.0, high=-0.5), real(3, 1, low=0.5, high=1.0)], np.clip),
    sample("clamp_min", [nonzero(3, 4), 0.0], np.maximum),
    sample("clamp_min", [nonzero(3, 4), real(4, low=-0.2, high=0.2)], np.maximum),
    sample("clamp_max", [nonzero(3, 4), 0.0], np.minimum),
    sample("clamp_max", [nonzero(3, 4), real(4, low=-0.2, high=0.2)], np.minimum),
    # mixing
    sample("lerp", [real(3, 4), real(4), 0.3], lambda a, b, w: a + w * (b - a)),
    sample("lerp", [real(3, 4), real(3, 4), real(4)], lambda a, b, w: a + w * (b - a)),
    sample("addcmul", [real(3, 4), real(3, 1), real(4)], lambda a, b, c: a + b * c),
    sample("addcmul", [real(3), real(3), real(3)], lambda a, b, c, value: a + value * b * c, value=0.5),
    sample("addcdiv", [real(3, 4), real(3, 1), nonzero(4)], lambda a, b, c: a + b / c),
    sample("addcdiv", [real(3), real(3), nonzero(3)], lambda a, b, c, value: a + value * b / c, value=0.5),
    sample("atan2", [nonzero(3, 4), nonzero(4)], np.arctan2),
    sample("hypot", [nonzero(3, 4), nonzero(4)], np.hypot),
    sample("logaddexp", [real(3, 4), real(4)], np.logaddexp),
    sample("logaddexp2", [real(3, 4), real(4)], np.logaddexp2),
    sample("xlogy", [nonzero(3, 4), positive(4)], scipy.special.xlogy),
    sample("copysign", [nonzero(3, 4), nonzero(4)], np.copysign),
    sample("copysign", [nonzero(3, 4), -1.0], np.copysign),
    sample("heaviside", [nonzero(3, 4), real(4)], np.heaviside, orders=0),
    sample("gcd", [integers(3, 4), integers(4)], np.gcd),
    sample("nextafter", [real(3, 4), real(4)], np.nextafter, orders=0),
    sample("lcm", [integers(3, 4), integers(4)], np.lcm),
]  # fmt: skip
