"""Whether operations are recorded: the contexts, under the name of the module that PyTorch keeps them in."""

from chainrule.engine.grad_mode import enable_grad, no_grad, set_grad_enabled

__all__ = ["enable_grad", "no_grad", "set_grad_enabled"]

for _context in (enable_grad, no_grad, set_grad_enabled):
    _context.__module__ = __name__
