"""Derivatives as `scipy.sparse.linalg.LinearOperator`s: products with vectors, and no matrix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule import autograd
from chainrule.autograd.sparse_derivatives import gradient_of
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.tensor_base import new_tensor
from chainrule.ops.creation import zeros_like
from chainrule.scipy.recording import recorded_call, require_one_element, variable


def linear_operator(fun: Callable[..., Any], x: Any, *args: Any) -> Any:
    """The Jacobian of `fun(x, *args)` at `x` as a `LinearOperator`: for `gmres`, `lsmr`, `svds` and their like.

    `matvec` is the product with a vector of the input's elements, `rmatvec` that from the left. The function is called
    once; each product is one pass through what it recorded.

    >>> import chainrule
    >>> J = chainrule.scipy.linear_operator(lambda x: x**2, np.array([1.0, 2.0]))
    >>> J.shape, J @ np.array([1.0, 1.0]), J.T @ np.array([1.0, 0.0])
    ((2, 2), array([2., 4.]), array([2., 0.]))
    """
    input = variable(x, "linear_operator")
    output = recorded_call(fun, (input, *args), "linear_operator")
    return linear_operator_of(output, input)


def hessian_operator(fun: Callable[..., Any], x: Any, *args: Any) -> Any:
    """The Hessian of `fun(x, *args)`, one number, at `x` as a `LinearOperator`: for `cg`, `eigsh` and their like.

    >>> import chainrule
    >>> H = chainrule.scipy.hessian_operator(lambda x: (x**3).sum(), np.array([1.0, 2.0]))
    >>> H @ np.array([1.0, 1.0])
    array([ 6., 12.])
    """
    input = variable(x, "hessian_operator")
    output = require_one_element(recorded_call(fun, (input, *args), "hessian_operator"), "hessian_operator")
    return hessian_operator_of(output, input)


def linear_operator_of(output: Any, input: Any) -> Any:
    """The derivative of a recorded output for its input, a leaf."""
    from scipy.sparse.linalg import LinearOperator

    shape = output._array.size, input._array.size
    if not output.requires_grad:
        return LinearOperator(
            shape, dtype=input._array.dtype, matvec=lambda v: np.zeros(shape[0]), rmatvec=lambda v: np.zeros(shape[1])
        )
    transposed: list[Any] = []

    def from_the_right(vector: Any) -> Any:
        if not transposed:
            # The product from the left is linear in its vector: its derivative is the product from the right.
            with enable_grad():
                weights = zeros_like(output, requires_grad=True)
                transposed.extend([weights, *_products(output, input, weights, create_graph=True)])
        weights, product = transposed
        return _flat(_products(product, weights, _like(vector, input))[0])

    def from_the_left(vector: Any) -> Any:
        return _flat(_products(output, input, _like(vector, output))[0])

    return LinearOperator(shape, dtype=output._array.dtype, matvec=from_the_right, rmatvec=from_the_left)


def hessian_operator_of(output: Any, input: Any) -> Any:
    """The second derivative of a recorded output of one element for its input, a leaf."""
    from scipy.sparse.linalg import LinearOperator

    with enable_grad():
        (slope,) = gradient_of(output, (input,))
    size = input._array.size

    def product(vector: Any) -> Any:
        return _flat(_products(slope, input, _like(vector, input))[0])

    return LinearOperator((size, size), dtype=input._array.dtype, matvec=product, rmatvec=product)


def _products(output: Any, input: Any, vector: Any, *, create_graph: bool = False) -> tuple[Any, ...]:
    if not output.requires_grad:
        return (zeros_like(input),)
    return autograd.grad(
        output,
        (input,),
        vector,
        retain_graph=True,
        create_graph=create_graph,
        allow_unused=True,
        materialize_grads=True,
    )


def _like(vector: Any, tensor: Any) -> Any:
    array = tensor._array
    return new_tensor(np.array(vector, array.dtype).reshape(array.shape))


def _flat(tensor: Any) -> Any:
    return tensor.detach()._array.reshape(-1)
