"""Functions with a derivative of the user's own: `Function`, and the context that its methods are given."""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any, ClassVar, TypeVar

from chainrule.autograd.function_node import FunctionNode
from chainrule.autograd.function_outputs import Outputs, joined_alone
from chainrule.engine.grad_flag import is_grad_enabled
from chainrule.engine.grad_mode import no_grad
from chainrule.engine.hooks import NO_HOOKS
from chainrule.engine.modes import intercepted, op_interceptors
from chainrule.engine.node import GradientEdge, OwnNode, begin
from chainrule.engine.places import frames, users_frame
from chainrule.engine.profiling import watch
from chainrule.engine.tensor_base import TensorBase, new_tensor

__all__ = [
    "BackwardCFunction",
    "Function",
    "FunctionCtx",
    "FunctionMeta",
    "InplaceFunction",
    "NestedIOFunction",
    "once_differentiable",
]

F = TypeVar("F", bound=Callable[..., Any])

NO_FORWARD = "You must implement the forward function for custom autograd.Function."
NO_BACKWARD = (
    "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward "
    "mode AD."
)
NO_JVP = "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
NO_VMAP = (
    "To use autograd.Function with vmap, you must either override the vmap staticmethod or set generate_vmap_rule=True."
)
BACKWARD_AND_VJP = (
    "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of "
    "them."
)
LEGACY = (
    "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function "
    "with static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
)
NOT_SEVERAL_TIMES = "trying to differentiate twice a function that was marked with @once_differentiable"


class FunctionCtx:
    """What forward can say to backward, and about its outputs: the methods of `ctx`."""

    def save_for_backward(self, *tensors: TensorBase | None) -> None:
        """Keep these tensors for backward, where `ctx.saved_tensors` has them: inputs, outputs, or neither.

        To be called once. Backward raises RuntimeError where one of them was changed in place in between. Raises
        TypeError, when forward has returned, for what is neither a tensor nor None.

        >>> import chainrule as torch
        >>> class Cube(torch.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x**3
        ...
        ...     @staticmethod
        ...     def backward(ctx, grad):
        ...         (x,) = ctx.saved_tensors
        ...         return 3 * x**2 * grad
        >>> x = torch.tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
        """
        self.to_save = tensors

    def save_for_forward(self, *tensors: TensorBase | None) -> None:
        """Keep these tensors, or None, for `jvp`; raises AssertionError for anything else."""
        for tensor in tensors:
            if not (tensor is None or isinstance(tensor, TensorBase)):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes "
                    "on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: TensorBase) -> None:
        """Say that forward changes these inputs in place; it must return them."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Do nothing: tensors that share memory are known without being told (deprecated)."""
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. "
            "Note that calls to `set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def mark_non_differentiable(self, *args: TensorBase) -> None:
        """Say that these outputs have no derivative: they do not require grad, and backward is given zeros for them."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether backward is given zeros, as it is by default, or None where no gradient came for an output."""
        self.materialize_grads = value


class BackwardCFunction(FunctionCtx):
    """The context of one call of a Function: `ctx` in its methods, and `grad_fn` of its outputs.

    Each Function has a subclass of this, called as it is with `Backward` behind.
    """

    __slots__ = ("_function_node",)

    _function_node: FunctionNode
    _forward_cls: ClassVar[Any]

    # What forward says stands among the attributes until it has returned.
    to_save: Any = None
    saved_for_forward: Any = None
    dirty_tensors: Any = None
    non_differentiable: Any = None

    @property
    def materialize_grads(self) -> bool:
        """Whether backward is given zeros where no gradient came."""
        return self._function_node.materialize_grads

    @materialize_grads.setter
    def materialize_grads(self, value: bool) -> None:
        if not isinstance(value, bool):
            msg = (
                "set_materialize_grads received an invalid combination of arguments - "
                f"got ({type(value).__name__}), but expected (bool)"
            )
            raise TypeError(msg)
        self._function_node.materialize_grads = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What was saved for backward, with its history.

        Raises RuntimeError where it was freed, or changed in place since.
        """
        return self._function_node.saved_tensors()

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn("'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2)
        return self.saved_tensors

    @property
    def needs_input_grad(self) -> Any:
        """For each argument of `apply` whether it is a tensor that requires grad."""
        return self._function_node.needs_input_grad

    @needs_input_grad.setter
    def needs_input_grad(self, value: Any) -> None:
        self._function_node.needs_input_grad = value

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """For each argument that is a tensor, the node its gradient goes to and the number of that node's output."""
        return self._function_node.next_functions

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for whatever anybody wants to note about this node."""
        return self._function_node.metadata

    def name(self) -> str:
        """The name of the node: the Function's with `Backward` behind."""
        return self._function_node.name()

    def register_hook(self, hook: Callable[..., Any]) -> Any:
        """As `Node.register_hook`: call `hook(grad_inputs, grad_outputs)` when backward has run."""
        return self._function_node.register_hook(hook)

    def register_prehook(self, hook: Callable[..., Any]) -> Any:
        """As `Node.register_prehook`: call `hook(grad_outputs)` before backward runs."""
        return self._function_node.register_prehook(hook)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def __getattr__(self, name: str) -> Any:
        # Not among the class's own, so that a user's attribute of this name is as good as any.
        if name in {"place", "requires_grad", "_input_metadata", "_sequence_nr"}:
            return getattr(self._function_node, name)
        if name == "_raw_saved_tensors":
            return self._function_node.raw_saved_tensors()
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def apply(self, *args: Any) -> Any:
        """Run the user's backward on the gradients of the outputs."""
        backward, vjp = self._forward_cls.backward, self._forward_cls.vjp
        if backward is not Function.backward and vjp is not Function.vjp:
            raise RuntimeError(BACKWARD_AND_VJP)
        run = backward if vjp is Function.vjp else vjp
        return run(self, list(args)) if self._forward_cls.boxed_grads_call else run(self, *args)

    def apply_jvp(self, *args: Any) -> Any:
        """Run the user's jvp on the tangents of the inputs."""
        return self._forward_cls.jvp(self, *args)


