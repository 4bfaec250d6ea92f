"""Linear equations without a matrix: SciPy's iterations solve them, and their transpose for the derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.engine.grad_mode import no_grad
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.implicit.containers import Unknown
from chainrule.implicit.failures import not_solved
from chainrule.implicit.jacobians import Jacobian
from chainrule.implicit.local_graph import Array
from chainrule.implicit.solutions import solved
from chainrule.implicit.transforms import among, entry_by_entry, own_entry, without_tangents

METHODS = ("cg", "gmres", "bicgstab", "cgs", "lgmres", "gcrotmk", "tfqmr", "minres")
SYMMETRIC = {"cg", "minres"}


def solve(A: Callable[..., Any], b: Any, args: Any = (), method: str = "gmres", **options: Any) -> Any:
    """The `x` for which `A(x, *args)` is `b`, for a linear function `A`, by one of SciPy's iterative methods.

    It has derivatives of every order for `b` and for everything that `A` used and that requires grad, as `root` has.
    The equations of the derivative are solved by the same method with the same options; their function is the transpose
    of `A`, which a backward pass through `A` is.

    - `A`: takes a tensor of the shape of `b` and `args`, and returns one of that shape.
    - `b`: real or complex, of any shape; all of its elements are one system of equations. It may be several
      tensors, in dicts, lists and tuples, as for `root`.
    - `args`: what else `A` is given: a tuple, or the one argument.
    - `method`: `"cg"` (for a symmetric, positive definite `A`), `"gmres"`, `"bicgstab"`, `"cgs"`, `"lgmres"`,
      `"gcrotmk"`, `"tfqmr"`, or `"minres"` (for a symmetric `A`), of `scipy.sparse.linalg`.
    - `options`: as in SciPy: `rtol` (derivatives are no more exact than it is), `atol`, `maxiter`, `x0`, `M`,
      `callback` and so on. Of `M` the adjoint is used for the transposed equations; where it has none, they are solved
      without.

    Raises SolverError where SciPy does not reach the tolerance, ValueError where `A(0)` is not 0.

    >>> import chainrule as torch
    >>> from chainrule import implicit
    >>> shift = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    >>> b = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    >>> x = implicit.solve(lambda v: shift * v + v.flip(0), b, method="cg", rtol=1e-12)
    >>> x.detach()
    tensor([0.0000, 0.5000, 1.0000], dtype=chainrule.float64)
    >>> torch.autograd.grad(x.sum(), shift)
    (tensor(-0.3750, dtype=chainrule.float64),)
    """
    if method not in METHODS:
        raise ValueError(f"solve: method must be one of {', '.join(METHODS)}, got {method!r}")
    unknown = Unknown("solve", b)
    function = unknown.equations(A, args)
    return unknown.apart(entry_by_entry(lambda: [_solution(function, unknown.whole, method, options)])[0])


def _solution(function: Callable[[Any], Any], b: Any, method: str, options: dict[str, Any]) -> Any:
    right = own_entry(b)
    array = right._array
    if array.dtype.kind not in "fc" or array.dtype.itemsize < 4:
        raise TypeError(f"solve: expected b of floating-point or complex numbers, got {right.dtype}")

    def applied(vector: Any) -> Any:
        result = function(vector)
        if not isinstance(result, TensorBase):
            raise TypeError(f"solve: A must return a tensor, got {type(result).__name__}")
        if result._array.shape != array.shape:
            raise ValueError(
                f"solve: A must return a tensor of the shape of b, {array.shape}, got {result._array.shape}"
            )
        return result

    def values(flat: Array) -> Array:
        with no_grad():
            return applied(new_tensor(np.array(flat, array.dtype).reshape(array.shape)))._array.ravel()  # type: ignore[no-any-return]

    from scipy.sparse.linalg import LinearOperator

    operator = LinearOperator((array.size, array.size), matvec=values, dtype=array.dtype)
    with among(without_tangents()):
        if options.get("x0") is not None:
            first = own_entry(Unknown("solve", options["x0"]).whole)
            options = options | {"x0": first._array.astype(array.dtype).ravel()}
        if values(np.zeros(array.size)).any():
            raise ValueError("solve: A is not linear: A(0) is not 0")
        value = _solved(operator, array.ravel(), method, options, "solve").astype(array.dtype, copy=False)
    again = {name: option for name, option in options.items() if name not in {"x0", "callback"}}

    def solver(operator: Any, vector: Array, is_transposed: bool) -> Array:
        given = again
        if is_transposed and method not in SYMMETRIC and again.get("M") is not None:
            given = again | {"M": _adjoint(again["M"])}
        return _solved(operator, vector, method, given, "solve, in the backward pass")

    return solved(
        lambda x: applied(x) - right, value.reshape(array.shape), lambda local: Jacobian(local, 0, solver), "solve"
    )


def _solved(operator: Any, vector: Array, method: str, options: dict[str, Any], what: str) -> Array:
    from scipy.sparse import linalg

    if not vector.any():
        return np.zeros_like(vector)
    solution, info = getattr(linalg, method)(operator, vector, **options)
    if info:
        said = f"the tolerance was not reached in {info} iterations" if info > 0 else f"breakdown, info={info}"
        raise not_solved(what, method, said, solution)
    return np.asarray(solution)


def _adjoint(preconditioner: Any) -> Any:
    from scipy.sparse.linalg import aslinearoperator

    operator = aslinearoperator(preconditioner)
    try:
        operator.rmatvec(np.zeros(operator.shape[0]))
    except NotImplementedError:
        return None
    return operator.adjoint()
