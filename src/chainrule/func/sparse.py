"""Jacobians and Hessians as SciPy's sparse arrays: the pattern is found from the graph, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.interpreters import levels
from chainrule.func.arguments import Argnums, positions, refuse_complex, replaced, require_tensors, selected
from chainrule.func.trees import tree_flatten

if TYPE_CHECKING:
    from chainrule.autograd.sparse_derivatives import Patterns
    from chainrule.autograd.sparsity.compression import Compression


class SparseJacobian:
    """A function that gives the sparse Jacobian of another; made by `sparse_jacobian`."""

    _name = "sparse_jacobian"

    def __init__(self, func: Callable[..., Any], argnums: Argnums, *, pattern: Any, symmetric: bool = False) -> None:
        self._func = func
        self._argnums = argnums
        from chainrule.autograd.sparse_derivatives import Patterns  # whoever needs no sparse derivative need not wait

        self._patterns: Patterns = Patterns(symmetric=symmetric, given=pattern)
        self.__doc__ = getattr(func, "__doc__", None)
        self.__name__ = getattr(func, "__name__", type(func).__name__)

    @property
    def passes(self) -> int:
        """How many products with vectors the last call has taken: the number of colours.

        >>> import chainrule as torch
        >>> jacobian = torch.func.sparse_jacobian(lambda x: x[1:] - x[:-1])
        >>> jacobian(torch.zeros(100)).shape, jacobian.passes
        ((99, 100), 2)
        """
        return self._last().passes

    @property
    def pattern(self) -> Any:
        """Where the last call's result may be other than zero: a sparse array of booleans.

        The rows are the elements of all outputs one after another, the columns those of all inputs.

        >>> import chainrule as torch
        >>> jacobian = torch.func.sparse_jacobian(lambda x: x[:2] * x[2])
        >>> _ = jacobian(torch.ones(3))
        >>> jacobian.pattern.toarray().astype(int)
        array([[1, 0, 1],
               [0, 1, 1]])
        """
        from scipy.sparse import csr_array

        last = self._last()
        return csr_array((np.ones(len(last.columns), np.bool_), last.columns.copy(), last.starts.copy()), last.shape)

    @property
    def searches(self) -> int:
        """How often a pattern had to be found: once, but where the graph has changed since."""
        return self._patterns.searches

    def _last(self) -> Compression:
        if self._patterns.last is None:
            raise RuntimeError(f"{self._name}: call it first; the pattern is found with the first argument")
        return self._patterns.last

    def __call__(self, *args: Any) -> Any:
        """The derivative at these arguments."""
        blocks, in_structure, out_structure = self._found(args)
        return out_structure.unflatten([in_structure.unflatten(row) for row in blocks])

    def _found(self, args: tuple[Any, ...]) -> tuple[list[list[Any]], Any, Any]:
        # For each tensor of the outputs the derivatives for those of the inputs, and the structures of both.
        if levels():
            raise RuntimeError(
                f"{self._name} gives arrays of SciPy, which other transforms do not see: call it outside of them"
            )
        argnums = positions(self._argnums, len(args))
        given, in_structure = tree_flatten(selected(args, argnums))
        refuse_complex(self._name, args, "inputs")
        require_tensors(given, self._name)
        with enable_grad():
            inputs = tuple([each.detach().requires_grad_() for each in given])
            result = self._func(*replaced(args, argnums, in_structure.unflatten(list(inputs))))
            outputs, out_structure = tree_flatten(result)
            require_tensors(outputs, self._name)
            refuse_complex(self._name, outputs, "outputs")
            return self._blocks(tuple(outputs), inputs), in_structure, out_structure

    def _blocks(self, outputs: tuple[Any, ...], inputs: tuple[Any, ...]) -> list[list[Any]]:
        from chainrule.autograd.sparse_derivatives import sparse_blocks

        return sparse_blocks(outputs, inputs, self._patterns)


class SparseHessian(SparseJacobian):
    """A function that gives the sparse Hessian of another; made by `sparse_hessian`."""

    _name = "sparse_hessian"

    def __call__(self, *args: Any) -> Any:
        """The derivative at these arguments."""
        blocks, structure, _ = self._found(args)
        return structure.unflatten([structure.unflatten(row) for row in blocks])

    def _blocks(self, outputs: tuple[Any, ...], inputs: tuple[Any, ...]) -> list[list[Any]]:
        from chainrule.autograd.sparse_derivatives import gradient_of, sparse_blocks

        if len(outputs) != 1 or outputs[0].numel() != 1:
            shapes = ", ".join(str(tuple(output.shape)) for output in outputs)
            raise RuntimeError(f"sparse_hessian: expected a function of one element, got outputs of shape {shapes}")
        return sparse_blocks(gradient_of(outputs[0], inputs), inputs, self._patterns)


def sparse_jacobian(func: Callable[..., Any], argnums: Argnums = 0, *, pattern: Any = None) -> SparseJacobian:
    """A function that gives the Jacobian of `func` as a sparse array (`scipy.sparse.csr_array`).

    Which elements it may have is read from the recorded graph, once for each graph of another shape; then a call takes
    as many passes as the pattern has colours, three for a tridiagonal Jacobian of any size. Rows are the elements of
    the output, columns those of the argument, both counted row by row. Zeros that the pattern has are kept, so all
    results have the same pattern.

    Args:
        func: takes real tensors, alone or in containers, and gives real tensors, alone or in containers.
        argnums: the argument that is differentiated, by its number; a tuple for several.
        pattern: a sparse array or a matrix of booleans, in place of what would be found: for operations of which
            nothing is known but that everything may depend on everything, such as a custom function. Each call is
            checked with a random vector, and raises RuntimeError where entries are missing.

    Outputs or arguments with several tensors give an array for each pair, nested as `jacrev` has it. MemoryError is
    raised where the pattern has too many places.

    >>> import chainrule as torch
    >>> jacobian = torch.func.sparse_jacobian(lambda x: x[1:] * x[:-1])
    >>> jacobian(torch.tensor([1.0, 2.0, 3.0])).toarray()
    array([[2., 1., 0.],
           [0., 3., 2.]], dtype=float32)
    """
    return SparseJacobian(func, argnums, pattern=pattern)


def sparse_hessian(func: Callable[..., Any], argnums: Argnums = 0, *, pattern: Any = None) -> SparseHessian:
    """A function that gives the Hessian of `func`, whose result has one element, as a sparse array.

    The arguments and the result are those of `sparse_jacobian`, of the gradient; since a Hessian is symmetric, fewer
    colours may do. For several tensors the result is nested twice as the argument is.

    >>> import chainrule as torch
    >>> hessian = torch.func.sparse_hessian(lambda x: (x[1:] * x[:-1] ** 2).sum())
    >>> hessian(torch.tensor([1.0, 2.0, 3.0])).toarray()
    array([[4., 2., 0.],
           [2., 6., 4.],
           [0., 4., 0.]], dtype=float32)
    """
    return SparseHessian(func, argnums, pattern=pattern, symmetric=True)
