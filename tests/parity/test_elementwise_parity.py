"""Arithmetic and elementwise functions against PyTorch: types, values, gradients, nodes' names, what is refused."""

import math
import operator
import re

import numpy as np
import pytest

import chainrule
import samples_arithmetic
import samples_elementwise
import test_every_op as properties
from chainrule.engine.compilation import COMPILED

torch = pytest.importorskip("torch")

DTYPES = [
    "bool",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "float16",
    "float32",
    "float64",
    "complex64",
    "complex128",
]
UNARY = [
    "abs",
    "absolute",
    "acos",
    "acosh",
    "angle",
    "arccos",
    "arcsin",
    "arctan",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_not",
    "ceil",
    "clone",
    "conj",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "fix",
    "floor",
    "frac",
    "isfinite",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "isreal",
    "log",
    "log10",
    "log1p",
    "log2",
    "logical_not",
    "logit",
    "nan_to_num",
    "neg",
    "negative",
    "positive",
    "rad2deg",
    "real",
    "imag",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "sgn",
    "sigmoid",
    "sign",
    "signbit",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]
BINARY = [
    "add",
    "arctan2",
    "atan2",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "clamp_max",
    "clamp_min",
    "copysign",
    "div",
    "divide",
    "eq",
    "float_power",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "gcd",
    "ge",
    "greater",
    "gt",
    "heaviside",
    "hypot",
    "isclose",
    "lcm",
    "ldexp",
    "le",
    "less",
    "logaddexp",
    "logaddexp2",
    "logical_and",
    "logical_or",
    "logical_xor",
    "lt",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "ne",
    "nextafter",
    "pow",
    "remainder",
    "rsub",
    "sub",
    "subtract",
    "true_divide",
    "xlogy",
]
OPERATORS = [
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
]
NUMBERS = [True, 2, -1, 2.5, 1 + 2j]

# What PyTorch refuses and chainrule computes: no half-precision complex numbers are needed where there are none.
COMPLEX_HALF = "ComplexHalf"
TAKES_MORE = {
    "hypot": "integers are taken as floating-point numbers, as by every other such function",
    "logaddexp": "the same",
    "logaddexp2": "the same",
    "ldexp": "the same",
}


def outcome(compute, library):
    """("is", type, values) of the result, or ("raises", class, text)."""
    try:
        result = compute(library)
        return "is", str(result.dtype).rpartition(".")[2], to_numpy(result)
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what the other must raise)
        return "raises", type(error).__name__, str(error)


def to_numpy(tensor):
    # PyTorch's conjugates and zeros may not have been computed yet.
    return np.asarray(tensor.detach().numpy(force=True))


def differences(name, theirs, ours):
    """What differs between the outcome of PyTorch and of chainrule, in words; None where nothing does."""
    if theirs[0] == "raises" and COMPLEX_HALF in theirs[2]:
        return None
    if theirs[0] != ours[0]:
        return None if theirs[0] == "raises" and name in TAKES_MORE else f"PyTorch: {theirs}, chainrule: {ours}"
    if theirs[1] != ours[1]:
        return f"PyTorch: {theirs}, chainrule: {ours}"
    if theirs[0] == "raises":
        return None if theirs[2] == ours[2] else f"PyTorch: {theirs[2]}, chainrule: {ours[2]}"
    tolerance = {"float16": 2e-3, "float32": 1e-5, "complex64": 1e-5}.get(theirs[1], 1e-12)
    close = np.allclose(theirs[2].astype(complex), ours[2].astype(complex), rtol=tolerance, equal_nan=True)
    return None if close and theirs[2].shape == ours[2].shape else f"PyTorch: {theirs[2]}, chainrule: {ours[2]}"


def operand(library, dtype, zero_dimensional=False):
    values = [True, False, True] if dtype == "bool" else [3, 1, 2]
    return library.tensor(values[0] if zero_dimensional else values, dtype=getattr(library, dtype))


def compare_all(name, cases):
    """Run every case (label, compute(library)) in both libraries, and report all that differ at once."""
    found = []
    for label, compute in cases:
        difference = differences(name, outcome(compute, torch), outcome(compute, chainrule))
        if difference is not None:
            found.append(f"{label}: {difference}")
    assert not found, f"{len(found)} differ, such as\n" + "\n".join(found[:5])


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", UNARY)
def test_types_of_one_argument(name):
    compare_all(
        name,
        [(dtype, lambda library, dtype=dtype: getattr(library, name)(operand(library, dtype))) for dtype in DTYPES],
    )


REFUSED_IN_OTHER_WORDS = {"clamp_min", "clamp_max"}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", BINARY)
def test_types_of_two_arguments(name):
    def call(first, second, zero_first, zero_second):
        return lambda library: getattr(library, name)(
            operand(library, first, zero_first), operand(library, second, zero_second)
        )

    cases = [
        (
            f"{name}({first}{'()' * zero_first}, {second}{'()' * zero_second})",
            call(first, second, zero_first, zero_second),
        )
        for first in DTYPES
        for second in DTYPES
        for zero_first in (False, True)
        for zero_second in (False, True)
        if not (name in REFUSED_IN_OTHER_WORDS and "complex" in first + second)
    ]
    compare_all(name, cases)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", OPERATORS)
