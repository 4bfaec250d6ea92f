"""A call of a module that has hooks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chainrule.nn.modules import global_hooks as every_module
from chainrule.nn.modules.backward_hooks import BackwardHook, register_non_full, warn_at_users_line
from chainrule.tensor import Tensor

if TYPE_CHECKING:
    from chainrule.nn.modules.module import Module

Hook = Callable[..., Any]


class HookedCall:
    """One call: `forward` with what the hooks before it made of the arguments; its result as the hooks leave it.

    The hooks of all modules come before those of this one.
    """

    def __init__(self, module: Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.module = module
        self.args = args
        self.kwargs = kwargs
        self.result: Any = None
        self.called: set[int] = set()

    def run(self) -> Any:
        """What the module returns; what any of them raises, when the hooks have run that run always."""
        try:
            return self._run()
        except Exception:
            self._run_what_runs_always()
            raise

    def _run(self) -> Any:
        module = self.module
        own = list(module._backward_hooks.values())
        pre_hooks = [*every_module.backward_pre_hooks.values(), *module._backward_pre_hooks.values()]
        full = [*every_module.full_backward_hooks.values(), *(own if module._is_full_backward_hook else ())]
        non_full = [*every_module.non_full_backward_hooks.values(), *(() if module._is_full_backward_hook else own)]
        for key, hook in [*every_module.forward_pre_hooks.items(), *module._forward_pre_hooks.items()]:
            self._call_pre_hook(key, hook)
        around = None
        if full or pre_hooks:
            around = BackwardHook(module, full, pre_hooks)
            self.args = around.setup_input_hook(self.args)
        self.result = module.forward(*self.args, **self.kwargs)
        for key, hook in [*every_module.forward_hooks.items(), *module._forward_hooks.items()]:
            self._call_hook(key, hook)
        if around is not None:
            if not isinstance(self.result, Tensor | tuple):
                warn_at_users_line(
                    "For backward hooks to be called, module output should be a Tensor or a tuple of Tensors but "
                    f"received {type(self.result)}"
                )
            self.result = around.setup_output_hook(self.result)
        if non_full:
            register_non_full(module, non_full, self.args, self.result)
        return self.result

    def _call_pre_hook(self, key: int, hook: Hook) -> None:
        if key not in self.module._forward_pre_hooks_with_kwargs:
            replaced = hook(self.module, self.args)
            if replaced is not None:
                self.args = replaced if isinstance(replaced, tuple) else (replaced,)
            return
        replaced = hook(self.module, self.args, self.kwargs)
        if replaced is not None:
            if not isinstance(replaced, tuple) or len(replaced) != 2:
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {replaced}."
                )
            self.args, self.kwargs = replaced

    def _call_hook(self, key: int, hook: Hook) -> None:
        self.called.add(key)
        takes_kwargs = key in self.module._forward_hooks_with_kwargs or key in every_module.forward_hooks_with_kwargs
        replaced = hook(self.module, self.args, *((self.kwargs,) if takes_kwargs else ()), self.result)
        if replaced is not None:
            self.result = replaced

    def _run_what_runs_always(self) -> None:
        of_all = [
            (key, hook, "global module")
            for key, hook in every_module.forward_hooks.items()
            if key in every_module.forward_hooks_always_called
        ]
        of_this = [
            (key, hook, "module")
            for key, hook in self.module._forward_hooks.items()
            if key in self.module._forward_hooks_always_called
        ]
        for key, hook, whose in of_all + of_this:
            if key in self.called:
                continue
            try:
                self._call_hook(key, hook)
            except Exception as error:  # noqa: BLE001 (the first error is the one to report)
                warn_at_users_line(
                    f"{whose} forward hook with ``always_call=True`` raised an exception that was silenced as another "
                    f"error was raised in forward: {error}"
                )
