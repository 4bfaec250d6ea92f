"""TorchScript as PyTorch programs ask for it: functions and modules stay what they are, with a warning, said once.

What makes or reads files of TorchScript is refused.
"""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from chainrule.names import public_name
from chainrule.nn.modules.module import Module

__all__ = [
    "Error", "ScriptFunction", "ScriptModule", "annotate", "export", "fork", "freeze", "ignore", "interface",
    "is_scripting", "is_tracing", "isinstance", "load", "onednn_fusion_enabled", "enable_onednn_fusion",
    "optimize_for_inference", "save", "script", "script_if_tracing", "script_method", "set_fusion_strategy", "trace",
    "trace_module", "unused", "wait",
]  # fmt: skip

_said: set[str] = set()


class Error(RuntimeError):
    """What TorchScript raises: nothing does here, so that programs may name it."""


class ScriptModule(Module):
    """A module, as any other: nothing is compiled.

    >>> isinstance(torch.jit.ScriptModule(), torch.nn.Module)
    True
    """


class ScriptFunction:
    """What `script` makes of a function in PyTorch. No object is one here: `script` gives the function back."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse("ScriptFunction")


def _say_once(function: str) -> None:
    if function not in _said:
        _said.add(function)
        name = public_name()
        message = f"{name}.jit.{function} returns its argument as it is: there is no TorchScript in chainrule."
        warnings.warn(message, stacklevel=3)


def _refuse(what: str) -> NoReturn:
    raise NotImplementedError(
        f"{public_name()}.jit.{what} is not supported: chainrule has no TorchScript. Save the state_dict() of a module "
        f"with {public_name()}.save, and load it into a module made by the same Python code."
    )


def script(
    obj: Any,
    optimize: bool | None = None,
    _frames_up: int = 0,
    _rcb: Any = None,
    example_inputs: Any = None,
) -> Any:
    """The function, class or module as it is: nothing is compiled, which a warning says once.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.jit.script(torch.sin) is torch.sin
    True
    """
    _say_once("script")
    return obj


def trace(func: Any, example_inputs: Any = None, *args: Any, **kwargs: Any) -> Any:
    """The function or module as it is: nothing is traced, so what depends on values still does. A warning says so once.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     torch.jit.trace(torch.sin, torch.ones(1)) is torch.sin
    True
    """
    _say_once("trace")
    return func


def trace_module(mod: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
    """The module as it is, as `trace` gives it."""
    _say_once("trace_module")
    return mod


def script_if_tracing(fn: Any) -> Any:
    """The function as it is.

    >>> torch.jit.script_if_tracing(abs)(-1)
    1
    """
    return fn


def script_method(fn: Any) -> Any:
    """The method as it is.

    >>> torch.jit.script_method(abs)(-1)
    1
    """
    return fn


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function as it is, with and without arguments to the decorator.

    >>> @torch.jit.ignore(drop=True)
    ... def one():
    ...     return 1
    >>> one()
    1
    """
    return drop if callable(drop) else lambda function: function


def unused(fn: Any) -> Any:
    """The function as it is.

    >>> torch.jit.unused(abs)(-1)
    1
    """
    return fn


def export(fn: Any) -> Any:
    """The method as it is.

    >>> torch.jit.export(abs)(-1)
    1
    """
    return fn


def interface(obj: Any) -> Any:
    """The class as it is.

    >>> torch.jit.interface(int)
    <class 'int'>
    """
    return obj


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value.

    >>> torch.jit.annotate(list[int], [])
    []
    """
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether an object is of a type; of a container such as `list[int]`, whether all that is in it is.

    >>> torch.jit.isinstance([1, 2], list[int])
    True
    """
    import types
    import typing

    origin, arguments = typing.get_origin(target_type), typing.get_args(target_type)
    if builtins.isinstance(target_type, tuple):
        return any(isinstance(obj, each) for each in target_type)
    if origin in {typing.Union, types.UnionType}:
        return any(isinstance(obj, each) for each in arguments)
    if origin is None:
        return target_type is Any or builtins.isinstance(obj, target_type or type(None))
    if not builtins.isinstance(obj, origin):
        return False
    if origin is dict:
        return all(isinstance(key, arguments[0]) and isinstance(value, arguments[1]) for key, value in obj.items())
    if origin is tuple and arguments[-1:] != (Ellipsis,):
        return len(obj) == len(arguments) and all(map(isinstance, obj, arguments))
    return all(isinstance(each, arguments[0]) for each in obj)


def freeze(mod: Any, preserved_attrs: Any = None, optimize_numerics: bool = True) -> Any:
    """The module as it is."""
    _say_once("freeze")
    return mod


def optimize_for_inference(mod: Any, other_methods: Any = None) -> Any:
    """The module as it is."""
    _say_once("optimize_for_inference")
    return mod


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of the function: it runs here and now.

    >>> torch.jit.wait(torch.jit.fork(abs, -1))
    1
    """
    return func(*args, **kwargs)


def wait(future: Any) -> Any:
    """What `fork` gave."""
    return future


def is_scripting() -> bool:
    """Whether TorchScript runs this: never.

    >>> torch.jit.is_scripting()
    False
    """
    return False


def is_tracing() -> bool:
    """Whether this is being traced: never.

    >>> torch.jit.is_tracing()
    False
    """
    return False


def enable_onednn_fusion(enabled: bool) -> None:
    """Accepted: there is nothing to fuse.

    >>> torch.jit.enable_onednn_fusion(True)
    """


def onednn_fusion_enabled() -> bool:
    """Whether operations are fused by oneDNN: no.

    >>> torch.jit.onednn_fusion_enabled()
    False
    """
    return False


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Accepted: there is nothing to fuse. Returns what it was.

    >>> torch.jit.set_fusion_strategy([("STATIC", 2)])
    []
    """
    return []


def save(m: Any, f: Any, _extra_files: Any = None) -> None:
    """Raise NotImplementedError: there is no TorchScript to write."""
    _refuse("save")


def load(f: Any, map_location: Any = None, _extra_files: Any = None, _restore_shapes: bool = False) -> Any:
    """Raise NotImplementedError: there is no TorchScript to run."""
    _refuse("load")
