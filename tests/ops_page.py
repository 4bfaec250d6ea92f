"""docs/ops.md: every operation of the table, and what the tests hold of it.

    make ops-page        # writes the page anew

test_ops_page.py holds that the page is what this makes, and that no operation has a hole that is not declared here.
"""

import sys
import warnings
from pathlib import Path

import numpy as np

from chainrule.engine.op import ELEMENTWISE, GENERAL, TABLE
from chainrule.tensor import wrap
from op_samples import Input, all_samples, drawn
from row_differences import DIFFERENT_ERRORS, DIFFERENT_GRADIENTS, DIFFERENT_VALUES, NOT_IN_PYTORCH
from test_every_op import variable_count
from test_table import TESTED_ELSEWHERE

PAGE = Path(__file__).parents[1] / "docs" / "ops.md"

# Operations whose derivatives no sample shows, and why.
HOLES = {
    **dict.fromkeys(["floor_divide", "heaviside"], "0"),  # where there is one
    **dict.fromkeys(
        ["bernoulli", "bernoulli_fill", "cauchy", "exponential", "geometric"], "0"
    ),  # drawn, test_random.py
    **dict.fromkeys(["log_normal", "normal", "normal_fill", "poisson", "random", "random_from_to", "uniform"], "0"),
    **dict.fromkeys(["fill", "zero"], "0"),  # of what they write over, test_inplace.py
    "copy": "yes",  # test_inplace.py
    **dict.fromkeys(["_sample_dirichlet", "_standard_gamma"], "yes"),  # drawn, test_distributions.py
    "known_once": "refused",  # a gradient of equal values that has no derivative of its own: test_gauge.py
    **dict.fromkeys(["unique", "unique_consecutive"], "refused"),  # by name, as in PyTorch: test_sorting.py
}

DTYPES = ("float16", "float32", "float64", "complex64", "complex128", "uint8", "int32", "int64", "bool")
SHORT = ("f16", "f32", "f64", "c64", "c128", "u8", "i32", "i64", "bool")

HEAD = """# Every operation

Made by `make ops-page` from the table of operations and the tests' samples; a test holds that it is true.

- *value*: held against NumPy or SciPy, in float64 and float32, for any layout of memory.
- *first*, *second*: the derivative of that order is held against finite differences; `none` where there is none by the
  nature of the operation (its values are integers, or it takes only those), `0` where it is zero wherever there is one,
  `refused` where PyTorch refuses, too.
- *types*: those of its samples' inputs that it takes.
- *PyTorch*: `=` where values, gradients of both orders and errors are those of PyTorch 2.13; else what differs on
  purpose. `part` says that users do not call it: it is a part of what they call.
- *tangent*: where forward mode has it from: the operation's `kind`, a `rule` of its own, or the formulas of its
  gradients `transposed`. Each is held against the gradients; second derivatives are the same in all four orders of
  composition.
- *batch*: how `vmap` runs it: at once, by its `kind` or a `rule`, or in a `loop` over the entries, with a warning. Each
  is held against the operation called once for each entry.
"""


def samples_of(op):
    """The rows of samples that cover an operation."""
    return [row for row in all_samples() if op.name in row.covers]


def orders(op, rows):
    """What stands for its first and its second derivative."""
    if not op.formulas:
        return "none", "none"
    if op.name in HOLES:
        return HOLES[op.name], HOLES[op.name]
    tested = max((row.orders for row in rows if variable_count(row)), default=0)
    return "yes" if tested > 0 else "hole", "yes" if tested > 1 else "hole"


def tangent(op, first):
    """Where its tangent comes from in forward mode."""
    if first in {"none", "0", "refused"}:
        return first
    return "rule" if op.tangent else "transposed" if op.kind == GENERAL else "kind"


def batch(op):
    """How it runs on a batch."""
    if op.batching:
        return "rule"
    return "kind" if op.kind == ELEMENTWISE or isinstance(op.forward, np.ufunc) else "loop"


def types(rows):
    """The types of elements that the first sample with a tensor runs with."""
    row = next((r for r in rows if any(isinstance(i, (Input, list, tuple)) for i in r.inputs)), None)
    if row is None:
        return ""
    return " ".join(short for dtype, short in zip(DTYPES, SHORT, strict=True) if takes(row, dtype))


def takes(row, dtype):
    """Whether the operation takes the sample's floating-point inputs, or all if it has none, in another type."""
    arrays = [drawn(given, rng) for rng in [row.rng()] for given in row.inputs]
    floats = any(isinstance(a, np.ndarray) and a.dtype.kind in "fc" for a in flat(arrays))

    def cast(given, array):
        if isinstance(given, Input):
            changed = array.dtype.kind in "fc" or not floats
            return wrap(np.array(array.astype(dtype) if changed else array))
        if isinstance(given, (list, tuple)):
            return type(given)(cast(g, a) for g, a in zip(given, array, strict=True))
        return array

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            row.function(*(cast(g, a) for g, a in zip(row.inputs, arrays, strict=True)), **row.kwargs)
    except (RuntimeError, TypeError, NotImplementedError, ValueError, IndexError, OverflowError):
        return False
    return True


def flat(arrays):
    for array in arrays:
        if isinstance(array, (list, tuple)):
            yield from flat(array)
        else:
            yield array


def in_pytorch(op, rows):
    """What the comparison of the samples with PyTorch found."""
    if not op.spaces:
        return "part"
    reasons = []
    for declared in (DIFFERENT_VALUES, DIFFERENT_GRADIENTS, DIFFERENT_ERRORS, NOT_IN_PYTORCH):
        reasons += [
            reason
            for name, reason in declared.items()
            if any(name == row.name or name.startswith((f"{row.name} ", f"{row.name}-")) for row in rows)
            and reason not in reasons
        ]
    return "; ".join(reasons) or "="


def line(op):
    """One operation's line of the table."""
    rows = samples_of(op)
    first, second = orders(op, rows)
    names = [f"`{op.name}`"]
    if op.inplace:
        names.append(f"`{op.name}_`")
    for place in op.spaces:
        _, _, other = place.partition(":")
        if other:
            names.append(f"`{place.replace(':', '.')}`")
    value = "yes" if rows else f"see {TESTED_ELSEWHERE[op.name].partition(':')[0]}"
    cells = [" ".join(names), value, first, second, tangent(op, first), batch(op), types(rows), in_pytorch(op, rows)]
    return f"| {' | '.join(cells)} |"


def heading(op):
    """The namespace under which users look for it first."""
    if not op.spaces:
        return "Parts of others"
    space = op.spaces[0].partition(":")[0]
    return "torch" if space in {"torch", "Tensor"} else f"torch.{space}"


def page():
    """The whole page."""
    groups = {}
    for name in sorted(TABLE):
        groups.setdefault(heading(TABLE[name]), []).append(line(TABLE[name]))
    text = [
        HEAD,
        f"{len(TABLE)} operations, {sum(bool(op.formulas) for op in TABLE.values())} of them with derivatives.\n",
    ]
    for title in sorted(groups, key=lambda title: (title == "Parts of others", title)):
        text += [
            f"## {title}\n", "| operation | value | first | second | tangent | batch | types | PyTorch |",
            "|---|---|---|---|---|---|---|---|",
            *groups[title], "",
        ]  # fmt: skip
    return "\n".join(text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{len(TABLE)} operations in {PAGE.name}\n")
