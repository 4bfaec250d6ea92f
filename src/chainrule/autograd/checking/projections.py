"""Products of Jacobians with random vectors, in place of whole Jacobians: fast mode.

Backward passes give `v J`, differences `J u`; compared is the number `v J u`. In forward mode tangents are `J u`. The
vectors are those that PyTorch draws, from a generator of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from chainrule.autograd.checking.jacobians import columns, gradients
from chainrule.autograd.checking.subject import Array
from chainrule.ops.random_creation import rand
from chainrule.random import Generator


class Vectors:
    """`u[i]` for each input: a direction, of a complex input one for each part. `v[o]` for each output: its weights."""

    def __init__(self, variables: list[Any], outputs: list[Any], *, forward: bool = False) -> None:
        generator = Generator()
        self.u: list[Any] = []
        for variable in variables:
            array = variable._array
            if array.dtype.kind == "c":
                self.u.append((_unit(array, generator), _unit(array, generator)))
            else:
                self.u.append(_unit(array, generator))
        self.v = [] if forward else [_unit(output._array, generator) for output in outputs]

    def tolerance(self, atol: float, input: int, output: int | None) -> float:
        """What the product may differ by, where each element of the Jacobian may by `atol`."""
        u = self.u[input]
        total = float(u[0].sum()) + float(u[1].sum()) if isinstance(u, tuple) else float(u.sum())
        return atol * total * (1.0 if output is None else float(self.v[output].sum()))


def _unit(array: Array, generator: Generator) -> Array:
    values: Array = rand(array.size, generator=generator)._array.astype(array.real.dtype)
    with np.errstate(invalid="ignore"):
        values /= np.linalg.norm(values)
    return values


def analytical_products(
    output: Any, vectors: Vectors, number: int, variables: list[Any], part: str | None, nondet_tol: float
) -> tuple[list[Any], bool, bool, bool]:
    """For each input `v J u` of one output by backward passes; whether two passes agree, sizes, types."""
    array = output._array
    seed = vectors.v[number].reshape(array.shape).astype(array.dtype)
    if part == "imaginary" and array.dtype.kind == "c":
        seed = seed * 1j
    passes = [[gradients(output, variables, seed)] for _ in range(2)]
    found, *agreement = columns(passes, variables, nondet_tol)
    products: list[Any] = []
    for column, u in zip(found, vectors.u, strict=True):
        row = column[:, 0]
        products.append(row.real @ u[0] + 1j * (row.imag @ u[1]) if isinstance(u, tuple) else row @ u)
    return products, *agreement  # type: ignore[return-value]
