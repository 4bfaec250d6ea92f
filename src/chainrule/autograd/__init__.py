"""What a user asks of autograd: `backward`, `grad`, the functional API, the profiler, the modes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from chainrule.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from chainrule.autograd.function import Function, NestedIOFunction
from chainrule.autograd.grad_layout import enforce_grad_layout_policy
from chainrule.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from chainrule.autograd.variable import Variable
from chainrule.dtypes import from_numpy_dtype
from chainrule.engine.backward import run_backward
from chainrule.engine.grad_mode import is_grad_enabled, is_multithreading_enabled
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.engine.views import refresh_view
from chainrule.size import Size
from chainrule.tensor import Tensor

__all__ = [
    "Function",
    "NestedIOFunction",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "enforce_grad_layout_policy",
    "functional",
    "grad",
    "inference_mode",
    "is_grad_enabled",
    "is_multithreading_enabled",
    "no_grad",
    "profiler",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

NO_GRAPH = "element {} of tensors does not require grad and does not have a grad_fn"
EMPTY_INPUTS = "`inputs` argument to `{}()` cannot be empty."


def backward(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradients of `tensors` to `.grad` of the leaves they were computed from.

    `grad_tensors`: for each tensor the gradient of something with respect to it; None for one of a single element. The
    other arguments are those of `Tensor.backward`. Raises RuntimeError where nothing requires grad, shapes disagree, or
    the graph was freed; then no `.grad` has changed.

    >>> import chainrule as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.autograd.backward([x.sum(), (x * x).sum()])
    >>> x.grad
    tensor([3., 3.])
    """
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            msg = (
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. "
                "Please only use `grad_tensors`."
            )
            raise RuntimeError(msg)
        grad_tensors = grad_variables
    roots = _as_tuple(tensors)
    wanted = None if inputs is None else _as_tuple(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError(EMPTY_INPUTS.format("backward"))
    gradients = _seeds(roots, _gradients_for(roots, grad_tensors), create_graph)
    edges = _root_edges(roots)
    keep_graph = create_graph if retain_graph is None else retain_graph
    if wanted is None:
        run_backward(edges, gradients, keep_graph=keep_graph, create_graph=create_graph)
        return
    targets = [_input_edge(t, "can't retain_grad on Tensor that has requires_grad=False") for t in wanted]
    for tensor in wanted:
        tensor.retain_grad()
    run_backward(edges, gradients, keep_graph=keep_graph, create_graph=create_graph, inputs=targets, accumulate=True)


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor] | dict[Any, Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of `outputs` with respect to `inputs`, as a tuple (a dict for a dict); no `.grad` is touched.

    `grad_outputs`: as `grad_tensors` of `backward`. `allow_unused`: None for an input that the outputs do not depend
    on, in place of an error; `materialize_grads`: zeros for it. Raises RuntimeError as `backward` does.

    >>> import chainrule as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> torch.autograd.grad(x**3, x)
    (tensor(12.),)
    """
    if materialize_grads and allow_unused is False:
        msg = "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        raise ValueError(msg)
    if allow_unused is None:
        allow_unused = materialize_grads
    if is_grads_batched:
        msg = "is_grads_batched=True needs batching (vmap), which chainrule does not support: call grad once per row"
        raise NotImplementedError(msg)
    if not only_inputs:
        msg = (
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward."
        )
        warnings.warn(msg, FutureWarning, stacklevel=2)
    keys = list(inputs) if isinstance(inputs, dict) else None
    wanted = tuple(inputs.values()) if isinstance(inputs, dict) else _as_tuple(inputs)
    roots = _as_tuple(outputs)
    if not wanted:
        raise RuntimeError(EMPTY_INPUTS.format("grad"))
    gradients = _seeds(roots, _gradients_for(roots, grad_outputs), create_graph)
    edges = _root_edges(roots)
    targets = [_input_edge(t, "One of the differentiated Tensors does not require grad") for t in wanted]
    keep_graph = create_graph if retain_graph is None else retain_graph
    found = run_backward(edges, gradients, keep_graph=keep_graph, create_graph=create_graph, inputs=targets)
    results: list[Any] = []
    for position, (tensor, gradient) in enumerate(zip(wanted, found, strict=True)):
        if gradient is None:
            if not allow_unused:
                msg = (
                    f"The differentiated Tensor at index {position} appears to not have been used in the graph. "
                    "Set allow_unused=True if this is the desired behavior."
                )
                raise RuntimeError(msg)
            if materialize_grads:
                gradient = np.zeros_like(tensor._array)  # noqa: PLW2901
        results.append(_own_tensor(gradient))
    return dict(zip(keys, results, strict=True)) if keys is not None else tuple(results)


def _as_tuple(tensors: Any) -> tuple[Any, ...]:
    return (tensors,) if isinstance(tensors, TensorBase) else tuple(tensors)


def _gradients_for(roots: tuple[Any, ...], given: Any) -> tuple[Any, ...]:
    if given is None:
        return (None,) * len(roots)
    gradients = _as_tuple(given)
    if len(gradients) != len(roots):
        msg = f"got {len(roots)} tensors and {len(gradients)} gradients"
        raise RuntimeError(msg)
    return gradients


def _seeds(roots: tuple[Any, ...], gradients: tuple[Any, ...], create_graph: bool) -> list[Any]:
    # What starts the walk: arrays, or tensors where the walk itself is recorded.
    seeds: list[Any] = []
    seed: Any
    for number, (root, gradient) in enumerate(zip(roots, gradients, strict=True)):
        array = root._array
        if gradient is None:
            if root.requires_grad:
                if array.size != 1:
                    msg = "grad can be implicitly created only for scalar outputs"
                    raise RuntimeError(msg)
                if array.dtype.kind != "f":
                    msg = (
                        "grad can be implicitly created only for real scalar outputs but got "
                        f"{_torch_name(array.dtype)}"
                    )
                    raise RuntimeError(msg)
            seed = new_tensor(np.ones_like(array))
        elif isinstance(gradient, TensorBase):
            if gradient._array.shape != array.shape:
                msg = (
                    f"Mismatch in shape: grad_output[{number}] has a shape of {_torch_size(gradient)} and "
                    f"output[{number}] has a shape of {_torch_size(root)}."
                )
                raise RuntimeError(msg)
            if (gradient._array.dtype.kind == "c") != (array.dtype.kind == "c"):
                msg = (
                    "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in "
                    f"dtype: grad_output[{number}] has a dtype of {_torch_name(gradient._array.dtype)} and "
                    f"output[{number}] has a dtype of {_torch_name(array.dtype)}."
                )
                raise RuntimeError(msg)
            seed = gradient
        else:
            msg = f"gradients can be either Tensors or None, but got {type(gradient).__name__}"
            raise TypeError(msg)
        if seed._array.dtype != array.dtype:
            seed = (
                seed.astype(from_numpy_dtype(array.dtype))
                if create_graph
                else new_tensor(seed._array.astype(array.dtype))
            )
        seeds.append(seed if create_graph else seed._array)
    return seeds


def _torch_name(numpy_dtype: Any) -> str:
    return f"torch.{from_numpy_dtype(numpy_dtype).name}"


def _torch_size(tensor: Any) -> str:
    return f"torch.Size({list(Size(tensor._array.shape))})"


def _root_edges(roots: tuple[Any, ...]) -> list[Any]:
    edges: list[Any] = []
    for number, root in enumerate(roots):
        if not isinstance(root, TensorBase):
            msg = f"element {number} of tensors must be a Tensor, not {type(root).__name__}"
            raise TypeError(msg)
        if not root.requires_grad:  # type: ignore[attr-defined]
            raise RuntimeError(NO_GRAPH.format(number))
        edges.append(root if root._edge is None else root._edge)
    return edges


def _input_edge(tensor: Any, refusal: str) -> Any:
    if not isinstance(tensor, TensorBase):
        msg = f"grad inputs must be Tensors, but got {type(tensor).__name__}"
        raise TypeError(msg)
    if tensor._base is not None:
        refresh_view(tensor)
    if not tensor._requires_grad:
        raise RuntimeError(refusal)
    return tensor if tensor._edge is None else tensor._edge


def _own_tensor(gradient: Any) -> Any:
    if gradient is None or isinstance(gradient, TensorBase):
        return gradient
    return new_tensor(np.array(gradient))


# These are built on the functions above.
from chainrule.autograd import functional, profiler  # noqa: E402
