"""`grad` and `vjp`: a function is recorded as it runs, and gradients are then pulled back through what was recorded.

What a transform gives is part of a graph only where something outside of the function may want gradients through it:
where grad mode is on, and the results depend on a tensor other than the arguments that are differentiated.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from chainrule.autograd.ends import check_gradient, require_scalar
from chainrule.engine.grad_mode import enable_grad, inference_mode, is_recording, set_grad_enabled
from chainrule.engine.inference import is_inference_mode_enabled
from chainrule.engine.interpreters import levels, make_private, pull
from chainrule.engine.modes import transforming
from chainrule.engine.tensor_base import new_tensor
from chainrule.func.arguments import (
    ALL,
    Argnums,
    output_and_aux,
    positions,
    replaced,
    require_tensor_leaves,
    require_tensors,
    selected,
)
from chainrule.func.history import are_followed, are_followed_outside, variables, without_history, zeros
from chainrule.func.tree_maps import tree_map, treespec_pprint
from chainrule.func.trees import TreeSpec, tree_flatten, tree_leaves
from chainrule.tensor import Tensor

VJP = "vjp(f, *primals)"
GRAD = "grad_and_value(f)(*args)"
CHANGED_VARIABLE = (
    "a leaf Variable that requires grad is being used in an in-place operation. The function changed an argument that "
    "is differentiated, or a tensor that shares its memory: change a copy instead (x = x.clone() before the change)."
)


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of `func`, which gives a tensor of one element.

    Args:
        func: takes tensors, alone or in containers.
        argnums: the argument that is differentiated, by its number; a tuple for several, whose gradients are a tuple.
        has_aux: `func` gives `(value, aux)`, and the result is `(gradient, aux)`; `aux` is tensors, not differentiated.

    The gradient is of the structure of the argument, and differentiable: `grad(grad(f))` is the second derivative. The
    function raises RuntimeError where `func` gives something else or `argnums` does not fit, ValueError where what is
    differentiated is no tensor.

    >>> import chainrule as torch
    >>> torch.func.grad(lambda x: x**3)(torch.tensor(2.0))
    tensor(12.)
    >>> torch.func.grad(torch.func.grad(lambda x: x**3))(torch.tensor(2.0))
    tensor(12.)
    """
    gradient_and_value = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found, value = gradient_and_value(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return gradient


def grad_and_value(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of `func` and its value; with `has_aux`, `(gradient, (value, aux))`.

    The arguments and errors are those of `grad`.

    >>> import chainrule as torch
    >>> torch.func.grad_and_value(lambda x: (x * x).sum())(torch.tensor([1.0, 2.0]))
    (tensor([2., 4.]), tensor(5.))
    """

    @functools.wraps(func)
    def gradient_and_value(*args: Any, **kwargs: Any) -> Any:
        with _out_of_inference_mode():
            recording = Recording(func, args, kwargs, argnums)
            output, aux = output_and_aux(recording.result, GRAD) if has_aux else (recording.result, None)
            _require_one_element(output)
            require_tensor_leaves(aux if has_aux else ())
            recording.end([output], tree_leaves(aux))
            gradients = recording.pull([_one(output)], records=recording.records, keep_graph=recording.records)
        gradient = recording.structure.unflatten(gradients)
        value = recording.given_back(output)
        return gradient, ((value, recording.given_back(aux)) if has_aux else value)

    return gradient_and_value


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """What `func` gives for `primals`, and the function that takes gradients of it back to them.

    Args:
        func: takes tensors, alone or in containers, and gives tensors, alone or in containers.
        primals: its arguments; all are differentiated.
        has_aux: `func` gives `(output, aux)`, and the result is `(output, function, aux)`.

    The function takes the product of the transposed Jacobian with cotangents of the structure of the output, as a
    tuple with an entry for each of `primals`; it may be called often. Raises RuntimeError where the output is nothing,
    or not tensors of floating point or complex numbers only.

    >>> import chainrule as torch
    >>> output, pullback = torch.func.vjp(torch.sin, torch.zeros(2))
    >>> pullback(torch.tensor([1.0, 10.0]))
    (tensor([ 1., 10.]),)
    """
    output, pullback, aux = vjp_of_some(func, primals, ALL, has_aux=has_aux)
    return (output, pullback, aux) if has_aux else (output, pullback)


def vjp_of_some(
    func: Callable[..., Any], primals: tuple[Any, ...], argnums: Any, *, has_aux: bool
) -> tuple[Any, Pullback, Any]:
    """`vjp` for the arguments at `argnums`."""
    with _out_of_inference_mode():
        recording = Recording(func, primals, {}, argnums)
        result, aux = output_and_aux(recording.result, VJP) if has_aux else (recording.result, None)
        require_tensor_leaves(aux if has_aux else ())
        outputs, structure = tree_flatten(result)
        require_tensors(outputs, VJP)
        recording.end(outputs, tree_leaves(aux))
    output = structure.unflatten([recording.given_back(each) for each in outputs])
    for each in outputs:
        if not (each.is_floating_point() or each.is_complex()):
            raise RuntimeError(
                "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                f"{each.dtype}"
            )
    return output, Pullback(recording, structure), recording.given_back(aux)


class Recording:
    """A function that was called with variables in place of some of its arguments."""

    def __init__(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], argnums: Any) -> None:
        self.around = levels()
        self.records = is_recording()  # later: and somebody outside may want gradients through the results
        where = positions(argnums, len(args))
        leaves, self.structure = tree_flatten(selected(args, where))
        self.leaves: list[Any] = []  # that the function makes
        with enable_grad(), transforming(self.leaves):
            self.variables = variables(leaves, self.around, apart=not self.records)
            versions = [bytes(each._version_counter) for each in self.variables]
            self.result = func(*replaced(args, where, self.structure.unflatten(self.variables)), **kwargs)
        if versions != [bytes(each._version_counter) for each in self.variables]:
            raise RuntimeError(CHANGED_VARIABLE)
        self.given = {id(variable): leaf for variable, leaf in zip(self.variables, leaves, strict=True)}
        self.outputs: list[Any] = []

    def end(self, outputs: list[Any], more: list[Any]) -> None:
        """Say what is differentiated; `more` is given back beside it."""
        self.outputs = outputs
        make_private(self.variables)
        if self.records or self.leaves:
            self.records = are_followed_outside([*outputs, *more], self.leaves) and self.records

    def pull(self, seeds: list[Any], *, records: bool, keep_graph: bool) -> list[Any]:
        """The gradients for the variables, zeros where the outputs do not depend on one."""
        found = pull(
            self.outputs,
            self.variables,
            seeds,
            self.around,
            keep_graph=keep_graph or bool(self.around),
            records=records,
        )
        return [zeros(v) if g is None else g for g, v in zip(found, self.variables, strict=True)]

    def given_back(self, tree: Any) -> Any:
        """Results as they are outside: part of the graph only where that may matter."""
        return tree_map(self._outside, tree)

    def _outside(self, value: Any) -> Any:
        if id(value) in self.given:
            return self.given[id(value)]
        return value if self.records else without_history(value)


class Pullback:
    """The function that `vjp` gives: takes gradients of outputs to those of inputs."""

    def __init__(self, recording: Recording, structure: TreeSpec) -> None:
        self.recording = recording
        self.structure = structure

    def __call__(self, cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        """The product of the transposed Jacobian with the cotangents."""
        seeds, structure = tree_flatten(cotangents)
        if structure != self.structure:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function. cotangents: {treespec_pprint(structure)}, primal output: {treespec_pprint(self.structure)}"
            )
        for number, (seed, output) in enumerate(zip(seeds, self.recording.outputs, strict=True)):
            check_gradient(number, seed, output._array.shape, output._array.dtype)
        with _out_of_inference_mode():
            wanted = is_recording() if create_graph is None else create_graph
            records = wanted and (self.recording.records or are_followed(seeds))
            gradients = self.recording.pull(seeds, records=records, keep_graph=retain_graph or records)
        return self.recording.structure.unflatten(gradients)


def _require_one_element(output: Any) -> None:
    if not isinstance(output, Tensor):
        raise RuntimeError(f"{GRAD}: Expected f(*args) to return a Tensor, got {type(output)}")  # noqa: TRY004
    if output.ndim:
        raise RuntimeError(
            f"{GRAD}: Expected f(*args) to return a scalar Tensor, got tensor with {output.ndim} dims. Maybe you "
            "wanted to use the vjp or jacrev APIs instead?"
        )
    if output.requires_grad:
        require_scalar((), output._array.dtype)


def _one(output: Any) -> Any:
    return new_tensor(np.ones((), output._array.dtype))


@contextmanager
def _out_of_inference_mode() -> Iterator[None]:
    # Derivatives are the same in inference mode; nothing of them is part of a graph there.
    if is_inference_mode_enabled():
        with inference_mode(False), set_grad_enabled(False):
            yield
    else:
        yield