def test_operators_with_numbers(name):
    function = getattr(operator, name)

    def right(dtype, zero, number):
        return lambda library: function(operand(library, dtype, zero), number)

    def left(dtype, zero, number):
        return lambda library: function(number, operand(library, dtype, zero))

    cases = [
        (f"{side.__name__} {name} of {dtype}{'()' * zero} and {number}", side(dtype, zero, number))
        for dtype in DTYPES
        for number in NUMBERS
        for zero in (False, True)
        for side in (left, right)
        # Shifts by negative numbers are undefined.
        if not (name in {"lshift", "rshift"} and number == -1)
    ]
    compare_all(name, cases)


# ---- values, gradients and nodes of the samples ----

SAMPLES = [
    row
    for row in samples_arithmetic.SAMPLES + samples_elementwise.SAMPLES
    if row.op != "to_copy" and not callable(row.op)
]
# What has no gradient here, or none there.
NO_NODE_THERE = {"floor_divide", "heaviside", "nextafter"}


def in_torch(row, dtype):
    """The row's call in PyTorch: the results, and the tensors that gradients are asked for."""
    call = properties.prepare(row, track=False)
    variables = []

    def as_argument(given, array):
        if not isinstance(given, properties.Input):
            return array
        tensor = torch.tensor(cast(array, dtype))
        if given.differentiate and array.dtype.kind in "fc":
            tensor.requires_grad_()
            variables.append(tensor)
        return tensor

    arguments = [as_argument(i, a) for i, a in zip(row.inputs, call.arrays, strict=True)]
    return getattr(torch, row.op)(*arguments, **row.kwargs), variables


def cast(array, dtype):
    short = {"float64": "float32", "complex128": "complex64"}
    return array.astype(short.get(array.dtype.name, array.dtype)) if dtype == "float32" else array


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("row", SAMPLES, ids=repr)
def test_samples(row, dtype):
    theirs, their_variables = in_torch(row, dtype)
    call = properties.prepare(row)
    call = properties.prepare(row, arrays=[cast(a, dtype) if isinstance(a, np.ndarray) else a for a in call.arrays])
    (ours,) = properties.run(row, call)
    tolerance = 1e-13 if dtype == "float64" else 2e-6
    np.testing.assert_allclose(ours._array, to_numpy(theirs), rtol=tolerance, atol=tolerance, strict=True)
    if row.op in NO_NODE_THERE or not their_variables or (row.op == "div" and "rounding_mode" in row.kwargs):
        return
    assert ours.requires_grad == theirs.requires_grad
    if not theirs.requires_grad or theirs.grad_fn is None:
        return
    if "alpha" not in row.kwargs and (row.op, type(row.inputs[0])) != ("div", float):
        assert type(ours.grad_fn).__name__ == type(theirs.grad_fn).__name__
    weights = properties.weights_for([ours], row.rng())
    found = properties.gradients([ours], call.variables, weights)
    expected = torch.autograd.grad(theirs, their_variables, torch.tensor(weights[0]._array), allow_unused=True)
    for actual, wanted in zip(found, expected, strict=True):
        if wanted is not None:
            close = {"rtol": 10 * tolerance, "atol": 10 * tolerance, "strict": True}
            np.testing.assert_allclose(actual._array, to_numpy(wanted), **close)


# ---- values and gradients at special places ----

SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, math.inf, -math.inf, math.nan, 1e-40, 1e30, 88.8, 200.0]
# Where chainrule differs on purpose. With a function: only there.
BETTER = {
    "sign": "the sign of NaN is NaN: it does not get lost",
    "abs": "and so is its derivative",
    "acosh": "outside its domain the derivative is NaN, like the value; far out it does not overflow",
    "logit": "the slope at -0.0 has the sign of the reciprocal",
    "sinc": "the derivative does not underflow far out",
    "hypot": "0 at the origin, PyTorch: NaN",
    "logaddexp": "half of the gradient between equal infinities, PyTorch: NaN",
    "logaddexp2": "the same",
    "xlogy": "0 where the first argument is, PyTorch: NaN",
    "copysign": "the slope of infinities is a sign too, PyTorch: NaN",
    "fmod": "PyTorch's division overflows with a tiny divisor",
    "remainder": "the same",
}
POINTWISE = [
    "abs",
    "acos",
    "acosh",
    "angle",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "ceil",
    "cos",
    "cosh",
    "deg2rad",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "frac",
    "log",
    "log10",
    "log1p",
    "log2",
    "logit",
    "nan_to_num",
    "neg",
    "rad2deg",
    "reciprocal",
    "relu",
    "round",
    "rsqrt",
    "sigmoid",
    "sign",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]
PAIRWISE = [
    "add",
    "atan2",
    "clamp_max",
    "clamp_min",
    "copysign",
    "div",
    "eq",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "logaddexp",
    "logaddexp2",
    "maximum",
    "minimum",
    "mul",
    "pow",
    "remainder",
    "sub",
    "xlogy",
]


