"""How a module comes to see the gradients of its inputs and outputs.

Around a module with backward hooks, its tensors pass through a function that changes nothing: once before `forward`,
once behind it. The node behind is the first that the gradients reach, the node before is the last; hooks of these two
nodes call those of the module.
"""

from __future__ import annotations

import functools
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import Any

from chainrule.autograd.function import Function
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.places import users_frame
from chainrule.tensor import Tensor

Hook = Callable[..., Any]

NO_INPUT_REQUIRES_GRAD = (
    "Full backward hook is firing when gradients are computed with respect to module outputs since no inputs require "
    "gradients. See https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html"
    "#torch.nn.Module.register_full_backward_hook for more details."
)
NOTHING_TO_REPLACE = (
    "Backward hook for Modules where no input requires gradient should always return None or None for all gradients."
)


class BackwardHookFunction(Function):
    """Gives back its tensors as they are, joined by one node."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        """The same tensors."""
        ctx.mark_non_differentiable(*[tensor for tensor in args if not tensor.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Any, ...]:
        """The same gradients."""
        return grads


class BackwardHook:
    """One call of a module with backward hooks.

    `user_hooks`: called as `hook(module, grad_inputs, grad_outputs)` when the gradients of the inputs are there, each
    with what the one before it returned. `user_pre_hooks`: called as `hook(module, grad_outputs)` before the gradients
    go into the module.
    """

    def __init__(self, module: Any, user_hooks: Sequence[Hook], user_pre_hooks: Sequence[Hook]) -> None:
        self.module = module
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.inputs = NOWHERE
        self.outputs = NOWHERE
        # From when they have reached the outputs until they have reached the inputs.
        self.grad_outputs: Any = None

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments for `forward`: where a gradient comes to them, the hooks are called."""
        self.inputs, args, node = _joined(args)
        if node is not None:

            def hook(grad_inputs: tuple[Any, ...], _: Any) -> tuple[Any, ...] | None:
                return self._reached_inputs(grad_inputs)

            node.register_hook(hook)
        return args

    def setup_output_hook(self, result: Any) -> Any:
        """What the module is to return for what `forward` returned."""
        several = isinstance(result, tuple)
        self.outputs, results, node = _joined(result if several else (result,))
        if node is not None:

            def hook(_: Any, grad_outputs: tuple[Any, ...]) -> tuple[Any, ...]:
                return self._reached_outputs(grad_outputs)

            node.register_hook(hook)
        return results if several else results[0]

    def _reached_outputs(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        grad_outputs: Any = self.outputs.filled(gradients)
        for hook in self.user_pre_hooks:
            returned = hook(self.module, grad_outputs)
            if returned is not None:
                if len(returned) != len(grad_outputs):
                    raise RuntimeError(
                        "Backward pre hook returned an invalid number of grad_output, "
                        f"got {len(returned)}, but expected {len(grad_outputs)}"
                    )
                grad_outputs = returned
        if self.inputs.positions:
            self.grad_outputs = grad_outputs
        else:
            self._call_without_inputs(grad_outputs)
        return self.outputs.taken(grad_outputs)

    def _call_without_inputs(self, grad_outputs: Any) -> None:
        # No gradient will come to the inputs: this is when the hooks are called, or never.
        warn_at_users_line(NO_INPUT_REQUIRES_GRAD)
        for hook in self.user_hooks:
            returned = hook(self.module, self.inputs.filled(()), grad_outputs)
            if returned is not None and not (isinstance(returned, tuple) and all(each is None for each in returned)):
                raise RuntimeError(NOTHING_TO_REPLACE)

    def _reached_inputs(self, gradients: tuple[Any, ...]) -> tuple[Any, ...] | None:
        grad_outputs = self.grad_outputs
        if grad_outputs is None:
            return None  # they came past the outputs, as when the module's gradients are differentiated
        grad_inputs: Any = self.inputs.filled(gradients)
        for hook in self.user_hooks:
            returned = hook(self.module, grad_inputs, grad_outputs)
            if returned is not None:
                if len(returned) != len(grad_inputs):
                    raise RuntimeError(
                        "Backward hook returned an invalid number of grad_input, "
                        f"got {len(returned)}, but expected {len(grad_inputs)}"
                    )
                grad_inputs = returned
        self.grad_outputs = None
        return self.inputs.taken(grad_inputs)


class _Places:
    """Which of some values are the tensors that pass through a function; none where no gradient comes to any."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.count = len(values)
        self.positions: list[int] = []
        requires_grad = False
        for at, value in enumerate(values):
            if isinstance(value, Tensor):
                self.positions.append(at)
                requires_grad = requires_grad or value.requires_grad
        if not (requires_grad and is_grad_enabled()):
            self.positions = []

    def filled(self, gradients: Sequence[Any]) -> tuple[Any, ...]:
        """A gradient for each of the values, None for what is no tensor."""
        found: list[Any] = [None] * self.count
        for at, gradient in zip(self.positions, gradients, strict=False):
            found[at] = gradient
        return tuple(found)

    def taken(self, gradients: Sequence[Any]) -> tuple[Any, ...]:
        """The gradients of the tensors."""
        return tuple([gradients[at] for at in self.positions])


NOWHERE = _Places(())


def _joined(values: tuple[Any, ...]) -> tuple[_Places, Any, Any]:
    # The values with their tensors joined by one node, and that node: None where they need none.
    places = _Places(values)
    if not places.positions:
        return places, values, None
    tensors = BackwardHookFunction.apply(*places.taken(values))
    replaced = list(values)
    for at, tensor in zip(places.positions, tensors, strict=True):
        replaced[at] = tensor
    node = next(tensor.grad_fn for tensor in tensors if tensor.requires_grad)
    return places, tuple(replaced) if type(values) is tuple else type(values)(*replaced), node


def register_non_full(module: Any, hooks: Sequence[Hook], args: tuple[Any, ...], result: Any) -> None:
    """Have the hooks called at the node that made the module's (first) output, as the deprecated kind is."""
    node = _first_tensor(result).grad_fn
    if node is None:
        return
    for hook in hooks:
        node.register_hook(functools.wraps(hook)(functools.partial(hook, module)))
    missing = _what_is_missing(args, result, node)
    if missing is not None:
        warn_at_users_line(missing, FutureWarning)


def _first_tensor(result: Any) -> Any:
    while not isinstance(result, Tensor):
        if isinstance(result, dict):
            result = next(value for value in result.values() if isinstance(value, Tensor))
        else:
            result = result[0]
    return result


def _what_is_missing(args: tuple[Any, ...], result: Any, node: Any) -> str | None:
    # The warning about what hooks of this one node will not see of the module's gradients.
    documented = "Please use register_full_backward_hook to get the documented behavior."
    not_full = "Using a non-full backward hook when"
    deprecated = "is deprecated and will be removed in future versions. This hook will be missing some"
    results = result if isinstance(result, tuple) else (result,)
    for values, verb, what in ((results, "return", "grad_output"), (args, "take as input", "grad_input")):
        if not all(isinstance(value, Tensor) for value in values):
            return (
                f"Using non-full backward hooks on a Module that does not {verb} a single Tensor or a tuple of Tensors "
                f"{deprecated} {what}. {documented}"
            )
    nodes = {tensor.grad_fn for tensor in results} - {None}
    if nodes == {node}:
        if {tensor.grad_fn for tensor in args} - {None} == {after for after, _ in node.next_functions}:
            return None
        return f"{not_full} the forward contains multiple autograd Nodes {deprecated} grad_input. {documented}"
    if len(nodes) > 1:
        return f"{not_full} outputs are generated by different autograd Nodes {deprecated} grad_output. {documented}"
    return f"{not_full} outputs are nested in python data structure {deprecated} grad_output."


def warn_at_users_line(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn as of the line of the user's program that is running: hooks run at no fixed depth below it."""
    frame = users_frame(sys._getframe(1))
    scope = getattr(frame, "f_globals", {})
    seen = scope.setdefault("__warningregistry__", {})
    warnings.warn_explicit(message, category, frame.f_code.co_filename, frame.f_lineno, scope.get("__name__"), seen)
