"""What `scipy.optimize.minimize` takes beside a function and a starting point."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from chainrule.autograd.sparse_derivatives import Patterns, gradient_of
from chainrule.engine.grad_mode import enable_grad
from chainrule.scipy.operators import hessian_operator_of
from chainrule.scipy.recording import gradient_array, matrix, recorded_call, require_one_element, variable

# Methods of `minimize` that use no gradient, and those that use second derivatives, in this form; they warn of others.
WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}
HESSIAN_OF_METHOD = {
    "newton-cg": "product",
    "trust-ncg": "product",
    "trust-krylov": "product",
    "trust-constr": "sparse",
    "dogleg": "dense",
    "trust-exact": "dense",
}

HESSIANS = ("none", "product", "dense", "sparse", "operator")


class Derivatives(Mapping[str, Any]):
    """The derivatives of a function, as keyword arguments for `scipy.optimize.minimize`; made by `derivatives`.

    `fun` is the function itself, for arrays: its graph is kept, so that the derivatives at the same point need not call
    it again.
    """

    def __init__(self, fun: Callable[..., Any], method: str | None, hess: str | None) -> None:
        self._function = fun
        self._patterns = Patterns(symmetric=True)
        self._call: _Call | None = None
        self._arguments: dict[str, Any] = {}
        known = "" if method is None else method.lower()
        self._form = HESSIAN_OF_METHOD.get(known, "none") if hess is None else hess
        if method is not None:
            self._arguments["method"] = method
        if known not in WITHOUT_GRADIENT:
            self._arguments["jac"] = self.jac
        if self._form == "product":
            self._arguments["hessp"] = self.hessp
        elif self._form != "none":
            self._arguments["hess"] = self.hess

    def fun(self, x: Any, *args: Any) -> float:
        """The value at `x`."""
        return float(self._at(x, args).output.item())

    def jac(self, x: Any, *args: Any) -> Any:
        """The gradient at `x`, an array."""
        call = self._at(x, args)
        if call.gradient is None:
            call.gradient = gradient_array(call.output, call.input, keep_graph=True)
        return call.gradient.copy()

    def hess(self, x: Any, *args: Any) -> Any:
        """The Hessian at `x`, in the form that was asked for."""
        call = self._at(x, args)
        if self._form == "operator":
            return call.operator()
        with enable_grad():
            (slope,) = gradient_of(call.output, (call.input,))
        return matrix(slope, call.input, self._patterns, self._form)

    def hessp(self, x: Any, p: Any, *args: Any) -> Any:
        """The product of the Hessian at `x` with `p`."""
        call = self._at(x, args)
        return call.operator().matvec(np.asarray(p).reshape(-1)).reshape(call.input._array.shape)

    def _at(self, x: Any, args: tuple[Any, ...]) -> _Call:
        call = self._call
        if call is None or not call.is_for(x, args):
            call = self._call = _Call(self._function, x, args)
        return call

    def __getitem__(self, name: str) -> Any:
        return self._arguments[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arguments)

    def __len__(self) -> int:
        return len(self._arguments)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self._arguments)})"


class _Call:
    # One call of the function: what it was called with, its recorded result, and what was computed from it.

    def __init__(self, fun: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> None:
        self.x = np.array(x)
        self.args = args
        self.input = variable(x, "derivatives")
        self.output = require_one_element(recorded_call(fun, (self.input, *args), "derivatives"), "derivatives")
        self.gradient: Any = None
        self._operator: Any = None

    def is_for(self, x: Any, args: tuple[Any, ...]) -> bool:
        same = len(args) == len(self.args) and all(a is b for a, b in zip(args, self.args, strict=True))
        return same and np.array_equal(self.x, x)

    def operator(self) -> Any:
        if self._operator is None:
            self._operator = hessian_operator_of(self.output, self.input)
        return self._operator


def derivatives(fun: Callable[..., Any], *, method: str | None = None, hess: str | None = None) -> Derivatives:
    """The derivatives of `fun`, as keyword arguments for `scipy.optimize.minimize`.

    Without `method` and `hess` that is the gradient, `jac`; with a `method`, whatever this method of `minimize` uses,
    and the method.

    Args:
        fun: as `minimize` takes it: `fun(x, *args)` gives one number. It is called with a tensor here, and with an
            array by SciPy. One that works on tensors alone is given to SciPy as `d.fun`, where `d` is the result; that
            also saves a call for each derivative.
        method: a method of `minimize`.
        hess: the form of the second derivative, where it is to be another: `"none"`, `"product"` (as `hessp`),
            `"dense"`, `"sparse"` or `"operator"` (as `hess`). Dense ones too need only as many passes as the pattern
            has colours.

    >>> import scipy.optimize, chainrule
    >>> def rosenbrock(x):
    ...     return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
    >>> exact = chainrule.scipy.derivatives(rosenbrock, method="trust-exact")
    >>> result = scipy.optimize.minimize(rosenbrock, np.zeros(100), **exact)
    >>> result.success, bool(abs(result.x - 1).max() < 1e-6)
    (True, True)
    """
    if hess is not None and hess not in HESSIANS:
        raise ValueError(f"derivatives: hess must be one of {', '.join(map(repr, HESSIANS))}, not {hess!r}")
    return Derivatives(fun, method, hess)