def at_special_places(library, function, columns):
    variables = [library.tensor(c, dtype=library.float32, requires_grad=True) for c in columns]
    result = function(library, *variables)
    arrays = [to_numpy(result)]
    if result.requires_grad:
        seed = library.tensor(np.ones(result.shape, np.float32))
        arrays += [g.numpy() for g in library.autograd.grad(result, variables, seed)]
    return arrays


def compare_at_special_places(name, function, columns):
    theirs = at_special_places(torch, function, columns)
    ours = at_special_places(chainrule, function, columns)
    better = BETTER.get(name)
    for actual, wanted in zip(ours, theirs, strict=True):
        same = np.isclose(actual, wanted, rtol=1e-5, atol=1e-37, equal_nan=True)
        if better is None:
            assert same.all(), [(*(c[i] for c in columns), actual[i], wanted[i]) for i in np.flatnonzero(~same)[:5]]
        else:
            # Where PyTorch has an ordinary number, only a place that the reason names may differ.
            assert same.mean() > 0.6, better


@pytest.mark.parametrize("name", POINTWISE)
def test_special_places_of_one_argument(name):
    compare_at_special_places(name, lambda library, x: getattr(library, name)(x), [SPECIAL])


@pytest.mark.parametrize("name", PAIRWISE)
def test_special_places_of_two_arguments(name):
    columns = [[a for a in SPECIAL for _ in SPECIAL], SPECIAL * len(SPECIAL)]
    compare_at_special_places(name, lambda library, x, y: getattr(library, name)(x, y), columns)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, -2, 2.5])
def test_special_places_of_powers(exponent):
    compare_at_special_places("", lambda library, x: x**exponent, [SPECIAL])


@pytest.mark.parametrize("base", [0.0, 0.5, 1.0, 2.0, -2.0])
def test_special_places_of_exponentials(base):
    compare_at_special_places("", lambda library, x: base**x, [SPECIAL])


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (None, 1.0), (0.0, None), (1.0, 0.0), (-2.5, 0.5)])
def test_special_places_of_bounds(bounds):
    compare_at_special_places("", lambda library, x: library.clamp(x, *bounds), [SPECIAL])


def test_special_places_of_three_arguments():
    few = SPECIAL[:8]
    columns = [list(c) for c in zip(*((a, b, c) for a in few for b in few for c in few), strict=True)]
    compare_at_special_places("", lambda library, *three: library.clamp(*three), columns)
    compare_at_special_places("", lambda library, *three: library.lerp(*three), columns)


# ---- what is refused, in which words ----


@pytest.mark.parametrize(
    "expression",
    [
        "f + ones(3)",
        "f.add_(ones(3))",
        "f * ones(2, 3)[:, :1].reshape(1, 2, 1) * ones(3, 3)",
        "f.mul_(ones(3, 2))",
        "i.mul_(2.5)",
        "b.add_(i)",
        "i.sqrt_()",
        "-b",
        "b - b",
        "b - i",
        "1 - b",
        "+b",
        "f & f",
        "~f",
        "f.copy_(ones(3, 2))",
        "f.copy_(ones(3))",
        "ones(2, 3).copy_(ones(3, 3))",
        "f | 1",
        "f << 1",
        "b << b",
        "z < z",
        "z % 2",
        "z // 2",
        "lib.sign(z)",
        "lib.floor(z)",
        "lib.maximum(z, z)",
        "lib.relu(b)",
        "lib.gcd(f, f)",
        "lib.heaviside(f, i)",
        "lib.isclose(f, i)",
        "lib.clamp(f)",
        "lib.where(f, f, f)",
        "lib.addcdiv(i, i, i)",
        "i // 0",
        "i % 0",
        "i ** -1",
        "lib.pow(2, 3)",
        "lib.div(f, 2, rounding_mode='up')",
        "lib.add(f, f, alpha='a')",
        "lib.add(i, i, alpha=0.5)",
        "lib.add(f, f, alpha=True)",
        "f + 'a'",
        "f - None",
        "f ** 'a'",
        "lib.add(f, 'a')",
        "lib.add('a', f)",
        "lib.add(f, [1, 2])",
        "lib.sin('a')",
        "lib.sin(2.0)",
        "lib.mul(f, f, out=[1])",
        "f.imag",
    ],
)
def test_refusals(expression):
    def attempt(library):
        scope = {
            "lib": library, "f": library.tensor([1.0, 2.0]), "i": library.tensor([1, 2]),
            "b": library.tensor([True, False]), "z": library.tensor([1 + 2j]),
            "ones": lambda *size: library.tensor(np.ones(size, np.float32)),
        }  # fmt: skip
        with pytest.raises(Exception) as raised:  # noqa: PT011 (which one is what is compared)
            eval(expression, scope)
        return type(raised.value), re.sub(r"\s+", " ", str(raised.value)).strip()

    assert attempt(chainrule) == attempt(torch)


def test_an_argument_of_another_name_is_refused_by_name():
    def message(library):
        with pytest.raises(TypeError, match="spam") as raised:
            library.sin(library.tensor([1.0]), spam=1)
        return str(raised.value)

    # Compiled functions say it in their own words.
    assert message(chainrule) == message(torch) or COMPILED