class FunctionMeta(type):
    """Gives each Function the class of its contexts, `_backward_cls`."""

    _backward_cls: type[BackwardCFunction]

    def __init__(cls, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> None:
        super().__init__(name, bases, attrs)
        members = {"_forward_cls": cls, "__module__": BackwardCFunction.__module__}
        cls._backward_cls = type(name + "Backward", (BackwardCFunction,), members)


class Function(FunctionCtx, metaclass=FunctionMeta):
    """An operation with a derivative of one's own: define `forward` and `backward`, and call `apply`.

    `forward(ctx, *args)` computes without recording; `backward(ctx, *grads)` is given the gradient of each output, and
    returns one for each argument, None for what has none. What backward needs is kept by `ctx.save_for_backward`, or,
    where it is no tensor, as an attribute of `ctx`.

    >>> import chainrule as torch
    >>> class Exp(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         result = x.exp()
    ...         ctx.save_for_backward(result)
    ...         return result
    ...
    ...     @staticmethod
    ...     def backward(ctx, grad):
    ...         (result,) = ctx.saved_tensors
    ...         return grad * result
    >>> x = torch.zeros(2, requires_grad=True)
    >>> y = Exp.apply(x)
    >>> y
    tensor([1., 1.], grad_fn=<ExpBackward>)
    >>> y.sum().backward()
    >>> x.grad
    tensor([1., 1.])
    """

    # Whether vmap may run the Function's own methods on batched tensors.
    generate_vmap_rule: ClassVar[bool] = False
    # Whether looking at `ctx.saved_tensors`, which then can be done once, lets go of them.
    clear_saved_tensors_on_access: ClassVar[bool] = False
    # Whether backward is given its gradients as one list, which it may empty on the way.
    boxed_grads_call: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        msg = (
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you should "
            "invoke them on the class itself. Instantiating an autograd function will raise an error in a future "
            "version of PyTorch."
        )
        warnings.warn(msg, DeprecationWarning, stacklevel=2)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise RuntimeError: it is the class that is applied."""
        raise RuntimeError(LEGACY)

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The operation: `forward(ctx, *args)`, or `forward(*args)` beside `setup_context`; to be defined."""
        raise NotImplementedError(NO_FORWARD)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Say to `ctx` what backward needs, when forward has run: for a forward that takes no `ctx`."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any, **kwargs: Any) -> Any:  # so that any arguments may override these
        """The gradient for each argument of forward, from that of each output; to be defined."""
        raise NotImplementedError(NO_BACKWARD)

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any, **kwargs: Any) -> Any:
        """The tangent of each output, from that of each argument: for forward-mode differentiation."""
        raise NotImplementedError(NO_JVP)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *args: Any, **kwargs: Any) -> Any:
        """The operation on a batch: its outputs, and the dimension of each that is the batch's."""
        raise NotImplementedError(NO_VMAP)

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward on these arguments, and make what it returns part of the graph.

        Arguments may be given by name; defaults of forward count where `setup_context` is defined. Raises what forward
        raises, and RuntimeError or TypeError where what it told `ctx` cannot be.
        """
        separate = cls.setup_context is not Function.setup_context
        if separate:
            args = _with_defaults(cls.forward, args, kwargs)
        elif kwargs:
            args = _by_position(cls.forward, args, kwargs)
        if op_interceptors.get():
            return intercepted(Function._apply_here, cls, args, "apply")
        return cls._apply_with_context(args)[0]

    @staticmethod
    def _apply_here(function: type[Function], args: tuple[Any, ...]) -> Any:
        return function._apply_with_context(args)[0]

    @classmethod
    def _apply_with_context(cls, args: tuple[Any, ...], noted: dict[str, Any] | None = None) -> tuple[Any, Any]:
        # `noted` is given what the context was told, some of which does not outlast the call.
        separate = cls.setup_context is not Function.setup_context
        node = FunctionNode(cls, args)
        context = node.grad_fn
        observer = watch.observer
        token = None if observer is None else observer.function_begins(cls.__name__, args)
        returned = None
        try:
            with no_grad():
                returned = cls.forward(*args) if separate else cls.forward(context, *args)
                if separate:
                    cls.setup_context(context, args, returned)
        finally:
            if observer is not None:
                observer.ends(token, returned)
        if noted is not None:
            noted.update(node.attributes)
        if isinstance(returned, TensorBase) and joined_alone(node, args, returned):
            return returned, context
        several = isinstance(returned, tuple)
        outputs = Outputs(node, args, returned if several else (returned,), separate=separate).joined()
        return (outputs if several else outputs[0]), context

    @classmethod
    def apply_to_duals(cls, *arguments: Any) -> Any:
        """The Function in forward mode: what a level of it calls."""
        from chainrule.autograd.function_transforms import apply_to_duals

        return apply_to_duals(cls, *arguments)

    @classmethod
    def apply_to_batches(cls, *arguments: Any) -> Any:
        """The Function in a `vmap`: what a level of it calls."""
        from chainrule.autograd.function_transforms import apply_to_batches

        return apply_to_batches(cls, *arguments)


def _with_defaults(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    if not kwargs and isinstance(forward, FunctionType):
        # Nearly always: positions only.
        code, defaults = forward.__code__, forward.__defaults__ or ()
        missing = code.co_argcount - len(args)
        others = code.co_kwonlyargcount or code.co_flags & (inspect.CO_VARARGS | inspect.CO_VARKEYWORDS)
        if 0 <= missing <= len(defaults) and not others:
            return args + defaults[len(defaults) - missing :]
    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    for name in bound.kwargs:
        raise TypeError(f"forward() got an unexpected keyword argument {name!r}")
    return bound.args


def _by_position(forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    by_position = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    parameters = [p.name for p in inspect.signature(forward).parameters.values() if p.kind in by_position][1:]
    for name in kwargs:
        if name not in parameters:
            raise TypeError(f"forward() got an unexpected keyword argument {name!r}")
        if parameters.index(name) < len(args):
            raise TypeError(f"forward() got multiple values for argument {name!r}")
    found = list(args)
    for position in range(len(args), 1 + max(map(parameters.index, kwargs))):
        name = parameters[position]
        if name not in kwargs:
            raise TypeError(f"forward() missing required argument: {name!r} (position {position})")
        found.append(kwargs[name])
    return tuple(found)


class Error(OwnNode):
    """The node of a gradient that has no derivative."""

    __slots__ = ()

    def gradients(self, grads: Any, *, keep_graph: bool, create_graph: bool) -> list[Any]:
        """Raise RuntimeError, which is what it is there for."""
        raise RuntimeError(NOT_SEVERAL_TIMES)


def once_differentiable(fn: F) -> F:
    """Decorate a `backward` that cannot be differentiated itself: trying to raises RuntimeError.

    >>> import chainrule as torch
    >>> class Double(torch.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         return x * 2
    ...
    ...     @staticmethod
    ...     @torch.autograd.function.once_differentiable
    ...     def backward(ctx, grad):
    ...         return grad * 2
    >>> x = torch.ones(1, requires_grad=True)
    >>> torch.autograd.grad(Double.apply(x), x)
    (tensor([2.]),)
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args, **kwargs)
        if not is_grad_enabled() or not any(isinstance(a, TensorBase) and a.requires_grad for a in args):  # type: ignore[attr-defined]
            return outputs
        if isinstance(outputs, tuple):
            return _not_differentiable(outputs)
        return _not_differentiable((outputs,))[0]

    return wrapper  # type: ignore[return-value]


