"""Derivatives of high order along one direction, by power series: `jet`, and what is made of it."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from chainrule.engine.power_series import Series, as_tensor, zeros_like
from chainrule.engine.taylor import TaylorLevel
from chainrule.func import series_rules
from chainrule.func.trees import tree_flatten
from chainrule.tensor import Tensor

series_rules.install()


def jet(
    func: Callable[..., Any],
    primals: Sequence[Any],
    series: Sequence[Sequence[Any]],
    *,
    factorial_scaled: bool = True,
) -> tuple[Any, Any]:
    """What `func` gives along curves in its arguments, and the derivatives of that: as `jax.experimental.jet.jet`.

    Each argument is a function of a number t. `primals` are their values at t = 0, and `series` their derivatives by t
    there, from the first on. The result is `func(*primals)`, and for each tensor in it a list of its derivatives by t,
    as many as the longest of the series has. The cost grows with the square of their number, where derivatives of
    derivatives by `grad` or `jvp` grow exponentially.

    Args:
        func: takes tensors, alone or in containers, and gives tensors, alone or in containers.
        primals: its arguments.
        series: for each argument a sequence of terms of its structure and shapes (numbers stand for constant tensors);
            terms left out are zero.
        factorial_scaled: the terms are derivatives; else the coefficients of t**k: k! times smaller.

    Raises ValueError where primals and series do not fit, or a primal is not a tensor of floating-point or complex
    numbers.

    >>> import chainrule as torch
    >>> value, (first, second) = torch.func.jet(torch.sin, (torch.tensor(1.0),), ((1.0, 0.0),))
    >>> value, first, second
    (tensor(0.8415), tensor(0.5403), tensor(-0.8415))
    >>> torch.func.jet(lambda x: x**3, [torch.tensor(2.0)], [[1.0, 0.0, 0.0]])[1]
    [tensor(12.), tensor(12.), tensor(6.)]
    """
    if len(primals) != len(series):
        raise ValueError(
            f"jet: expected a series for each primal, but got {len(primals)} primals, {len(series)} series"
        )
    order = max((len(terms) for terms in series), default=0)
    level = TaylorLevel(order)
    carried: list[list[Any]] = []
    structures = []
    for primal, terms in zip(primals, series, strict=True):
        leaves, structure = tree_flatten(primal)
        columns: list[list[Any]] = [[] for _ in leaves]
        for k, term in enumerate(terms, 1):
            for column, leaf, part in zip(columns, leaves, structure.flatten_up_to(term), strict=True):
                column.append(_coefficient(level, leaf, part, math.factorial(k) if factorial_scaled else 1))
        carried.append([_with_series(level, leaf, column) for leaf, column in zip(leaves, columns, strict=True)])
        structures.append(structure)
    with level.entered():
        result = func(*[s.unflatten(leaves) for s, leaves in zip(structures, carried, strict=True)])
    outputs, structure = tree_flatten(result)
    values = [level.without(output) for output in outputs]
    found = [_terms(level, output, factorial_scaled) for output in outputs]
    return structure.unflatten(values), structure.unflatten(found)


def _coefficient(level: TaylorLevel, primal: Any, term: Any, factorial: int) -> Any:
    # A term of a series as the coefficient that the level carries.
    if not isinstance(primal, Tensor) or primal._array.dtype.kind not in "fc":
        kind = primal.dtype if isinstance(primal, Tensor) else type(primal)
        raise ValueError(f"jet: expected primals to be tensors of floating-point or complex numbers, but got {kind}")
    if not isinstance(term, (Tensor, np.ndarray)):
        if not term:
            return None
        term = np.full(primal._array.shape, term, primal._array.dtype)
    if tuple(term.shape) != tuple(primal.shape):
        raise ValueError(
            f"jet: expected the terms of a series to have the shape of their primal, {list(primal.shape)}, but got "
            f"{list(term.shape)}"
        )
    if isinstance(term, Tensor):
        term = level.plain(term if term._array.dtype == primal._array.dtype else term.astype(primal._array.dtype))
    else:
        term = term.astype(primal._array.dtype)
    return term if factorial == 1 else term / factorial


def _with_series(level: TaylorLevel, primal: Any, coefficients: list[Any]) -> Any:
    if not isinstance(primal, Tensor) or not coefficients:
        return primal
    carrying = primal.clone()
    level.attach(carrying, Series(None, coefficients))
    return carrying


def _terms(level: TaylorLevel, output: Any, factorial_scaled: bool) -> list[Any]:
    found = []
    for k in range(1, level.order + 1):
        term = level.coefficient(output, k)
        if term is None:
            found.append(as_tensor(zeros_like(output)) if isinstance(output, Tensor) else 0)
        else:
            factor = math.factorial(k) if factorial_scaled else 1
            found.append(term * factor if isinstance(term, Tensor) else as_tensor(np.multiply(term, factor, order="C")))
    return found


def derivative(func: Callable[..., Any], order: int = 1) -> Callable[..., Any]:
    """A function that gives the derivative of order `order` of `func`, a function of one number.

    `func` may give tensors of any shape, alone or in containers. Given a tensor of many numbers, the function gives the
    derivative of `func(x + t)` by t: for a `func` that works element by element that of every element. Further
    arguments are constants.

    Raises ValueError where `order` is negative or no integer.

    >>> import chainrule as torch
    >>> torch.func.derivative(torch.sin, 3)(torch.tensor(0.0))
    tensor(-1.)
    >>> torch.func.derivative(lambda x: x**4, 2)(torch.tensor([1.0, 2.0]))
    tensor([12., 48.])
    """
    _check_order("derivative", order)

    @functools.wraps(func)
    def differentiated(x: Any, *args: Any, **kwargs: Any) -> Any:
        return _last_term(lambda x: func(x, *args, **kwargs), (x,), (1.0,), order)

    return differentiated


def directional_derivative(func: Callable[..., Any], primals: Any, tangents: Any, order: int = 1) -> Any:
    """The derivative of order `order` of `func` in a direction: that of `func(*(primals + t * tangents))` by t.

    Args:
        func: takes tensors, alone or in containers, and gives tensors, alone or in containers.
        primals: a tuple of its arguments, as in `jvp`.
        tangents: the direction, of the same structure; numbers stand for constant tensors.
        order: 1 gives what `jvp` gives, 2 the product of the Hessian with the direction on both sides, and so on.

    Raises ValueError where tangents do not fit, or `order` is negative or no integer.

    >>> import chainrule as torch
    >>> x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 1.0])
    >>> torch.func.directional_derivative(lambda x: x.prod() ** 2, (x,), (v,), 2)
    tensor(26.)
    """
    _check_order("directional_derivative", order)
    return _last_term(func, primals, tangents, order)


def _check_order(name: str, order: Any) -> None:
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ValueError(f"{name}: expected order to be an integer from 0 on, but got {order!r}")


def _last_term(func: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any], order: int) -> Any:
    if not order:
        return func(*primals)
    nothing = [_zeros_of(primal) for primal in primals]
    series = [
        [tangent] + [zeros] * (order - 1) for tangent, zeros in zip(_spread(primals, tangents), nothing, strict=True)
    ]
    value, terms = jet(func, primals, series)
    structure = tree_flatten(value)[1]
    return structure.unflatten([each[-1] for each in structure.flatten_up_to(terms)])


def _spread(primals: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    if len(primals) != len(tangents):
        raise ValueError(
            f"directional_derivative: expected a tangent for each primal, but got {len(primals)} primals, "
            f"{len(tangents)} tangents"
        )
    return [
        tree_flatten(p)[1].unflatten(tree_flatten(p)[1].flatten_up_to(t))
        for p, t in zip(primals, tangents, strict=True)
    ]


def _zeros_of(tree: Any) -> Any:
    leaves, structure = tree_flatten(tree)
    return structure.unflatten([0] * len(leaves))
