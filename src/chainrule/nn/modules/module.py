"""`Module`: what every layer and network is."""

from __future__ import annotations

import textwrap
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Self

from chainrule import dtypes
from chainrule.devices import CPU, device, require_cpu
from chainrule.engine.grad_mode import no_grad
from chainrule.engine.handles import RemovableHandle
from chainrule.nn.modules.global_hooks import (
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from chainrule.nn.modules.global_hooks import registered as hooks_of_every_module
from chainrule.nn.modules.hooked_call import HookedCall
from chainrule.nn.modules.state_dict import StateDict
from chainrule.ops.creation import empty_like
from chainrule.tensor import Tensor
from chainrule.typename import typename
from chainrule.versions import emulates_before

__all__ = [
    "Module",
    "register_module_backward_hook",
    "register_module_buffer_registration_hook",
    "register_module_forward_hook",
    "register_module_forward_pre_hook",
    "register_module_full_backward_hook",
    "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook",
    "register_module_parameter_registration_hook",
]

HOOKS = (
    "_backward_pre_hooks",
    "_backward_hooks",
    "_forward_pre_hooks",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_hooks_always_called",
)


BOTH_KINDS = (
    "Cannot use both regular backward hooks and full backward hooks on a single Module. Please use only one of them."
)


def _forward_missing(self: Module, *input: Any) -> None:
    """Compute the module's output; a subclass says how."""
    raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')


class Module(StateDict):
    """A layer or a network: holds parameters and submodules, and computes with them in `forward`.

    >>> class Net(torch.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = torch.nn.Linear(4, 3)
    ...         self.out = torch.nn.Linear(3, 1)
    ...
    ...     def forward(self, x):
    ...         return self.out(self.hidden(x).relu())
    >>> Net()
    Net(
      (hidden): Linear(in_features=4, out_features=3, bias=True)
      (out): Linear(in_features=3, out_features=1, bias=True)
    )
    """

    _backward_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _backward_hooks: OrderedDict[int, Callable[..., Any]]
    _is_full_backward_hook: bool | None  # whether those are of the full kind; None before the first
    _forward_pre_hooks: OrderedDict[int, Callable[..., Any]]
    _forward_pre_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks: OrderedDict[int, Callable[..., Any]]
    _forward_hooks_with_kwargs: OrderedDict[int, bool]
    _forward_hooks_always_called: OrderedDict[int, bool]

    dump_patches: bool = False  # an option of old, without effect

    forward: Callable[..., Any] = _forward_missing

    @staticmethod
    def _new_members() -> dict[str, Any]:
        hooks: dict[str, Any] = {name: OrderedDict() for name in HOOKS}
        return StateDict._new_members() | {"_is_full_backward_hook": None} | hooks

    # Calling

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What `forward` computes, with the hooks before and after it."""
        if not (
            self._forward_hooks
            or self._forward_pre_hooks
            or self._backward_hooks
            or self._backward_pre_hooks
            or hooks_of_every_module
        ):
            return self.forward(*args, **kwargs)
        return HookedCall(self, args, kwargs).run()

    # Hooks

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; what it returns, if anything, replaces the arguments.

        Args:
            hook: the function.
            prepend: call it before the hooks there are, not after them.
            with_kwargs: call it as `hook(module, args, kwargs)`; it returns None or `(args, kwargs)`.

        >>> layer = torch.nn.ReLU()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: -args[0])
        >>> layer(torch.tensor([-2.0]))
        tensor([2.])
        """
        handle = _register(self._forward_pre_hooks, hook, self._forward_pre_hooks_with_kwargs, prepend=prepend)
        if with_kwargs:
            self._forward_pre_hooks_with_kwargs[handle.id] = True
        return handle

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; what it returns, if anything, replaces the output.

        Args:
            hook: the function.
            prepend: call it before the hooks there are, not after them.
            with_kwargs: call it as `hook(module, args, kwargs, output)`.
            always_call: call it also when `forward` or another hook raises.

        >>> layer = torch.nn.ReLU()
        >>> handle = layer.register_forward_hook(lambda module, args, output: output + 1)
        >>> layer(torch.tensor([2.0]))
        tensor([3.])
        """
        marks = (self._forward_hooks_with_kwargs, self._forward_hooks_always_called)
        handle = _register(self._forward_hooks, hook, *marks, prepend=prepend)
        if with_kwargs:
            self._forward_hooks_with_kwargs[handle.id] = True
        if always_call:
            self._forward_hooks_always_called[handle.id] = True
        return handle

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_outputs)` before gradients go through the module.

        `grad_outputs` is a tuple; what the hook returns, if anything, replaces it. The module's outputs cannot be
        changed in place then. Hooks of `register_module_full_backward_pre_hook` come first.

        Args:
            hook: the function.
            prepend: call it before the hooks there are, not after them.

        >>> layer = torch.nn.ReLU()
        >>> handle = layer.register_full_backward_pre_hook(lambda module, grad_outputs: (grad_outputs[0] * 5,))
        >>> x = torch.ones(1, requires_grad=True)
        >>> layer(x).backward()
        >>> x.grad
        tensor([5.])
        """
        return _register(self._backward_pre_hooks, hook, prepend=prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_inputs, grad_outputs)` when gradients went through the module.

        Both are tuples, with None for arguments that are no tensors; what the hook returns, if anything, replaces
        `grad_inputs`. Arguments given by name are not among them. Where no input requires grad, it is called when the
        gradients of the outputs are there. The module's inputs and outputs cannot be changed in place then. Hooks of
        `register_module_full_backward_hook` come first. Raises RuntimeError where the module has, or had, hooks of
        `register_backward_hook`.

        Args:
            hook: the function.
            prepend: call it before the hooks there are, not after them.

        >>> layer = torch.nn.Linear(1, 1)
        >>> handle = layer.register_full_backward_hook(lambda module, grad_inputs, grad_outputs: print(grad_outputs))
        >>> layer(torch.ones(1, requires_grad=True)).backward()
        (tensor([1.]),)
        """
        if self._is_full_backward_hook is False:
            raise RuntimeError(BOTH_KINDS)
        self._is_full_backward_hook = True
        return _register(self._backward_hooks, hook, prepend=prepend)

    def register_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, grad_inputs, grad_outputs)` at the last node of the module: use the full kind.

        The gradients are those of the one operation that made the (first) output; where the module has more
        operations, a FutureWarning says so. Raises RuntimeError where the module has, or had, hooks of the full kind.
        """
        if self._is_full_backward_hook is True:
            raise RuntimeError(BOTH_KINDS)
        self._is_full_backward_hook = False
        return _register(self._backward_hooks, hook)

    # All parameters and buffers at once

    def apply(self, fn: Callable[[Module], None]) -> Self:
        """Call `fn` on every submodule and then on the module itself, as to set initial weights.

        >>> net = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.ReLU())
        >>> _ = net.apply(lambda module: print(type(module).__name__))
        Linear
        ReLU
        Sequential
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        # Parameters stay the objects they are, as optimizers hold them; buffers are replaced.
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is None:
                continue
            with no_grad():
                parameter.data = fn(parameter)
                if parameter.grad is not None:
                    parameter.grad.data = fn(parameter.grad)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert floating-point and complex parameters and buffers, in place, to a dtype; all to a device.

        Called as `to(device, dtype)`, `to(dtype)` or `to(tensor)`, whose dtype and device are then taken.

        >>> torch.nn.Linear(2, 1).to(torch.float64).bias.dtype
        chainrule.float64
        """
        where, dtype = _destination(args, kwargs)
        require_cpu(where)
        if dtype is None:
            return self
        if not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        return self._apply(lambda t: t.to(dtype) if t._array.dtype.kind in "fc" else t)

    def type(self, dst_type: dtypes.dtype | str) -> Self:
        """Convert all parameters and buffers, of whatever dtype, in place."""
        return self._apply(lambda t: t.type(dst_type))

    def _to_floating(self, dtype: dtypes.dtype) -> Self:
        return self._apply(lambda t: t.to(dtype) if t._array.dtype.kind == "f" else t)

    def float(self) -> Self:
        """Convert floating-point parameters and buffers, in place, to float32."""
        return self._to_floating(dtypes.float32)

    def double(self) -> Self:
        """Convert floating-point parameters and buffers, in place, to float64.

        >>> torch.nn.Linear(2, 1).double().bias.dtype
        chainrule.float64
        """
        return self._to_floating(dtypes.float64)

    def half(self) -> Self:
        """Convert floating-point parameters and buffers, in place, to float16."""
        return self._to_floating(dtypes.float16)

    def bfloat16(self) -> Self:
        """Convert floating-point parameters and buffers to bfloat16; TypeError, as NumPy has no such numbers."""
        return self._to_floating(dtypes.bfloat16)

    def to_empty(self, *, device: device | str | int | None, recurse: bool = True) -> Self:
        """Give all parameters and buffers new memory on a device; their values are lost.

        >>> torch.nn.Linear(2, 1).to_empty(device="cpu").weight.shape
        chainrule.Size([1, 2])
        """
        return self._apply(lambda t: empty_like(t, device=device), recurse=recurse)

    def share_memory(self) -> Self:
        """Raise RuntimeError: NumPy's memory belongs to one process."""
        return self._apply(lambda t: t.share_memory_())

    def cpu(self) -> Self:
        """The module: its tensors are on the CPU."""
        return self

    def cuda(self, device: device | int | None = None) -> Self:
        """Move to a GPU; RuntimeError, as there is none."""
        return self.to("cuda" if device is None else device)

    def ipu(self, device: device | int | None = None) -> Self:
        """Move to an IPU; RuntimeError, as there is none."""
        return self.to("ipu" if device is None else device)

    def xpu(self, device: device | int | None = None) -> Self:
        """Move to an XPU; RuntimeError, as there is none."""
        return self.to("xpu" if device is None else device)

    def mtia(self, device: device | int | None = None) -> Self:
        """Move to an MTIA; RuntimeError, as there is none."""
        return self.to("mtia" if device is None else device)

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Say for all parameters whether they need gradients, as to freeze a network.

        >>> torch.nn.Linear(2, 1).requires_grad_(False).weight.requires_grad
        False
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool | None = None) -> None:
        """Forget the gradients of all parameters.

        Args:
            set_to_none: make them None rather than zeros; by default True, as since PyTorch 2.0.
        """
        clear_grads(self.parameters(), set_to_none)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing, and say so once: what `compile` does to functions."""
        from chainrule.compiler import compile as compile_function

        compile_function(self, *args, **kwargs)

    # Training and evaluating

    def train(self, mode: bool = True) -> Self:
        """Let layers such as dropout do what they do in training, or with False what they do in use.

        >>> torch.nn.Dropout().train(False).training
        False
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")  # noqa: TRY004 (PyTorch's class)
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self) -> Self:
        """Let layers such as dropout do what they do in use, not in training."""
        return self.train(mode=False)

    # Text

    def extra_repr(self) -> str:
        """What stands between the parentheses when the module is printed; a subclass overrides it."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        children = [f"({name}): {indented(repr(module))}" for name, module in self._modules.items()]
        return described(self._get_name(), extra.split("\n") if extra else [], children)


if TYPE_CHECKING:

    class Layer(Module):
        """A module that gives a tensor, as type checkers are to know."""

        def __call__(self, *args: Any, **kwargs: Any) -> Tensor: ...

else:
    Layer = Module


def _register(
    hooks: OrderedDict[int, Callable[..., Any]],
    hook: Callable[..., Any],
    *marks: OrderedDict[int, bool],
    prepend: bool = False,
) -> RemovableHandle:
    # `marks`: what else may hold the key of this hook, and is to let go of it.
    handle = RemovableHandle(hooks, extra_dict=marks)
    hooks[handle.id] = hook
    if prepend:
        hooks.move_to_end(handle.id, last=False)
    return handle


def described(name: str, extra_lines: list[str], child_lines: list[str]) -> str:
    """The text of a module: on one line where there are no submodules and one line of extra text at most."""
    if not child_lines and len(extra_lines) <= 1:
        return f"{name}({''.join(extra_lines)})"
    return f"{name}(\n  " + "\n  ".join([*extra_lines, *child_lines]) + "\n)"


def indented(text: str, by: int = 2) -> str:
    """`text` with all lines but the first moved to the right."""
    first, newline, rest = text.partition("\n")
    return first + newline + textwrap.indent(rest, " " * by)


def clear_grads(parameters: Iterable[Tensor], set_to_none: bool | None) -> None:
    """Make the gradients None, or zeros without history; which of the two is the default depends on the version."""
    if set_to_none is None:
        set_to_none = not emulates_before(2, 0)
    for parameter in parameters:
        grad: Any = parameter._grad
        if grad is None:
            continue
        if set_to_none:
            parameter._grad = None
            continue
        if grad.grad_fn is not None:
            grad.detach_()
        else:
            grad.requires_grad_(False)
        grad.zero_()


def _destination(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[device | None, dtypes.dtype | None]:
    # non_blocking, copy and memory_format say how other devices copy; here there is nothing to choose.
    known = {"device", "dtype", "tensor", "non_blocking", "copy", "memory_format"}
    unknown = [name for name in kwargs if name not in known]
    if unknown:
        raise TypeError(f"to() got an unexpected keyword argument '{unknown[0]}'")
    where, dtype = kwargs.get("device"), kwargs.get("dtype")
    like = kwargs.get("tensor")
    if args and isinstance(args[0], Tensor):
        like, *args = args  # type: ignore[assignment]
    elif args and isinstance(args[0], dtypes.dtype):
        dtype, *args = args  # type: ignore[assignment]
    elif args and (args[0] is None or isinstance(args[0], str | device | int)):
        where, *args = args  # type: ignore[assignment]
        if args and (args[0] is None or isinstance(args[0], dtypes.dtype)):
            dtype, *args = args  # type: ignore[assignment]
    elif args:
        raise TypeError(f"to() takes a device, a dtype or a tensor, but got {typename(args[0])}")
    if like is not None:
        return CPU, like.dtype
    return None if where is None else device(where), dtype