def _not_differentiable(outputs: tuple[Any, ...]) -> tuple[Any, ...]:
    frame = users_frame(frames.get(1))
    shapes = tuple([None if t is None else t._array.shape for t in outputs])
    dtypes = tuple([None if t is None else t._array.dtype for t in outputs])
    node = Error()
    begin(node, None, None, None, 0, shapes, dtypes, frame.f_code, frame.f_lasti)
    node.hooks = NO_HOOKS
    edges: list[Any] = []
    results: list[Any] = []
    for number, output in enumerate(outputs):
        if output is None:
            edges.append(None)
            results.append(None)
            continue
        stand_in = new_tensor(output._array)
        stand_in._requires_grad = True
        edges.append(stand_in)
        edge = GradientEdge(node, number, output._array.shape, output._array.dtype)
        results.append(new_tensor(output._array, edge, output._version_counter))
    node.more_edges = tuple(edges)
    return tuple(results)


class InplaceFunction(Function):
    """Function with a flag `inplace`, from PyTorch's early days: use `Function`."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace


class NestedIOFunction(Function):
    """Function of nested tuples, from PyTorch's early days, where it cannot be applied any more: use `Function`."""

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Raise NotImplementedError."""
        raise NotImplementedError(
            "NestedIOFunction cannot be applied, in PyTorch neither: subclass Function, with the nested tensors as "
            "arguments one after another"
        )

    def forward_extended(self, *input: Any) -> None:
        """Raise NotImplementedError: it is never called."""
        raise NotImplementedError

    def backward_extended(self, *grad_output: Any) -> None:
        """Raise NotImplementedError: it is never called."""
        raise NotImplementedError
