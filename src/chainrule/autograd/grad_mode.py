"""Whether operations are recorded: the contexts, under the name of the module that PyTorch keeps them in."""

from chainrule.engine.grad_mode import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)

__all__ = ["enable_grad", "inference_mode", "no_grad", "set_grad_enabled", "set_multithreading_enabled"]

for _context in (enable_grad, inference_mode, no_grad, set_grad_enabled, set_multithreading_enabled):
    _context.__module__ = __name__
