"""Every row of samples takes the types that PyTorch's function takes, and gives the types and values that it gives.

Each row's floating-point inputs are cast to each type. Where PyTorch refuses one, chainrule refuses it with the same
class and the same first line, but for the names of kernels. What differs on purpose is declared in
type_differences.py.
"""

import functools
import re
import warnings
from dataclasses import replace

import numpy as np
import pytest
from test_every_row_parity import ROWS, arrays_of, call

import chainrule
from op_samples import Input
from type_differences import DIFFERENT_TYPES

torch = pytest.importorskip("torch")

TYPES = ("float16", "float32", "float64", "complex64", "complex128", "uint8", "int32", "int64", "bool")
# Half precision is computed in single precision by one library and in steps by the other.
TOLERANCES = {"float16": 1e-2, "float32": 1e-4, "complex64": 1e-4}  # by the result's type
REFUSALS = ("RuntimeError", "NotImplementedError", "TypeError", "ValueError", "IndexError")


def inputs_of(given):
    """The Inputs among the arguments of a row, in their order."""
    if isinstance(given, Input):
        return [given]
    return [i for each in given for i in inputs_of(each)] if isinstance(given, (list, tuple)) else []


@functools.cache
def is_floating(given):
    return given.draw(np.random.default_rng(0), given.shape).dtype.kind in "fc"


def cast(given, dtype, every):
    """The same arguments, where what they draw is of another type: floating-point numbers, or `every` type."""
    if isinstance(given, (list, tuple)):
        return type(given)(cast(each, dtype, every) for each in given)
    if not isinstance(given, Input) or not (every or is_floating(given)):
        return given

    def draw(rng, shape):
        array = np.asarray(given.draw(rng, shape))
        return array.real.astype(dtype) if dtype[0] != "c" and array.dtype.kind == "c" else array.astype(dtype)

    return replace(given, draw=draw, differentiate=False)


def outcome(row, library, inputs):
    """The results' types and arrays; or the error's class and first line."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            results, _ = call(row, library, inputs, row.kwargs)
            arrays = arrays_of(results)
        except Exception as error:  # noqa: BLE001 (which one is what is compared)
            return f"{type(error).__name__}: {error}".partition("\n")[0].replace("chainrule.", "torch.")
    types = [str(getattr(r, "dtype", type(r))).rpartition(".")[2] for r in results]
    return list(zip(types, arrays, strict=True))


def same_refusal(row, theirs, ours):
    if not (isinstance(theirs, str) and isinstance(ours, str)):
        return False
    if row.row is None or is_of_matrices(row) or "linalg" in ours:
        # What is made of several operations refuses in the name of whichever comes first.
        return theirs.startswith(REFUSALS) and ours.startswith(REFUSALS)
    return re.sub(r'"\w+(<>)?" ', "", theirs) == re.sub(r'"\w+(<>)?" ', "", ours)


def is_of_matrices(row):
    code = row.op.__code__ if callable(row.op) and hasattr(row.op, "__code__") else None
    spaces = " ".join(row.row.spaces) if row.row is not None else ""
    return "linalg" in f"{row.op} {spaces}" or (code is not None and "linalg" in code.co_names)


def difference(row, dtype):
    """What differs between the libraries for inputs of a type, in words; "" where nothing does."""
    every = not any(map(is_floating, inputs_of(row.inputs)))
    inputs = [cast(given, dtype, every) for given in row.inputs]
    theirs, ours = outcome(row, torch, inputs), outcome(row, chainrule, inputs)
    if isinstance(theirs, str) or isinstance(ours, str):
        return "" if same_refusal(row, theirs, ours) else f"{ours}, PyTorch: {theirs}"
    types, expected = [t for t, _ in ours], [t for t, _ in theirs]
    if types != expected:
        return f"{types}, PyTorch: {expected}"
    for number, ((_, a), (kind, b)) in enumerate(zip(ours, theirs, strict=True)):
        tolerance = 1e-2 if dtype == "float16" else max(TOLERANCES.get(kind, 1e-8), row.tolerance)
        if number and kind == "int64" and dtype in {"uint8", "int32", "int64", "bool"}:
            continue  # which of equal elements it is found at
        if a.shape != b.shape or not np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True):
            return f"{a}, PyTorch: {b}"
    return ""


def is_callable_by_both(row):
    # Not where PyTorch takes the arguments of its function differently: see NOT_IN_PYTORCH.
    theirs = outcome(row, torch, row.inputs)
    return not isinstance(theirs, str) or "positional arguments" not in theirs


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if inputs_of(row.inputs)])
def test_types(name):
    row = ROWS[name]
    if not is_callable_by_both(row):
        return
    found = {dtype: difference(row, dtype) for dtype in TYPES}
    declared = {dtype for types, names in DIFFERENT_TYPES.items() for dtype in types.split() if name in names}
    assert not {f"{dtype}: {what}" for dtype, what in found.items() if what and dtype not in declared}
    stale = {dtype for dtype in declared if not found[dtype]}
    assert not stale, f"{name} is declared to differ from PyTorch for {sorted(stale)}, and does not"
