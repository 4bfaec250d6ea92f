"""Hooks of all modules at once, called before those of the single module."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from chainrule.engine.handles import RemovableHandle

Hook = Callable[..., Any]

forward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
forward_hooks: OrderedDict[int, Hook] = OrderedDict()
forward_hooks_with_kwargs: OrderedDict[int, bool] = OrderedDict()
forward_hooks_always_called: OrderedDict[int, bool] = OrderedDict()
backward_pre_hooks: OrderedDict[int, Hook] = OrderedDict()
full_backward_hooks: OrderedDict[int, Hook] = OrderedDict()
non_full_backward_hooks: OrderedDict[int, Hook] = OrderedDict()

# What is called where a module gets a member, by the kind of member.
registration_hooks: dict[str, OrderedDict[int, Hook]] = {
    "parameter": OrderedDict(),
    "buffer": OrderedDict(),
    "module": OrderedDict(),
}

# The keys of those that are called with a module: empty where no module has to look.
registered: OrderedDict[int, bool] = OrderedDict()


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, args)` before every module's `forward`; what it returns, if anything, replaces the arguments.

    >>> names = []
    >>> every = torch.nn.modules.module.register_module_forward_pre_hook
    >>> with every(lambda module, args: names.append(type(module).__name__)):
    ...     _ = torch.nn.Sequential(torch.nn.ReLU())(torch.ones(1))
    >>> names
    ['Sequential', 'ReLU']
    """
    return _register(forward_pre_hooks, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after every module's `forward`; what it returns, if anything, is the output.

    Args:
        hook: the function.
        with_kwargs: call it as `hook(module, args, kwargs, output)`.
        always_call: call it also when `forward` or another hook raises.

    >>> every = torch.nn.modules.module.register_module_forward_hook
    >>> with every(lambda module, args, output: output + 1):
    ...     torch.nn.ReLU()(torch.ones(1))
    tensor([2.])
    """
    handle = _register(forward_hooks, hook, forward_hooks_with_kwargs, forward_hooks_always_called)
    if with_kwargs:
        forward_hooks_with_kwargs[handle.id] = True
    if always_call:
        forward_hooks_always_called[handle.id] = True
    return handle


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_outputs)` before gradients go through any module; see `register_full_backward_pre_hook`.

    >>> x = torch.ones(1, requires_grad=True)
    >>> every = torch.nn.modules.module.register_module_full_backward_pre_hook
    >>> with every(lambda module, grad_outputs: (grad_outputs[0] * 5,)):
    ...     torch.nn.ReLU()(x).backward()
    >>> x.grad
    tensor([5.])
    """
    return _register(backward_pre_hooks, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_inputs, grad_outputs)` when gradients went through any module.

    Raises RuntimeError beside hooks of `register_module_backward_hook`. See `register_full_backward_hook`.

    >>> every = torch.nn.modules.module.register_module_full_backward_hook
    >>> with every(lambda module, grad_inputs, grad_outputs: print(module, grad_inputs)):
    ...     torch.nn.ReLU()(torch.ones(1, requires_grad=True)).backward()
    ReLU() (tensor([1.]),)
    """
    if non_full_backward_hooks:
        raise _both_kinds()
    return _register(full_backward_hooks, hook)


def register_module_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_inputs, grad_outputs)` at the last node of every module: use the full kind.

    Raises RuntimeError beside hooks of `register_module_full_backward_hook`.
    """
    if full_backward_hooks:
        raise _both_kinds()
    return _register(non_full_backward_hooks, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when any module gets a parameter; what it returns, if anything, is it.

    >>> every = torch.nn.modules.module.register_module_parameter_registration_hook
    >>> with every(lambda module, name, parameter: print(name)):
    ...     _ = torch.nn.Linear(2, 1)
    weight
    bias
    """
    return _register_registration("parameter", hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when any module gets a buffer; what it returns, if anything, is the buffer."""
    return _register_registration("buffer", hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, submodule)` when any module gets a submodule; what it returns, if anything, is it."""
    return _register_registration("module", hook)


def _register_registration(kind: str, hook: Hook) -> RemovableHandle:
    hooks = registration_hooks[kind]
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    return handle


def registered_as(module: Any, kind: str, name: str, member: Any) -> Any:
    """The member that a module gets, as the hooks of all modules leave it."""
    for hook in registration_hooks[kind].values():
        replaced = hook(module, name, member)
        if replaced is not None:
            member = replaced
    return member


def _both_kinds() -> RuntimeError:
    return RuntimeError(
        "Cannot use both regular backward hooks and full backward hooks as a global Module hook. "
        "Please use only one of them."
    )


def _register(hooks: OrderedDict[int, Hook], hook: Hook, *more: OrderedDict[int, bool]) -> RemovableHandle:
    handle = RemovableHandle(hooks, extra_dict=[registered, *more])
    hooks[handle.id] = hook
    registered[handle.id] = True
    return handle
