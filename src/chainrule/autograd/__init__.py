"""What a user asks of autograd: `backward`, `grad`, the functional API, the profiler, the modes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, overload

import numpy as np

from chainrule.autograd.anomaly_mode import detect_anomaly, set_detect_anomaly
from chainrule.autograd.batched_grad import gradients_at_levels, gradients_of_batch, needs_levels
from chainrule.autograd.ends import as_tuple, gradients_for, input_edge, root_edges, seeds_of
from chainrule.autograd.function import Function, NestedIOFunction
from chainrule.autograd.grad_layout import enforce_grad_layout_policy
from chainrule.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)
from chainrule.autograd.gradcheck import gradcheck, gradgradcheck
from chainrule.autograd.gradient_edges import GradientEdge
from chainrule.autograd.variable import Variable
from chainrule.engine.backward import run_backward
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import is_multithreading_enabled
from chainrule.engine.modes import leaves_in_transform
from chainrule.engine.tensor_base import TensorBase, new_tensor
from chainrule.tensor import Tensor

__all__ = [
    "Function",
    "NestedIOFunction",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "enforce_grad_layout_policy",
    "forward_ad",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "is_grad_enabled",
    "is_multithreading_enabled",
    "no_grad",
    "profiler",
    "set_detect_anomaly",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

Key = TypeVar("Key")

BACKWARD_IN_TRANSFORM = (
    "backward() called inside a functorch transform. This is not supported, please use functorch.grad or functorch.vjp "
    "instead or call backward() outside of functorch transforms."
)
EMPTY_INPUTS = "`inputs` argument to `{}()` cannot be empty."


def backward(
    tensors: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge] | None = None,
) -> None:
    """Add the gradients of `tensors` to `.grad` of the leaves they were computed from.

    `grad_tensors`: for each tensor the gradient of something with respect to it; None for one of a single element. The
    other arguments are those of `Tensor.backward`. A `graph.GradientEdge` may stand for any of the tensors. Raises
    RuntimeError where nothing requires grad, shapes disagree, or the graph was freed; then no `.grad` has changed.

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
    roots = as_tuple(tensors)
    wanted = None if inputs is None else as_tuple(inputs)
    if wanted is not None and not wanted:
        raise RuntimeError(EMPTY_INPUTS.format("backward"))
    if leaves_in_transform.get() is not None:
        raise RuntimeError(BACKWARD_IN_TRANSFORM)
    gradients = seeds_of(roots, gradients_for(roots, grad_tensors), create_graph)
    edges = root_edges(roots)
    keep_graph = create_graph if retain_graph is None else retain_graph
    if wanted is None:
        run_backward(edges, gradients, keep_graph=keep_graph, create_graph=create_graph)
        return
    targets = [input_edge(t, "can't retain_grad on Tensor that has requires_grad=False") for t in wanted]
    for tensor in wanted:
        if isinstance(tensor, TensorBase):
            tensor.retain_grad()  # type: ignore[attr-defined]
    run_backward(edges, gradients, keep_graph=keep_graph, create_graph=create_graph, inputs=targets, accumulate=True)


@overload
def grad(
    outputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    inputs: Mapping[Key, Tensor | GradientEdge],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> dict[Key, Tensor]: ...
@overload
def grad(
    outputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]: ...
def grad(
    outputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge],
    inputs: Tensor | GradientEdge | Sequence[Tensor | GradientEdge] | Mapping[Any, Tensor | GradientEdge],
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
    if not only_inputs:
        msg = (
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward."
        )
        warnings.warn(msg, FutureWarning, stacklevel=2)
    keys = list(inputs) if isinstance(inputs, dict) else None
    wanted = tuple(inputs.values()) if isinstance(inputs, dict) else as_tuple(inputs)
    roots = as_tuple(outputs)
    if not wanted:
        raise RuntimeError(EMPTY_INPUTS.format("grad"))
    keep_graph = create_graph if retain_graph is None else retain_graph
    given = gradients_for(roots, grad_outputs)
    edges = root_edges(roots)
    targets = [input_edge(t, "One of the differentiated Tensors does not require grad") for t in wanted]

    def run(seeds: list[Any]) -> list[Any]:
        if needs_levels((*roots, *wanted, *seeds)):
            return gradients_at_levels(roots, wanted, seeds, keep_graph=keep_graph, create_graph=create_graph)
        return run_backward(edges, seeds, keep_graph=keep_graph, create_graph=create_graph, inputs=targets)

    if is_grads_batched:
        found = gradients_of_batch(roots, given, run)
    else:
        found = run(seeds_of(roots, given, create_graph or needs_levels(given)))
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
                if not isinstance(tensor, TensorBase):
                    raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
                gradient = np.zeros_like(tensor._array)  # noqa: PLW2901
        results.append(_own_tensor(gradient))
    return dict(zip(keys, results, strict=True)) if keys is not None else tuple(results)


def _own_tensor(gradient: Any) -> Any:
    if gradient is None or isinstance(gradient, TensorBase):
        return gradient
    return new_tensor(np.array(gradient))


# These are built on the functions above.
from chainrule.autograd import forward_ad, functional, graph, profiler  # noqa: E402
