"""`jvp` and `linearize`: tangents that are carried along as a function runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chainrule.dtypes import from_numpy_dtype
from chainrule.engine.forward_mode import JvpLevel
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import enable_grad
from chainrule.engine.interpreters import make_private, pull, variable_of
from chainrule.engine.modes import transforming
from chainrule.func.arguments import (
    ALL,
    output_and_aux,
    positions,
    replaced,
    require_tensor_leaves,
    require_tensors,
    selected,
)
from chainrule.func.history import are_followed, are_followed_outside, without_history, zeros
from chainrule.func.reverse import Recording
from chainrule.func.tree_maps import tree_map
from chainrule.func.trees import TreeSpec, tree_flatten
from chainrule.size import Size
from chainrule.tensor import Tensor

JVP = "jvp(f, primals, tangents)"


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> tuple[Any, ...]:
    """What `func` gives for `primals`, and the product of its Jacobian there with `tangents`.

    Args:
        func: takes tensors, alone or in containers, and gives tensors, alone or in containers.
        primals: a tuple, its arguments.
        tangents: of the structure, shapes and types of these.
        strict: raise RuntimeError where an output does not depend on the arguments, instead of giving zeros.
        has_aux: `func` gives `(output, aux)`, and the result is `(output, product, aux)`.

    Raises RuntimeError where structures or shapes differ, ValueError for tensors of integers.

    >>> import chainrule as torch
    >>> torch.func.jvp(torch.sin, (torch.zeros(2),), (torch.tensor([1.0, 10.0]),))
    (tensor([0., 0.]), tensor([ 1., 10.]))
    """
    output, product, aux = jvp_of_some(func, primals, tangents, ALL, strict=strict, has_aux=has_aux)
    return (output, product, aux) if has_aux else (output, product)


def jvp_of_some(
    func: Callable[..., Any], primals: Any, tangents: Any, argnums: Any, *, strict: bool, has_aux: bool
) -> tuple[Any, Any, Any]:
    """`jvp` for the arguments at `argnums`. Without aux, None in its place."""
    if not isinstance(primals, tuple):
        raise RuntimeError(  # noqa: TRY004 (PyTorch's)
            f"{JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    where = positions(argnums, len(primals))
    leaves, structure = tree_flatten(selected(primals, where))
    directions, given = tree_flatten(tangents)
    if structure != given:
        raise RuntimeError(
            f"{JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a "
            f"tuple of 3 tensors, tangents also must be. Got primals with structure {structure} and tangents with "
            f"structure {given}"
        )
    _require_some_tensors(leaves, "primals")
    _require_some_tensors(directions, "tangents")
    for primal, tangent in zip(leaves, directions, strict=True):
        check_tangent(primal, tangent)
    level = JvpLevel()
    made: list[Any] = []  # leaves of the function's own
    with level.entered(), transforming(made):
        duals = structure.unflatten(map(level.make_dual, leaves, directions))
        result = func(*replaced(primals, where, duals))
        result, aux = output_and_aux(result, JVP) if has_aux else (result, None)
        require_tensor_leaves(aux if has_aux else ())
        outputs, out_structure = tree_flatten(result)
        require_tensors(outputs, JVP)
        unpacked = [level.unpack(each) for each in outputs]
        aux = tree_map(lambda each: level.unpack(each)[0], aux) if has_aux else None
    if strict and any(tangent is None for _, tangent in unpacked):
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not "
            "allowed with strict=True."
        )
    values = [primal for primal, _ in unpacked]
    products = [zeros(primal) if tangent is None else tangent for primal, tangent in unpacked]
    if made and not are_followed_outside([*values, *products], made):
        values, products = [without_history(each) for each in values], [without_history(each) for each in products]
    return out_structure.unflatten(values), out_structure.unflatten(products), aux


def check_tangent(primal: Any, tangent: Any) -> None:
    """Raise ValueError or RuntimeError where a tensor cannot have this tangent."""
    for name, tensor in (("primal", primal), ("tangent", tangent)):
        if tensor._array.dtype.kind not in "fc":
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {tensor.dtype}")
    if primal._array.shape != tangent._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(primal._array.shape)} while the given forward gradient is of size "
            f"{list(tangent._array.shape)}."
        )


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """What `func` gives for `primals`, and its derivative there: a linear function of tangents.

    The function is run once; each product of its Jacobian with tangents then costs one pass through what was
    recorded, where `jvp` would run it again. Tangents are of the structure, shapes and types of `primals`; the function
    raises RuntimeError for others.

    >>> import chainrule as torch
    >>> output, derivative = torch.func.linearize(torch.sin, torch.zeros(2))
    >>> derivative(torch.tensor([1.0, 10.0]))
    tensor([ 1., 10.])
    """
    recording = Recording(func, primals, {}, ALL)
    outputs, out_structure = tree_flatten(recording.result)
    recording.end([each for each in outputs if isinstance(each, Tensor)], [])
    derivative = _Derivative(recording, outputs, out_structure)
    return out_structure.unflatten([recording.given_back(each) for each in outputs]), derivative


class _Derivative:
    # The gradient of the outputs is linear in what comes in from them, so its own gradient is the derivative.

    def __init__(self, recording: Recording, outputs: list[Any], out_structure: TreeSpec) -> None:
        self.recording = recording
        self.constants = [None if isinstance(each, Tensor) else each for each in outputs]
        self.is_tensor = [isinstance(each, Tensor) for each in outputs]
        self.out_structure = out_structure
        self.around = recording.around
        with enable_grad():
            self.seeds = [variable_of(zeros(output), self.around) for output in recording.outputs]
            self.gradients = recording.pull(self.seeds, records=True, keep_graph=True)
        make_private(self.seeds)

    def __call__(self, *tangents: Any) -> Any:
        directions, structure = tree_flatten(tangents)
        if structure != self.recording.structure:
            raise RuntimeError(
                f"Expected the tangents {structure} to have the same argspec as the primals {self.recording.structure}"
            )
        for number, (tangent, primal) in enumerate(zip(directions, self.recording.variables, strict=True)):
            _check_direction(number, tangent, primal)
        records = is_grad_enabled() and (self.recording.records or are_followed(directions))
        products = pull(self.gradients, self.seeds, directions, self.around, keep_graph=True, records=records)
        filled = iter([zeros(s) if p is None else p for p, s in zip(products, self.seeds, strict=True)])
        return self.out_structure.unflatten(
            [next(filled) if moves else each for each, moves in zip(self.constants, self.is_tensor, strict=True)]
        )


def _check_direction(number: int, tangent: Any, primal: Any) -> None:
    if not isinstance(tangent, Tensor):
        raise RuntimeError(f"tangent:{number} must be a Tensor, got {type(tangent)}")  # noqa: TRY004
    given, expected = tangent._array, primal._array
    if given.shape != expected.shape:
        mismatch = f"shape {Size(given.shape)} in flattened pytree doesn't match the shape {Size(expected.shape)}"
    elif given.dtype != expected.dtype:
        own = from_numpy_dtype(expected.dtype)
        mismatch = f"dtype {tangent.dtype} in flattened pytree doesn't match the dtype {own}"
    else:
        return
    raise RuntimeError(f"tangent:{number} with {mismatch} of the corresponding primal.")


def _require_some_tensors(leaves: list[Any], name: str) -> None:
    if not leaves:
        raise RuntimeError(f"{JVP}: Expected {name} to contain at least one Tensor.")
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(f"{JVP}: Expected {name} to only contain Tensors, got {type(leaf)}")  # noqa: TRY004
