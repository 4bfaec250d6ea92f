"""Jacobians, Hessians and their products with vectors, of any function of tensors.

All of it is made of `autograd.grad`: a row of a Jacobian is the gradient for one element of the output, and a product
of the Jacobian with a vector from the right is the derivative of the product from the left, which is linear in its own
vector (the "double backward trick").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule import autograd
from chainrule.autograd.gradient_edges import engine_edge
from chainrule.autograd.jacobian_batches import gradient_by_recording, jacobian_by_tangents, rows_in_one_batch
from chainrule.engine.batched import gradients_of_rows
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import enable_grad, set_grad_enabled
from chainrule.engine.tensor_base import new_tensor
from chainrule.names import public_name
from chainrule.ops.creation import zeros_like
from chainrule.ops.joining import stack
from chainrule.tensor import Tensor

__all__ = ["vjp", "jvp", "jacobian", "hessian", "hvp", "vhp"]

# A Tensor's methods come from the table, where a type checker does not see them: hence Any for each.
Tensors = tuple[Any, ...]

# What strict mode says; {i} is the place of an input or output.
OUTPUT_WITHOUT_GRAD = (
    "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a"
    " differentiable manner from the input when running in strict mode."
)
OUTPUT_INDEPENDENT = (
    "The output of the user-provided function is independent of input {i}. This is not allowed in strict mode."
)
GRADIENT_CONSTANT = (
    "The gradient with respect to input {i} is independent of the inputs of the user-provided function. This is not"
    " allowed in strict mode."
)
GRADIENT_WITHOUT_ENTRY = (
    "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the double"
    " backward trick to compute forward mode gradients. This is not allowed in strict mode."
)
OUTPUT_INDEPENDENT_OF_INPUT = (
    "Output {i} of the user-provided function is independent of input {j}. This is not allowed in strict mode."
)
JACOBIAN_INDEPENDENT = (
    "The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode."
)
JACOBIAN_CONSTANT = (
    "The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict mode when"
    " create_graph=True."
)
JACOBIAN_IN_HESSIAN_CONSTANT = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {i} is"
    " independent of the input. This is not allowed in strict mode. You should ensure that your function is twice"
    " differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for"
    " example)."
)
HESSIAN_WITHOUT_ENTRY = (
    "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. This is not allowed"
    " in strict mode as it prevents from using the double backward trick to replace forward mode AD."
)
HESSIAN_CONSTANT = (
    "The hessian of the user-provided function is independent of input {i}. This is not allowed in strict mode when"
    " create_graph=True."
)


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)` and the product of `v` with the Jacobian of `func` there, shaped as the inputs.

    Args:
        func: takes tensors, returns a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        v: shaped as the outputs; may be left out where these are a single element.
        create_graph: make both results differentiable.
        strict: raise where an output does not depend on an input, instead of giving zeros.

    >>> import chainrule as torch
    >>> torch.autograd.functional.vjp(lambda x: x.exp().sum(1), torch.zeros(2, 2), torch.tensor([1.0, 3.0]))
    (tensor([2., 2.]), tensor([[1., 1.],
            [3., 3.]]))
    """
    with enable_grad():
        inputs_are_tuple, inputs = _as_tensors(inputs, "inputs", "vjp")
        inputs = _apart_from_the_graph(inputs, create_graph, requires_grad=True)
        outputs_are_tuple, outputs = _call(func, inputs, "vjp", strict)
        if v is None:
            if len(outputs) != 1 or outputs[0].nelement() != 1:
                raise RuntimeError(
                    "The vector v can only be None if the user-provided function returns a single Tensor with a single"
                    " element."
                )
            vectors = None
        else:
            vectors = _vectors(v, outputs, outputs_are_tuple, "vjp", create_graph)

    with set_grad_enabled(create_graph or is_grad_enabled()):
        grads = _grad(outputs, inputs, vectors, create_graph)
        product = _with_zeros(grads, inputs, strict, OUTPUT_INDEPENDENT, create_graph, JACOBIAN_CONSTANT)
    return _given_back(outputs, create_graph, outputs_are_tuple), _given_back(product, create_graph, inputs_are_tuple)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)` and the product of its Jacobian there with `v`, shaped as the outputs.

    Args:
        func: takes tensors, returns a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        v: shaped as the inputs; may be left out where these are a single element.
        create_graph: make both results differentiable.
        strict: raise where an output does not depend on an input, instead of giving zeros.

    >>> import chainrule as torch
    >>> x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    >>> torch.autograd.functional.jvp(lambda x: x * x, x, v)
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        inputs_are_tuple, inputs = _as_tensors(inputs, "inputs", "jvp")
        inputs = _apart_from_the_graph(inputs, create_graph, requires_grad=True)
        vectors = _input_vectors(v, inputs, inputs_are_tuple, "jvp", create_graph)
        outputs_are_tuple, outputs = _call(func, inputs, "jvp", strict)
        # The gradient is linear in what comes in from the outputs: its derivative is the same everywhere, also at 0.
        entries = tuple(zeros_like(output, requires_grad=True) for output in outputs)
        grads = _grad(outputs, inputs, entries, create_graph=True)
        _check_depends(grads, strict, GRADIENT_CONSTANT)

    with set_grad_enabled(create_graph or is_grad_enabled()):
        products = _grad(grads, entries, vectors, create_graph)
        product = _with_zeros(products, outputs, strict, GRADIENT_WITHOUT_ENTRY, create_graph, JACOBIAN_CONSTANT)
    return _given_back(outputs, create_graph, outputs_are_tuple), _given_back(product, create_graph, outputs_are_tuple)


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
    *,
    sparse: bool = False,
) -> Any:
    """Return the derivatives of all elements of the outputs of `func` for all elements of its inputs.

    For one input and one output this is one tensor, of the output's shape followed by the input's. Where one of the two
    is a tuple, so is the result; where both are, `jacobian[i][j]` belongs to output `i` and input `j`.

    Args:
        func: takes tensors, returns a tensor or a tuple of tensors.
        inputs: a tensor or a tuple of tensors.
        create_graph: make the result differentiable.
        strict: raise where an output does not depend on an input, instead of giving zeros.
        vectorize: all rows at once, by batching. Without `create_graph` they are computed so anyway, wherever that
            gives the same.
        strategy: `"reverse-mode"`, or `"forward-mode"` for more outputs than inputs; that needs `vectorize`, and
            neither `create_graph` nor `strict`.
        sparse: give `scipy.sparse.csr_array`s, whose rows are the elements of an output and whose columns those of an
            input, both counted row by row. The pattern is found from the graph and kept with the function; each call
            takes as many passes as it has colours (see `func.sparse_jacobian`).

    >>> import chainrule as torch
    >>> torch.autograd.functional.jacobian(lambda x: 2 * x.exp() + x.sum(), torch.zeros(2))
    tensor([[3., 1.],
            [1., 3.]])
    """
    if sparse:
        return _sparse_jacobian(func, inputs, create_graph, strict)
    if strategy == "forward-mode":
        _refuse_forward_mode(create_graph, strict, vectorize)
        return _jacobian_by_forward_mode(func, inputs)
    if strategy != "reverse-mode":
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs'
            ' than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    with enable_grad():
        inputs_are_tuple, inputs = _as_tensors(inputs, "inputs", "jacobian")
        inputs = _apart_from_the_graph(inputs, create_graph, requires_grad=True)
        outputs_are_tuple, outputs = _call(func, inputs, "jacobian", strict)
        if vectorize and strict:
            raise RuntimeError(
                f"{public_name()}.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported"
                " together. Please either set `strict=False` or `vectorize=False`."
            )
        if vectorize and create_graph:
            blocks = rows_in_one_batch(outputs, inputs, create_graph)
            rows = [_given_back(row, create_graph, inputs_are_tuple) for row in blocks]
            return tuple(rows) if outputs_are_tuple else rows[0]
        rows = []
        for i, output in enumerate(outputs):
            if not vectorize:
                _refuse_complex(output)
            missing = OUTPUT_INDEPENDENT_OF_INPUT.format(i=i, j="{i}")
            row = _jacobian_of_one(output, inputs, create_graph, strict, missing)
            rows.append(_given_back(row, create_graph, inputs_are_tuple))
    return tuple(rows) if outputs_are_tuple else rows[0]


def _jacobian_of_one(output: Any, inputs: Tensors, create_graph: bool, strict: bool, missing: str) -> Tensors:
    shapes = [output.shape + input.shape for input in inputs]
    if output.nelement() and not create_graph:
        found = _all_rows(output, inputs)
        if found is not None:
            for i, gradients in enumerate(found if strict else ()):
                if gradients is None:
                    raise RuntimeError(missing.format(i=i))
            return tuple(
                input.new_zeros(shape) if gradients is None else new_tensor(gradients.reshape(shape))
                for input, gradients, shape in zip(inputs, found, shapes, strict=True)
            )
    rows = []
    for j in range(output.nelement()):
        unit = output.new_zeros(output.nelement())
        unit[j] = 1
        grads = _grad((output,), inputs, (unit.view(output.shape),), create_graph, retain_graph=True)
        row = _with_zeros(grads, inputs, strict, missing, create_graph, JACOBIAN_CONSTANT)
        rows.append(row)
    if not rows:
        return tuple(input.new_zeros(shape) for input, shape in zip(inputs, shapes, strict=True))
    return tuple(
        stack(column, dim=0).view(shape) for column, shape in zip(zip(*rows, strict=True), shapes, strict=True)
    )


def _sparse_jacobian(func: Callable[..., Any], inputs: Any, create_graph: bool, strict: bool) -> Any:
    from chainrule.autograd.sparse_derivatives import patterns_of, sparse_blocks

    _refuse_graph_of_sparse("jacobian", create_graph)
    with enable_grad():
        inputs_are_tuple, inputs = _as_tensors(inputs, "inputs", "jacobian")
        inputs = _apart_from_the_graph(inputs, False, requires_grad=True)
        outputs_are_tuple, outputs = _call(func, inputs, "jacobian", strict)
        for output in outputs:
            _refuse_complex(output)
        rows = sparse_blocks(outputs, inputs, patterns_of(func, symmetric=False))
    for i, row in enumerate(rows if strict else ()):
        for j, block in enumerate(row):
            if not block.nnz:
                raise RuntimeError(OUTPUT_INDEPENDENT_OF_INPUT.format(i=i, j=j))
    found = [tuple(row) if inputs_are_tuple else row[0] for row in rows]
    return tuple(found) if outputs_are_tuple else found[0]


def _refuse_graph_of_sparse(name: str, create_graph: bool) -> None:
    if create_graph:
        raise ValueError(
            f"{name}: `sparse=True` gives arrays of SciPy, which no derivative goes through: please set"
            " `create_graph=False`"
        )


def _all_rows(output: Any, inputs: Tensors) -> list[Any] | None:
    # The rows of a Jacobian computed together; None where each needs a backward pass of its own.
    if not output.requires_grad:
        return [None] * len(inputs)
    return gradients_of_rows(engine_edge(output), output._array.shape, output._array.dtype, inputs)


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
    *,
    sparse: bool = False,
) -> Any:
    """Return the second derivatives of `func`, which gives a single element, for all elements of its inputs.

    For one input this is one tensor, of the input's shape twice over; for a tuple, `hessian[i][j]` belongs to inputs
    `i` and `j`.

    Args:
        func: takes tensors, returns a tensor with a single element.
        inputs: a tensor or a tuple of tensors.
        create_graph: make the result differentiable.
        strict: raise where the output or its gradient does not depend on an input, instead of giving zeros.
        vectorize: all rows at once, by batching. Without `create_graph` they are computed so anyway, wherever that
            gives the same.
        outer_jacobian_strategy: how the gradient is differentiated, as `strategy` of `jacobian`.
        sparse: give `scipy.sparse.csr_array`s, as in `jacobian`; a symmetric pattern often has fewer colours.

    >>> import chainrule as torch
    >>> torch.autograd.functional.hessian(lambda x: x.pow(3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    inputs_are_tuple, inputs = _as_tensors(inputs, "inputs", "hessian")
    if sparse:
        found = _sparse_hessian(func, inputs, create_graph, strict)
        return found if inputs_are_tuple else found[0][0]
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def value(*inputs: Any) -> Any:
        is_tuple, outputs = _call(func, inputs, "hessian", strict)
        _check_one_element(outputs, is_tuple, "hessian")
        return outputs[0]

    if outer_jacobian_strategy == "forward-mode":
        _refuse_forward_mode(create_graph, strict, vectorize)
        rows = _jacobian_by_forward_mode(lambda *inputs: gradient_by_recording(value, inputs), inputs)
        return rows if inputs_are_tuple else rows[0][0]

    def gradient(*inputs: Any) -> Tensors:
        inputs = _apart_from_the_graph(inputs, create_graph=True, requires_grad=True)
        is_tuple, outputs = _call(func, inputs, "hessian", strict)
        _check_one_element(outputs, is_tuple, "hessian")
        _refuse_complex(outputs[0])
        grads = _grad(outputs, inputs, None, create_graph=True)
        grads = _with_zeros(grads, inputs, False, OUTPUT_INDEPENDENT, True, JACOBIAN_CONSTANT)
        _check_depends(grads, strict, JACOBIAN_IN_HESSIAN_CONSTANT)
        return grads

    rows = jacobian(gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return rows if inputs_are_tuple else rows[0][0]


def _sparse_hessian(func: Callable[..., Any], inputs: Tensors, create_graph: bool, strict: bool) -> Any:
    from chainrule.autograd.sparse_derivatives import gradient_of, patterns_of, sparse_blocks

    _refuse_graph_of_sparse("hessian", create_graph)
    with enable_grad():
        inputs = _apart_from_the_graph(inputs, False, requires_grad=True)
        is_tuple, outputs = _call(func, inputs, "hessian", strict)
        _check_one_element(outputs, is_tuple, "hessian")
        _refuse_complex(outputs[0])
        grads = gradient_of(outputs[0], inputs)
        _check_depends(grads, strict, JACOBIAN_IN_HESSIAN_CONSTANT)
        return tuple(tuple(row) for row in sparse_blocks(grads, inputs, patterns_of(func, symmetric=True)))


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)`, a single element, and the product of `v` with its Hessian there, shaped as the inputs.

    Args:
        func: takes tensors, returns a tensor with a single element.
        inputs: a tensor or a tuple of tensors.
        v: shaped as the inputs; may be left out where these are a single element.
        create_graph: make both results differentiable.
        strict: raise where the output or its gradient does not depend on an input, instead of giving zeros.

    >>> import chainrule as torch
    >>> x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    >>> torch.autograd.functional.vhp(lambda x: x.pow(3).sum(), x, v)
    (tensor(9.), tensor([  6., 120.]))
    """
    with enable_grad():
        inputs_are_tuple, inputs, vectors, output, grads = _scalar_and_gradient(
            func, inputs, v, "vhp", create_graph, strict
        )

    with set_grad_enabled(create_graph or is_grad_enabled()):
        products = _grad(grads, inputs, vectors, create_graph)
        product = _with_zeros(products, inputs, strict, JACOBIAN_INDEPENDENT, create_graph, HESSIAN_CONSTANT)
    return _given_back((output,), create_graph, False), _given_back(product, create_graph, inputs_are_tuple)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """Return `func(*inputs)`, a single element, and the product of its Hessian there with `v`, shaped as the inputs.

    Where second derivatives are continuous this is what `vhp` gives, with one backward walk more.

    Args:
        func: takes tensors, returns a tensor with a single element.
        inputs: a tensor or a tuple of tensors.
        v: shaped as the inputs; may be left out where these are a single element.
        create_graph: make both results differentiable.
        strict: raise where the output or its gradient does not depend on an input, instead of giving zeros.

    >>> import chainrule as torch
    >>> x, v = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
    >>> torch.autograd.functional.hvp(lambda x: x.pow(3).sum(), x, v)
    (tensor(9.), tensor([  6., 120.]))
    """
    with enable_grad():
        inputs_are_tuple, inputs, vectors, output, grads = _scalar_and_gradient(
            func, inputs, v, "hvp", create_graph, strict
        )
        entries = tuple(zeros_like(input, requires_grad=True) for input in inputs)
        back = _grad(grads, inputs, entries, create_graph=True)

    with set_grad_enabled(create_graph or is_grad_enabled()):
        products = _grad(back, entries, vectors, create_graph)
        product = _with_zeros(products, inputs, strict, HESSIAN_WITHOUT_ENTRY, create_graph, HESSIAN_CONSTANT)
    return _given_back((output,), create_graph, False), _given_back(product, create_graph, inputs_are_tuple)


def _as_tensors(values: Any, what: str, name: str) -> tuple[bool, Tensors]:
    is_tuple = isinstance(values, tuple)
    tensors = values if is_tuple else (values,)
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            which = f"value at index {i}" if is_tuple else f"given {what}"
            raise TypeError(
                f"The {what} given to {name} must be either a Tensor or a tuple of Tensors but the {which} has type"
                f" {type(tensor)}."
            )
    return is_tuple, tensors


def _apart_from_the_graph(tensors: Tensors, create_graph: bool, requires_grad: bool) -> Tensors:
    # Always new objects: the function may also reach the caller's own tensors, and those are not its inputs.
    return tuple(
        tensor.view_as(tensor)
        if create_graph and tensor.requires_grad
        else tensor.detach().requires_grad_(requires_grad)
        for tensor in tensors
    )


def _call(func: Callable[..., Any], inputs: Tensors, name: str, strict: bool) -> tuple[bool, Tensors]:
    is_tuple, outputs = _as_tensors(func(*inputs), "outputs of the user-provided function", name)
    _check_depends(outputs, strict, OUTPUT_WITHOUT_GRAD)
    return is_tuple, outputs


def _vectors(v: Any, like: Tensors, like_is_tuple: bool, name: str, create_graph: bool) -> Tensors:
    _, vectors = _as_tensors(v, "v", name)
    vectors = _apart_from_the_graph(vectors, create_graph, requires_grad=False)
    if len(vectors) != len(like):
        if like_is_tuple:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (vector, tensor) in enumerate(zip(vectors, like, strict=True)):
        if vector.shape != tensor.shape:
            entry = f"Entry {i} in " if like_is_tuple else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {tensor.shape} but got {vector.shape}.")
    return vectors


def _input_vectors(v: Any, inputs: Tensors, are_tuple: bool, name: str, create_graph: bool) -> Tensors | None:
    if v is not None:
        return _vectors(v, inputs, are_tuple, name, create_graph)
    if len(inputs) != 1 or inputs[0].nelement() != 1:
        raise RuntimeError(
            "The vector v can only be None if the input to the user-provided function is a single Tensor with a single"
            " element."
        )
    return None


def _scalar_and_gradient(
    func: Callable[..., Any], inputs: Any, v: Any, name: str, create_graph: bool, strict: bool
) -> tuple[bool, Tensors, Tensors | None, Any, Tensors]:
    are_tuple, inputs = _as_tensors(inputs, "inputs", name)
    inputs = _apart_from_the_graph(inputs, create_graph, requires_grad=True)
    vectors = _input_vectors(v, inputs, are_tuple, name, create_graph)
    is_tuple, outputs = _call(func, inputs, name, strict)
    _check_one_element(outputs, is_tuple, name)
    grads = _grad(outputs, inputs, None, create_graph=True)
    _check_depends(grads, strict, JACOBIAN_IN_HESSIAN_CONSTANT)
    return are_tuple, inputs, vectors, outputs[0], grads


def _check_one_element(outputs: Tensors, is_tuple: bool, name: str) -> None:
    if is_tuple:
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if outputs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {name} should contain a single element")


def _refuse_complex(output: Any) -> None:
    if output.is_complex() and output.requires_grad:
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {output.dtype}")


def _grad(
    outputs: Tensors,
    inputs: Tensors,
    vectors: Tensors | None,
    create_graph: bool,
    retain_graph: bool | None = None,
) -> Tensors:
    # autograd.grad, which wants outputs that require grad; the others contribute nothing.
    pairs = [
        (output, vector)
        for output, vector in zip(outputs, vectors or (None,) * len(outputs), strict=True)
        if output is not None and output.requires_grad
    ]
    if not pairs:
        return (None,) * len(inputs)
    used, weights = zip(*pairs, strict=True)
    grads: Tensors = autograd.grad(
        used, inputs, weights, retain_graph=retain_graph, create_graph=create_graph, allow_unused=True
    )
    return grads


def _with_zeros(
    grads: Tensors, like: Tensors, strict: bool, missing: str, create_graph: bool, constant: str
) -> Tensors:
    for i, grad in enumerate(grads if strict else ()):
        if grad is None:
            raise RuntimeError(missing.format(i=i))
        if create_graph and not grad.requires_grad:
            raise RuntimeError(constant.format(i=i))
    return tuple(zeros_like(tensor) if grad is None else grad for grad, tensor in zip(grads, like, strict=True))


def _check_depends(tensors: Tensors, strict: bool, constant: str, missing: str = OUTPUT_INDEPENDENT) -> None:
    for i, tensor in enumerate(tensors if strict else ()):
        if tensor is None:
            raise RuntimeError(missing.format(i=i))
        if not tensor.requires_grad:
            raise RuntimeError(constant.format(i=i))


def _given_back(tensors: Tensors, create_graph: bool, as_tuple: bool) -> Any:
    if not create_graph:
        tensors = tuple(tensor.detach() for tensor in tensors)
    return tensors if as_tuple else tensors[0]


def _refuse_forward_mode(create_graph: bool, strict: bool, vectorize: bool) -> None:
    prefix = f"{public_name()}.autograd.functional.jacobian: "
    together = ' and `strategy="forward-mode"` are not supported together (yet). Please either set '
    if create_graph:
        raise NotImplementedError(
            f'{prefix}`create_graph=True`{together}`create_graph=False` or `strategy="reverse-mode"`.'
        )
    if strict:
        raise RuntimeError(f'{prefix}`strict=True`{together}`strict=False` or `strategy="reverse-mode"`.')
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian isonly implemented for"
            " `vectorize=True`."
        )


def _jacobian_by_forward_mode(func: Callable[..., Any], inputs: Any) -> Any:
    inputs_are_tuple, inputs = _as_tensors(inputs, "inputs", "jacobian")
    inputs = _apart_from_the_graph(inputs, False, requires_grad=False)
    outputs_are_tuple, rows = jacobian_by_tangents(lambda *inputs: _call(func, inputs, "jacobian", False), inputs)
    found = [_given_back(row, False, inputs_are_tuple) for row in rows]
    return tuple(found) if outputs_are_tuple else found[0]
